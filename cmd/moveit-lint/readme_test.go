package main

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/moveit-lint/moveit-lint/rules/checks"
	"github.com/moveit-lint/moveit-lint/rules/site"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// fences returns the blocks of code of a language in a Markdown text.
func fences(text, language string) []string {
	const fence = "```"
	var out []string
	block, inside := "", false
	for line := range strings.Lines(text) {
		switch {
		case !strings.HasPrefix(line, fence):
			block += line
		case inside:
			if block, found := strings.CutPrefix(block, language+"\n"); found {
				out = append(out, block)
			}
			inside = false
		default:
			block, inside = strings.TrimPrefix(line, fence), true
		}
	}
	return out
}

// TestREADME holds README.md to the program: what it shows is what is printed,
// and what it tells to run can be run.
func TestREADME(t *testing.T) {
	t.Chdir("../..")
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(text)

	commands := fences(readme, "sh")
	args, found := strings.CutPrefix(strings.TrimSpace(commands[0]), "go run ./cmd/moveit-lint ")
	if !found {
		t.Fatalf("the first command is %q", commands[0])
	}
	out, errOut, code := runIn(strings.Fields(args)...)
	if code != exitFindings || errOut != "" {
		t.Errorf("exit code %d: %s", code, errOut)
	}
	if shown := fences(readme, "")[0]; !strings.Contains(out, shown) {
		t.Errorf("README.md shows what is not printed:\n%s\ninstead of\n%s", shown, out)
	}
	if strings.TrimSpace(commands[1]) != "go test ./..." {
		t.Errorf("the second command is %q", commands[1])
	}

	for _, block := range fences(readme, "yaml") {
		if _, err := site.Parse(source.NewFile("README.md", []byte(block))); err != nil {
			t.Errorf("the site profile of README.md: %v", err)
		}
	}

	for _, c := range checks.All() {
		if helpURI(c) == "" && !strings.Contains(readme, "\n### "+c.ID+"\n") {
			t.Errorf("reports link to the section %s of README.md, which is not there", c.ID)
		}
	}

	dir := t.TempDir()
	t.Chdir(dir)
	export := "*filter\n:FORWARD DROP [0:0]\nCOMMIT\n"
	if err := os.Mkdir("fw", 0o750); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"edge.rules.v4": export, "edge.rules.v6": export, "fw/edge.rules": export, "edge.ipset": "create partners hash:ip\n",
		"edge.asa": "ASA Version 9.16(4)\n!\ninterface GigabitEthernet0/0\n nameif outside\n security-level 0\n ip address 203.0.113.1 255.255.255.0\n",
		"pf.conf":  "set skip on lo\nblock all\npass in on em0 proto tcp to 10.20.0.11 port 443\n",
		"edge.nft": "table inet filter {\n\tchain forward {\n\t\ttype filter hook forward priority 0; policy drop;\n\t}\n}\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, block := range commands {
		for line := range strings.Lines(block) {
			line, found := strings.CutPrefix(strings.TrimSpace(line), "./moveit-lint ")
			if !found {
				continue
			}
			words := strings.Fields(line)
			if i := slices.Index(words, ">"); i >= 0 {
				words = words[:i]
			}
			if _, errOut, code := runIn(words...); code != exitClean && code != exitFindings {
				t.Errorf("%s: exit code %d: %s", line, code, errOut)
			}
		}
	}
}
