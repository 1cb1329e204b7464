package report

import (
	"strings"

	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
)

// contest is the elections of one contest, which are its districts.
type contest struct {
	Name      read.Bilingual
	Elections []group
	Districts int
}

// verdict is False if any claim of the group is, True if all are, and else NotShown.
func (g *group) verdict() read.Verdict {
	part := Report{Claims: g.Claims}
	return part.Verdict()
}

// contests puts the elections of each contest together, in the order in which they come.
// The other groups are the rest, and so is a contest of one election.
func contests(groups []group) (list []contest, rest []group) {
	place := make(map[read.Bilingual]int)
	parts := make(map[read.Bilingual]int)
	for _, g := range groups {
		if p := partOf(g); p != nil {
			parts[p.Contest]++
		}
	}
	for _, g := range groups {
		p := partOf(g)
		if p == nil || parts[p.Contest] < 2 {
			rest = append(rest, g)
			continue
		}
		at, known := place[p.Contest]
		if !known {
			at = len(list)
			place[p.Contest] = at
			list = append(list, contest{Name: p.Contest})
		}
		list[at].Elections = append(list[at].Elections, g)
		list[at].Districts += len(p.Districts)
	}
	return list, rest
}

func partOf(g group) *evidence.Part {
	if f := evidence.FiguresOf(g.Claims); f.Setup != nil {
		return f.Setup.Part
	}
	return nil
}

// of returns the elections with a verdict.
func (c *contest) of(v read.Verdict) (list []group) {
	for _, g := range c.Elections {
		if g.verdict() == v {
			list = append(list, g)
		}
	}
	return list
}

// verdict is that of all elections together.
func (c *contest) verdict() read.Verdict {
	switch {
	case len(c.of(read.False)) > 0:
		return read.False
	case len(c.of(read.True)) == len(c.Elections):
		return read.True
	}
	return read.NotShown
}

// summary says how many elections of the contest have a verdict, in how many districts.
func (c *contest) summary(w *words, v read.Verdict) string {
	n, districts := 0, 0
	for _, g := range c.of(v) {
		n, districts = n+1, districts+len(partOf(g).Districts)
	}
	return w.text("contest-"+word(v), args{"Elections": w.l.Integer(int64(n)), "Districts": w.l.Integer(int64(districts))})
}

// result adds the districts' results up where all of them have one to the same questions,
// none has seats of its own, and nothing is false; otherwise it is nil.
func (c *contest) result() *evidence.ResultData {
	var sum *evidence.ResultData
	for _, g := range c.Elections {
		f := evidence.FiguresOf(g.Claims)
		d := f.Result
		if d == nil || f.Seats != nil || g.verdict() == read.False {
			return nil
		}
		if sum == nil {
			sum = &evidence.ResultData{}
			for _, q := range d.Questions {
				q.Answers = append([]evidence.AnswerResult{}, q.Answers...)
				for i := range q.Answers {
					q.Answers[i].Votes = 0
				}
				sum.Questions = append(sum.Questions, q)
			}
		}
		if !addTo(sum, d) {
			return nil
		}
	}
	return sum
}

// addTo adds a result to a sum, unless it answers other questions, or ballots of one were
// opened: those are for a counting method.
func addTo(sum, d *evidence.ResultData) bool {
	if len(d.Questions) != len(sum.Questions) {
		return false
	}
	sum.Counted, sum.Weight = sum.Counted+d.Counted, sum.Weight+d.Weight
	for i, q := range d.Questions {
		s := &sum.Questions[i]
		if q.Question != s.Question || len(q.Answers) != len(s.Answers) || q.Opened > 0 {
			return false
		}
		for j, a := range q.Answers {
			if t := s.Answers[j]; a.Answer != t.Answer || a.List != t.List || a.Blank != t.Blank {
				return false
			}
			s.Answers[j].Votes += a.Votes
		}
	}
	return true
}

// names lists the titles of elections.
func (w *words) names(groups []group) string {
	var list []string
	for _, g := range groups {
		list = append(list, w.l.Isolate(w.l.Pick(g.Title)))
	}
	return strings.TrimSpace(w.l.Join(list))
}
