package count

// qpq is quota preferential by quotient (Woodall, Voting matters 17, 2003), whose paragraphs are
// noted, with the multistage variant: after an exclusion the count starts anew.
func (s *transferable) qpq() error {
	s.quotient = make([]number, len(s.vote))
	for c := range s.quotient {
		s.quotient[c] = s.int(0)
	}
	s.quota = s.div(s.int(s.valid), s.int(int64(s.seats+1)))
	s.record(Begin, "")
	restart := true
	for !s.complete() {
		s.newRound()
		if restart {
			restart = false
			for _, c := range s.in(elected) {
				s.state[c] = hopeful
			}
			s.Seats = nil
			for i := range s.papers { // 2.2
				p := &s.papers[i]
				p.at, p.weight = 0, s.int(0)
				s.advance(p)
			}
		}
		s.quotients()
		list := s.hopefuls()
		high := s.extreme(list, s.quotient, 1)
		if s.cmp(s.quotient[high[0]], s.quota) > 0 { // 2.5a
			c, err := s.pick(ToElect, high)
			if err != nil {
				return err
			}
			s.elect(c, elected, Elect)
			weight := s.div(s.int(1), s.quotient[c])
			for i := range s.papers {
				if p := &s.papers[i]; p.top() == c {
					p.weight = weight
					s.advance(p)
				}
			}
			s.record(Surplus, s.text(s.quotient[c]), c)
			continue
		}
		c, err := s.pick(ToDefeat, s.extreme(list, s.quotient, -1)) // 2.5b
		if err != nil {
			return err
		}
		s.defeat(c, Defeat)
		for i := range s.papers {
			if p := &s.papers[i]; p.top() == c {
				s.advance(p)
			}
		}
		s.record(Transfer, "", c)
		restart = true
	}
	s.finish()
	return nil
}

// quotients are votes/(1+elected by them) for each choice, and the quota of the active ballots (2.3, 2.4).
func (s *transferable) quotients() {
	active, inactive := s.int(0), s.int(0)
	have := make([]number, len(s.vote))
	for c := range have {
		have[c] = s.int(1)
		if s.state[c] == hopeful {
			s.vote[c] = s.int(0)
		}
	}
	for _, p := range s.papers {
		fraction := s.ratio(p.weight, p.count, s.int1(), false)
		if c := p.top(); c >= 0 {
			active = s.add(active, p.count)
			have[c] = s.add(have[c], fraction)
			s.vote[c] = s.add(s.vote[c], p.count)
		} else {
			inactive = s.add(inactive, fraction)
		}
	}
	for _, c := range s.hopefuls() {
		s.quotient[c] = s.div(s.vote[c], have[c])
	}
	s.quota = s.div(active, s.sub(s.int(int64(1+s.seats)), inactive))
}
