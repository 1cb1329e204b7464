package evidence

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"reflect"
	"strconv"

	"bayyina/core/count"
	"bayyina/platform/ledger/read"
)

// counted is what is kept of seats that were said.
type counted struct{ Tied bool }

// agreeRules checks that each rule exists, and is of a question that has no other.
func (e *election) agreeRules(entry *read.Entry, b Setup, r *rules) {
	for i, q := range b.Rules {
		err := q.Rule.Check()
		inOrder := q.Question >= 1 && (i == 0 || q.Question > b.Rules[i-1].Question)
		if r.election != nil && q.Question > len(r.election.Questions()) {
			inOrder = false
		}
		if err != nil || !inOrder {
			e.against(claimSetup, entry, "vote-rules", args{"Question": int64(q.Question)}, err)
			return
		}
	}
}

// seated says whether there is anything to say of seats.
func (e *election) seated() bool {
	return e.Setup != nil && len(e.Setup.Body.Rules) > 0 || e.Findings[claimSeats] != nil
}

// rule is what the set-up fixed for a question, nil where it fixed nothing.
func (e *election) rule(question int) *count.Rule {
	if e.Setup != nil {
		for i := range e.Setup.Body.Rules {
			if q := &e.Setup.Body.Rules[i]; q.Question == question {
				return &q.Rule
			}
		}
	}
	return nil
}

// afterResult refuses what is said of seats before there is a result.
func (e *election) afterResult(entry *read.Entry, what string) bool {
	if e.Step < resulted {
		e.against(claimSeats, entry, "vote-order", args{"Step": what, "Missing": resulted.String()}, nil)
		return false
	}
	e.envelope(claimSeats, entry.Faults)
	return true
}

// Check says whether the seed is written as it must be.
func (b Dice) Check() error {
	seed, err := hex.DecodeString(b.Seed)
	if err != nil || len(seed) == 0 || len(seed) > count.MaxSeed || hex.EncodeToString(seed) != b.Seed {
		return fmt.Errorf("a seed is 1 to %d bytes in lower-case hexadecimal", count.MaxSeed)
	}
	return nil
}

// dice takes the decision on what dice showed. Whoever knew it before the result could have
// chosen by it, and whoever throws twice chooses: neither has an effect.
func (e *election) dice(_ context.Context, _ read.Log, entry *read.Entry, b Dice) error {
	if !e.afterResult(entry, "vote.dice") {
		return nil
	}
	values := args{"Question": int64(b.Question)}
	err := b.Check()
	switch {
	case e.rule(b.Question) == nil:
		e.against(claimSeats, entry, "seats-rule", values, nil)
	case err != nil:
		e.against(claimSeats, entry, "dice-form", values, err)
	case e.Thrown[b.Question] != "":
		e.against(claimSeats, entry, "dice-twice", values, nil)
	default:
		if e.Thrown == nil {
			e.Thrown = make(map[int]string)
		}
		e.Thrown[b.Question] = b.Seed
	}
	return nil
}

// seats judges the seats of a question in the first version of the result.
func (e *election) seats(ctx context.Context, log read.Log, entry *read.Entry, b Seats) error {
	if !e.afterResult(entry, "vote.seats") {
		return nil
	}
	return e.seatsIn(ctx, log, entry, b, Version{Number: 1})
}

// versionSeats judges the seats of a question in a later version.
func (e *election) versionSeats(ctx context.Context, log read.Log, entry *read.Entry, b VersionSeats) error {
	if !e.afterResult(entry, "vote.seats") {
		return nil
	}
	versions := e.versions()
	values := args{"Version": int64(b.Version)}
	switch {
	case b.Version < 2 || b.Version > len(versions):
		e.against(claimSeats, entry, "seats-version", values, nil)
		return nil
	case versions[b.Version-1].Annulled:
		e.against(claimSeats, entry, "seats-annulled", values, nil)
		return nil
	}
	return e.seatsIn(ctx, log, entry, Seats{b.Election, b.Question, b.Rule, b.Dice, b.Seats}, versions[b.Version-1])
}

// seatsIn judges the seats of a question in a version: they are counted again from the result. Seats that stopped at a tie
// are said again once there are dice.
func (e *election) seatsIn(ctx context.Context, log read.Log, entry *read.Entry, b Seats, v Version) error {
	values := args{"Question": int64(b.Question)}
	rule := e.rule(b.Question)
	before, again := e.Counts[v.Number][b.Question]
	switch {
	case rule == nil || !reflect.DeepEqual(*rule, b.Rule):
		e.against(claimSeats, entry, "seats-rule", values, nil)
		return nil
	case again && (!before.Tied || b.Dice == ""):
		e.against(claimSeats, entry, "seats-twice", values, nil)
		return nil
	case b.Dice != e.Thrown[b.Question]:
		e.against(claimSeats, entry, "seats-dice", values, nil)
		return nil
	}
	text, have, err := e.attachment(ctx, log, claimSeats, entry, b.Seats, MaxSeats)
	if err != nil || !have || e.Outcome == nil {
		return err // without a result nothing is shown
	}
	right, err := CountVersion(e.UUID, e.Definition, e.Outcome.Bytes(), QuestionRule{b.Question, *rule}, b.Dice, v)
	if err != nil {
		e.against(claimSeats, entry, "seats-none", values, err)
		return nil
	}
	if e.Counts == nil {
		e.Counts = make(map[int]map[int]counted)
	}
	if e.Counts[v.Number] == nil {
		e.Counts[v.Number] = make(map[int]counted)
	}
	e.Counts[v.Number][b.Question] = counted{right.Tie != nil}
	if want, err := right.Bytes(); err != nil {
		return err
	} else if !bytes.Equal(text, want) {
		e.against(claimSeats, entry, "seats-differ", values, nil)
	}
	return nil
}

// undecided says what is still missing before the seats of the newest version are shown, nil where nothing is.
func (e *election) undecided() *read.Message {
	v := e.newest()
	if v.Annulled {
		return &read.Message{ID: "vote.seats-annulled"}
	}
	for _, q := range e.Setup.Body.Rules {
		values := args{"Question": int64(q.Question)}
		switch c, said := e.Counts[v.Number][q.Question]; {
		case !said:
			return &read.Message{ID: "vote.seats-unsaid", Args: values}
		case c.Tied:
			return &read.Message{ID: "vote.seats-tied", Args: values}
		}
	}
	return nil
}

// CountSeats counts the seats of a question from the election's result. seed is the dice in hex, empty where none were thrown;
// the context of their lots is the election's uuid, a slash and the question's number.
func CountSeats(uuid string, definition, result []byte, q QuestionRule, seed string) (*count.Result, error) {
	return CountVersion(uuid, definition, result, q, seed, Version{Number: 1})
}

// CountVersion is CountSeats in a version of the result: without those who were excluded. Lots are the same in all versions,
// so that nobody's seat changes whom a ruling does not touch.
func CountVersion(uuid string, definition, result []byte, q QuestionRule, seed string, v Version) (*count.Result, error) {
	votes, _, err := count.ParseBelenios(definition, result, q.Question-1)
	if err != nil {
		return nil, err
	}
	exclude(votes, q.Question, v.Excluded)
	dice, err := hex.DecodeString(seed)
	if err != nil {
		return nil, err
	}
	var lots *count.Lots
	if len(dice) > 0 {
		lots = &count.Lots{Seed: dice, Context: uuid + "/" + strconv.Itoa(q.Question)}
	}
	return count.Count(votes, q.Rule, lots)
}
