package evidence

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"reflect"
	"testing"
	"time"

	"bayyina/core/hint"
	"bayyina/platform/ledger/read"
)

// hintsOfAll is the file of hints of all the election's ballots, each made by itself.
func hintsOfAll(t *testing.T, c *chapter) []byte {
	t.Helper()
	var right bytes.Buffer
	w, err := hint.NewWriter(&right)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range c.entries {
		var b Ballot
		if entry.Statement.Kind != KindBallot || read.DecodeBody(entry.Statement.Body, &b) != nil || b.Election != uuid {
			continue
		}
		text := c.files[b.Ballot.SHA256]
		hints, err := c.election.Hints(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(sha256.Sum256(text), hints); err != nil {
			t.Fatal(err)
		}
	}
	return right.Bytes()
}

// Hints beside a log save time and change no claim, whatever is in them.
func TestHintsBesideALogChangeNoClaim(t *testing.T) {
	const ballots = 12
	c := manyBallots(ballots)
	right := hintsOfAll(t, c)
	judge := func(file []byte) *Judge {
		j := NewJudge()
		j.UseHints(func(path string) (io.ReadCloser, error) {
			if path != "hints/"+uuid || file == nil {
				return nil, fs.ErrNotExist
			}
			return io.NopCloser(bytes.NewReader(file)), nil
		})
		defer j.Close()
		if err := j.Entries(context.Background(), c, c.entries); err != nil {
			t.Fatal(err)
		}
		return j
	}
	want := judge(nil)
	for name, test := range map[string]struct {
		file   []byte
		hinted int64
	}{
		"right": {right, ballots}, "none": {nil, 0}, "cut off": {right[:len(right)-1], ballots - 1}, "something else": {[]byte("hints"), 0},
	} {
		j := judge(test.file)
		if got := j.Checked(); got.Ballots != ballots || got.Hinted != test.hinted || got.Proofs != want.Checked().Proofs {
			t.Errorf("%s: %+v", name, got)
		}
		if !reflect.DeepEqual(j.Claims(), want.Claims()) {
			t.Errorf("%s: other claims", name)
		}
	}
}

// bundled is a log as its public files, by path: what a reader of hints reads of one.
type bundled map[string][]byte

func (b bundled) Open(_ context.Context, path string, offset, length int64) (io.ReadCloser, error) {
	data, ok := b[path]
	if !ok {
		return nil, read.ErrMissing
	}
	data = data[min(offset, int64(len(data))):]
	if length >= 0 {
		data = data[:min(length, int64(len(data)))]
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}
func (bundled) String() string { return "bundled" }
func (bundled) Close() error   { return nil }

// bundle writes the first entries of the chapter's log as files.
func (c *chapter) bundle(t *testing.T, size int) bundled {
	t.Helper()
	files := make(bundled)
	for from := 0; from < size; from += read.TileWidth {
		var bundle []byte
		var entries []*read.Entry
		for n := from; n < min(from+read.TileWidth, size); n++ {
			e := c.entries[n]
			raw := fmt.Appendf(nil, "bayyina.entry/1\nlog.example/1\n%d\n%s\n0\n\nbayyina.statement/1\nlog.example/1\n%s\n%032x\n%s %s\n%s\n\n— officer/1 AAAAAAAA\n\n— entry.example AAAAAAAA\n",
				n, e.Time.Format(time.RFC3339), e.Statement.Kind, n, e.Statement.From.Format(time.RFC3339), e.Statement.Until.Format(time.RFC3339), e.Statement.Body)
			entry, err := read.ParseEntry(raw)
			if err != nil {
				t.Fatalf("%v\n%s", err, raw)
			}
			entries, bundle = append(entries, entry), read.AppendBundle(bundle, raw)
		}
		files[read.BundlePath(int64(from/read.TileWidth), len(entries))] = bundle
		packed, loose := read.Named(entries)
		pack, err := read.PackIndex(packed)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range packed {
			pack = append(pack, c.files[p.SHA256]...)
		}
		files[read.PackPath(int64(from/read.TileWidth))] = pack
		for _, a := range loose {
			files[read.LoosePath(a)] = c.files[a.SHA256]
		}
	}
	return files
}

// made makes hints of a log bundle by bundle. After each one the maker is stopped, what it
// wrote beyond counts for nothing, and another one goes on, as after a crash.
func (c *chapter) made(t *testing.T, log read.Source, crash bool) []byte {
	t.Helper()
	var file bytes.Buffer
	var m HintMaker
	for !m.Whole {
		if err := m.Bundle(t.Context(), log, int64(len(c.entries)), uuid, c.election, 2, &file); err != nil {
			t.Fatal(err)
		}
		if m.Bytes != int64(file.Len()) {
			t.Fatalf("%d bytes of %d", m.Bytes, file.Len())
		}
		if !crash || m.Whole {
			continue
		}
		gone := m
		if err := gone.Bundle(t.Context(), log, int64(len(c.entries)), uuid, c.election, 1, &file); err != nil {
			t.Fatal(err)
		}
		file.Truncate(int(m.Bytes))
		state, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		m = HintMaker{}
		if err := json.Unmarshal(state, &m); err != nil {
			t.Fatal(err)
		}
	}
	return file.Bytes()
}

func TestHintsMadePieceByPieceWithCrashesBetweenAreTheSameFile(t *testing.T) {
	const ballots = 2*read.TileWidth + 10
	c := manyBallots(ballots)
	c.say(KindBallot, Ballot{Election: "8QrCAeS5xbQKAY", Ballot: c.attach([]byte("of another election"))}, "receipt")
	c.say(KindClose, Close{Election: uuid, Ballots: ballots}, "officer/1")
	log := c.bundle(t, len(c.entries))
	whole := c.made(t, log, false)
	if pieces := c.made(t, log, true); !bytes.Equal(pieces, whole) {
		t.Error("it is another file")
	}
	want := hintsOfAll(t, c)
	if !bytes.Equal(whole, want) {
		t.Errorf("%d bytes, not the %d of all ballots in their order", len(whole), len(want))
	}
}

func TestHintsWaitForTheCloseOfTheElection(t *testing.T) {
	c := manyBallots(12)
	log := c.bundle(t, len(c.entries))
	var m HintMaker
	err := m.Bundle(t.Context(), log, int64(len(c.entries)), uuid, c.election, 1, io.Discard)
	if !errors.Is(err, ErrNotClosed) || m != (HintMaker{}) {
		t.Errorf("%v, %+v", err, m)
	}
}

func TestABallotThatTheLogLostHasNoHints(t *testing.T) {
	c := manyBallots(12)
	var lost Ballot
	if err := read.DecodeBody(c.entries[6].Statement.Body, &lost); err != nil {
		t.Fatal(err)
	}
	c.say(KindClose, Close{Election: uuid, Ballots: 12}, "officer/1")
	log := c.bundle(t, len(c.entries))
	delete(log, read.LoosePath(lost.Ballot))
	var m HintMaker
	if err := m.Bundle(t.Context(), log, int64(len(c.entries)), uuid, c.election, 1, io.Discard); err != nil || m.Ballots != 11 || !m.Whole {
		t.Errorf("%v, %+v", err, m)
	}
}
