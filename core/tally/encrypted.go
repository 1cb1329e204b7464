// Package tally counts encrypted ballots without opening them, and reads the result
// out of the decrypted sums (Belenios 3.3, src/lib/v1/election.ml): the last ballot of
// each credential counts, times the credential's weight.
package tally

import (
	"errors"
	"fmt"

	"bayyina/core/ballot"
	"bayyina/core/canon"
	"bayyina/core/credential"
	"bayyina/core/group"
)

// ErrShape is wrapped where a tally or a result does not have the form that the
// election's questions ask for.
var ErrShape = errors.New("does not fit the questions")

// Encrypted is an encrypted tally: for each question one ciphertext for each choice,
// which holds how many votes it got.
type Encrypted [][]group.Ciphertext

// NewEncrypted returns the tally of no ballots: neutral ciphertexts.
func NewEncrypted(e *ballot.Election) Encrypted {
	t := make(Encrypted, len(e.Questions()))
	for i, q := range e.Questions() {
		t[i] = make([]group.Ciphertext, q.Choices())
		for j := range t[i] {
			t[i][j] = e.Group().NeutralCiphertext()
		}
	}
	return t
}

// Bytes writes the tally as canonical JSON. Its SHA-256 names it in the archive.
func (t Encrypted) Bytes() []byte {
	var w canon.Writer
	w.Begin('[')
	for _, list := range t.normal() {
		ballot.WriteCiphertexts(&w, list)
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

// maxTallyBytes bounds the text of a tally: about 150 bytes for each choice.
const maxTallyBytes = 64 << 20

// ParseEncrypted reads an encrypted tally of the election.
func ParseEncrypted(e *ballot.Election, data []byte) (Encrypted, error) {
	r := canon.NewReader(data, maxTallyBytes)
	var t Encrypted
	r.Array(ballot.MaxQuestions, func(int) {
		t = append(t, ballot.ReadCiphertexts(r, e.Group(), ballot.MaxAnswers+1))
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
	if len(t) != len(u) {
		return false
	}
	for i := range t {
		if len(t[i]) != len(u[i]) {
			return false
		}
		for j := range t[i] {
			if !t[i][j].Equal(u[i][j]) {
				return false
			}
		}
	}
	return true
}

// checkShape compares the number of values for each question with the election.
func checkShape[T any, L ~[][]T](e *ballot.Election, values L) error {
	if len(values) != len(e.Questions()) {
		return fmt.Errorf("%w: %d questions, not %d", ErrShape, len(values), len(e.Questions()))
	}
	for i, q := range e.Questions() {
		if len(values[i]) != q.Choices() {
			return fmt.Errorf("%w: question %d: %d choices, not %d", ErrShape, i+1, len(values[i]), q.Choices())
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
