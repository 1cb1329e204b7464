package local

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"

	"bayyina/core/canon"
	"bayyina/core/election"
	"bayyina/core/mix"
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

// archiveFile is the election's archive, made from a log that was verified whole, and readyFile what
// is to be done with it.
const (
	archiveFile = "election.bel"
	readyFile   = "ready.json"
)

// Work that a trustee's program does behind its pages.
const (
	workVerify = "verify"
	workCount  = "count"
)

// Ready is what a trustee is about to shuffle or decrypt, having verified all of it.
type Ready struct {
	Step    vote.Step `json:"step"` // StepShuffle or StepDecryption, "" while there is nothing to do
	Ballots int       `json:"ballots"`
	Voters  int       `json:"voters"`
	Weight  uint64    `json:"weight"`
	Tally   string    `json:"tally,omitempty"` // SHA-256, base 64
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
	var ready []byte
	err = d.withBox(next.Name(), func(b *vote.Box) (err error) {
		ready, err = json.Marshal(d.ready(b))
		return err
	})
	if err != nil {
		return err
	}
	if err := os.Rename(next.Name(), d.path(archiveFile)); err != nil {
		return err
	}
	return replace(d.path(readyFile), ready)
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

// Ready says what there is to do for the trustee in the archive that was verified last; it is
// ErrNothingYet if none was. [Desk.Count] verifies the archive again.
func (d *Desk) Ready() (r Ready, err error) {
	text, err := d.read(readyFile)
	if errors.Is(err, os.ErrNotExist) {
		return r, ErrNothingYet
	}
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err == nil && r.Step != "" && d.has(string(r.Step)+parcelExt) {
		r.Step = ""
	}
	return r, err
}

func (d *Desk) ready(b *vote.Box) Ready {
	r := Ready{Ballots: b.Report.Ballots, Voters: b.Report.Counted, Weight: b.Report.TotalWeight}
	switch {
	case b.Report.Phase == election.Mixing && !d.has(string(vote.StepShuffle)+parcelExt):
		r.Step = vote.StepShuffle
	case b.Report.Phase == election.Tallied && !d.has(string(vote.StepDecryption)+parcelExt):
		r.Step = vote.StepDecryption
	default:
		return r
	}
	r.Tally = canon.B64(b.Report.Tally.Bytes(b.Election))
	return r
}

// Count shuffles or decrypts what Ready tells, and keeps the signed statement for sending.
func (d *Desk) Count(ctx context.Context, passphrase []byte, tell func(done, total int64)) error {
	return d.withBox(d.path(archiveFile), func(b *vote.Box) error {
		r := d.ready(b)
		if r.Step == "" {
			return ErrNothingYet
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
	goOn := func(done, total int) bool {
		tell(int64(done), int64(total))
		return ctx.Err() == nil
	}
	if step == vote.StepShuffle {
		text, body, err := vote.ShuffleTelling(d.program.cfg.Random, b, d.Me.Place, goOn)
		if errors.Is(err, mix.ErrStopped) {
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
	text, body, err := vote.DecryptTelling(d.program.cfg.Random, b, d.Me.Place, key, goOn)
	if errors.Is(err, trustee.ErrStopped) {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	return d.statement(signer, evidence.KindDecryption, body, text)
}
