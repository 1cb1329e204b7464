package vote_test

import (
	"errors"
	"strings"
	"testing"

	"bayyina/core/count"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
)

func TestSeatsAreSaidUpToATieAndDecidedByDice(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.rules = []evidence.QuestionRule{{Question: 1, Rule: count.Rule{Name: "plurality"}}}
		w.open()
		w.cast(w.ballot(0, 0))
		w.cast(w.ballot(1, 2))
		w.tick(batch)
		w.at(closes)
		must(w.reg.Close(ctx, w.uuid))
		w.drain()
		if _, err := w.reg.Seats(ctx, w.uuid); !errors.Is(err, vote.ErrTooEarly) {
			t.Errorf("seats without a result: %v", err)
		}
		dice := evidence.Dice{Election: w.uuid, Question: 1, Seed: "31415926"}
		throw := func() error { return w.reg.Enter(ctx, must(w.Say(evidence.KindDice, dice, w.Decision()...))) }
		if err := throw(); !errors.Is(err, vote.ErrTooEarly) {
			t.Errorf("dice before the result: %v", err)
		}
		w.count(1, 3)

		seats := must(w.reg.Seats(ctx, w.uuid))
		w.drain()
		if len(seats) != 1 || seats[0].Tie == nil || len(seats[0].Seats) != 0 {
			t.Fatalf("seats %+v", seats)
		}
		report, _, _ := w.replay()
		undecided := unfinished("vote.certified")
		undecided["vote.seats"] = read.NotShown
		verdicts(t, report, undecided)

		check(t, throw())
		w.drain()
		if err := throw(); err == nil || !strings.Contains(err.Error(), "thrown for it before") {
			t.Errorf("a second throw: %v", err)
		}
		for range 2 { // the second time nothing is said again
			seats = must(w.reg.Seats(ctx, w.uuid))
			w.drain()
		}
		if seats[0].Tie != nil || len(seats[0].Seats) != 1 || len(seats[0].Lots) != 1 {
			t.Errorf("seats %+v", seats[0])
		}
		report, _, _ = w.replay()
		verdicts(t, report, unfinished("vote.certified"))
	})
}
