package count

import (
	"cmp"
	"slices"
	"strconv"
)

// duels counts, for each pair of choices, the ballots that prefer one to the other. Choices that a
// ballot does not rank are all below those that it ranks, and equal.
func (c *counter) duels() ([]int, error) {
	ballots, err := c.votes.rankings()
	if err != nil {
		return nil, err
	}
	n := len(c.votes.Choices)
	c.Duels = &Duels{Wins: square(n)}
	rank := make([]int, n)
	open := c.standing(func(Choice) bool { return true })
	for _, b := range ballots {
		c.Valid += b.Count
		for i := range rank {
			rank[i] = len(b.Ranks)
		}
		for r, group := range b.Ranks {
			for _, i := range group {
				rank[i] = r
			}
		}
		for _, x := range open {
			for _, y := range open {
				if rank[x] < rank[y] {
					c.Duels.Wins[x][y] += b.Count
				}
			}
		}
	}
	return open, nil
}

func square(n int) [][]int64 {
	rows := make([][]int64, n)
	for i := range rows {
		rows[i] = make([]int64, n)
	}
	return rows
}

// schulze ranks choices by their strongest paths: a path of majorities is as strong as its weakest one, counted by the
// ballots of the winners, and a is before b where the strongest path from a to b is stronger than the one back
// (Schulze, "A new monotonic, clone-independent, reversal symmetric, and Condorcet-consistent single-winner election
// method", Social Choice and Welfare 36, 2011, section 2.3). The seats go down that order; it is one
// seat in the method's own meaning.
func (c *counter) schulze() error {
	open, err := c.duels()
	if err != nil {
		return err
	}
	return c.schulzeOrder(open)
}

// pairsTold is for how many choices each pair is a step; the tables have all pairs always.
const pairsTold = 40

// schulzeOrder is the order by strongest paths, from the duels.
func (c *counter) schulzeOrder(open []int) error {
	p, wins := square(len(c.votes.Choices)), c.Duels.Wins
	for _, a := range open {
		for _, b := range open {
			if wins[a][b] > wins[b][a] {
				p[a][b] = wins[a][b]
			}
		}
	}
	for _, via := range open {
		for _, a := range open {
			for _, b := range open {
				if a != b && a != via && b != via {
					p[a][b] = max(p[a][b], min(p[a][via], p[via][b]))
				}
			}
		}
	}
	c.Duels.Paths = p
	if len(open) <= pairsTold {
		for _, a := range open {
			for _, b := range open {
				if p[a][b] > p[b][a] {
					c.add(Step{Kind: Path, Choices: []int{a, b}, Number: strconv.FormatInt(p[a][b], 10), Votes: texts([]int64{p[a][b], p[b][a]})})
				}
			}
		}
	}
	return c.order(open, func(a, b int) bool { return p[a][b] > p[b][a] })
}

// order places choices one group after the other: those that no remaining choice is before. It fills the seats from the
// front; equals of whom not all get a seat are a tie.
func (c *counter) order(open []int, before func(a, b int) bool) error {
	rest := slices.Clone(open)
	for len(rest) > 0 {
		group := slices.DeleteFunc(slices.Clone(rest), func(b int) bool {
			return slices.ContainsFunc(rest, func(a int) bool { return before(a, b) })
		})
		c.Order = append(c.Order, group)
		rest = slices.DeleteFunc(rest, func(i int) bool { return slices.Contains(group, i) })
	}
	for at, group := range c.Order {
		left := c.seats - len(c.Seats)
		c.add(Step{Kind: Place, Round: at + 1, Choices: group})
		if left == 0 {
			continue
		}
		if left < len(group) {
			drawn, err := c.pick(Tie{Purpose: ToElect, Round: at + 1, Seat: len(c.Seats) + 1, Choices: group, Want: left})
			if err != nil {
				return err
			}
			group = drawn
		}
		for _, i := range group {
			c.Seats = append(c.Seats, Won{Choice: i})
			c.add(Step{Kind: Elect, Choices: []int{i}})
		}
	}
	return nil
}

// rankedPairs holds majorities fast, the strongest first (by the ballots of the winners, then by the fewest of the losers),
// unless they contradict those held before; the order is what is held (Tideman, "Independence of clones as a criterion for
// voting rules", Social Choice and Welfare 4, 1987). Equal majorities are a tie only where it
// matters which comes first.
func (c *counter) rankedPairs() error {
	open, err := c.duels()
	if err != nil {
		return err
	}
	wins := c.Duels.Wins
	var pairs [][2]int
	for _, a := range open {
		for _, b := range open {
			if wins[a][b] > wins[b][a] {
				pairs = append(pairs, [2]int{a, b})
			}
		}
	}
	stronger := func(x, y [2]int) int {
		return cmp.Or(cmp.Compare(wins[y[0]][y[1]], wins[x[0]][x[1]]), cmp.Compare(wins[x[1]][x[0]], wins[y[1]][y[0]]))
	}
	slices.SortStableFunc(pairs, stronger)
	above := newReach(len(c.votes.Choices))
	for round := 1; len(pairs) > 0; round++ {
		n := 1
		for n < len(pairs) && stronger(pairs[0], pairs[n]) == 0 {
			n++
		}
		group := slices.Clone(pairs[:n])
		pairs = pairs[n:]
		if open := slices.DeleteFunc(slices.Clone(group), func(p [2]int) bool { return above.leads(p[1], p[0]) }); len(open) > 1 && !above.together(open) {
			drawn, err := c.draw(c.lots, Tie{Purpose: ToLock, Round: round, Seat: len(c.Seats) + 1, Pairs: open, Want: len(open) - 1})
			if err != nil {
				return err
			}
			// Drawn first, held fast first.
			var ordered [][2]int
			for _, at := range drawn {
				ordered = append(ordered, open[at])
			}
			for _, p := range open {
				if !slices.Contains(ordered, p) {
					ordered = append(ordered, p)
				}
			}
			c.add(Step{Kind: Drawn, Round: round, Choices: ordered[0][:]})
			for _, p := range group {
				if !slices.Contains(open, p) {
					ordered = append(ordered, p)
				}
			}
			group = ordered
		}
		for _, p := range group {
			kind := Skip
			if !above.leads(p[1], p[0]) {
				above.hold(p)
				c.Duels.Locked = append(c.Duels.Locked, p)
				kind = Lock
			}
			c.add(Step{Kind: kind, Round: round, Choices: []int{p[0], p[1]}, Number: strconv.FormatInt(wins[p[0]][p[1]], 10)})
		}
	}
	return c.order(open, above.leads)
}

// reach says of each choice to which others majorities held fast lead: a bit for each.
type reach [][]uint64

func newReach(n int) reach {
	r := make(reach, n)
	for i := range r {
		r[i] = make([]uint64, (n+63)/64)
	}
	return r
}

func (r reach) leads(a, b int) bool { return r[a][b/64]>>(b%64)&1 == 1 }

// hold adds a majority, and all that follows from it.
func (r reach) hold(p [2]int) {
	if r.leads(p[0], p[1]) {
		return
	}
	for a := range r {
		if a == p[0] || r.leads(a, p[0]) {
			r[a][p[1]/64] |= 1 << (p[1] % 64)
			for i, bits := range r[p[1]] {
				r[a][i] |= bits
			}
		}
	}
}

// together says whether all of the pairs can be held without a contradiction.
func (r reach) together(pairs [][2]int) bool {
	trial := make(reach, len(r))
	for i := range r {
		trial[i] = slices.Clone(r[i])
	}
	for _, p := range pairs {
		if trial.leads(p[1], p[0]) {
			return false
		}
		trial.hold(p)
	}
	return true
}
