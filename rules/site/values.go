package site

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/moveit-lint/moveit-lint/rules/packet"
)

// parseRange reads an address, a prefix or a range a-b.
func parseRange(s string) (packet.AddrRange, bool) {
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		return packet.OneAddr(a.Unmap()), true
	}
	if p, err := netip.ParsePrefix(s); err == nil {
		return packet.PrefixRange(p), true
	}
	lo, hi, ok := strings.Cut(s, "-")
	first, err1 := netip.ParseAddr(strings.TrimSpace(lo))
	last, err2 := netip.ParseAddr(strings.TrimSpace(hi))
	if !ok || err1 != nil || err2 != nil || first.Is4() != last.Is4() || last.Less(first) {
		return packet.AddrRange{}, false
	}
	return packet.AddrRange{First: first, Last: last}, true
}

func (d *decoder) addresses(n ast.Node, what string) []Address {
	var out []Address
	for _, item := range d.list(n, what) {
		s, ok := d.scalar(item, "an address")
		if !ok {
			continue
		}
		r, ok := parseRange(s)
		if !ok {
			d.fail(item, "%s: %q is no address, prefix or range of addresses", what, s)
			continue
		}
		out = append(out, Address{r, d.span(item)})
	}
	return out
}

// someAddresses reads addresses of which there must be one.
func (d *decoder) someAddresses(e entry, what string) []Address {
	if x, ok := e.value.(*ast.SequenceNode); ok && len(x.Values) == 0 {
		d.fail(e.node, "%s: expected at least one address", what)
	}
	return d.addresses(e.value, what)
}

func (d *decoder) prefixes(n ast.Node, what string) []netip.Prefix {
	var out []netip.Prefix
	for _, item := range d.list(n, what) {
		s, ok := d.scalar(item, "a network")
		if !ok {
			continue
		}
		p, err := netip.ParsePrefix(s)
		if err != nil {
			a, addrErr := netip.ParseAddr(s)
			if addrErr != nil {
				d.fail(item, "%s: %q is no network like 10.0.0.0/8", what, s)
				continue
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		out = append(out, p)
	}
	return out
}

func (d *decoder) names(n ast.Node, what string) []string {
	var out []string
	for _, item := range d.list(n, what) {
		if s, ok := d.scalar(item, "a name"); ok {
			out = append(out, s)
		}
	}
	return out
}

const maxPort = 65535

// ports reads "8530", "8530,8531" or "1000-2000".
func (d *decoder) ports(n ast.Node, what string) []packet.Range {
	var out []packet.Range
	for _, item := range d.list(n, what) {
		s, ok := d.scalar(item, "a port")
		if !ok {
			continue
		}
		for part := range strings.SplitSeq(s, ",") {
			r, ok := parsePorts(strings.TrimSpace(part))
			if !ok {
				d.fail(item, "%s: %q is no port from 0 to 65535 and no range of ports", what, part)
				continue
			}
			out = append(out, r)
		}
	}
	return out
}

func parsePorts(s string) (packet.Range, bool) {
	lo, hi, both := strings.Cut(s, "-")
	first, err := strconv.ParseUint(strings.TrimSpace(lo), 10, 16)
	last := first
	if both && err == nil {
		last, err = strconv.ParseUint(strings.TrimSpace(hi), 10, 16)
	}
	return packet.Range{First: uint32(first), Last: uint32(last)}, err == nil && first <= last
}

// size reads a number of bytes like 64MiB.
func (d *decoder) size(n ast.Node, what string) int64 {
	s, ok := d.scalar(n, "a size")
	if !ok {
		return 1
	}
	factor := int64(1)
	for i, unit := range []string{"KiB", "MiB", "GiB"} {
		if cut, ok := strings.CutSuffix(s, unit); ok {
			s, factor = strings.TrimSpace(cut), 1<<(10*(i+1))
		}
	}
	v, err := strconv.ParseInt(s, 10, 64)
	const most = 1<<31 - 2
	if err != nil || v < 1 || v > most/factor {
		d.fail(n, "%s: expected a size from 1 to 2GiB, like 64MiB", what)
		return 1
	}
	return v * factor
}
