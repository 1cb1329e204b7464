// Package report tells what a verification found: as text for a terminal, as one
// JSON object for machines, and as a web page that stands alone, which anybody can
// publish. It judges nothing: the claims with their verdicts come from outside.
package report

import (
	"time"

	"bayyina/platform/ledger/read"
)

// Report is what was found, and of what.
type Report struct {
	Rehearsal bool
	Checked   Checked
	Claims    []read.Claim // on the log itself first, then election by election
	Program   string       // name and version of the program that checked
	Command   string       // that makes this report again
	Made      time.Time
	Took      time.Duration

	// Unchecked says, in English, why nothing could be checked; empty otherwise.
	Unchecked string
}

// Checked says exactly what was checked, so that others can tell whether they hold
// the same.
type Checked struct {
	Location string // folder, file or URL that was read

	// Of a log.
	Name   read.Bilingual // as its genesis says
	Origin string
	Size   int64     // entries
	Root   string    // base64 of the tree's root hash
	AsOf   time.Time // witnessed time of the newest checkpoint
	Policy string    // name of the policy's file; empty without one

	Successor string // origin of the log that goes on where this one was closed
	Previous  string // origin of the log that this one says it succeeds

	Ballots Ballots

	Receipts bool // no log was read: voters' receipts only

	// Of a Belenios archive that stands alone.
	Archive bool
	SHA256  string // hexadecimal
	Bytes   int64
	Last    string // hash of the last event
}

// Ballots is what was checked of ballots, for telling how fast it was.
type Ballots struct {
	Count, Proofs int64 // that are right
	Hinted        int64 // ballots whose hints saved time
}

// Count returns how many claims have the verdict.
func (r *Report) Count(v read.Verdict) int64 {
	var n int64
	for i := range r.Claims {
		if r.Claims[i].Verdict == v {
			n++
		}
	}
	return n
}

// Verdict is False if any claim is, True if all are, and else NotShown.
func (r *Report) Verdict() read.Verdict {
	switch {
	case r.Count(read.False) > 0:
		return read.False
	case r.Count(read.True) == int64(len(r.Claims)) && len(r.Claims) > 0:
		return read.True
	}
	return read.NotShown
}

// verdictMessage is the verdict in one sentence.
func (r *Report) verdictMessage() read.Message {
	id, n := "report.verdict-unshown", r.Count(read.NotShown)
	switch r.Verdict() {
	case read.False:
		id, n = "report.verdict-false", r.Count(read.False)
	case read.True:
		id, n = "report.verdict-true", r.Count(read.True)
	}
	return read.Message{ID: id, Args: map[string]any{"Count": n}}
}

// subtitle says what was done.
func (r *Report) subtitle() read.Message {
	switch {
	case r.Checked.Archive:
		return read.Message{ID: "report.subtitle-archive"}
	case r.Checked.Receipts:
		return read.Message{ID: "report.subtitle-receipts"}
	}
	return read.Message{ID: "report.subtitle", Args: map[string]any{"Count": r.Checked.Size}}
}

// withoutPolicy says whether the claims stand on the log's own word alone.
func (r *Report) withoutPolicy() bool { return !r.Checked.Archive && r.Checked.Policy == "" }

// group is the claims on one subject.
type group struct {
	Subject string // empty for the log, or an archive as such
	Title   read.Bilingual
	Claims  []read.Claim
}

// groups puts the claims together by subject, in the order in which they come.
func (r *Report) groups() []group {
	var list []group
	place := make(map[string]int)
	for _, c := range r.Claims {
		i, known := place[c.Subject]
		if !known {
			i = len(list)
			place[c.Subject] = i
			list = append(list, group{Subject: c.Subject})
		}
		if list[i].Title == (read.Bilingual{}) {
			list[i].Title = c.Title
		}
		list[i].Claims = append(list[i].Claims, c)
	}
	return list
}

// word is the last part of catalogue ids on a verdict.
func word(v read.Verdict) string {
	switch v {
	case read.True:
		return "true"
	case read.False:
		return "false"
	}
	return "unshown"
}
