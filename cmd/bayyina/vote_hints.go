package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"bayyina/core/archive"
	"bayyina/core/hint"
)

// hintsSuffix is added to an archive's name for the file of its hints.
const hintsSuffix = ".hints"

type voteHintsCmd struct {
	File string `arg:"" help:"The Belenios archive."`
	Out  string `placeholder:"FILE" help:"Write the hints to FILE, which may not exist; without it, to the archive's name with .hints behind it."`
}

func (*voteHintsCmd) Help() string {
	return "Computes for each ballot what a verifier would have to compute, so that bayyina verify only has to compare. Nobody has to believe hints: wrong or " +
		"missing ones cost time and never change a verdict. Nothing that is signed knows of them.\n\n" +
		"bayyina verify finds them beside an archive (council.bel.hints), and in the folder of a log as hints/ELECTION.\n\n" +
		"Examples:\n\n    bayyina vote hints council.bel\n" +
		"    bayyina vote hints 8QrCAeS5xbQKAY.bel --out server/log/hints/8QrCAeS5xbQKAY"
}

// hintsWritten is the answer of vote hints.
type hintsWritten struct {
	Ballots int64  `json:"ballots"`
	Out     string `json:"out"`
}

func (c *voteHintsCmd) Run(e *env) error {
	in, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer in.Close()
	answer := hintsWritten{Out: c.Out}
	if answer.Out == "" {
		answer.Out = c.File + hintsSuffix
	}
	out, err := os.OpenFile(answer.Out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(out, 1<<20)
	answer.Ballots, err = archive.WriteHints(w, in)
	if err := errors.Join(err, w.Flush(), out.Close()); err != nil {
		return errors.Join(fmt.Errorf("%s: %w", c.File, err), os.Remove(answer.Out))
	}
	return e.answer(answer, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, e.tr("%s: hints of %d ballots\n", "%s: تلميحات لأوراق اقتراع عددها %d\n"), answer.Out, answer.Ballots)
		return err
	})
}

// openHints opens the hints beside an archive; nil if there are none.
func openHints(path string) (*hint.Reader, io.Closer) {
	f, err := os.Open(path + hintsSuffix)
	if err != nil {
		return nil, io.NopCloser(nil)
	}
	return hint.NewReader(f), f
}
