// Package tally counts encrypted ballots without opening them, and reads the result
// out of the decrypted sums (Belenios 3.3, src/lib/v1/election.ml): the last ballot of
// each credential counts, times the credential's weight.
package tally

import (
	"fmt"
	"slices"

	"bayyina/core/ballot"
	"bayyina/core/canon"
	"bayyina/core/credential"
	"bayyina/core/group"
)

// ErrShape is wrapped where a tally or a result does not have the form that the
// election's questions ask for.
var ErrShape = ballot.ErrNesting

// Encrypted is an encrypted tally: for each question one ciphertext for each choice,
// which holds how many votes it got; or of a question that is shuffled, the answers of
// all ballots that count.
type Encrypted [][]group.Ciphertext

// NewEncrypted returns the tally of no ballots: neutral ciphertexts, or none.
func NewEncrypted(e *ballot.Election) Encrypted {
	t := make(Encrypted, len(e.Questions()))
	for i, q := range e.Questions() {
		if q.Shuffled() {
			continue
		}
		t[i] = make([]group.Ciphertext, q.Ciphertexts())
		for j := range t[i] {
			t[i][j] = e.Group().NeutralCiphertext()
		}
	}
	return t
}

// Bytes writes the tally of an election as canonical JSON. Its SHA-256 names it in the
// archive.
func (t Encrypted) Bytes(e *ballot.Election) []byte {
	var w canon.Writer
	w.Begin('[')
	for i, list := range t.normal() {
		ballot.WriteNested(&w, e.Questions()[i], len(list), func(j int) { ballot.WriteCiphertext(&w, list[j]) })
	}
	return w.End(']').Bytes()
}

// normal is the same tally with all encodings computed together.
func (t Encrypted) normal() Encrypted {
	var all []*group.Element
	for _, list := range t {
		for _, c := range list {
			all = append(all, c.Alpha, c.Beta)
		}
	}
	all = group.Normalize(all...)
	normal := make(Encrypted, len(t))
	for i, list := range t {
		for range list {
			normal[i] = append(normal[i], group.Ciphertext{Alpha: all[0], Beta: all[1]})
			all = all[2:]
		}
	}
	return normal
}

// maxTallyBytes bounds the text of a tally: about 160 bytes for each choice, or for each
// ballot of a question that is shuffled.
const maxTallyBytes = 256 << 20

// ParseEncrypted reads an encrypted tally of the election.
func ParseEncrypted(e *ballot.Election, data []byte) (Encrypted, error) {
	r := canon.NewReader(data, maxTallyBytes)
	t := make(Encrypted, len(e.Questions()))
	ballot.ReadQuestions(r, e, func(i int, q ballot.Question) {
		ballot.ReadNested(r, q, credential.MaxVoters, func(int) { t[i] = append(t[i], ballot.ReadCiphertext(r, e.Group())) })
	})
	if err := r.End(); err != nil {
		return nil, fmt.Errorf("read encrypted tally: %w", err)
	}
	if err := checkShape(e, t); err != nil {
		return nil, fmt.Errorf("read encrypted tally: %w", err)
	}
	return t, nil
}

// Equal says whether both tallies have the same ciphertexts.
func (t Encrypted) Equal(u Encrypted) bool {
	_, _, differ := t.Difference(u)
	return !differ
}

// Difference finds the first ciphertext that one tally has and the other has not. Both
// numbers count from 1.
func (t Encrypted) Difference(u Encrypted) (question, answer int, differ bool) {
	for i := range max(len(t), len(u)) {
		if i >= len(t) || i >= len(u) {
			return i + 1, 1, true
		}
		for j := range max(len(t[i]), len(u[i])) {
			if j >= len(t[i]) || j >= len(u[i]) || !t[i][j].Equal(u[i][j]) {
				return i + 1, j + 1, true
			}
		}
	}
	return 0, 0, false
}

// Apart returns the answers to the questions that are shuffled: what the first shuffle
// starts from.
func (t Encrypted) Apart(e *ballot.Election) (lists [][]group.Ciphertext) {
	for i, q := range e.Questions() {
		if q.Shuffled() {
			lists = append(lists, t[i])
		}
	}
	return lists
}

// ApartQuestion is the number of the question of which the given list of Apart holds the
// answers. Both count from 1.
func ApartQuestion(e *ballot.Election, list int) int {
	for i, q := range e.Questions() {
		if q.Shuffled() {
			if list--; list == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// WithApart returns the tally with what a shuffle made of those answers in their place:
// what is decrypted.
func (t Encrypted) WithApart(e *ballot.Election, lists [][]group.Ciphertext) Encrypted {
	shuffled := slices.Clone(t)
	for i, q := range e.Questions() {
		if q.Shuffled() {
			shuffled[i], lists = lists[0], lists[1:]
		}
	}
	return shuffled
}

// checkShape compares the number of values for each question with the election. Any
// number of ballots may have been shuffled.
func checkShape[T any, L ~[][]T](e *ballot.Election, values L) error {
	if len(values) != len(e.Questions()) {
		return fmt.Errorf("%w: %d questions, not %d", ErrShape, len(values), len(e.Questions()))
	}
	for i, q := range e.Questions() {
		if !q.Shuffled() && len(values[i]) != q.Ciphertexts() {
			return fmt.Errorf("%w: question %d: %d choices, not %d", ErrShape, i+1, len(values[i]), q.Ciphertexts())
		}
	}
	return nil
}

// Summary is the payload of the archive's EncryptedTally event.
type Summary struct {
	NumTallied  int    // credentials that voted
	TotalWeight uint64 // their weight
	Hash        string // hexadecimal SHA-256 of the encrypted tally
}

// Bytes writes the summary as canonical JSON.
func (s Summary) Bytes() []byte {
	var w canon.Writer
	w.Begin('{').Key("num_tallied").Int(int64(s.NumTallied)).Key("total_weight").Weight(s.TotalWeight)
	return w.Key("encrypted_tally").String(s.Hash).End('}').Bytes()
}

// ParseSummary reads a summary.
func ParseSummary(data []byte) (s Summary, err error) {
	r := canon.NewReader(data, 1000)
	r.Literal(`{"num_tallied":`)
	s.NumTallied = int(r.Int(credential.MaxVoters))
	r.Literal(`,"total_weight":`)
	s.TotalWeight = r.Weight(credential.MaxTotalWeight)
	r.Literal(`,"encrypted_tally":`)
	s.Hash = string(r.Plain())
	r.Literal("}")
	if err := r.End(); err != nil {
		return Summary{}, fmt.Errorf("read summary of the tally: %w", err)
	}
	if len(s.Hash) != 64 {
		return Summary{}, fmt.Errorf("read summary of the tally: hash of %d characters, not 64", len(s.Hash))
	}
	return s, nil
}
