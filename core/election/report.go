package election

import (
	"bayyina/core/tally"
	"bayyina/core/trustee"
)

// Report is what was checked and what came out.
type Report struct {
	Phase      Phase
	UUID, Name string
	Trustees   int // in the flattened list
	// OldTrustees warns of a threshold set-up of before Belenios 2.5.1: which members
	// are of one block, and that they saw the same certificates, is signed by nobody.
	OldTrustees bool
	Credentials int
	Ballots     int    // accepted, with those replaced later
	Hinted      int    // of them, those whose hints saved time
	Counted     int    // voters whose last ballot counts
	TotalWeight uint64 // of the voters that count
	Proofs      int64  // proofs and signatures checked, all right
	// Fingerprints are base-64 SHA-256, as Belenios shows them.
	Fingerprints Fingerprints
	// Tally is what is to be decrypted: the encrypted tally, with what the last shuffle
	// gave in the place of its input; nil before the tally.
	Tally tally.Encrypted
	// Shuffled are the trustees whose shuffle is right, as they came.
	Shuffled []int
	// Decrypted are the trustees whose partial decryption is right, as they came.
	Decrypted []int
	// InvalidDecryptions are wrong partial decryptions of members of threshold
	// blocks that had others. They do not touch the result, and are told all the same.
	InvalidDecryptions []*trustee.OwnerError
	// Result is nil before the end.
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
		r.Counted, r.TotalWeight = v.votes.Sum().Counted(), v.votes.Sum().Weight()
	}
	return &r
}
