package vote

import (
	"strings"
	"sync"

	"bayyina/core/ballot"
	"bayyina/core/trustee"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity/decide"
	"bayyina/platform/ledger/read"
)

// setUps remembers what the records of proposed set-ups say in words, by their hashes: a
// list of a million credentials takes seconds to read.
type setUps struct {
	mu    sync.Mutex
	known map[string][]decide.Row
}

const maxSetUps = 16 // that are remembered

// setUpRows tell what a set-up decides: what is asked, of how many, who decrypts, and the records by
// their hashes. It refuses records that do not belong together.
func (r *Registrar) setUpRows(b evidence.Setup, names []read.Bilingual, contents decide.Contents) ([]decide.Row, error) {
	told, err := r.setUps.read(b, names, contents)
	if err != nil {
		return nil, undecidable("records", err)
	}
	title := row("vote-election", nil, decide.Text(b.Election))
	for _, text := range []string{b.Title.AR, b.Title.EN} {
		if text != "" {
			title.List = append(title.List, decide.Text(text))
		}
	}
	rows := append([]decide.Row{title}, told...)
	for _, q := range b.Rules {
		rows = append(rows, ruleRow(q))
	}
	if b.Shuffles > 0 {
		rows = append(rows, row("vote-shuffles", nil, number(int64(b.Shuffles))))
	}
	if len(b.Photos) > 0 {
		rows = append(rows, row("vote-photos", nil, number(int64(len(b.Photos)))))
	}
	if b.Part != nil {
		districts := row("vote-districts", nil, number(int64(len(b.Part.Districts))))
		for _, name := range b.Part.Districts {
			districts.List = append(districts.List, decide.Message("vote-title", "Title", name))
		}
		rows = append(rows, row("vote-contest", nil, decide.Message("vote-title", "Title", b.Part.Contest)), districts)
	}
	return append(rows,
		row("vote-definition", nil, decide.Text(b.Definition.SHA256)),
		row("vote-trustees", nil, decide.Text(b.Trustees.SHA256)),
		row("vote-credentials", nil, decide.Text(b.Credentials.SHA256))), nil
}

// read tells what the records of a set-up say; of several that ask at once one reads them.
func (s *setUps) read(b evidence.Setup, names []read.Bilingual, contents decide.Contents) ([]decide.Row, error) {
	key := strings.Join([]string{b.Election, b.Definition.SHA256, b.Trustees.SHA256, b.Credentials.SHA256}, " ")
	for _, photo := range b.Photos {
		key += " " + photo.SHA256
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if rows, ok := s.known[key]; ok {
		return rows, nil
	}
	list, err := contents()
	if err != nil {
		return nil, err
	}
	by := make(map[string][]byte)
	for _, content := range list {
		by[AttachmentOf(content).SHA256] = content
	}
	records, err := setUpOf(b, by)
	if err != nil {
		return nil, err
	}
	if s.known == nil || len(s.known) >= maxSetUps {
		s.known = make(map[string][]decide.Row)
	}
	s.known[key] = records.rows(names)
	return s.known[key], nil
}

// rows tell what the records of a set-up say. The record of a threshold group names nobody: names are
// those of the ceremony in which it was made, if it was.
func (r *rules) rows(names []read.Bilingual) (rows []decide.Row) {
	for i, q := range r.election.Questions() {
		rows = append(rows, questionRows(int64(i+1), q)...)
	}
	voters, weight := int64(r.credentials.Len()), int64(r.credentials.TotalWeight())
	rows = append(rows, row("vote-voters", nil, number(voters)))
	if weight != voters {
		rows = append(rows, row("vote-weight", nil, number(weight)))
	}
	owners := row("vote-owners", nil, decide.Message("of", "Count", needed(r.trustees), "Of", int64(len(r.trustees.Owners))))
	for i, o := range r.trustees.Owners {
		name := decide.Text(o.Name)
		if i < len(names) {
			name = decide.Message("vote-title", "Title", names[i])
		} else if o.Name == "" {
			name = decide.Message("vote-unnamed", "Number", int64(i+1))
		}
		owners.List = append(owners.List, name)
	}
	return append(rows, owners)
}

// questionRows are what is asked, and which answers there are; of lists a row for each.
func questionRows(number int64, q ballot.Question) (rows []decide.Row) {
	asked := decide.Row{What: decide.Message("vote-question", "Number", number, "Title", q.Title())}
	labels := func(list []string) (all []read.Message) {
		for _, label := range list {
			text := decide.Text(label)
			if label == "" {
				text = decide.Message("vote-blank")
			}
			all = append(all, text)
		}
		return all
	}
	switch q := q.(type) {
	case ballot.Lists:
		asked.After = decide.Message("vote-lists", "Count", int64(len(q.Lists)))
		rows = append(rows, asked)
		for _, l := range q.Lists {
			rows = append(rows, decide.Row{
				What:  decide.Message("vote-list", "Number", number, "Name", l.Name),
				After: decide.Message("vote-candidates", "Count", int64(len(l.Candidates))), List: labels(l.Candidates),
			})
		}
		return rows
	case ballot.Homomorphic:
		asked.After = decide.Message("vote-choose", "Count", int64(len(q.Answers)), "Min", int64(q.Min), "Max", int64(q.Max))
	default:
		asked.After = decide.Message("vote-rank", "Count", int64(len(q.Labels())))
	}
	asked.List = labels(q.Labels())
	return append(rows, asked)
}

// ruleRow tells how votes on a question become seats.
func ruleRow(q evidence.QuestionRule) decide.Row {
	told := decide.Row{What: decide.Message("vote-rule", "Question", int64(q.Question)), After: read.Message{ID: "count.rule-" + q.Rule.Name}}
	for _, part := range []struct {
		id    string
		count int
	}{{"vote-rule-seats", q.Rule.Seats}, {"vote-rule-women", q.Rule.Women}, {"vote-rule-reserved", q.Rule.Reserved}, {"vote-rule-crosses", q.Rule.Crosses}} {
		if part.count > 0 {
			told.List = append(told.List, decide.Message(part.id, "Count", int64(part.count)))
		}
	}
	if q.Rule.Threshold != "" {
		told.List = append(told.List, decide.Message("vote-rule-threshold", "Share", q.Rule.Threshold))
	}
	if q.Rule.Alternate {
		told.List = append(told.List, decide.Message("vote-rule-alternate"))
	}
	for _, grade := range q.Rule.Grades {
		told.List = append(told.List, decide.Message("vote-rule-grade", "Name", grade))
	}
	return told
}

func number(n int64) read.Message { return decide.Message("count", "Count", n) }

// needed is how many trustees must decrypt: all single ones, and of each group as many as suffice.
func needed(keys *trustee.Trustees) (n int64) {
	for i, o := range keys.Owners {
		if block := keys.Block(i + 1); block[0] == i+1 {
			n += int64(max(1, o.Threshold))
		}
	}
	return n
}
