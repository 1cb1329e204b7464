package vote

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"bayyina/module/vote/evidence"
	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
	"bayyina/platform/web"
	"bayyina/platform/web/chart"
)

// contest is elections that belong together, in the order of the log: those of a country's
// districts, or, without a name, all that stand alone.
type contest struct {
	Name      string
	Elections []line
	Voters    int64
	Counted   int64
	Districts int64
	Decided   int64 // elections with a result
	Verdict   read.Verdict
}

// line is an election in a list.
type line struct {
	found
	Label string // its districts, where it is a part of a contest
	State string // id of a message
}

// Path is that of the contest's page, which its first election names.
func (c *contest) Path() string { return "/elections/" + c.Elections[0].UUID + "/contest" }

// Turnout is the share of voters whose ballot counts.
func (c *contest) Turnout() float64 { return float64(c.Counted) / float64(max(c.Voters, 1)) }

func (c *contest) add(f found, label string) {
	c.Elections = append(c.Elections, line{found: f, Label: label, State: f.State()})
	if f.SetUp != nil {
		c.Voters += f.SetUp.Voters
	}
	if f.Votes != nil {
		c.Counted += f.Votes.Counted
	}
	if f.Result != nil {
		c.Decided++
	}
	switch {
	case len(c.Elections) == 1 || f.Verdict == read.False:
		c.Verdict = f.Verdict
	case c.Verdict == read.True:
		c.Verdict = f.Verdict
	}
}

// contestsOf puts elections of one contest together, and those that stand alone.
func contestsOf(elections []found, l *locale.Locale) (contests []*contest, alone contest) {
	byName := make(map[read.Bilingual]*contest)
	for _, f := range elections {
		if f.SetUp == nil || f.SetUp.Part == nil {
			alone.add(f, f.Name(l))
			continue
		}
		part := f.SetUp.Part
		c := byName[part.Contest]
		if c == nil {
			c = &contest{Name: l.Pick(part.Contest)}
			byName[part.Contest] = c
			contests = append(contests, c)
		}
		c.Districts += int64(len(part.Districts))
		names := make([]string, len(part.Districts))
		for i, name := range part.Districts {
			names[i] = l.Pick(name)
		}
		c.add(f, l.Join(names))
	}
	return contests, alone
}

// contestWith is the contest that an election is a part of; nil where it stands alone.
func contestWith(elections []found, uuid string, l *locale.Locale) *contest {
	contests, _ := contestsOf(elections, l)
	for _, c := range contests {
		if slices.ContainsFunc(c.Elections, func(e line) bool { return e.UUID == uuid }) {
			return c
		}
	}
	return nil
}

// placed is what a map shows of each of the contest's districts: the area of its election.
func (c *contest) placed(area func(line) chart.Area) (list []placed) {
	for _, l := range c.Elections {
		a := area(l)
		for _, d := range l.SetUp.Part.Districts {
			list = append(list, placed{d, a})
		}
	}
	return list
}

// claims are those of some ids on the elections that have what is shown.
func (c *contest) claims(has func(line) bool, ids ...string) (list []read.Claim) {
	for _, l := range c.Elections {
		if has(l) {
			list = append(list, l.pick(ids...)...)
		}
	}
	return list
}

// list is all elections: contests, each with a page of its own, and those that stand alone.
func (p *Pages) list(v *web.Visit) (web.Answer, error) {
	s, j, err := p.judged()
	if err != nil {
		return web.Answer{}, err
	}
	data := struct {
		Contests []*contest
		Alone    contest
		Evidence web.Evidence
		Propose  bool // the visitor may propose a set-up
	}{Evidence: p.board.Evidence(s, s.Claims("")), Propose: p.next != nil && v.Person.MayAnywhere(access.ElectionPropose)}
	data.Contests, data.Alone = contestsOf(all(s, j), v.Locale)
	return p.show(v, "elections", "elections.title", data)
}

// contestPage is a contest in all its districts.
type contestPage struct {
	*contest
	Crumbs   []web.Crumb
	Turnouts *chart.Map // nil where the districts are on no map
	Results  []*districtResults
	Seats    []chart.Bars // of lists, in all districts together

	TurnoutEvidence, ResultEvidence, SeatsEvidence web.Evidence
}

// districtResults is the result of one question in each district.
type districtResults struct {
	Name  string // of its map on the page
	Title string
	Map   *chart.Map
	Rows  []districtResult
	Seats bool // there are some
}

// districtResult is who is first in a district, and who has its seats.
type districtResult struct {
	UUID, Label  string
	First, Share string // empty before there is a result
	Elected      string
	share        float64
}

func (p *Pages) contest(v *web.Visit) (web.Answer, error) {
	s, j, err := p.judged()
	if err != nil {
		return web.Answer{}, err
	}
	f, err := p.found(v.Request, s)
	if err != nil {
		return web.Answer{}, err
	}
	c := contestWith(all(s, j), f.UUID, v.Locale)
	if c == nil {
		return web.Answer{}, web.NotFound()
	}
	w := &words{Locale: v.Locale}
	data := contestPage{
		contest: c, Crumbs: []web.Crumb{{Label: w.text("elections.title"), Path: "/elections"}, {Label: c.Name}},
		Turnouts: w.turnoutMap(p.atlas, c, v.Path), Results: w.results(c), Seats: w.seatsOfLists(c),
		TurnoutEvidence: p.board.Evidence(s, c.claims(func(l line) bool { return l.SetUp != nil }, "vote.setup", "vote.once")),
		ResultEvidence:  p.board.Evidence(s, c.claims(func(l line) bool { return l.Result != nil }, "vote.result")),
		SeatsEvidence:   p.board.Evidence(s, c.claims(func(l line) bool { return l.Seats != nil }, "vote.seats")),
	}
	for _, r := range data.Results {
		r.Map = w.resultMap(p.atlas, c, r, v.Path)
	}
	if w.err != nil {
		return web.Answer{}, w.err
	}
	return v.Show(p.views, "contest", c.Name, data)
}

// results are those of each question, in every district.
func (w *words) results(c *contest) (list []*districtResults) {
	for _, l := range c.Elections {
		if l.Result == nil {
			continue
		}
		for i := len(list); i < len(l.Result.Questions); i++ {
			list = append(list, &districtResults{Name: fmt.Sprintf("first-%d", i+1), Title: w.Half(l.Result.Questions[i].Question)})
		}
	}
	for i, r := range list {
		for _, l := range c.Elections {
			row := districtResult{UUID: l.UUID, Label: l.Label}
			if l.Result != nil && i < len(l.Result.Questions) {
				w.fill(&row, l, l.Result.Questions[i])
			}
			r.Seats = r.Seats || row.Elected != ""
			r.Rows = append(r.Rows, row)
		}
	}
	return list
}

// fill tells who is first in a question, and elected.
func (w *words) fill(row *districtResult, l line, q evidence.QuestionResult) {
	names, most := first(q)
	if len(names) == 0 {
		return
	}
	for i, name := range names {
		names[i] = w.Isolate(w.Half(name))
	}
	row.First, row.share = w.Join(names), float64(most)/float64(max(l.Result.Weight, 1))
	row.Share = w.Percent(row.share, 1)
	if l.Seats == nil {
		return
	}
	for _, seats := range l.Seats.Questions {
		if seats.Question != q.Question {
			continue
		}
		row.Elected = w.elected(seats)
	}
}

// elected tells who has the seats of a question: members, or lists with their numbers of seats.
func (w *words) elected(q evidence.QuestionSeats) string {
	var names []string
	count := make(map[string]int64)
	for _, won := range q.Seats {
		if count[won.Name]++; count[won.Name] == 1 {
			names = append(names, won.Name)
		}
	}
	for i, name := range names {
		names[i] = w.Isolate(w.Half(name))
		if len(q.Lists) > 0 {
			names[i] += " " + w.Integer(count[name])
		}
	}
	return strings.Join(names, " · ")
}

// first are the answers with most votes, and how many votes each has: lists where a question has
// them. Where ballots are ranked or graded, it is whom the question's own method puts first.
func first(q evidence.QuestionResult) (names []string, most int64) {
	for _, p := range q.Places {
		if p.Place == 1 {
			names, most = append(names, p.Answer), p.Best
		}
	}
	for _, a := range q.Answers {
		switch {
		case a.Blank || a.List != "" || a.Votes == 0 || a.Votes < most:
		case a.Votes > most:
			names, most = []string{a.Answer}, a.Votes
		default:
			names = append(names, a.Answer)
		}
	}
	return names, most
}

// seatsOfLists adds up what lists have won in all districts, by the texts of questions.
func (w *words) seatsOfLists(c *contest) (all []chart.Bars) {
	won := make(map[string]map[string]int64)
	var questions []string
	for _, l := range c.Elections {
		if l.Seats == nil {
			continue
		}
		for _, q := range l.Seats.Questions {
			if len(q.Lists) == 0 {
				continue
			}
			if won[q.Question] == nil {
				won[q.Question] = make(map[string]int64)
				questions = append(questions, q.Question)
			}
			for _, name := range q.Lists {
				won[q.Question][name] += 0
			}
			for _, s := range q.Seats {
				won[q.Question][s.Name]++
			}
		}
	}
	for _, question := range questions {
		b := chart.Bars{Title: w.Half(question), Table: w.text("elections.as-table"), Heads: [3]string{w.text("elections.elected"), w.text("elections.seats"), w.text("elections.share-of-seats")}}
		var names []string
		total := int64(0)
		for name, n := range won[question] {
			names, total = append(names, name), total+n
		}
		slices.SortFunc(names, func(x, y string) int {
			return cmp.Or(cmp.Compare(won[question][y], won[question][x]), cmp.Compare(x, y))
		})
		for _, name := range names {
			b.Rows = append(b.Rows, w.bar(w.Half(name), won[question][name], total))
		}
		all = append(all, b)
	}
	return all
}
