package main

import (
	"slices"
	"testing"
)

func TestVersionless(t *testing.T) {
	for _, c := range []struct {
		a, b string
		pair bool
	}{
		{"edge.rules.v4", "edge.rules.v6", true},
		{"fw/rules.v4", "fw/rules.v6", true},
		{"iptables", "ip6tables", true},
		{"edge-iptables.save", "edge-ip6tables.save", true},
		{"edge4.rules", "edge6.rules", true},
		{"edge-ipv4", "edge-ipv6", true},
		{"ip.rules", "ip6.rules", true},
		{"Edge.V4", "Edge.v6", true},
		{"fw4.iptables", "fw4.ip6tables", true},
		{"fw/edge.v4", "dmz/edge.v6", false},
		{"edge.v4", "core.v6", false},
		{"edge.rules", "edge.rules", false},
		{"edge4.v4", "edge6.v6", false}, // it may be another machine
		{"edge14.rules", "edge16.rules", false},
		{"edge4", "edgev6", false},
		{"zip.rules", "zip6.rules", false},
	} {
		a, versionsA := versionless(c.a)
		b, versionsB := versionless(c.b)
		different := 0
		if a == b {
			for i := range versionsA {
				if versionsA[i] != versionsB[i] {
					different++
				}
			}
		}
		if got := different == 1; got != c.pair {
			t.Errorf("%s and %s: %t, want %t (%q %v, %q %v)", c.a, c.b, got, c.pair, a, versionsA, b, versionsB)
		}
	}
	if _, versions := versionless("v4/edge.rules"); !slices.Equal(versions, nil) {
		t.Errorf("a folder tells versions: %v", versions)
	}
}
