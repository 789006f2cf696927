//go:build kernel && linux

package kernel_test

import (
	"os"
	"os/exec"
	"testing"
)

// routers returns a router for each flavour, or skips the test and says what is missing.
func routers(t *testing.T) map[flavour]*router {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("the kernel is asked by root only: network namespaces and raw packets")
	}
	for _, name := range []string{
		"ip", "nft", "ipset", nft.program(false), nft.program(true), legacy.program(false), legacy.program(true),
	} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("the kernel is asked through %s, which is missing", name)
		}
	}
	all := map[flavour]*router{}
	for _, f := range []flavour{nft, legacy} {
		r, err := newRouter()
		if err != nil {
			t.Skipf("this kernel gives no router: %v", err)
		}
		t.Cleanup(func() {
			if err := r.close(); err != nil {
				t.Errorf("close the router: %v", err)
			}
		})
		if err := r.clear(f); err != nil {
			t.Skipf("this kernel has no %s tables: %v", f, err)
		}
		all[f] = r
	}
	return all
}

// TestKernelCases compares the answers to the written cases, and holds the kernel to the results that some of them state.
func TestKernelCases(t *testing.T) {
	x := newExaminer(t)
	sets, err := readCases("cases")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sets {
		x.examine(t, s)
	}
}
