package tally

import (
	"crypto/sha256"
	"slices"

	"bayyina/core/ballot"
	"bayyina/core/canon"
	"bayyina/core/group"
)

// Sum is the encrypted tally of some ballots, which were all verified. Ballots may be
// taken away again. It is for one goroutine; several sums can be merged.
type Sum struct {
	election *ballot.Election
	added    Encrypted // of the questions that are added up
	// apart has the answers to the questions that are shuffled, by the hash of their text.
	apart   []map[[32]byte]copies
	counted int
	weight  uint64
}

// copies is a ciphertext and how many voters sent it. Two voters who know each other's
// randomness can send the same.
type copies struct {
	ciphertext group.Ciphertext
	n          int
}

// NewSum returns the sum of no ballots.
func NewSum(e *ballot.Election) *Sum {
	return &Sum{election: e, added: NewEncrypted(e), apart: make([]map[[32]byte]copies, len(e.Questions()))}
}

// RestoreSum returns the sum whose tally and summary are given.
func RestoreSum(e *ballot.Election, t Encrypted, summary Summary) *Sum {
	s := NewSum(e)
	s.counted, s.weight = summary.NumTallied, summary.TotalWeight
	for i, q := range e.Questions() {
		if !q.Shuffled() {
			s.added[i] = slices.Clone(t[i])
			continue
		}
		for _, c := range t[i] {
			s.put(i, c, 1)
		}
	}
	return s
}

// Add adds a ballot.
func (s *Sum) Add(b *ballot.Ballot, weight uint64) {
	s.combine(b, weight, group.Ciphertext.Add, 1)
	s.counted++
	s.weight += weight
}

// Remove takes a ballot away that was added before.
func (s *Sum) Remove(b *ballot.Ballot, weight uint64) {
	s.combine(b, weight, group.Ciphertext.Sub, -1)
	s.counted--
	s.weight -= weight
}

func (s *Sum) combine(b *ballot.Ballot, weight uint64, op func(c, d group.Ciphertext) group.Ciphertext, n int) {
	for i, q := range s.election.Questions() {
		for j, c := range b.Answers()[i].Ciphertexts() {
			if q.Shuffled() {
				s.put(i, c, n)
			} else {
				s.added[i][j] = op(s.added[i][j], c.VarTimeMult(weight))
			}
		}
	}
}

// put adds n copies of a ciphertext to those that are shuffled.
func (s *Sum) put(question int, c group.Ciphertext, n int) {
	if s.apart[question] == nil {
		s.apart[question] = make(map[[32]byte]copies)
	}
	key := sha256.Sum256(c.Beta.AppendText(c.Alpha.AppendText(nil)))
	held := copies{c, s.apart[question][key].n + n}
	if s.apart[question][key] = held; held.n == 0 {
		delete(s.apart[question], key)
	}
}

// Merge adds all ballots of another sum.
func (s *Sum) Merge(other *Sum) {
	for i := range s.added {
		for j, c := range other.added[i] {
			s.added[i][j] = s.added[i][j].Add(c)
		}
		for _, held := range other.apart[i] {
			s.put(i, held.ciphertext, held.n)
		}
	}
	s.counted += other.counted
	s.weight += other.weight
}

// Counted is the number of ballots.
func (s *Sum) Counted() int { return s.counted }

// Weight is the weight of all ballots.
func (s *Sum) Weight() uint64 { return s.weight }

// Tally returns the encrypted tally with its summary. Answers to be shuffled are
// sorted, so that their order does not tell when they were cast.
func (s *Sum) Tally() (Encrypted, Summary) {
	t := slices.Clone(s.added)
	for i := range t {
		for _, held := range s.apart[i] {
			for range held.n {
				t[i] = append(t[i], held.ciphertext)
			}
		}
	}
	t = t.normal()
	for i, q := range s.election.Questions() {
		if q.Shuffled() {
			slices.SortFunc(t[i], compare)
		}
	}
	return t, Summary{NumTallied: s.counted, TotalWeight: s.weight, Hash: canon.Hex(t.Bytes(s.election))}
}

// compare orders ciphertexts as Belenios sorts them.
func compare(c, d group.Ciphertext) int {
	if order := c.Alpha.Compare(d.Alpha); order != 0 {
		return order
	}
	return c.Beta.Compare(d.Beta)
}
