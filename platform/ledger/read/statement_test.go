package read_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"bayyina/platform/ledger/read"

	"pgregory.net/rapid"
)

func TestStatementIsRead(t *testing.T) {
	raw := []byte(statementOf(plain))
	s, err := read.ParseStatement(raw)
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	if s.Origin != origin || s.Kind != "test.sample/1" || s.ID != "00112233445566778899aabbccddeeff" || !s.From.Equal(from) ||
		!s.Until.Equal(from.Add(time.Hour)) || string(s.Body) != plain || string(s.Raw) != string(raw) || len(s.Signatures) != 1 {
		t.Errorf("%+v", s)
	}
	if want := strings.TrimSuffix(string(raw), "\n"+peterLine); string(s.Text) != want {
		t.Errorf("text %q, want %q", s.Text, want)
	}
}

func TestMalformedStatementsAreRefused(t *testing.T) {
	with := func(old, new string) string { return strings.Replace(statementOf(plain), old, new, 1) }
	cases := []struct{ name, statement, words string }{
		{"no note", "bayyina.statement/1\n", "no empty line"},
		{"another header", with("bayyina.statement/1", "bayyina.statement/2"), "first line"},
		{"an entry's header", with("bayyina.statement/1", "bayyina.entry/1"), "first line"},
		{"no origin", with(origin, ""), "no origin"},
		{"five lines", with(origin+"\n", ""), "not 6 lines"},
		{"seven lines", with(origin+"\n", origin+"\nmore\n"), "not 6 lines"},
		{"kind without version", with("test.sample/1", "test.sample"), "kind"},
		{"version with a leading zero", with("test.sample/1", "test.sample/01"), "kind"},
		{"version 0", with("test.sample/1", "test.sample/0"), "kind"},
		{"kind in capitals", with("test.sample/1", "Test.sample/1"), "kind"},
		{"kind of one word", with("test.sample/1", "sample/1"), "kind"},
		{"kind of 65 bytes", with("test.sample/1", "test."+strings.Repeat("k", 58)+"/1"), "kind"},
		{"id of 31 digits", with("00112233445566778899aabbccddeeff", "0112233445566778899aabbccddeeff"), "id"},
		{"id in capitals", with("aabbccddeeff", "AABBCCDDEEFF"), "id"},
		{"one time", with(" 2026-11-24T10:00:00Z", ""), "window without end"},
		{"two spaces", with("Z 2026", "Z  2026"), "valid until"},
		{"fraction of a second", with("09:00:00Z", "09:00:00.0Z"), "valid from"},
		{"another zone", with("09:00:00Z", "09:00:00+00:00"), "valid from"},
		{"another zone at the end", with("10:00:00Z", "12:00:00+02:00"), "valid until"},
		{"small letters", with("T09:00:00Z", "t09:00:00z"), "valid from"},
		{"a day that is none", with("2026-11-24T10", "2026-02-30T10"), "valid until"},
		{"a leap second", with("10:00:00Z", "10:00:60Z"), "valid until"},
		{"year of five digits", with("2026-11-24T10", "12026-11-24T10"), "valid until"},
		{"window backwards", with("10:00:00Z", "08:59:59Z"), "ends before it begins"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := read.ParseStatement([]byte(c.statement))
			tells(t, err, c.words)
			if !errors.Is(err, read.ErrStatement) {
				t.Errorf("%v is no ErrStatement", err)
			}
		})
	}
}

// entryOf is the envelope around a statement, sealed by nobody known.
func entryOf(head, statement string) string { return head + "\n" + statement + "\n" + enochLine }

const entryHead = "bayyina.entry/1\n" + origin + "\n7\n2026-11-24T09:30:00Z\n5\n"

func TestEntryIsRead(t *testing.T) {
	raw := entryOf(entryHead, statementOf(plain))
	e, err := read.ParseEntry([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	if e.Origin != origin || e.Sequence != 7 || e.After != 5 || !e.Time.Equal(time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC)) {
		t.Errorf("%+v", e)
	}
	if string(e.Raw) != raw || string(e.Statement.Raw) != statementOf(plain) || e.Signatures[0].Name != "EnochRoot" || e.Statement.Signatures[0].Name != "PeterNeumann" {
		t.Errorf("the statement within is %q", e.Statement.Raw)
	}
}

func TestMalformedEntriesAreRefused(t *testing.T) {
	with := func(old, new string) string {
		return entryOf(strings.Replace(entryHead, old, new, 1), statementOf(plain))
	}
	cases := []struct {
		name, entry string
		kind        error
	}{
		{"empty", "", read.ErrEntry},
		{"a bare statement", statementOf(plain), read.ErrEntry},
		{"two lines", "bayyina.entry/1\n" + origin + "\n\n" + enochLine, read.ErrEntry},
		{"another header", with("entry/1", "entry/2"), read.ErrEntry},
		{"no empty line before the statement", strings.Replace(with("", ""), "\n5\n\n", "\n5\n", 1), read.ErrEntry},
		{"a line more", with("\n5\n", "\n5\n5\n"), read.ErrEntry},
		{"sequence with a leading zero", with("\n7\n", "\n07\n"), read.ErrEntry},
		{"negative sequence", with("\n7\n", "\n-7\n"), read.ErrEntry},
		{"sequence with a plus", with("\n7\n", "\n+7\n"), read.ErrEntry},
		{"sequence beyond 63 bits", with("\n7\n", "\n9223372036854775808\n"), read.ErrEntry},
		{"no sequence", with("\n7\n", "\n\n"), read.ErrEntry},
		{"time in another zone", with("09:30:00Z", "11:30:00+02:00"), read.ErrEntry},
		{"after with white space", with("\n5\n", "\n5 \n"), read.ErrEntry},
		{"no statement", entryOf(entryHead, "nothing\n"), read.ErrStatement},
		{"statement without signatures", entryOf(entryHead, strings.TrimSuffix(statementOf(plain), "\n"+peterLine)), read.ErrStatement},
		{"body of another spelling", entryOf(entryHead, statementOf(plain+" ")), read.ErrBody},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			e, err := read.ParseEntry([]byte(c.entry))
			if !errors.Is(err, c.kind) {
				t.Fatalf("%v, want %v", err, c.kind)
			}
			if known := e != nil && e.Sequence == 7; known != (c.kind != read.ErrEntry) {
				t.Errorf("what could be read of it: %+v", e)
			}
		})
	}
}

func TestWhatIsSealedIsReadBack(t *testing.T) {
	entry, entryKey := signer(t, "entry.example")
	officer, _ := signer(t, "officer.example")
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.Int64Range(0, 253402300799).Draw(t, "time")
		stamp := time.Unix(at, 0).UTC().Format("2006-01-02T15:04:05Z")
		sequence := rapid.Int64Range(0, 1<<62).Draw(t, "sequence")
		body, err := read.EncodeBody(map[string]string{"text": rapid.String().Draw(t, "text")})
		if err != nil {
			t.Fatal(err)
		}
		statement := signed(t, "bayyina.statement/1\n"+origin+"\na.b/12\n"+strings.Repeat("0f", 16)+"\n"+stamp+" "+stamp+"\n"+string(body)+"\n", officer)
		raw := signed(t, fmt.Sprintf("bayyina.entry/1\n%s\n%d\n%s\n0\n\n%s", origin, sequence, stamp, statement), entry)
		e, err := read.ParseEntry(raw)
		if err != nil {
			t.Fatal(err)
		}
		if e.Sequence != sequence || e.Time.Unix() != at || string(e.Statement.Raw) != string(statement) || string(e.Statement.Body) != string(body) {
			t.Fatalf("%+v", e)
		}
		k, err := read.ParseKey(entryKey)
		if err != nil {
			t.Fatal(err)
		}
		if err := k.Verify(e.Text, e.Signatures[0].Bytes, read.Passkeys{}); err != nil {
			t.Fatal(err)
		}
	})
}
