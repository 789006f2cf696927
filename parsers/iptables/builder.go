package iptables

import (
	"errors"
	"fmt"
	"strings"

	"github.com/moveit-lint/moveit-lint/rules"
	"github.com/moveit-lint/moveit-lint/rules/packet"
	"github.com/moveit-lint/moveit-lint/rules/source"
)

// builder turns one rule line into a rule of the model.
type builder struct {
	*lowering
	base   int // offset of the chunk that the line's places count from
	line   *line
	family int
	table  string
	chains *table
	chain  *chain

	terms  []rules.Term
	action rules.Action
	// protocol is what -p says; protocolKnown iff it names one and does not negate it.
	protocol      packet.Proto
	protocolKnown bool
	protocolNamed bool // negated or not
	comment       string
	worst         source.ProblemKind // the worst that was said of the line; 0: nothing
	never         bool               // no packet can match
	mapsNetwork   bool               // by NETMAP, which end being open
}

// span returns the place of a word.
func (b *builder) span(w word) source.Span {
	return b.file.Span(b.base+int(w.start), b.base+int(w.end))
}

// lineSpan returns the place of the whole line.
func (b *builder) lineSpan() source.Span {
	return b.file.Span(b.base+int(b.line.start), b.base+int(b.line.end))
}

// optionSpan returns the place of an option: "!", name and words.
func (b *builder) optionSpan(o *option) source.Span {
	start, end := o.word.start, o.word.end
	if o.negated && o.bang < start {
		start = o.bang
	}
	if n := len(o.args); n > 0 && o.args[n-1].end > end {
		end = o.args[n-1].end
	}
	return b.file.Span(b.base+int(start), b.base+int(end))
}

// valueSpan returns the place of what an option says: its words, else itself.
func (b *builder) valueSpan(o *option) source.Span {
	if n := len(o.args); n > 0 && !o.negated {
		return b.file.Span(b.base+int(o.args[0].start), b.base+int(o.args[n-1].end))
	}
	return b.optionSpan(o)
}

// problem reports something about the line.
func (b *builder) problem(kind source.ProblemKind, span source.Span, format string, args ...any) {
	b.problems = append(b.problems, source.Problem{Kind: kind, Span: span, Message: fmt.Sprintf(format, args...)})
	if b.worst == 0 || kind < b.worst {
		b.worst = kind
	}
}

func (b *builder) malformed(w word, format string, args ...any) {
	b.problem(source.Malformed, b.span(w), format, args...)
}

// fail reports an error of a value. A name that is looked up elsewhere is no
// mistake; the option is then an unknown.
func (b *builder) fail(o *option, of packet.FieldSet, err error) {
	var bad *valueError
	var name *unresolvedError
	switch {
	case errors.As(err, &bad):
		w := bad.word
		if w.start == w.end {
			w = o.word
		}
		b.malformed(w, "%s: %s", o.word.text, err)
	case errors.As(err, &name):
		b.unknown(o, packet.Fixed, of, err.Error())
		b.problem(source.Unsupported, b.span(name.word), "%s", err)
	default:
		b.malformed(o.word, "%s", err)
	}
}

// match adds the condition that an option stands for.
func (b *builder) match(o *option, boxes *packet.Boxes) {
	b.terms = append(b.terms, rules.Term{Boxes: boxes, Negated: o.negated, Span: b.valueSpan(o)})
}

// all adds the condition of an option that every packet meets.
func (b *builder) all(o *option) {
	if o.negated {
		b.never = true
	}
}

// doubt adds a condition that is not modelled as such but of which it is known
// how it comes out; saying so is not worth a problem.
func (b *builder) doubt(o *option, doubt packet.Doubt, of packet.FieldSet, negated bool, reason string) {
	b.terms = append(b.terms, rules.Term{
		Unknown: &rules.Unknown{Reason: reason, Key: b.key(o, doubt), Doubt: doubt, Of: of},
		Negated: negated != o.negated,
		Span:    b.optionSpan(o),
	})
}

// unknown adds a condition that is not modelled, and leaves the problem to the
// caller.
func (b *builder) unknown(o *option, doubt packet.Doubt, of packet.FieldSet, reason string) {
	b.doubt(o, doubt, of, false, reason)
}

// unsupported adds a condition that is not modelled, and says so.
func (b *builder) unsupported(o *option, of packet.FieldSet, format string, args ...any) {
	reason := fmt.Sprintf(format, args...)
	b.unknown(o, packet.Fixed, of, reason)
	b.problem(source.Unsupported, b.optionSpan(o), "%s", reason)
}

// key names the condition of an option. What is fixed is the same condition
// wherever it is asked; what varies is drawn anew by every rule.
func (b *builder) key(o *option, doubt packet.Doubt) string {
	var key strings.Builder
	key.WriteString(o.name)
	for _, a := range o.args {
		key.WriteString(" " + a.text)
	}
	if doubt != packet.Fixed {
		key.WriteString(b.here(o.word))
	}
	return key.String()
}

// here tells a condition that is asked at a word from the same one elsewhere.
func (b *builder) here(w word) string {
	return fmt.Sprintf(" at %d:%d", b.fileIndex, b.base+int(w.start))
}

// boxKey names what boxes are made of, so that equal conditions share them.
type boxKey struct {
	kind   string
	text   string
	family int
}

// cached returns the boxes of a value, made once for all rules.
func (l *lowering) cached(kind, text string, family int, build func() (*packet.Boxes, error)) (*packet.Boxes, error) {
	key := boxKey{kind, text, family}
	if boxes, ok := l.boxes[key]; ok {
		return boxes, nil
	}
	boxes, err := build()
	if err == nil {
		l.boxes[key] = boxes
	}
	return boxes, err
}
