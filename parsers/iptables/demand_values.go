package iptables

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// valueChecks are the checks of values that the model has no use for, by module
// and option: what the native tools refuse is a mistake all the same.
var valueChecks = map[string]func(word) error{
	"tcp --tcp-option":           between(1, 255),
	"mac --mac-source":           isMAC,
	"physdev --physdev-in":       isInterface,
	"physdev --physdev-out":      isInterface,
	"connbytes --connbytes":      isRange,
	"connbytes --connbytes-mode": oneOf("packets", "bytes", "avgpkt"),
	"connbytes --connbytes-dir":  oneOf("original", "reply", "both"),
	"connlabel --label":          isLabel,
	"recent --seconds":           between(1, 1<<32-1),
	"recent --hitcount":          between(1, 1<<32-1),
	"hashlimit --hashlimit-mode": listOf("srcip", "srcport", "dstip", "dstport"),
	"statistic --mode":           oneOf("random", "nth"),
	"quota --quota":              between(0, 1<<64-1),
	"cpu --cpu":                  between(0, 1<<32-1),
	"time --monthdays":           isMonthdays,
	"time --datestart":           isDate,
	"time --datestop":            isDate,
	"string --algo":              oneOf("bm", "kmp"),
	"string --hex-string":        isHexString,
	"u32 --u32":                  isU32,
	"bpf --bytecode":             isBytecode,
	"owner --uid-owner":          isIDs,
	"owner --gid-owner":          isIDs,
	"ipv6header --header":        listOf("hop", "hop-by-hop", "dst", "ipv6-opts", "route", "ipv6-route", "frag", "ipv6-frag", "auth", "ah", "esp", "none", "ipv6-nonxt", "prot", "protocol", "0", "43", "44", "50", "51", "59", "60", "255"),
	"LOG --log-level":            isLogLevel,
	"NFLOG --nflog-group":        between(0, 1<<16-1),
	"NFQUEUE --queue-num":        between(0, 1<<16-1),
	"NFQUEUE --queue-balance":    isQueues,
	"AUDIT --type":               oneOf("accept", "drop", "reject"),
	"TTL --ttl-set":              between(0, 255),
	"TTL --ttl-inc":              between(1, 255),
	"TTL --ttl-dec":              between(1, 255),
	"HL --hl-set":                between(0, 255),
	"HL --hl-inc":                between(1, 255),
	"HL --hl-dec":                between(1, 255),
	"CLASSIFY --set-class":       isClass,
	"CT --zone":                  isZone,
	"CT --zone-orig":             isZone,
	"CT --zone-reply":            isZone,
}

// checkValues reports values that are refused.
func (b *builder) checkValues(u *use) {
	if u.module == nil {
		return
	}
	for i := range u.options {
		o := &u.options[i]
		if check := valueChecks[u.module.name+" --"+o.name]; check != nil && len(o.args) > 0 {
			if err := check(o.args[0]); err != nil {
				b.malformed(o.args[0], "%s: %s", o.word.text, err)
			}
		}
	}
}

func between(first, last uint64) func(word) error {
	return func(w word) error {
		if n, err := w.number(last); err != nil || n < first {
			return &valueError{w, fmt.Sprintf("a number from %d to %d", first, last)}
		}
		return nil
	}
}

func oneOf(all ...string) func(word) error {
	return func(w word) error {
		if slices.Contains(all, w.text) {
			return nil
		}
		return &valueError{w, strings.Join(all, " or ")}
	}
}

func listOf(all ...string) func(word) error {
	one := oneOf(all...)
	return func(w word) error {
		for _, part := range w.list() {
			if err := one(part); err != nil {
				return err
			}
		}
		return nil
	}
}

// isMAC checks a hardware address. One that was made unreadable, as people do
// before they show their rules, is none that was mistyped.
func isMAC(w word) error {
	parts := strings.Split(w.text, ":")
	for _, p := range parts {
		_, err := strconv.ParseUint(p, 16, 8)
		if len(parts) != 6 || err != nil && strings.Trim(strings.ToUpper(p), "X*") != "" {
			return &valueError{w, "a hardware address like 00:16:3e:00:00:01"}
		}
	}
	return nil
}

func isInterface(w word) error {
	if w.text == "" || len(w.text) > maxInterfaceName {
		return &valueError{w, fmt.Sprintf("the name of an interface, of at most %d bytes", maxInterfaceName)}
	}
	return nil
}

func isRange(w word) error {
	_, err := w.numbers(1<<64 - 1)
	return err
}

// isLabel checks a label of connections; a name is looked up elsewhere.
func isLabel(w word) error {
	if isDigits(w.text) {
		return between(0, 127)(w)
	}
	return nil
}

func isMonthdays(w word) error {
	for _, day := range w.list() {
		day.text = strings.TrimRight(day.text, "abcdefghijklmnopqrstuvwxyz") // 1st
		if err := between(1, 31)(day); err != nil {
			return err
		}
	}
	return nil
}

// isDate checks YYYY[-MM[-DD[Thh[:mm[:ss]]]]].
func isDate(w word) error {
	date, clock, timed := strings.Cut(w.text, "T")
	parts := strings.Split(date, "-")
	ok := len(parts) <= 3 && len(parts[0]) == 4 && (!timed || len(parts) == 3 && strings.Count(clock, ":") <= 2)
	if timed {
		parts = append(parts, strings.Split(clock, ":")...)
	}
	for _, p := range parts {
		ok = ok && isDigits(p)
	}
	if !ok {
		return &valueError{w, "a date like 2026-12-31 or 2026-12-31T23:59:59"}
	}
	return nil
}

// isHexString checks text with bytes in hexadecimal between bars.
func isHexString(w word) error {
	for i, part := range strings.Split(w.text, "|") {
		digits := strings.ReplaceAll(part, " ", "")
		if i%2 == 1 && (len(digits)%2 != 0 || strings.Trim(digits, "0123456789abcdefABCDEF") != "") {
			return &valueError{w, `text with bytes in hexadecimal between bars, like "|0d0a|"`}
		}
	}
	return nil
}

// isU32 checks that text consists of what tests of xt_u32 are made of.
func isU32(w word) error {
	if !strings.Contains(w.text, "=") || strings.Trim(w.text, "0123456789abcdefABCDEFxX &<>@=,:") != "" {
		return &valueError{w, `tests like "6&0xff=6&&0>>22&0x3c@0&0xffff=80"`}
	}
	return nil
}

// isBytecode checks that text is a number and as many instructions.
func isBytecode(w word) error {
	parts := strings.Split(strings.TrimRight(w.text, ","), ",")
	n, err := strconv.Atoi(strings.TrimSpace(parts[0]))
	ok := err == nil && n == len(parts)-1
	for _, p := range parts[1:] {
		ok = ok && len(strings.Fields(p)) == 4
	}
	if !ok {
		return &valueError{w, `a program like "1,6 0 0 1"`}
	}
	return nil
}

// isIDs checks a number or a range of numbers; a name is looked up elsewhere.
func isIDs(w word) error {
	lo, hi, both := w.cut('-')
	if !both || !isDigits(lo.text) || !isDigits(hi.text) {
		return nil
	}
	first, err := lo.number(1<<32 - 2)
	if err != nil {
		return err
	}
	if last, err := hi.number(1<<32 - 2); err != nil || last < first {
		return &valueError{w, reversed}
	}
	return nil
}

// logLevels are the names of the levels of syslog.
var logLevels = []string{"alert", "crit", "debug", "emerg", "error", "info", "notice", "panic", "warning"}

func isLogLevel(w word) error {
	if _, err := w.number(7); err == nil || byPrefix(strings.ToLower(w.text), logLevels) != "" {
		return nil
	}
	return &valueError{w, "a level from 0 to 7 or its name"}
}

func isQueues(w word) error {
	lo, hi, both := w.cut(':')
	first, err := lo.number(1<<16 - 1)
	if err == nil && both {
		var last uint64
		if last, err = hi.number(1<<16 - 1); err == nil && first < last {
			return nil
		}
	}
	return &valueError{w, "two numbers like 0:3"}
}

// isClass checks major:minor, both hexadecimal.
func isClass(w word) error {
	major, minor, both := strings.Cut(w.text, ":")
	_, err := strconv.ParseUint(major, 16, 16)
	_, also := strconv.ParseUint(minor, 16, 16)
	if !both || err != nil || also != nil {
		return &valueError{w, "a class like 0001:0002"}
	}
	return nil
}

func isZone(w word) error {
	if w.text == "mark" {
		return nil
	}
	return between(0, 1<<16-1)(w)
}
