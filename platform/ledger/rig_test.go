package ledger_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bayyina/platform/ledger"
	"bayyina/platform/store"
	"bayyina/platform/store/storetest"

	"golang.org/x/mod/sumdb/note"
)

const origin = "log.example/2026"

var ctx = context.Background()

// signer makes a key, and returns its verifier key and its private key.
func signer(tb testing.TB, name string) (s note.Signer, public, private string) {
	tb.Helper()
	private, public, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		tb.Fatal(err)
	}
	if s, err = note.NewSigner(private); err != nil {
		tb.Fatal(err)
	}
	return s, public, private
}

// rig is a log with all its keys.
type rig struct {
	ledger.Config
	dsn       string
	logKey    string // the checkpoint verifier key
	root      note.Signer
	witnesses []ledger.Witness
	quorum    int
	keys      []ledger.GenesisKey
	private   [3]string // the keys checkpoint, entry and root, for a child process
}

// newRig makes keys and an empty database, no log.
func newRig(tb testing.TB, dialect store.Dialect) *rig {
	tb.Helper()
	r := &rig{dsn: storetest.DSN(tb, dialect), witnesses: []ledger.Witness{}}
	checkpoint, ck, cp := signer(tb, origin)
	entry, ek, ep := signer(tb, "entry.example")
	root, rk, rp := signer(tb, "root.example")
	r.logKey, r.root, r.private = ck, root, [3]string{cp, ep, rp}
	r.keys = []ledger.GenesisKey{{Role: "root", Key: rk}, {Role: "checkpoint", Key: ck}, {Role: "entry", Key: ek}}
	r.Config = ledger.Config{
		Dir: tb.TempDir(), DB: storetest.Open(tb, r.dsn), Checkpoint: checkpoint, Entry: entry,
		Now: time.Now, Client: http.DefaultClient, Log: slog.New(slog.NewTextHandler(tb.Output(), nil)),
	}
	return r
}

// witnessed adds a witness.
func (r *rig) witnessed(url, key string) {
	r.witnesses = append(r.witnesses, ledger.Witness{Key: key, URL: url})
}

// genesis is the log's signed first statement.
func (r *rig) genesis(tb testing.TB) []byte {
	tb.Helper()
	return r.sign(tb, "log.genesis/1", ledger.Genesis{
		Name: ledger.Bilingual{AR: "تجربة", EN: "A test"}, Rehearsal: true, Keys: r.keys,
		Passkeys:  ledger.Passkeys{RPID: "sign.example", Origins: []string{"https://sign.example"}},
		Witnesses: r.witnesses, Quorum: r.quorum, Rules: []ledger.Rule{},
	})
}

// sign makes a signed statement that is valid for a day.
func (r *rig) sign(tb testing.TB, kind string, body any) []byte {
	tb.Helper()
	encoded, err := ledger.EncodeBody(body)
	if err != nil {
		tb.Fatal(err)
	}
	return r.signWindow(tb, kind, encoded, time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour))
}

func (r *rig) signWindow(tb testing.TB, kind string, body []byte, from, until time.Time) []byte {
	tb.Helper()
	s := ledger.Statement{Origin: origin, Kind: kind, ID: newID(), From: from, Until: until, Body: body}
	signed, err := note.Sign(&note.Note{Text: s.Text()}, r.root)
	if err != nil {
		tb.Fatal(err)
	}
	return signed
}

func newID() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// create makes the log.
func (r *rig) create(tb testing.TB) *ledger.Published {
	tb.Helper()
	p, err := ledger.Create(ctx, r.Config, r.genesis(tb))
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// open opens the log until the test ends.
func (r *rig) open(tb testing.TB) *ledger.Log {
	tb.Helper()
	l, err := ledger.Open(ctx, r.Config)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { l.Close() })
	return l
}

// enqueue queues items in one transaction.
func (r *rig) enqueue(tb testing.TB, items ...ledger.Item) {
	tb.Helper()
	if err := r.tryEnqueue(items...); err != nil {
		tb.Fatal(err)
	}
}

// queue queues items in one transaction, each for itself: no batch.
func (r *rig) queue(tb testing.TB, items ...ledger.Item) {
	tb.Helper()
	if err := r.tryQueue(items...); err != nil {
		tb.Fatal(err)
	}
}

func (r *rig) tryQueue(items ...ledger.Item) error {
	return r.DB.Tx(ctx, func(tx *store.Tx) error {
		for _, i := range items {
			if err := ledger.Enqueue(ctx, tx, r.Now(), i); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *rig) tryEnqueue(items ...ledger.Item) error {
	return r.DB.Tx(ctx, func(tx *store.Tx) error { return ledger.Enqueue(ctx, tx, r.Now(), items...) })
}

// words are items of a kind without attachments.
func (r *rig) words(tb testing.TB, n int) []ledger.Item {
	tb.Helper()
	items := make([]ledger.Item, n)
	for i := range items {
		items[i].Statement = r.sign(tb, "test.word/1", map[string]any{"n": i, "text": strings.Repeat("x", 200)})
	}
	return items
}

// bearing is an item with attachments.
func (r *rig) bearing(tb testing.TB, contents ...[]byte) ledger.Item {
	tb.Helper()
	var named []ledger.Attachment
	for _, c := range contents {
		named = append(named, attachmentOf(c))
	}
	return ledger.Item{Statement: r.sign(tb, "test.file/1", map[string]any{"files": named}), Contents: contents}
}

func attachmentOf(content []byte) ledger.Attachment {
	sum := sha256.Sum256(content)
	return ledger.Attachment{SHA256: hex.EncodeToString(sum[:]), Size: int64(len(content))}
}

// drain appends and publishes everything queued.
func drain(tb testing.TB, l *ledger.Log) *ledger.Published {
	tb.Helper()
	p, err := l.Drain(ctx)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// lookup tells where a signed statement stands.
func (r *rig) lookup(tb testing.TB, signed []byte) (s ledger.Status) {
	tb.Helper()
	parsed, _, err := ledger.ParseStatement(signed)
	if err != nil {
		tb.Fatal(err)
	}
	err = r.DB.View(ctx, func(tx *store.Tx) error {
		s, err = ledger.Lookup(ctx, tx, parsed.ID)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// public is a path below the public folder.
func (r *rig) public(elem ...string) string {
	return filepath.Join(append([]string{r.Dir, "log"}, elem...)...)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// copyTree copies a folder, as a backup does.
func copyTree(tb testing.TB, from string) string {
	tb.Helper()
	to := filepath.Join(tb.TempDir(), "copy")
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		tb.Fatal(err)
	}
	return to
}

// contains fails unless err's message holds the text.
func contains(tb testing.TB, err error, text string) {
	tb.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		tb.Errorf("error is %q, should tell %q", fmt.Sprint(err), text)
	}
}

// vacuumInto copies the SQLite database, as a backup does.
func vacuumInto(tb testing.TB, r *rig, path string) {
	tb.Helper()
	db, err := sql.Open("sqlite3", "file:"+strings.TrimPrefix(r.dsn, "sqlite:"))
	if err != nil {
		tb.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`VACUUM INTO ?1`, path); err != nil {
		tb.Fatal(err)
	}
}

// b64 is the last word of a signature line.
func b64(hash uint32, sig []byte) string {
	return base64.StdEncoding.EncodeToString(append(binary.BigEndian.AppendUint32(nil, hash), sig...))
}
