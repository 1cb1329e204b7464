package archive

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"

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
			n, err := writeHints(out, election, texts)
			if ballots += n; err != nil || step == nil {
				return ballots, err
			}
			texts = texts[:0]
		}
	}
}

func writeHints(out *hint.Writer, election *ballot.Election, texts [][]byte) (ballots int64, err error) {
	hints, reasons := make([][]byte, len(texts)), make([]error, len(texts))
	var running sync.WaitGroup
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, text := range texts {
		free <- struct{}{}
		running.Go(func() {
			hints[i], reasons[i] = election.Hints(text)
			<-free
		})
	}
	running.Wait()
	for i, text := range texts {
		switch {
		case errors.Is(reasons[i], ballot.ErrNoHints):
			return ballots, fmt.Errorf("hints of an election: %w", reasons[i])
		case reasons[i] != nil:
			continue
		}
		if err := out.Write(sha256.Sum256(text), hints[i]); err != nil {
			return ballots, err
		}
		ballots++
	}
	return ballots, nil
}
