package read_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"bayyina/platform/ledger/read"
)

var (
	credential = strings.Repeat("c", 64)
	tracker    = strings.Repeat("7", 64)
	promised   = "bayyina.promise/1\n" + origin + "\nRVbLXA3aE6jsgM\n" + credential + "\n" + tracker + "\n2026-11-24T12:00:00Z\n2026-11-24T12:20:00Z\n"
)

func TestPromiseIsRead(t *testing.T) {
	raw := promised + "\n" + peterLine
	p, err := read.ParsePromise([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	if p.Origin != origin || p.Election != "RVbLXA3aE6jsgM" || p.Credential != credential || p.Tracker != tracker ||
		!p.Issued.Equal(noon) || !p.Deadline.Equal(noon.Add(20*time.Minute)) || string(p.Text) != promised || string(p.Raw) != raw {
		t.Errorf("%+v", p)
	}
}

func TestMalformedPromisesAreRefused(t *testing.T) {
	with := func(old, new string) string { return strings.Replace(promised, old, new, 1) + "\n" + peterLine }
	cases := []struct{ name, promise, words string }{
		{"no note", promised, "no empty line"},
		{"another header", with("promise/1", "promise/2"), "first line"},
		{"six lines", with("2026-11-24T12:00:00Z\n", ""), "not 7 lines"},
		{"eight lines", with("2026-11-24T12:00:00Z\n", "2026-11-24T12:00:00Z\nmore\n"), "not 7 lines"},
		{"no origin", with(origin, ""), "no origin"},
		{"no election", with("RVbLXA3aE6jsgM", ""), "election"},
		{"election with a space", with("RVbLXA3aE6jsgM", "RVbL XA3a"), "election"},
		{"credential of 63 digits", with("c\n", "\n"), "credential"},
		{"credential in capitals", with("c\n", "C\n"), "credential"},
		{"tracker in base64", with(tracker, "j3nL7sXXYVbsBKuR0gvzFLEEFMBIDqUqEYXS1NgWoCU"), "tracker"},
		{"issued in another zone", with("12:00:00Z", "14:00:00+02:00"), "issued"},
		{"no deadline", with("2026-11-24T12:20:00Z", ""), "deadline"},
		{"deadline before it was issued", with("12:20:00Z", "11:59:59Z"), "before it was issued"},
	}
	for _, k := range cases {
		t.Run(k.name, func(t *testing.T) {
			_, err := read.ParsePromise([]byte(k.promise))
			tells(t, err, k.words)
			if !errors.Is(err, read.ErrPromise) {
				t.Errorf("%v is no ErrPromise", err)
			}
		})
	}
}

func TestPromiseBindsTheReceiptKeyThatSignedIt(t *testing.T) {
	c := begun(t)
	c.grant("receipt", "stranger")
	cases := []struct {
		name  string
		raw   []byte
		words string // empty for a good one
	}{
		{"by the receipt key", signed(t, promised, c.signers("receipt")...), ""},
		{"beside others", signed(t, promised, c.signers("stranger", "root", "receipt")...), ""},
		{"by no receipt key", signed(t, promised, c.signers("root", "entry")...), "no receipt key"},
		{"by a stranger", signed(t, promised, c.signers("stranger")...), "no receipt key"},
		{"with a bad signature", spoiled(signed(t, promised, c.signers("receipt")...), "receipt"), "does not verify"},
		{"with a bad signature of another key", spoiled(signed(t, promised, c.signers("receipt", "root")...), "root"), "does not verify"},
		{"for another log", signed(t, strings.Replace(promised, origin, "other.example", 1), c.signers("receipt")...), "made for the log"},
		{"changed", []byte(strings.Replace(string(signed(t, promised, c.signers("receipt")...)), "12:20", "12:30", 1)), "does not verify"},
	}
	check := func(t *testing.T) {
		for _, k := range cases {
			p, err := read.ParsePromise(k.raw)
			if err != nil {
				t.Fatal(err)
			}
			m, err := c.history.CheckPromise(p)
			if k.words != "" {
				tells(t, err, k.words)
			} else if err != nil || m.Key.Name() != "receipt" {
				t.Errorf("%s: %v, %v", k.name, m, err)
			}
		}
	}
	t.Run("while it is valid", check)
	c.want(c.enter(read.KindKeys, remove("receipt"), deciders...))
	t.Run("after it left", check)
}
