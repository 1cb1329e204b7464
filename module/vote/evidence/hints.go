package evidence

import (
	"io"

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
