package main

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the scripts run this very program as the command bayyina, with
// passphrases that cost little time.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"bayyina": func() {
		e := theWorld()
		e.workFactor = 10
		os.Exit(run(os.Args[1:], e))
	}})
}

// TestCommands runs testdata/script: the refused case stands beside the accepted
// one, with its exact message. Besides testscript's own commands the scripts have
//
//	exits CODE COMMAND [ARG...]   the command must end with this exit code
//	witness NAME KEY FILE         a witness, see witness
//	scan PICTURE FILE             read the QR code in a picture into a file
//
// and start with LANG=en and an empty home.
func TestCommands(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                "testdata/script",
		RequireUniqueNames: true,
		Setup: func(s *testscript.Env) error {
			s.Setenv("LANG", "en_US.UTF-8")
			s.Setenv("LC_ALL", "")
			s.Setenv("LC_MESSAGES", "")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "witness": witness(t), "scan": scan},
	})
}

// exits runs a command and fails unless it ends with the given exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARG...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("run %s: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("%s ended with exit code %d, not %d", args[1], got, want)
	}
}
