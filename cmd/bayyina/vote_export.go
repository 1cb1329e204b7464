package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"bayyina/core/election"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	decisions "bayyina/platform/identity/evidence"
	"bayyina/platform/ledger/read"
)

type voteExportCmd struct {
	Log      string `arg:"" help:"The log: a folder, a tar file or a URL."`
	Election string `arg:"" help:"The election's name."`
	Out      string `required:"" placeholder:"FILE" help:"Write the archive to FILE, which may not exist."`
	Policy   string `placeholder:"FILE" help:"Judge the log by this policy."`
}

func (*voteExportCmd) Help() string {
	return "Replays the whole log, recomputes every claim, and writes the election's Belenios archive (.bel) as far as the election has come. " +
		"Trustees decrypt from it; belenios-tool verifies it. Exit code 1: the log claims something false, and no archive is written " +
		"(bayyina verify tells what).\n\n" +
		"Example:\n\n    bayyina vote export server/log 8QrCAeS5xbQKAY --out 8QrCAeS5xbQKAY.bel --policy policy.txt"
}

// voteExported is the answer of vote export.
type voteExported struct {
	boxState
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
	Out    string `json:"out"`
}

func (c *voteExportCmd) Run(e *env) error {
	box, err := export(e, c.Log, c.Election, c.Policy, c.Out)
	if err != nil {
		return err
	}
	sum, size, err := vote.HashFile(c.Out)
	if err != nil {
		return err
	}
	answer := voteExported{newBoxState(box), sum, size, c.Out}
	return e.answer(answer, func(w io.Writer) error {
		if err := answer.tell(e, w, box.Election); err != nil {
			return err
		}
		_, err := fmt.Fprintf(w, e.tr("%s: SHA-256 %s, %d bytes\n", "%s: بصمته SHA-256 هي %s، وحجمه بالبايت %d\n"), c.Out, sum, size)
		return err
	})
}

// export writes an election's archive from a log in which nothing is false, and
// verifies it by itself.
func export(e *env, location, uuid, policyFile, out string) (*vote.Box, error) {
	if err := checkUUID(uuid); err != nil {
		return nil, err
	}
	err := writeArchive(out, func(w io.Writer) error {
		return exportTo(e, location, policyFile, map[string]io.Writer{uuid: w})
	})
	if err != nil {
		return nil, err
	}
	box, f, err := openArchive(out)
	if err != nil {
		return nil, errors.Join(err, os.Remove(out))
	}
	return box, f.Close()
}

// exportTo writes elections' archives from a log in which nothing is false.
func exportTo(e *env, location, policyFile string, archives map[string]io.Writer) error {
	var policy *read.Policy
	if policyFile != "" {
		var err error
		if policy, err = readPolicy(policyFile); err != nil {
			return err
		}
	}
	src, err := openLog(e, location)
	if err != nil {
		return err
	}
	defer src.Close()
	err = vote.ExportArchives(e.ctx, src, policy, archives, nil, decisions.NewJudge())
	if wrong := new(vote.FalseError); errors.As(err, &wrong) {
		return &exitError{exitFalse, fmt.Errorf("%w: bayyina verify tells what", err)}
	}
	return err
}

type voteCertifyCmd struct {
	Log      string `arg:"" help:"The log: a folder, a tar file or a URL."`
	Election string `arg:"" help:"The election's name."`
	Out      string `required:"" placeholder:"FILE" help:"Write the archive to FILE, which may not exist."`
	Result   string `required:"" placeholder:"FILE" help:"Write the result's record, which the statement names as its attachment, to FILE, which may not exist."`
	Policy   string `placeholder:"FILE" help:"Judge the log by this policy."`
	Version  int    `name:"result-version" placeholder:"N" help:"Where one may complain: the version of the result that is certified, 1 unless a ruling changed it."`
	statementFlags
}

func (*voteCertifyCmd) Help() string {
	return "For the commission: recomputes everything from the log as a stranger would, shows the result, and writes the statement vote.certify, " +
		"which two officers and a root key sign.\n\n" +
		"Example:\n\n    bayyina vote certify https://log.hnec.example/2026 8QrCAeS5xbQKAY --policy policy.txt --out 8QrCAeS5xbQKAY.bel " +
		"--result result.json --origin log.hnec.example/2026 --statement certify.txt"
}

func (c *voteCertifyCmd) Run(e *env) (err error) {
	if err := c.check(); err != nil {
		return err
	}
	box, err := export(e, c.Log, c.Election, c.Policy, c.Out)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(c.Out))
		}
	}()
	body, result, err := certification(box, c.Out)
	if err != nil {
		return err
	}
	kind, said := evidence.KindCertify, any(body)
	if c.Version > 0 {
		kind, said = evidence.KindVersionCertify, evidence.VersionCertify{
			Election: body.Election, Version: c.Version, Result: body.Result, Archive: body.Archive, ArchiveSize: body.ArchiveSize,
		}
	}
	statement, err := c.file(e, kind, said)
	if err != nil {
		return err
	}
	if err := createAll(file{name: c.Result, content: result, mode: 0o644}, statement); err != nil {
		return err
	}
	answer := voteExported{newBoxState(box), body.Archive, body.ArchiveSize, c.Out}
	return e.answer(answer, func(w io.Writer) error {
		if err := answer.tell(e, w, box.Election); err != nil {
			return err
		}
		return c.tellStatement(e, w)
	})
}

// certification is the decision to certify what an archive holds, with the result's record.
func certification(box *vote.Box, path string) (body evidence.Certify, result []byte, err error) {
	if box.Report.Phase != election.Finished {
		return body, nil, fmt.Errorf("the election is %s: there is no result to certify", box.Report.Phase)
	}
	sum, size, err := vote.HashFile(path)
	if err != nil {
		return body, nil, err
	}
	result = box.Report.Result.Bytes()
	return evidence.Certify{Election: box.Report.UUID, Result: vote.AttachmentOf(result), Archive: sum, ArchiveSize: size}, result, nil
}
