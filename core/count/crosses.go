package count

import (
	"cmp"
	"slices"
	"strconv"
)

// plurality gives the seat to the choice with most votes.
func (c *counter) plurality() error {
	if c.seats != 1 {
		return misfit("plurality fills one seat, and %d are to be filled", c.seats)
	}
	return c.most(1)
}

// block gives the seats to the choices with most votes; a voter has as many crosses as there
// are seats, or as the rule says.
func (c *counter) block() error { return c.most(cmp.Or(c.rule.Crosses, c.seats)) }

// single is the single non-transferable vote: one cross for each voter, seats to those with
// most votes.
//
// Libya's law 4 of 2012, article 6: 120 members of the General National Congress, in districts of one seat or of several;
// equals draw lots. Law 10 of 2014 with law 12 of 2014, article 3 (equals draw lots), and law 2 of 2021, article 18 (one
// vote, not transferable; 16 in 100 seats are for women alone, and all voters of the district vote on them): the women's
// seats are a contest of their own (Rule.Reserved, Choice.Reserved). Which districts have them is in the laws' tables, which are not in here.
// That law 10's own article on the women's seats has the wording of law 2's is taken from how the vote was held.
func (c *counter) single() error { return c.most(1) }

// most fills the seats with those who have most votes, reserved seats first.
func (c *counter) most(crosses int) error {
	votes, err := c.sumUp(crosses)
	if err != nil {
		return err
	}
	if c.rule.Reserved == 0 {
		return c.fill(votes, c.standing(func(Choice) bool { return true }), c.seats, false)
	}
	reserved := c.standing(func(x Choice) bool { return x.Reserved })
	if len(reserved) < c.rule.Reserved {
		return misfit("%d seats are reserved, and %d choices stand for them", c.rule.Reserved, len(reserved))
	}
	if err := c.fill(votes, reserved, c.rule.Reserved, true); err != nil {
		return err
	}
	general := c.standing(func(x Choice) bool { return !x.Reserved })
	return c.fill(votes, general, min(c.seats-c.rule.Reserved, len(general)), false)
}

// sumUp adds the votes up, and tells them.
func (c *counter) sumUp(crosses int) ([]int64, error) {
	votes, invalid, err := c.votes.tally(crosses)
	if err != nil {
		return nil, err
	}
	c.Tally = votes
	for _, n := range votes {
		c.Valid += n
	}
	if len(c.votes.Ballots) > 0 {
		c.Valid = 0
		for _, b := range c.votes.Ballots {
			if len(b.Ranks) > 0 {
				c.Valid += b.Count
			}
		}
		c.Valid -= invalid
		c.Invalid += invalid
	}
	c.add(Step{Kind: Begin, Votes: texts(votes)})
	return votes, nil
}

func texts(list []int64) []string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = strconv.FormatInt(n, 10)
	}
	return out
}

func (c *counter) standing(of func(Choice) bool) []int {
	var list []int
	for i, x := range c.votes.Choices {
		if c.votes.standing(i) && of(x) {
			list = append(list, i)
		}
	}
	return list
}

// byVotes sorts choices, most votes first; equals by the ballot's order.
func byVotes(list []int, votes []int64) []int {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(votes[b], votes[a]) })
	return list
}

// fill gives seats to those of a list who have most votes. Equals on both sides of the last seat are a tie. Where the rule
// wants more women, the elected man with fewest votes gives way to the woman with most votes who
// is not elected, until there are enough or no woman is left.
func (c *counter) fill(votes []int64, list []int, seats int, reserved bool) error {
	taken, err := c.best(ToElect, votes, list, seats)
	if err != nil {
		return err
	}
	for _, i := range taken {
		c.Seats = append(c.Seats, Won{Choice: i, Reserved: reserved})
		c.add(Step{Kind: Elect, Choices: []int{i}, Number: strconv.FormatInt(votes[i], 10)})
	}
	for c.women() < c.rule.Women {
		var men, women []int
		for _, i := range list {
			in := slices.ContainsFunc(c.Seats, func(w Won) bool { return w.Choice == i })
			if woman := c.votes.Choices[i].Woman; in && !woman {
				men = append(men, i)
			} else if !in && woman {
				women = append(women, i)
			}
		}
		if len(men) == 0 || len(women) == 0 {
			break
		}
		in, err := c.best(ToElect, votes, women, 1)
		if err != nil {
			return err
		}
		negative := make([]int64, len(votes))
		for i, n := range votes {
			negative[i] = -n
		}
		out, err := c.best(ToReplace, negative, men, 1)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(c.Seats, func(w Won) bool { return w.Choice == out[0] })
		c.Seats[at] = Won{Choice: in[0], Reserved: true}
		c.add(Step{Kind: Replace, Choices: []int{out[0], in[0]}})
	}
	return nil
}

func (c *counter) women() int {
	n := 0
	for _, w := range c.Seats {
		if w.Woman || w.Member == "" && c.votes.Choices[w.Choice].Woman {
			n++
		}
	}
	return n
}

// best are the n of a list with most votes, in that order.
func (c *counter) best(purpose string, votes []int64, list []int, n int) ([]int, error) {
	list = byVotes(list, votes)
	if n >= len(list) || votes[list[n-1]] != votes[list[n]] {
		return list[:min(n, len(list))], nil
	}
	edge := votes[list[n]]
	sure := slices.DeleteFunc(slices.Clone(list), func(i int) bool { return votes[i] <= edge })
	equals := slices.DeleteFunc(slices.Clone(list), func(i int) bool { return votes[i] != edge })
	drawn, err := c.pick(Tie{Purpose: purpose, Seat: len(c.Seats) + len(sure) + 1, Choices: equals, Want: n - len(sure)})
	if err != nil {
		return nil, err
	}
	return append(sure, drawn...), nil
}

// pick draws among equals and tells it.
func (c *counter) pick(t Tie) ([]int, error) {
	drawn, err := c.draw(c.lots, t)
	if err != nil {
		return nil, err
	}
	c.add(Step{Kind: Drawn, Round: t.Round, Choices: append(slices.Clone(drawn), t.Choices...)})
	return drawn, nil
}

// twoRound elects who has more than half of the valid votes; else the two with most votes go into a second round, which
// this rule counts as well: of two choices, one has more than half, or they are equal.
//
// Libya's law 1 of 2021 on the election of the head of state: more than half of the votes in the first round, else a second
// round of the first two; as HNEC's chairman described it in 2021. The numbers of the articles were not at hand.
func (c *counter) twoRound() error {
	if c.seats != 1 {
		return misfit("a two-round election fills one seat, and %d are to be filled", c.seats)
	}
	votes, err := c.sumUp(1)
	if err != nil {
		return err
	}
	list := byVotes(c.standing(func(Choice) bool { return true }), votes)
	switch {
	case 2*votes[list[0]] > c.Valid:
		return c.fill(votes, list, 1, false)
	case len(list) <= 2:
		return c.fill(votes, list, 1, false) // equal: a tie
	}
	two, err := c.best(ToRunOff, votes, list, 2)
	if err != nil {
		return err
	}
	c.RunOff = two
	c.add(Step{Kind: RunOff, Choices: two})
	return nil
}
