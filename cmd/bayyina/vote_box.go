package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"bayyina/core/ballot"
	"bayyina/core/election"
	"bayyina/core/tally"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity"
)

// boxArchive is the archive in the folder of a ballot box without a log.
const boxArchive = "election.bel"

// voteBoxCmd groups the steps of an election that is kept in an archive alone.
type voteBoxCmd struct {
	Cast        boxCastCmd        `cmd:"" help:"Add a signed ballot."`
	Close       boxCloseCmd       `cmd:"" help:"End the voting."`
	Tally       boxTallyCmd       `cmd:"" help:"Add the ballots up, without opening them."`
	Shuffle     boxShuffleCmd     `cmd:"" help:"Add a trustee's shuffle of the answers to ranked questions."`
	EndShuffles boxEndShufflesCmd `cmd:"" help:"Say that no shuffle follows, so that the trustees can decrypt."`
	Result      boxResultCmd      `cmd:"" help:"Add the trustees' partial decryptions and compute the result."`
}

// openArchive opens and verifies an archive. The caller closes the file.
func openArchive(path string) (*vote.Box, *os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	box, err := vote.OpenBox(f, info.Size())
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	return box, f, nil
}

// boxState is the answer of the commands on a box: how far the election has come.
type boxState struct {
	Election string       `json:"election"`
	Phase    string       `json:"phase"`
	Ballots  int          `json:"ballots"`
	Counted  int          `json:"counted"` // voters
	Weight   uint64       `json:"weight"`
	Tracker  string       `json:"tracker,omitempty"` // of the ballot just cast
	Result   tally.Result `json:"result,omitempty"`
}

func newBoxState(b *vote.Box) boxState {
	r := b.Report
	return boxState{
		Election: r.UUID, Phase: string(r.Phase), Ballots: r.Ballots, Counted: r.Counted,
		Weight: r.TotalWeight, Result: r.Result,
	}
}

func (s boxState) tell(e *env, w io.Writer, el *ballot.Election) error {
	phase := s.Phase
	if e.lang == "ar" {
		phase = map[election.Phase]string{
			election.Open: "مفتوح", election.Closed: "مغلق", election.Mixing: "في الخلط", election.Tallied: "مفروز", election.Finished: "مكتمل",
		}[election.Phase(phase)]
	}
	var text strings.Builder
	fmt.Fprintf(&text, e.tr("Election %s: %s. Ballots: %d. Voters: %d. Total weight: %d.\n",
		"الانتخاب %s: %s. عدد الأوراق: %d. عدد المقترعين: %d. الوزن الكلي: %d.\n"), s.Election, phase, s.Ballots, s.Counted, s.Weight)
	if s.Tracker != "" {
		fmt.Fprintf(&text, e.tr("Tracker: %s\n", "رقم التتبع: %s\n"), s.Tracker)
	}
	tellResult(e, &text, el, s.Result)
	_, err := io.WriteString(w, text.String())
	return err
}

// tellResult writes how many votes each answer got, and of ballots that were shuffled
// the number given to each answer.
func tellResult(e *env, text *strings.Builder, el *ballot.Election, result tally.Result) {
	for i, outcome := range result {
		q := el.Questions()[i]
		fmt.Fprintf(text, "%s\n", visible(q.Title()))
		if !q.Shuffled() {
			for j, n := range outcome.Numbers() {
				fmt.Fprintf(text, "  %s: %d\n", label(e, q, j), n)
			}
			continue
		}
		for j := range q.Labels() {
			fmt.Fprintf(text, "  %d. %s\n", j+1, label(e, q, j))
		}
		text.WriteString(e.tr("Ballots, in shuffled order, with the number given to each:\n", "الأوراق بترتيب مخلوط، وفي كل منها الرقم المعطى لكل جواب:\n"))
		for _, row := range outcome.Rows {
			fmt.Fprintf(text, "  %s\n", strings.Trim(fmt.Sprint(row), "[]"))
		}
	}
}

// step makes one step of the box in dir and puts the longer archive, verified again,
// in place of the one that was there.
func (e *env) step(dir string, step func(b *vote.Box, w io.Writer) (tracker string, err error)) error {
	path := filepath.Join(dir, boxArchive)
	box, f, err := openArchive(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var tracker string
	longer := path + ".new"
	err = writeArchive(longer, func(w io.Writer) (err error) {
		tracker, err = step(box, w)
		return err
	})
	if err != nil {
		return err
	}
	after, g, err := openArchive(longer)
	if err != nil {
		return errors.Join(err, os.Remove(longer))
	}
	defer g.Close()
	if err := os.Rename(longer, path); err != nil {
		return err
	}
	answer := newBoxState(after)
	answer.Tracker = tracker
	return e.answer(answer, func(w io.Writer) error { return answer.tell(e, w, after.Election) })
}

// writeArchive writes a new file and flushes it to the disk. Where that fails nothing
// is left.
func writeArchive(path string, write func(w io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s exists already: nothing is overwritten", path)
	}
	if err != nil {
		return err
	}
	buffered := bufio.NewWriterSize(f, 1<<20)
	err = write(buffered)
	if err == nil {
		err = errors.Join(buffered.Flush(), f.Sync())
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

type boxCastCmd struct {
	Dir    string `arg:"" help:"The folder that bayyina vote import made."`
	Ballot string `arg:"" help:"The signed ballot."`
}

func (*boxCastCmd) Help() string {
	return "Verifies the ballot and all that is there, and adds it. The last ballot of a credential counts.\n\n" +
		"Example:\n\n    bayyina vote box cast box ballot.json"
}

func (c *boxCastCmd) Run(e *env) error {
	text, err := identity.Read(c.Ballot, evidence.MaxBallot)
	if err != nil {
		return err
	}
	return e.step(c.Dir, func(b *vote.Box, w io.Writer) (string, error) {
		cast, err := b.Cast(w, text)
		if err != nil {
			return "", err
		}
		return cast.Tracker(), nil
	})
}

type boxCloseCmd struct {
	Dir string `arg:"" help:"The folder that bayyina vote import made."`
}

func (*boxCloseCmd) Help() string {
	return "After it no ballot is taken.\n\nExample:\n\n    bayyina vote box close box"
}

func (c *boxCloseCmd) Run(e *env) error {
	return e.step(c.Dir, func(b *vote.Box, w io.Writer) (string, error) { return "", b.Close(w) })
}

type boxTallyCmd struct {
	Dir string `arg:"" help:"The folder that bayyina vote import made."`
}

func (*boxTallyCmd) Help() string {
	return "The trustees get the archive after it, and decrypt (bayyina vote decrypt).\n\nExample:\n\n    bayyina vote box tally box"
}

func (c *boxTallyCmd) Run(e *env) error {
	return e.step(c.Dir, func(b *vote.Box, w io.Writer) (string, error) {
		_, err := b.Count(w)
		return "", err
	})
}

type boxShuffleCmd struct {
	Dir     string `arg:"" help:"The folder that bayyina vote import made."`
	Shuffle string `arg:"" help:"The shuffle (bayyina vote shuffle)."`
	Trustee int    `required:"" placeholder:"N" help:"The number of the trustee who made it."`
}

func (*boxShuffleCmd) Help() string {
	return "Verifies the shuffle and all that is there, and adds it. The next one starts from it.\n\n" +
		"Example:\n\n    bayyina vote box shuffle box shuffle-2.json --trustee 2"
}

func (c *boxShuffleCmd) Run(e *env) error {
	text, err := identity.Read(c.Shuffle, evidence.MaxShuffle)
	if err != nil {
		return err
	}
	return e.step(c.Dir, func(b *vote.Box, w io.Writer) (string, error) { return "", b.Shuffle(w, c.Trustee, text) })
}

type boxEndShufflesCmd struct {
	Dir string `arg:"" help:"The folder that bayyina vote import made."`
}

func (*boxEndShufflesCmd) Help() string {
	return "What the last shuffle gave is decrypted.\n\nExample:\n\n    bayyina vote box end-shuffles box"
}

func (c *boxEndShufflesCmd) Run(e *env) error {
	return e.step(c.Dir, func(b *vote.Box, w io.Writer) (string, error) { return "", b.EndShuffles(w) })
}

type boxResultCmd struct {
	Dir        string   `arg:"" help:"The folder that bayyina vote import made."`
	Decryption []string `arg:"" help:"Partial decryptions, in any order."`
}

func (*boxResultCmd) Help() string {
	return "Finds out whose each partial decryption is, verifies it, and computes the result once enough are there.\n\n" +
		"Example:\n\n    bayyina vote box result box decryption-1.json decryption-3.json"
}

func (c *boxResultCmd) Run(e *env) error {
	var texts [][]byte
	for _, path := range c.Decryption {
		text, err := identity.Read(path, evidence.MaxDecryption)
		if err != nil {
			return err
		}
		texts = append(texts, text)
	}
	return e.step(c.Dir, func(b *vote.Box, w io.Writer) (string, error) {
		_, err := b.Finish(w, texts)
		return "", err
	})
}
