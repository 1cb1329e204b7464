package evidence

import (
	"errors"
	"fmt"
	"io"

	"golang.org/x/sync/errgroup"

	"bayyina/core/ballot"
	"bayyina/core/hint"
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

// WriteHints has the judge make the hints of an election's ballots itself, use them, and
// write them as a file of hints: then verifying costs little more than making them.
func (j *Judge) WriteHints(uuid string, w io.Writer) error {
	out, err := hint.NewWriter(w)
	if err != nil {
		return err
	}
	if j.made == nil {
		j.made = make(map[string]*hint.Writer)
	}
	j.made[uuid] = out
	return nil
}

// makeHints makes the hints of ballots on all cores, and writes them. Of a ballot that cannot
// be read there are none.
func (j *Judge) makeHints(e *election, arrivals []*arrival, casts []ballot.Cast) error {
	out := j.made[e.UUID]
	if out == nil {
		return nil
	}
	var running errgroup.Group
	running.SetLimit(j.workers)
	for i := range casts {
		running.Go(func() error {
			hints, err := e.rules.election.Hints(casts[i].Text)
			if err == nil {
				casts[i].Hints = hints
			}
			if errors.Is(err, ballot.ErrNoHints) {
				return err
			}
			return nil
		})
	}
	if err := running.Wait(); err != nil {
		return fmt.Errorf("hints of election %s: %w", e.UUID, err)
	}
	for i, c := range casts {
		if c.Hints != nil {
			if err := out.Write(fromHex(arrivals[i].body.Ballot.SHA256), c.Hints); err != nil {
				return fmt.Errorf("hints of election %s: %w", e.UUID, err)
			}
		}
	}
	return nil
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
