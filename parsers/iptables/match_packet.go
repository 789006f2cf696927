package iptables

import (
	"errors"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules/packet"
)

var packetMatches = []*module{
	newModule("length", eachOption(lowerLength), "length 1!"),
	newModule("ttl", eachOption(lowerTTL), "ttl-eq|ttl 1!", "ttl-lt 1", "ttl-gt 1"),
	newModule("hl", eachOption(lowerTTL), "hl-eq|hl 1!", "hl-lt 1", "hl-gt 1"),
	newModule("dscp", eachOption(lowerDSCP), "dscp 1!", "dscp-class 1!"),
	newModule("tos", eachOption(lowerTOS), "tos 1!"),
	newModule("ecn", eachOption(lowerECN), "ecn-tcp-cwr 0!", "ecn-tcp-ece 0!", "ecn-ip-ect 1!"),
	newModule("frag", lowerExtensionHeader, "fragid 1!", "fraglen 1!", "fragres 0", "fragfirst 0", "fragmore 0", "fraglast 0"),
	newModule("rt", lowerExtensionHeader,
		"rt-type 1!", "rt-segsleft 1!", "rt-len 1!", "rt-0-res 0", "rt-0-addrs 1", "rt-0-not-strict 0"),
	newModule("hbh", lowerExtensionHeader, "hbh-len 1!", "hbh-opts 1", "hbh-not-strict 0"),
	newModule("dst", lowerExtensionHeader, "dst-len 1!", "dst-opts 1", "dst-not-strict 0"),
	newModule("srh", lowerExtensionHeader,
		"srh-next-hdr 1!", "srh-hdr-len-eq 1!", "srh-hdr-len-gt 1!", "srh-hdr-len-lt 1!", "srh-segs-left-eq 1!", "srh-segs-left-gt 1!",
		"srh-segs-left-lt 1!", "srh-last-entry-eq 1!", "srh-last-entry-gt 1!", "srh-last-entry-lt 1!", "srh-tag 1!", "srh-psid 1!", "srh-nsid 1!", "srh-lsid 1!"),
	newModule("ipv6header", whole("which extension headers a packet has", 0), "header 1!", "soft 0"),
	newModule("string", whole("the payload of packets", wholePacket),
		`string 1!"`, `hex-string 1!"`, "algo 1", "from 1", "to 1", "icase 0"),
	newModule("u32", eachOption(opaque("the bytes that u32 looks at", wholePacket)), `u32 1!"`),
	newModule("bpf", whole("the program that bpf runs", wholePacket), `bytecode 1"`, `object-pinned|object_pinned 1"`),
}

// wholePacket are the fields that a look at the bytes of a packet sees change: of a
// packet that was translated it is another question.
var wholePacket = packet.Fields(packet.Src, packet.Dst, packet.SrcPort, packet.DstPort)

func lowerLength(b *builder, o *option) {
	b.boxesOf(o, 0, o.name, func(w word) (*packet.Boxes, error) {
		boxes, err := numbersOf(packet.Length, 1<<16-1)(w)
		if errors.Is(err, errReversed) {
			return packet.Numbers(packet.Length), nil // taken, and matched by nothing
		}
		return boxes, err
	})
}

// lowerTTL lowers a test of the time to live, which senders choose as they like.
// Routers lower it and forward no packet with none left: whether one comes with
// the lowest or the highest depends on the hook and on who sends it.
func lowerTTL(b *builder, o *option) {
	n, err := o.args[0].number(255)
	if err != nil {
		b.fail(o, 0, err)
		return
	}
	if strings.HasSuffix(o.name, "-gt") && n == 255 || strings.HasSuffix(o.name, "-lt") && n == 0 {
		b.never = true
		return
	}
	_, of, _ := strings.Cut(o.name, "-")
	rare := of == "lt" && n == 1 || of == "gt" && n == 254 || (of == "eq" || of == "") && (n == 0 || n == 255)
	if rare && !o.negated {
		b.doubt(o, packet.Fixed, 0, false, "whether packets of that time to live come")
		return
	}
	b.doubt(o, packet.Varying, 0, false, "the time to live of the packet")
}

// dscpClasses are the classes of RFC 2474, 2597 and 3246 by their names.
var dscpClasses = func() map[string]uint32 {
	t := map[string]uint32{"BE": 0, "EF": 0x2e}
	for class := range uint32(8) {
		t["CS"+string(rune('0'+class))] = class << 3
	}
	for class := uint32(1); class <= 4; class++ {
		for drop := uint32(1); drop <= 3; drop++ {
			t["AF"+string(rune('0'+class))+string(rune('0'+drop))] = class<<3 | drop<<1
		}
	}
	return t
}()

// readDSCP reads a code point by number or class.
func readDSCP(o *option) (uint32, error) {
	w := o.args[0]
	if strings.HasSuffix(o.name, "-class") {
		if n, ok := dscpClasses[strings.ToUpper(w.text)]; ok {
			return n, nil
		}
		return 0, &valueError{w, "a class like CS1, AF21, EF or BE"}
	}
	n, err := w.number(63)
	return uint32(n), err
}

func lowerDSCP(b *builder, o *option) {
	n, err := readDSCP(o)
	if err != nil {
		b.fail(o, 0, err)
		return
	}
	b.match(o, packet.Masked(packet.TOS, 0xfc, n<<2))
}

// tosNames are the names of the old types of service (RFC 1349); they stand for
// a value under the mask 0x3f.
var tosNames = map[string]uint32{
	"minimize-delay": 0x10, "maximize-throughput": 0x08, "maximize-reliability": 0x04, "minimize-cost": 0x02, "normal-service": 0,
}

// readTOS reads value[/mask] or a name.
func readTOS(w word) (value, mask uint32, err error) {
	if n, ok := tosNames[strings.ToLower(w.text)]; ok {
		return n, 0x3f, nil
	}
	return w.masked(255)
}

func lowerTOS(b *builder, o *option) {
	value, mask, err := readTOS(o.args[0])
	if err != nil {
		b.fail(o, 0, err)
		return
	}
	b.match(o, packet.Masked(packet.TOS, mask, value))
}

func lowerECN(b *builder, o *option) {
	if o.name == "ecn-ip-ect" {
		n, err := o.args[0].number(3)
		if err != nil {
			b.fail(o, 0, err)
			return
		}
		b.match(o, packet.Masked(packet.TOS, 3, uint32(n)))
		return
	}
	if !b.protocolKnown || b.protocol != packet.TCP {
		b.malformed(o.word, "%s needs -p tcp", o.word.text)
		return
	}
	bit := packet.CWR
	if o.name == "ecn-tcp-ece" {
		bit = packet.ECE
	}
	b.match(o, packet.Masked(packet.TCPFlags, uint32(bit), uint32(bit)))
}

// lowerExtensionHeader lowers a test of an IPv6 extension header. Senders may
// use any; ordinary packets have none.
func lowerExtensionHeader(b *builder, u *use) {
	o := u.asOption()
	b.doubt(&o, packet.Usual, 0, true, "whether the packet has no extension header of this kind")
	b.terms[len(b.terms)-1].Unknown.Reason = "extension headers of the packet"
}

// local holds the packets that the device sends itself.
var local = packet.Names(packet.In, packet.Pattern{})

// ofSocket adds a condition on the socket of a packet that the device sends;
// others have none, and it does not hold for them.
func (b *builder) ofSocket(o *option, what string) {
	b.unsupported(o, 0, "%s is not modelled", what)
	b.terms[len(b.terms)-1].Unknown.Within = local
}
