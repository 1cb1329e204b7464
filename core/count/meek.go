package count

import "slices"

// meek is Meek's method: every elected choice keeps the part of each vote that leaves it just the quota, found by
// iteration, and defeated choices keep nothing, as if they had never stood (Hill, Wichmann, Woodall,
// "Algorithm 123: Single transferable vote by Meek's method", 1987). In Warren's variant a choice keeps a fixed amount
// of each vote instead of a proportion (Warren, Voting matters 1, 1994).
//
// omega is the surplus, a power 10^-n, at which an iteration may end. With reference the rule is
// the Proportional Representation Foundation's for Meek (prfound.org), whose paragraphs are noted: products are rounded
// up. Without, sure losers are defeated together.
type meek struct {
	*transferable
	omega     number
	warren    bool
	reference bool
}

// maxFraction bounds the denominators of exact fractions, in bits: each iteration can double them.
const maxFraction = 1 << 13

// How an iteration ends.
const (
	byElection = "elected"
	bySurplus  = "omega"
	byLosers   = "batch"
	byRest     = "stable" // the surplus no longer falls
)

func (m *meek) count() error {
	m.keep = make([]number, len(m.vote)) // A
	for c := range m.keep {
		m.keep[c] = m.int(0)
		if m.state[c] == hopeful {
			m.keep[c] = m.int(1)
		}
	}
	m.quota = m.quotaOf(m.int(m.valid))
	m.firsts()
	m.record(Begin, "")
	for !m.complete() { // B.1
		m.newRound()
		ended, losers, err := m.iterate()
		if err != nil {
			return err
		}
		if !m.reference {
			m.record(Settle, ended)
		}
		switch {
		case ended == byElection:
			continue
		case ended == byLosers:
			for _, c := range losers {
				m.out(c, DefeatSure)
			}
			continue
		}
		list := m.hopefuls() // B.3
		low := list[0]
		for _, c := range list {
			if m.less(m.vote[c], m.vote[low]) {
				low = c
			}
		}
		reach := m.add(m.vote[low], m.surplus)
		c, err := m.pick(ToDefeat, slices.DeleteFunc(list, func(c int) bool { return m.cmp(reach, m.vote[c]) < 0 }))
		if err != nil {
			return err
		}
		m.out(c, Defeat)
	}
	for _, c := range m.hopefuls() { // C
		if m.left() > 0 {
			m.elect(c, elected, ElectRemaining)
		} else {
			m.out(c, DefeatRemaining)
		}
		if !m.reference {
			m.distribute()
		}
	}
	m.exhausted = m.sub(m.int(m.valid), m.sum(m.in(elected), m.vote))
	return nil
}

// less compares to the last guard digit.
func (m *meek) less(x, y number) bool {
	if m.rational {
		return x.r.Cmp(y.r) < 0
	}
	return x.i.Cmp(y.i) < 0
}

// out defeats a choice, which keeps nothing from now on.
func (m *meek) out(c int, kind string) {
	m.defeat(c, kind)
	m.keep[c], m.vote[c] = m.int(0), m.int(0)
	if !m.reference {
		m.distribute()
	}
}

func (m *meek) quotaOf(votes number) number {
	q := m.div(votes, m.int(int64(m.seats+1)))
	if !m.exact() {
		q = m.add(q, m.epsilon())
	}
	return q
}

// iterate settles the keep factors, and says why it ended (B.2).
func (m *meek) iterate() (ended string, losers []int, err error) {
	last := m.int(m.valid)
	for {
		m.distribute()                                             // B.2.a
		m.quota = m.quotaOf(m.sum(m.in(hopeful, elected), m.vote)) // b
		for _, c := range m.hopefuls() {                           // c
			if d := m.cmp(m.vote[c], m.quota); d > 0 || d == 0 && !m.exact() {
				m.elect(c, elected, Elect)
				ended = byElection
			}
		}
		m.surplus = m.over(m.in(elected)) // d
		if m.reference && m.cmp(m.surplus, m.int(0)) < 0 {
			m.surplus = m.int(0)
		}
		if ended != "" { // e
			return ended, nil, nil
		}
		if d := m.cmp(m.surplus, m.omega); d < 0 || d == 0 && !m.reference {
			return bySurplus, nil, nil
		}
		if m.cmp(m.surplus, last) >= 0 {
			return byRest, nil, nil
		}
		if !m.reference {
			if losers = m.sureLosers(m.surplus); len(losers) > 0 {
				return byLosers, losers, nil
			}
		}
		last = m.surplus
		for _, c := range m.in(elected) { // f
			m.keep[c] = m.divUp(m.mulUp(m.keep[c], m.quota), m.vote[c])
			if m.rational && m.keep[c].r.Denom().BitLen() > maxFraction {
				return "", nil, misfit("its exact fractions grow beyond %d bits; count by the rule with guarded decimals", maxFraction)
			}
		}
	}
}

// distribute shares every vote out by the keep factors.
func (m *meek) distribute() {
	for _, c := range m.in(hopeful, elected) {
		m.vote[c] = m.int(0)
	}
	m.exhausted = m.int(0)
	for i := range m.papers {
		p := &m.papers[i]
		rest := p.count
		if p.ranking != nil {
			weight := m.int(1)
			for _, c := range p.ranking {
				if m.zero(m.keep[c]) {
					continue
				}
				var kept number
				kept, weight = m.split(m.keep[c], weight)
				rest = m.credit(c, kept, p, rest)
				if m.cmp(weight, m.int(0)) <= 0 {
					break
				}
			}
		} else {
			rest = m.share(p, 0, m.int(1), rest)
		}
		m.exhausted = m.add(m.exhausted, rest)
	}
}

// split says what a choice keeps of a vote's weight, and what passes on.
func (m *meek) split(keep, weight number) (kept, rest number) {
	switch {
	case m.warren:
		kept = weight
		if m.cmp(keep, weight) < 0 {
			kept = keep
		}
		return kept, m.sub(weight, kept)
	case m.reference:
		kept = m.mulUp(weight, keep)
		return kept, m.sub(weight, kept)
	}
	return m.mul(weight, keep), m.mul(weight, m.sub(m.int(1), keep))
}

func (m *meek) credit(c int, kept number, p *paper, rest number) number {
	worth := kept
	if p.n != 1 {
		worth = m.ratio(kept, p.count, m.int1(), false)
	}
	m.vote[c] = m.add(m.vote[c], worth)
	return m.sub(rest, worth)
}

// share gives the choices of one rank equal parts, and passes on what each does not keep.
func (m *meek) share(p *paper, rank int, weight, rest number) number {
	if m.zero(weight) || rank >= len(p.ranks) {
		return rest
	}
	var list []int
	for _, c := range p.ranks[rank] {
		if m.state[c] == hopeful || m.state[c] == elected {
			list = append(list, c)
		}
	}
	if len(list) == 0 {
		return rest
	}
	part := m.div(weight, m.int(int64(len(list))))
	for _, c := range list {
		kept, left := m.split(m.keep[c], part)
		rest = m.credit(c, kept, p, rest)
		rest = m.share(p, rank+1, left, rest)
	}
	return rest
}
