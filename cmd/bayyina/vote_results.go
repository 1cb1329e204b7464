package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/module/vote/nist"
	"bayyina/platform/identity"
	"bayyina/platform/ledger/read"
	"bayyina/platform/ledger/replay"
)

type voteResultsCmd struct {
	Log      string `arg:"" help:"The log: a folder, a tar file or a URL."`
	Election string `arg:"" help:"The election's name."`
	Format   string `default:"nist-json" enum:"nist-json,nist-xml,csv" help:"nist-json or nist-xml: NIST SP 1500-100, version 2.0; csv: a table of the votes."`
	Out      string `required:"" placeholder:"FILE" help:"Write the result to FILE, which may not exist."`
	Policy   string `placeholder:"FILE" help:"Judge the log by this policy."`
}

func (*voteResultsCmd) Help() string {
	return "Replays the whole log, recomputes every claim, and writes the election's result with the texts that voters saw: contests, lists, candidates, " +
		"votes and seats. The same log gives the same bytes to everybody. Exit code 1: the log claims something false, and nothing is written.\n\n" +
		"Example:\n\n    bayyina vote results server/log 8QrCAeS5xbQKAY --format nist-xml --out result.xml --policy policy.txt"
}

// voteResults is the answer of vote results.
type voteResults struct {
	Election string `json:"election"`
	Format   string `json:"format"`
	Out      string `json:"out"`
}

func (c *voteResultsCmd) Run(e *env) error {
	if err := checkUUID(c.Election); err != nil {
		return err
	}
	judge := evidence.NewJudge()
	defer judge.Close()
	report, err := trueLog(e, c.Log, c.Policy, judge)
	if err != nil {
		return err
	}
	told, ok := judge.Election(c.Election)
	if !ok {
		return fmt.Errorf("%w: %s", vote.ErrUnknownElection, c.Election)
	}
	var of []read.Claim
	for _, claim := range report.Claims {
		if claim.Subject == c.Election {
			of = append(of, claim)
		}
	}
	text, err := c.write(nist.Source{Log: report.Origin, Rehearsal: report.Rehearsal, Told: told, Figures: evidence.FiguresOf(of)})
	if err != nil {
		return err
	}
	if err := identity.Create(c.Out, text, 0o644); err != nil {
		return err
	}
	answer := voteResults{c.Election, c.Format, c.Out}
	return e.answer(answer, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, e.tr("%s: the result of %s, as %s\n", "%s: نتيجة %s بصيغة %s\n"), c.Out, c.Election, c.Format)
		return err
	})
}

// write writes the result in the format that was asked for.
func (c *voteResultsCmd) write(source nist.Source) ([]byte, error) {
	r, err := nist.New(source)
	if err != nil {
		return nil, err
	}
	switch c.Format {
	case "nist-json":
		return r.JSON()
	case "nist-xml":
		return r.XML()
	}
	var b bytes.Buffer
	err = vote.WriteTable(&b, vote.ResultTable(source.Figures.Result))
	return b.Bytes(), err
}

// trueLog replays a log in which nothing is false.
func trueLog(e *env, location, policyFile string, judge *evidence.Judge) (*replay.Report, error) {
	var policy *read.Policy
	if policyFile != "" {
		var err error
		if policy, err = readPolicy(policyFile); err != nil {
			return nil, err
		}
	}
	src, err := openLog(e, location)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	report, err := vote.ReplayTrue(e.ctx, src, policy, judges(judge), nil)
	if _, ok := errors.AsType[*vote.FalseError](err); ok {
		return nil, &exitError{exitFalse, fmt.Errorf("%w: bayyina verify tells what", err)}
	}
	return report, err
}
