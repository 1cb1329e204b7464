package count

import (
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"slices"
)

// Rule says how votes are turned into seats. It is fixed before the vote.
type Rule struct {
	Name      string   `json:"rule"`                // one of Names
	Seats     int      `json:"seats,omitempty"`     // 0: as the votes' file says
	Threshold string   `json:"threshold,omitempty"` // lists: least share of the valid votes, as a fraction such as 3/100
	Women     int      `json:"women,omitempty"`     // at least so many seats go to women
	Reserved  int      `json:"reserved,omitempty"`  // so many of the seats are for the reserved candidates alone
	Alternate bool     `json:"alternate,omitempty"` // lists must alternate between women and men
	Crosses   int      `json:"crosses,omitempty"`   // block vote: at most so many on a ballot; 0: as many as seats
	Grades    []string `json:"grades,omitempty"`    // majority judgment: names of the grades, the best first
	Marks     *Marks   `json:"marks,omitempty"`     // what the votes' file does not say of the choices
}

// Marks say of choices what a Belenios election has no place for. Choices and places are numbered from 0.
type Marks struct {
	Women    []int   `json:"women,omitempty"`    // choices that are women
	Reserved []int   `json:"reserved,omitempty"` // choices that stand for the reserved seats alone
	Members  [][]int `json:"members,omitempty"`  // of each list the places of its women
}

// ErrRule means a rule that does not exist, or that asks for something that its method does not know.
var ErrRule = errors.New("no such rule")

// kind is what votes a rule counts.
type kind int

const (
	sums kind = iota
	lists
	rankings
	grades
)

// method is how one rule counts.
type method struct {
	name  string
	kind  kind
	count func(c *counter) error
}

// counter is one count under way.
type counter struct {
	*Result
	rule  Rule
	votes *Votes
	seats int
	lots  *Lots
}

// stv counts by single transferable vote in an arithmetic.
func stv(a func() *arithmetic, by func(*transferable) error) func(*counter) error {
	return func(c *counter) error { return c.transferable(a(), by, false) }
}

// meekBy counts by Meek's or Warren's method; an iteration may end at a surplus of one part in so many of a vote.
func meekBy(a func() *arithmetic, parts int64, warren, reference bool) func(*counter) error {
	return func(c *counter) error {
		by := func(s *transferable) error {
			m := &meek{transferable: s, omega: s.div(s.int(1), s.int(parts)), warren: warren, reference: reference}
			return m.count()
		}
		return c.transferable(a(), by, !reference)
	}
}

func fixedPlaces(n int) func() *arithmetic { return func() *arithmetic { return fixed(n) } }
func guardedPlaces(n, g int) func() *arithmetic {
	return func() *arithmetic { return guarded(n, g) }
}
func fractions() *arithmetic { return rational(12) }

// methods are all rules, by name.
var methods = []method{
	{"plurality", sums, (*counter).plurality},
	{"block", sums, (*counter).block},
	{"sntv", sums, (*counter).single},
	{"two-round", sums, (*counter).twoRound},
	{"dhondt", lists, divisor(func(s int64) *big.Rat { return big.NewRat(s+1, 1) }, false)},
	{"sainte-lague", lists, divisor(func(s int64) *big.Rat { return big.NewRat(2*s+1, 1) }, false)},
	{"sainte-lague-modified", lists, divisor(modified, false)},
	{"huntington-hill", lists, divisor(func(s int64) *big.Rat { return big.NewRat(s*(s+1), 1) }, true)},
	{"adams", lists, divisor(func(s int64) *big.Rat { return big.NewRat(s, 1) }, false)},
	{"dean", lists, divisor(func(s int64) *big.Rat { return big.NewRat(2*s*(s+1), 2*s+1) }, false)},
	{"hare", lists, remainder(false)},
	{"droop", lists, remainder(true)},
	{"irv", rankings, (*counter).instant},
	{"stv-wigm", rankings, stv(guardedPlaces(18, 9), func(s *transferable) error { return s.gregory(false) })},
	{"stv-wigm-exact", rankings, stv(fractions, func(s *transferable) error { return s.gregory(false) })},
	{"stv-prf", rankings, stv(fixedPlaces(4), func(s *transferable) error { return s.gregory(false) })},
	{"stv-prf-batch", rankings, stv(fixedPlaces(4), func(s *transferable) error { return s.gregory(true) })},
	{"stv-scotland", rankings, stv(fixedPlaces(5), (*transferable).scotland)},
	{"stv-minneapolis", rankings, stv(fixedPlaces(4), (*transferable).minneapolis)},
	{"stv-california", rankings, stv(fixedPlaces(5), func(s *transferable) error { return s.california(false) })},
	{"stv-california-batch", rankings, stv(fixedPlaces(5), func(s *transferable) error { return s.california(true) })},
	{"stv-meek", rankings, meekBy(guardedPlaces(18, 9), 1e9, false, false)},
	{"stv-meek-exact", rankings, meekBy(fractions, 1e10, false, false)},
	{"stv-meek-prf", rankings, meekBy(fixedPlaces(9), 1e6, false, true)},
	{"stv-warren", rankings, meekBy(guardedPlaces(18, 9), 1e9, true, false)},
	{"stv-warren-exact", rankings, meekBy(fractions, 1e10, true, false)},
	{"stv-qpq", rankings, stv(guardedPlaces(9, 9), (*transferable).qpq)},
	{"schulze", rankings, (*counter).schulze},
	{"ranked-pairs", rankings, (*counter).rankedPairs},
	{"majority-judgment", grades, (*counter).judgment},
	{"libya-2012-individual", sums, (*counter).single},
	{"libya-2012-lists", lists, remainder(false)},
	{"libya-2014", sums, (*counter).single},
	{"libya-2021-parliament", sums, (*counter).single},
	{"libya-2021-president", sums, (*counter).twoRound},
}

// Names are the rules that there are.
func Names() []string {
	names := make([]string, len(methods))
	for i, m := range methods {
		names[i] = m.name
	}
	return names
}

var fraction = regexp.MustCompile(`^[0-9]{1,9}/[0-9]{1,9}$`)

// share is the threshold as a fraction, 0 where there is none.
func (r *Rule) share() (*big.Rat, error) {
	if r.Threshold == "" {
		return new(big.Rat), nil
	}
	x, ok := new(big.Rat), fraction.MatchString(r.Threshold)
	if ok {
		_, ok = x.SetString(r.Threshold)
	}
	if !ok || x.Cmp(big.NewRat(1, 1)) > 0 {
		return nil, fmt.Errorf("%w: a threshold is a fraction such as 3/100, not %q", ErrRule, r.Threshold)
	}
	return x, nil
}

// Check says whether a rule exists and its members belong to it: ErrRule.
func (r *Rule) Check() error {
	_, err := r.method()
	return err
}

func (r *Rule) method() (*method, error) {
	at := slices.IndexFunc(methods, func(m method) bool { return m.name == r.Name })
	if at < 0 {
		return nil, fmt.Errorf("%w: %q", ErrRule, r.Name)
	}
	m := &methods[at]
	if _, err := r.share(); err != nil {
		return nil, err
	}
	wrong := ""
	switch {
	case r.Seats < 0 || r.Seats > MaxSeats:
		wrong = fmt.Sprintf("%d seats", r.Seats)
	case m.kind != lists && (r.Threshold != "" || r.Alternate):
		wrong = "threshold or alternation, of a rule without lists"
	case r.Women < 0 || r.Reserved < 0 || r.Crosses < 0 || r.Seats > 0 && max(r.Women, r.Reserved) > r.Seats:
		wrong = "more reserved seats than there are, or a negative number"
	case m.kind != sums && r.Reserved > 0 || m.kind != sums && m.kind != lists && r.Women > 0:
		wrong = "reserved seats, which this rule does not know"
	case r.Women > 0 && r.Reserved > 0:
		wrong = "both seats for women at least, and seats for reserved candidates alone"
	case r.Crosses > 0 && m.name != "block":
		wrong = "a number of crosses, of a rule that is not block vote"
	case len(r.Grades) > 0 && m.kind != grades || len(r.Grades) > MaxGrades:
		wrong = "grades, of a rule that does not judge, or too many of them"
	}
	if wrong != "" {
		return nil, fmt.Errorf("%w: %s asks for %s", ErrRule, r.Name, wrong)
	}
	return m, nil
}

// Count counts votes by a rule. lots may be nil: then a tie ends the count (Result.Tie). Errors
// are ErrRule and ErrVotes.
func Count(v *Votes, rule Rule, lots *Lots) (*Result, error) {
	m, err := rule.method()
	if err != nil {
		return nil, err
	}
	if m.name == "libya-2012-lists" {
		rule.Alternate = true
	}
	if err := v.check(); err != nil {
		return nil, err
	}
	if v, err = v.marked(rule.Marks); err != nil {
		return nil, err
	}
	if err := lots.check(len(v.Choices)); err != nil {
		return nil, misfit("%v", err)
	}
	r := &Result{Rule: rule, Title: v.Title, Invalid: v.Invalid}
	for _, c := range v.Choices {
		r.Choices = append(r.Choices, c.Name)
	}
	c := &counter{Result: r, rule: rule, votes: v, seats: rule.Seats, lots: lots}
	if c.seats == 0 {
		c.seats = v.Seats
	}
	if c.seats == 0 && slices.Contains([]string{"plurality", "irv", "two-round", "schulze", "ranked-pairs", "majority-judgment", "libya-2021-president"}, m.name) {
		c.seats = 1
	}
	standing := len(v.Choices) - len(v.Withdrawn)
	if c.seats < 1 || c.seats > MaxSeats {
		return nil, misfit("%d seats are to be filled", c.seats)
	}
	if m.kind != lists && c.seats > standing {
		return nil, misfit("%d seats are to be filled, and %d choices stand", c.seats, standing)
	}
	if max(rule.Women, rule.Reserved) > c.seats {
		return nil, misfit("more seats are reserved than the %d that are to be filled", c.seats)
	}
	if err := m.count(c); err != nil && !errors.Is(err, errTied) {
		return nil, err
	}
	for i := range r.Seats {
		w := &r.Seats[i]
		w.Name = r.Choices[w.Choice]
		if w.Member == "" {
			w.Woman = v.Choices[w.Choice].Woman
		}
	}
	if r.Tie == nil {
		r.add(Step{Kind: End})
	}
	return r, nil
}

// transferable runs one of the rules of single transferable vote.
func (c *counter) transferable(a *arithmetic, by func(*transferable) error, equals bool) error {
	s, err := newTransferable(a, c.votes, c.seats, c.lots, c.Result, equals)
	if err != nil {
		return err
	}
	return by(s)
}
