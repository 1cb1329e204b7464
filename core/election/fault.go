package election

import (
	"errors"
	"fmt"
	"strings"

	"bayyina/core/ballot"
	"bayyina/core/tally"
	"bayyina/core/trustee"
)

// Stage is the part of an election that a check belongs to.
type Stage string

// The stages, in the order in which they are checked.
const (
	StageForm        Stage = "archive form" // tar records, names, links between events
	StageOrder       Stage = "order of events"
	StageElection    Stage = "election"
	StageTrustees    Stage = "trustees"
	StageCredentials Stage = "credentials"
	StageBallot      Stage = "ballot"
	StageTally       Stage = "encrypted tally"
	StageShuffle     Stage = "shuffle"
	StageDecryption  Stage = "partial decryption"
	StageResult      Stage = "result"
)

// Fault is the first reason to refuse an election: where, who or what, and why.
// A Fault that wraps ErrUnsupported is no refusal: the election is of a kind
// that this version does not check, and nothing is said about it.
type Fault struct {
	Stage Stage
	// Height is the height of the event in the archive, −1 where there is none.
	Height int64
	// Culprit names what is at fault: "ballot <tracker>", "credential <key>",
	// "trustee 2"; empty where the stage says it all.
	Culprit string
	// Question and Answer count from 1 and are 0 where the fault is not of one.
	Question, Answer int
	// Reason is the check that failed.
	Reason error
}

// Error says all that is known, on one line.
func (f *Fault) Error() string {
	var b strings.Builder
	b.WriteString(string(f.Stage))
	if f.Height >= 0 {
		fmt.Fprintf(&b, ", event %d", f.Height)
	}
	if f.Culprit != "" {
		b.WriteString(", ")
		b.WriteString(f.Culprit)
	}
	fmt.Fprintf(&b, ": %v", f.Reason)
	return b.String()
}

// Unwrap gives the reason, for errors.Is and errors.As.
func (f *Fault) Unwrap() error { return f.Reason }

// At returns err with the height of the event it came from, if it is a Fault
// that has none yet.
func At(height int64, err error) error {
	var f *Fault
	if errors.As(err, &f) && f.Height < 0 {
		placed := *f
		placed.Height = height
		return &placed
	}
	return err
}

// fault makes a Fault that has no height yet.
func fault(stage Stage, culprit string, reason error) error {
	f := &Fault{Stage: stage, Height: -1, Culprit: culprit, Reason: reason}
	var proof *ballot.ProofError
	var factor *trustee.FactorError
	var answer *tally.AnswerError
	switch {
	case errors.As(reason, &proof):
		f.Question, f.Answer = proof.Question, proof.Choice
	case errors.As(reason, &factor):
		f.Question, f.Answer = factor.Question, factor.Answer
	case errors.As(reason, &answer):
		f.Question, f.Answer = answer.Question, answer.Answer
	}
	return f
}
