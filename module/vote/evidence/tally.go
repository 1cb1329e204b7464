package evidence

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"bayyina/core/ballot"
	"bayyina/core/tally"
	"bayyina/core/trustee"
	"bayyina/platform/ledger/read"
)

// sumState is a sum as kept; the tally is empty where there are no rules to add by.
type sumState struct {
	Tally   []byte
	Counted int64
	Weight  uint64
}

// keepSum puts the sum where a state keeps it.
func (e *election) keepSum() {
	if e.rules != nil {
		encrypted, summary := e.sum.Tally()
		e.Sum = sumState{encrypted.Bytes(e.rules.election), int64(summary.NumTallied), summary.TotalWeight}
	}
}

func (s sumState) restore(e *ballot.Election) (*tally.Sum, error) {
	encrypted, err := tally.ParseEncrypted(e, s.Tally)
	if err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	return tally.RestoreSum(e, encrypted, tally.Summary{NumTallied: int(s.Counted), TotalWeight: s.Weight}), nil
}

// counted is the number of ballots that count, and weight their weight.
func (e *election) counted() int64 {
	if e.sum == nil {
		return e.Sum.Counted
	}
	return int64(e.sum.Counted())
}

func (e *election) weight() int64 {
	if e.sum == nil {
		return int64(e.Sum.Weight)
	}
	return int64(e.sum.Weight())
}

// replace takes away the ballot that a later one of its credential replaces.
func (e *election) replace(ctx context.Context, log read.Log, before cast, weight uint64) error {
	text, err := log.Attachment(ctx, before.attachment(), MaxBallot)
	if err != nil {
		return fmt.Errorf("replaced ballot %s: %w", ballot.TrackerOf(before.Tracker), err)
	}
	b, err := ballot.ParseBallot(e.rules.election.Group(), text)
	if err != nil {
		return fmt.Errorf("replaced ballot %s: %w", ballot.TrackerOf(before.Tracker), err)
	}
	e.sum.Remove(b, weight)
	return nil
}

// tally judges the encrypted tally against the ballots.
func (e *election) tally(ctx context.Context, log read.Log, entry *read.Entry, b Tally) error {
	if !e.turn(claimTally, entry, tallied) {
		return nil
	}
	t := heard(entry, b)
	e.Tally = &t
	defer e.mix() // where nothing is shuffled
	text, haveTally, err := e.attachment(ctx, log, claimTally, entry, b.Tally, MaxTally)
	if err != nil {
		return err
	}
	payload, havePayload, err := e.attachment(ctx, log, claimTally, entry, b.Payload, MaxTally)
	if err != nil {
		return err
	}
	if !haveTally || !havePayload {
		e.incomplete()
	}
	e.project(func(p *projection) error { return p.EncryptedTally(text, payload) })
	rules, err := e.load(ctx, log)
	e.TallyUnread = !haveTally
	if err != nil || rules == nil || !haveTally {
		return err
	}
	if e.published, err = tally.ParseEncrypted(rules.election, text); err != nil {
		e.TallyUnread = true
		e.against(claimTally, entry, "tally-form", nil, err)
		return nil
	}
	encrypted, size := e.sum.Tally()
	if !bytes.Equal(text, encrypted.Bytes(rules.election)) {
		e.against(claimTally, entry, "tally-differs", nil, nil)
	}
	size.Hash = b.Tally.SHA256
	if havePayload && !bytes.Equal(payload, size.Bytes()) {
		e.against(claimTally, entry, "tally-size", args{"Counted": e.counted(), "Weight": e.weight()}, nil)
	}
	return nil
}

// partial is a partial decryption that was entered.
type partial struct {
	Sequence   int64
	Trustee    int
	Decryption read.Attachment
	Correct    bool
}

// decryption judges one trustee's partial decryption of the published tally.
func (e *election) decryption(ctx context.Context, log read.Log, entry *read.Entry, b Decryption) error {
	if !e.turn(claimDecryption, entry, decrypted) {
		return nil
	}
	text, have, err := e.attachment(ctx, log, claimDecryption, entry, b.Decryption, MaxDecryption)
	if err != nil {
		return err
	}
	if !have {
		e.incomplete()
		return nil
	}
	e.project(func(p *projection) error { return p.PartialDecryption(b.Trustee, text) })
	again := e.decrypted(b.Trustee)
	p := partial{Sequence: entry.Sequence, Trustee: b.Trustee, Decryption: b.Decryption}
	defer func() { e.Decryptions = append(e.Decryptions, p) }()
	rules, err := e.load(ctx, log)
	if err != nil || rules == nil {
		return err
	}
	values := args{"Trustee": int64(b.Trustee), "Name": e.name(b.Trustee)}
	switch {
	case b.Trustee < 1 || b.Trustee > len(rules.trustees.Owners):
		e.against(claimDecryption, entry, "decryption-trustee", args{"Trustee": int64(b.Trustee)}, nil)
		return nil
	case again:
		e.against(claimDecryption, entry, "decryption-twice", values, nil)
		return nil
	case e.name(b.Trustee) == "":
		e.against(claimDecryption, entry, "decryption-unnamed", values, nil)
	case !signedBy(entry, e.name(b.Trustee)):
		e.against(claimDecryption, entry, "decryption-signer", values, nil)
	}
	published, err := e.loadPublished(ctx, log)
	if err != nil || published == nil {
		return err
	}
	d, err := rules.trustees.Verify(b.Trustee, text, rules.election, published)
	if err != nil {
		code := "decryption-form"
		var factor *trustee.FactorError
		if errors.As(err, &factor) {
			code = "decryption-proof"
			values["Question"], values["Answer"] = int64(factor.Question), int64(factor.Answer)
		}
		e.against(claimDecryption, entry, code, values, err)
		return nil
	}
	p.Correct = true
	e.Factors += int64(d.Proofs())
	return nil
}

// decrypted says whether a trustee's partial decryption was entered before.
func (e *election) decrypted(owner int) bool {
	for _, d := range e.Decryptions {
		if d.Trustee == owner {
			return true
		}
	}
	return false
}

// loadPublished reads the published tally again after a restore; it is nil where it
// is refused.
func (e *election) loadPublished(ctx context.Context, log read.Log) (tally.Encrypted, error) {
	if e.published != nil {
		return e.published, nil
	}
	text, fault, err := fetch(ctx, log, e.Tally.Body.Tally, MaxTally)
	if fault != nil || err != nil {
		return nil, err // a fault was told when it was entered
	}
	published, err := tally.ParseEncrypted(e.rules.election, text)
	if err != nil {
		return nil, nil // told when it was entered
	}
	e.published, err = e.shufflesApplied(ctx, log, published)
	return e.published, err
}

// result judges the result against the partial decryptions.
func (e *election) result(ctx context.Context, log read.Log, entry *read.Entry, b Result) error {
	if !e.turn(claimResult, entry, resulted) {
		return nil
	}
	r := heard(entry, b)
	e.Result = &r
	text, have, err := e.attachment(ctx, log, claimResult, entry, b.Result, MaxResult)
	if err != nil {
		return err
	}
	if !have {
		e.incomplete()
	}
	e.project(func(p *projection) error { return p.Result(text) })
	rules, err := e.load(ctx, log)
	if err != nil || rules == nil || !have {
		return err
	}
	plain, err := e.combine(ctx, log)
	if errors.Is(err, trustee.ErrTooFew) {
		e.against(claimResult, entry, "result-few", nil, err)
		return nil
	}
	if err != nil || plain == nil {
		return err
	}
	said, err := tally.ParseResult(rules.election, text)
	if err == nil {
		err = said.Check(rules.election, plain, rules.credentials.TotalWeight())
	}
	if err == nil {
		e.Outcome = said
		return nil
	}
	// The right result is worth the work of computing it.
	right, failed := tally.Solve(rules.election, plain, rules.credentials.TotalWeight())
	if failed != nil {
		e.against(claimResult, entry, "result-none", nil, failed)
		return nil
	}
	e.Outcome = right
	numbers, failed := abridged(rules.election, right)
	if failed != nil {
		return failed
	}
	e.against(claimResult, entry, "result-differs", args{"Result": numbers}, err)
	return nil
}

// abridged writes a result without the answers of single ballots, which are too many.
func abridged(e *ballot.Election, r tally.Result) (string, error) {
	list := make([]any, len(r))
	for i, q := range e.Questions() {
		if list[i] = r[i]; q.Shuffled() {
			list[i] = "…"
		}
	}
	text, err := json.Marshal(list)
	return string(text), err
}

// combine decrypts the published tally with the correct partial decryptions.
func (e *election) combine(ctx context.Context, log read.Log) (tally.Decrypted, error) {
	published, err := e.loadPublished(ctx, log)
	if err != nil || published == nil {
		return nil, err
	}
	var list []*trustee.Decryption
	for _, p := range e.Decryptions {
		if !p.Correct {
			continue
		}
		text, err := log.Attachment(ctx, p.Decryption, MaxDecryption)
		if err != nil {
			return nil, fmt.Errorf("partial decryption of trustee %d: %w", p.Trustee, err)
		}
		d, err := e.rules.trustees.Verify(p.Trustee, text, e.rules.election, published)
		if err != nil {
			return nil, fmt.Errorf("partial decryption of trustee %d: %w", p.Trustee, err)
		}
		list = append(list, d)
	}
	return e.rules.trustees.Combine(list, published)
}
