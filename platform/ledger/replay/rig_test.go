package replay_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bayyina/internal/witnesstest"
	"bayyina/platform/ledger"
	"bayyina/platform/ledger/read"
	"bayyina/platform/ledger/replay"
	"bayyina/platform/store"
	"bayyina/platform/store/storetest"

	"golang.org/x/mod/sumdb/note"
)

const origin = "log.example/2026"

var ctx = context.Background()

// rig is a log that the real writer makes, with real witnesses.
type rig struct {
	ledger.Config
	*ledger.Log
	checkpoint, root string
	signer           note.Signer // the root
	witnesses        []ledger.Witness
}

func newSigner(tb testing.TB, name string) (note.Signer, string) {
	tb.Helper()
	private, public, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		tb.Fatal(err)
	}
	s, err := note.NewSigner(private)
	if err != nil {
		tb.Fatal(err)
	}
	return s, public
}

// newRig makes a log with a number of witnesses, whose quorum is all of them.
func newRig(tb testing.TB, witnesses int) *rig {
	tb.Helper()
	r := &rig{}
	checkpoint, ck := newSigner(tb, origin)
	entry, ek := newSigner(tb, "entry.example")
	root, rk := newSigner(tb, "root.example")
	r.checkpoint, r.root, r.signer = ck, rk, root
	for i := range witnesses {
		w := witnesstest.Start(tb, witnesstest.New(tb, fmt.Sprintf("w%d.example", i+1), origin, ck))
		r.witnesses = append(r.witnesses, ledger.Witness{Key: w.VerifierKey, URL: w.URL})
	}
	r.Config = ledger.Config{
		Dir: tb.TempDir(), DB: storetest.Open(tb, storetest.DSN(tb, store.SQLite)), Checkpoint: checkpoint, Entry: entry,
		Now: time.Now, Client: http.DefaultClient, Log: slog.New(slog.DiscardHandler),
	}
	genesis := r.sign(tb, "log.genesis/1", ledger.Genesis{
		Name: ledger.Bilingual{AR: "تجربة", EN: "A test"}, Rehearsal: true,
		Keys:     []ledger.GenesisKey{{Role: "root", Key: rk}, {Role: "checkpoint", Key: ck}, {Role: "entry", Key: ek}},
		Passkeys: ledger.Passkeys{RPID: "sign.example", Origins: []string{"https://sign.example"}},
		// An empty list, not null.
		Witnesses: append([]ledger.Witness{}, r.witnesses...), Quorum: witnesses, Rules: []ledger.Rule{},
	})
	if _, err := ledger.Create(ctx, r.Config, genesis); err != nil {
		tb.Fatal(err)
	}
	var err error
	if r.Log, err = ledger.Open(ctx, r.Config); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { r.Close() })
	return r
}

// policy is one that pins what the log really is.
func (r *rig) policy(tb testing.TB) *read.Policy {
	tb.Helper()
	text := "log " + r.checkpoint + "\n#bayyina rehearsal\n#bayyina genesis " + r.root + "\n"
	var names []string
	for i, w := range r.witnesses {
		names = append(names, fmt.Sprintf("w%d", i+1))
		text += "witness " + names[i] + " " + w.Key + "\n"
	}
	if len(names) == 0 {
		text += "quorum none\n"
	} else {
		text += "group all all " + strings.Join(names, " ") + "\nquorum all\n"
	}
	p, err := read.ParsePolicy([]byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func (r *rig) sign(tb testing.TB, kind string, body any) []byte {
	tb.Helper()
	encoded, err := ledger.EncodeBody(body)
	if err != nil {
		tb.Fatal(err)
	}
	var id [16]byte
	rand.Read(id[:])
	s := ledger.Statement{
		Origin: origin, Kind: kind, ID: hex.EncodeToString(id[:]),
		From: time.Now().Add(-time.Hour), Until: time.Now().Add(24 * time.Hour), Body: encoded,
	}
	signed, err := note.Sign(&note.Note{Text: s.Text()}, r.signer)
	if err != nil {
		tb.Fatal(err)
	}
	return signed
}

// add enters n words, or, with contents, one file for each.
func (r *rig) add(tb testing.TB, n int, contents ...[]byte) {
	tb.Helper()
	var items []ledger.Item
	for i := range n {
		items = append(items, ledger.Item{Statement: r.sign(tb, "test.word/1", map[string]any{"n": i})})
	}
	for _, c := range contents {
		sum := sha256.Sum256(c)
		a := ledger.Attachment{SHA256: hex.EncodeToString(sum[:]), Size: int64(len(c))}
		items = append(items, ledger.Item{Statement: r.sign(tb, "test.file/1", map[string]any{"file": a}), Contents: [][]byte{c}})
	}
	err := r.DB.Tx(ctx, func(tx *store.Tx) error {
		for _, item := range items {
			if err := ledger.Enqueue(ctx, tx, r.Now(), item); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := r.Drain(ctx); err != nil {
		tb.Fatal(err)
	}
}

func (r *rig) public() string { return filepath.Join(r.Dir, "log") }

// counter is a judge of the kinds test.word/1 and test.file/1: it counts entries
// and adds up the bytes of the files, of which it reads the first again each time.
type counter struct {
	Seen  []int64            `json:"seen"`
	Bytes int64              `json:"bytes"`
	First read.Attachment    `json:"first"`
	bad   map[int64][]string // codes
}

func (c *counter) Kinds() []string { return []string{"test.word/1", "test.file/1"} }

func (c *counter) Entries(ctx context.Context, log read.Log, entries []*read.Entry) error {
	for _, e := range entries {
		c.Seen = append(c.Seen, e.Sequence)
		for _, f := range e.Faults {
			if c.bad == nil {
				c.bad = make(map[int64][]string)
			}
			c.bad[e.Sequence] = append(c.bad[e.Sequence], f.Code)
		}
		for _, a := range e.Statement.Attachments {
			if c.First.Size == 0 {
				c.First = a
			}
			for _, a := range []read.Attachment{c.First, a} {
				data, err := log.Attachment(ctx, a, 1<<20)
				if err != nil {
					return err
				}
				c.Bytes += int64(len(data))
			}
		}
	}
	return nil
}

func (c *counter) Claims() []read.Claim {
	return []read.Claim{{ID: "test.count", Verdict: read.True, Data: len(c.Seen)}}
}

func (c *counter) State() ([]byte, error) { return json.Marshal(c) }

func (c *counter) Restore(state []byte) error { return json.Unmarshal(state, c) }

// open opens a source until the test ends.
func open(tb testing.TB, location string) read.Source {
	tb.Helper()
	s, err := read.OpenSource(ctx, location)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

func run(tb testing.TB, location string, policy *read.Policy, opts replay.Options, judges ...read.Judge) *replay.Report {
	tb.Helper()
	report, err := replay.Replay(ctx, open(tb, location), policy, judges, opts)
	if err != nil {
		tb.Fatal(err)
	}
	return report
}

// allTrue fails for each claim that is not true, the excepted ones aside.
func allTrue(tb testing.TB, report *replay.Report, except ...string) {
	tb.Helper()
	for _, c := range report.Claims {
		if c.Verdict != read.True && !slices.Contains(except, c.ID) {
			tb.Errorf("%s is %s (%v)", c.ID, c.Verdict, c.How)
			for _, f := range c.Faults {
				tb.Errorf("  %+v", f)
			}
		}
	}
}

// detRand is a source of the same bytes each time.
func detRand() *mathrand.ChaCha8 { return mathrand.NewChaCha8([32]byte{7}) }
