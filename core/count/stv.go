package count

import (
	"cmp"
	"slices"
)

// States of a choice in a count by rounds.
const (
	hopeful   = 'H'
	pending   = 'e' // elected, its surplus not yet transferred
	elected   = 'E'
	defeated  = 'D'
	withdrawn = 'W'
)

// paper is a ballot, or many alike, on its way from choice to choice.
type paper struct {
	n       int64
	count   number
	weight  number  // of one ballot
	ranking []int   // nil where ranks are shared
	ranks   [][]int // Meek and Warren: equals share
	at      int
}

// transferable is a count by single transferable vote, whatever the rule.
type transferable struct {
	*arithmetic
	*Result
	lots   *Lots
	seats  int
	papers []paper
	valid  int64

	round     int
	state     []byte
	vote      []number
	keep      []number // Meek and Warren, else nil
	quotient  []number // QPQ, else nil
	quota     number
	surplus   number
	exhausted number
	started   [][]number // votes at the start of each round
}

// newTransferable puts every ballot on its first choice's pile. Where the rule does not know equals, ballots with
// equal ranks are invalid.
func newTransferable(a *arithmetic, v *Votes, seats int, lots *Lots, r *Result, equals bool) (*transferable, error) {
	ballots, err := v.rankings()
	if err != nil {
		return nil, err
	}
	s := &transferable{
		arithmetic: a, Result: r, lots: lots, seats: seats,
		state: make([]byte, len(v.Choices)), vote: make([]number, len(v.Choices)),
		quota: a.int(0), surplus: a.int(0), exhausted: a.int(0),
	}
	for c := range v.Choices {
		s.state[c], s.vote[c] = hopeful, a.int(0)
		if !v.standing(c) {
			s.state[c] = withdrawn
		}
	}
	var shared []paper
	for _, b := range ballots {
		p := paper{n: b.Count, count: a.int(b.Count), weight: a.int(1)}
		if slices.ContainsFunc(b.Ranks, func(g []int) bool { return len(g) > 1 }) {
			if !equals {
				r.Invalid += b.Count
				continue
			}
			s.valid += b.Count
			p.ranks = b.Ranks
			shared = append(shared, p)
			continue
		}
		for _, g := range b.Ranks {
			p.ranking = append(p.ranking, g[0])
		}
		s.valid += b.Count
		s.papers = append(s.papers, p)
	}
	s.papers = append(s.papers, shared...)
	r.Valid = s.valid
	return s, nil
}

// firsts counts first preferences.
func (s *transferable) firsts() {
	for _, p := range s.papers {
		if p.ranking != nil {
			s.vote[p.ranking[0]] = s.add(s.vote[p.ranking[0]], p.count)
			continue
		}
		part := s.ratio(s.div(s.int(1), s.int(int64(len(p.ranks[0])))), p.count, s.int1(), false)
		for _, c := range p.ranks[0] {
			s.vote[c] = s.add(s.vote[c], part)
		}
	}
}

// add is the numbers' sum; steps are added by record.
func (s *transferable) add(x, y number) number { return s.arithmetic.add(x, y) }

// record tells a step, and how everybody stands after it.
func (s *transferable) record(kind, number string, choices ...int) {
	step := Step{
		Kind: kind, Round: s.round, Choices: choices, Number: number, States: string(s.state),
		Quota: s.text(s.quota), Surplus: s.text(s.surplus), Exhausted: s.text(s.exhausted),
	}
	step.Votes = s.texts(s.vote)
	step.Keep = s.texts(s.keep)
	step.Quotients = s.texts(s.quotient)
	s.Result.add(step)
}

func (s *transferable) texts(list []number) []string {
	var out []string
	for c, x := range list {
		if s.state[c] == withdrawn {
			out = append(out, "")
		} else {
			out = append(out, s.text(x))
		}
	}
	return out
}

func (s *transferable) newRound() {
	s.round++
	s.started = append(s.started, slices.Clone(s.vote))
	s.record(Round, "")
}

// in are the choices in one of the states, in the ballot's order.
func (s *transferable) in(states ...byte) []int {
	var list []int
	for c, state := range s.state {
		if slices.Contains(states, state) {
			list = append(list, c)
		}
	}
	return list
}

func (s *transferable) hopefuls() []int { return s.in(hopeful) }

// left is how many seats are not filled.
func (s *transferable) left() int { return s.seats - len(s.in(elected, pending)) }

// complete says whether the seats are filled, or no more stand than there are seats.
func (s *transferable) complete() bool { return s.left() <= 0 || len(s.hopefuls()) <= s.left() }

// byVote sorts choices by their votes, the fewest first; equals by the ballot's order.
func (s *transferable) byVote(list []int) []int {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b int) int {
		return cmp.Or(s.cmp(s.vote[a], s.vote[b]), cmp.Compare(a, b))
	})
	return list
}

// extreme are the choices with the fewest (-1) or most (1) of something.
func (s *transferable) extreme(list []int, of []number, sign int) []int {
	best := list[0]
	for _, c := range list[1:] {
		if s.cmp(of[c], of[best])*sign > 0 {
			best = c
		}
	}
	return slices.DeleteFunc(slices.Clone(list), func(c int) bool { return s.cmp(of[c], of[best]) != 0 })
}

// pick draws one among equals. A surplus of nothing changes nothing, so its order is not drawn.
func (s *transferable) pick(purpose string, equals []int) (int, error) {
	if len(equals) == 1 || purpose == ToSurplus && s.cmp(s.vote[equals[0]], s.quota) == 0 {
		return equals[0], nil
	}
	drawn, err := s.draw(s.lots, Tie{Purpose: purpose, Round: s.round, Seat: len(s.Seats) + 1, Choices: equals, Want: 1})
	if err != nil {
		return 0, err
	}
	s.record(Drawn, "", append([]int{drawn[0]}, equals...)...)
	return drawn[0], nil
}

func (s *transferable) elect(c int, state byte, kind string) {
	s.state[c] = state
	s.Seats = append(s.Seats, Won{Choice: c})
	s.record(kind, s.text(s.vote[c]), c)
}

func (s *transferable) defeat(c int, kind string) {
	s.state[c] = defeated
	s.record(kind, s.text(s.vote[c]), c)
}

// finish elects all who still stand while there are seats for them, and defeats the others.
func (s *transferable) finish() {
	for _, c := range s.in(pending) {
		s.state[c] = elected
	}
	for _, c := range s.hopefuls() {
		if s.left() > 0 {
			s.elect(c, elected, ElectRemaining)
		} else {
			s.defeat(c, DefeatRemaining)
		}
	}
}

// sum adds up something of choices.
func (s *transferable) sum(list []int, of []number) number {
	total := s.int(0)
	for _, c := range list {
		total = s.add(total, of[c])
	}
	return total
}

// over is what choices have above the quota, together.
func (s *transferable) over(list []int) number {
	total := s.int(0)
	for _, c := range list {
		total = s.add(total, s.sub(s.vote[c], s.quota))
	}
	return total
}

// sureLosers is the largest set of choices that cannot reach the next one even with all
// their votes and all surpluses together. Those within the surplus of each other stay together,
// and enough choices stay for the seats.
func (s *transferable) sureLosers(surplus number) []int {
	var groups [][]int
	floor := s.int(0)
	for _, c := range s.byVote(s.hopefuls()) {
		near := s.cmp(s.add(floor, surplus), s.vote[c]) >= 0
		if !near {
			floor = s.vote[c]
		}
		if !near || len(groups) == 0 {
			groups = append(groups, nil)
		}
		last := &groups[len(groups)-1]
		*last = append(*last, c)
	}
	spare := len(s.hopefuls()) - s.left()
	var sure, low []int
	for g := 0; g+1 < len(groups); g++ {
		low = append(low, groups[g]...)
		if len(low) > spare {
			break
		}
		if s.cmp(s.add(s.sum(low, s.vote), surplus), s.vote[groups[g+1][0]]) < 0 {
			sure = slices.Clone(low)
		}
	}
	slices.Sort(sure)
	return sure
}

// top is the choice on whose pile a paper lies, -1 where it is exhausted.
func (p *paper) top() int {
	if p.at >= len(p.ranking) {
		return -1
	}
	return p.ranking[p.at]
}

// advance moves a paper on to its next choice that stands.
func (s *transferable) advance(p *paper) {
	for p.top() >= 0 && s.state[p.top()] != hopeful {
		p.at++
	}
}

// transfer moves the papers of choices on, with the weight that they have.
func (s *transferable) transfer(from ...int) {
	for i := range s.papers {
		p := &s.papers[i]
		if slices.Contains(from, p.top()) {
			s.move(p)
		}
	}
	for _, c := range from {
		s.vote[c] = s.int(0)
	}
}

func (s *transferable) move(p *paper) {
	s.advance(p)
	worth := s.ratio(p.weight, p.count, s.int1(), false)
	if c := p.top(); c >= 0 {
		s.vote[c] = s.add(s.vote[c], worth)
	} else {
		s.exhausted = s.add(s.exhausted, worth)
	}
}

// transferSurplus moves an elected choice's papers on, with their weights times surplus/votes:
// cut off after the product and after the quotient, or once only. It returns the surplus.
func (s *transferable) transferSurplus(c int, once bool) number {
	surplus := s.sub(s.vote[c], s.quota)
	for i := range s.papers {
		p := &s.papers[i]
		if p.top() != c {
			continue
		}
		if once {
			p.weight = s.ratio(p.weight, surplus, s.vote[c], false)
		} else {
			p.weight = s.div(s.mul(p.weight, surplus), s.vote[c])
		}
		s.move(p)
	}
	s.vote[c] = s.quota
	return surplus
}
