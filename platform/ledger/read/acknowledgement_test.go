package read_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"bayyina/platform/ledger/read"
)

const acknowledged = "bayyina.complaint/1\nlog.example/2026\n8QrCAeS5xbQKAY\n3\n" +
	"56827687766347e2f2a156f171f562972232479b9537205b1316f2498f53edcc\n2026-11-24T10:00:00Z\n2026-11-24T11:00:00Z\n\n— server.example/receipt AAAAAAAA\n"

func TestAnAcknowledgementIsReadLineByLine(t *testing.T) {
	a, err := read.ParseAcknowledgement([]byte(acknowledged))
	if err != nil {
		t.Fatal(err)
	}
	if a.Number != 3 || a.Election != "8QrCAeS5xbQKAY" || a.Origin != "log.example/2026" || a.Deadline.Sub(a.Lodged) != time.Hour {
		t.Errorf("%+v", a)
	}
	for what, change := range map[string][2]string{
		"a promise":            {"bayyina.complaint/1", "bayyina.promise/1"},
		"no election":          {"8QrCAeS5xbQKAY", "-"},
		"number 0":             {"\n3\n", "\n0\n"},
		"a number with a sign": {"\n3\n", "\n+3\n"},
		"a hash that is none":  {"56827687", "XXXXXXXX"},
		"a deadline before":    {"T11:00", "T09:00"},
		"a time that is none":  {"T10:00:00Z", "T10:00:00"},
		"a line too many":      {"\n3\n", "\n3\n3\n"},
		"no origin":            {"log.example/2026", ""},
		"no signature":         {"\n— server.example/receipt AAAAAAAA", ""},
	} {
		if _, err := read.ParseAcknowledgement([]byte(strings.Replace(acknowledged, change[0], change[1], 1))); !errors.Is(err, read.ErrPromise) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func FuzzParseAcknowledgement(f *testing.F) {
	f.Add([]byte(acknowledged))
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, err := read.ParseAcknowledgement(raw)
		if err != nil {
			return
		}
		if a.Number < 1 || a.Deadline.Before(a.Lodged) || len(a.Statement) != 64 {
			t.Errorf("%+v", a)
		}
	})
}
