package tally

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"bayyina/core/ballot"
	"bayyina/core/credential"
)

var (
	// ErrDuplicate is wrapped where the same text of a ballot comes a second time.
	ErrDuplicate = errors.New("this ballot was cast before")
	// ErrReplaced is wrapped where the ballot that a voter's new one replaces cannot be
	// had again, or is another one.
	ErrReplaced = errors.New("replaced ballot cannot be taken back")
)

// Fetch returns the text of a ballot that was added before, by its SHA-256.
type Fetch func(hash [32]byte) ([]byte, error)

// Accumulator sums up verified ballots as they come, in their order. It keeps 32 bytes
// for each voter and for each ballot and the answers to be shuffled, not the ballots:
// where a voter votes again, the earlier ballot is fetched once more and taken away. It
// is for one goroutine.
type Accumulator struct {
	election *ballot.Election
	list     *credential.List
	fetch    Fetch
	sum      *Sum
	last     [][32]byte // by position of the voter; zero for none
	seen     map[[32]byte]struct{}
}

// NewAccumulator starts the tally of an election.
func NewAccumulator(e *ballot.Election, list *credential.List, fetch Fetch) *Accumulator {
	return &Accumulator{
		election: e, list: list, fetch: fetch, sum: NewSum(e),
		last: make([][32]byte, list.Len()), seen: map[[32]byte]struct{}{},
	}
}

// Add counts a ballot instead of any earlier one of the same credential. After an
// error the tally is as before.
func (a *Accumulator) Add(v ballot.Verified) error {
	b := v.Ballot()
	if b == nil || b.ElectionFingerprint() != a.election.Fingerprint() || v.Voter() >= a.list.Len() ||
		!a.list.At(v.Voter()).Public.Equal(b.Credential()) || a.list.At(v.Voter()).Weight != v.Weight() {
		return fmt.Errorf("%w: not verified against this election and list", ballot.ErrWrongElection)
	}
	hash := b.Hash()
	if _, ok := a.seen[hash]; ok {
		return fmt.Errorf("%w: %s", ErrDuplicate, b.Tracker())
	}
	if earlier := a.last[v.Voter()]; earlier != [32]byte{} {
		old, err := a.refetch(earlier)
		if err != nil {
			return err
		}
		a.sum.Remove(old, v.Weight())
	}
	a.sum.Add(b, v.Weight())
	a.last[v.Voter()] = hash
	a.seen[hash] = struct{}{}
	return nil
}

// refetch gets a ballot again whose hash says that it was verified.
func (a *Accumulator) refetch(hash [32]byte) (*ballot.Ballot, error) {
	text, err := a.fetch(hash)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrReplaced, ballot.TrackerOf(hash), err)
	}
	if sha256.Sum256(text) != hash {
		return nil, fmt.Errorf("%w: another text was given for %s", ErrReplaced, ballot.TrackerOf(hash))
	}
	b, err := ballot.ParseBallot(a.election.Group(), text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrReplaced, err)
	}
	return b, nil
}

// Counts says whether the ballot with this hash is the one that counts for its voter.
func (a *Accumulator) Counts(voter int, hash [32]byte) bool {
	return voter < len(a.last) && a.last[voter] == hash
}

// Sum returns what was added up so far. It must not be changed.
func (a *Accumulator) Sum() *Sum { return a.sum }

// Tally returns the encrypted tally so far with its summary.
func (a *Accumulator) Tally() (Encrypted, Summary) { return a.sum.Tally() }
