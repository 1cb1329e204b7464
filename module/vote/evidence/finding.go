package evidence

import (
	"slices"

	"bayyina/platform/ledger/read"
)

// The claims on one election, in the order in which they are told.
const (
	claimSetup      = "vote.setup"
	claimOpened     = "vote.opened"
	claimBallots    = "vote.ballots"
	claimOnce       = "vote.once"
	claimBatches    = "vote.batches"
	claimClosed     = "vote.closed"
	claimTally      = "vote.tally"
	claimShuffles   = "vote.shuffles"
	claimDecryption = "vote.decryption"
	claimResult     = "vote.result"
	claimCertified  = "vote.certified"
	claimArchive    = "vote.archive"
	claimSeats      = "vote.seats"      // told where the set-up has rules, or somebody says seats
	claimComplaints = "vote.complaints" // told where there are rules of complaints, or somebody acts as if there were
)

var claimOrder = []string{
	claimSetup, claimOpened, claimBallots, claimOnce, claimBatches, claimClosed,
	claimTally, claimShuffles, claimDecryption, claimResult, claimCertified, claimArchive,
}

// maxFaults bounds the faults that a claim keeps: the first ones. The others are
// counted.
const maxFaults = 20

// finding is what has been found against one claim.
type finding struct {
	Faults []read.Fault
	More   int64 // faults beyond those kept
}

func (f *finding) add(fault read.Fault) {
	if len(f.Faults) == maxFaults {
		f.More++
		return
	}
	f.Faults = append(f.Faults, fault)
}

// args are the values in a message.
type args = map[string]any

// newFault describes a fault of an entry. The detail may be nil.
func newFault(entry *read.Entry, code string, values args, detail error) read.Fault {
	fault := read.Fault{
		Code: code, Says: read.Message{ID: "fault." + code, Args: values},
		Sequence: entry.Sequence, Time: entry.Time,
		Kind: entry.Statement.Kind, SignedBy: slices.Clone(entry.SignedBy),
	}
	if detail != nil {
		fault.Detail = detail.Error()
	}
	return fault
}

// against adds a fault of an entry to a claim. The detail may be nil.
func (e *election) against(claim string, entry *read.Entry, code string, values args, detail error) {
	e.finding(claim).add(newFault(entry, code, values, detail))
}

func (e *election) finding(claim string) *finding {
	f := e.Findings[claim]
	if f == nil {
		f = new(finding)
		e.Findings[claim] = f
	}
	return f
}

// envelope carries over what the replay found wrong with an entry: a decision
// without its signatures makes the claim that stands on it false.
func (e *election) envelope(claim string, faults []read.Fault) {
	for _, fault := range faults {
		e.finding(claim).add(fault)
	}
}
