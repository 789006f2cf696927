package asa

import (
	"bytes"
	"net/netip"
)

// lookAhead notes which names and groups a context defines, from an offset of
// the present file on: an address is told from a typing error, and the ports of a
// source from its destination, wherever they are defined.
func (r *reader) lookAhead(start int) {
	r.laterNames, r.kinds = map[string]netip.Addr{}, map[string]uint16{}
	versions := 0
	for rest := r.text.clean[start:]; len(rest) > 0; {
		var row []byte
		row, rest = nextRow(rest)
		row = bytes.TrimLeft(row, " \t")
		switch {
		case bytes.HasPrefix(row, []byte("object-group ")):
			r.lookAtGroup(bytes.Fields(row))
		case bytes.HasPrefix(row, []byte("name ")):
			if words := bytes.Fields(row); len(words) > 2 {
				if a, err := netip.ParseAddr(string(words[1])); err == nil {
					r.laterNames[string(words[2])] = a.Unmap()
				}
			}
		case isVersionRow(row):
			versions++
			if versions > 1 || r.cfg.version.told {
				return
			}
		case bytes.HasPrefix(row, []byte("changeto ")):
			return
		}
	}
}

func isVersionRow(row []byte) bool {
	row = bytes.TrimLeft(row, " \t")
	for _, head := range []string{"ASA Version ", "PIX Version ", "FWSM Version ", "NGFW Version "} {
		if bytes.HasPrefix(row, []byte(head)) {
			return true
		}
	}
	return false
}

func (r *reader) lookAtGroup(words [][]byte) {
	if len(words) < 3 {
		return
	}
	kind := groupKindOf(string(words[1]), len(words) > 3 && string(words[3]) != "description")
	r.kinds[string(words[2])] |= 1 << kind
}

// groupKindOf returns the kind of a group that the words of its head say.
func groupKindOf(word string, ports bool) groupKind {
	switch word {
	case "network":
		return groupNetwork
	case "service":
		if ports {
			return groupPorts
		}
		return groupService
	case "protocol":
		return groupProtocol
	case "icmp-type":
		return groupICMP
	case "user":
		return groupUser
	case "security":
		return groupSecurity
	}
	return groupOther
}
