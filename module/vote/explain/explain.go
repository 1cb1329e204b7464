// Package explain puts counts in the words of one language: every step, who has a seat, and
// where a count stops.
package explain

import (
	"math/big"
	"strconv"
	"strings"

	"bayyina/core/count"
	"bayyina/platform/locale"
)

// Count is a count in the words of one language. What cannot be said is empty; Err says
// why.
type Count struct {
	*count.Result
	l   *locale.Locale
	err error
	lot int // how many lots were told
}

// New returns a count in the words of l.
func New(l *locale.Locale, r *count.Result) *Count { return &Count{Result: r, l: l} }

// Err is the first error that was met in looking up words.
func (t *Count) Err() error { return t.err }

// Method says by which rule was counted.
func (t *Count) Method() string { return t.Say("rule-"+t.Rule.Name, nil) }

// Say is the message count.<id>.
func (t *Count) Say(id string, a map[string]any) string {
	text, err := t.l.Text("count."+id, a)
	if err != nil && t.err == nil {
		t.err = err
	}
	return text
}

// Name is a choice's name in the reader's language.
func (t *Count) Name(choice int) string { return t.l.Isolate(t.l.Half(t.Choices[choice])) }

// Names are those of several choices.
func (t *Count) Names(list []int) string {
	all := make([]string, len(list))
	for i, c := range list {
		all[i] = t.Name(c)
	}
	return t.l.Join(all)
}

// Figure writes a count's number for the reader: decimals without zeros at the end, a fraction with two places, a root as such.
func (t *Count) Figure(number string) string {
	if root, ok := strings.CutPrefix(number, "√"); ok {
		return "√" + t.Figure(root)
	}
	if strings.Contains(number, "/") {
		if x, ok := new(big.Rat).SetString(number); ok {
			number = x.FloatString(2)
		}
	}
	whole, rest, point := strings.Cut(number, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return number
	}
	text := t.l.Integer(n)
	if n == 0 && strings.HasPrefix(whole, "-") {
		text = "-" + text
	}
	if rest = strings.TrimRight(rest, "0"); point && rest != "" {
		text += "." + rest
	}
	return text
}

// standing tells the votes of those who have not been defeated.
func (t *Count) standing(s count.Step) string {
	var list []string
	for c, votes := range s.Votes {
		if votes != "" && (s.States == "" || s.States[c] != 'D') {
			list = append(list, t.Name(c)+" "+t.Figure(votes))
		}
	}
	return t.l.Join(list)
}

// step is one step in words, "" where it has none.
func (t *Count) step(s count.Step) string {
	a := map[string]any{
		"Names": t.Names(s.Choices), "Number": t.Figure(s.Number), "Round": s.Round, "Others": "",
		"Quota": t.Figure(s.Quota), "Exhausted": t.Figure(s.Exhausted), "Standing": t.standing(s),
	}
	id := s.Kind
	switch s.Kind {
	case count.Begin:
		if s.Quota == "" {
			id = "begin-sums"
		}
	case count.Elect:
		if s.Number == "" {
			id = "elect-order"
		}
	case count.Surplus:
		if s.Quotients != nil {
			id = "surplus-quotient"
		}
	case count.Seat:
		switch {
		case t.Allocation.Quota != "":
			id = "seat-remainder"
		case s.Number == "":
			id = "seat-first"
		}
	case count.Quotas:
		n, _ := strconv.Atoi(s.Number)
		a["Count"] = n
	case count.Drawn:
		lot := t.Lots[t.lot]
		t.lot++
		a["Names"], a["Others"] = t.drawn(lot), t.equals(lot.Tie)
	case count.Earlier:
		a["Names"], a["Others"] = t.Name(s.Choices[0]), t.Names(s.Choices[1:])
	case count.Replace:
		if len(s.Members) == 2 {
			a["Names"], a["Others"] = s.Members[0], s.Members[1]
		} else {
			a["Names"], a["Others"] = t.Name(s.Choices[0]), t.Name(s.Choices[1])
		}
	case count.Path:
		a["Back"] = t.Figure(s.Votes[1])
		a["Names"], a["Others"] = t.Name(s.Choices[0]), t.Name(s.Choices[1])
	case count.Lock, count.Skip, count.Finer:
		a["Names"], a["Others"] = t.Name(s.Choices[0]), t.Name(s.Choices[1])
	case count.Tied:
		return t.Stopped()
	}
	return t.Say("step-"+id, a)
}

// equals names who is equal.
func (t *Count) equals(tie count.Tie) string {
	if len(tie.Pairs) == 0 {
		return t.Names(tie.Choices)
	}
	return t.pairs(tie.Pairs)
}

func (t *Count) pairs(pairs [][2]int) string {
	var list []string
	for _, p := range pairs {
		list = append(list, t.Say("over", map[string]any{"Names": t.Name(p[0]), "Others": t.Name(p[1])}))
	}
	return t.l.Join(list)
}

func (t *Count) drawn(lot count.Lot) string {
	if len(lot.Pairs) == 0 {
		return t.Names(lot.Drawn)
	}
	pairs := make([][2]int, len(lot.Drawn))
	for i, at := range lot.Drawn {
		pairs[i] = lot.Pairs[at]
	}
	return t.pairs(pairs)
}

// Stopped says where the count stopped.
func (t *Count) Stopped() string {
	return t.Say("tie-"+t.Tie.Purpose, map[string]any{"Names": t.equals(*t.Tie), "Seat": t.Tie.Seat, "Round": t.Tie.Round})
}

// Told are the steps in words.
func (t *Count) Told() []string {
	t.lot = 0
	var list []string
	for _, s := range t.Steps {
		list = append(list, t.step(s))
	}
	return list
}

// Won is who has a seat, with what makes it a special one.
func (t *Count) Won(w count.Won) (name, note string) {
	name = t.Name(w.Choice)
	if w.Member != "" {
		name = t.l.Isolate(t.l.Half(w.Member)) + " · " + name
	}
	var notes []string
	if w.Reserved {
		notes = append(notes, t.Say("reserved", nil))
	}
	return name, t.l.Join(notes)
}

// Sums says how much was counted.
func (t *Count) Sums() []string {
	list := []string{t.Say("valid", map[string]any{"Count": t.Valid})}
	if t.Invalid > 0 {
		list = append(list, t.Say("invalid", map[string]any{"Count": t.Invalid}))
	}
	return list
}
