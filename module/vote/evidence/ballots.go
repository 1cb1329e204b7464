package evidence

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"bayyina/core/ballot"
	"bayyina/platform/ledger/read"
)

// ballotsAtOnce bounds how many ballots are in memory at a time. The more there are,
// the less each costs to check.
const ballotsAtOnce = 256

// arrival is a ballot entry on its way into the box.
type arrival struct {
	election *election
	entry    *read.Entry
	body     Ballot
	text     []byte
	ballot   *ballot.Ballot
	verified ballot.Verified
	absent   error // why there is no text
	refusal  error // why it cannot count
}

// ballots verifies a run of ballots on all cores and then accepts them one by one,
// in log order.
func (j *Judge) ballots(ctx context.Context, log read.Log, entries []*read.Entry) error {
	var arrivals []*arrival
	here := make(map[*election][]*arrival) // those that can be verified
	for _, entry := range entries {
		e, b, ok := decode[Ballot](j, entry)
		if !ok {
			continue
		}
		rules, err := e.load(ctx, log)
		if err != nil {
			return err
		}
		a := &arrival{election: e, entry: entry, body: b}
		if a.text, a.absent, err = fetch(ctx, log, b.Ballot, MaxBallot); err != nil {
			return fmt.Errorf("entry %d: %w", entry.Sequence, err)
		}
		arrivals = append(arrivals, a)
		if a.absent == nil && rules != nil {
			here[e] = append(here[e], a)
		}
	}
	for e, list := range here {
		j.verify(e, list)
	}
	for _, a := range arrivals {
		if err := a.election.accept(ctx, log, a); err != nil {
			return fmt.Errorf("entry %d: %w", a.entry.Sequence, err)
		}
	}
	return nil
}

// verify verifies ballots of one election together.
func (j *Judge) verify(e *election, arrivals []*arrival) {
	hints := j.hintsOf(e)
	casts := make([]ballot.Cast, len(arrivals))
	for i, a := range arrivals {
		casts[i] = ballot.Cast{Text: a.text, Hints: hints.Find(fromHex(a.body.Ballot.SHA256))}
	}
	for i, o := range e.rules.election.VerifyAll(rand.Reader, j.workers, casts, e.rules.credentials) {
		a := arrivals[i]
		a.ballot, a.verified, a.refusal = o.Ballot, o.Verified, o.Err
		if o.Err == nil {
			j.checked.Ballots++
			j.checked.Proofs += int64(o.Ballot.Proofs())
		}
		if o.Hinted {
			j.checked.Hinted++
		}
	}
}

// accept puts a ballot into the box, and into the sum if it counts.
func (e *election) accept(ctx context.Context, log read.Log, a *arrival) error {
	e.envelope(claimBallots, a.entry.Faults)
	if e.Step != opened {
		code := "vote-order"
		values := args{"Step": "vote.ballot", "Missing": (e.Step + 1).String()}
		if e.Step > opened {
			code, values = "ballot-after-close", args{"Tracker": a.tracker()}
		}
		e.against(claimClosed, a.entry, code, values, nil)
		return nil
	}
	inTime := e.inTime(a)
	e.inBatch(a)
	c := cast{Sequence: a.entry.Sequence, Time: a.entry.Time.Unix(), Size: a.body.Ballot.Size}
	c.Tracker = fromHex(a.body.Ballot.SHA256)
	if a.absent != nil {
		e.against(claimBallots, a.entry, "ballot-attachment", args{"Tracker": a.tracker()}, a.absent)
		e.incomplete()
		e.Box.put(c)
		return nil
	}
	e.project(func(p *projection) error { return p.Ballot(a.text) })
	if e.rules == nil {
		e.Box.put(c)
		return nil
	}
	if a.refusal != nil {
		e.refuse(a)
		e.Box.put(c)
		return nil
	}
	c.Credential = fromHex(CredentialName(a.ballot.Credential()))
	before, revote := e.Box.newest(c.Credential)
	if revote && before.Time == c.Time {
		e.against(claimBatches, a.entry, "batch-credential",
			args{"Tracker": a.tracker(), "Credential": a.ballot.Credential().String(), "Other": before.Sequence}, nil)
	}
	if e.Box.holds(c.Tracker) {
		first := e.Box.casts[e.Box.byTracker[c.Tracker]].Sequence
		e.against(claimOnce, a.entry, "ballot-again", args{"Tracker": a.tracker(), "Other": first}, nil)
		e.Box.put(c)
		return nil
	}
	c.Valid = inTime
	e.Box.put(c)
	e.Box.proofs += int64(a.ballot.Proofs())
	if !c.Valid {
		return nil
	}
	if revote {
		if err := e.replace(ctx, log, before, a.verified.Weight()); err != nil {
			return err
		}
	}
	e.sum.Add(a.ballot, a.verified.Weight())
	return nil
}

// tracker is the ballot's hash as its voter knows it.
func (a *arrival) tracker() string { return trackerOf(a.body.Ballot) }

func trackerOf(a read.Attachment) string {
	if !isHash(a.SHA256) {
		return a.SHA256
	}
	return ballot.TrackerOf(fromHex(a.SHA256))
}

// inTime checks that the ballot was entered while the election was open, and that
// its statement could not have been entered at another time.
func (e *election) inTime(a *arrival) bool {
	o := e.Open.Body
	if s := a.entry.Statement; !s.From.Equal(o.Opens) || !s.Until.Equal(o.Closes) {
		e.against(claimClosed, a.entry, "ballot-window", args{"Tracker": a.tracker()}, nil)
	}
	switch {
	case a.entry.Time.Before(o.Opens):
		e.against(claimClosed, a.entry, "ballot-early", args{"Tracker": a.tracker(), "Opens": o.Opens}, nil)
	case a.entry.Time.After(o.Closes):
		e.against(claimClosed, a.entry, "ballot-late", args{"Tracker": a.tracker(), "Closes": o.Closes}, nil)
	default:
		return true
	}
	return false
}

// batches are the ballots of one time each. The last one may come early.
type batches struct {
	Count int64
	Time  int64       // of the newest, in Unix seconds
	Early *read.Fault // the newest comes too soon after the one before, unless it is the last
}

func (e *election) inBatch(a *arrival) {
	b := &e.Batches
	now := a.entry.Time.Unix()
	if b.Count > 0 && now == b.Time {
		return
	}
	if b.Early != nil {
		e.finding(claimBatches).add(*b.Early)
		b.Early = nil
	}
	if gap := now - b.Time; b.Count > 0 && gap < e.Open.Body.Batch {
		fault := newFault(a.entry, "batch-gap", args{"Seconds": gap, "Batch": e.Open.Body.Batch}, nil)
		b.Early = &fault
	}
	b.Count++
	b.Time = now
}

// refuse names what is wrong with a ballot.
func (e *election) refuse(a *arrival) {
	values := args{"Tracker": a.tracker()}
	if a.ballot != nil {
		values["Credential"] = a.ballot.Credential().String()
	}
	code := "ballot-form"
	var proof *ballot.ProofError
	switch {
	case a.ballot == nil: // it cannot be read
	case errors.As(a.refusal, &proof):
		code = "ballot-bounds"
		values["Question"] = int64(proof.Question)
		if proof.Choice > 0 {
			code, values["Choice"] = "ballot-proof", int64(proof.Choice)
		}
	case errors.Is(a.refusal, ballot.ErrWrongElection):
		code = "ballot-election"
	case errors.Is(a.refusal, ballot.ErrUnknownCredential):
		code = "ballot-stranger"
	case errors.Is(a.refusal, ballot.ErrSignature):
		code = "ballot-signature"
	case errors.Is(a.refusal, ballot.ErrShape):
		code = "ballot-shape"
	}
	e.against(claimBallots, a.entry, code, values, a.refusal)
}
