package mirror

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"bayyina/platform/ledger/read"
)

// PromiseStatus is where a promise stands.
type PromiseStatus struct {
	Promise *read.Promise
	Kept    bool
	Entry   int64 // that keeps it
}

// watched is a promise and what is known of it.
type watched struct {
	promise *read.Promise
	genuine bool  // a receipt key of the log signed it
	next    int64 // entry from which on it has not been looked for
	kept    bool
	entry   int64
}

// kindBallot is the kind of entry that keeps a promise (docs/PROTOCOL.md
// sections 9 and 10).
const kindBallot = "vote.ballot/1"

// checkPromises looks for what the promises promise in the entries that are new,
// and raises an alarm on those whose deadline has passed in vain.
func (m *Mirror) checkPromises(ctx context.Context, witnessed time.Time) ([]PromiseStatus, error) {
	var broken []*watched
	status := make([]PromiseStatus, len(m.watch))
	for _, w := range m.watch {
		if !w.genuine {
			if _, err := m.state.At.History.CheckPromise(w.promise); err != nil {
				return nil, err
			}
			w.genuine = true
		}
	}
	for i, w := range m.watch {
		if err := m.look(ctx, w); err != nil {
			return nil, fmt.Errorf("the mirror's own files: %w", err)
		}
		status[i] = PromiseStatus{Promise: w.promise, Kept: w.kept, Entry: w.entry}
		if !w.kept && witnessed.After(w.promise.Deadline.Add(read.Tolerance)) {
			broken = append(broken, w)
		}
	}
	if len(broken) == 0 {
		return status, nil
	}
	p := broken[0].promise
	a := alarm(Broken, "%d promises broken; the first: the ballot %s, promised by %s, is not among the %d entries that were witnessed at %s",
		len(broken), p.Tracker, p.Deadline.Format(time.RFC3339), m.state.Checkpoint.Size, witnessed.UTC().Format(time.RFC3339))
	files := map[string][]byte{"checkpoint": m.state.Checkpoint.Raw}
	for i, w := range broken {
		files[fmt.Sprintf("promise-%d.txt", i+1)] = w.promise.Raw
	}
	if err := m.keepEvidence(a, files); err != nil {
		return nil, errors.Join(a, err)
	}
	return nil, a
}

// look reads on in the mirror until a promise is kept.
func (m *Mirror) look(ctx context.Context, w *watched) error {
	size := m.state.Checkpoint.Size
	for !w.kept && w.next < size {
		n := w.next / read.TileWidth
		bundle, err := read.ReadBundle(ctx, m.own, n, size)
		if err != nil {
			return err
		}
		for i, raw := range bundle[w.next%read.TileWidth:] {
			if w.kept, err = m.keeps(ctx, w.promise, n, len(bundle) == read.TileWidth, raw); err != nil {
				return err
			}
			if w.kept {
				w.entry = w.next + int64(i)
				return nil
			}
		}
		w.next = n*read.TileWidth + int64(len(bundle))
	}
	return nil
}

// keeps tells whether an entry keeps a promise: it holds the ballot, or another one
// of the same credential that entered after the promise was made and that no promise
// shows to be an earlier one.
func (m *Mirror) keeps(ctx context.Context, p *read.Promise, bundle int64, full bool, raw []byte) (bool, error) {
	if !bytes.Contains(raw, []byte(kindBallot)) || !bytes.Contains(raw, []byte(p.Election)) {
		return false, nil
	}
	e, err := read.ParseEntry(raw)
	if err != nil || e.Statement.Kind != kindBallot || e.Time.After(p.Deadline) {
		return false, nil // a malformed entry keeps nothing
	}
	var body struct {
		Election string          `json:"election"`
		Ballot   read.Attachment `json:"ballot"`
	}
	if err := read.DecodeBody(e.Statement.Body, &body); err != nil || body.Election != p.Election {
		return false, nil
	}
	if body.Ballot.SHA256 == p.Tracker {
		return true, nil
	}
	earlier := slices.ContainsFunc(m.watch, func(w *watched) bool {
		return w.promise.Tracker == body.Ballot.SHA256 && p.Follows(w.promise)
	})
	if earlier || !e.Time.After(p.Issued) || body.Ballot.Size > maxBallot {
		return false, nil
	}
	ballot, err := read.ReadAttachment(ctx, m.own, bundle, full, body.Ballot)
	if err != nil {
		return false, err
	}
	var by struct {
		Credential string `json:"credential"`
	}
	return json.Unmarshal(ballot, &by) == nil && by.Credential == p.Credential, nil
}

// maxBallot is the size limit of a ballot (docs/PROTOCOL.md section 12).
const maxBallot = 1 << 20
