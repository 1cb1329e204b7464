package count

// instant is instant run-off: while nobody has more than half of the votes that still count,
// the choice with fewest is out and its ballots move on to their next choice.
func (c *counter) instant() error {
	if c.seats != 1 {
		return misfit("instant run-off fills one seat, and %d are to be filled", c.seats)
	}
	return c.transferable(fixed(0), (*transferable).instant, false)
}

func (s *transferable) instant() error {
	s.firsts()
	for {
		s.round++
		list := s.hopefuls()
		active := s.valid - s.exhausted.i.Int64()
		s.quota = s.int(active/2 + 1)
		s.record(Standing, "")
		best := s.extreme(list, s.vote, 1)
		if len(list) == 1 || s.cmp(s.vote[best[0]], s.quota) >= 0 {
			s.elect(best[0], elected, Elect)
			s.finish()
			return nil
		}
		out, err := s.pick(ToDefeat, s.extreme(list, s.vote, -1))
		if err != nil {
			return err
		}
		s.defeat(out, Defeat)
		s.transfer(out)
		s.record(Transfer, "", out)
	}
}
