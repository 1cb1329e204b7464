package report

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"math/big"
	"slices"
	"strconv"

	"bayyina/core/count"
	"bayyina/platform/locale"
	"bayyina/platform/web/chart"
)

// countDocument is what the template of a count shows: the same count twice.
type countDocument struct {
	Title  string
	CSS    template.CSS
	Policy string
	Pages  []*countPage
}

// countPage is a count in one language.
type countPage struct {
	*tally
	Lang, Dir string
	Other     otherLanguage
	Head      string
	Method    string
	Sums      []string
	Winners   []winner
	Stopped   string
	Second    string // who meets in a second round
	Charts    []chart.Bars
	Rounds    []roundView
	Tables    []tableView
	Told      []string
}

type winner struct{ Name, Note string }

// roundView is how the votes stand after a step, as bars.
type roundView struct {
	Title string
	Says  string
	Quota string // place of the quota's line in per cent, "" where there is none
	Needs string
	Bars  []roundBar
}

// roundBar is one choice's votes: what it had, what it gained or lost since.
type roundBar struct {
	Name, Number, Change string
	Kept, Gained, Lost   string // widths in per cent
	Kind                 string // elected, out, or ""
}

// tableView is a table whose marked cells decide something.
type tableView struct {
	Caption string
	Heads   []string
	Rows    []tableRow
}

type tableRow struct {
	Name  string
	Cells []tableCell
}

type tableCell struct {
	Text  string
	Mark  string // what makes it a marked one
	Badge string // the seat that it won
}

// WriteCountHTML writes a count as one page that asks for nothing else, in both languages, as
// Report.WriteHTML does.
func WriteCountHTML(w io.Writer, r *count.Result) error {
	css, err := stylesheet("count.css")
	if err != nil {
		return err
	}
	d := countDocument{CSS: template.CSS(css), Policy: policyOf(css)}
	for _, lang := range []string{locale.Arabic, locale.English} {
		l, err := locale.New(lang)
		if err != nil {
			return err
		}
		p := newCountPage(newTally(l, r))
		if err := p.failed(); err != nil {
			return err
		}
		if d.Title != "" {
			d.Title += " · "
		}
		d.Title += p.Say("title", nil)
		d.Pages = append(d.Pages, p)
	}
	var out bytes.Buffer
	if err := pageTemplate.ExecuteTemplate(&out, "count.html", d); err != nil {
		return fmt.Errorf("write the page of the count: %w", err)
	}
	_, err = w.Write(out.Bytes())
	return err
}

func newCountPage(t *tally) *countPage {
	p := &countPage{
		tally: t, Lang: t.l.Lang(), Dir: t.l.Dir(), Other: otherLanguage{locale.English, "English"},
		Head: t.l.Half(t.Title), Method: t.Method(), Sums: t.Sums(), Told: t.Told(),
	}
	if p.Lang == locale.English {
		p.Other = otherLanguage{locale.Arabic, "العربية"}
	}
	if p.Head == "" {
		p.Head = t.Say("title", nil)
	}
	for _, w := range t.Seats {
		name, note := t.Won(w)
		p.Winners = append(p.Winners, winner{name, note})
	}
	if t.Tie != nil {
		p.Stopped = t.Stopped()
	}
	if len(t.RunOff) > 0 {
		p.Second = t.Names(t.RunOff)
	}
	p.votes()
	p.rounds()
	if t.Allocation != nil {
		p.allocation()
	}
	if t.Duels != nil {
		p.duels("duels-title", t.Duels.Wins)
		if t.Duels.Paths != nil {
			p.duels("paths-title", t.Duels.Paths)
		}
	}
	p.grades()
	return p
}

// C is the text count.<id>, for the template.
func (p *countPage) C(id string) string { return p.Say(id, nil) }

// elected says whether a choice has a seat.
func (p *countPage) elected(choice int) bool {
	return slices.ContainsFunc(p.Seats, func(w count.Won) bool { return w.Choice == choice })
}

// votes shows the sums of votes as bars, most first.
func (p *countPage) votes() {
	if len(p.Tally) == 0 {
		return
	}
	c := chart.Bars{Title: p.Say("votes-title", nil), Heads: [3]string{p.Say("choice", nil), p.Say("votes", nil), p.text("share", nil)}}
	order := make([]int, len(p.Tally))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(min(1, max(-1, p.Tally[b]-p.Tally[a]))) })
	for _, i := range order {
		b := chart.Bar{
			Label: p.l.Half(p.Choices[i]), Full: p.Choices[i], Number: p.l.Integer(p.Tally[i]),
			Share: share(p.l, p.Tally[i], p.Valid), Width: chart.Width(p.Tally[i], p.Tally[order[0]]),
		}
		if p.elected(i) {
			b.Kind = "first"
		}
		c.Rows = append(c.Rows, b)
	}
	p.Charts = append(p.Charts, c)
}

// rounds shows how votes move from step to step, where there are rounds.
func (p *countPage) rounds() {
	largest := big.NewRat(1, 1)
	for _, s := range p.Steps {
		for _, number := range append(slices.Clone(s.Votes), s.Quota) {
			if x, ok := new(big.Rat).SetString(number); ok && x.Cmp(largest) > 0 {
				largest = x
			}
		}
	}
	percent := func(x *big.Rat) string {
		x = new(big.Rat).Quo(x, largest)
		f, _ := x.Mul(x, big.NewRat(100, 1)).Float64()
		return strconv.FormatFloat(f, 'f', 2, 64)
	}
	var before []string
	for i, s := range p.Steps {
		if s.States == "" || !slices.Contains([]string{count.Begin, count.Standing, count.Surplus, count.Transfer, count.Settle}, s.Kind) {
			continue
		}
		if s.Kind == count.Standing && before != nil && slices.Equal(before, s.Votes) {
			continue
		}
		var v roundView
		switch {
		case s.Quotients != nil:
			v.Says = p.Told[i]
		case s.Kind == count.Surplus || s.Kind == count.Transfer:
			v.Says = p.Say("round-"+s.Kind, args{"Names": p.Names(s.Choices), "Number": p.Figure(s.Number), "Exhausted": p.Figure(s.Exhausted)})
		}
		if s.Round > 0 {
			v.Title = p.Say("step-round", args{"Round": s.Round})
		} else {
			v.Title = p.Say("votes-title", nil)
		}
		if q, ok := new(big.Rat).SetString(s.Quota); ok && s.Quotients == nil {
			v.Quota, v.Needs = percent(q), p.Say("quota", args{"Number": p.Figure(s.Quota)})
		}
		for c, votes := range s.Votes {
			if votes == "" || s.States[c] == 'D' && (before == nil || before[c] == votes) {
				continue
			}
			v.Bars = append(v.Bars, p.roundBar(c, s, before, percent))
		}
		p.Rounds = append(p.Rounds, v)
		before = s.Votes
	}
}

func (p *countPage) roundBar(c int, s count.Step, before []string, percent func(*big.Rat) string) roundBar {
	now, _ := new(big.Rat).SetString(s.Votes[c])
	old := now
	if before != nil {
		old, _ = new(big.Rat).SetString(before[c])
	}
	b := roundBar{Name: p.l.Half(p.Choices[c]), Number: p.Figure(s.Votes[c])}
	switch change := new(big.Rat).Sub(now, old); change.Sign() {
	case 1:
		b.Kept, b.Gained, b.Change = percent(old), percent(change), "+"+p.Figure(change.RatString())
	case -1:
		b.Kept, b.Lost, b.Change = percent(now), percent(new(big.Rat).Neg(change)), "−"+p.Figure(new(big.Rat).Neg(change).RatString())
	default:
		b.Kept = percent(now)
	}
	switch s.States[c] {
	case 'E', 'e':
		b.Kind = "elected"
	case 'D':
		b.Kind = "out"
	}
	return b
}

// allocation shows quotients or remainders, with the seats that they won.
func (p *countPage) allocation() {
	a := p.Allocation
	cell := func(q count.Quotient) tableCell {
		c := tableCell{Text: p.Figure(q.Value)}
		if q.Seat > 0 {
			c.Mark, c.Badge = p.Say("won-cell", args{"Number": q.Seat}), p.l.Integer(int64(q.Seat))
		}
		return c
	}
	t := tableView{Caption: p.Say("quotients-title", nil), Heads: []string{p.Say("list", nil)}}
	if a.Quota != "" {
		t.Caption = p.Say("remainders-title", nil) + " · " + p.Say("quota", args{"Number": p.Figure(a.Quota)})
		t.Heads = append(t.Heads, p.Say("whole", nil), p.Say("remainder", nil))
	}
	for _, d := range a.Divisors {
		t.Heads = append(t.Heads, p.Say("divided", args{"Number": p.Figure(d)}))
	}
	t.Heads = append(t.Heads, p.Say("seats-won", nil))
	for i := range p.Choices {
		row := tableRow{Name: p.l.Half(p.Choices[i])}
		if a.Quota != "" {
			row.Cells = append(row.Cells, tableCell{Text: p.l.Integer(int64(a.Whole[i]))}, cell(a.Rest[i]))
		} else {
			for _, q := range a.Quotients[i] {
				row.Cells = append(row.Cells, cell(q))
			}
		}
		row.Cells = append(row.Cells, tableCell{Text: p.l.Integer(int64(a.Seats[i]))})
		t.Rows = append(t.Rows, row)
	}
	p.Tables = append(p.Tables, t)
}

// duels shows a number for each pair; marked where the row is stronger than the column.
func (p *countPage) duels(title string, numbers [][]int64) {
	t := tableView{Caption: p.Say(title, nil), Heads: []string{p.Say("choice", nil)}}
	for a := range numbers {
		t.Heads = append(t.Heads, p.l.Half(p.Choices[a]))
		row := tableRow{Name: p.l.Half(p.Choices[a])}
		for b := range numbers {
			c := tableCell{Text: p.l.Integer(numbers[a][b])}
			if a == b {
				c.Text = "·"
			} else if numbers[a][b] > numbers[b][a] {
				c.Mark = p.Say("over", args{"Names": p.Name(a), "Others": p.Name(b)})
			}
			row.Cells = append(row.Cells, c)
		}
		t.Rows = append(t.Rows, row)
	}
	p.Tables = append(p.Tables, t)
}

// grades shows how often each choice got each grade; its majority grade is marked.
func (p *countPage) grades() {
	if len(p.Judgments) == 0 {
		return
	}
	t := tableView{Caption: p.Say("grades-title", nil), Heads: []string{p.Say("choice", nil)}}
	for g := range p.Judgments[0].Counts {
		if g < len(p.Rule.Grades) {
			t.Heads = append(t.Heads, p.l.Half(p.Rule.Grades[g]))
		} else {
			t.Heads = append(t.Heads, p.Say("grade", args{"Number": g + 1}))
		}
	}
	for _, group := range p.Order {
		for _, i := range group {
			row := tableRow{Name: p.l.Half(p.Choices[i])}
			for g, n := range p.Judgments[i].Counts {
				c := tableCell{Text: p.l.Integer(n)}
				if g == p.Judgments[i].Majority {
					c.Mark = p.Say("median", nil)
				}
				row.Cells = append(row.Cells, c)
			}
			t.Rows = append(t.Rows, row)
		}
	}
	p.Tables = append(p.Tables, t)
}
