package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"bayyina/core/ballot"
	"bayyina/core/group"
	"bayyina/module/vote"
	"bayyina/platform/ledger"
	"bayyina/platform/ledger/read"
)

const (
	revoters   = 8 // of a hundred ballots, how many replace an earlier one
	checkEvery = 25

	// lastCall is how long before the close the doors are shut, so that every ballot
	// that was promised a place gets into the log.
	lastCall = 2 * batchSeconds * time.Second
)

// kept is what one voter takes home.
type kept struct {
	tracker string
	hash    string // the tracker as the log names it
	promise []byte
}

// booth counts what happens while votes are taken.
type booth struct {
	cast, checked, late atomic.Int64

	mu   sync.Mutex
	last kept
}

// vote lets everybody vote while the log publishes batches, and waits for the close.
func (h *holding) vote(ctx context.Context) error {
	// The log and its batches end when the voters have, and the doors are closed.
	serving, stop := context.WithCancel(ctx)
	defer stop()
	servers, serving := errgroup.WithContext(serving)
	servers.Go(func() error {
		return ended(serving, h.log.Run(serving, time.Second))
	})
	servers.Go(func() error { return ended(serving, h.batches(serving)) })

	b := new(booth)
	queue := h.queue()
	err := h.castAll(serving, b, queue)
	if err == nil {
		err = h.tell("cast", "Count", b.cast.Load(), "Revotes", len(queue)*revoters/100, "Checked", b.checked.Load(), "Late", b.late.Load())
	}
	if err == nil {
		err = wait(serving, h.closes.Add(time.Second).Sub(h.cfg.Now()))
	}
	stop()
	if err := errors.Join(servers.Wait(), err); err != nil {
		return err
	}
	h.keep = b.last
	return nil
}

// ended keeps an error unless it is only that ctx has ended.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// queue is the order in which voters come, by index: most of the roll once, and then
// some of them again.
func (h *holding) queue() []int {
	n := len(h.roll)
	again := n * revoters / 100
	order := rand.Perm(n)[:n-again]
	return append(order, order[:again]...)
}

// batches puts accepted ballots into the log, whenever a batch is due.
func (h *holding) batches(ctx context.Context) error {
	for {
		n, err := h.registrar.Batch(ctx, h.uuid)
		if err != nil {
			return err
		}
		if n > 0 {
			h.log.Wake()
		}
		if err := wait(ctx, 200*time.Millisecond); err != nil {
			return err
		}
	}
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

// castAll lets the voters of the queue vote, some for each core at once.
func (h *holding) castAll(ctx context.Context, b *booth, queue []int) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(16 * runtime.GOMAXPROCS(0)) // most of them wait for the disk
	for i, at := range queue {
		if ctx.Err() != nil {
			break
		}
		g.Go(func() error {
			if err := h.voter(ctx, b, at, i%checkEvery == 0); err != nil {
				return fmt.Errorf("voter %d: %w", h.roll[at].number, err)
			}
			h.cfg.Progress(int(b.cast.Load()), len(queue))
			return nil
		})
	}
	return g.Wait()
}

// voter is one voter with a device, who may first have the device open a ballot, to
// see whether it encrypts what was asked for; such a ballot is never cast.
func (h *holding) voter(ctx context.Context, b *booth, at int, check bool) error {
	if !h.cfg.Now().Before(h.closes.Add(-lastCall)) {
		b.late.Add(1)
		return nil
	}
	want := choose(rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())), h.roll[at].number)
	if check {
		if err := h.check(b, at, want); err != nil {
			return err
		}
	}
	text, accepted, err := h.cast(ctx, at, want)
	if errors.Is(err, vote.ErrClosed) {
		b.late.Add(1)
		return nil
	}
	if err != nil {
		return err
	}
	b.cast.Add(1)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last = kept{tracker: accepted.Tracker, hash: vote.AttachmentOf(text).SHA256, promise: accepted.Promise}
	return nil
}

// check opens a ballot and checks, as another device would, that it holds the vote.
func (h *holding) check(b *booth, at int, want ballot.Plaintext) error {
	public := h.secrets[at].Public(group.Ed25519, h.uuid)
	draft, err := h.election.Encrypt(h.cfg.Random, public, want)
	if err != nil {
		return err
	}
	commitment := draft.Commitment()
	opening, err := draft.Open()
	if err != nil {
		return err
	}
	if err := h.election.CheckOpening(commitment, public, opening); err != nil {
		return err
	}
	b.checked.Add(1)
	return nil
}

// handOut writes what one voter keeps: the promise given when the ballot was cast,
// and the proof that the ballot is in the log.
func (h *holding) handOut(ctx context.Context) error {
	place, err := h.registrar.Find(ctx, h.uuid, h.keep.hash)
	if err != nil {
		return err
	}
	if !place.Entered {
		return fmt.Errorf("the ballot %s, promised, is not in the log", h.keep.tracker)
	}
	view, err := ledger.OpenView(h.path("log"))
	if err != nil {
		return err
	}
	receipt, err := view.Proof(ctx, place.Sequence, true)
	if err != nil {
		return err
	}
	for name, data := range map[string][]byte{promiseName: h.keep.promise, receiptName: receipt} {
		if err := os.WriteFile(h.path(name), data, 0o644); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
	}
	return h.cfg.Tell(read.Message{ID: "demo.receipt", Args: map[string]any{"Tracker": h.keep.tracker, "Sequence": place.Sequence}})
}
