//go:build kernel && linux

// Package kernel_test asks the Linux kernel what an iptables ruleset does to packets, and compares its
// answers with those of moveit-lint trace.
//
//	go test -tags kernel -v ./testdata/kernel
//
// A router is a network namespace with three TAP devices. A packet is written into a device, or sent by a raw
// socket of the router itself, and the kernel walks it to its end within that system call. A table of nftables
// rules outside of all priorities that iptables uses reports by NFLOG what became of it, and drops it there: so no
// connection is ever confirmed, every packet is the first of its connection, and nothing has to be waited for.
//
//	                 ┌ first -500 ┐                                        ┌ local 1000 ┐
//	TAP device ──────┤ R received ├─ raw, i/n/u state, mangle, nat ─ route ┤ L local    │
//	                 └────────────┘                                  │     └────────────┘
//	                 ┌ sent  -500 ┐                                  │     ┌ gone  1000 ┐
//	raw socket ──────┤ S sent     ├─ raw, i/n/u state, mangle, nat ──┴─────┤ P passed   │
//	rejects ─────────┤ J (dropped)│                                        └────────────┘
//	                 └────────────┘
//
// The cases are the files in cases; parseCases describes their form. Rulesets of a random generator follow them
// (-kernel.n, -kernel.seed), and single lines, in syntax, that the programs take or refuse. Every ruleset is loaded by both programs, iptables-nft-restore and
// iptables-legacy-restore, and both have to give the same answers unless the case names one of them.
package kernel_test
