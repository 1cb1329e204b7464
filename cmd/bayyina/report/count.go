package report

import (
	"cmp"
	"fmt"
	"io"

	"bayyina/core/count"
	"bayyina/module/vote/explain"
	"bayyina/platform/locale"
)

// tally is a count in the words of one language, with those of reports.
type tally struct {
	words
	*explain.Count
}

func newTally(l *locale.Locale, r *count.Result) *tally {
	return &tally{words{l: l}, explain.New(l, r)}
}

// failed is the first error in looking up words.
func (t *tally) failed() error { return cmp.Or(t.err, t.Err()) }

// WriteCountText tells a count in one language: the rule, every step, who has a seat or where the count stops.
func WriteCountText(out io.Writer, l *locale.Locale, style Style, r *count.Result) error {
	t := newTally(l, r)
	p := &text{words: words{l: l}, style: Style{Width: max(style.Width, 40), Color: style.Color}}
	if r.Title != "" {
		p.line(bold, "", l.Half(r.Title))
	}
	p.line("", "", t.Method())
	p.line("", "", t.l.Join(t.Sums()))
	p.b.WriteByte('\n')
	for i, step := range t.Told() {
		p.line("", "", fmt.Sprintf("%d. %s", i+1, step))
	}
	p.b.WriteByte('\n')
	switch {
	case r.Tie != nil:
		p.line(yellow, "", t.Say("tie-title", nil))
		p.line("", "", t.Stopped())
		p.line("", "", t.Say("tie-hint", nil))
	case len(r.RunOff) > 0:
		p.line(yellow, "", t.Say("runoff-title", nil)+": "+t.Names(r.RunOff))
	default:
		if len(r.Lots) > 0 {
			p.line(yellow, "", t.Say("lots-title", nil))
		}
		p.line(bold, "", t.Say("elected-title", nil)+":")
		for i, w := range r.Seats {
			name, note := t.Won(w)
			if note != "" {
				name += " (" + note + ")"
			}
			p.line("", "", fmt.Sprintf("%d. %s", i+1, name))
		}
	}
	if err := t.failed(); err != nil {
		return err
	}
	_, err := io.WriteString(out, p.b.String())
	return err
}
