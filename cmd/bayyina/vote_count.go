package main

import (
	"fmt"
	"io"
	"strings"

	"bayyina/core/ballot"
	"bayyina/core/canon"
	"bayyina/core/tally"
	"bayyina/module/vote"
)

type voteCloseCmd struct {
	Election string `arg:"" help:"The election's name."`
	Without  bool   `help:"Close although accepted ballots did not enter in time because the server was down: their voters' promises are broken, and everybody can see it."`
	stepFlags
}

func (*voteCloseCmd) Help() string {
	return "For the server, when the time is over and the last batch is in the log: says how many ballots were entered.\n\n" +
		"Example:\n\n    bayyina vote close 8QrCAeS5xbQKAY --data server"
}

// voteClosed is the answer of vote close.
type voteClosed struct {
	Election string `json:"election"`
	Ballots  int64  `json:"ballots"`
	Left     int64  `json:"left_behind,omitempty"`
}

func (c *voteCloseCmd) Run(e *env) error {
	answer := voteClosed{Election: c.Election}
	err := c.step(e, func(r *vote.Registrar) (err error) {
		if c.Without {
			answer.Ballots, answer.Left, err = r.CloseWithout(e.ctx, c.Election)
		} else {
			answer.Ballots, err = r.Close(e.ctx, c.Election)
		}
		return err
	})
	if err != nil {
		return err
	}
	return e.answer(answer, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, e.tr("Election %s: closed. Ballots: %d.\n", "الانتخاب %s: أُغلق. عدد الأوراق: %d.\n"), c.Election, answer.Ballots)
		if err == nil && answer.Left > 0 {
			_, err = fmt.Fprintf(w, e.tr("Left behind, each a broken promise: %d.\n", "أوراق لم تدخل، وفي كل منها نكث بوعد: %d.\n"), answer.Left)
		}
		return err
	})
}

type voteTallyCmd struct {
	Election string `arg:"" help:"The election's name."`
	stepFlags
}

func (*voteTallyCmd) Help() string {
	return "For the server: adds up the last ballot of each credential, without opening any. The trustees then get the archive " +
		"(bayyina vote export) and decrypt.\n\n" +
		"Example:\n\n    bayyina vote tally 8QrCAeS5xbQKAY --data server"
}

// voteTally is the answer of vote tally.
type voteTally struct {
	Election string `json:"election"`
	Tally    string `json:"tally"` // SHA-256, base64
}

func (c *voteTallyCmd) Run(e *env) error {
	answer := voteTally{Election: c.Election}
	err := c.step(e, func(r *vote.Registrar) error {
		text, err := r.Tally(e.ctx, c.Election)
		answer.Tally = canon.B64(text)
		return err
	})
	if err != nil {
		return err
	}
	return e.answer(answer, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, e.tr("Election %s: tallied. Tally: %s\n", "الانتخاب %s: فُرز. بصمة الحصيلة: %s\n"), c.Election, answer.Tally)
		return err
	})
}

type voteResultCmd struct {
	Election string `arg:"" help:"The election's name."`
	stepFlags
}

func (*voteResultCmd) Help() string {
	return "For the server, when enough partial decryptions have been entered (bayyina vote enter): computes the result and enters it.\n\n" +
		"Example:\n\n    bayyina vote result 8QrCAeS5xbQKAY --data server"
}

// voteResult is the answer of vote result.
type voteResult struct {
	Election string       `json:"election"`
	Result   tally.Result `json:"result"`
}

func (c *voteResultCmd) Run(e *env) error {
	answer := voteResult{Election: c.Election}
	var definition []byte
	err := c.step(e, func(r *vote.Registrar) (err error) {
		if answer.Result, err = r.Result(e.ctx, c.Election); err != nil {
			return err
		}
		definition, err = r.Definition(e.ctx, c.Election)
		return err
	})
	if err != nil {
		return err
	}
	el, err := ballot.ParseElection(definition)
	if err != nil {
		return err
	}
	return e.answer(answer, func(w io.Writer) error {
		var text strings.Builder
		fmt.Fprintf(&text, e.tr("Election %s: the result is entered.\n", "الانتخاب %s: أُدخلت النتيجة.\n"), c.Election)
		tellResult(e, &text, el, answer.Result)
		_, err := io.WriteString(w, text.String())
		return err
	})
}
