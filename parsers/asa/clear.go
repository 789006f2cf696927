package asa

import "github.com/moveit-lint/moveit-lint/rules/source"

// clearLine reads "clear configure WHAT", and "clear WHAT" of PIX 6, which take
// away what was read so far (asa.md section 1).
func (r *reader) clearLine(l *line, _ bool) {
	typed := l.takeAny("configure", "config", "conf") != ""
	what := l.word("what to clear")
	name := ""
	if !l.done() {
		name = l.word("a name")
	}
	if name == "counters" || l.is("counters") {
		r.kind = source.Ignored
		l.skip()
		return
	}
	l.skip()
	if !typed && r.clearsState(what) || !r.clear(what, name, typed) {
		r.kind = source.Ignored
	}
}

// clearsState reports whether "clear WHAT" without the word configure takes away
// what the device learned or counted, and nothing of the configuration: so it is
// since 7.0.
func (r *reader) clearsState(what string) bool {
	if v := &r.cfg.version; v.told {
		return v.platform != platformPIX || !v.before(7, 0)
	}
	return (what == "route" || what == "service-policy") && !r.draft.seen.pixNames
}

// clear takes away what is of a kind, of a name if one is given, and reports
// whether it is a kind that bears on packets. typed: the word configure stands
// before it, without which some commands only clear counters.
func (r *reader) clear(what, name string, typed bool) bool {
	d := r.draft
	switch what {
	case "access-list":
		r.clearLists(name)
	case "access-group":
		d.bindings.clear()
		d.bound = map[string]map[bindingKey]bool{}
	case "nat":
		d.nat, d.natAt = [2]sequence[*natLine]{}, [2]map[string][]*item[*natLine]{}
		d.objects.clear()
		d.nats.clear()
	case "static":
		d.statics.clear()
	case "global":
		d.globals.clear()
	case "object":
		r.clearObjects(name)
	case "object-group":
		r.clearGroups(name)
	case "route":
		d.routes.clear()
	case "icmp", "telnet", "ssh", "http", "snmp-server":
		r.clearLocal(what)
	case "all":
		r.clearAll()
	case "interface":
		if typed {
			d.clearInterfaces()
		}
		return typed
	default:
		return r.clearSettings(what)
	}
	return true
}

// clearSettings takes away what is of a kind that few lines are of, and reports
// whether it is a kind that bears on packets.
func (r *reader) clearSettings(what string) bool {
	d, c := r.draft, r.cfg
	switch what {
	case "fixup":
		d.fixups.clear()
	case "name", "names":
		c.names, r.words = map[string]nameLine{}, nil
	case "time-range":
		c.ranges = map[string]*timespan{}
	case "service-policy":
		d.applied.clear()
	case "policy-map":
		d.maps = map[string]*policyMap{}
	case "class-map":
		c.classes = map[string]*class{}
	case "established":
		d.opened.clear()
	case "conduit", "outbound", "apply":
		c.conduits = nil
	case "alias":
		c.old.aliases = nil
	default:
		return false
	}
	return true
}

// clearLists takes lists away, and where they are bound.
func (r *reader) clearLists(name string) {
	if name != "" {
		r.removeList(name)
		return
	}
	r.draft.lists, r.draft.lists6 = map[string]*listDraft{}, map[string]*listDraft{}
	r.draft.bindings.clear()
	r.draft.bound = map[string]map[bindingKey]bool{}
}

// clearObjects takes objects away, and their rules.
func (r *reader) clearObjects(kind string) {
	if kind != "service" {
		r.cfg.networks = map[string]*network{}
		r.draft.objects.clear()
	}
	if kind != "network" {
		r.cfg.services = map[string]*service{}
	}
}

// clearGroups takes groups away, of one kind if it is named.
func (r *reader) clearGroups(kind string) {
	for key := range r.cfg.groups {
		if kind == "" || groupTitles[key.kind] == kind {
			delete(r.cfg.groups, key)
		}
	}
}

// clearInterfaces takes the settings of all interfaces away.
func (d *draft) clearInterfaces() {
	d.hardware.clear()
	d.ifaces, d.named = map[string]*iface{}, map[string]*iface{}
}

// clearLocal takes lines on packets to the device away.
func (r *reader) clearLocal(what string) {
	if what == "snmp-server" {
		what = "snmp"
	}
	var kept bag[string, localLine]
	for _, x := range r.draft.local.rest() {
		if x.command != what {
			kept.add(x.command+" "+x.iface+" "+x.src.key()+number(x.icmpType), x)
		}
	}
	r.draft.local = kept
}

// clearAll takes everything away but what the device is.
func (r *reader) clearAll() {
	d, old := r.draft, r.cfg
	fresh := newDraft(d.index, d.file, d.start)
	fresh.host = d.host
	fresh.cfg.context, fresh.cfg.system, fresh.cfg.version, fresh.cfg.head = old.context, old.system, old.version, old.head
	r.drafts[d.index] = fresh
	r.draft, r.cfg, r.words = fresh, fresh.cfg, nil
}
