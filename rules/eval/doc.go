// Package eval answers questions about what a device does to packets.
//
// It has two evaluators that share nothing but the model. Ask follows a set of
// packets through the device at once; Walk follows one packet, rule by rule,
// without any sets. Tests hold them against each other, and Walk against the
// real firewalls.
package eval
