package manage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"bayyina/core/ballot"
	"bayyina/core/count"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
)

// Elections makes the drafts of the outline's elections, with names of their own: one, or where there are
// districts one for each group of districts whose votes are counted together. They are what bayyina vote
// draft and bayyina vote plan make.
func (o *Outline) Elections(random io.Reader) ([]vote.Election, error) {
	plan, err := o.plan()
	if err != nil {
		return nil, err
	}
	if len(o.Districts) > 0 {
		return plan.Elections(random)
	}
	draft := plan.Contests[0].Ballots[0].Template
	draft.Title = o.Title.Bilingual()
	draft.Name = o.Title.joined()
	if draft.UUID, err = vote.NewUUID(random); err != nil {
		return nil, err
	}
	return []vote.Election{{Election: draft.UUID, Contest: draft.Title, Draft: &draft}}, nil
}

// plan is the outline as a plan of one contest, read as its file is: what is wrong with it, is told by the
// same rules. Without districts there is one that takes no part in the draft.
func (o *Outline) plan() (*vote.Plan, error) {
	plan := vote.Plan{MergeBelow: o.mergeBelow(), Districts: o.planned()}
	if len(plan.Districts) == 0 {
		plan.Districts = []vote.PlannedDistrict{{District: evidence.District{Name: o.Title.Bilingual(), Voters: 1}}}
	}
	t := vote.Template{Language: []string{"ar", "rtl"}}
	if o.Description != (Text{}) {
		t.Description = o.Description.joined()
	}
	for i := range o.Questions {
		q := &o.Questions[i]
		asked, err := q.belenios()
		if err != nil {
			return nil, fmt.Errorf("question %d: %w", i+1, err)
		}
		t.Questions = append(t.Questions, vote.TemplateQuestion{Question: asked})
		if q.Rule != "" {
			t.Rules = append(t.Rules, evidence.QuestionRule{Question: i + 1, Rule: q.rule()})
		}
	}
	plan.Contests = []vote.Contest{{Title: o.Title.Bilingual(), Ballots: []vote.ContestBallot{{Template: t}}}}
	text, err := json.Marshal(plan)
	if err != nil {
		return nil, err
	}
	return vote.ParsePlan(text)
}

func (o *Outline) planned() (list []vote.PlannedDistrict) {
	for _, d := range o.Districts {
		list = append(list, vote.PlannedDistrict{
			District: evidence.District{Name: read.Bilingual(d.Name), Voters: d.Voters}, Near: d.Near,
		})
	}
	return list
}

// rule is by which rule votes become seats, with what the ballot does not say of the answers.
func (q *Question) rule() count.Rule {
	r := count.Rule{Name: q.Rule, Seats: q.Seats, Threshold: q.Threshold, Women: q.Women, Reserved: q.Reserved}
	if q.Kind == Grade {
		r.Grades = joined(q.Grades)
	}
	var marks count.Marks
	for i, a := range q.Answers {
		if a.Woman {
			marks.Women = append(marks.Women, i)
		}
		if a.Reserved {
			marks.Reserved = append(marks.Reserved, i)
		}
	}
	women := false
	for _, l := range q.Lists {
		var places []int
		for i, a := range l.Candidates {
			if a.Woman {
				places, women = append(places, i), true
			}
		}
		marks.Members = append(marks.Members, places)
	}
	if !women {
		marks.Members = nil
	}
	if marks.Women != nil || marks.Reserved != nil || marks.Members != nil {
		r.Marks = &marks
	}
	return r
}

func joined(texts []Text) (list []string) {
	for _, t := range texts {
		list = append(list, t.joined())
	}
	return list
}

// extra is what a question says besides the protocol: how it is meant to be counted, as Belenios has it,
// and the pictures of its answers, list by list.
type extra struct {
	Method string   `json:"method,omitempty"`
	Blank  bool     `json:"blank,omitempty"`
	Grades []string `json:"grades,omitempty"`
	Seats  int      `json:"seats,omitempty"`
	Photos []string `json:"photos,omitempty"` // hex SHA-256 of each answer's, "" where there is none
}

func (q *Question) belenios() (ballot.Question, error) {
	var e extra
	answers := q.Answers
	for _, l := range q.Lists {
		answers = append(slices.Clip(answers), l.Candidates...)
	}
	if slices.ContainsFunc(answers, func(a Answer) bool { return a.Photo != "" }) {
		for _, a := range answers {
			e.Photos = append(e.Photos, a.Photo)
		}
	}
	switch {
	case q.Kind == Grade:
		e.Method, e.Blank, e.Grades = "MajorityJudgment", q.Blank, joined(q.Grades)
	case q.Kind == Rank && strings.HasPrefix(q.Rule, "stv"):
		e.Method, e.Blank, e.Seats = "STV", q.Blank, q.Seats
	case q.Kind == Rank && (q.Rule == "" || q.Rule == "schulze"):
		e.Method, e.Blank = "Schulze", q.Blank
	}
	var text []byte
	if e.Method != "" || e.Photos != nil {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(e); err != nil {
			return nil, err
		}
		text = bytes.TrimSpace(b.Bytes())
	}
	var names []string
	for _, a := range q.Answers {
		names = append(names, a.Name.joined())
	}
	switch q.Kind {
	case Choose:
		return ballot.Homomorphic{Text: q.Title.joined(), Answers: names, Min: q.Least, Max: q.Most, Blank: q.Blank, Extra: text}, nil
	case Choice:
		lists := ballot.Lists{Text: q.Title.joined(), Extra: text}
		for _, l := range q.Lists {
			list := ballot.List{Name: l.Name.joined()}
			for _, a := range l.Candidates {
				list.Candidates = append(list.Candidates, a.Name.joined())
			}
			lists.Lists = append(lists.Lists, list)
		}
		return lists, nil
	case Rank, Grade:
		return ballot.NonHomomorphic{Text: q.Title.joined(), Answers: names, Extra: text}, nil
	}
	return nil, fmt.Errorf("a question of the kind %.20q: %w", q.Kind, ballot.ErrUnsupported)
}
