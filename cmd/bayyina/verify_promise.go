package main

import (
	"encoding/hex"

	"bayyina/core/ballot"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/ledger/replay"
)

// checkPromises judges promises, each in a claim of its own. One that no key of the log
// made is nobody's, and says nothing about the server.
func checkPromises(elections *evidence.Judge, promises []*read.Promise, found *replay.Report) []read.Claim {
	var genuine []*read.Promise
	var nobodys []read.Claim
	for _, p := range promises {
		if _, err := found.Keys.CheckPromise(p); err == nil {
			genuine = append(genuine, p)
			continue
		}
		nobodys = append(nobodys, read.Claim{
			ID: "vote.promise", Subject: p.Election,
			Says: read.Message{ID: "vote.promise.says", Args: map[string]any{"Tracker": tracker(p.Tracker), "Deadline": p.Deadline}},
			How:  read.Message{ID: "verify.promise.nobody", Args: map[string]any{"Origin": found.Origin}},
		})
	}
	return append(elections.CheckPromises(genuine, found.AsOf), nobodys...)
}

// tracker is the tracker of a ballot whose SHA-256 is given in 64 hex digits.
func tracker(digits string) string {
	var hash [32]byte
	if n, err := hex.Decode(hash[:], []byte(digits)); err != nil || n != len(hash) {
		return digits
	}
	return ballot.TrackerOf(hash)
}
