package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"bayyina/cmd/bayyina/config"
	"bayyina/internal/demo"
	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
)

// demoVoters is how many voters the country has by default.
const demoVoters = 2000

// demoCmd holds an election in an invented country.
type demoCmd struct {
	Voters      int    `default:"${demo_voters}" help:"How many voters the country has."`
	Out         string `default:"demo" placeholder:"DIR" help:"A new folder, which is left for you: log, policy, archive, report, a voter's receipt."`
	Database    string `placeholder:"URL" help:"Use this PostgreSQL database (postgres://…), an empty one, instead of a file in the folder."`
	Lies        bool   `default:"true" negatable:"" help:"Tell lies afterwards, and find them out."`
	Serve       bool   `default:"true" negatable:"" help:"Serve the country's pages at the end, on this machine only: until Enter is pressed, or where no terminal is, until they were looked at once."`
	Listen      string `default:"${demo_listen}" placeholder:"ADDR" help:"Serve them on this host:port (${default})."`
	Litewitness string `placeholder:"FILE" help:"The witnesses' program; by default litewitness beside this program or on the PATH."`
}

func (*demoCmd) Help() string {
	return "Holds a whole election, from the first key to the certified result, in a country shaped like Libya: real keys, real " +
		"ballots, real witnesses as processes of their own. A stranger then checks it. Then somebody who holds the server's " +
		"keys, and most times the witnesses' too, tells lies, and each is found out. Everything is invented and runs on one machine: a " +
		"rehearsal, which proves nothing.\n\n" +
		"Examples:\n\n    bayyina demo\n    bayyina demo --voters 20000 --no-lies --out big"
}

func (c *demoCmd) Run(e *env) error {
	l, err := locale.New(e.lang)
	if err != nil {
		return err
	}
	s := &story{env: e, l: l}
	country, err := c.hold(s)
	if err != nil {
		return err
	}
	if err := c.verify(s, country); err != nil {
		return err
	}
	if c.Lies {
		if err := s.lies(country); err != nil {
			return err
		}
	}
	if err := c.next(s, country); err != nil {
		return err
	}
	if !c.Serve || e.json {
		return nil
	}
	return c.show(s)
}

// hold holds the election, and tells of it.
func (c *demoCmd) hold(s *story) (*demo.Country, error) {
	e := s.env
	if err := config.CheckDatabase(c.Database); err != nil {
		return nil, usageError("--database " + err.Error())
	}
	witness, err := c.witness()
	if err != nil {
		return nil, err
	}
	if err := s.tell(read.Message{ID: "demo.title"}); err != nil {
		return nil, err
	}
	bar, err := newProgress(e)
	if err != nil {
		return nil, err
	}
	country, err := demo.Hold(e.ctx, demo.Config{
		Dir: c.Out, Database: c.Database, Voters: c.Voters, Litewitness: witness, Random: e.rand, Now: e.now,
		Tell: func(m read.Message) error {
			bar.clear()
			return s.tell(m)
		},
		Progress: func(done, of int) {
			bar.tell("demo.casting", int64(done), map[string]any{"Of": of})
		},
	})
	bar.clear()
	if errors.Is(err, os.ErrExist) {
		err = fmt.Errorf("%w: choose another folder with --out, or remove this one", err)
	}
	if err != nil {
		return nil, err
	}
	receipt, err := os.ReadFile(country.Receipt)
	if err == nil {
		err = writeReceiptQR(filepath.Join(c.Out, "receipt.svg"), string(receipt), country.Tracker)
	}
	return country, err
}

// witness finds the program of the witnesses.
func (c *demoCmd) witness() (string, error) {
	if c.Litewitness != "" {
		return c.Litewitness, nil
	}
	return findWitness()
}

// findWitness finds the program of the witnesses beside this program, or on the PATH.
func findWitness() (string, error) {
	const name = "litewitness"
	if self, err := os.Executable(); err == nil {
		beside := filepath.Join(filepath.Dir(self), name)
		if _, err := os.Stat(beside); err == nil {
			return beside, nil
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("the witnesses' program is missing (%w): make demo builds it, or go build filippo.io/torchwood/cmd/litewitness", err)
	}
	return path, nil
}

// verify checks the election as anybody can, and writes the report.
func (c *demoCmd) verify(s *story, country *demo.Country) error {
	if err := s.tell(read.Message{ID: "demo.verify"}); err != nil {
		return err
	}
	v := verifyCmd{Location: country.Log, Policy: country.Policy, HTML: filepath.Join(c.Out, "report.html")}
	return v.Run(s.env)
}

// next says what can be tried with what was left.
func (c *demoCmd) next(s *story, country *demo.Country) error {
	if s.json {
		return nil
	}
	if err := s.tell(read.Message{ID: "demo.next", Args: map[string]any{"Dir": c.Out}}); err != nil {
		return err
	}
	lies := country.Lies()
	commands := []string{
		"bayyina verify " + country.Log + " --policy " + country.Policy,
		"bayyina verify " + country.Log + " --policy " + country.Policy + " --promise " + country.Promise,
		"bayyina verify --receipt " + country.Receipt + " --policy " + country.Policy,
		"bayyina log show " + country.Log,
		"bayyina verify " + country.Archive,
	}
	if c.Lies {
		commands = append(commands, "bayyina verify "+lies[0].Log+" --policy "+country.Policy+" --promise "+country.Promise)
	}
	for _, command := range commands {
		if _, err := fmt.Fprintf(s.stdout, "    %s\n", command); err != nil {
			return err
		}
	}
	return nil
}

// story is told on standard output; with --json, where the answer is the
// verification's, on standard error.
type story struct {
	*env
	l *locale.Locale
}

func (s *story) tell(m read.Message) error {
	text, err := s.l.Message(m)
	if err != nil {
		return err
	}
	out := s.stdout
	if s.json {
		out = s.stderr
	}
	_, err = fmt.Fprintf(out, "\n%s\n", text)
	return err
}

// lies tells each lie and shows what gave it away.
func (s *story) lies(country *demo.Country) error {
	if err := s.tell(read.Message{ID: "demo.lies"}); err != nil {
		return err
	}
	for i, lie := range country.Lies() {
		if err := country.Tell(lie); err != nil {
			return err
		}
		if err := s.tell(read.Message{ID: "demo.lie." + lie.Name}); err != nil {
			return err
		}
		v := verifyCmd{Location: lie.Log, Policy: lie.Policy}
		if i == 0 {
			v.Promise = []string{country.Promise}
		}
		r, err := v.check(s.env)
		if err != nil {
			return err
		}
		if err := s.foundOut(r.Claims); err != nil {
			return fmt.Errorf("lie %s: %w", lie.Name, err)
		}
	}
	return nil
}

// foundOut shows the first fault of each claim that is false.
func (s *story) foundOut(claims []read.Claim) error {
	out := io.Writer(s.stdout)
	if s.json {
		out = s.stderr
	}
	told := make(map[string]bool)
	for _, c := range claims {
		if c.Verdict != read.False || len(c.Faults) == 0 {
			continue
		}
		f := c.Faults[0]
		text, err := s.l.Message(f.Says)
		if err != nil {
			return err
		}
		if told[text] || c.ID == "vote.archive" && len(told) > 0 { // it changes with everything
			continue
		}
		told[text] = true
		if f.Sequence >= 0 {
			entry, err := s.l.Text("report.entry", map[string]any{"Sequence": fmt.Sprint(f.Sequence)})
			if err != nil {
				return err
			}
			text += " (" + strings.Join(append([]string{entry}, f.SignedBy...), s.tr(", ", "، ")) + ")"
		}
		if _, err := fmt.Fprintf(out, "  ✗ %s: %s\n", c.ID, text); err != nil {
			return err
		}
	}
	if len(told) == 0 {
		return errors.New("nobody noticed it")
	}
	return nil
}
