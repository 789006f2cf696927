// Package pf reads the packet filter of OpenBSD and FreeBSD: pf.conf in both
// languages, and what pfctl prints.
//
// Reading turns the text into statements, with macros put in and files included;
// lowering expands lists, and turns statements into a device.
package pf
