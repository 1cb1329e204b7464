package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"bayyina/cmd/bayyina/report"
	"bayyina/core/count"
	"bayyina/platform/identity"
	"bayyina/platform/locale"
)

// countCmd turns votes into seats.
type countCmd struct {
	File     string `arg:"" help:"The votes: a file .blt, .csv or .json; with --election the result of a Belenios election."`
	Rule     string `required:"" sep:"none" placeholder:"NAME" help:"The rule, by its name, or as a JSON object with what it needs besides."`
	Seats    int    `placeholder:"N" help:"Seats to fill, where neither the votes nor the rule say it."`
	Election string `placeholder:"FILE" help:"The Belenios election (election.json) that FILE is the result of."`
	Question int    `default:"1" placeholder:"N" help:"With --election: the question, 1 is the first."`
	Dice     string `placeholder:"HEX" help:"Public dice, thrown after the votes were fixed: they decide ties."`
	Context  string `placeholder:"TEXT" help:"With --dice: what keeps this count apart from others for which the same dice were thrown."`
	HTML     string `name:"html" placeholder:"FILE" help:"Write the count as one page with pictures, complete in itself, in Arabic and English. An older one is replaced."`
}

func (*countCmd) Help() string {
	return "Counts with exact arithmetic and tells every step. A tie is never broken in silence: the count stops, names who is equal and for which seat, " +
		"and ends with exit code 2, unless --dice decides; then the answer says so.\n\n" +
		"Rules: " + strings.Join(count.Names(), ", ") + ". As a JSON object a rule says more: seats, threshold (a fraction), women (seats for women at least), reserved " +
		"(seats for reserved candidates alone), alternate (lists of women and men in turn), crosses, grades. docs/COUNTING.md has rules, sources and forms.\n\n" +
		"With --json the answer is one object: rule, choices, valid, seats [{choice, name, member}], runoff, order, tie, lots, steps and tables.\n\n" +
		"Examples:\n\n    bayyina count --rule stv-scotland council.blt --html council.html\n" +
		"    bayyina count --rule '{\"rule\":\"dhondt\",\"seats\":9,\"threshold\":\"3/100\"}' lists.csv\n" +
		"    bayyina count --rule schulze result.json --election election.json --question 2 --dice 31415926"
}

func (c *countCmd) Run(e *env) error {
	rule, err := c.rule()
	if err != nil {
		return err
	}
	lots, err := c.lots()
	if err != nil {
		return err
	}
	votes, err := c.votes(&rule)
	if err != nil {
		return err
	}
	result, err := count.Count(votes, rule, lots)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	if c.HTML != "" {
		var page bytes.Buffer
		if err := report.WriteCountHTML(&page, result); err != nil {
			return err
		}
		if err := replaceFile(c.HTML, page.Bytes()); err != nil {
			return err
		}
	}
	if err := e.answer(result, func(w io.Writer) error {
		l, err := locale.New(e.lang)
		if err != nil {
			return err
		}
		return report.WriteCountText(w, l, (&verifyCmd{}).style(e), result)
	}); err != nil {
		return err
	}
	if result.Tie != nil {
		return errUndecided
	}
	return nil
}

// rule reads the rule: a name or a JSON object.
func (c *countCmd) rule() (count.Rule, error) {
	rule := count.Rule{Name: c.Rule}
	if strings.HasPrefix(strings.TrimSpace(c.Rule), "{") {
		rule.Name = ""
		d := json.NewDecoder(strings.NewReader(c.Rule))
		d.DisallowUnknownFields()
		if err := d.Decode(&rule); err != nil {
			return rule, fmt.Errorf("%w: %v", count.ErrRule, err)
		}
	}
	if c.Seats != 0 {
		rule.Seats = c.Seats
	}
	return rule, rule.Check()
}

// lots are the dice, nil where none are given.
func (c *countCmd) lots() (*count.Lots, error) {
	seed, err := hex.DecodeString(c.Dice)
	if err != nil {
		return nil, usageError("--dice: hexadecimal digits are expected, two for each byte")
	}
	if len(seed) == 0 {
		return nil, nil
	}
	return &count.Lots{Seed: seed, Context: c.Context}, nil
}

// votes reads what is to be counted, and from a question's hint what the rule leaves open.
func (c *countCmd) votes(rule *count.Rule) (*count.Votes, error) {
	data, err := identity.Read(c.File, count.MaxFile)
	if err != nil {
		return nil, err
	}
	if c.Election == "" {
		votes, err := count.Parse(c.File, data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.File, err)
		}
		return votes, nil
	}
	election, err := identity.Read(c.Election, count.MaxFile)
	if err != nil {
		return nil, err
	}
	votes, hinted, err := count.ParseBelenios(election, data, c.Question-1)
	if err != nil {
		return nil, fmt.Errorf("%s, %s: %w", c.Election, c.File, err)
	}
	if rule.Name == hinted.Rule.Name && len(rule.Grades) == 0 {
		rule.Grades = hinted.Rule.Grades
	}
	return votes, nil
}
