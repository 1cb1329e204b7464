package web

import (
	"time"

	"bayyina/platform/ledger/read"
)

// Evidence is what stands under a public number: the claims on which it rests, as this
// server itself recomputed them, up to where, and how anybody checks them.
type Evidence struct {
	Claims    []read.Claim
	Size      int64     // entries of the log that were recomputed
	Witnesses int64     // that cosigned the log at this size
	AsOf      time.Time // witnessed time; zero where nobody says
	Command   string    // that recomputes it
}

// Verdict is False if any claim is, True if all are, and else NotShown.
func (e Evidence) Verdict() read.Verdict {
	all := read.True
	for _, c := range e.Claims {
		switch {
		case c.Verdict == read.False:
			return read.False
		case c.Verdict != read.True:
			all = read.NotShown
		}
	}
	if len(e.Claims) == 0 {
		return read.NotShown
	}
	return all
}

// verdictWord names a verdict in ids of messages and classes of styles.
func verdictWord(v read.Verdict) string {
	switch v {
	case read.True:
		return "true"
	case read.False:
		return "false"
	}
	return "unshown"
}
