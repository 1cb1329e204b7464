package manage

import (
	"encoding/hex"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"bayyina/core/ballot"
	"bayyina/core/count"
	"bayyina/core/group"
	"bayyina/module/vote"
	"bayyina/platform/ledger/read"
)

const maxDistricts = vote.MaxDistricts

// Advice is something that is wrong with an outline, or that its manager should think about.
type Advice struct {
	Wrong    bool // no election can be made of it
	Question int  // from 1; 0 where it is of the whole
	Says     read.Message
}

// rules are those that can be chosen for a kind of question.
var rules = map[Kind][]string{
	Choose: {"plurality", "block", "sntv", "two-round", "libya-2012-individual", "libya-2014", "libya-2021-parliament", "libya-2021-president"},
	Choice: {"dhondt", "sainte-lague", "sainte-lague-modified", "huntington-hill", "adams", "dean", "hare", "droop", "libya-2012-lists"},
	Rank:   {"schulze", "ranked-pairs", "irv", "stv-wigm", "stv-scotland", "stv-meek", "stv-warren", "stv-qpq", "stv-prf", "stv-minneapolis", "stv-california"},
	Grade:  {"majority-judgment"},
}

// checker gathers what is to be said.
type checker struct {
	list     []Advice
	question int
}

func (c *checker) add(wrong bool, id string, pairs ...any) {
	a := Advice{Wrong: wrong, Question: c.question, Says: read.Message{ID: "manage.check-" + id}}
	for i := 0; i < len(pairs); i += 2 {
		if a.Says.Args == nil {
			a.Says.Args = make(map[string]any)
		}
		a.Says.Args[pairs[i].(string)] = pairs[i+1]
	}
	c.list = append(c.list, a)
}

// Check says all that is wrong with the outline, and all that its manager should think about.
func (o *Outline) Check() []Advice {
	c := new(checker)
	c.text("title", o.Title)
	if o.Description != (Text{}) {
		c.text("description", o.Description)
	}
	if o.Opens.IsZero() || o.Closes.IsZero() {
		c.add(false, "no-dates")
	} else if !o.Opens.Before(o.Closes) {
		c.add(true, "dates")
	}
	c.districts(o)
	if len(o.Questions) == 0 {
		c.add(true, "no-questions")
	}
	for i := range o.Questions {
		c.question = i + 1
		c.ask(&o.Questions[i], o.smallest())
	}
	c.question = 0
	if c.wrong() {
		return c.list
	}
	if _, err := o.plan(); err != nil { // a rule that stands nowhere above
		c.add(true, "other", "Detail", err.Error())
	}
	return c.list
}

func (c *checker) wrong() bool {
	return slices.ContainsFunc(c.list, func(a Advice) bool { return a.Wrong })
}

// text checks a text that must stand in both languages, of which the pages of one language show one half.
func (c *checker) text(what string, t Text) {
	for _, half := range []struct {
		lang, text string
		own        *unicode.RangeTable
	}{{"ar", t.AR, unicode.Arabic}, {"en", t.EN, unicode.Latin}} {
		switch {
		case strings.TrimSpace(half.text) == "":
			c.add(true, "missing-"+half.lang, "What", what, "Other", t.AR+t.EN)
		case strings.Contains(half.text, "·") || strings.ContainsFunc(half.text, hidden):
			c.add(true, "characters", "Text", half.text)
		case len(half.text) > maxText:
			c.add(true, "long", "Text", string([]rune(half.text)[:40]))
		case !strings.ContainsFunc(half.text, func(r rune) bool { return unicode.Is(half.own, r) }):
			c.add(false, "script-"+half.lang, "Text", half.text)
		}
	}
}

// maxText bounds one half of a text in bytes.
const maxText = 2000

// hidden are characters that show nothing, or turn the text around them.
func hidden(r rune) bool {
	return unicode.IsControl(r) || r == unicode.ReplacementChar || unicode.Is(unicode.Bidi_Control, r) && r != '\u061c' && r != '\u200e' && r != '\u200f'
}

// districts checks names and numbers; whoever is near must exist.
func (c *checker) districts(o *Outline) {
	var names []Text
	for _, d := range o.Districts {
		c.text("district", d.Name)
		names = append(names, d.Name)
		if d.Voters < 1 || d.Voters > 1<<40 {
			c.add(true, "voters", "Text", d.Name.EN)
		}
		for _, near := range d.Near {
			if !slices.ContainsFunc(o.Districts, func(d District) bool { return d.Name.EN == near }) {
				c.add(true, "near", "Text", d.Name.EN, "Near", near)
			}
		}
		if d.Voters > 0 && d.Voters < o.mergeBelow() {
			c.add(false, "small", "Text", d.Name.EN, "Count", d.Voters, "Least", o.mergeBelow())
		}
	}
	c.equal(names)
}

// defaultMerge is the least number of voters of which a result is told, where nothing else is said.
const defaultMerge = 50

func (o *Outline) mergeBelow() int64 {
	if o.MergeBelow < 1 {
		return defaultMerge
	}
	return o.MergeBelow
}

// smallest is the number of voters of the smallest group of districts whose votes are counted together; 0
// where there are no districts.
func (o *Outline) smallest() (least int64) {
	groups, _ := vote.MergeDistricts(o.mergeBelow(), o.planned())
	for _, g := range groups {
		e := vote.Election{Districts: g}
		if n := e.Voters(); least == 0 || n < least {
			least = n
		}
	}
	return least
}

// equal finds names that a voter could not tell apart.
func (c *checker) equal(names []Text) {
	seen := make(map[string]bool)
	for _, t := range names {
		for _, half := range []string{t.AR, t.EN} {
			folded := strings.ToLower(strings.Join(strings.Fields(strings.ReplaceAll(half, "ـ", "")), " "))
			if folded == "" {
				continue
			}
			if seen[folded] {
				c.add(true, "equal", "Text", half)
			}
			seen[folded] = true
		}
	}
}

// ask checks a question. Where districts are known, smallest is how few voters are counted together.
func (c *checker) ask(q *Question, smallest int64) {
	c.text("question", q.Title)
	if !slices.Contains(Kinds, q.Kind) {
		c.add(true, "kind", "Text", string(q.Kind))
		return
	}
	c.answers(q)
	c.rule(q)
	n := len(q.Answers)
	switch q.Kind {
	case Choose:
		if q.Least < 0 || q.Most < 1 || q.Least > q.Most || q.Most > n {
			c.add(true, "bounds", "Least", q.Least, "Most", q.Most, "Count", n)
		}
		if smallest > 0 && smallest < 2*int64(n) {
			c.add(false, "few-voters", "Count", smallest, "Answers", n)
		}
	case Rank, Grade:
		if most := group.Ed25519.MaxIntegers(); n > most {
			c.add(true, "too-many-ranked", "Count", n, "Most", most)
		} else if smallest > 0 && q.ballots().Cmp(big.NewInt(smallest)) > 0 {
			c.add(false, "told-apart", "Voters", smallest, "Ballots", q.ballots().String())
		}
		if q.Kind == Grade && (len(q.Grades) < 2 || len(q.Grades) > count.MaxGrades) {
			c.add(true, "grades", "Most", count.MaxGrades)
		}
	}
	if q.Kind != Choose && (q.Least != 0 || q.Most != 0) || q.Kind != Grade && len(q.Grades) > 0 ||
		q.Kind == Choice && (q.Blank || len(q.Answers) > 0) || q.Blank && (q.Rule == "irv" || q.Rule == "ranked-pairs") || q.Kind != Choice && len(q.Lists) > 0 {
		c.add(true, "not-of-kind")
	}
	for _, g := range q.Grades {
		c.text("grade", g)
	}
	c.equal(q.Grades)
}

// ballots is how many different ballots can be filled in. Where there are more than voters, a voter can be
// told to cast a ballot that nobody else casts, and is seen to have obeyed.
func (q *Question) ballots() *big.Int {
	if q.Kind == Grade {
		return new(big.Int).Exp(big.NewInt(int64(len(q.Grades))), big.NewInt(int64(len(q.Answers))), nil)
	}
	return new(big.Int).MulRange(1, int64(len(q.Answers)))
}

func (c *checker) answers(q *Question) {
	var names []Text
	total := len(q.Answers)
	one := func(a Answer) {
		c.text("answer", a.Name)
		names = append(names, a.Name)
		if sum, err := hex.DecodeString(a.Photo); a.Photo != "" && (err != nil || len(sum) != 32 || strings.ToLower(a.Photo) != a.Photo) {
			c.add(true, "photo", "Text", a.Name.EN)
		}
	}
	for _, a := range q.Answers {
		one(a)
	}
	var lists []Text
	for _, l := range q.Lists {
		c.text("list", l.Name)
		lists = append(lists, l.Name)
		if len(l.Candidates) == 0 {
			c.add(false, "empty-list", "Text", l.Name.EN)
		} else if q.Rule != "" && len(l.Candidates) < q.Seats {
			c.add(false, "short-list", "Text", l.Name.EN, "Count", len(l.Candidates), "Seats", q.Seats)
		}
		total += 1 + len(l.Candidates)
		for _, a := range l.Candidates {
			one(a)
		}
	}
	c.equal(names)
	c.equal(lists)
	if total == 0 || total > ballot.MaxAnswers {
		c.add(true, "answers", "Count", total, "Most", ballot.MaxAnswers)
	}
}

func (c *checker) rule(q *Question) {
	if q.Rule == "" {
		if q.Seats != 0 || q.Women != 0 || q.Reserved != 0 || q.Threshold != "" {
			c.add(true, "no-rule")
		}
		return
	}
	rule := q.rule()
	if !slices.Contains(rules[q.Kind], q.Rule) {
		c.add(true, "rule", "Text", q.Rule)
	} else if err := rule.Check(); err != nil {
		c.add(true, "rule-asks", "Detail", err.Error())
	}
	if q.Kind != Choice && q.Seats > len(q.Answers) {
		c.add(true, "seats", "Count", q.Seats, "Answers", len(q.Answers))
	}
	if q.Seats == 0 && (q.Kind == Choice || strings.HasPrefix(q.Rule, "stv") || q.Rule == "sntv" || q.Rule == "block") {
		c.add(true, "no-seats", "Text", strconv.Quote(q.Rule))
	}
}
