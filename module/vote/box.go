package vote

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"bayyina/core/archive"
	"bayyina/core/ballot"
	"bayyina/core/credential"
	"bayyina/core/election"
	"bayyina/core/group"
	"bayyina/core/tally"
	"bayyina/core/trustee"
)

// Box is a ballot box without a log: a Belenios archive, verified whole, that is
// continued. Each step writes the longer archive anew and leaves the box as it was.
type Box struct {
	Report      *archive.Report
	Election    *ballot.Election
	Trustees    *trustee.Trustees
	Credentials *credential.List
	// Records are the set-up's, as published.
	Records election.Records

	archive     io.ReaderAt
	size        int64
	places      map[[32]byte]place // of the ballots
	sum         *tally.Accumulator
	decryptions map[int][]byte // by owner
}

// place is where in the archive a record's content stands.
type place struct {
	offset int64
	size   int
}

// OpenBox verifies an archive of the given size. A fault of it is an
// *election.Fault.
func OpenBox(r io.ReaderAt, size int64) (*Box, error) {
	b := &Box{archive: r, size: size, places: make(map[[32]byte]place), decryptions: make(map[int][]byte)}
	if err := b.index(); err != nil {
		return nil, err
	}
	var refused error
	report, err := archive.Verify(r, size, archive.Options{Accepted: func(v ballot.Verified) {
		refused = errors.Join(refused, b.sum.Add(v))
	}})
	if err = errors.Join(err, refused); err != nil {
		return nil, err
	}
	b.Report = report
	return b, nil
}

// index reads where everything is, and the records that later steps need. What it
// reads is verified afterwards.
func (b *Box) index() error {
	return b.each(func(s *archive.Step) error {
		switch s.Type {
		case archive.Setup:
			return b.setUp(s)
		case archive.Ballot:
			b.places[sha256.Sum256(s.Data[0])] = place{s.Offset, len(s.Data[0])}
		case archive.PartialDecryption:
			b.decryptions[s.Owner] = s.Data[0]
		}
		return nil
	})
}

func (b *Box) setUp(s *archive.Step) (err error) {
	if b.Election != nil {
		return fmt.Errorf("a second set-up %w", election.ErrOrder)
	}
	b.Records = SetupRecords(s)
	if b.Election, err = ballot.ParseElection(b.Records.Election); err != nil {
		return err
	}
	if b.Trustees, err = trustee.Parse(b.Election.Group(), b.Records.Trustees); err != nil {
		return err
	}
	if b.Credentials, err = credential.ParseList(b.Election.Group(), b.Records.Credentials); err != nil {
		return err
	}
	b.sum = tally.NewAccumulator(b.Election, b.Credentials, b.fetch)
	return nil
}

// SetupRecords returns the records that the first event of an archive names.
func SetupRecords(s *archive.Step) election.Records {
	r := election.Records{Election: s.Data[0], Trustees: s.Data[1], Credentials: s.Data[2]}
	if len(s.Data) == 5 {
		r.Certificate = s.Data[3]
	}
	return r
}

func (b *Box) fetch(hash [32]byte) ([]byte, error) {
	p, ok := b.places[hash]
	if !ok {
		return nil, errors.New("it is not in the archive")
	}
	text := make([]byte, p.size)
	if _, err := b.archive.ReadAt(text, p.offset); err != nil {
		return nil, err
	}
	return text, nil
}

// each reads the archive event by event.
func (b *Box) each(event func(*archive.Step) error) error {
	r, err := archive.NewReader(bufio.NewReaderSize(io.NewSectionReader(b.archive, 0, b.size), 1<<20))
	if err != nil {
		return err
	}
	for {
		step, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = event(step)
		}
		if err != nil {
			return fmt.Errorf("event %d: %w", r.Height(), err)
		}
	}
}

// copy writes the archive, as far as keep wants its events, for more to follow.
func (b *Box) copy(w io.Writer, keep func(archive.Type) bool) (*archive.Writer, error) {
	out, err := archive.NewWriter(w, b.Report.Timestamp)
	if err != nil {
		return nil, err
	}
	return out, b.each(func(s *archive.Step) error {
		if !keep(s.Type) {
			return nil
		}
		switch s.Type {
		case archive.Setup:
			r := SetupRecords(s)
			return out.Setup(r.Election, r.Trustees, r.Credentials, r.Certificate)
		case archive.Ballot:
			return out.Ballot(s.Data[0])
		case archive.EndBallots:
			return out.EndBallots()
		case archive.EncryptedTally:
			return out.EncryptedTally(s.Data[0], s.Data[1])
		case archive.Shuffle:
			return out.Shuffle(s.Owner, s.Data[0])
		case archive.EndShuffles:
			return out.EndShuffles()
		case archive.PartialDecryption:
			return out.PartialDecryption(s.Owner, s.Data[0])
		case archive.Result:
			return out.Result(s.Data[0])
		}
		return fmt.Errorf("%s: %w", s.Type, election.ErrUnsupported)
	})
}

func everything(archive.Type) bool { return true }

// phase refuses a step whose turn it is not.
func (b *Box) phase(want election.Phase) error {
	if b.Report.Phase != want {
		return fmt.Errorf("%w: the election is %s, not %s", ErrTooEarly, b.Report.Phase, want)
	}
	return nil
}

// Copy writes the archive as it is.
func (b *Box) Copy(w io.Writer) error {
	_, err := b.copy(w, everything)
	return err
}

// Reopen writes the set-up and the ballots, and leaves out what follows them.
func (b *Box) Reopen(w io.Writer) error {
	_, err := b.copy(w, func(t archive.Type) bool { return t == archive.Setup || t == archive.Ballot })
	return err
}

// Cast writes the archive with one more ballot, which must be valid and new.
func (b *Box) Cast(w io.Writer, text []byte) (*ballot.Ballot, error) {
	if err := b.phase(election.Open); err != nil {
		return nil, err
	}
	cast, err := ballot.ParseBallot(b.Election.Group(), text)
	if err != nil {
		return nil, err
	}
	if _, again := b.places[cast.Hash()]; again {
		return nil, ErrAlreadyCast
	}
	if _, err := b.Election.Verify(cast, b.Credentials); err != nil {
		return nil, err
	}
	out, err := b.copy(w, everything)
	if err != nil {
		return nil, err
	}
	return cast, out.Ballot(text)
}

// Close writes the archive with the end of the ballots.
func (b *Box) Close(w io.Writer) error {
	if err := b.phase(election.Open); err != nil {
		return err
	}
	out, err := b.copy(w, everything)
	if err != nil {
		return err
	}
	return out.EndBallots()
}

// Count writes the archive with the encrypted tally.
func (b *Box) Count(w io.Writer) (tally.Summary, error) {
	if err := b.phase(election.Closed); err != nil {
		return tally.Summary{}, err
	}
	out, err := b.copy(w, everything)
	if err != nil {
		return tally.Summary{}, err
	}
	encrypted, summary := b.sum.Tally()
	return summary, out.EncryptedTally(encrypted.Bytes(b.Election), summary.Bytes())
}

// Shuffle writes the archive with one more shuffle, by the trustee with that number.
// Only the archive's verification tells whether it is right.
func (b *Box) Shuffle(w io.Writer, owner int, shuffle []byte) error {
	if err := b.phase(election.Mixing); err != nil {
		return err
	}
	out, err := b.copy(w, everything)
	if err != nil {
		return err
	}
	return out.Shuffle(owner, shuffle)
}

// EndShuffles writes the archive with the end of the shuffles.
func (b *Box) EndShuffles(w io.Writer) error {
	if err := b.phase(election.Mixing); err != nil {
		return err
	}
	out, err := b.copy(w, everything)
	if err != nil {
		return err
	}
	return out.EndShuffles()
}

// Finish writes the archive with more partial decryptions and the result that they
// give together with those that are there.
func (b *Box) Finish(w io.Writer, decryptions [][]byte) (tally.Result, error) {
	if err := b.phase(election.Tallied); err != nil {
		return nil, err
	}
	out, err := b.copy(w, everything)
	if err != nil {
		return nil, err
	}
	var all []*trustee.Decryption
	decrypted := make(map[int]bool)
	for owner, text := range b.decryptions {
		d, err := b.Trustees.Verify(owner, text, b.Election, b.Report.Tally)
		if err != nil {
			return nil, err
		}
		all = append(all, d)
		decrypted[owner] = true
	}
	for _, text := range decryptions {
		d, err := FindOwner(b.Trustees, text, b.Election, b.Report.Tally)
		if err != nil {
			return nil, err
		}
		if decrypted[d.Owner()] {
			return nil, fmt.Errorf("trustee %d has decrypted already", d.Owner())
		}
		decrypted[d.Owner()] = true
		all = append(all, d)
		if err := out.PartialDecryption(d.Owner(), text); err != nil {
			return nil, err
		}
	}
	plain, err := b.Trustees.Combine(all, b.Report.Tally)
	if err != nil {
		return nil, err
	}
	result, err := tally.Solve(b.Election, plain, b.Report.TotalWeight)
	if err != nil {
		return nil, err
	}
	return result, out.Result(result.Bytes())
}

// FindOwner checks a partial decryption that does not say whose it is.
func FindOwner(t *trustee.Trustees, text []byte, e *ballot.Election, encrypted [][]group.Ciphertext) (*trustee.Decryption, error) {
	var reasons error
	for i := range t.Owners {
		d, err := t.Verify(i+1, text, e, encrypted)
		if err == nil {
			return d, nil
		}
		reasons = err
	}
	return nil, fmt.Errorf("this is the partial decryption of none of the trustees: %w", reasons)
}
