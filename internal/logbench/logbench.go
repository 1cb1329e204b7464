// Package logbench measures the log: how fast it takes entries through the
// outbox, beside the bare tile library on the same disk, and how long a long one
// takes to open and to prove. Tests hold it to its bounds; bench prints it.
package logbench

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"bayyina/platform/ledger"
	"bayyina/platform/store"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

// Origin is that of every log that is measured.
const Origin = "bench.example/log"

// Rig is a log without witnesses, with its keys.
type Rig struct {
	ledger.Config
	verifier string // the checkpoint verifier key
	entryKey string
	next     uint64 // number of the next statement
}

// NewRig makes keys, database and genesis of a new log in the folder dir, on
// SQLite, or on the PostgreSQL database dsn.
func NewRig(ctx context.Context, dir, dsn string) (*Rig, error) {
	if dsn == "" {
		dsn = "sqlite:" + filepath.Join(dir, "bayyina.db")
	}
	db, err := store.Open(ctx, dsn)
	if err != nil {
		return nil, err
	}
	r := &Rig{Config: ledger.Config{
		Dir: dir, DB: db, Now: time.Now, Client: http.DefaultClient, Log: slog.New(slog.DiscardHandler),
	}}
	if r.Checkpoint, r.verifier, err = key(Origin); err != nil {
		return nil, err
	}
	if r.Entry, r.entryKey, err = key("entry.example"); err != nil {
		return nil, err
	}
	root, rootKey, err := key("root.example")
	if err != nil {
		return nil, err
	}
	body, err := ledger.EncodeBody(ledger.Genesis{
		Name: ledger.Bilingual{AR: "قياس", EN: "A measurement"}, Rehearsal: true,
		Keys:      []ledger.GenesisKey{{Role: "root", Key: rootKey}, {Role: "checkpoint", Key: r.verifier}, {Role: "entry", Key: r.entryKey}},
		Passkeys:  ledger.Passkeys{RPID: "sign.example", Origins: []string{"https://sign.example"}},
		Witnesses: []ledger.Witness{}, Rules: []ledger.Rule{},
	})
	if err != nil {
		return nil, err
	}
	s := r.statement("log.genesis/1", body)
	signed, err := note.Sign(&note.Note{Text: s.Text()}, root)
	if err != nil {
		return nil, err
	}
	_, err = ledger.Create(ctx, r.Config, signed)
	return r, err
}

func key(name string) (note.Signer, string, error) {
	private, public, err := note.GenerateKey(nil, name)
	if err != nil {
		return nil, "", err
	}
	s, err := note.NewSigner(private)
	return s, public, err
}

func (r *Rig) statement(kind string, body []byte) ledger.Statement {
	now := r.Now()
	return ledger.Statement{Origin: Origin, Kind: kind, ID: r.id(), From: now.Add(-time.Hour), Until: now.Add(48 * time.Hour), Body: body}
}

// Items makes n statements as large as those of ballots: about 500 bytes. Their
// signature is none: the writer checks the form, and the reader the signature.
func (r *Rig) Items(n int) []ledger.Item {
	s := r.statement("bench.word/1", []byte(`{"text":"`+strings.Repeat("x", 180)+`"}`))
	template := []byte(s.Text() + "\n— root.example " + strings.Repeat("A", 92) + "\n")
	at := bytes.Index(template, []byte(s.ID))
	items := make([]ledger.Item, n)
	for i := range items {
		items[i].Statement = bytes.Clone(template)
		copy(items[i].Statement[at:], r.id())
	}
	return items
}

// id returns a new id; they are spread as random ones are.
func (r *Rig) id() string {
	r.next++
	var id [16]byte
	binary.BigEndian.PutUint64(id[:], r.next*0x9e3779b97f4a7c15)
	binary.BigEndian.PutUint64(id[8:], r.next)
	return hex.EncodeToString(id[:])
}

// backlog is how many statements may wait, so that queueing them is not done long
// before the rest.
const backlog = 1 << 14

// Outbox queues n statements in transactions of perTx and returns how long it
// took until all of them were durable in the log and marked, with checkpoints as
// often as the bare library makes them. Writers is how many
// queue at once.
func (r *Rig) Outbox(ctx context.Context, n, perTx, writers int, progress func(done uint64)) (time.Duration, error) {
	l, err := ledger.Open(ctx, r.Config)
	if err != nil {
		return 0, err
	}
	defer l.Close()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	size, _ := l.Size()
	goal := size + uint64(n)

	batches := make(chan []ledger.Item, writers)
	var group sync.WaitGroup
	queued := size
	begin := time.Now()
	group.Go(func() {
		defer close(batches)
		for left := n; left > 0 && ctx.Err() == nil; left -= perTx {
			for ctx.Err() == nil {
				if done, _ := l.Size(); queued < done+backlog {
					break
				}
				time.Sleep(time.Millisecond)
			}
			queued += uint64(min(perTx, left))
			select {
			case batches <- r.Items(min(perTx, left)):
			case <-ctx.Done():
			}
		}
	})
	for range writers {
		group.Go(func() {
			for items := range batches {
				err := r.DB.Tx(ctx, func(tx *store.Tx) error { return ledger.Enqueue(ctx, tx, r.Now(), items...) })
				if err != nil {
					cancel(err)
				}
				l.Wake()
			}
		})
	}
	published := begin
	for size < goal && ctx.Err() == nil {
		if time.Since(published) > tessera.DefaultCheckpointInterval {
			if _, err := l.Publish(ctx); err != nil && !errors.Is(err, ledger.ErrPartOfBatch) {
				cancel(err)
			}
			published = time.Now()
		}
		taken, err := l.Sequence(ctx)
		if err != nil {
			cancel(err)
		}
		if taken == 0 {
			time.Sleep(time.Millisecond)
		}
		size, _ = l.Size()
		if progress != nil {
			progress(size)
		}
	}
	elapsed := time.Since(begin)
	group.Wait()
	return elapsed, context.Cause(ctx)
}

// Bare appends n entries of size bytes to the bare tile library, writers at once,
// in batches of at most batch, and returns how long it took until all of them
// were durable.
func Bare(ctx context.Context, dir string, n, size, writers int, batch uint) (time.Duration, error) {
	signer, _, err := key(Origin)
	if err != nil {
		return 0, err
	}
	driver, err := posix.New(ctx, posix.Config{Path: dir})
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	appender, _, _, err := tessera.NewAppender(ctx, driver, tessera.NewAppendOptions().WithCheckpointSigner(signer).
		WithBatching(batch, tessera.DefaultBatchMaxAge))
	if err != nil {
		return 0, err
	}
	failed := make(chan error, writers)
	begin := time.Now()
	for w := range writers {
		go func() {
			for i := w; i < n; i += writers {
				entry := make([]byte, size)
				binary.BigEndian.PutUint64(entry, uint64(i))
				if _, err := appender.Add(ctx, tessera.NewEntry(entry))(); err != nil {
					failed <- err
					return
				}
			}
			failed <- nil
		}()
	}
	for range writers {
		if e := <-failed; e != nil {
			err = e
		}
	}
	if err != nil {
		return 0, fmt.Errorf("bare tile library: %w", err)
	}
	return time.Since(begin), nil
}

// Comparison is how fast the outbox and the bare tile library took entries, in
// entries per second, measured by turns so that both meet the same machine.
type Comparison struct {
	Outbox, Bare float64
}

// Share is the outbox's part of the bare library's rate.
func (c Comparison) Share() float64 { return c.Outbox / c.Bare }

// entrySize is about that of the entries that the outbox makes of [Rig.Items].
const entrySize = 740

// Compare appends n entries in each of both ways, in rounds: through the outbox,
// in transactions of perTx by so many writers, and to the bare library in the
// folder dir, as it is commonly used: 256 writers, batches of 256.
func (r *Rig) Compare(ctx context.Context, dir string, n, rounds, perTx, writers int) (Comparison, error) {
	var outbox, bare time.Duration
	for range rounds {
		d, err := Bare(ctx, dir, n/rounds, entrySize, 256, tessera.DefaultBatchMaxSize)
		if err != nil {
			return Comparison{}, err
		}
		bare += d
		if d, err = r.Outbox(ctx, n/rounds, perTx, writers, nil); err != nil {
			return Comparison{}, err
		}
		outbox += d
	}
	n = n / rounds * rounds
	return Comparison{Outbox: float64(n) / outbox.Seconds(), Bare: float64(n) / bare.Seconds()}, nil
}
