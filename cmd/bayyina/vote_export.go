package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"filippo.io/torchwood"

	"bayyina/core/election"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity"
	"bayyina/platform/ledger/read"
	"bayyina/platform/ledger/replay"
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
	sum, size, err := hashFile(c.Out)
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
	err = writeArchive(out, func(w io.Writer) error {
		judge := evidence.NewJudge()
		counted := &counter{w: w}
		judge.Export(uuid, counted)
		report, err := replay.Replay(e.ctx, src, policy, []read.Judge{judge}, replay.Options{})
		if err != nil {
			return err
		}
		for _, claim := range report.Claims {
			if claim.Verdict == read.False {
				return &exitError{exitFalse, fmt.Errorf("the log claims something false (%s): bayyina verify tells what", claim.ID)}
			}
		}
		if counted.n == 0 {
			return fmt.Errorf("%w: %s", vote.ErrUnknownElection, uuid)
		}
		return nil
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

// counter counts the bytes that pass.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

type voteCertifyCmd struct {
	Log      string `arg:"" help:"The log: a folder, a tar file or a URL."`
	Election string `arg:"" help:"The election's name."`
	Out      string `required:"" placeholder:"FILE" help:"Write the archive to FILE, which may not exist."`
	Result   string `required:"" placeholder:"FILE" help:"Write the result's record, which the statement names as its attachment, to FILE, which may not exist."`
	Policy   string `placeholder:"FILE" help:"Judge the log by this policy."`
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
	if box.Report.Phase != election.Finished {
		return fmt.Errorf("the election is %s: there is no result to certify", box.Report.Phase)
	}
	sum, size, err := hashFile(c.Out)
	if err != nil {
		return err
	}
	result := box.Report.Result.Bytes()
	body := evidence.Certify{Election: c.Election, Result: vote.AttachmentOf(result), Archive: sum, ArchiveSize: size}
	statement, err := c.file(e, evidence.KindCertify, body)
	if err != nil {
		return err
	}
	if err := createAll(file{name: c.Result, content: result, mode: 0o644}, statement); err != nil {
		return err
	}
	answer := voteExported{newBoxState(box), sum, size, c.Out}
	return e.answer(answer, func(w io.Writer) error {
		if err := answer.tell(e, w, box.Election); err != nil {
			return err
		}
		return c.tellStatement(e, w)
	})
}

// hashFile returns the hex SHA-256 and the size of a file.
func hashFile(path string) (sum string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	size, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), size, err
}

type voteReceiptCmd struct {
	Log     string `arg:"" help:"The log: a folder, a tar file or a URL."`
	Tracker string `arg:"" help:"Your ballot's tracker."`
	Out     string `required:"" placeholder:"FILE" help:"Write the receipt to FILE, which may not exist."`
	Policy  string `placeholder:"FILE" help:"Check the receipt against this policy before it is handed out."`
}

func (*voteReceiptCmd) Help() string {
	return "Finds your ballot in the log and writes the proof that it is there (C2SP tlog-proof, with the entry): anybody can check it " +
		"offline, against the policy. It does not tell how you voted.\n\n" +
		"Example:\n\n    bayyina vote receipt https://log.hnec.example/2026 qMQMe+uIbwNBa+k4ei63wxSFZS9JphJbJovxiXlcA9s --out receipt.txt --policy policy.txt"
}

func (c *voteReceiptCmd) Run(e *env) error {
	hash, err := hexTracker(c.Tracker)
	if err != nil {
		return err
	}
	src, err := openLog(e, c.Log)
	if err != nil {
		return err
	}
	defer src.Close()
	checkpoint, err := read.Newest(e.ctx, src)
	if err != nil {
		return err
	}
	n, err := findBallot(e, src, checkpoint.Size, hash)
	if err != nil {
		return err
	}
	entry, proof, err := prove(e.ctx, src, checkpoint, n)
	if err != nil {
		return err
	}
	answer := proved{Origin: checkpoint.Origin, Entry: n, Size: checkpoint.Size, Out: c.Out}
	if c.Policy != "" {
		if answer.Witnessed, err = (&logProofCmd{Policy: c.Policy, Entry: n}).check(entry, proof, checkpoint); err != nil {
			return err
		}
	}
	answer.Proof = string(torchwood.FormatProofWithExtraData(n, entry, proof, checkpoint.Raw))
	if err := identity.Create(c.Out, []byte(answer.Proof), 0o644); err != nil {
		return err
	}
	return e.answer(answer, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, e.tr("%s: your ballot is entry %d of the log %s\n", "%s: ورقتك هي القيد رقم %d في سجل الأدلة %s\n"), c.Out, n, visible(checkpoint.Origin))
		return err
	})
}

// findBallot finds the entry of the ballot with a hash.
func findBallot(e *env, src read.Source, size int64, hash string) (int64, error) {
	for n := range read.Bundles(size) {
		bundle, err := read.ReadBundle(e.ctx, src, n, size)
		if err != nil {
			return 0, err
		}
		for i, raw := range bundle {
			if string(kindLine(raw)) == evidence.KindBallot && bytes.Contains(raw, []byte(`"ballot":{"sha256":"`+hash+`"`)) {
				return n*read.TileWidth + int64(i), nil
			}
		}
	}
	return 0, errors.New(e.tr("no ballot with this tracker is in the log: it may be waiting for its batch, or you cast another one before it",
		"لا توجد في السجل ورقة بهذا الرقم: قد تكون بانتظار دفعتها، أو قد تكون أدليت بورقة أخرى قبل إدخالها"))
}

// hexTracker reads a tracker as voters see it, and returns it in hexadecimal.
func hexTracker(tracker string) (string, error) {
	hash, err := base64.RawStdEncoding.DecodeString(tracker)
	if err != nil || len(hash) != sha256.Size {
		return "", errors.New("a tracker has 43 letters, digits, + and /")
	}
	return hex.EncodeToString(hash), nil
}
