package evidence

import (
	"context"
	"errors"
	"io"

	"bayyina/core/ballot"
	"bayyina/core/hint"
	"bayyina/platform/ledger/read"
)

// HintsPath is where the hints of an election's ballots may lie beside a log. They are no
// part of it: nothing in them is believed.
func HintsPath(uuid string) string { return "hints/" + uuid }

// UseHints tells the judge how to open a file beside the log by its path; what cannot be
// opened is not used. The judge closes nothing before Close.
func (j *Judge) UseHints(open func(path string) (io.ReadCloser, error)) { j.openHints = open }

// hintsOf opens the hints of an election's ballots when they are first asked for; nil
// if there are none.
func (j *Judge) hintsOf(e *election) *hint.Reader {
	if j.openHints == nil {
		return nil
	}
	if hints, ok := j.hints[e.UUID]; ok {
		return hints
	}
	if j.hints == nil {
		j.hints = make(map[string]*hint.Reader)
	}
	if file, err := j.openHints(HintsPath(e.UUID)); err == nil {
		j.hintFiles = append(j.hintFiles, file)
		j.hints[e.UUID] = hint.NewReader(file)
	} else {
		j.hints[e.UUID] = nil
	}
	return j.hints[e.UUID]
}

// HintMaker makes the file of hints of one election's ballots out of a log, a bundle of
// entries at a time. It judges nothing and believes the log: nobody believes hints. Its
// fields are how far it came; another one with the same goes on from there, and the file
// is the same.
type HintMaker struct {
	Next    int64 `json:"next"`    // bundle
	Ballots int64 `json:"ballots"` // whose hints are written
	Bytes   int64 `json:"bytes"`   // of the file
	Whole   bool  `json:"whole"`   // the election's close was reached: nothing is left to do
}

// ErrNotClosed reports that the log, as far as it is published, has no close of the
// election.
var ErrNotClosed = errors.New("the election's close is not in the log yet")

// Bundle goes on by one bundle of a log of a size, and writes what belongs behind the
// first m.Bytes bytes of the file. After an error m is as it was, and what was written
// since counts for nothing. The error is ErrNotClosed, ballot.ErrNoHints, or of reading
// or writing.
func (m *HintMaker) Bundle(ctx context.Context, log read.Source, size int64, uuid string, e *ballot.Election, workers int, out io.Writer) error {
	if m.Next >= read.Bundles(size) {
		return ErrNotClosed
	}
	texts, closed, err := ballotsIn(ctx, log, m.Next, size, uuid)
	if err != nil {
		return err
	}
	if !closed && (m.Next+1)*read.TileWidth > size {
		return ErrNotClosed // the bundle is not full: the close may come into it
	}
	hints := hint.Continue(out, m.Bytes)
	if m.Bytes == 0 {
		if hints, err = hint.NewWriter(out); err != nil {
			return err
		}
	}
	made, err := e.WriteHints(hints, workers, texts)
	if err != nil {
		return err
	}
	*m = HintMaker{m.Next + 1, m.Ballots + made, hints.Size(), closed}
	return nil
}

// ballotsIn returns the texts of an election's ballots in one bundle, up to its close.
// A ballot that the log does not have as it was entered is left out.
func ballotsIn(ctx context.Context, log read.Source, bundle, size int64, uuid string) (texts [][]byte, closed bool, err error) {
	entries, err := read.ReadBundle(ctx, log, bundle, size)
	if err != nil {
		return nil, false, err
	}
	for _, raw := range entries {
		kind := string(read.EntryKind(raw))
		if kind != KindBallot && kind != KindClose {
			continue
		}
		entry, err := read.ParseEntry(raw)
		if err != nil {
			continue
		}
		var b Ballot
		var end Close
		switch {
		case kind == KindClose && read.DecodeBody(entry.Statement.Body, &end) == nil && end.Election == uuid:
			return texts, true, nil
		case kind == KindClose || read.DecodeBody(entry.Statement.Body, &b) != nil || b.Election != uuid || b.Ballot.Size > MaxBallot:
			continue
		}
		text, err := read.ReadAttachment(ctx, log, bundle, int64(len(entries)) == read.TileWidth, b.Ballot)
		switch {
		case err == nil:
			texts = append(texts, text)
		case !errors.Is(err, read.ErrMissing) && !errors.Is(err, read.ErrDamaged):
			return nil, false, err
		}
	}
	return texts, false, nil
}

// Close closes the files of hints.
func (j *Judge) Close() {
	for _, file := range j.hintFiles {
		file.Close()
	}
	j.hintFiles, j.hints = nil, nil
}

// Checked counts what was checked of ballots in this run, for saying how fast it was.
type Checked struct {
	Ballots, Proofs int64 // that are right
	Hinted          int64 // ballots whose hints saved time
}

// Checked returns what was checked so far.
func (j *Judge) Checked() Checked { return j.checked }
