package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"bayyina/core/canon"
	"bayyina/core/election"
	"bayyina/core/trustee"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity"
	decisions "bayyina/platform/identity/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/ledger/replay"
)

// Reasons why nothing is decrypted.
var (
	ErrNoLog      = errors.New("it is not known where the log is")
	ErrOtherKeys  = errors.New("the election has other trustees' keys than those that this trustee has signed")
	ErrNothingYet = errors.New("there is nothing to shuffle or decrypt at this time")
)

// archiveFile is the election's archive, made from a log that was verified whole.
const archiveFile = "election.bel"

// Work that a trustee's program does behind its pages.
const (
	workVerify = "verify"
	workCount  = "count"
)

// Ready is what a trustee is about to shuffle or decrypt, having verified all of it.
type Ready struct {
	Step            vote.Step // StepShuffle or StepDecryption
	Ballots, Voters int
	Weight          uint64
	Tally           string // SHA-256, base 64
}

// Verify replays the whole log at a place, a folder, a tar file or an address, and keeps the
// election's archive that it gives. Without a place the server's is taken. policy may be nil.
func (d *Desk) Verify(ctx context.Context, place string, policy *read.Policy, tell func(done, total int64)) error {
	if place == "" {
		if d.program.cfg.Client == nil {
			return ErrNoLog
		}
		place = d.program.cfg.Client.Origin() + "/log"
	}
	src, err := read.OpenSource(ctx, place)
	if err != nil {
		return err
	}
	defer src.Close() // only read from
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return err
	}
	next, err := os.CreateTemp(d.dir, ".archive-*")
	if err != nil {
		return err
	}
	defer os.Remove(next.Name()) // fails once the file has its name
	err = vote.ExportArchives(ctx, src, policy, map[string]io.Writer{d.Election: next},
		func(at replay.Progress) { tell(at.Entries, at.Of) }, decisions.NewJudge())
	if err == nil {
		err = next.Sync()
	}
	if err = errors.Join(err, next.Close()); err != nil {
		return err
	}
	if err := d.withBox(next.Name(), func(*vote.Box) error { return nil }); err != nil {
		return err
	}
	return os.Rename(next.Name(), d.path(archiveFile))
}

// withBox opens an archive, which verifies it by itself, of the keys that this trustee has signed.
func (d *Desk) withBox(path string, use func(*vote.Box) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close() // only read from
	info, err := f.Stat()
	if err != nil {
		return err
	}
	box, err := vote.OpenBox(f, info.Size())
	if err != nil {
		return err
	}
	record, err := d.read(recordFile)
	if err != nil {
		return err
	}
	if box.Report.UUID != d.Election || !bytes.Equal(box.Records.Trustees, record) {
		return ErrOtherKeys
	}
	return use(box)
}

// Ready says what there is to do for the trustee in the archive that was verified last.
func (d *Desk) Ready() (r Ready, err error) {
	if !d.has(archiveFile) {
		return r, ErrNothingYet
	}
	err = d.withBox(d.path(archiveFile), func(b *vote.Box) (err error) {
		r, err = d.ready(b)
		return err
	})
	return r, err
}

func (d *Desk) ready(b *vote.Box) (Ready, error) {
	r := Ready{Ballots: b.Report.Ballots, Voters: b.Report.Counted, Weight: b.Report.TotalWeight}
	switch {
	case b.Report.Phase == election.Mixing && !d.has(string(vote.StepShuffle)+parcelExt):
		r.Step = vote.StepShuffle
	case b.Report.Phase == election.Tallied && !d.has(string(vote.StepDecryption)+parcelExt):
		r.Step = vote.StepDecryption
	default:
		return r, ErrNothingYet
	}
	r.Tally = canon.B64(b.Report.Tally.Bytes(b.Election))
	return r, nil
}

// Count shuffles or decrypts what Ready tells, and keeps the signed statement for sending.
func (d *Desk) Count(ctx context.Context, passphrase []byte, tell func(done, total int64)) error {
	return d.withBox(d.path(archiveFile), func(b *vote.Box) error {
		r, err := d.ready(b)
		if err != nil {
			return err
		}
		signer, err := d.signer(passphrase)
		if err != nil {
			return err
		}
		defer signer.Destroy()
		parcel, err := d.counted(ctx, b, r.Step, signer, passphrase, tell)
		if err != nil {
			return err
		}
		return d.keep(string(r.Step)+parcelExt, parcel)
	})
}

func (d *Desk) counted(ctx context.Context, b *vote.Box, step vote.Step, signer *identity.Key, passphrase []byte, tell func(done, total int64)) ([]byte, error) {
	if step == vote.StepShuffle {
		text, body, err := vote.ShuffleBy(d.program.cfg.Random, b, d.Me.Place)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		return d.statement(signer, evidence.KindShuffle, body, text)
	}
	key, err := d.private(passphrase)
	if err != nil {
		return nil, err
	}
	text, body, err := vote.DecryptTelling(d.program.cfg.Random, b, key, func(done, total int) bool {
		tell(int64(done), int64(total))
		return ctx.Err() == nil
	})
	if errors.Is(err, trustee.ErrStopped) {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	if body.Trustee != d.Me.Place {
		return nil, fmt.Errorf("%w: place %d", ErrOtherKeys, body.Trustee)
	}
	return d.statement(signer, evidence.KindDecryption, body, text)
}
