//go:build kernel && linux

package kernel_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var toolPath = flag.String("kernel.tool", "", "compare with this moveit-lint instead of building it")

// tool is the program under test.
type tool struct {
	path   string
	folder string // where it runs
}

// newTool builds the program. It is nil if the repository does not have it.
func newTool(t *testing.T) *tool {
	t.Helper()
	folder := t.TempDir()
	x := &tool{path: *toolPath, folder: folder}
	if x.path != "" {
		return x
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "cmd", "moveit-lint")); err != nil {
		t.Logf("nothing to compare with: %v", err)
		return nil
	}
	x.path = filepath.Join(folder, "moveit-lint")
	build := exec.Command("go", "build", "-o", x.path, "./cmd/moveit-lint")
	build.Dir = root
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build moveit-lint: %v\n%s", err, said)
	}
	return x
}

// profile returns the site profile of the router with a ruleset in the named files.
func profile(s *ruleset, files []string) string {
	var b strings.Builder
	b.WriteString("version: 1\nmoveit:\n  nodes: [192.0.2.10, \"2001:db8:1::10\"]\ndevices:\n  - name: router\n")
	fmt.Fprintf(&b, "    files: [%s]\n    dialect: %s\n    interfaces:\n", quoted(files), s.dialect())
	for _, i := range interfaces {
		fmt.Fprintf(&b, "      %s: {zone: %s, addresses: [%s]", i.Name, i.Zone, quoted(i.Addresses))
		if i.Routes != nil {
			fmt.Fprintf(&b, ", routes: [%s]", quoted(i.Routes))
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// dialect returns the name of the ruleset's language.
func (s *ruleset) dialect() string {
	if s.Script {
		return "nftables"
	}
	if s.Six {
		return "ip6tables"
	}
	return "iptables"
}

func quoted(list []string) string { return `"` + strings.Join(list, `", "`) + `"` }

// flowLine is a packet as moveit-lint trace reads it.
type flowLine struct {
	ID       string     `json:"id"`
	In       string     `json:"in"`
	Src      netip.Addr `json:"src"`
	Dst      netip.Addr `json:"dst"`
	Proto    any        `json:"proto"`
	SrcPort  *uint16    `json:"sport,omitempty"`
	DstPort  *uint16    `json:"dport,omitempty"`
	Type     *uint8     `json:"icmpType,omitempty"`
	Code     *uint8     `json:"icmpCode,omitempty"`
	TCPFlags *string    `json:"tcpflags,omitempty"`
	Mark     uint32     `json:"mark,omitempty"`
	State    ctState    `json:"state"`
	Hook     string     `json:"hook,omitempty"`
}

// flow returns the packet as a line for the tool.
func (p *testPacket) flow() flowLine {
	f := flowLine{ID: p.String(), In: p.In, Src: p.Src, Dst: p.Dst, Proto: p.Proto, Mark: p.Mark, State: p.natural()}
	if f.State == stateReply {
		f.State = stateEstablished
	}
	if p.In == sent {
		f.In, f.Hook = "", "output"
	}
	if p.hasPorts() {
		f.SrcPort, f.DstPort = &p.SPort, &p.DPort
	}
	switch {
	case p.Proto == protoTCP:
		f.Proto, f.TCPFlags = "tcp", new(string)
		for bit, letter := range flagLetters {
			if p.Flags>>bit&1 != 0 {
				*f.TCPFlags += string(letter)
			}
		}
	case p.Proto == protoUDP:
		f.Proto = "udp"
	case p.isICMP():
		f.Type, f.Code = &p.Type, &p.Code
	}
	return f
}

// toolAnswer is what moveit-lint trace says of a packet.
type toolAnswer struct {
	ID      string  `json:"id"`
	Verdict string  `json:"verdict"`
	Hook    string  `json:"hook"`
	Out     string  `json:"out"`
	Src     string  `json:"src"`
	Dst     string  `json:"dst"`
	SrcPort *uint16 `json:"sport"`
	DstPort *uint16 `json:"dport"`
	Depends string  `json:"depends"`
	Steps   []struct {
		Stage  string `json:"stage"`
		Rule   int    `json:"rule"`
		Text   string `json:"text"`
		Action string `json:"action"`
	} `json:"steps"`
}

// answers returns what the tool says of the packets of a ruleset.
func (x *tool) answers(s *ruleset) ([]toolAnswer, error) {
	names, err := x.write(s)
	if err != nil {
		return nil, err
	}
	var flows bytes.Buffer
	for _, p := range s.Packets {
		line, err := json.Marshal(p.flow())
		if err != nil {
			return nil, err
		}
		flows.Write(append(line, '\n'))
	}
	if err := os.WriteFile(filepath.Join(x.folder, "flows.jsonl"), flows.Bytes(), 0o600); err != nil {
		return nil, err
	}
	arguments := append([]string{"trace", "--format", "json", "--dialect", s.dialect(), "--site", "site.yaml", "--flows", "flows.jsonl"}, names...)
	out, err := x.run(arguments...)
	if err != nil {
		return nil, err
	}
	var all []toolAnswer
	d := json.NewDecoder(bytes.NewReader(out))
	for d.More() {
		var a toolAnswer
		if err := d.Decode(&a); err != nil {
			return nil, fmt.Errorf("decode the answer of trace: %w", err)
		}
		all = append(all, a)
	}
	if len(all) != len(s.Packets) {
		return nil, fmt.Errorf("trace gives %d answers to %d packets", len(all), len(s.Packets))
	}
	return all, nil
}

// write puts the ruleset beside its profile and returns the names of its files.
func (x *tool) write(s *ruleset) ([]string, error) {
	names := []string{"router.rules", "router.ipset"}
	if s.Sets == nil {
		names = names[:1]
	}
	for i, name := range names {
		text := [...]string{s.ruleText(), s.setText()}[i]
		if err := os.WriteFile(filepath.Join(x.folder, name), []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	return names, os.WriteFile(filepath.Join(x.folder, "site.yaml"), []byte(profile(s, names)), 0o600)
}

// run runs the tool and returns what it writes to its output.
func (x *tool) run(arguments ...string) ([]byte, error) {
	c := exec.Command(x.path, arguments...)
	var out, said bytes.Buffer
	c.Dir, c.Stdout, c.Stderr = x.folder, &out, &said
	if err := c.Run(); err != nil {
		return out.Bytes(), fmt.Errorf("%s: %w: %s", arguments[0], err, strings.TrimSpace(said.String()))
	}
	return out.Bytes(), nil
}

// refuses returns an error unless the tool calls the ruleset malformed.
func (x *tool) refuses(s *ruleset) error {
	names, err := x.write(s)
	if err != nil {
		return err
	}
	const malformedInput = 3
	out, err := x.run(append([]string{"check", "--format", "json", "--dialect", s.dialect(), "--site", "site.yaml"}, names...)...)
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != malformedInput {
		return fmt.Errorf("check ends with %w, not with exit status %d", err, malformedInput)
	}
	if !bytes.Contains(out, []byte(`"malformed"`)) {
		return errors.New("check names no malformed statement")
	}
	return nil
}
