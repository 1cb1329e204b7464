package election

import (
	"bayyina/core/tally"
	"bayyina/core/trustee"
)

// Report is what was checked and what came out.
type Report struct {
	Phase       Phase
	UUID, Name  string
	Trustees    int // in the flattened list
	Credentials int
	Ballots     int    // accepted, with those replaced later
	Counted     int    // voters whose last ballot counts
	TotalWeight uint64 // of the voters that count
	Proofs      int64  // proofs and signatures checked, all right
	// Fingerprints are base-64 SHA-256, as Belenios shows them.
	Fingerprints Fingerprints
	// Decrypted are the trustees whose partial decryption is right, as they came.
	Decrypted []int
	// InvalidDecryptions are wrong partial decryptions of members of threshold
	// blocks that had others. They do not touch the result, and are told all the same.
	InvalidDecryptions []*trustee.OwnerError
	// Result is the number of votes per question and answer; nil before the end.
	Result tally.Result
}

// Fingerprints name what an election consists of. Tally is empty before the tally.
type Fingerprints struct{ Election, Credentials, Tally string }

// Revotes is the number of ballots that were replaced by a later one.
func (r *Report) Revotes() int { return r.Ballots - r.Counted }

// Report returns what was checked so far.
func (v *Verifier) Report() *Report {
	r := v.report
	if v.votes != nil {
		_, summary := v.votes.Tally()
		r.Counted, r.TotalWeight = summary.NumTallied, summary.TotalWeight
	}
	return &r
}
