// Package pf reads the packet filter of OpenBSD and FreeBSD: pf.conf in both
// languages, and what pfctl prints.
//
// Reading turns the text into statements, with macros put in and files included;
// lowering expands lists, and turns statements into a device.
//
// # Reading
//
// A lexer that never fails puts macros in as pfctl does, by pushing their text
// back, so that a token knows where it is written and which definitions it came
// out of. It gives the statements of a run at once; a run ends where a statement
// changes how the rest is read. Each is read by hand or, where its shape is
// fixed, by a grammar. The entries of a table are one token.
//
// The union of both languages is read. Which one a file is in is told by the
// forms that only one of them has, and else by the user; it bears on what rules
// mean, on the order of statements and on little else. The language of OpenBSD
// before 4.1, in which nothing keeps state without being told, has the same
// forms: it is never guessed.
//
// pfctl refuses a file as a whole for one mistake. Here a mistake costs its
// statement, which leaves an unknown behind if it may have been a rule; one that
// leaves no doubt about what is meant (a comma at the end of a line, rules in
// another order than the language of FreeBSD wants) costs nothing. Both are
// malformed, and it is assumed that pfctl would refuse the file.
package pf
