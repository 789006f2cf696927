package asa

import (
	"net/netip"
	"slices"

	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// piece is a part of the addresses that a static rule translates, and what
// becomes of them.
type piece struct {
	from []packet.AddrRange // nil: all that the end stands for
	to   packet.Rewrite     // zero: they stay
}

// maxPieces is how many pieces one rule may fall into. What comes behind them is
// translated to some address of the new ones.
const maxPieces = 4096

// pair returns how a static rule translates addresses, all of one IP version:
// the first to the first, and so on in the order of the members. If there are
// fewer new ones, they begin anew (7.4).
func pair(from, to []packet.AddrRange) []piece {
	if countOf(to).isOne() {
		return []piece{{from: from, to: packet.Rewrite{Addrs: to[:1]}}}
	}
	if p, ok := pairNetworks(from, to); ok {
		return []piece{p}
	}
	var pairs [][2]packet.AddrRange
	old, fresh := cursor{runs: from}, cursor{runs: to}
	for old.at < len(from) {
		if len(pairs) == maxPieces {
			rest := append([]packet.AddrRange{{First: old.next(), Last: from[old.at].Last}}, from[old.at+1:]...)
			return append(piecesOf(pairs), piece{from: rest, to: packet.Rewrite{Addrs: to}})
		}
		size := old.rest()
		if there := fresh.rest(); there.compare(size) < 0 {
			size = there
		}
		pairs = joinPair(pairs, [2]packet.AddrRange{old.take(size), fresh.take(size)})
		if fresh.at == len(to) {
			fresh.at = 0
		}
	}
	return piecesOf(pairs)
}

// pairNetworks is pair for one new network and old ones that are as large or
// larger: each address keeps its place in the network.
func pairNetworks(from, to []packet.AddrRange) (piece, bool) {
	if len(to) != 1 {
		return piece{}, false
	}
	network, ok := to[0].Prefix()
	if !ok {
		return piece{}, false
	}
	for _, r := range from {
		if p, ok := r.Prefix(); !ok || p.Bits() > network.Bits() {
			return piece{}, false
		}
	}
	return piece{from: from, to: packet.Rewrite{Network: network}}, true
}

// joinPair adds a pair of runs, or makes the last one longer if both go on there.
func joinPair(pairs [][2]packet.AddrRange, p [2]packet.AddrRange) [][2]packet.AddrRange {
	if n := len(pairs); n > 0 {
		last := &pairs[n-1]
		if last[0].Last.Next() == p[0].First && last[1].Last.Next() == p[1].First {
			last[0].Last, last[1].Last = p[0].Last, p[1].Last
			return pairs
		}
	}
	return append(pairs, p)
}

// piecesOf returns pairs of runs as pieces. Those that stay are one piece, as are
// single addresses that come to lie on the same one.
func piecesOf(pairs [][2]packet.AddrRange) []piece {
	var out []piece
	same := -1
	onto := map[netip.Addr]int{}
	for _, p := range pairs {
		old, fresh := p[0], p[1]
		switch single := fresh.First == fresh.Last; {
		case old == fresh && same >= 0:
			out[same].from = append(out[same].from, old)
		case old == fresh:
			same = len(out)
			out = append(out, piece{from: []packet.AddrRange{old}})
		case single && onto[fresh.First] > 0:
			at := onto[fresh.First] - 1
			out[at].from = append(out[at].from, old)
		default:
			r := packet.Rewrite{Addrs: []packet.AddrRange{fresh}}
			if single {
				onto[fresh.First] = len(out) + 1
			} else {
				r.Shift = old.First
			}
			out = append(out, piece{from: []packet.AddrRange{old}, to: r})
		}
	}
	return out
}

// cursor is a place in a list of runs of addresses.
type cursor struct {
	runs []packet.AddrRange
	at   int
	done count // of the present run
}

// next returns the address at c.
func (c *cursor) next() netip.Addr { return addrAt(c.runs[c.at].First, c.done) }

// rest returns how many addresses are left of the present run.
func (c *cursor) rest() count { return sizeOf(c.runs[c.at]).minus(c.done) }

// take returns the next addresses, which are of one run.
func (c *cursor) take(n count) packet.AddrRange {
	first := c.next()
	if n == c.rest() {
		last := c.runs[c.at].Last
		c.at, c.done = c.at+1, count{}
		return packet.AddrRange{First: first, Last: last}
	}
	c.done = c.done.plus(n)
	return packet.AddrRange{First: first, Last: addrAt(first, n.minus(count{low: 1}))}
}

// ofVersion returns the runs of one IP version.
func ofVersion(ranges []packet.AddrRange, is4 bool) []packet.AddrRange {
	return slices.DeleteFunc(slices.Clone(ranges), func(r packet.AddrRange) bool { return r.First.Is4() != is4 })
}
