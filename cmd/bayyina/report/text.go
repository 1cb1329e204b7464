package report

import (
	"fmt"
	"io"
	"strings"

	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
	"bayyina/platform/web/chart"
)

// Style is how text is laid out.
type Style struct {
	Width int  // columns of a line, at least 40 are used
	Color bool // ANSI colours
}

// rlm at the head of a line makes a terminal that knows right to left lay it out
// so, whatever the first letter is. Others show nothing for it.
const rlm = "\u200f"

// ANSI codes.
const (
	plain  = "\x1b[0m"
	bold   = "\x1b[1m"
	dim    = "\x1b[2m"
	red    = "\x1b[1;31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
)

// text writes lines.
type text struct {
	words
	style Style
	b     strings.Builder
}

// WriteText writes the report in one language. The first line of a rehearsal's
// report says that it is one; the last line is the verdict.
func (r *Report) WriteText(out io.Writer, l *locale.Locale, style Style) error {
	style.Width = max(style.Width, 40)
	t := &text{words: words{l: l}, style: style}
	if r.Rehearsal {
		t.line(yellow, "", t.text("rehearsal", nil))
	}
	t.head(r)
	together, apart := contests(r.groups())
	for i := range together {
		t.contest(&together[i])
		apart = append(apart, together[i].of(read.False)...)
	}
	for _, g := range apart {
		t.b.WriteByte('\n')
		t.line(bold, "", t.words.subject(r, g))
		t.figures(g)
		for i := range g.Claims {
			t.claim(&g.Claims[i])
		}
	}
	if r.withoutPolicy() {
		t.b.WriteByte('\n')
		t.line(yellow, "", t.text("no-policy-title", nil))
		t.line("", "", t.text("no-policy", nil))
	}
	t.b.WriteByte('\n')
	t.line(color(r.Verdict()), "", t.message(r.verdictMessage()))
	if t.err != nil {
		return t.err
	}
	_, err := io.WriteString(out, t.b.String())
	return err
}

// head says what was checked.
func (t *text) head(r *Report) {
	title := t.text("title", nil)
	if r.Checked.Name != (read.Bilingual{}) {
		title = t.text("title-of", args{"Name": r.Checked.Name})
	}
	t.line(bold, "", title)
	for _, f := range t.checked(r) {
		if f.Code {
			f.Value = t.l.Code(f.Value)
		}
		t.line(dim, "", f.Name+t.colon()+f.Value)
	}
}

// colon stands between a name and its value.
func (t *text) colon() string { return ": " }

// charts writes recomputed numbers, question by question.
func (t *text) charts(list []chart.Bars) {
	for _, c := range list {
		t.line("", "  ", t.l.Isolate(c.Title))
		if c.Note != "" {
			t.line(dim, "    ", c.Note)
		}
		for _, b := range c.Rows {
			row := t.l.Isolate(b.Label) + t.colon() + b.Number
			if b.Share != "" {
				row += " (" + b.Share + ")"
			}
			t.line("", "    ", row)
		}
	}
}

// figures writes what an election gave: its votes and seats.
func (t *text) figures(g group) {
	f := evidence.FiguresOf(g.Claims)
	if f.Result != nil {
		t.charts(t.words.results(f.Result))
	}
	if f.Seats != nil {
		t.charts(t.words.seats(f.Seats))
	}
}

// contest writes one row for the elections of each verdict, and the votes: of all districts
// together where they can be added up, else of each. Elections in which something is false
// follow apart.
func (t *text) contest(c *contest) {
	t.b.WriteByte('\n')
	t.line(bold, "", t.text("about-contest", args{"Title": t.l.Half(t.l.Pick(c.Name))}))
	for _, v := range []read.Verdict{read.False, read.True, read.NotShown} {
		groups := c.of(v)
		if len(groups) == 0 {
			continue
		}
		t.line(color(v), "", mark(v, t.l)+" "+t.text(word(v), nil)+t.colon()+c.summary(&t.words, v))
		if v != read.True {
			t.line("", "    ", t.names(groups))
		}
	}
	if d := c.result(); d != nil {
		t.charts(t.words.results(d))
		return
	}
	for _, g := range c.Elections {
		if f := evidence.FiguresOf(g.Claims); g.verdict() != read.False && f.Result != nil {
			t.line(bold, "  ", t.l.Isolate(t.l.Half(t.l.Pick(g.Title))))
			t.figures(g)
		}
	}
}

// claim writes a claim: its verdict, what is claimed, and beneath how we know and
// what is left to belief, or what is wrong.
func (t *text) claim(c *read.Claim) {
	t.line(color(c.Verdict), "", mark(c.Verdict, t.l)+" "+t.text(word(c.Verdict), nil)+t.colon()+t.message(c.Says))
	const indent = "    "
	switch how := t.message(c.How); {
	case how == "":
	case c.Verdict == read.NotShown:
		t.line("", indent, t.text("missing", nil)+t.colon()+how)
	case c.Verdict == read.True:
		t.line("", indent, t.text("how", nil)+t.colon()+how)
	default:
		t.line("", indent, how)
	}
	if c.Verdict == read.True {
		if belief := t.message(c.Belief); belief != "" {
			t.line(dim, indent, t.text("belief", nil)+t.colon()+belief)
		}
	}
	for _, f := range c.Faults {
		t.fault(f)
	}
}

// fault says what is wrong, where, when and signed by whom.
func (t *text) fault(f read.Fault) {
	t.line(red, "    ", "• "+t.message(f.Says))
	if origin := t.origin(f); origin != "" {
		t.line("", "      ", origin)
	}
	if f.Detail != "" {
		t.line(dim, "      ", t.l.Code(f.Detail))
	}
}

// line writes one paragraph, broken where the terminal ends.
func (t *text) line(color, indent, paragraph string) {
	hanging := indent
	if indent == "" {
		hanging = "  "
	}
	for i, s := range wrap(paragraph, t.style.Width-len(hanging)) {
		if i > 0 {
			indent = hanging
		}
		if t.l.Lang() == locale.Arabic {
			s = rlm + s
		}
		if t.style.Color && color != "" {
			s = color + s + plain
		}
		fmt.Fprintf(&t.b, "%s%s\n", indent, s)
	}
}

func color(v read.Verdict) string {
	switch v {
	case read.True:
		return green
	case read.False:
		return red
	}
	return yellow
}

// mark is a verdict's sign: never colour alone.
func mark(v read.Verdict, l *locale.Locale) string {
	switch {
	case v == read.True:
		return "✓"
	case v == read.False:
		return "✗"
	case l.Lang() == locale.Arabic:
		return "؟"
	}
	return "?"
}
