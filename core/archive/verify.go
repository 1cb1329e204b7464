package archive

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"runtime"

	"bayyina/core/ballot"
	"bayyina/core/election"
	"bayyina/core/hint"
)

// Options of Verify.
type Options struct {
	// Accepted, if not nil, is called for each ballot accepted, in the order of
	// casting: for progress, or for keeping trackers.
	Accepted func(ballot.Verified)
	// Workers is how many ballots are checked at a time; if 0, one for each core.
	Workers int
	// Hints finds hints of ballots; nil if there are none.
	Hints *hint.Reader
}

// Report is what was checked in an archive.
type Report struct {
	election.Report
	Timestamp int64 // Unix seconds, as the archive states it
	Events    int64
	Last      Hash // last event; it fixes everything before it
}

// Verify checks a whole archive of the given size: its form, and the election as far
// as it has come. Memory does not grow with the ballots but for some 200 bytes each:
// a ballot that a voter replaced is read a second time.
//
// The report tells what was right before a fault, too. A fault of the archive is an
// *election.Fault; any other error is one of reading it.
func Verify(r io.ReaderAt, size int64, o Options) (*Report, error) {
	d := &driver{archive: r, options: o, ballots: make(map[[32]byte]place)}
	if o.Workers == 0 {
		d.options.Workers = runtime.GOMAXPROCS(0)
	}
	d.verifier = election.NewVerifier(d.fetch, rand.Reader)
	err := d.run(&source{r: bufio.NewReaderSize(io.NewSectionReader(r, 0, size), 1<<20)})
	d.report.Report = *d.verifier.Report()
	return &d.report, err
}

// source remembers an error of reading, which is no fault of the archive.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// place is where in the archive a ballot's text is.
type place struct{ offset, size int64 }

// driver feeds a verifier from an archive.
type driver struct {
	archive  io.ReaderAt
	options  Options
	verifier *election.Verifier
	ballots  map[[32]byte]place
	report   Report
	waiting  batch  // being read
	checking *batch // being checked meanwhile, nil if none is
}

// fetch reads a ballot again.
func (d *driver) fetch(hash [32]byte) ([]byte, error) {
	at, ok := d.ballots[hash]
	if !ok {
		return nil, fmt.Errorf("no ballot %s", ballot.TrackerOf(hash))
	}
	text := make([]byte, at.size)
	if _, err := d.archive.ReadAt(text, at.offset); err != nil {
		return nil, fmt.Errorf("read ballot %s again: %w", ballot.TrackerOf(hash), err)
	}
	return text, nil
}

func (d *driver) run(s *source) error {
	r, err := NewReader(s)
	if err != nil {
		return s.fault(0, err)
	}
	d.report.Timestamp = r.Timestamp()
	for {
		height := r.Height()
		step, err := r.Next()
		if err != nil {
			// Ballots before the fault come first.
			if fault := d.flush(); fault != nil {
				return fault
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			return s.fault(height, err)
		}
		if err := d.step(step); err != nil {
			return election.At(height, err)
		}
		d.report.Events = r.Height()
		d.report.Last = step.Hash
	}
}

// fault blames the archive's form, unless reading itself failed.
func (s *source) fault(height int64, err error) error {
	if s.err != nil {
		return fmt.Errorf("read archive: %w", s.err)
	}
	return &election.Fault{Stage: election.StageForm, Height: height, Reason: err}
}

func (d *driver) step(s *Step) error {
	if s.Type == Ballot {
		return d.ballot(s)
	}
	if err := d.flush(); err != nil {
		return err
	}
	switch s.Type {
	case Setup:
		records := election.Records{Election: s.Data[0], Trustees: s.Data[1], Credentials: s.Data[2]}
		if len(s.Data) == objects[Setup]+1 {
			records.Certificate = s.Data[3]
		}
		return d.verifier.Setup(records)
	case EndBallots:
		return d.verifier.EndBallots()
	case EncryptedTally:
		return d.verifier.EncryptedTally(s.Data[0], s.Data[1])
	case Shuffle:
		return d.verifier.Shuffle(s.Owner, s.Data[0])
	case EndShuffles:
		return d.verifier.EndShuffles()
	case PartialDecryption:
		return d.verifier.PartialDecryption(s.Owner, s.Data[0])
	default: // Result, the last type that the reader knows
		return d.verifier.Result(s.Data[0])
	}
}
