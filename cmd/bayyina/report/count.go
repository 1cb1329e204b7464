package report

import (
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"

	"bayyina/core/count"
	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
)

// tally puts a count in the words of one language.
type tally struct {
	words
	*count.Result
	lot int // how many lots were told
}

func newTally(l *locale.Locale, r *count.Result) *tally {
	return &tally{words: words{l: l}, Result: r}
}

// say is the message count.<id>.
func (t *tally) say(id string, a args) string {
	return t.message(read.Message{ID: "count." + id, Args: a})
}

// name is a choice's name in the reader's language.
func (t *tally) name(choice int) string { return t.l.Isolate(t.l.Half(t.Choices[choice])) }

func (t *tally) names(list []int) string {
	all := make([]string, len(list))
	for i, c := range list {
		all[i] = t.name(c)
	}
	return t.join(all)
}

// figure writes a count's number for the reader: decimals without zeros at the end, a fraction with two places, a root as such.
func (t *tally) figure(number string) string {
	if root, ok := strings.CutPrefix(number, "√"); ok {
		return "√" + t.figure(root)
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
func (t *tally) standing(s count.Step) string {
	var list []string
	for c, votes := range s.Votes {
		if votes != "" && (s.States == "" || s.States[c] != 'D') {
			list = append(list, t.name(c)+" "+t.figure(votes))
		}
	}
	return t.join(list)
}

// step is one step in words, "" where it has none.
func (t *tally) step(s count.Step) string {
	a := args{
		"Names": t.names(s.Choices), "Number": t.figure(s.Number), "Round": s.Round, "Others": "",
		"Quota": t.figure(s.Quota), "Exhausted": t.figure(s.Exhausted), "Standing": t.standing(s),
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
		a["Names"], a["Others"] = t.name(s.Choices[0]), t.names(s.Choices[1:])
	case count.Replace:
		if len(s.Members) == 2 {
			a["Names"], a["Others"] = s.Members[0], s.Members[1]
		} else {
			a["Names"], a["Others"] = t.name(s.Choices[0]), t.name(s.Choices[1])
		}
	case count.Path:
		a["Back"] = t.figure(s.Votes[1])
		a["Names"], a["Others"] = t.name(s.Choices[0]), t.name(s.Choices[1])
	case count.Lock, count.Skip, count.Finer:
		a["Names"], a["Others"] = t.name(s.Choices[0]), t.name(s.Choices[1])
	case count.Tied:
		return t.tie()
	}
	return t.say("step-"+id, a)
}

// equals names who is equal.
func (t *tally) equals(tie count.Tie) string {
	if len(tie.Pairs) == 0 {
		return t.names(tie.Choices)
	}
	return t.pairs(tie.Pairs)
}

func (t *tally) pairs(pairs [][2]int) string {
	var list []string
	for _, p := range pairs {
		list = append(list, t.say("over", args{"Names": t.name(p[0]), "Others": t.name(p[1])}))
	}
	return t.join(list)
}

func (t *tally) drawn(lot count.Lot) string {
	if len(lot.Pairs) == 0 {
		return t.names(lot.Drawn)
	}
	pairs := make([][2]int, len(lot.Drawn))
	for i, at := range lot.Drawn {
		pairs[i] = lot.Pairs[at]
	}
	return t.pairs(pairs)
}

// tie says where the count stopped.
func (t *tally) tie() string {
	return t.say("tie-"+t.Tie.Purpose, args{"Names": t.equals(*t.Tie), "Seat": t.Tie.Seat, "Round": t.Tie.Round})
}

// allSteps are the steps in words.
func (t *tally) allSteps() []string {
	t.lot = 0
	var list []string
	for _, s := range t.Steps {
		list = append(list, t.step(s))
	}
	return list
}

// won is who has a seat, with what makes it a special one.
func (t *tally) won(w count.Won) (name, note string) {
	name = t.name(w.Choice)
	if w.Member != "" {
		name = t.l.Isolate(t.l.Half(w.Member)) + " · " + name
	}
	var notes []string
	if w.Reserved {
		notes = append(notes, t.say("reserved", nil))
	}
	return name, t.join(notes)
}

// sums says how much was counted.
func (t *tally) sums() []string {
	list := []string{t.say("valid", args{"Count": t.Valid})}
	if t.Invalid > 0 {
		list = append(list, t.say("invalid", args{"Count": t.Invalid}))
	}
	return list
}

// WriteCountText tells a count in one language: the rule, every step, who has a seat or where the count stops.
func WriteCountText(out io.Writer, l *locale.Locale, style Style, r *count.Result) error {
	t := newTally(l, r)
	p := &text{words: words{l: l}, style: Style{Width: max(style.Width, 40), Color: style.Color}}
	if r.Title != "" {
		p.line(bold, "", l.Half(r.Title))
	}
	p.line("", "", t.say("rule-"+r.Rule.Name, nil))
	p.line("", "", t.join(t.sums()))
	p.b.WriteByte('\n')
	for i, step := range t.allSteps() {
		p.line("", "", fmt.Sprintf("%d. %s", i+1, step))
	}
	p.b.WriteByte('\n')
	switch {
	case r.Tie != nil:
		p.line(yellow, "", t.say("tie-title", nil))
		p.line("", "", t.tie())
		p.line("", "", t.say("tie-hint", nil))
	case len(r.RunOff) > 0:
		p.line(yellow, "", t.say("runoff-title", nil)+": "+t.names(r.RunOff))
	default:
		if len(r.Lots) > 0 {
			p.line(yellow, "", t.say("lots-title", nil))
		}
		p.line(bold, "", t.say("elected-title", nil)+":")
		for i, w := range r.Seats {
			name, note := t.won(w)
			if note != "" {
				name += " (" + note + ")"
			}
			p.line("", "", fmt.Sprintf("%d. %s", i+1, name))
		}
	}
	if t.err != nil {
		return t.err
	}
	_, err := io.WriteString(out, p.b.String())
	return err
}
