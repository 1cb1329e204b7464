package report

import (
	"cmp"
	"slices"

	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
	"bayyina/platform/web/chart"
)

// share is part of whole in the reader's writing; nothing where there is no whole.
func share(l *locale.Locale, part, whole int64) string {
	if whole <= 0 {
		return ""
	}
	return l.Percent(float64(part)/float64(whole), 1)
}

// results has one chart per question: the answers from most votes to fewest, the blank
// vote last; lists in their order, each before its candidates; of rankings the order
// that the question's own method gives, or else only how many there are. Shares are of the
// ballots that count, by weight.
func (w *words) results(d *evidence.ResultData) []chart.Bars {
	var list []chart.Bars
	for _, q := range d.Questions {
		c := chart.Bars{
			Title: w.l.Half(q.Question),
			Heads: [3]string{w.text("option", nil), w.text("votes", nil), w.text("share-of-ballots", nil)},
		}
		switch {
		case q.Places != nil:
			c.Note = w.text("ranked-note", args{"Count": q.Opened}) + " " + w.rule(q.Rule)
			c.Heads[1] = w.text("best-given", nil)
			w.places(&c, q.Places, d.Weight)
		case q.Answers == nil:
			c.Note = w.text("opened-note", nil)
			label := w.text("opened", nil)
			c.Rows = []chart.Bar{{Label: label, Full: label, Number: w.l.Integer(q.Opened), Share: share(w.l, q.Opened, d.Weight), Width: chart.Width(q.Opened, d.Weight)}}
		case q.Max > 1:
			c.Note = w.text("several-choices", args{"Max": q.Max})
		}
		w.answers(&c, q.Answers, d.Weight)
		list = append(list, c)
	}
	return list
}

// answers adds a bar for each answer.
func (w *words) answers(c *chart.Bars, answers []evidence.AnswerResult, weight int64) {
	lists := slices.ContainsFunc(answers, func(a evidence.AnswerResult) bool { return a.List != "" })
	if !lists {
		answers = slices.Clone(answers)
		slices.SortStableFunc(answers, func(a, b evidence.AnswerResult) int {
			if a.Blank != b.Blank {
				return map[bool]int{true: 1, false: -1}[a.Blank]
			}
			return cmp.Compare(b.Votes, a.Votes)
		})
	}
	most := int64(1)
	for _, a := range answers {
		if !a.Blank {
			most = max(most, a.Votes)
		}
	}
	for _, a := range answers {
		b := chart.Bar{Label: w.l.Half(a.Answer), Full: a.Answer, Number: w.l.Integer(a.Votes), Share: share(w.l, a.Votes, weight), Width: chart.Width(a.Votes, weight)}
		switch {
		case a.Blank:
			b.Label, b.Full, b.Kind = w.text("blank", nil), w.text("blank", nil), "rest"
		case a.List != "":
			b.Label, b.Full, b.Kind = "– "+b.Label, a.List+" – "+a.Answer, "part"
		case a.Votes == most:
			b.Kind = "first"
		}
		c.Rows = append(c.Rows, b)
	}
}

// places adds a bar for each answer, the best first: how many ballots put it first.
func (w *words) places(c *chart.Bars, places []evidence.Place, weight int64) {
	for _, p := range places {
		name := func(answer string) string {
			text := w.text("place", args{"Place": p.Place, "Answer": answer})
			if p.Grade != "" {
				text += " – " + w.l.Half(p.Grade)
			}
			return text
		}
		b := chart.Bar{
			Label: name(w.l.Half(p.Answer)), Full: name(p.Answer), Number: w.l.Integer(p.Best),
			Share: share(w.l, p.Best, weight), Width: chart.Width(p.Best, weight),
		}
		if p.Place == 1 {
			b.Kind = "first"
		}
		c.Rows = append(c.Rows, b)
	}
}

// rule is a counting rule in words.
func (w *words) rule(name string) string { return w.message(read.Message{ID: "count.rule-" + name}) }

// seats has one chart per question: who has how many of its seats, those with most
// first. Beside lists the note names the members, in the order in which they won.
func (w *words) seats(d *evidence.SeatsData) []chart.Bars {
	var list []chart.Bars
	for _, q := range d.Questions {
		c := chart.Bars{
			Title: w.text("seats-of", args{"Question": w.l.Half(q.Question)}), Note: w.rule(q.Rule),
			Heads: [3]string{w.text("elected", nil), w.text("seats", nil), w.text("share-of-seats", nil)},
		}
		note := func(id string, names []string) {
			for i, name := range names {
				names[i] = w.l.Isolate(w.l.Half(name))
			}
			c.Note += " " + w.text(id, args{"Names": w.l.Join(names)})
		}
		var members []string
		for _, won := range q.Seats {
			if won.Member != "" {
				members = append(members, won.Member)
			}
		}
		switch {
		case q.Tied:
			c.Note += " " + w.text("seats-tied", nil)
		case len(q.RunOff) > 0:
			note("seats-runoff", slices.Clone(q.RunOff))
		case len(members) > 0:
			note("seats-members", members)
		}
		w.shares(&c, q)
		list = append(list, c)
	}
	return list
}

// shares adds a bar for each list, or else for each who has a seat.
func (w *words) shares(c *chart.Bars, q evidence.QuestionSeats) {
	order := slices.Clone(q.Lists)
	seats := make(map[string]int64)
	for _, won := range q.Seats {
		if !slices.Contains(order, won.Name) {
			order = append(order, won.Name)
		}
		seats[won.Name]++
	}
	slices.SortStableFunc(order, func(a, b string) int { return cmp.Compare(seats[b], seats[a]) })
	whole := int64(len(q.Seats))
	for _, name := range order {
		n := seats[name]
		b := chart.Bar{Label: w.l.Half(name), Full: name, Number: w.l.Integer(n), Share: share(w.l, n, whole), Width: chart.Width(n, whole)}
		if n > 0 && n == seats[order[0]] {
			b.Kind = "first"
		}
		c.Rows = append(c.Rows, b)
	}
}

// turnout shows who took part.
func (w *words) turnout(d *evidence.BallotData) chart.Bars {
	row := func(id string, n int64, kind string) chart.Bar {
		return chart.Bar{
			Label: w.text(id, nil), Full: w.text(id, nil), Number: w.l.Integer(n),
			Share: share(w.l, n, d.Voters), Width: chart.Width(n, d.Voters), Kind: kind,
		}
	}
	return chart.Bars{
		Title: w.text("turnout-title", nil),
		Heads: [3]string{w.text("voters", nil), w.text("number", nil), w.text("share-of-voters", nil)},
		Rows: []chart.Bar{
			row("counted", d.Counted, "first"),
			row("abstained", d.Voters-d.Counted, "rest"),
		},
	}
}

// districts shows where the voters of the roll live, most first.
func (w *words) districts(d *evidence.SetupData) (chart.Bars, bool) {
	if len(d.Districts) == 0 {
		return chart.Bars{}, false
	}
	list := slices.Clone(d.Districts)
	slices.SortStableFunc(list, func(a, b evidence.District) int { return cmp.Compare(b.Voters, a.Voters) })
	c := chart.Bars{
		Title: w.text("districts-title", nil), Note: w.text("districts-note", nil), Compact: true,
		Heads: [3]string{w.text("district", nil), w.text("voters", nil), w.text("share", nil)},
	}
	for _, row := range list {
		c.Rows = append(c.Rows, chart.Bar{
			Label: w.l.Pick(row.Name), Full: w.l.Pick(row.Name), Number: w.l.Integer(row.Voters),
			Share: share(w.l, row.Voters, d.Voters), Width: chart.Width(row.Voters, list[0].Voters),
		})
	}
	return c, true
}
