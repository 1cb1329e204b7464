package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"bayyina/core/ballot"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/ledger/replay"
)

// receiptKeys is a judge that makes no claim: it learns the keys with which the server
// makes promises. A key that left the log still binds, as promises stand outside it.
type receiptKeys struct{ keys []read.Key }

// Kinds lists the kinds that bring keys.
func (*receiptKeys) Kinds() []string { return []string{read.KindGenesis, read.KindKeys} }

// Entries takes the keys that enter. What the replay refused has no effect, but for a
// genesis, of which whatever can be used is used.
func (k *receiptKeys) Entries(_ context.Context, _ read.Log, entries []*read.Entry) error {
	for _, e := range entries {
		var granted []read.KeyGrant
		if e.Statement.Kind == read.KindGenesis && e.Sequence == 0 {
			var body read.Genesis
			if read.DecodeBody(e.Statement.Body, &body) == nil {
				granted = body.Keys
			}
		} else if e.Statement.Kind == read.KindKeys && len(e.Faults) == 0 {
			var body read.KeysChange
			if read.DecodeBody(e.Statement.Body, &body) == nil {
				granted = body.Add
			}
		}
		for _, g := range granted {
			if key, err := read.ParseKey(g.Key); err == nil && g.Role == read.RoleReceipt {
				k.keys = append(k.keys, key)
			}
		}
	}
	return nil
}

// Claims is empty.
func (*receiptKeys) Claims() []read.Claim { return nil }

// State is the keys as a list of verifier keys.
func (k *receiptKeys) State() ([]byte, error) {
	list := make([]string, len(k.keys))
	for i, key := range k.keys {
		list[i] = key.String()
	}
	return json.Marshal(list)
}

// Restore goes back to a state.
func (k *receiptKeys) Restore(state []byte) error {
	var list []string
	if err := json.Unmarshal(state, &list); err != nil {
		return fmt.Errorf("restore the receipt keys: %w", err)
	}
	k.keys = nil
	for _, text := range list {
		key, err := read.ParseKey(text)
		if err != nil {
			return fmt.Errorf("restore the receipt keys: %w", err)
		}
		k.keys = append(k.keys, key)
	}
	return nil
}

// signed says whether a receipt key of the log made the promise.
func (k *receiptKeys) signed(p *read.Promise, origin string) bool {
	if p.Origin != origin {
		return false
	}
	for _, s := range p.Signatures {
		for _, key := range k.keys {
			if key.Made(s) && key.Verify(p.Text, s.Bytes, read.Passkeys{}) == nil {
				return true
			}
		}
	}
	return false
}

// check judges promises, each in a claim of its own. One that no key of the log made is
// nobody's, and says nothing about the server.
func (k *receiptKeys) check(elections *evidence.Judge, promises []*read.Promise, found *replay.Report) []read.Claim {
	var list []read.Claim
	for _, p := range promises {
		if k.signed(p, found.Origin) {
			list = append(list, elections.CheckPromises([]*read.Promise{p}, found.AsOf)...)
			continue
		}
		list = append(list, read.Claim{
			ID: "vote.promise", Subject: p.Election,
			Says: read.Message{ID: "vote.promise.says", Args: map[string]any{"Tracker": tracker(p.Tracker), "Deadline": p.Deadline}},
			How:  read.Message{ID: "verify.promise.nobody", Args: map[string]any{"Origin": found.Origin}},
		})
	}
	return list
}

// tracker is the tracker of a ballot whose SHA-256 is given in 64 hex digits.
func tracker(digits string) string {
	var hash [32]byte
	if n, err := hex.Decode(hash[:], []byte(digits)); err != nil || n != len(hash) {
		return digits
	}
	return ballot.TrackerOf(hash)
}
