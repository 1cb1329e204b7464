package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bayyina/internal/witnesstest"
	"bayyina/platform/identity"
	"bayyina/platform/ledger/localwitness"
	"bayyina/platform/ledger/mirror"

	"github.com/rogpeppe/go-internal/testscript"
)

// witness starts a witness of a log until the script ends, and appends the line
// KEY URL to FILE:
//
//	witness NAME CHECKPOINT.pub FILE [dead|liar]
//
// It is a real one (litewitness) unless it is said to be dead or a liar.
func witness(t *testing.T) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) < 3 {
			ts.Fatalf("usage: witness NAME CHECKPOINT.pub FILE [dead|liar]")
		}
		var url, key string
		switch kind := strings.Join(args[3:], " "); kind {
		case "dead":
			url, key = witnesstest.Dead(t, args[0])
		case "liar":
			url, key = witnesstest.Fake(t, args[0], witnesstest.SignsSomethingElse)
		case "":
			vkey, verifier, err := identity.ParsePublic([]byte(ts.ReadFile(args[1])))
			ts.Check(err)
			_, private, err := ed25519.GenerateKey(rand.Reader)
			ts.Check(err)
			w, err := localwitness.Start(context.Background(), localwitness.Config{
				Binary: witnesstest.Binary(t), Dir: filepath.Join(ts.Getenv("WORK"), ".witness", args[0]),
				Name: args[0], Key: private, Origin: verifier.Name(), LogKey: vkey,
			})
			ts.Check(err)
			ts.Defer(func() { ts.Check(w.Stop()) })
			url, key = w.URL, w.VerifierKey
		default:
			ts.Fatalf("unknown kind of witness %q", kind)
		}
		f, err := os.OpenFile(ts.MkAbs(args[2]), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		ts.Check(err)
		_, err = fmt.Fprintf(f, "%s %s\n", key, url)
		ts.Check(err)
		ts.Check(f.Close())
	}
}

// witnessKeys makes the verifier keys of the witnesses w1, w2 and so on.
func witnessKeys(t testing.TB, n int) []string {
	keys := make([]string, n)
	for i := range keys {
		_, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if keys[i], err = (localwitness.Config{Name: fmt.Sprintf("w%d", i+1), Key: private}).VerifierKey(); err != nil {
			t.Fatal(err)
		}
	}
	return keys
}

func TestListOfWitnessesIsReadAsPolicyOrAsLines(t *testing.T) {
	k := witnessKeys(t, 3)
	policy := "# witnesses\nlog other+7e+AA==\nwitness w1 " + k[0] + " https://w1.example/\nwitness w2 " + k[1] + "\nwitness w3 " + k[2] + "\n"
	for name, c := range map[string]struct {
		text        string
		quorum, got int
		err         string
	}{
		"two of three":       {policy + "group g 2 w3 w2 w1\nquorum g\n", 0, 2, ""},
		"all":                {policy + "group g all w1 w2 w3\nquorum g\n", 0, 3, ""},
		"flag wins":          {policy + "group g all w1 w2 w3\nquorum g\n", 1, 1, ""},
		"lines":              {k[0] + " https://w1.example/\n\n" + k[1] + "\n", 2, 2, ""},
		"one":                {"witness w1 " + k[0] + "\nquorum w1\n", 0, 1, ""},
		"no quorum":          {k[0] + "\n", 0, 0, "no quorum is named: give --quorum"},
		"not all":            {policy + "group g 2 w2 w1\nquorum g\n", 0, 0, "not N of all witnesses"},
		"one of several":     {policy + "quorum w1\n", 0, 0, "not N of all witnesses"},
		"member twice":       {policy + "group g 2 w2 w1 w1\nquorum g\n", 0, 0, "not N of all witnesses"},
		"nested":             {policy + "group a 1 w1 w2\ngroup g 2 a w1 w3\nquorum g\n", 0, 0, "not N of all witnesses"},
		"too many":           {k[0] + "\n", 2, 0, "a quorum of 2 among 1 witnesses"},
		"none":               {"# nobody\n", 1, 0, "no witnesses"},
		"unknown member":     {policy + "group g 2 w1 w4\n", 0, 0, "line 6: group g: unknown member w4"},
		"threshold too high": {policy + "group g 4 w1 w2 w3\n", 0, 0, `line 6: group g: malformed threshold "4"`},
		"twice":              {k[0] + "\n" + k[0] + "\n", 1, 0, "line 2: w1 stands twice"},
		"address":            {k[0] + " ftp://w1.example/\n", 1, 0, `line 1: witness w1: "ftp://w1.example/" is no address http(s)://…`},
		"another keyword":    {"witnes w1 " + k[0] + "\n", 1, 0, "line 1: "},
		"signing key":        {"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n", 1, 0, "line 1: key PeterNeumann is no key of a witness"},
	} {
		_, got, err := parseWitnesses(c.text, c.quorum)
		if c.err == "" && (err != nil || got != c.got) {
			t.Errorf("%s: quorum %d, %v", name, got, err)
		}
		if c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%s: %v, not %q", name, err, c.err)
		}
	}
}

func TestEveryAlarmIsNamedInBothLanguages(t *testing.T) {
	for _, kind := range mirror.Kinds() {
		if text := alarms[kind]; text.AR == "" || text.EN == "" {
			t.Errorf("alarm %s has the names %+v", kind, text)
		}
	}
}

func FuzzWitnesses(f *testing.F) {
	k := witnessKeys(f, 2)
	f.Add("witness w1 "+k[0]+" https://w1.example/\nwitness w2 "+k[1]+"\ngroup g 2 w1 w2\nquorum g\n", 0)
	f.Add(k[0]+"\n", 1)
	f.Fuzz(func(t *testing.T, text string, quorum int) {
		w, n, err := parseWitnesses(text, quorum)
		if err == nil && (n < 1 || n > len(w)) {
			t.Errorf("a quorum of %d among %d witnesses", n, len(w))
		}
	})
}
