// Command gen writes a configuration of any size, to measure with: made up, but
// valid, of realistic shape, and the same for the same arguments.
//
//	go run ./testdata/gen -dialect iptables -rules 100000 > big.rules
//	go run ./testdata/gen -dialect asa -rules 100000 > big.asa
//	go run ./testdata/gen -dialect pf -rules 50000 -shape last > pf.conf
//	go run ./testdata/gen -rules 5000 -shape sets > sets.rules
//	go run ./testdata/gen -rules 5000 -shape sets -ipset > sets.ipset
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/moveit-lint/moveit-lint/testdata/gen/export"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run() error {
	dialect := flag.String("dialect", "iptables", "dialect: "+strings.Join(export.DialectNames(), "|"))
	spec := export.Spec{}
	flag.IntVar(&spec.Rules, "rules", 1000, "number of rules")
	flag.Uint64Var(&spec.Seed, "seed", 1, "seed of what is random")
	flag.IntVar(&spec.Family, "family", 4, "IP version: 4 or 6")
	flag.StringVar(&spec.Shape, "shape", "", "shape; else the first of: "+export.Shapes())
	side := flag.Bool("ipset", false, "write what belongs beside the rules instead: the dump of ipset, the file of a table")
	flag.Parse()
	d, err := export.Find(*dialect)
	if err != nil {
		return err
	}
	if err := spec.Check(d); err != nil {
		return err
	}
	write := d.Write
	if *side {
		write = d.WriteSets
	}
	w := bufio.NewWriterSize(os.Stdout, 1<<16)
	write(w, &spec)
	return w.Flush()
}
