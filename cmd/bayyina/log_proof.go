package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"bayyina/platform/identity"
	"bayyina/platform/ledger/read"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"
)

type logProofCmd struct {
	Log    string `arg:"" help:"The log: a folder, a tar file or a URL."`
	Entry  int64  `arg:"" help:"The entry's number."`
	Out    string `placeholder:"FILE" help:"Write the proof to FILE, which may not exist; by default to standard output."`
	Bare   bool   `help:"Leave the entry itself out: whoever checks the proof must have it."`
	Policy string `placeholder:"FILE" help:"Check the proof against this policy before it is handed out."`
}

func (*logProofCmd) Help() string {
	return "Writes the offline proof (C2SP tlog-proof) that an entry is in the log: the entry, the hashes up to the root, " +
		"and the checkpoint with the witnesses' cosignatures. It is the receipt that a voter keeps: anybody can check it " +
		"without the log, against the policy.\n\n" +
		"Example:\n\n    bayyina log proof https://log.hnec.example/2026 4711 --out receipt.txt --policy policy.txt"
}

// proved is the answer of log proof.
type proved struct {
	Origin    string `json:"origin"`
	Entry     int64  `json:"entry"`
	Size      int64  `json:"size"`
	Witnessed string `json:"witnessed,omitempty"` // by a quorum of the policy
	Out       string `json:"out,omitempty"`
	Proof     string `json:"proof"`
}

func (c *logProofCmd) Run(e *env) error {
	src, err := openLog(e, c.Log)
	if err != nil {
		return err
	}
	defer src.Close()
	checkpoint, err := read.Newest(e.ctx, src)
	if err != nil {
		return err
	}
	if c.Entry < 0 || c.Entry >= checkpoint.Size {
		return fmt.Errorf("no published checkpoint covers entry %d: the newest has size %d", c.Entry, checkpoint.Size)
	}
	entry, proof, err := prove(e.ctx, src, checkpoint, c.Entry)
	if err != nil {
		return err
	}
	answer := proved{Origin: checkpoint.Origin, Entry: c.Entry, Size: checkpoint.Size, Out: c.Out}
	if c.Policy != "" {
		if answer.Witnessed, err = c.check(entry, proof, checkpoint); err != nil {
			return err
		}
	}
	if c.Bare {
		answer.Proof = string(torchwood.FormatProof(c.Entry, proof, checkpoint.Raw))
	} else {
		answer.Proof = string(torchwood.FormatProofWithExtraData(c.Entry, entry, proof, checkpoint.Raw))
	}
	if c.Out != "" {
		if err := identity.Create(c.Out, []byte(answer.Proof), 0o644); err != nil {
			return err
		}
	}
	return e.answer(answer, func(w io.Writer) error {
		if c.Out == "" {
			_, err := io.WriteString(w, answer.Proof)
			return err
		}
		_, err := fmt.Fprintf(w, e.tr("%s: proof that entry %d is in the log %s\n", "%s: برهان على أن القيد %d في السجل %s\n"), c.Out, c.Entry, visible(checkpoint.Origin))
		return err
	})
}

// prove reads an entry and its inclusion proof, and makes sure that the one fits
// the other.
func prove(ctx context.Context, src read.Source, c read.Checkpoint, n int64) ([]byte, tlog.RecordProof, error) {
	proof, err := tlog.ProveRecord(c.Size, n, read.TreeHashes(ctx, src, c))
	if err != nil {
		return nil, nil, fmt.Errorf("prove entry %d: %w", n, err)
	}
	bundle, err := read.ReadBundle(ctx, src, n/read.TileWidth, c.Size)
	if err != nil {
		return nil, nil, err
	}
	entry := bundle[n%read.TileWidth]
	if err := tlog.CheckRecord(proof, c.Size, c.Root, n, tlog.RecordHash(entry)); err != nil {
		return nil, nil, fmt.Errorf("prove entry %d: the log's files contradict each other: %w", n, err)
	}
	return entry, proof, nil
}

// check judges the proof as whoever gets it will.
func (c *logProofCmd) check(entry []byte, proof tlog.RecordProof, checkpoint read.Checkpoint) (witnessed string, err error) {
	policy, err := readPolicy(c.Policy)
	if err != nil {
		return "", err
	}
	w, err := (&read.Proof{Extra: entry, Index: c.Entry, Hashes: proof, Checkpoint: checkpoint}).Check(entry, policy)
	if v, ok := errors.AsType[*read.Violation](err); ok {
		return "", &exitError{exitFalse, v}
	}
	if err != nil || w.Time.IsZero() {
		return "", err
	}
	return w.Time.Format(protocolTime), nil
}

// readPolicy reads a policy file.
func readPolicy(path string) (*read.Policy, error) {
	text, err := identity.Read(path, read.MaxPolicy)
	if err != nil {
		return nil, err
	}
	p, err := read.ParsePolicy(text)
	if err != nil {
		return nil, fmt.Errorf("policy %s: %w", path, err)
	}
	return p, nil
}
