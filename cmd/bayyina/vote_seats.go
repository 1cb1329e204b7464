package main

import (
	"errors"
	"fmt"
	"io"

	"bayyina/cmd/bayyina/report"
	"bayyina/core/count"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/locale"
)

type voteSeatsCmd struct {
	Election string `arg:"" help:"The election's name."`
	stepFlags
}

func (*voteSeatsCmd) Help() string {
	return "For the server, when the result is entered: counts the seats of each question that has a rule in the set-up, tells every step, and enters them. " +
		"A tie is entered as such (exit code 2); once the commission has decided on dice (bayyina vote dice), the same command enters the seats.\n\n" +
		"Example:\n\n    bayyina vote seats 8QrCAeS5xbQKAY --data server"
}

// voteSeats is the answer of vote seats.
type voteSeats struct {
	Election string          `json:"election"`
	Counts   []*count.Result `json:"counts"`
}

func (c *voteSeatsCmd) Run(e *env) error {
	answer := voteSeats{Election: c.Election}
	err := c.step(e, func(r *vote.Registrar) (err error) {
		answer.Counts, err = r.Seats(e.ctx, c.Election)
		return err
	})
	if err != nil {
		return err
	}
	if err := e.answer(answer, func(w io.Writer) error {
		l, err := locale.New(e.lang)
		if err != nil {
			return err
		}
		for _, counted := range answer.Counts {
			if err := report.WriteCountText(w, l, (&verifyCmd{}).style(e), counted); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	for _, counted := range answer.Counts {
		if counted.Tie != nil {
			return errUndecided
		}
	}
	return nil
}

type voteDiceCmd struct {
	Election string `required:"" placeholder:"UUID" help:"The election's name."`
	Question int    `default:"1" placeholder:"N" help:"The question whose count stopped at a tie, 1 is the first."`
	Seed     string `required:"" placeholder:"HEX" help:"What the dice showed, as the rules for throwing them say."`
	statementFlags
}

func (*voteDiceCmd) Help() string {
	return "Writes the statement vote.dice, which two officers and a root key sign: what public dice showed, thrown before witnesses after the result was in the log. " +
		"It counts once, and not before the result.\n\n" +
		"Example:\n\n    bayyina vote dice --election 8QrCAeS5xbQKAY --question 1 --seed 31415926 --origin log.hnec.example/2026 --statement dice.txt"
}

func (c *voteDiceCmd) Run(e *env) error {
	if err := checkUUID(c.Election); err != nil {
		return err
	}
	body := evidence.Dice{Election: c.Election, Question: c.Question, Seed: c.Seed}
	if err := body.Check(); err != nil {
		return err
	}
	if err := c.write(e, evidence.KindDice, body); err != nil {
		return err
	}
	return e.answer(body, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, e.tr("Election %s, question %d: dice %s\n", "الانتخاب %s، السؤال %d: القرعة %s\n"), c.Election, c.Question, c.Seed)
		return errors.Join(err, c.tellStatement(e, w))
	})
}
