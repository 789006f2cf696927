package nftables_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/moveit-lint/moveit-lint/parsers/nftables"
	"github.com/moveit-lint/moveit-lint/rules/rulestest"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// TestModels compares the models of small inputs, and what is said of them, with
// their goldens.
func TestModels(t *testing.T) {
	files, err := filepath.Glob("testdata/*.nft")
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob("testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(files, more...) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			r := parse(t, filepath.Base(name), text)
			var b bytes.Buffer
			for _, p := range r.Problems {
				fmt.Fprintf(&b, "%v: %v: %s\n", p.Span.Position(), p.Kind, p.Message)
			}
			for _, a := range r.Devices[0].Assumptions {
				fmt.Fprintf(&b, "assumed: %s\n", a)
			}
			fmt.Fprintf(&b, "statements: %+v\n", r.Devices[0].Statements[0])
			b.Write(printed(t, r.Devices[0].Model))
			rulestest.Golden(t, name+".golden", b.Bytes())
		})
	}
}

func TestDetect(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want bool
	}{
		"listing":           {"table inet filter {\n\tchain c {\n\t}\n}\n", true},
		"script":            {"#!/usr/sbin/nft -f\n", true},
		"commands":          {"flush ruleset\nadd table ip t\n", true},
		"JSON":              {`{"nftables": [{"metainfo": {}}]}`, true},
		"other JSON":        {`{"rules": []}`, false},
		"iptables-save":     {"*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n", false},
		"table of pf":       {"table <bad> persist\n", false},
		"nothing":           {"", false},
		"only a definition": {"define x = 1\n", false},
	} {
		score, why := nftables.Detect(source.NewFile("f", []byte(test.text)))
		if (score > 0) != test.want || score > 0 && why == "" {
			t.Errorf("%s: score %d, %q", name, score, why)
		}
	}
}
