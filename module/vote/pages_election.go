package vote

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"bayyina/core/ballot"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/board"
	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
	"bayyina/platform/web"
)

// electionPage is the board of one election.
type electionPage struct {
	found
	Crumbs    []web.Crumb
	State     string // id of a message
	Steps     []web.Step
	Decrypted int64
	Needed    int64
	Questions []question // what is asked, before there is a result
	Results   []table
	Seated    []seats
	Turnouts  []point
	Districts []evidence.District
	Acts      []act
	Archive   bool
	Contest   string

	ResultEvidence, SeatsEvidence, TurnoutEvidence, TrusteeEvidence, All web.Evidence
}

// question is what voters are asked.
type question struct {
	Title   string
	Answers []string
}

// table is the result of a question.
type table struct {
	Title  string
	Note   read.Message
	Rows   []votes
	Opened int64
	Rule   string
}

// votes is an answer with its votes.
type votes struct {
	Label string
	Blank bool
	Part  bool // of the list before it
	First bool
	Votes int64
	Share float64 // of the ballots that count, by weight
	Place int
	Grade string
}

// PlaceNumber is the place, for templates.
func (v votes) PlaceNumber() int64 { return int64(v.Place) }

// seats are the seats of a question.
type seats struct {
	Title  string
	Rule   string
	Rows   []seat
	Tied   bool
	RunOff []string
}

type seat struct {
	Name    string
	Members []string
	Count   int64
}

// act is something that was said about the election.
type act struct {
	evidence.Act
	Name string
}

// stepsOf are the steps of an election in their order; ranked questions are shuffled.
func stepsOf(v *web.Visit, told evidence.Told) ([]web.Step, error) {
	all := []string{"vote.setup", "vote.open", "vote.close", "vote.tally", "vote.shuffle", "vote.decryption", "vote.result", "vote.certify"}
	reached := slices.Index(all, told.Step)
	var list []web.Step
	for i, step := range all {
		if step == "vote.shuffle" && (told.Setup == nil || told.Setup.Shuffles == 0) {
			continue
		}
		label, err := v.Locale.Text("elections.step-"+strings.TrimPrefix(step, "vote."), nil)
		if err != nil {
			return nil, err
		}
		done := i <= reached
		list = append(list, web.Step{Label: label, Done: done, Current: !done && (len(list) == 0 || list[len(list)-1].Done)})
	}
	return list, nil
}

func (p *Pages) election(v *web.Visit) (web.Answer, error) {
	s, j, err := p.judged()
	if err != nil {
		return web.Answer{}, err
	}
	title, err := v.Locale.Text("elections.title", nil)
	if err != nil {
		return web.Answer{}, err
	}
	f, err := p.found(v.Request, s)
	if err != nil {
		return web.Answer{}, err
	}
	told := f.Told
	data := electionPage{
		found: f, Crumbs: []web.Crumb{{Label: title, Path: "/elections"}, {Label: f.Name(v.Locale)}}, State: state(f.Step), Archive: archived(told), Turnouts: turnout(j.Batches(told.UUID), f.Votes),
		ResultEvidence:  p.board.Evidence(s, f.pick("vote.result", "vote.decryption", "vote.shuffles", "vote.tally")),
		SeatsEvidence:   p.board.Evidence(s, f.pick("vote.seats")),
		TurnoutEvidence: p.board.Evidence(s, f.pick("vote.once", "vote.ballots", "vote.batches", "vote.closed")),
		TrusteeEvidence: p.board.Evidence(s, f.pick("vote.setup", "vote.decryption")),
		All:             p.board.Evidence(s, f.Claims),
	}
	if data.Steps, err = stepsOf(v, told); err != nil {
		return web.Answer{}, err
	}
	data.fill(v.Locale)
	return v.Show(p.views, "election", f.Name(v.Locale), data)
}

// fill puts what was told into the reader's language.
func (d *electionPage) fill(l *locale.Locale) {
	for _, w := range d.Work {
		if w.Decrypted >= 0 {
			d.Decrypted++
		}
		d.Needed = max(d.Needed, int64(w.Threshold))
	}
	if d.Needed == 0 {
		d.Needed = int64(len(d.Work))
	}
	for _, a := range d.Told.Acts {
		d.Acts = append(d.Acts, act{a, board.Kind(l, a.Kind)})
	}
	if d.SetUp != nil {
		d.Districts = d.SetUp.Districts
		if d.SetUp.Part != nil {
			d.Contest = l.Pick(d.SetUp.Part.Contest)
		}
	}
	switch {
	case d.Result != nil:
		for _, q := range d.Result.Questions {
			d.Results = append(d.Results, newTable(l, q, d.Result.Weight))
		}
	case d.Definition != nil:
		d.Questions = questions(l, d.Definition)
	}
	if d.Seats != nil {
		for _, q := range d.Seats.Questions {
			d.Seated = append(d.Seated, newSeats(l, q))
		}
	}
}

// questions are what an election record asks; nothing where it cannot be read.
func questions(l *locale.Locale, definition []byte) []question {
	e, err := ballot.ParseElection(definition)
	if err != nil {
		return nil
	}
	var list []question
	for _, q := range e.Questions() {
		asked := question{Title: l.Half(q.Title())}
		for _, label := range q.Labels() {
			if label != "" {
				asked.Answers = append(asked.Answers, l.Half(label))
			}
		}
		list = append(list, asked)
	}
	return list
}

func newTable(l *locale.Locale, q evidence.QuestionResult, weight int64) table {
	t := table{Title: l.Half(q.Question), Opened: q.Opened, Rule: q.Rule}
	share := func(n int64) float64 {
		if weight == 0 {
			return 0
		}
		return float64(n) / float64(weight)
	}
	if q.Max > 1 {
		t.Note = read.Message{ID: "elections.several", Args: map[string]any{"Max": int64(q.Max)}}
	}
	for _, place := range q.Places {
		t.Rows = append(t.Rows, votes{
			Label: l.Half(place.Answer), Votes: place.Best, Share: share(place.Best), Place: place.Place, Grade: l.Half(place.Grade), First: place.Place == 1,
		})
	}
	lists := false
	for _, a := range q.Answers {
		lists = lists || a.List != ""
		t.Rows = append(t.Rows, votes{Label: l.Half(a.Answer), Blank: a.Blank, Part: a.List != "", Votes: a.Votes, Share: share(a.Votes)})
	}
	if q.Places != nil {
		return t
	}
	if !lists {
		slices.SortStableFunc(t.Rows, func(a, b votes) int {
			if a.Blank != b.Blank {
				return map[bool]int{true: 1, false: -1}[a.Blank]
			}
			return cmp.Compare(b.Votes, a.Votes)
		})
	}
	most := int64(1)
	for _, r := range t.Rows {
		if !r.Blank && !r.Part {
			most = max(most, r.Votes)
		}
	}
	for i := range t.Rows {
		r := &t.Rows[i]
		r.First = !r.Blank && !r.Part && r.Votes == most
	}
	return t
}

func newSeats(l *locale.Locale, q evidence.QuestionSeats) seats {
	out := seats{Title: l.Half(q.Question), Rule: q.Rule, Tied: q.Tied}
	for _, name := range q.RunOff {
		out.RunOff = append(out.RunOff, l.Half(name))
	}
	place := make(map[string]int)
	at := func(name string) *seat {
		i, ok := place[name]
		if !ok {
			i = len(out.Rows)
			place[name] = i
			out.Rows = append(out.Rows, seat{Name: l.Half(name)})
		}
		return &out.Rows[i]
	}
	for _, name := range q.Lists {
		at(name)
	}
	for _, won := range q.Seats {
		row := at(won.Name)
		row.Count++
		if won.Member != "" {
			row.Members = append(row.Members, l.Half(won.Member))
		}
	}
	slices.SortStableFunc(out.Rows, func(a, b seat) int { return cmp.Compare(b.Count, a.Count) })
	return out
}

// point is how many had voted by a time.
type point struct {
	Time   time.Time
	Voters int64 // so far
	Share  float64
}

// fewest is the least number of voters that a point of the turnout stands for, so that
// nobody can be picked out of it.
const fewest = 10

// turnout tells how many had voted by when. Batches of fewer than ten new voters are told
// together with those that follow, the last ones with those before.
func turnout(batches []evidence.Batch, votes *evidence.BallotData) []point {
	if votes == nil || votes.Voters == 0 {
		return nil
	}
	var list []point
	var sum, since int64
	for _, b := range batches {
		sum, since = sum+b.Voters, since+b.Voters
		next := point{b.Time, sum, float64(sum) / float64(votes.Voters)}
		switch {
		case since >= fewest:
			list, since = append(list, next), 0
		case len(list) > 0 && b.Time.Equal(batches[len(batches)-1].Time):
			list[len(list)-1] = next
		}
	}
	return list
}
