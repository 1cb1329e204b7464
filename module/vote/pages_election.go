package vote

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"bayyina/core/ballot"
	"bayyina/module/vote/evidence"
	"bayyina/module/vote/explain"
	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/board"
	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
	"bayyina/platform/web"
	"bayyina/platform/web/chart"
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
	Faces     []question // those with pictures of candidates, once there is one
	Results   []table
	Seated    []seats
	Turnouts  chart.OverTime
	Districts chart.Bars
	Map       *chart.Map // of the districts; nil where they are on none
	Acts      []act
	Archive   bool
	Next      *nextStep // what the visitor can do; nil for most
	Versions  []versionLine
	MayLodge  bool // one may complain, and the result is not certified
	Dispute   bool // the visitor may propose rules of complaints
	Booth     bool // voters can go to it from here
	Voters    bool // the visitor may see their list

	ResultEvidence, SeatsEvidence, TurnoutEvidence, TrusteeEvidence, All web.Evidence
}

// question is what voters are asked.
type question struct {
	Title   string
	Answers []answer
}

// answer is an answer with the path of its picture, "" where it has none.
type answer struct{ Name, Photo string }

// table is the result of a question.
type table struct {
	Title  string
	Note   read.Message
	Bars   chart.Bars
	Opened int64
	Rule   string
}

// seats are the seats of a question.
type seats struct {
	Title   string
	Rule    string
	Bars    chart.Bars
	Members []string
	Steps   []string // of the count, in words
	Tied    bool
	RunOff  []string
}

// act is something that was said about the election.
type act struct {
	evidence.Act
	Name string
}

// stepsOf are the steps of an election in their order; ranked questions are shuffled.
func stepsOf(v *web.Visit, told evidence.Told) ([]web.Step, error) {
	all := []string{"vote.setup", "vote.open", "vote.close", "vote.tally", "vote.shuffle", "vote.decryption", "vote.result", "vote.complaints", "vote.certify"}
	reached := slices.Index(all, told.Step)
	var list []web.Step
	for i, step := range all {
		if step == "vote.shuffle" && (told.Setup == nil || told.Setup.Shuffles == 0) || step == "vote.complaints" && told.Standing == nil {
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
	crumbs := []web.Crumb{{Label: title, Path: "/elections"}}
	if c := contestWith(all(s, j), f.UUID, v.Locale); c != nil {
		crumbs = append(crumbs, web.Crumb{Label: c.Name, Path: c.Path()})
	}
	data := electionPage{
		found: f, Crumbs: append(crumbs, web.Crumb{Label: f.Name(v.Locale)}), State: f.State(), Archive: archived(told),
		ResultEvidence:  p.board.Evidence(s, f.pick("vote.result", "vote.decryption", "vote.shuffles", "vote.tally")),
		SeatsEvidence:   p.board.Evidence(s, f.pick("vote.seats")),
		TurnoutEvidence: p.board.Evidence(s, f.pick("vote.once", "vote.ballots", "vote.batches", "vote.closed")),
		TrusteeEvidence: p.board.Evidence(s, f.pick("vote.setup", "vote.decryption")),
		All:             p.board.Evidence(s, f.Claims),
	}
	if data.Steps, err = stepsOf(v, told); err != nil {
		return web.Answer{}, err
	}
	if err := data.fill(v.Locale, p.atlas, turnout(j.Batches(told.UUID), f.Votes), j.Counts(told.UUID), j.Disputes(told.UUID)); err != nil {
		return web.Answer{}, err
	}
	if data.Versions, err = versionLines(v.Locale, f, j); err != nil {
		return web.Answer{}, err
	}
	data.Dispute = p.next != nil && f.Standing == nil && f.Step == "vote.setup" && v.Person.May(access.ElectionPropose, access.Scope{Election: f.UUID})
	data.MayLodge = p.lodging && f.Standing != nil && f.Open != nil && f.Certified == nil
	data.Booth = p.voting && f.Step == "vote.open"
	data.Voters = p.voting && f.SetUp != nil && v.Person.May(access.VotersRead, access.Scope{Election: f.UUID})
	if p.next != nil {
		if data.Next, err = p.next(v, f); err != nil {
			return web.Answer{}, err
		}
	}
	return v.Show(p.views, "election", f.Name(v.Locale), data)
}

// fill puts what was told into the reader's language.
func (d *electionPage) fill(l *locale.Locale, atlas *chart.Atlas, points []point, counts []evidence.Counted, disputes *evidence.Disputes) error {
	w := &words{Locale: l}
	for _, t := range d.Work {
		if t.Decrypted >= 0 {
			d.Decrypted++
		}
		d.Needed = max(d.Needed, int64(t.Threshold))
	}
	d.Turnouts = w.overTime(points)
	if d.Needed == 0 {
		d.Needed = int64(len(d.Work))
	}
	for _, a := range d.Told.Acts {
		d.Acts = append(d.Acts, act{a, board.Kind(l, a.Kind)})
	}
	if d.SetUp != nil {
		d.Districts, d.Map = w.roll(d.SetUp), w.rollMap(atlas, d.SetUp)
	}
	switch {
	case d.Result != nil:
		naming := evidence.NewNaming(d.Definition)
		for i, q := range d.Result.Questions {
			d.Results = append(d.Results, w.newTable(q, d.Result.Weight, outOf(disputes, naming, i+1)))
		}
		if d.Told.Setup != nil && len(d.Told.Setup.Photos) > 0 {
			d.Faces = questions(l, d.Definition)
		}
	case d.Definition != nil:
		d.Questions = questions(l, d.Definition)
	}
	if d.Seats != nil {
		for i, q := range d.Seats.Questions {
			out := w.newSeats(q)
			if i < len(counts) {
				c := explain.New(l, counts[i].Result)
				if out.Steps = c.Told(); c.Err() != nil {
					return c.Err()
				}
			}
			d.Seated = append(d.Seated, out)
		}
	}
	return w.err
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
		photos := evidence.LabelPhotos(q)
		for i, label := range q.Labels() {
			if label == "" {
				continue
			}
			a := answer{Name: l.Half(label)}
			if photos[i] != "" {
				a.Photo = photoPath(e.UUID(), photos[i])
			}
			asked.Answers = append(asked.Answers, a)
		}
		list = append(list, asked)
	}
	return list
}

// newTable draws the result of a question: the answers from most votes to fewest, the
// blank vote last; lists in their order, each before its candidates; of rankings the order
// that the question's own method gives. Shares are of the ballots that count, by weight. Those in out were excluded by a ruling:
// their votes are told, and they are nowhere first.
func (w *words) newTable(q evidence.QuestionResult, weight int64, out map[string]bool) table {
	t := table{Title: w.Half(q.Question), Opened: q.Opened, Rule: q.Rule}
	if q.Max > 1 {
		t.Note = read.Message{ID: "elections.several", Args: map[string]any{"Max": int64(q.Max)}}
	}
	t.Bars = chart.Bars{Title: t.Title, Table: w.text("elections.as-table"), Heads: [3]string{w.text("elections.answer"), w.text("elections.votes"), w.text("elections.share")}}
	if q.Places != nil {
		t.Bars.Heads[1] = w.text("elections.best")
		for _, place := range q.Places {
			b := w.bar(w.Integer(int64(place.Place))+". "+w.Half(place.Answer), place.Best, weight)
			if place.Grade != "" {
				b.Label += " – " + w.Half(place.Grade)
			}
			switch {
			case out[place.Answer]:
				b = w.excluded(b)
			case place.Place == 1:
				b.Kind = "first"
			}
			t.Bars.Rows = append(t.Bars.Rows, b)
		}
		return t
	}
	answers := slices.Clone(q.Answers)
	if !slices.ContainsFunc(answers, func(a evidence.AnswerResult) bool { return a.List != "" }) {
		slices.SortStableFunc(answers, func(a, b evidence.AnswerResult) int {
			if a.Blank != b.Blank {
				return map[bool]int{true: 1, false: -1}[a.Blank]
			}
			return cmp.Compare(b.Votes, a.Votes)
		})
	}
	most := int64(1)
	for _, a := range answers {
		if !a.Blank && a.List == "" && !out[a.Answer] {
			most = max(most, a.Votes)
		}
	}
	for _, a := range answers {
		b := w.bar(w.Half(a.Answer), a.Votes, weight)
		switch {
		case a.Blank:
			b.Label, b.Kind = w.text("elections.blank"), "rest"
		case out[a.Answer]:
			b = w.excluded(b)
		case a.List != "":
			b.Kind = "part"
		case a.Votes == most:
			b.Kind = "first"
		}
		b.Full = b.Label
		t.Bars.Rows = append(t.Bars.Rows, b)
	}
	return t
}

// excluded is the row of whoever does not stand any more.
func (w *words) excluded(b chart.Bar) chart.Bar {
	b.Label, b.Kind = w.textOf("complaints.excluded-one", map[string]any{"Name": b.Label}), "rest"
	return b
}

// bar is a row with its share of a whole.
func (w *words) bar(label string, part, whole int64) chart.Bar {
	b := chart.Bar{Label: label, Full: label, Number: w.Integer(part), Width: chart.Width(part, whole)}
	if whole > 0 {
		b.Share = w.Percent(float64(part)/float64(whole), 1)
	}
	return b
}

// newSeats draws who has how many seats of a question, those with most first.
func (w *words) newSeats(q evidence.QuestionSeats) seats {
	out := seats{Title: w.Half(q.Question), Rule: q.Rule, Tied: q.Tied}
	for _, name := range q.RunOff {
		out.RunOff = append(out.RunOff, w.Half(name))
	}
	order := slices.Clone(q.Lists)
	count := make(map[string]int64)
	for _, won := range q.Seats {
		if !slices.Contains(order, won.Name) {
			order = append(order, won.Name)
		}
		count[won.Name]++
		if won.Member != "" {
			out.Members = append(out.Members, w.Half(won.Member))
		}
	}
	slices.SortStableFunc(order, func(a, b string) int { return cmp.Compare(count[b], count[a]) })
	out.Bars = chart.Bars{Title: out.Title, Table: w.text("elections.as-table"), Heads: [3]string{w.text("elections.elected"), w.text("elections.seats"), w.text("elections.share-of-seats")}}
	for _, name := range order {
		b := w.bar(w.Half(name), count[name], int64(len(q.Seats)))
		if n := count[name]; n > 0 && n == count[order[0]] {
			b.Kind = "first"
		}
		out.Bars.Rows = append(out.Bars.Rows, b)
	}
	return out
}

// overTime draws the turnout.
func (w *words) overTime(points []point) chart.OverTime {
	o := chart.OverTime{
		Title: w.text("elections.turnout-over-time"), Table: w.text("elections.as-table"),
		Heads:  [3]string{w.text("elections.until"), w.text("elections.voted"), w.text("elections.turnout")},
		Levels: []string{w.Percent(1, 0), w.Percent(0.5, 0), w.Percent(0, 0)},
	}
	for _, p := range points {
		o.Points = append(o.Points, chart.Point{At: p.Time, Label: w.Time(p.Time), Share: p.Share, Number: w.Integer(p.Voters), Percent: w.Percent(p.Share, 1)})
	}
	if len(points) > 0 {
		o.Moments = []string{o.Points[0].Label}
		if len(points) > 1 {
			o.Moments = append(o.Moments, o.Points[len(points)-1].Label)
		}
	}
	return o
}

// roll draws how many voters each district has, most first.
func (w *words) roll(d *evidence.SetupData) chart.Bars {
	list := slices.Clone(d.Districts)
	slices.SortStableFunc(list, func(a, b evidence.District) int { return cmp.Compare(b.Voters, a.Voters) })
	out := chart.Bars{
		Title: w.text("elections.districts"), Table: w.text("elections.as-table"), Compact: true,
		Heads: [3]string{w.text("elections.district"), w.text("elections.voters"), w.text("elections.share-of-roll")},
	}
	for _, row := range list {
		out.Rows = append(out.Rows, w.bar(w.Pick(row.Name), row.Voters, d.Voters))
	}
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
