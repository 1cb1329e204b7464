package archive

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bayyina/internal/peerdata"
)

// peer returns the content of the one archive in a folder of the peer data.
func peer(tb testing.TB, elem ...string) []byte {
	tb.Helper()
	dir := peerdata.Dir(tb, append([]string{"belenios"}, elem...)...)
	found, err := filepath.Glob(filepath.Join(dir, "*.bel"))
	if err != nil || len(found) != 1 {
		tb.Fatalf("%d archives in %s (%v)", len(found), dir, err)
	}
	content, err := os.ReadFile(found[0])
	if err != nil {
		tb.Fatal(err)
	}
	return content
}

// copyArchive reads an archive and writes it again from what was read.
func copyArchive(bel []byte) ([]byte, error) {
	r, err := NewReader(bytes.NewReader(bel))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w, err := NewWriter(&out, r.Timestamp())
	if err != nil {
		return nil, err
	}
	for {
		step, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out.Bytes(), nil
		}
		if err == nil {
			err = w.write(step)
		}
		if err != nil {
			return nil, err
		}
	}
}

// write copies a step through the Writer's public methods.
func (w *Writer) write(s *Step) error {
	switch s.Type {
	case Setup:
		var certificate []byte
		if len(s.Data) == 5 {
			certificate = s.Data[3]
		}
		return w.Setup(s.Data[0], s.Data[1], s.Data[2], certificate)
	case Ballot:
		return w.Ballot(s.Data[0])
	case EndBallots:
		return w.EndBallots()
	case EncryptedTally:
		return w.EncryptedTally(s.Data[0], s.Data[1])
	case Shuffle:
		return w.Shuffle(s.Owner, s.Data[0])
	case EndShuffles:
		return w.EndShuffles()
	case PartialDecryption:
		return w.PartialDecryption(s.Owner, s.Data[0])
	default:
		return w.Result(s.Data[0])
	}
}

var peers = []string{
	"01-one-trustee", "02-three-trustees", "03-threshold-2-of-3", "04-blank", "05-thirty-candidates",
	"06-two-questions", "07-ranked-two-shuffles", "08-lists-weights", "09-big-weights", "10-revotes", "11-arabic",
	"12-everything", "13-field-rfc3526", "14-field-belenios", "15-not-closed", "16-setup-only", "17-big-500x20",
	"20-debian-2.0-homomorphic", "21-debian-2.0-ranked-threshold",
}

func TestArchiveWrittenAgainHasTheSameBytes(t *testing.T) {
	for _, name := range peers {
		t.Run(name, func(t *testing.T) {
			bel := peer(t, name)
			again, err := copyArchive(bel)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(bel, again) {
				t.Errorf("%d bytes became %d other bytes", len(bel), len(again))
			}
		})
	}
}

func TestArchiveOfBelenios4IsUnsupported(t *testing.T) {
	_, err := NewReader(bytes.NewReader(peer(t, "30-dev4-two-questions")))
	if !errors.Is(err, ErrVersion) {
		t.Errorf("error is %v, want %v", err, ErrVersion)
	}
}

func TestBrokenFormIsRefused(t *testing.T) {
	for _, c := range []struct{ name, reason string }{
		{"broken-parent", `parent is "000000`},
		{"wrong-height", "height is 4, must be 3"},
		{"data-does-not-match-name", "record 566f0aeefae6300b58bdea17a32ce787759711e7791025e76f8be2d6726d804e.data.json has the content of hash 2b1ab70d66d44934fc60ee008b71ebbf344386919d70784055ae5aff0db249ff"},
		{"truncated-mid-record", "archive is cut off in the padding of record 6725082"},
		{"truncated-at-record", "archive ends with 1 data records that no event follows"},
		{"extra-record", "extra data record"},
		{"end-of-tar-blocks", "end-of-archive blocks are not part of the format"},
		{"tar-header-mode", "not in the reproducible form"},
		{"other-timestamp", "carries time 1795478126, the archive's header 1795478125"},
		{"archive-version-2", "version is 2, must be 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := copyArchive(peer(t, "invalid", c.name))
			if err == nil || !strings.Contains(err.Error(), c.reason) {
				t.Errorf("error is %v, want %q", err, c.reason)
			}
		})
	}
}

// small is an archive of one event, taken apart by the tests below.
func small(tb testing.TB) []byte {
	tb.Helper()
	var out bytes.Buffer
	w, err := NewWriter(&out, 1795478125)
	if err != nil {
		tb.Fatal(err)
	}
	for _, step := range []error{
		w.Setup([]byte("election"), []byte("trustees"), []byte("credentials"), nil),
		w.Ballot([]byte("ballot")),
		w.EndBallots(),
	} {
		if step != nil {
			tb.Fatal(step)
		}
	}
	return out.Bytes()
}

// renamed replaces a record's content and gives it the matching name.
func renamed(tb testing.TB, bel []byte, old, content string) []byte {
	tb.Helper()
	suffix := dataSuffix
	if strings.Contains(old, `"height"`) {
		suffix = eventSuffix
	}
	if old == string(first(1795478125)) {
		return bytes.Replace(bel, raw(firstName, old), raw(firstName, content), 1)
	}
	before := raw(string(HashOf([]byte(old)))+suffix, old)
	if !bytes.Contains(bel, before) {
		tb.Fatalf("no record %s", old)
	}
	return bytes.Replace(bel, before, raw(string(HashOf([]byte(content)))+suffix, content), 1)
}

func raw(name, content string) []byte {
	var out bytes.Buffer
	if err := writeRecord(&out, name, []byte(content), 1795478125); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// TestEachCheckOfFormIsNeeded changes one thing per case that only the named
// check sees; the checks that peers' broken archives need are in
// TestBrokenFormIsRefused.
func TestEachCheckOfFormIsNeeded(t *testing.T) {
	bel := small(t)
	if _, err := copyArchive(bel); err != nil {
		t.Fatal(err)
	}
	setup := Event{Type: Setup, Payload: HashOf(SetupPayload{
		Election: HashOf([]byte("election")), Trustees: HashOf([]byte("trustees")), Credentials: HashOf([]byte("credentials")),
	}.Text())}
	ballot := Event{Parent: HashOf(setup.Text()), Height: 1, Type: Ballot, Payload: HashOf([]byte("ballot"))}
	end := Event{Parent: HashOf(ballot.Text()), Height: 2, Type: EndBallots}
	change := func(old, with string) []byte { return renamed(t, bel, old, with) }
	padded := bytes.Clone(bel)
	padded[len(padded)-1] = 1
	for _, c := range []struct {
		check  string
		bel    []byte
		reason string
	}{
		{"empty file", nil, "archive is empty"},
		{"first record's name", bel[1024:], `first record is "`},
		{"first record's layout", change(string(first(1795478125)), `{"version":1, "timestamp":"1795478125"}`), "not in canonical form"},
		{"first record's time", change(string(first(1795478125)), `{"version":1,"timestamp":"1795478126"}`), "states time 1795478126 and carries 1795478125"},
		{"timestamp fits", change(string(first(1795478125)), `{"version":1,"timestamp":"8589934592"}`), "no time that fits"},
		{"timestamp is a string", change(string(first(1795478125)), `{"version":1,"timestamp":1795478125}`), "is not a string"},
		{"zero padding", padded, "is not zero"},
		{"cut header", bel[:len(bel)-1024+100], "100 bytes of a tar header"},
		{"cut padding", bel[:len(bel)-1], "cut off in the padding"},
		{"event's layout", change(string(end.Text()), strings.Replace(string(end.Text()), ",", ", ", 1)), "not in canonical form"},
		{"event's type", change(string(end.Text()), strings.Replace(string(end.Text()), "EndBallots", "Recount", 1)), `type "Recount" is not known`},
		{"payload where none belongs", change(string(end.Text()), string(Event{end.Parent, 2, EndBallots, HashOf(nil)}.Text())), "EndBallots event with a payload"},
		{"payload present", change(string(end.Text()), string(Event{end.Parent, 2, Result, HashOf(nil)}.Text())), "is missing"},
		{"payload is the record before", change("ballot", "other"), "names payload"},
		{"record of the set-up", change("trustees", "others"), "data record 2 is"},
		{"order of the set-up", bytes.Replace(bel,
			append(raw(string(HashOf([]byte("election")))+dataSuffix, "election"), raw(string(HashOf([]byte("trustees")))+dataSuffix, "trustees")...),
			append(raw(string(HashOf([]byte("trustees")))+dataSuffix, "trustees"), raw(string(HashOf([]byte("election")))+dataSuffix, "election")...), 1), "data record 1 is"},
		{"missing record of the set-up", bytes.Replace(bel, raw(string(HashOf([]byte("election")))+dataSuffix, "election"), nil, 1), "data record 1 is"},
		{"record's kind", bytes.Replace(bel, raw(string(HashOf([]byte("ballot")))+dataSuffix, "ballot"), raw("ballot.txt", "ballot"), 1), "neither data nor an event"},
		{"many data records", bytes.Replace(bel, raw(string(HashOf([]byte("ballot")))+dataSuffix, "ballot"), bytes.Repeat(raw(string(HashOf([]byte("ballot")))+dataSuffix, "ballot"), 6), 1), "more data records in a row"},
		{"size of the first record", raw(firstName, strings.Repeat(" ", 1025)), "at most 1024 are taken"},
	} {
		t.Run(c.check, func(t *testing.T) {
			_, err := copyArchive(c.bel)
			if err == nil || !strings.Contains(err.Error(), c.reason) {
				t.Errorf("error is %v, want %q", err, c.reason)
			}
		})
	}
}

func TestRecordLargerThanTheLimitIsNotRead(t *testing.T) {
	h := header(strings.Repeat("0", 64)+dataSuffix, MaxRecord+1, 1795478125)
	_, err := copyArchive(append(small(t), h...))
	if err == nil || !strings.Contains(err.Error(), "at most 268435456 are taken") {
		t.Errorf("error is %v", err)
	}
}

func TestWriterRefusesASecondSetup(t *testing.T) {
	w, err := NewWriter(io.Discard, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Ballot(nil); err == nil {
		t.Error("ballot before the set-up was written")
	}
	if err := w.Setup(nil, nil, nil, nil); err != nil {
		t.Fatal(err)
	}
	if err := w.Setup(nil, nil, nil, nil); err == nil {
		t.Error("second set-up was written")
	}
}

func TestWhateverIsWrittenIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.SliceOfN(rapid.Byte(), 0, 1500)
		var out bytes.Buffer
		w, err := NewWriter(&out, rapid.Int64Range(0, maxTime).Draw(t, "time"))
		if err != nil {
			t.Fatal(err)
		}
		certificate := body.Draw(t, "certificate")
		if len(certificate) == 0 {
			certificate = nil
		}
		if err := w.Setup(body.Draw(t, "election"), body.Draw(t, "trustees"), body.Draw(t, "credentials"), certificate); err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(0, 3).Draw(t, "ballots") {
			if err := w.Ballot(body.Draw(t, "ballot")); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.PartialDecryption(rapid.IntRange(1, 9).Draw(t, "owner"), body.Draw(t, "decryption")); err != nil {
			t.Fatal(err)
		}
		again, err := copyArchive(out.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again, out.Bytes()) {
			t.Fatal("another archive came back")
		}
	})
}

// FuzzReader: whatever is accepted is written again with the same bytes.
func FuzzReader(f *testing.F) {
	f.Add(small(f))
	f.Fuzz(func(t *testing.T, bel []byte) {
		again, err := copyArchive(bel)
		if err == nil && !bytes.Equal(bel, again) {
			t.Error("accepted an archive that is written otherwise")
		}
	})
}
