// Package export makes configurations of any size for benchmarks: valid,
// realistic in shape, and the same bytes for the same Spec.
package export

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
)

// Spec says what to make.
type Spec struct {
	Rules  int // statements that are rules, about
	Seed   uint64
	Family int    // 4 or 6
	Shape  string // one of the dialect's; Check sets the first where it is empty
}

// Dialect makes configurations in one language.
type Dialect struct {
	Name   string
	Shapes []string // the first is the usual one
	// Write writes the configuration, WriteSets what stands in a file of its own
	// beside it, if there is such a thing. Errors are those of the writer, which
	// keeps them.
	Write, WriteSets func(io.Writer, *Spec)
}

// dialects are all dialects: a new one is a file and a line here.
var dialects = []Dialect{
	{"iptables", shapeNames(iptablesShapes), writeIptables, writeIpset},
	{"asa", asaShapeNames(), writeASA, func(io.Writer, *Spec) {}},
	{"pf", pfShapeNames(), writePF, writePFTable},
}

// DialectNames returns the names of all dialects.
func DialectNames() []string {
	var out []string
	for _, d := range dialects {
		out = append(out, d.Name)
	}
	return out
}

// Shapes returns the shapes of each dialect, for help.
func Shapes() string {
	var out []string
	for _, d := range dialects {
		out = append(out, d.Name+" "+strings.Join(d.Shapes, "|"))
	}
	return strings.Join(out, "; ")
}

// Find returns the dialect of that name.
func Find(name string) (*Dialect, error) {
	i := slices.IndexFunc(dialects, func(d Dialect) bool { return d.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("unknown dialect %q; expected one of %s", name, strings.Join(DialectNames(), ", "))
	}
	return &dialects[i], nil
}

// Check completes s for a dialect, or says what is wrong with it.
func (s *Spec) Check(d *Dialect) error {
	if s.Shape == "" {
		s.Shape = d.Shapes[0]
	}
	if s.Family == 0 {
		s.Family = 4
	}
	switch {
	case s.Rules < 1:
		return fmt.Errorf("%d rules are none", s.Rules)
	case s.Family != 4 && s.Family != 6:
		return fmt.Errorf("there is no IP version %d; expected 4 or 6", s.Family)
	case !slices.Contains(d.Shapes, s.Shape):
		return fmt.Errorf("unknown shape %q; expected one of %s", s.Shape, strings.Join(d.Shapes, ", "))
	}
	return nil
}

// Bytes returns a configuration and what stands beside it, for benchmarks.
func Bytes(dialect string, s Spec) (text, sets []byte, err error) {
	d, err := Find(dialect)
	if err != nil {
		return nil, nil, err
	}
	if err := s.Check(d); err != nil {
		return nil, nil, err
	}
	var a, b bytes.Buffer
	d.Write(&a, &s)
	d.WriteSets(&b, &s)
	return a.Bytes(), b.Bytes(), nil
}

// dice is what is random in a configuration.
type dice struct {
	*rand.Rand
	family int
}

func (s *Spec) dice() *dice {
	return &dice{rand.New(rand.NewPCG(s.Seed, uint64(s.Family))), s.Family} //nolint:gosec // it has to be repeatable
}

// one returns one of the words.
func (d *dice) one(words ...string) string { return words[d.IntN(len(words))] }

// address returns a host of the network with that number, by its number there.
func address(family, network, host int) string {
	if family == 6 {
		return fmt.Sprintf("2001:db8:%x::%x", network, host)
	}
	return fmt.Sprintf("10.%d.%d.%d", network, host>>8&255, host&255)
}

// host returns a host with the length of its prefix, as iptables-save prints it.
func host(family, network, n int) string {
	return address(family, network, n) + prefix(family, 32, 128)
}

func prefix(family, four, six int) string {
	if family == 6 {
		four = six
	}
	return fmt.Sprintf("/%d", four)
}

// The networks that configurations speak of. Those from firstNetwork on are
// drawn at random.
const (
	dmz          = 20 // where MOVEit's nodes are: hosts 11 and 12
	management   = 30
	firstNetwork = 40
	networks     = 160
)

// inside returns a host behind the firewall that is no node of MOVEit's.
func (d *dice) inside() string {
	return host(d.family, firstNetwork+d.IntN(networks), 1+d.IntN(65533))
}

// network returns a network behind the firewall.
func (d *dice) network() string {
	n := firstNetwork + d.IntN(networks)
	if d.family == 6 {
		return fmt.Sprintf("2001:db8:%x:%x::/64", n, 1+d.IntN(65533))
	}
	if d.IntN(4) == 0 {
		return fmt.Sprintf("10.%d.0.0/16", n)
	}
	return fmt.Sprintf("10.%d.%d.0/24", n, d.IntN(256))
}

// outside returns a network or host of the Internet.
func (d *dice) outside() string {
	if d.family == 6 {
		return fmt.Sprintf("2a01:%x:%x::/48", 1+d.IntN(65533), 1+d.IntN(65533))
	}
	if d.IntN(2) == 0 {
		return fmt.Sprintf("%d.%d.%d.%d/32", 1+d.IntN(8), d.IntN(256), d.IntN(256), 1+d.IntN(254))
	}
	return fmt.Sprintf("%d.%d.%d.0/24", 1+d.IntN(8), d.IntN(256), d.IntN(256))
}

// port returns a port that servers use; never one that MOVEit's must not have.
func (d *dice) port() int {
	ports := []int{22, 25, 53, 80, 110, 143, 389, 443, 465, 587, 636, 993, 995, 1521, 2049, 3306, 5432, 5671, 6379, 8080, 8443, 9092, 9200}
	if d.IntN(4) > 0 {
		return ports[d.IntN(len(ports))]
	}
	return 10000 + d.IntN(20000)
}
