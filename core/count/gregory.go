package count

import "slices"

// atQuota elects those who have the quota, most votes first, and says how many.
func (s *transferable) atQuota(above bool, state func(c int) byte) {
	list := s.byVote(s.hopefuls())
	slices.Reverse(list)
	for _, c := range list {
		if d := s.cmp(s.vote[c], s.quota); d > 0 || d == 0 && !above {
			s.elect(c, state(c), Elect)
		}
	}
}

func always(state byte) func(int) byte { return func(int) byte { return state } }

// gregory is the weighted inclusive Gregory method: a surplus is transferred in all papers of
// the elected choice, each at its weight times surplus/votes.
//
// With fixed decimals it is the Proportional Representation Foundation's reference rule for WIGM (prfound.org), whose
// paragraphs are noted; with batch its optional step B.2. With exact arithmetic the quota
// is votes/(seats+1), and who is to be elected must exceed it.
func (s *transferable) gregory(batch bool) error {
	s.quota = s.div(s.int(s.valid), s.int(int64(s.seats+1))) // A.1
	if !s.exact() {
		s.quota = s.add(s.quota, s.epsilon())
	}
	s.firsts()
	s.record(Begin, "")
	for !s.complete() { // D.3
		s.newRound()
		s.atQuota(s.exact(), always(pending)) // B.1
		if batch {                            // B.2
			if sure := s.sureLosers(s.over(s.in(pending))); len(sure) > 0 {
				for _, c := range sure {
					s.defeat(c, DefeatSure)
				}
				if len(s.hopefuls()) <= s.left() {
					break
				}
				s.transfer(sure...)
				s.record(Transfer, "", sure...)
				continue
			}
		}
		if waiting := s.in(pending); len(waiting) > 0 { // B.3
			c, err := s.pick(ToSurplus, s.extreme(waiting, s.vote, 1))
			if err != nil {
				return err
			}
			s.state[c] = elected
			s.record(Next, "", c)
			s.record(Surplus, s.text(s.transferSurplus(c, false)), c)
		} else if list := s.hopefuls(); len(list) > 0 { // B.4
			c, err := s.pick(ToDefeat, s.extreme(list, s.vote, -1))
			if err != nil {
				return err
			}
			s.defeat(c, Defeat)
			s.transfer(c)
			s.record(Transfer, "", c)
		}
	}
	s.finish() // C
	return nil
}

// scotland is the Scottish Local Government Elections Order 2007 (SSI 2007/42), schedule 1,
// rules 45 to 52: integer quota, transfer values of five places, cut off once; equals are told
// apart by the latest earlier stage at which they differed, else by lot.
func (s *transferable) scotland() error {
	s.quota = s.int(s.valid/int64(s.seats+1) + 1) // rule 46
	s.firsts()                                    // 45
	s.record(Begin, "")
	for {
		s.atQuota(false, always(pending)) // 47
		if s.complete() {
			break
		}
		s.newRound()
		s.surplus = s.over(s.in(pending))
		if waiting := s.in(pending); len(waiting) > 0 { // 48, 49
			c, err := s.pickEarlier(ToSurplus, s.extreme(waiting, s.vote, 1), 1)
			if err != nil {
				return err
			}
			s.state[c] = elected
			s.record(Next, "", c)
			s.record(Surplus, s.text(s.transferSurplus(c, true)), c)
			continue
		}
		if list := s.hopefuls(); len(list) > 0 { // 50, 51
			c, err := s.pickEarlier(ToDefeat, s.extreme(list, s.vote, -1), -1)
			if err != nil {
				return err
			}
			s.defeat(c, Defeat)
			s.transfer(c)
			s.record(Transfer, "", c)
		}
		if s.complete() {
			break
		}
	}
	s.finish() // 52
	return nil
}

// pickEarlier tells equals apart by the latest earlier stage at which one of them alone had most (1) or fewest (-1) votes.
func (s *transferable) pickEarlier(purpose string, equals []int, sign int) (int, error) {
	for n := len(s.started) - 1; n >= 0 && len(equals) > 1; n-- {
		if one := s.extreme(equals, s.started[n], sign); len(one) == 1 {
			s.record(Earlier, "", append([]int{one[0]}, equals...)...)
			return one[0], nil
		}
	}
	return s.pick(purpose, equals)
}

// minneapolis is chapter 167 of the Minneapolis (Minnesota) Code of Ordinances, § 167.20 and
// § 167.70, without its write-in candidates: integer threshold, four places, all who cannot win are out at once.
func (s *transferable) minneapolis() error {
	s.quota = s.int(s.valid/int64(s.seats+1) + 1)
	s.firsts()
	s.newRound()
	total := func() { // every candidate's surplus, elected or not
		s.surplus = s.int(0)
		for c := range s.vote {
			if s.state[c] != withdrawn && s.cmp(s.vote[c], s.quota) > 0 {
				s.surplus = s.add(s.surplus, s.sub(s.vote[c], s.quota))
			}
		}
	}
	for {
		total() // § 167.70(c)(1) a, b
		s.record(Standing, "")
		reached := slices.DeleteFunc(s.byVote(s.hopefuls()), func(c int) bool { return s.cmp(s.vote[c], s.quota) < 0 })
		slices.Reverse(reached)
		if s.left() <= len(reached) {
			for _, c := range reached {
				s.elect(c, elected, Elect)
			}
			break
		}
		s.newRound()
		if lost := s.cannotWin(); len(lost) > 0 { // c
			for _, c := range lost {
				s.defeat(c, DefeatSure)
			}
			s.transfer(lost...)
			total()
			s.record(Transfer, "", lost...)
			continue
		}
		if len(reached) > 0 { // d
			c, err := s.pick(ToSurplus, s.extreme(reached, s.vote, 1))
			if err != nil {
				return err
			}
			s.elect(c, elected, Elect)
			surplus := s.transferSurplus(c, false)
			total()
			s.record(Surplus, s.text(surplus), c)
			continue
		}
		if len(s.hopefuls()) > s.left() { // e
			c, err := s.pick(ToDefeat, s.extreme(s.hopefuls(), s.vote, -1))
			if err != nil {
				return err
			}
			s.defeat(c, Defeat)
			if len(s.hopefuls()) > s.left() {
				s.transfer(c)
				total()
				s.record(Transfer, "", c)
			}
		}
		if len(s.hopefuls()) <= s.left() { // f
			break
		}
	}
	s.finish()
	return nil
}

// cannotWin are the candidates for whom it is mathematically impossible to be elected (§ 167.20).
func (s *transferable) cannotWin() []int {
	list := s.byVote(s.hopefuls())
	sum := s.surplus
	var lost []int
	for i := 0; i+1 < len(list) && i+1 <= len(list)-s.left(); i++ {
		sum = s.add(sum, s.vote[list[i]])
		if s.cmp(sum, s.vote[list[i+1]]) < 0 {
			lost = slices.Clone(list[:i+1])
		}
	}
	slices.Sort(lost)
	return lost
}

// california is choice voting of the Californians for Electoral Reform, a draft of sections 10050 to 10059 for the Elections
// Code of California: quota with five places, all surpluses of a round transferred in it; with
// batch its optional subdivision (k).
func (s *transferable) california(batch bool) error {
	s.quota = s.add(s.div(s.int(s.valid), s.int(int64(s.seats+1))), s.epsilon())
	s.firsts()
	s.record(Begin, "")
	for {
		s.newRound()
		if s.round == 1 && len(s.hopefuls()) <= s.seats { // (c)
			break
		}
		s.atQuota(false, func(c int) byte { // (d)
			if s.cmp(s.vote[c], s.quota) > 0 {
				return pending
			}
			return elected
		})
		if s.left() <= 0 { // (e)
			break
		}
		var out []int
		if batch { // (f)
			out = s.batchK()
			for _, c := range out {
				s.defeat(c, DefeatSure)
			}
		}
		waiting := s.in(pending)
		switch {
		case len(out) > 0:
		case len(waiting) > 0: // (g)
			for _, c := range waiting {
				s.state[c] = elected
				s.record(Next, "", c)
				s.record(Surplus, s.text(s.transferSurplus(c, false)), c)
			}
		default: // (h)
			c, err := s.pick(ToDefeat, s.extreme(s.hopefuls(), s.vote, -1))
			if err != nil {
				return err
			}
			s.defeat(c, Defeat)
			out = []int{c}
		}
		if len(out) > 0 { // (i)
			if len(s.hopefuls()) <= s.left() {
				for _, c := range s.in(pending) {
					s.state[c] = elected
					s.record(ElectRemaining, s.text(s.vote[c]), c)
				}
				break
			}
			s.transfer(out...)
			s.record(Transfer, "", out...)
		}
	}
	s.finish()
	return nil
}

// batchK is the largest set that subdivision (k) lets be defeated together.
func (s *transferable) batchK() []int {
	surplus := s.over(s.in(pending))
	list := s.byVote(s.hopefuls())
	var set []int
	filled := s.seats - s.left()
	for i := 0; i+1 < len(list); i++ {
		trial, next := list[:i+1], list[i+1]
		stay := len(list) - len(trial)
		if stay+filled < s.seats { // (1)
			break
		}
		votes := s.sum(trial, s.vote)
		reach := s.add(votes, surplus)
		if s.cmp(reach, s.vote[next]) >= 0 { // (2)
			continue
		}
		gap := s.sub(s.quota, s.vote[list[len(list)-1]])
		if filled+1 == s.seats || stay+filled == s.seats || s.cmp(reach, gap) < 0 || // (3) A, B, C
			s.zero(surplus) && s.cmp(s.sub(votes, s.vote[list[i]]), gap) < 0 { // D
			set = slices.Clone(trial)
		}
	}
	slices.Sort(set)
	return set
}
