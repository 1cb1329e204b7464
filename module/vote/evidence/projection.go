package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"bayyina/core/archive"
	"bayyina/platform/ledger/read"
)

// projection is the election's Belenios archive, made from the log and streamed
// into its hash (docs/PROTOCOL.md section 9, "Archive").
type projection struct {
	*archive.Writer
	digest hash.Hash
	size   int64
	export io.Writer // nil where only the hash is wanted
}

// newProjection starts an archive made at timestamp, in Unix seconds.
func newProjection(timestamp int64, export io.Writer) (*projection, error) {
	p := &projection{digest: sha256.New(), export: export}
	var err error
	p.Writer, err = archive.NewWriter(p, timestamp)
	return p, err
}

// Write takes the archive's bytes.
func (p *projection) Write(data []byte) (int, error) {
	p.size += int64(len(data))
	p.digest.Write(data) // never fails
	if p.export == nil {
		return len(data), nil
	}
	return p.export.Write(data)
}

// sum is the hex SHA-256 of the archive so far.
func (p *projection) sum() string { return hex.EncodeToString(p.digest.Sum(nil)) }

// Export makes the judge write an election's archive to w as its entries come. It is
// called before the first entry.
func (j *Judge) Export(uuid string, w io.Writer) {
	if j.exports == nil {
		j.exports = make(map[string]io.Writer)
	}
	j.exports[uuid] = w
}

// Archive returns the hex SHA-256 and the size in bytes of an election's archive as
// far as the log has come. It is not there where a part of it is missing, after a
// restore, and after the certification.
func (j *Judge) Archive(uuid string) (sha256 string, size int64, ok bool) {
	e := j.byUUID[uuid]
	if e == nil || e.archive == nil {
		return "", 0, false
	}
	return e.archive.sum(), e.archive.size, true
}

// project adds an event to the archive, if it is being made. What does not fit
// into an archive leaves it unmade.
func (e *election) project(event func(*projection) error) {
	if e.archive != nil && event(e.archive) != nil {
		e.incomplete()
	}
}

// incomplete gives the archive up: a record is missing.
func (e *election) incomplete() {
	e.archive = nil
	e.Incomplete = true
}

// WriteArchive writes an election's archive to w as far as the log has come: the bytes
// that Export writes. get reads an attachment that the entry at a sequence names.
func (j *Judge) WriteArchive(uuid string, w io.Writer, get func(sequence int64, a read.Attachment) ([]byte, error)) error {
	e := j.byUUID[uuid]
	switch {
	case e == nil || e.Setup == nil:
		return fmt.Errorf("election %.80q is not set up", uuid)
	case e.Incomplete:
		return fmt.Errorf("archive of %s: %w: a part of it", uuid, read.ErrMissing)
	}
	p, err := newProjection(e.Setup.Time.Unix(), w)
	if err != nil {
		return err
	}
	if err := e.replay(p, get); err != nil {
		return fmt.Errorf("archive of %s: %w", uuid, err)
	}
	return nil
}

// rebuild makes the archive again after a restore, from the attachments.
func (e *election) rebuild(ctx context.Context, log read.Log) error {
	p, err := newProjection(e.Setup.Time.Unix(), nil)
	if err != nil {
		return err
	}
	err = e.replay(p, func(_ int64, a read.Attachment) ([]byte, error) { return log.Attachment(ctx, a, MaxCredentials) })
	switch {
	case errors.Is(err, errUnfit):
		e.incomplete()
	case err != nil:
		return fmt.Errorf("archive of %s: %w", e.UUID, err)
	default:
		e.archive = p
	}
	return nil
}

// errUnfit reports what does not fit into an archive.
var errUnfit = errors.New("it does not fit into an archive")

// replay gives the events so far to an archive. Nothing of them is missing.
func (e *election) replay(p *projection, get func(sequence int64, a read.Attachment) ([]byte, error)) error {
	var failed error
	part := func(sequence int64, a read.Attachment) []byte {
		if failed != nil {
			return nil
		}
		data, err := get(sequence, a)
		if err != nil {
			failed = fmt.Errorf("attachment %s: %w", a.SHA256, err)
		}
		return data
	}
	add := func(event func() error) {
		if failed == nil {
			if err := event(); err != nil {
				failed = fmt.Errorf("%w: %w", errUnfit, err)
			}
		}
	}
	s := e.Setup
	trustees, credentials := part(s.Sequence, s.Body.Trustees), part(s.Sequence, s.Body.Credentials)
	add(func() error { return p.Setup(e.Definition, trustees, credentials, nil) })
	for _, c := range e.Box.casts {
		text := part(c.Sequence, c.attachment())
		add(func() error { return p.Ballot(text) })
	}
	if e.Step >= closed {
		add(p.EndBallots)
	}
	if t := e.Tally; t != nil {
		tally, payload := part(t.Sequence, t.Body.Tally), part(t.Sequence, t.Body.Payload)
		add(func() error { return p.EncryptedTally(tally, payload) })
	}
	for _, m := range e.Shuffles {
		text := part(m.Sequence, m.Shuffle)
		add(func() error { return p.Shuffle(m.Trustee, text) })
	}
	if len(e.Shuffles) > 0 && e.Step >= shuffled {
		add(p.EndShuffles)
	}
	for _, d := range e.Decryptions {
		text := part(d.Sequence, d.Decryption)
		add(func() error { return p.PartialDecryption(d.Trustee, text) })
	}
	if r := e.Result; r != nil {
		text := part(r.Sequence, r.Body.Result)
		add(func() error { return p.Result(text) })
	}
	return failed
}
