package main

import (
	"errors"
	"fmt"

	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
)

type planSeatsCmd struct{ planStepFlags }

func (*planSeatsCmd) Help() string {
	return "For the server, when the results are entered: counts the seats of each election by the rules of its set-up and enters them. " +
		"Ties are entered as such (exit code 2); once the commission has decided on dice (bayyina vote plan dice), the same command enters the seats. " +
		"Every step of one election's count is told by bayyina vote seats.\n\n" +
		"Example:\n\n    bayyina vote plan seats plan --data server"
}

func (c *planSeatsCmd) Run(e *env) error {
	undecided := false
	always := func(vote.Status) bool { return false } // repeated, it enters what dice decided since
	err := c.all(e, always, func(r *vote.Registrar, uuid string) (string, error) {
		counts, err := r.Seats(e.ctx, uuid)
		ties := 0
		for _, counted := range counts {
			if counted.Tie != nil {
				ties++
			}
		}
		undecided = undecided || ties > 0
		return fmt.Sprintf(e.tr("questions with a rule: %d, stopped at a tie: %d", "أسئلة لها قاعدة: %d، توقف عند تعادل: %d"), len(counts), ties), err
	})
	if err == nil && undecided {
		err = errUndecided
	}
	return err
}

type planDiceCmd struct {
	planFlags
	Archives string `required:"" placeholder:"DIR" help:"The archives of all elections with their results."`
	Question int    `default:"1" placeholder:"N" help:"The question whose counts stopped at a tie, 1 is the first."`
	Seed     string `required:"" placeholder:"HEX" help:"What the dice showed, as the rules for throwing them say: one throw serves all elections, for each draws its own lots from it."`
	planStatements
}

func (*planDiceCmd) Help() string {
	return "Verifies the archives, counts, and writes the statement vote.dice of each election whose count of that question stops at a tie. " +
		"Two officers and a root key sign them at once.\n\n" +
		"Example:\n\n    bayyina vote plan dice plan --archives archives --question 1 --seed 31415926 --origin log.hnec.example/2026 --statements dice"
}

func (c *planDiceCmd) Run(e *env) error {
	elections, err := c.elections()
	if err != nil {
		return err
	}
	dice := evidence.Dice{Question: c.Question, Seed: c.Seed}
	if err := dice.Check(); err != nil {
		return err
	}
	var tied []vote.Election
	err = eachArchive(c.Archives, elections, func(el *vote.Election, box *vote.Box, _ string) error {
		stops, err := c.stops(el, box)
		if stops {
			tied = append(tied, *el)
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(tied) == 0 {
		return fmt.Errorf("no count of question %d stops at a tie", c.Question)
	}
	return c.write(e, evidence.KindDice, tied, func(el *vote.Election) (any, error) {
		dice.Election = el.Election
		return dice, nil
	})
}

// stops tells whether the count of an election's question stops at a tie.
func (c *planDiceCmd) stops(el *vote.Election, box *vote.Box) (bool, error) {
	if box.Report.Result == nil {
		return false, errors.New("there is no result yet")
	}
	for _, rule := range el.Draft.Rules {
		if rule.Question == c.Question {
			counted, err := evidence.CountSeats(el.Election, box.Election.Bytes(), box.Report.Result.Bytes(), rule, "")
			return err == nil && counted.Tie != nil, err
		}
	}
	return false, nil
}
