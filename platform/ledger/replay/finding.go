package replay

import (
	"slices"

	"bayyina/platform/ledger/read"
)

// args are the values in a message.
type args = map[string]any

// maxFaults bounds the faults that a claim keeps: the first ones. The others are
// counted.
const maxFaults = 20

// finding is what has been found against one claim.
type finding struct {
	Faults []read.Fault `json:"faults,omitempty"`
	More   int64        `json:"more,omitempty"` // faults beyond those kept
}

// fault adds a fault to the claim that it makes false, with its sentence.
func (r *run) fault(f read.Fault, values args) read.Fault {
	f.Says = read.Message{ID: "fault." + f.Code, Args: values}
	claim, ok := claimOf[f.Code]
	switch {
	case ok:
	case f.Sequence == 0:
		claim = claimGenesis
	default:
		claim = claimDecisions
	}
	r.seen.against(claim, f)
	return f
}

func (s *seen) against(claim string, f read.Fault) {
	found := s.Findings[claim]
	if found == nil {
		found = new(finding)
		s.Findings[claim] = found
	}
	if len(found.Faults) == maxFaults {
		found.More++
		return
	}
	found.Faults = append(found.Faults, f)
}

// at puts a fault at an entry.
func at(f read.Fault, e *read.Entry) read.Fault {
	f.Sequence, f.Time, f.Kind, f.SignedBy = e.Sequence, e.Time, e.Statement.Kind, slices.Clone(e.SignedBy)
	return f
}
