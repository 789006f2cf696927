package names_test

import (
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/internal/names"
	"github.com/moveit-lint/moveit-lint/rules/packet"
)

func TestProtocol(t *testing.T) {
	for _, c := range []struct {
		name string
		want packet.Proto
		ok   bool
	}{
		{"tcp", packet.TCP, true},
		{"TCP", packet.TCP, true},
		{"ipv6-icmp", packet.ICMPv6, true},
		{"47", 47, true},
		{"0x11", packet.UDP, true},
		{"256", 0, false},
		{"tpc", 0, false},
		{"", 0, false},
	} {
		if got, ok := names.Protocol(c.name); got != c.want || ok != c.ok {
			t.Errorf("Protocol(%q) = %v, %v, want %v, %v", c.name, got, ok, c.want, c.ok)
		}
	}
}

func TestPort(t *testing.T) {
	for name, want := range map[string]uint16{"https": 443, "ms-wbt-server": 3389, "microsoft-ds": 445, "ftps": 990} {
		if got, ok := names.Port(name); got != want || !ok {
			t.Errorf("Port(%q) = %v, %v, want %v", name, got, ok, want)
		}
	}
	if _, ok := names.Port("no-such-service"); ok {
		t.Error("Port finds a service that does not exist")
	}
}
