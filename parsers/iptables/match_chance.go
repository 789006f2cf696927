package iptables

import (
	"strconv"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/packet"
)

var chanceMatches = []*module{
	newModule("limit", lowerLimit, "limit 1", "limit-burst 1"),
	newModule("hashlimit", lowerHashLimit,
		"hashlimit-upto|hashlimit 1!", "hashlimit-above 1!", "hashlimit-burst 1", "hashlimit-mode 1", "hashlimit-srcmask 1", "hashlimit-dstmask 1",
		"hashlimit-name 1", "hashlimit-htable-size 1", "hashlimit-htable-max 1", "hashlimit-htable-expire 1", "hashlimit-htable-gcinterval 1",
		"hashlimit-rate-match 0", "hashlimit-rate-interval 1"),
	newModule("connlimit", lowerConnLimit,
		"connlimit-upto 1!", "connlimit-above 1!", "connlimit-mask 1", "connlimit-saddr 0", "connlimit-daddr 0"),
	newModule("recent", lowerRecent,
		"set 0!", "rcheck 0!", "update 0!", "remove 0!", "seconds 1", "reap 0", "hitcount 1", "rttl 0", "name 1", "mask 1", "rsource 0", "rdest 0"),
	newModule("statistic", lowerStatistic, "mode 1", "probability 1!", "every 1!", "packet 1"),
	newModule("cpu", eachOption(varying("which processor handles the packet")), "cpu 1!"),
	newModule("quota", eachOption(lowerQuota), "quota 1!"),
	newModule("rateest", varyingWhole("the estimated rate"),
		"rateest 1", "rateest1 1", "rateest2 1", "rateest-delta 0", "rateest-lt 0!", "rateest-gt 0!", "rateest-eq 0!", "rateest-bps 0?",
		"rateest-pps 0?", "rateest-bps1 0?", "rateest-bps2 0?", "rateest-pps1 0?", "rateest-pps2 0?"),
	newModule("time", lowerTime,
		"timestart 1", "timestop 1", "monthdays 1!", "weekdays 1!", "days 1!", "datestart 1", "datestop 1", "contiguous 0", "kerneltz 0", "utc 0", "localtz 0"),
	newModule("nfacct", func(*builder, *use) {}, "nfacct-name 1"),
	newModule("comment", lowerComment, `comment 1"`),
}

func varying(what string) func(*builder, *option) {
	return func(b *builder, o *option) { b.doubt(o, packet.Varying, 0, false, what) }
}

func varyingWhole(what string) func(*builder, *use) {
	return func(b *builder, u *use) {
		o := u.asOption()
		b.doubt(&o, packet.Varying, 0, false, what)
	}
}

// lowerQuota lowers a count of bytes; one of none is used up from the start.
func lowerQuota(b *builder, o *option) {
	if n, err := o.args[0].number(1<<64 - 1); err == nil && n == 0 {
		b.never = b.never || !o.negated
		return
	}
	b.doubt(o, packet.Varying, 0, false, "whether the quota is used up")
}

// lowerLimit lowers a token bucket: it holds while the rate is kept.
func lowerLimit(b *builder, u *use) {
	for _, o := range u.options {
		if o.name == "limit" && (!isRate(o.args[0].text) || !isPossibleRate(o.args[0].text)) {
			b.malformed(o.args[0], "%s: bad value %s; expected a rate like 5/minute", o.word.text, quote(o.args[0].text))
		}
		if o.name == "limit-burst" {
			if _, err := o.args[0].number(10000); err != nil {
				b.fail(&o, 0, err)
			}
		}
	}
	o := u.asOption()
	b.doubt(&o, packet.Usual, 0, false, "whether the rate limit is kept")
}

// isPossibleRate reports whether a rate is above none and not above what the
// kernel can count: 10 000 in a second.
func isPossibleRate(s string) bool {
	count, unit, _ := strings.Cut(s, "/")
	n, err := strconv.ParseUint(count, 10, 32)
	per := map[string]uint64{"": 1, "s": 1, "m": 60, "h": 3600, "d": 24 * 3600}[strings.ToLower(unit[:min(len(unit), 1)])]
	return err == nil && n > 0 && n <= 10_000*per
}

// isRate reports whether s is a number, with a unit of time or without.
func isRate(s string) bool {
	n, unit, has := strings.Cut(s, "/")
	if !isDigits(n) {
		return false
	}
	if !has {
		return true
	}
	for _, u := range []string{"second", "minute", "hour", "day"} {
		if unit != "" && strings.HasPrefix(u, strings.ToLower(unit)) {
			return true
		}
	}
	return unit == "sec" || unit == "min"
}

func lowerHashLimit(b *builder, u *use) {
	above, found := false, false
	for _, o := range u.options {
		switch o.name {
		case "hashlimit-upto", "hashlimit-above":
			above, found = (o.name == "hashlimit-above") != o.negated, true
			if c := o.args[0].text; c == "" || c[0] < '0' || c[0] > '9' {
				b.malformed(o.args[0], "%s: bad value %s; expected a rate like 5/minute or 512kb/s", o.word.text, quote(c))
			}
		}
	}
	if !found {
		b.malformed(u.name, "-m hashlimit needs --hashlimit-upto or --hashlimit-above")
		return
	}
	o := u.asOption()
	b.doubt(&o, packet.Usual, 0, above, "whether the rate limit is kept")
}

func lowerConnLimit(b *builder, u *use) {
	for _, o := range u.options {
		if o.name != "connlimit-upto" && o.name != "connlimit-above" {
			continue
		}
		n, err := o.args[0].number(1<<32 - 1)
		if err != nil {
			b.fail(&o, 0, err)
			return
		}
		above := (o.name == "connlimit-above") != o.negated
		if n == 0 {
			// The packet's own connection counts.
			b.never = b.never || !above
			return
		}
		all := u.asOption()
		b.doubt(&all, packet.Usual, 0, above, "whether the limit on connections is kept")
		return
	}
}

// lowerRecent lowers a test of a list that packets themselves fill. Whether a
// source was seen often is a limit; whether it was seen at all is a matter of
// what it sent before.
func lowerRecent(b *builder, u *use) {
	verb, counted := "", false
	negated := false
	for _, o := range u.options {
		switch o.name {
		case "set", "rcheck", "update", "remove":
			verb, negated = o.name, o.negated
		case "hitcount":
			counted = true
		}
	}
	for _, o := range u.options {
		if (o.name == "seconds" || o.name == "hitcount" || o.name == "reap" || o.name == "rttl") && verb != "rcheck" && verb != "update" {
			b.malformed(o.word, "%s needs --rcheck or --update", o.word.text)
		}
	}
	o := u.asOption()
	switch verb {
	case "set":
		b.never = b.never || negated
	default:
		if counted {
			b.doubt(&o, packet.Usual, packet.Fields(packet.Src), !negated, "whether the source was seen less often than the limit")
			return
		}
		b.doubt(&o, packet.Occasional, packet.Fields(packet.Src), negated, "whether the source was seen before")
	}
}

func lowerStatistic(b *builder, u *use) {
	o := u.asOption()
	b.checkStatistic(u)
	for _, x := range u.options {
		switch x.name {
		case "probability":
			p, err := strconv.ParseFloat(x.args[0].text, 64)
			if err != nil || p < 0 || p > 1 {
				b.malformed(x.args[0], "%s: bad value %s; expected a number from 0 to 1", x.word.text, quote(x.args[0].text))
				return
			}
			if p == 0 || p == 1 {
				b.never = b.never || (p == 0) != x.negated
				return
			}
		case "every":
			n, err := x.args[0].number(1<<32 - 1)
			if err != nil || n == 0 {
				b.malformed(x.args[0], "%s: bad value %s; expected a number from 1", x.word.text, quote(x.args[0].text))
				return
			}
			if n == 1 {
				b.never = b.never || x.negated
				return
			}
		}
	}
	b.doubt(&o, packet.Varying, 0, false, "chance")
}

// checkStatistic reports options that do not go with the mode, and a packet
// that does not come.
func (b *builder) checkStatistic(u *use) {
	every, packets := uint64(0), uint64(0)
	values := map[string]string{}
	for _, x := range u.options {
		values[x.name] = x.args[0].text
		n, err := x.args[0].number(1<<32 - 1)
		switch {
		case x.name == "every" && err == nil:
			every = n
		case x.name == "packet" && err == nil:
			packets = n
		}
	}
	_, hasProbability := values["probability"]
	_, hasEvery := values["every"]
	_, hasPacket := values["packet"]
	switch {
	case values["mode"] == "random" && (!hasProbability || hasEvery), values["mode"] == "nth" && (!hasEvery || !hasPacket || hasProbability):
		b.malformed(u.name, "-m statistic needs --mode random with --probability, or --mode nth with --every and --packet")
	case every > 0 && packets >= every:
		b.malformed(u.name, "--packet has to be less than --every")
	}
}

func lowerComment(b *builder, u *use) {
	for _, o := range u.options {
		if b.comment != "" {
			b.comment += "; "
		}
		b.comment += o.args[0].text
	}
}
