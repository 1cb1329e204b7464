package board_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bayyina/internal/forge"
	"bayyina/platform/ledger/board"
	"bayyina/platform/ledger/read"
)

const origin = "log.hnec.example/2026"

var (
	ctx   = context.Background()
	start = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// told is a log that was told up to a size, in a folder.
type told struct {
	actors  *forge.Actors
	history *forge.History
	dir     string
}

func tell(tb testing.TB) *told {
	tb.Helper()
	actors := must(forge.NewActors(origin, start, rand.Reader))
	return &told{actors, must(forge.Honest(actors)), filepath.Join(tb.TempDir(), "log")}
}

// publish writes the log as it was when it had so many entries.
func (l *told) publish(tb testing.TB, size int) {
	tb.Helper()
	h := *l.history
	h.Entries = h.Entries[:size]
	h.Checkpoints = nil
	for _, c := range l.history.Checkpoints {
		if c.Size <= int64(size) {
			h.Checkpoints = append(h.Checkpoints, c)
		}
	}
	written := filepath.Join(tb.TempDir(), "log")
	if err := h.Write(written, l.actors.Keys()); err != nil {
		tb.Fatal(err)
	}
	l.clear(tb)
	if err := os.CopyFS(l.dir, os.DirFS(written)); err != nil {
		tb.Fatal(err)
	}
}

// clear takes the files away, and leaves the folder to whoever has it open.
func (l *told) clear(tb testing.TB) {
	tb.Helper()
	files, err := os.ReadDir(l.dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		tb.Fatal(err)
	}
	for _, f := range files {
		if err := os.RemoveAll(filepath.Join(l.dir, f.Name())); err != nil {
			tb.Fatal(err)
		}
	}
}

func (l *told) board(tb testing.TB, state string) *board.Board {
	tb.Helper()
	source := must(read.OpenSource(ctx, l.dir))
	tb.Cleanup(func() { source.Close() })
	return must(board.New(board.Config{
		Source: source, Policy: must(read.ParsePolicy(l.actors.Policy())),
		Judges: func() []read.Judge { return nil }, Dir: state, Log: slog.New(slog.DiscardHandler),
	}))
}

func refresh(tb testing.TB, b *board.Board) *board.Snapshot {
	tb.Helper()
	if err := b.Refresh(ctx); err != nil {
		tb.Fatal(err)
	}
	return b.Now()
}

func TestTheBoardRecomputesTheLogAndHoldsWhatItFound(t *testing.T) {
	l := tell(t)
	l.publish(t, forge.HonestSize)
	b := l.board(t, t.TempDir())
	if b.Now() != nil {
		t.Fatal("it tells before it has looked")
	}
	s := refresh(t, b)
	if s.Size() != forge.HonestSize || b.Behind() != 0 {
		t.Fatalf("%d entries, %d behind", s.Size(), b.Behind())
	}
	if !s.Witnessed.Met || len(s.Witnessed.By) == 0 || s.Report.AsOf.IsZero() {
		t.Errorf("witnessed: %+v as of %v", s.Witnessed, s.Report.AsOf)
	}
	for _, c := range s.Claims("") {
		if c.Verdict == read.False {
			t.Errorf("%s: %+v", c.ID, c.Faults)
		}
	}
	var n int64
	for _, k := range s.Kinds() {
		n += k.Count
	}
	if n != forge.HonestSize {
		t.Errorf("kinds of %d entries", n)
	}
}

func TestTheBoardSaysThatItIsBehindAndCatchesUp(t *testing.T) {
	l := tell(t)
	l.publish(t, 20)
	b := l.board(t, t.TempDir())
	before := refresh(t, b)
	version := b.Version()
	l.publish(t, forge.HonestSize)
	after := refresh(t, b)
	if after.Report.Resumed != 20 {
		t.Errorf("%d entries were not judged again, want 20", after.Report.Resumed)
	}
	if before.Size() != 20 || after.Size() != forge.HonestSize {
		t.Errorf("sizes %d and %d", before.Size(), after.Size())
	}
	if b.Version() == version {
		t.Error("the version is the same")
	}
	if refresh(t, b) != after {
		t.Error("it judged the same checkpoint again")
	}
}

func TestALogThatGetsShorterIsToldAndChangesNothing(t *testing.T) {
	l := tell(t)
	l.publish(t, forge.HonestSize)
	b := l.board(t, "")
	s := refresh(t, b)
	l.publish(t, 20)
	if err := b.Refresh(ctx); !errors.Is(err, board.ErrRewritten) {
		t.Fatalf("error %v, want ErrRewritten", err)
	}
	if b.Now() != s || !errors.Is(b.Standing().Trouble, board.ErrRewritten) {
		t.Error("what was found is gone, or the trouble is not told")
	}
}

func TestALogThatIsNotThereIsTrouble(t *testing.T) {
	l := tell(t)
	l.publish(t, 20)
	b := l.board(t, "")
	l.clear(t)
	if err := b.Refresh(ctx); err == nil || b.Standing().Trouble == nil {
		t.Error("no trouble")
	}
}

func TestAnEntryIsProvedToAnybodyWithThePolicy(t *testing.T) {
	l := tell(t)
	l.publish(t, forge.HonestSize)
	s := refresh(t, l.board(t, ""))
	policy := must(read.ParsePolicy(l.actors.Policy()))
	for _, n := range []int64{0, forge.HonestOpen, 255, 256, forge.HonestSize - 1} {
		e := must(s.Entry(ctx, n))
		receipt := must(s.Proof(ctx, e, true))
		r, err := read.CheckReceipt(receipt, policy)
		if err != nil || !bytes.Equal(r.Entry.Raw, e.Raw) {
			t.Errorf("entry %d: %v", n, err)
		}
		bare := must(read.ParseProof(must(s.Proof(ctx, e, false))))
		if _, err := bare.Check(e.Raw, policy); err != nil {
			t.Errorf("entry %d: %v", n, err)
		}
	}
	for _, n := range []int64{-1, forge.HonestSize} {
		if _, err := s.Entry(ctx, n); !errors.Is(err, board.ErrBeyond) {
			t.Errorf("entry %d: %v, want ErrBeyond", n, err)
		}
	}
}

func TestAnEntryThatWasChangedOnDiskIsNotShown(t *testing.T) {
	l := tell(t)
	l.publish(t, forge.HonestSize)
	s := refresh(t, l.board(t, ""))
	path := filepath.Join(l.dir, read.BundlePath(0, read.TileWidth))
	data := must(os.ReadFile(path))
	data = bytes.Replace(data, []byte("A resignation"), []byte("A resignatiom"), 1)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Entry(ctx, forge.HonestRemoval); !errors.Is(err, read.ErrDamaged) {
		t.Errorf("error %v, want ErrDamaged", err)
	}
}

func TestEntriesAreReadNewestFirstAndByKind(t *testing.T) {
	l := tell(t)
	l.publish(t, forge.HonestSize)
	s := refresh(t, l.board(t, ""))
	seen := int64(forge.HonestSize)
	for before, more := seen, true; more; {
		var list []*read.Entry
		var err error
		if list, more, err = s.Latest(ctx, "", before, 70); err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			if seen--; e.Sequence != seen {
				t.Fatalf("entry %d, want %d", e.Sequence, seen)
			}
		}
		before = seen
	}
	if seen != 0 {
		t.Errorf("the last was %d", seen)
	}
	list, more, err := s.Latest(ctx, read.KindKeys, forge.HonestSize, 1)
	if err != nil || !more || len(list) != 1 || list[0].Sequence != forge.HonestRemoval {
		t.Errorf("%v, %v, %v", list, more, err)
	}
}

func TestSignaturesAreJudgedByTheKeysThatWereValidThen(t *testing.T) {
	l := tell(t)
	l.publish(t, forge.HonestSize)
	s := refresh(t, l.board(t, ""))
	signed := s.Signatures(must(s.Entry(ctx, forge.HonestOpen)))
	if len(signed) != 4 {
		t.Fatalf("%d signatures", len(signed))
	}
	for _, line := range signed {
		if line.Verdict != read.True || line.Role == "" {
			t.Errorf("%+v", line)
		}
	}
	if first := s.Signatures(must(s.Entry(ctx, 0))); len(first) != 1 || first[0].Role != read.RoleRoot {
		t.Errorf("genesis: %+v", first)
	}
}

func TestAttachmentsAreThoseThatTheEntryNames(t *testing.T) {
	l := tell(t)
	l.publish(t, forge.HonestSize)
	s := refresh(t, l.board(t, ""))
	for _, n := range []int64{forge.HonestFirst, 299} { // packed, loose
		e := must(s.Entry(ctx, n))
		data, err := s.Attachment(ctx, e, e.Statement.Attachments[0].SHA256)
		if err != nil || !bytes.HasPrefix(data, []byte("ballot of entry")) {
			t.Errorf("entry %d: %q, %v", n, data, err)
		}
	}
	e := must(s.Entry(ctx, 0))
	if _, err := s.Attachment(ctx, e, "00"); !errors.Is(err, board.ErrBeyond) {
		t.Errorf("%v, want ErrBeyond", err)
	}
}
