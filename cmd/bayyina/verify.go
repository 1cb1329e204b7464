package main

import (
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"golang.org/x/term"

	"bayyina/cmd/bayyina/report"
	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
)

// verifyCmd checks a log or an archive, believing nothing that it can compute.
type verifyCmd struct {
	Location string `arg:"" name:"log" help:"A log (folder, tar file or URL), or a Belenios archive (.bel)."`
	HTML     string `name:"html" placeholder:"FILE" help:"Write a report that can be published: one page, complete in itself, in Arabic and English."`
	NoColor  bool   `name:"no-color" help:"No colours; so does the environment variable NO_COLOR."`
}

func (*verifyCmd) Help() string {
	return "Reads public files only, asks no server for its opinion, and computes every claim again: each is true, false " +
		"(with what is wrong, at which entry and time, and signed by whom) or not shown (with what is missing).\n\n" +
		"With --json the answer is one object: rehearsal; verdict (\"true\", \"false\", \"not shown\"); counts {true, false, not_shown}; " +
		"checked {what, location, …}; claims [{id, subject, title {ar, en}, verdict, says, how, belief, faults [{code, says, detail, " +
		"sequence, time, kind, signed_by}], data}]; program; command; made; seconds. A sentence is {id, args, ar, en}. " +
		"Members may be added, and never change their meaning.\n\n" +
		"Exit codes: 0 no claim is false · 1 some claim is false · 2 it could not be checked · 64 the command was not understood.\n\n" +
		"Example:\n\n    bayyina verify council.bel --html report.html"
}

func (c *verifyCmd) Run(e *env) error {
	start := e.now()
	r, err := c.check(e)
	if err != nil {
		return err
	}
	r.Program = programName()
	r.Command = c.command()
	r.Made, r.Took = start, e.now().Sub(start)
	if err := c.write(e, r); err != nil {
		return err
	}
	switch {
	case r.Count(read.False) > 0:
		return errClaimFalse
	case r.Unchecked != "":
		return fmt.Errorf("%s: %s", c.Location, r.Unchecked)
	}
	return nil
}

// check finds out what there is to check, and checks it.
func (c *verifyCmd) check(e *env) (*report.Report, error) {
	info, err := os.Stat(c.Location)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, fmt.Errorf("%s is a folder", c.Location)
	}
	return c.checkArchive(e)
}

// write answers with the report, and writes its page.
func (c *verifyCmd) write(e *env, r *report.Report) error {
	document, err := r.Document()
	if err != nil {
		return err
	}
	return e.answer(document, func(w io.Writer) error {
		l, err := locale.New(e.lang)
		if err != nil {
			return err
		}
		return r.WriteText(w, l, c.style(e))
	})
}

// command is the line that makes the report again.
func (c *verifyCmd) command() string {
	return "bayyina verify " + quote(c.Location)
}

// quote writes a word for a shell.
func quote(word string) string {
	const safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:%+=@,"
	if word != "" && strings.Trim(word, safe) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// textWidth is the width of lines that go to no terminal.
const textWidth = 100

// style lays text out for whatever standard output is.
func (c *verifyCmd) style(e *env) report.Style {
	s := report.Style{Width: textWidth}
	fd, ok := terminal(e.stdout)
	if !ok {
		return s
	}
	s.Color = !c.NoColor && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	if width, _, err := term.GetSize(fd); err == nil {
		s.Width = min(width, textWidth)
	}
	return s
}

// terminal returns the descriptor of a stream that is a terminal.
func terminal(stream any) (fd int, ok bool) {
	f, ok := stream.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	return int(f.Fd()), true
}

// programName is the program with its version.
func programName() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return "bayyina " + info.Main.Version
	}
	return "bayyina"
}
