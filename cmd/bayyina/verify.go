package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"golang.org/x/term"

	"bayyina/cmd/bayyina/report"
	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
)

// verifyCmd checks a log or an archive, believing nothing that it can compute.
type verifyCmd struct {
	Location string   `arg:"" optional:"" name:"log" help:"A log (folder, tar file or URL), or a Belenios archive (.bel)."`
	Policy   string   `placeholder:"FILE" help:"Where trust starts: the policy file, obtained outside the log. Without it, who wrote and witnessed the log is not shown."`
	HTML     string   `name:"html" placeholder:"FILE" help:"Write a report that can be published: one page, complete in itself, in Arabic and English. An older one is replaced."`
	State    string   `placeholder:"FILE" help:"Keep there how far the check came. The same command goes on from it, after an interruption or when the log has grown."`
	Promise  []string `sep:"none" placeholder:"FILE" help:"Was this promise of the server to a voter kept, or to whoever complained? May be repeated."`
	Receipt  []string `sep:"none" placeholder:"FILE" help:"Is this receipt of a voter right? May be repeated; with --policy it needs no log."`
	Booth    string   `placeholder:"URL" help:"Is the booth that is served there, or lies in this folder, the one in the log? Every file of it is fetched and compared."`
	Jobs     int      `placeholder:"N" help:"How many ballots are checked at a time: one for each core if it is not given."`
	NoColor  bool     `name:"no-color" help:"No colours; so does the environment variable NO_COLOR."`
}

func (*verifyCmd) Help() string {
	return "Reads public files only, asks no server for its opinion, and computes every claim again: each is true, false " +
		"(with what is wrong, at which entry and time, and signed by whom) or not shown (with what is missing).\n\n" +
		"With --json the answer is one object: rehearsal; verdict (\"true\", \"false\", \"not shown\"); counts {true, false, not_shown}; " +
		"checked {what, location, origin, size, root, as_of, policy, …}; claims [{id, subject, title {ar, en}, verdict, says, how, belief, faults [{code, says, detail, " +
		"sequence, time, kind, signed_by}], data}]; program; command; made; seconds. A sentence is {id, args, ar, en}. " +
		"Members may be added, and never change their meaning.\n\n" +
		"Exit codes: 0 no claim is false · 1 some claim is false · 2 it could not be checked · 64 the command was not understood.\n\n" +
		"Examples:\n\n    bayyina verify https://log.hnec.example/2026/ --policy hnec.policy --html report.html\n" +
		"    bayyina verify log.tar --policy hnec.policy --state log.state\n" +
		"    bayyina verify --receipt receipt.txt --policy hnec.policy\n" +
		"    bayyina verify https://log.hnec.example/2026/ --policy hnec.policy --booth https://vote.hnec.example/booth/\n" +
		"    bayyina verify council.bel"
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

// garbagePercent is how much garbage there may be beside what is needed: a nation's
// ballots are checked on a citizen's laptop, too.
const garbagePercent = 50

// check finds out what there is to check, and checks it.
func (c *verifyCmd) check(e *env) (*report.Report, error) {
	if os.Getenv("GOGC") == "" {
		defer debug.SetGCPercent(debug.SetGCPercent(garbagePercent))
	}
	if c.Location == "" {
		if len(c.Receipt) == 0 || c.Policy == "" || len(c.Promise) > 0 || c.State != "" || c.Booth != "" {
			return nil, usageError("a log or an archive is expected, or --receipt with --policy (see bayyina verify --help)")
		}
		return c.checkReceipts(e)
	}
	isArchive, err := c.isArchive()
	if err != nil {
		return nil, err
	}
	if !isArchive {
		return c.checkLog(e)
	}
	if c.Policy != "" || c.State != "" || c.Booth != "" || len(c.Promise)+len(c.Receipt) > 0 {
		return nil, usageError(c.Location + " is an archive: --policy, --state, --promise, --receipt and --booth are for logs (see bayyina verify --help)")
	}
	return c.checkArchive(e)
}

// archiveMagic is how a Belenios archive begins: the name of its first record.
const archiveMagic = "BELENIOS\x00"

// isArchive tells archives from logs, by the name or by how the file begins.
func (c *verifyCmd) isArchive() (bool, error) {
	if strings.HasPrefix(c.Location, "http://") || strings.HasPrefix(c.Location, "https://") {
		return false, nil
	}
	info, err := os.Stat(c.Location)
	if err != nil || info.IsDir() {
		return false, err
	}
	if strings.HasSuffix(c.Location, ".bel") {
		return true, nil
	}
	f, err := os.Open(c.Location)
	if err != nil {
		return false, err
	}
	defer f.Close()
	head := make([]byte, len(archiveMagic))
	if _, err := io.ReadFull(f, head); err != nil {
		return false, fmt.Errorf("%s is neither a log nor an archive", c.Location)
	}
	return string(head) == archiveMagic, nil
}

// write answers with the report, and writes its page.
func (c *verifyCmd) write(e *env, r *report.Report) error {
	if c.HTML != "" {
		var page bytes.Buffer
		if err := r.WriteHTML(&page); err != nil {
			return err
		}
		if err := replaceFile(c.HTML, page.Bytes()); err != nil {
			return err
		}
	}
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

// command is the line that makes the report again, wherever the files lie.
func (c *verifyCmd) command() string {
	words := []string{"bayyina", "verify"}
	file := func(flag, path string) {
		if path != "" {
			words = append(words, flag, quote(filepath.Base(path)))
		}
	}
	switch {
	case strings.Contains(c.Location, "://"):
		words = append(words, quote(c.Location))
	case c.Location != "":
		words = append(words, quote(filepath.Base(c.Location)))
	}
	file("--policy", c.Policy)
	for _, path := range c.Promise {
		file("--promise", path)
	}
	for _, path := range c.Receipt {
		file("--receipt", path)
	}
	switch {
	case strings.Contains(c.Booth, "://"):
		words = append(words, "--booth", quote(c.Booth))
	default:
		file("--booth", c.Booth)
	}
	return strings.Join(words, " ")
}

// replaceFile writes a file whole or not at all, in the place of an older one.
func replaceFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".report-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once the file has its name
	_, err = f.Write(data)
	if err := errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(f.Name(), path)
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
