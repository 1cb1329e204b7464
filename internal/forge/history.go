// Package forge writes logs without the real writer, and so without its
// scruples: it reads the public files of a log, lets anything in them be changed,
// and writes them again with whatever keys the forger holds. Tests and the
// demonstration tell lies with it that only the check aimed at can find.
//
// Formats: docs/PROTOCOL.md sections 1 to 5.
package forge

import (
	"fmt"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// History is all that a log says, as its author would have it.
type History struct {
	Origin      string
	Entries     []Entry
	Checkpoints []Checkpoint      // by size; the last is the newest and covers all entries
	Attachments map[string][]byte // by the hash under which they lie, which need not be theirs
}

// Entry is an entry before its envelope is made.
type Entry struct {
	Statement []byte // signed note
	Time      time.Time
	After     int64
	Skew      int64       // what the envelope's sequence says above the true one
	Signer    note.Signer // of the envelope, where it is another than the keys' entry key
	Raw       []byte      // written instead of an envelope, where there is any

	loaded []byte // the envelope as it was found
}

// Checkpoint is one published state of the log.
type Checkpoint struct {
	Size     int64
	Time     time.Time   // of cosignatures that are made anew
	Withheld bool        // its kept copy is not there
	Without  int         // so many of the witnesses do not cosign it
	Frozen   bool        // stays as it was found, whatever the entries say now
	Root     *tlog.Hash  // said instead of the true root
	Signer   note.Signer // of the log, where it is another than the keys' checkpoint key

	loaded []byte // as it was found
}

// Keys are the keys that the forger holds.
type Keys struct {
	Checkpoint note.Signer // needed for checkpoints that change
	Entry      note.Signer // nil: envelopes stay as they were found
	Witnesses  []*Witness  // cosign the checkpoints that change
}

// New returns an empty log.
func New(origin string) *History {
	return &History{Origin: origin, Attachments: make(map[string][]byte)}
}

// Append adds a signed statement at the end.
func (h *History) Append(statement []byte, at time.Time) {
	e := Entry{Statement: statement, Time: at}
	if n := len(h.Checkpoints); n > 0 {
		e.After = h.Checkpoints[n-1].Size
	}
	h.Entries = append(h.Entries, e)
}

// Publish adds a checkpoint of all entries, cosigned at a time.
func (h *History) Publish(at time.Time) {
	h.Checkpoints = append(h.Checkpoints, Checkpoint{Size: int64(len(h.Entries)), Time: at})
}

// Clone returns a copy that can be changed without changing h. Statements and
// attachments are shared: they are replaced, never written into.
func (h *History) Clone() *History {
	c := &History{Origin: h.Origin, Entries: slices.Clone(h.Entries), Checkpoints: slices.Clone(h.Checkpoints)}
	c.Attachments = make(map[string][]byte, len(h.Attachments))
	for hash, data := range h.Attachments {
		c.Attachments[hash] = data
	}
	return c
}

// Drop removes entry i; those behind it move up.
func (h *History) Drop(i int64) {
	h.Entries = slices.Delete(h.Entries, int(i), int(i)+1)
	h.shift(i, -1)
	// A checkpoint that covered nothing but the entry falls together with the one
	// before.
	h.Checkpoints = slices.CompactFunc(h.Checkpoints, func(a, b Checkpoint) bool { return a.Size == b.Size })
}

// Insert puts an entry before entry i, with the time and the after of the one
// before it.
func (h *History) Insert(i int64, statement []byte) {
	before := h.Entries[i-1]
	h.Entries = slices.Insert(h.Entries, int(i), Entry{Statement: statement, Time: before.Time, After: before.After})
	h.shift(i, 1)
}

// shift moves what is said of sizes above i.
func (h *History) shift(i, by int64) {
	for j := range h.Checkpoints {
		if h.Checkpoints[j].Size > i {
			h.Checkpoints[j].Size += by
		}
	}
	for j := range h.Entries {
		if h.Entries[j].After > i {
			h.Entries[j].After += by
		}
	}
}

// Replace exchanges the statement of entry i.
func (h *History) Replace(i int64, statement []byte) { h.Entries[i].Statement = statement }

// Swap exchanges the statements of two entries; times stay with their place.
func (h *History) Swap(i, j int64) {
	h.Entries[i].Statement, h.Entries[j].Statement = h.Entries[j].Statement, h.Entries[i].Statement
}

// Truncate forgets all entries from size on, and the checkpoints that cover one of
// them. It fails where no checkpoint has this size.
func (h *History) Truncate(size int64) error {
	n := slices.IndexFunc(h.Checkpoints, func(c Checkpoint) bool { return c.Size == size })
	if n < 0 {
		return fmt.Errorf("truncate log: there is no checkpoint of size %d", size)
	}
	h.Entries, h.Checkpoints = h.Entries[:size], h.Checkpoints[:n+1]
	return nil
}

// At returns the checkpoint of a size, to be changed, or nil.
func (h *History) At(size int64) *Checkpoint {
	n := slices.IndexFunc(h.Checkpoints, func(c Checkpoint) bool { return c.Size == size })
	if n < 0 {
		return nil
	}
	return &h.Checkpoints[n]
}

// Newest returns the newest checkpoint, to be changed, or nil.
func (h *History) Newest() *Checkpoint {
	if len(h.Checkpoints) == 0 {
		return nil
	}
	return &h.Checkpoints[len(h.Checkpoints)-1]
}

// Envelope returns entry i as it was found when the log was loaded.
func (h *History) Envelope(i int64) []byte { return h.Entries[i].loaded }

// Again has the checkpoint signed and cosigned anew at a time, though it did not
// change.
func (c *Checkpoint) Again(at time.Time) { c.Time, c.loaded = at, nil }
