package main

import (
	"encoding/hex"
	"slices"

	"bayyina/core/ballot"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/ledger/replay"
)

// promises are what the server handed out, and must keep: to voters, and to those who complain.
type promises struct {
	ballots    []*read.Promise
	complaints []*read.Acknowledgement
}

// add reads a promise, or an acknowledgement of a complaint.
func (l *promises) add(raw []byte) error {
	if a, err := read.ParseAcknowledgement(raw); err == nil {
		l.complaints = append(l.complaints, a)
		return nil
	}
	p, err := read.ParsePromise(raw)
	if err == nil {
		l.ballots = append(l.ballots, p)
	}
	return err
}

// check judges promises, each in a claim of its own. One that no key of the log made is nobody's, and says nothing
// about the server.
func (l promises) check(elections *evidence.Judge, found *replay.Report) []read.Claim {
	var nobodys []read.Claim
	nobody := func(id, election string, values map[string]any) {
		nobodys = append(nobodys, read.Claim{
			ID: id, Subject: election, Says: read.Message{ID: id + ".says", Args: values},
			How: read.Message{ID: "verify.promise.nobody", Args: map[string]any{"Origin": found.Origin}},
		})
	}
	var genuine promises
	for _, p := range l.ballots {
		if _, err := found.Keys.CheckPromise(p); err == nil {
			genuine.ballots = append(genuine.ballots, p)
			continue
		}
		nobody("vote.promise", p.Election, map[string]any{"Tracker": tracker(p.Tracker), "Deadline": p.Deadline})
	}
	for _, a := range l.complaints {
		if _, err := found.Keys.CheckAcknowledgement(a); err == nil {
			genuine.complaints = append(genuine.complaints, a)
			continue
		}
		nobody("vote.acknowledgement", a.Election, map[string]any{"Number": a.Number, "Deadline": a.Deadline})
	}
	return slices.Concat(elections.CheckPromises(genuine.ballots, found.AsOf), elections.CheckAcknowledgements(genuine.complaints, found.AsOf), nobodys)
}

// tracker is the tracker of a ballot whose SHA-256 is given in 64 hex digits.
func tracker(digits string) string {
	var hash [32]byte
	if n, err := hex.Decode(hash[:], []byte(digits)); err != nil || n != len(hash) {
		return digits
	}
	return ballot.TrackerOf(hash)
}
