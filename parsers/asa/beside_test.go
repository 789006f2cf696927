package asa_test

import (
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/asa"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// TestIsListing tells the output of "show access-list" from configurations.
func TestIsListing(t *testing.T) {
	const listing = "access-list cached ACL log flows: total 0, denied 0 (deny-flow-max 4096)\n            alert-interval 300\n" +
		"access-list OUT; 1 elements; name hash: 0x1a2b3c4d\naccess-list OUT line 1 extended permit tcp any host 10.1.1.5 eq www (hitcnt=12) 0x0011aabb\n"
	for text, want := range map[string]bool{
		listing:                              true,
		"edge# show access-list\n" + listing: true,
		listing + "access-group OUT in interface outside\n":    false,
		"ASA Version 9.1(2)\n" + listing:                       false,
		"access-list OUT extended permit tcp any any eq www\n": false,
		"": false,
	} {
		if got := asa.IsListing(source.NewFile("edge", []byte(text))); got != want {
			t.Errorf("%v, want %v: %q", got, want, text)
		}
	}
}
