package archive

import (
	"bufio"
	"errors"
	"io"
	"runtime"

	"bayyina/core/ballot"
	"bayyina/core/hint"
)

// hintsAtOnce is how many ballots' hints are made at a time.
const hintsAtOnce = 256

// WriteHints writes the hints of an archive's ballots, on all cores, and returns of how
// many. It reads the archive's form and judges no ballot: of one that it cannot read
// there are no hints. Making them takes a little longer than verifying without.
func WriteHints(w io.Writer, archive io.Reader) (ballots int64, err error) {
	out, err := hint.NewWriter(w)
	if err != nil {
		return 0, err
	}
	r, err := NewReader(bufio.NewReaderSize(archive, 1<<20))
	if err != nil {
		return 0, err
	}
	var election *ballot.Election
	var texts [][]byte
	for {
		step, err := r.Next()
		if err != nil && !errors.Is(err, io.EOF) {
			return ballots, err
		}
		if step != nil && step.Type == Setup {
			if election, err = ballot.ParseElection(step.Data[0]); err != nil {
				return 0, err
			}
		}
		if step != nil && step.Type == Ballot {
			texts = append(texts, step.Data[0])
		}
		if step == nil || len(texts) == hintsAtOnce {
			n, err := election.WriteHints(out, runtime.GOMAXPROCS(0), texts)
			if ballots += n; err != nil || step == nil {
				return ballots, err
			}
			texts = texts[:0]
		}
	}
}
