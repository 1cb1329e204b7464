package vote

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"bayyina/core/ballot"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
)

// Limits of a plan.
const (
	MaxPlan      = 16 << 20 // bytes of its file
	MaxDistricts = 1000
)

// ErrPlan is wrapped where a plan cannot be carried out as it is written.
var ErrPlan = errors.New("plan")

// Plan is how a country votes on one day: contests, each in districts. Its file is JSON
// with the members below.
type Plan struct {
	MergeBelow int64             `json:"merge_below"` // no result is of fewer voters, where more share the ballot
	Districts  []PlannedDistrict `json:"districts"`
	Contests   []Contest         `json:"contests"`
}

// Contest is what is elected, such as a parliament's list seats.
type Contest struct {
	Title   read.Bilingual  `json:"title"`
	Ballots []ContestBallot `json:"ballots"`
}

// ContestBallot is the questions of a contest in some districts. Only districts that
// share a ballot can be merged. The template's title and name are made from the
// contest's title and the districts' names.
type ContestBallot struct {
	Districts []string `json:"districts,omitempty"` // English names; all of the plan if absent
	Shuffles  int      `json:"shuffles,omitempty"`  // as for SetupStatement
	Template
}

// Election is one election of a plan: a contest in one or more districts.
type Election struct {
	Election  string              `json:"election"` // uuid
	Contest   read.Bilingual      `json:"contest"`
	Districts []evidence.District `json:"districts"`
	Least     int64               `json:"least"` // the plan's least number of voters
	Shuffles  int                 `json:"shuffles,omitempty"`
	Merges    []Merge             `json:"merges,omitempty"` // why it has more than one district
	Draft     *Template           `json:"draft"`
}

// Planned is the elections of a plan, as its folder keeps them (plan.json).
type Planned struct {
	Elections []Election `json:"elections"`
}

// MaxPlanned bounds the file of a plan's elections, in bytes: it repeats the questions for each
// district.
const MaxPlanned = 1 << 30

// ParsePlanned reads the file of a plan's elections.
func ParsePlanned(data []byte) ([]Election, error) {
	var p Planned
	if err := strictly(data, &p); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPlan, err)
	}
	if len(p.Elections) == 0 {
		return nil, fmt.Errorf("%w: no elections", ErrPlan)
	}
	for _, el := range p.Elections {
		switch {
		case !ballot.ValidUUID(el.Election):
			return nil, fmt.Errorf("%w: %.80q cannot name an election", ErrPlan, el.Election)
		case el.Draft == nil || el.Draft.UUID != el.Election:
			return nil, fmt.Errorf("%w: election %s has no draft", ErrPlan, el.Election)
		}
	}
	return p.Elections, nil
}

// Voters returns how many voters the election has.
func (e *Election) Voters() (n int64) {
	for _, d := range e.Districts {
		n += d.Voters
	}
	return n
}

// Part is what the election's set-up says of it.
func (e *Election) Part() *evidence.Part {
	part := &evidence.Part{Contest: e.Contest, Least: e.Least}
	for _, d := range e.Districts {
		part.Districts = append(part.Districts, d.Name)
	}
	return part
}

// ParsePlan reads a plan's file.
func ParsePlan(data []byte) (*Plan, error) {
	if len(data) > MaxPlan {
		return nil, fmt.Errorf("%w: %d bytes, at most %d allowed", ErrPlan, len(data), MaxPlan)
	}
	var p Plan
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPlan, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: something follows its end", ErrPlan)
	}
	if err := p.checkDistricts(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPlan, err)
	}
	if len(p.Contests) == 0 {
		return nil, fmt.Errorf("%w: no contests", ErrPlan)
	}
	for i := range p.Contests {
		c := &p.Contests[i]
		if !named(c.Title) {
			return nil, fmt.Errorf("%w: contest %d has no title in Arabic and English", ErrPlan, i+1)
		}
		if slices.ContainsFunc(p.Contests[:i], func(o Contest) bool { return o.Title == c.Title }) {
			return nil, fmt.Errorf("%w: contest %d has the title of another one", ErrPlan, i+1)
		}
		if err := p.checkBallots(c); err != nil {
			return nil, fmt.Errorf("%w: contest %q: %w", ErrPlan, c.Title.EN, err)
		}
	}
	return &p, nil
}

func named(b read.Bilingual) bool { return b.AR != "" && b.EN != "" }

func (p *Plan) checkDistricts() error {
	if p.MergeBelow < 1 {
		return errors.New("merge_below must be at least 1")
	}
	if len(p.Districts) == 0 || len(p.Districts) > MaxDistricts {
		return fmt.Errorf("%d districts; it must be from 1 to %d", len(p.Districts), MaxDistricts)
	}
	seen := make(map[string]bool)
	for i, d := range p.Districts {
		if !named(d.Name) || d.Voters < 0 || d.Voters > 1<<40 {
			return fmt.Errorf("district %d needs a name in Arabic and English, and a number of voters", i+1)
		}
		if seen[d.Name.AR] || seen[d.Name.EN] {
			return fmt.Errorf("district %d has the name of another one", i+1)
		}
		seen[d.Name.AR], seen[d.Name.EN] = true, true
	}
	for _, d := range p.Districts {
		for _, name := range d.Near {
			if _, ok := p.district(name); !ok {
				return fmt.Errorf("district %q is near %q, which is no district", d.Name.EN, name)
			}
		}
	}
	return nil
}

// district finds a district by its English name.
func (p *Plan) district(name string) (PlannedDistrict, bool) {
	at := slices.IndexFunc(p.Districts, func(d PlannedDistrict) bool { return d.Name.EN == name })
	if at < 0 {
		return PlannedDistrict{}, false
	}
	return p.Districts[at], true
}

// checkBallots checks that a contest's questions are in order, that no district has two
// ballots, and that districts with the same questions have one.
func (p *Plan) checkBallots(c *Contest) error {
	if len(c.Ballots) == 0 {
		return errors.New("no ballots")
	}
	seen := make(map[string]bool)
	for i := range c.Ballots {
		b := &c.Ballots[i]
		if b.UUID != "" || b.Name != "" || b.Title != (read.Bilingual{}) {
			return fmt.Errorf("ballot %d: uuid, title and name are given by the plan", i+1)
		}
		if err := b.Template.check(); err != nil {
			return fmt.Errorf("ballot %d: %w", i+1, err)
		}
		for j := range i {
			if slices.EqualFunc(b.Questions, c.Ballots[j].Questions, func(x, y TemplateQuestion) bool {
				return bytes.Equal(ballot.QuestionText(x.Question), ballot.QuestionText(y.Question))
			}) {
				return fmt.Errorf("ballots %d and %d have the same questions: name all their districts in one", j+1, i+1)
			}
		}
		if len(b.Districts) == 0 {
			for _, d := range p.Districts {
				b.Districts = append(b.Districts, d.Name.EN)
			}
		}
		for _, name := range b.Districts {
			if _, ok := p.district(name); !ok {
				return fmt.Errorf("ballot %d: there is no district %q", i+1, name)
			}
			if seen[name] {
				return fmt.Errorf("district %q has two ballots", name)
			}
			seen[name] = true
		}
	}
	return nil
}

// Elections names the plan's elections: one for each contest and group of merged
// districts, in the plan's order.
func (p *Plan) Elections(random io.Reader) ([]Election, error) {
	var list []Election
	for i := range p.Contests {
		c := &p.Contests[i]
		for j := range c.Ballots {
			b := &c.Ballots[j]
			var districts []PlannedDistrict
			for _, d := range p.Districts {
				if slices.Contains(b.Districts, d.Name.EN) {
					districts = append(districts, d)
				}
			}
			groups, merges := MergeDistricts(p.MergeBelow, districts)
			for _, group := range groups {
				e := Election{
					Contest: c.Title, Districts: group, Least: p.MergeBelow, Shuffles: b.Shuffles,
				}
				if e.Voters() == 0 {
					return nil, fmt.Errorf("%w: contest %q: no voters in %s", ErrPlan, c.Title.EN, e.place().EN)
				}
				e.Merges = slices.Clone(merges)
				e.Merges = slices.DeleteFunc(e.Merges, func(m Merge) bool { return !slices.Contains(group, m.Into[0]) })
				var err error
				if e.Election, err = NewUUID(random); err != nil {
					return nil, err
				}
				draft := b.Template
				draft.UUID = e.Election
				place := e.place()
				draft.Title = read.Bilingual{AR: c.Title.AR + " · " + place.AR, EN: c.Title.EN + " · " + place.EN}
				draft.Name = draft.Title.AR + " · " + draft.Title.EN
				e.Draft = &draft
				list = append(list, e)
			}
		}
	}
	if len(list) > evidence.MaxElections {
		return nil, fmt.Errorf("%w: %d elections, at most %d allowed in a log", ErrPlan, len(list), evidence.MaxElections)
	}
	return list, nil
}

// place names the districts.
func (e *Election) place() read.Bilingual {
	var ar, en []string
	for _, d := range e.Districts {
		ar, en = append(ar, d.Name.AR), append(en, d.Name.EN)
	}
	return read.Bilingual{AR: strings.Join(ar, "، "), EN: strings.Join(en, ", ")}
}
