package count

import (
	"cmp"
	"math/big"
	"slices"
	"strconv"
)

// divisor is a highest-averages method: each seat goes to the list with the largest quotient
// votes/d(s), where s is the number of seats that it has already. Where squared, d is the square of the divisor
// and squares of votes are compared, so that no root is ever taken. A divisor of zero gives a list with votes its first
// seat before all others; among such lists those with more votes come first.
//
// d(s) is s+1 for D'Hondt, 2s+1 for Sainte-Laguë (its modified form starts with 7/5), √(s(s+1)) for Huntington–Hill, s for
// Adams and 2s(s+1)/(2s+1) for Dean (Balinski and Young, Fair Representation, 1982).
func divisor(d func(s int64) *big.Rat, squared bool) func(*counter) error {
	return func(c *counter) error {
		votes, open, err := c.lists()
		if err != nil {
			return err
		}
		won := make([]int, len(votes))
		order := make([][]int, len(votes)) // seats that each quotient won
		value := func(i int, s int) *big.Rat {
			x := new(big.Rat).SetInt64(votes[i])
			if squared {
				x.Mul(x, x)
			}
			if by := d(int64(s)); by.Sign() > 0 {
				return x.Quo(x, by)
			}
			return nil
		}
		compare := func(a, b int) int {
			x, y := value(a, won[a]), value(b, won[b])
			switch {
			case x == nil && y == nil:
				return cmp.Compare(votes[a], votes[b])
			case x == nil:
				return 1
			case y == nil:
				return -1
			}
			return x.Cmp(y)
		}
		for seat := 1; seat <= c.seats; {
			top := open[:1]
			for _, i := range open[1:] {
				if d := compare(i, top[0]); d > 0 {
					top = []int{i}
				} else if d == 0 {
					top = append(slices.Clone(top), i)
				}
			}
			if votes[top[0]] == 0 {
				return misfit("there are more seats than lists with votes can take")
			}
			// Equals all get a seat where there are enough; else they are a tie.
			want := min(len(top), c.seats-seat+1)
			if want < len(top) {
				if top, err = c.pick(Tie{Purpose: ToElect, Seat: seat, Choices: top, Want: want}); err != nil {
					c.table(votes, won, order, d, value, squared)
					return err
				}
			}
			for _, i := range top {
				number := ""
				if x := value(i, won[i]); x != nil && !squared {
					number = x.RatString()
				}
				c.add(Step{Kind: Seat, Round: seat, Choices: []int{i}, Number: number})
				c.Seats = append(c.Seats, Won{Choice: i})
				order[i] = append(order[i], seat)
				won[i]++
				seat++
			}
		}
		c.table(votes, won, order, d, value, squared)
		return c.members(won)
	}
}

// modified is Sainte-Laguë with a first divisor of 1.4.
func modified(s int64) *big.Rat {
	if s == 0 {
		return big.NewRat(7, 5)
	}
	return big.NewRat(2*s+1, 1)
}

// table keeps the quotients up to one column after the last that won a seat.
func (c *counter) table(votes []int64, won []int, order [][]int, d func(int64) *big.Rat, value func(i, s int) *big.Rat, squared bool) {
	c.Allocation.Seats = won
	columns := slices.Max(won) + 1
	for s := range columns {
		text := d(int64(s)).RatString()
		if squared {
			text = "√" + text
		}
		c.Allocation.Divisors = append(c.Allocation.Divisors, text)
	}
	for i := range votes {
		row := make([]Quotient, columns)
		for s := range row {
			x := value(i, s)
			switch {
			case x == nil:
				row[s].Value = "∞"
			case squared:
				row[s].Value = "√" + x.RatString()
			default:
				row[s].Value = x.RatString()
			}
			if s < len(order[i]) {
				row[s].Seat = order[i][s]
			}
		}
		c.Allocation.Quotients = append(c.Allocation.Quotients, row)
	}
}

// remainder is a largest-remainder method: each list gets a seat for each whole quota in its votes, and the seats
// that are left go to the largest remainders. The quota is votes/seats (Hare), or the whole number
// after votes/(seats+1) (Droop).
//
// Libya's law 4 of 2012, articles 5 and 7: 80 members by closed lists in districts of several seats; article 15: lists
// alternate between women and men, and others are not accepted (across districts too, which one district's count cannot see).
// That the seats were shared by Hare quota and largest remainder is taken from descriptions of the election; the
// law as seen does not name the formula.
func remainder(droop bool) func(*counter) error {
	return func(c *counter) error {
		votes, open, err := c.lists()
		if err != nil {
			return err
		}
		total := int64(0)
		for _, i := range open {
			total += votes[i]
		}
		if total == 0 {
			return misfit("no list has votes")
		}
		quota := big.NewRat(total, int64(c.seats))
		if droop {
			quota = new(big.Rat).SetInt64(total/int64(c.seats+1) + 1)
		}
		won, rest := make([]int, len(votes)), make([]*big.Rat, len(votes))
		a := c.Allocation
		a.Quota, a.Whole, a.Rest, a.Seats = quota.RatString(), make([]int, len(votes)), make([]Quotient, len(votes)), won
		left := c.seats
		for i := range votes {
			rest[i] = new(big.Rat)
			if slices.Contains(open, i) {
				share := new(big.Rat).SetInt64(votes[i])
				share.Quo(share, quota)
				whole := new(big.Int).Quo(share.Num(), share.Denom()).Int64()
				rest[i].Sub(new(big.Rat).SetInt64(votes[i]), new(big.Rat).Mul(quota, new(big.Rat).SetInt64(whole)))
				won[i], a.Whole[i] = int(whole), int(whole)
				left -= int(whole)
				for range whole {
					c.Seats = append(c.Seats, Won{Choice: i})
				}
				c.add(Step{Kind: Quotas, Choices: []int{i}, Number: strconv.FormatInt(whole, 10)})
			}
			a.Rest[i].Value = rest[i].RatString()
		}
		order := slices.Clone(open)
		slices.SortStableFunc(order, func(x, y int) int { return rest[y].Cmp(rest[x]) })
		for left > 0 {
			// With votes so few that even all remainders leave seats, they go round again.
			n := min(left, len(order))
			round := order[:n]
			if n < len(order) && rest[order[n-1]].Cmp(rest[order[n]]) == 0 {
				edge := rest[order[n]]
				sure := slices.DeleteFunc(slices.Clone(order), func(i int) bool { return rest[i].Cmp(edge) <= 0 })
				equals := slices.DeleteFunc(slices.Clone(order), func(i int) bool { return rest[i].Cmp(edge) != 0 })
				drawn, err := c.pick(Tie{Purpose: ToElect, Seat: len(c.Seats) + len(sure) + 1, Choices: equals, Want: n - len(sure)})
				if err != nil {
					return err
				}
				round = append(sure, drawn...)
			}
			for _, i := range round {
				won[i]++
				c.Seats = append(c.Seats, Won{Choice: i})
				a.Rest[i].Seat = len(c.Seats)
				c.add(Step{Kind: Seat, Round: len(c.Seats), Choices: []int{i}, Number: rest[i].RatString()})
			}
			left -= n
		}
		return c.members(won)
	}
}

// lists are the votes of each list, and the lists that take part: those at the threshold or above. A
// list that does not alternate where it must is an error.
func (c *counter) lists() (votes []int64, open []int, err error) {
	if c.rule.Alternate {
		for _, x := range c.votes.Choices {
			for i := 1; i < len(x.Members); i++ {
				if x.Members[i].Woman == x.Members[i-1].Woman {
					return nil, nil, misfit("the list %q does not alternate between women and men: places %d and %d", x.Name, i, i+1)
				}
			}
		}
	}
	if votes, err = c.sumUp(1); err != nil {
		return nil, nil, err
	}
	c.Allocation = &Allocation{}
	share, err := c.rule.share()
	if err != nil {
		return nil, nil, err
	}
	least := new(big.Rat).Mul(share, new(big.Rat).SetInt64(c.Valid))
	for _, i := range c.standing(func(Choice) bool { return true }) {
		if new(big.Rat).SetInt64(votes[i]).Cmp(least) < 0 {
			c.Allocation.Excluded = append(c.Allocation.Excluded, i)
		} else {
			open = append(open, i)
		}
	}
	if len(c.Allocation.Excluded) > 0 {
		c.add(Step{Kind: Below, Choices: c.Allocation.Excluded, Number: least.RatString()})
	}
	if len(open) == 0 {
		return nil, nil, misfit("no list has the votes of the threshold")
	}
	return votes, open, nil
}

// struck is how many members of a list no longer stand.
func (c *counter) struck(list int) int {
	if list < len(c.votes.Struck) {
		return len(c.votes.Struck[list])
	}
	return 0
}

// members puts the first of each list on its seats, without those that no longer stand. Where the rule wants more women, the last seat that was filled with a
// man goes to the next woman of the same list who has none, as far up as needed; a list that
// has no further woman keeps its man, and the seat before is tried.
func (c *counter) members(won []int) error {
	next := make([]int, len(won))
	used := make([]map[int]bool, len(won))
	for i := range used {
		used[i] = make(map[int]bool)
		if i < len(c.votes.Struck) {
			for _, at := range c.votes.Struck[i] {
				used[i][at] = true
			}
		}
	}
	place := make([]int, len(c.Seats))
	for s := range c.Seats {
		i := c.Seats[s].Choice
		members := c.votes.Choices[i].Members
		if len(members) == 0 {
			continue
		}
		for used[i][next[i]] {
			next[i]++
		}
		if next[i] >= len(members) {
			return misfit("the list %q has %d names, %d of them struck, and wins %d seats", c.Choices[i], len(members), c.struck(i), won[i])
		}
		place[s] = next[i]
		used[i][next[i]] = true
		c.Seats[s].Member, c.Seats[s].Woman = members[next[i]].Name, members[next[i]].Woman
		next[i]++
	}
	for s := len(c.Seats) - 1; s >= 0 && c.women() < c.rule.Women; s-- {
		w := &c.Seats[s]
		members := c.votes.Choices[w.Choice].Members
		if w.Woman || len(members) == 0 {
			continue
		}
		for at := range members {
			if members[at].Woman && !used[w.Choice][at] {
				c.add(Step{Kind: Replace, Round: s + 1, Choices: []int{w.Choice}, Members: []string{w.Member, members[at].Name}})
				delete(used[w.Choice], place[s])
				used[w.Choice][at] = true
				w.Member, w.Woman, w.Reserved = members[at].Name, true, true
				break
			}
		}
	}
	return nil
}
