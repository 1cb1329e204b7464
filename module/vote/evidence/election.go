package evidence

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"bayyina/core/ballot"
	"bayyina/core/credential"
	"bayyina/core/mix"
	"bayyina/core/tally"
	"bayyina/core/trustee"
	"bayyina/platform/ledger/read"
)

// step is how far an election has come. Entries move it forward one by one.
type step int

const (
	named     step = iota // entries name it, but it is not set up
	setUp                 // the commission decided to hold it
	opened                // ballots are accepted
	closed                // no more ballots
	tallied               // the encrypted tally is there
	shuffled              // as many shuffles as promised are there, or none is needed
	decrypted             // at least one partial decryption is there
	resulted              // the result is there
	certified
)

// String is the entry that brings the step, as messages call it.
func (s step) String() string {
	return [...]string{"", "vote.setup", "vote.open", "vote.close", "vote.tally", "vote.shuffle", "vote.decryption", "vote.result", "vote.certify"}[s]
}

// said is what an entry said, and where: what is kept of it.
type said[B any] struct {
	Sequence int64
	Time     time.Time
	SignedBy []string
	Faults   []read.Fault // of its envelope
	Body     B
}

func heard[B any](entry *read.Entry, b B) said[B] {
	return said[B]{entry.Sequence, entry.Time, slices.Clone(entry.SignedBy), slices.Clone(entry.Faults), b}
}

// election is one election as far as the log has told it. The exported fields
// are its state; the others are read again from attachments when they are needed.
type election struct {
	UUID     string
	Step     step
	Findings map[string]*finding
	// Obstacle says why nothing can be computed although the election is set up:
	// its set-up is refused, or of a kind that this version does not check.
	Obstacle *read.Message

	Credentials []said[Credentials]
	Commitments []said[Commitment]
	Trustees    []said[Trustees]

	Setup      *said[Setup]
	Definition []byte // the election record: small, and reports show its texts
	Names      []string
	Figures    SetupData

	Open    *said[Open]
	Box     box
	Batches batches
	Sum     sumState

	Tally       *said[Tally]
	TallyUnread bool // there is no tally to judge decryptions and result by
	Shuffles    []mixed
	Mixed       int64 // proofs of shuffles checked
	Decryptions []partial
	Factors     int64 // proofs of decryption checked
	Result      *said[Result]
	Outcome     tally.Result // as recomputed
	Certified   *said[Certify]
	CertifiedAs int                     // version of the result; 0 where there are no rules of complaints
	Counts      map[int]map[int]counted // seats said, by version and question, both from 1
	Thrown      map[int]string          // seeds of dice, by question
	Disputes    *disputes               // nil where there are no rules of complaints
	Incomplete  bool                    // the archive cannot be made: something is missing
	Acts        []Act

	rules     *rules
	sum       *tally.Sum      // nil without rules; then Sum has its numbers
	published tally.Encrypted // with what the last shuffle gave
	archive   *projection
	export    io.Writer
}

// rules are what ballots, tally and decryptions are checked against.
type rules struct {
	election    *ballot.Election
	credentials *credential.List
	trustees    *trustee.Trustees
	mixing      *mix.Mixnet
}

func newElection(uuid string) *election {
	return &election{UUID: uuid, Findings: make(map[string]*finding)}
}

// turn moves the election to the next step, if it is that step's turn. A step
// out of order is a fault and changes nothing.
func (e *election) turn(claim string, entry *read.Entry, to step) bool {
	from := to - 1
	switch {
	case e.Step == from:
		e.Step = to
	case e.Step < from:
		e.against(claim, entry, "vote-order", args{"Step": to.String(), "Missing": (e.Step + 1).String()}, nil)
		return false
	case to == decrypted && e.Step == decrypted: // one trustee after the other
	case to == decrypted:
		e.against(claim, entry, "vote-order-late", args{"Step": to.String(), "After": e.Step.String()}, nil)
		return false
	default:
		e.against(claim, entry, "vote-twice", args{"Step": to.String()}, nil)
		return false
	}
	e.envelope(claim, entry.Faults)
	return true
}

// attachment reads an attachment. If the log does not have it as named, or it is too
// large, that is a fault, and ok is false.
func (e *election) attachment(ctx context.Context, log read.Log, claim string, entry *read.Entry,
	a read.Attachment, limit int64,
) (data []byte, ok bool, err error) {
	data, fault, err := fetch(ctx, log, a, limit)
	if fault != nil {
		e.against(claim, entry, "vote-attachment", args{"Attachment": a.SHA256}, fault)
	}
	return data, fault == nil && err == nil, err
}

// isHash says whether text is 64 lower-case hexadecimal digits.
func isHash(text string) bool {
	return len(text) == 64 && strings.Trim(text, "0123456789abcdef") == ""
}

// fetch reads an attachment. It tells what is wrong with the log (fault) from what
// went wrong while reading it.
func fetch(ctx context.Context, log read.Log, a read.Attachment, limit int64) (data []byte, fault, err error) {
	if !isHash(a.SHA256) { // then it is no attachment at all, and nobody checked it
		return nil, fmt.Errorf("its hash is %.80q", a.SHA256), nil
	}
	if a.Size > limit {
		return nil, fmt.Errorf("%d bytes, at most %d are allowed", a.Size, limit), nil
	}
	data, err = log.Attachment(ctx, a, limit)
	switch {
	case err == nil:
		return data, nil, nil
	case errors.Is(err, read.ErrMissing) || errors.Is(err, read.ErrDamaged):
		return nil, err, nil
	}
	return nil, nil, fmt.Errorf("attachment %s: %w", a.SHA256, err)
}

// load reads the rules again after a restore. It returns nil rules where there
// is an obstacle.
func (e *election) load(ctx context.Context, log read.Log) (*rules, error) {
	if e.rules != nil || e.Obstacle != nil || e.Setup == nil {
		return e.rules, nil
	}
	list, err := log.Attachment(ctx, e.Setup.Body.Credentials, MaxCredentials)
	if err != nil {
		return nil, fmt.Errorf("credentials of %s: %w", e.UUID, err)
	}
	record, err := log.Attachment(ctx, e.Setup.Body.Trustees, MaxTrustees)
	if err != nil {
		return nil, fmt.Errorf("trustees of %s: %w", e.UUID, err)
	}
	r := new(rules)
	if r.election, err = ballot.ParseElection(e.Definition); err != nil {
		return nil, fmt.Errorf("definition of %s: %w", e.UUID, err)
	}
	if r.credentials, err = credential.ParseList(r.election.Group(), list); err != nil {
		return nil, fmt.Errorf("credentials of %s: %w", e.UUID, err)
	}
	if r.trustees, err = trustee.Parse(r.election.Group(), record); err != nil {
		return nil, fmt.Errorf("trustees of %s: %w", e.UUID, err)
	}
	if e.sum, err = e.Sum.restore(r.election); err != nil {
		return nil, err
	}
	e.rules = r
	return r, nil
}
