package archive

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"bayyina/core/election"
)

// ErrVersion: the archive is one of Belenios 4, which this version does not read.
var ErrVersion = fmt.Errorf("archive version %w", election.ErrUnsupported)

// Step is one event with the data records that stand before it, in canonical
// order.
//
//	Setup:             election, trustees, credentials, [certificate], payload
//	Ballot, Result:    payload
//	EncryptedTally:    tally, sized tally
//	Shuffle,
//	PartialDecryption: object, owner
//	EndBallots, EndShuffles: none
type Step struct {
	Event
	Hash Hash // of the event itself: the parent of the next
	Data [][]byte
	// Offset is where in the archive the content of the last data record begins.
	Offset int64
	// Owner is whose shuffle or partial decryption it is, else 0.
	Owner int
}

// Reader takes an archive apart event by event and holds one event's records in
// memory at a time. It checks everything about the form: header blocks, names,
// times, links, heights, canonical order, nothing left over. What the events
// mean, and whether their kinds follow each other rightly, is the verifier's.
type Reader struct {
	r         io.Reader
	timestamp int64
	offset    int64 // of the next record
	height    int64
	parent    Hash
}

// NewReader reads the archive's first record.
func NewReader(r io.Reader) (*Reader, error) {
	rec, err := readRecord(r, 1<<10)
	if errors.Is(err, io.EOF) {
		return nil, errors.New("archive is empty")
	}
	if err != nil {
		return nil, err
	}
	if rec.name != firstName {
		return nil, fmt.Errorf("first record is %q, not %s", rec.name, firstName)
	}
	timestamp, err := parseFirst(rec.body)
	if err != nil {
		return nil, fmt.Errorf("record %s: %w", firstName, err)
	}
	if rec.mtime != timestamp {
		return nil, fmt.Errorf("record %s states time %d and carries %d", firstName, timestamp, rec.mtime)
	}
	return &Reader{r: r, timestamp: timestamp, offset: blocks(int64(len(rec.body)))}, nil
}

// Timestamp is the archive's time in Unix seconds: when it was made, which
// nothing proves.
func (r *Reader) Timestamp() int64 { return r.timestamp }

// Height is the height of the event that Next gives next, for saying where a
// fault lies.
func (r *Reader) Height() int64 { return r.height }

// Next returns the next event, or io.EOF at the archive's proper end.
func (r *Reader) Next() (*Step, error) {
	var hashes []Hash
	var data [][]byte
	var last int64 // where the last data record's content begins
	for {
		rec, err := readRecord(r.r, r.limit())
		if errors.Is(err, io.EOF) && len(data) > 0 {
			return nil, fmt.Errorf("archive ends with %d data records that no event follows", len(data))
		}
		if err != nil {
			return nil, err
		}
		if rec.mtime != r.timestamp {
			return nil, fmt.Errorf("record %s carries time %d, the archive's header %d", rec.name, rec.mtime, r.timestamp)
		}
		hash, isEvent, err := rec.named()
		if err != nil {
			return nil, err
		}
		start := r.offset + block
		r.offset += blocks(int64(len(rec.body)))
		if isEvent {
			step, err := r.step(hash, rec.body, hashes, data)
			if err != nil {
				return nil, fmt.Errorf("event %s: %w", hash, err)
			}
			step.Offset = last
			r.height++
			r.parent = hash
			return step, nil
		}
		if len(data) > objects[Setup] {
			return nil, fmt.Errorf("record %s: more data records in a row than any event has", rec.name)
		}
		hashes = append(hashes, hash)
		data = append(data, rec.body)
		last = start
	}
}

func (r *Reader) limit() int64 {
	if r.height == 0 {
		return MaxSetupRecord
	}
	return MaxRecord
}

// step links an event into the chain and its data records to the event.
func (r *Reader) step(hash Hash, text []byte, hashes []Hash, data [][]byte) (*Step, error) {
	e, err := parseEvent(text)
	if err != nil {
		return nil, err
	}
	if e.Height != r.height {
		return nil, fmt.Errorf("height is %d, must be %d", e.Height, r.height)
	}
	if e.Parent != r.parent {
		return nil, fmt.Errorf("parent is %q, must be %q", e.Parent, r.parent)
	}
	step := &Step{Event: e, Hash: hash, Data: data}
	want, owner, err := references(e, hashes, data)
	if err != nil {
		return nil, err
	}
	if len(hashes) > len(want) {
		return nil, fmt.Errorf("%s event at height %d has an extra data record %s", e.Type, e.Height, extra(hashes, want))
	}
	for i := range want {
		if i >= len(hashes) {
			return nil, fmt.Errorf("%s event at height %d: data record %s is missing", e.Type, e.Height, want[i])
		}
		if hashes[i] != want[i] {
			return nil, fmt.Errorf("%s event at height %d: data record %d is %s, must be %s", e.Type, e.Height, i+1, hashes[i], want[i])
		}
	}
	step.Owner = owner
	return step, nil
}

// references lists the data records that an event stands on, in canonical
// order, as the event and its payload name them.
func references(e Event, hashes []Hash, data [][]byte) (want []Hash, owner int, err error) {
	if objects[e.Type] == 0 {
		if e.Payload != "" {
			return nil, 0, fmt.Errorf("%s event with a payload", e.Type)
		}
		return nil, 0, nil
	}
	if len(data) == 0 {
		return nil, 0, fmt.Errorf("%s event at height %d: data record %s is missing", e.Type, e.Height, e.Payload)
	}
	payload, hash := data[len(data)-1], hashes[len(data)-1]
	if hash != e.Payload && slices.Contains(hashes, e.Payload) {
		return nil, 0, fmt.Errorf("%s event at height %d has an extra data record %s", e.Type, e.Height, hash)
	}
	if hash != e.Payload {
		return nil, 0, fmt.Errorf("%s event at height %d names payload %s, the record before it is %s", e.Type, e.Height, e.Payload, hash)
	}
	switch e.Type {
	case Setup:
		var p SetupPayload
		if err := decodePayload(payload, &p, func() []byte { return p.Text() }); err != nil {
			return nil, 0, fmt.Errorf("set-up payload: %w", err)
		}
		want = []Hash{p.Election, p.Trustees, p.Credentials}
		if p.Certificate != "" {
			want = append(want, p.Certificate)
		}
	case EncryptedTally:
		var p struct {
			EncryptedTally Hash `json:"encrypted_tally"`
		}
		if err := decode(payload, &p); err != nil {
			return nil, 0, fmt.Errorf("tally payload: %w", err)
		}
		want = []Hash{p.EncryptedTally}
	case Shuffle, PartialDecryption:
		var o Owned
		if err := decodePayload(payload, &o, func() []byte { return o.Text() }); err != nil {
			return nil, 0, fmt.Errorf("owner of %s: %w", e.Type, err)
		}
		want, owner = []Hash{o.Payload}, o.Owner
	}
	return append(want, e.Payload), owner, nil
}

func decodePayload(text []byte, into any, again func() []byte) error {
	if err := decode(text, into); err != nil {
		return err
	}
	return canonical(text, again())
}

// extra names the first record that is not wanted.
func extra(have, want []Hash) Hash {
	for i, h := range want {
		if have[i] != h {
			return have[i]
		}
	}
	return have[len(want)]
}
