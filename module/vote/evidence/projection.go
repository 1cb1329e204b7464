package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
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

// rebuild makes the archive again after a restore, from the attachments.
func (e *election) rebuild(ctx context.Context, log read.Log) error {
	get := func(a read.Attachment, limit int64) ([]byte, error) {
		data, err := log.Attachment(ctx, a, limit)
		if err != nil {
			return nil, fmt.Errorf("archive of %s: attachment %s: %w", e.UUID, a.SHA256, err)
		}
		return data, nil
	}
	s := e.Setup.Body
	trustees, err := get(s.Trustees, MaxTrustees)
	if err != nil {
		return err
	}
	credentials, err := get(s.Credentials, MaxCredentials)
	if err != nil {
		return err
	}
	if e.archive, err = newProjection(e.Setup.Time.Unix(), nil); err != nil {
		return err
	}
	e.project(func(p *projection) error { return p.Setup(e.Definition, trustees, credentials, nil) })
	for _, c := range e.Box.casts {
		text, err := get(c.attachment(), MaxBallot)
		if err != nil {
			return err
		}
		e.project(func(p *projection) error { return p.Ballot(text) })
	}
	e.project((*projection).EndBallots)
	return e.rebuildEnd(get)
}

// rebuildEnd makes what follows the ballots.
func (e *election) rebuildEnd(get func(read.Attachment, int64) ([]byte, error)) error {
	tally, err := get(e.Tally.Body.Tally, MaxTally)
	if err != nil {
		return err
	}
	payload, err := get(e.Tally.Body.Payload, MaxTally)
	if err != nil {
		return err
	}
	e.project(func(p *projection) error { return p.EncryptedTally(tally, payload) })
	for _, m := range e.Shuffles {
		text, err := get(m.Shuffle, MaxShuffle)
		if err != nil {
			return err
		}
		e.project(func(p *projection) error { return p.Shuffle(m.Trustee, text) })
	}
	if len(e.Shuffles) > 0 {
		e.project((*projection).EndShuffles)
	}
	for _, d := range e.Decryptions {
		text, err := get(d.Decryption, MaxDecryption)
		if err != nil {
			return err
		}
		e.project(func(p *projection) error { return p.PartialDecryption(d.Trustee, text) })
	}
	result, err := get(e.Result.Body.Result, MaxResult)
	if err != nil {
		return err
	}
	e.project(func(p *projection) error { return p.Result(result) })
	return nil
}
