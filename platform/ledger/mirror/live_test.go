package mirror

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"bayyina/platform/identity"
	"bayyina/platform/ledger"
	"bayyina/platform/ledger/read"
	"bayyina/platform/ledger/replay"
	"bayyina/platform/store"
	"bayyina/platform/store/storetest"
)

// live is a real log that is being written.
type live struct {
	tb   testing.TB
	cfg  ledger.Config
	root *identity.Key
	log  *ledger.Log
}

func newLive(tb testing.TB, clock func() time.Time) (*live, *read.Policy) {
	tb.Helper()
	key := func(name string) *identity.Key {
		k, err := identity.NewKey(name, rand.Reader)
		if err != nil {
			tb.Fatal(err)
		}
		return k
	}
	checkpoint, entry := key("log.example/live"), key("entry.example")
	l := &live{tb: tb, root: key("root.example"), cfg: ledger.Config{
		Dir: tb.TempDir(), DB: storetest.Open(tb, storetest.DSN(tb, store.SQLite)), Checkpoint: checkpoint, Entry: entry,
		Now: clock, Client: http.DefaultClient, Log: slog.New(slog.NewTextHandler(tb.Output(), nil)),
	}}
	genesis := l.item(read.KindGenesis, ledger.Genesis{
		Name: ledger.Bilingual{AR: "س", EN: "L"}, Rehearsal: true, Passkeys: ledger.Passkeys{Origins: []string{}},
		Keys: []ledger.GenesisKey{
			{Role: read.RoleRoot, Key: l.root.VerifierKey()},
			{Role: read.RoleCheckpoint, Key: checkpoint.VerifierKey()},
			{Role: read.RoleEntry, Key: entry.VerifierKey()},
		},
		Witnesses: []ledger.Witness{}, Rules: []ledger.Rule{},
	})
	if _, err := ledger.Create(ctx, l.cfg, genesis.Statement); err != nil {
		tb.Fatal(err)
	}
	var err error
	if l.log, err = ledger.Open(ctx, l.cfg); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { l.log.Close() })
	policy, err := read.ParsePolicy(fmt.Appendf(nil, "log %s\nquorum none\n#bayyina genesis %s\n#bayyina rehearsal\n", checkpoint.VerifierKey(), l.root.VerifierKey()))
	if err != nil {
		tb.Fatal(err)
	}
	return l, policy
}

// item is a statement by the root key, with attachments.
func (l *live) item(kind string, body any, contents ...[]byte) ledger.Item {
	l.tb.Helper()
	encoded, err := ledger.EncodeBody(body)
	if err != nil {
		l.tb.Fatal(err)
	}
	id := make([]byte, 16)
	rand.Read(id)
	s := ledger.Statement{
		Origin: l.cfg.Checkpoint.Name(), Kind: kind, ID: hex.EncodeToString(id), Body: encoded,
		From: time.Now().Add(-time.Hour), Until: time.Now().Add(1000 * time.Hour),
	}
	doc, err := identity.ParseDocument([]byte(s.Text()))
	if err != nil {
		l.tb.Fatal(err)
	}
	signed, err := doc.Sign(l.root)
	if err != nil {
		l.tb.Fatal(err)
	}
	return ledger.Item{Statement: signed, Contents: contents}
}

// write enters entries in small steps, every third with an attachment, and
// publishes after each step.
func (l *live) write(entries, step int) error {
	for n := 0; n < entries; n += step {
		err := l.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
			for i := n; i < n+step; i++ {
				item := l.item("test.word/1", map[string]int{"n": i})
				if i%3 == 0 {
					content := fmt.Appendf(nil, "attachment %d", i/6) // each twice
					hash := sha(content)
					item = l.item("test.file/1", map[string]any{"file": ledger.Attachment{SHA256: hash, Size: int64(len(content))}}, content)
				}
				if err := ledger.Enqueue(ctx, tx, l.cfg.Now(), item); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if _, err := l.log.Drain(ctx); err != nil {
			return err
		}
	}
	return nil
}

func sha(content []byte) string { return hash(string(content)) }

// TestLogThatIsBeingWrittenRaisesNoAlarm mirrors a log all the while that the real
// writer writes it, packs attachments and removes what is packed.
func TestLogThatIsBeingWrittenRaisesNoAlarm(t *testing.T) {
	began := time.Now()
	// The log's clock is fast, so that what is packed is removed while it is read.
	l, policy := newLive(t, func() time.Time { return began.Add(100 * time.Since(began)) })
	cfg := Config{Source: filepath.Join(l.cfg.Dir, "log"), Dir: filepath.Join(t.TempDir(), "mirror"), Policy: policy, Now: time.Now}
	m, err := Open(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	written := make(chan error, 1)
	go func() { written <- l.write(1200, 40) }()
	rounds := 0
	for done := false; !done; rounds++ {
		select {
		case err := <-written:
			if err != nil {
				t.Fatal(err)
			}
			done = true // and one round more
		default:
		}
		if _, err := m.Sync(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if size := m.state.Checkpoint.Size; size != 1201 || rounds < 3 {
		t.Errorf("%d entries after %d rounds", size, rounds)
	}
	src, err := read.OpenSource(ctx, cfg.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	report, err := replay.Replay(ctx, src, policy, nil, replay.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range report.Claims {
		if c.Verdict == read.False {
			t.Errorf("the mirror makes the claim %s false: %+v", c.ID, c.Faults)
		}
	}
	if report.Size != 1201 {
		t.Errorf("%d entries are verified", report.Size)
	}
}

func TestMirrorStoppedAtAnyMomentGoesOn(t *testing.T) {
	saveEvery = 1
	t.Cleanup(func() { saveEvery = 64 })
	l, policy := newLive(t, time.Now)
	if err := l.write(1200, 400); err != nil {
		t.Fatal(err)
	}
	cfg := Config{Source: filepath.Join(l.cfg.Dir, "log"), Dir: filepath.Join(t.TempDir(), "mirror"), Policy: policy, Now: time.Now}
	stops := 0
	for n := time.Duration(1); ; n++ {
		m, err := Open(ctx, cfg)
		if err != nil {
			t.Fatal(err)
		}
		short, cancel := context.WithTimeout(ctx, n*2*time.Millisecond)
		report, err := m.Sync(short)
		cancel()
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		if err == nil {
			if report.Size != 1201 || stops == 0 {
				t.Errorf("%d entries after %d stops", report.Size, stops)
			}
			break
		}
		if stops++; !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("stop %d: %v", stops, err)
		}
	}
	v, err := ledger.OpenView(cfg.Dir)
	if err != nil {
		t.Fatal(err)
	}
	report, err := v.Fsck(ctx)
	if err != nil || len(report.Problems) > 0 {
		t.Errorf("the mirror's files: %+v, %v", report, err)
	}
}

// BenchmarkMirror measures the first round with a log of 10,240 entries and as
// many attachments of 1 kB.
func BenchmarkMirror(b *testing.B) {
	l, policy := newLive(b, time.Now)
	const entries = 10240
	pad := make([]byte, 1000)
	for n := 0; n < entries; n += 1024 {
		err := l.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
			for i := n; i < n+1024; i++ {
				content := fmt.Appendf(pad[:1000:1000], "%d", i)
				item := l.item("test.file/1", map[string]any{"file": ledger.Attachment{SHA256: sha(content), Size: int64(len(content))}}, content)
				if err := ledger.Enqueue(ctx, tx, l.cfg.Now(), item); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := l.log.Drain(ctx); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		m, err := Open(ctx, Config{Source: filepath.Join(l.cfg.Dir, "log"), Dir: filepath.Join(b.TempDir(), "mirror"), Policy: policy, Now: time.Now})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := m.Sync(ctx); err != nil {
			b.Fatal(err)
		}
		if err := m.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(entries)*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}
