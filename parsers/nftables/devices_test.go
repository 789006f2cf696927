package nftables_test

import (
	"strings"
	"testing"
)

// TestDevicesAdd holds that a chain that is hooked in again is for the devices of
// both commands.
func TestDevicesAdd(t *testing.T) {
	const head = "table netdev t { chain f { type filter hook ingress device "
	const script = head + "d0 priority 0; drop; }; }\n" + head + "d1 priority 0; }; }\n" + "table ip t { }\n"
	got := string(printed(t, parse(t, "script", []byte(script)).Devices[0].Model))
	if !strings.Contains(got, "d0") || !strings.Contains(got, "d1") {
		t.Errorf("got a chain that is not for d0 and d1:\n%s", got)
	}
}
