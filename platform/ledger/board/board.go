package board

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"bayyina/platform/ledger/read"
	"bayyina/platform/ledger/replay"
)

// Config says which log is followed, and what judges it.
type Config struct {
	Source read.Source  // the log's public files
	Policy *read.Policy // where trust starts; nil: who wrote and witnessed the log is not shown
	// Judges returns new judges of the modules, which have seen nothing. Each round has
	// its own: pages read those of the newest finished round.
	Judges func() []read.Judge
	// Dir is a folder in which the board keeps how far it came; empty: nowhere, and
	// every round begins with the first entry.
	Dir string
	Log *slog.Logger
}

// Board holds what was found in a log, and finds out more as the log grows.
type Board struct {
	cfg      Config
	state    string // file
	round    sync.Mutex
	newest   atomic.Pointer[Snapshot]
	standing atomic.Pointer[Standing]
}

// Standing is how the board stands to the log: what it last saw of it, and what keeps
// it from going on.
type Standing struct {
	Published read.Checkpoint // the newest checkpoint that was seen, nothing verified
	// Trouble is why the last round failed; nil where it did not. ErrRewritten,
	// replay.ErrState, read.ErrMissing and read.ErrDamaged are the log's fault; any other
	// error means that its files could not be read.
	Trouble error
}

// New returns a board that has seen nothing.
func New(cfg Config) (*Board, error) {
	b := &Board{cfg: cfg}
	b.standing.Store(&Standing{})
	if cfg.Dir == "" {
		return b, nil
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("board: %w", err)
	}
	b.state = filepath.Join(cfg.Dir, "replay-"+b.circumstances())
	return b, nil
}

// circumstances names what a saved state depends on, so that another policy or other
// judges begin anew instead of being refused.
func (b *Board) circumstances() string {
	h := sha256.New()
	if b.cfg.Policy != nil {
		io.WriteString(h, b.cfg.Policy.String()) // a hash takes everything
	}
	for _, j := range b.cfg.Judges() {
		io.WriteString(h, "\x00"+strings.Join(j.Kinds(), " "))
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:8])
}

// Now returns what the newest finished round found, nil before the first has ended.
func (b *Board) Now() *Snapshot { return b.newest.Load() }

// Standing returns how the board stands to the log.
func (b *Board) Standing() Standing { return *b.standing.Load() }

// Policy returns where the board's trust starts, nil where it starts nowhere.
func (b *Board) Policy() *read.Policy { return b.cfg.Policy }

// Version names what pages show: it changes when they would.
func (b *Board) Version() string {
	h := sha256.New()
	s := b.Standing()
	h.Write(s.Published.Raw)
	if s.Trouble != nil {
		io.WriteString(h, "\x00"+s.Trouble.Error())
	}
	if now := b.Now(); now != nil {
		h.Write(now.Checkpoint.Raw)
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:12])
}

// Behind returns how many entries the log has that the newest finished round has not.
func (b *Board) Behind() int64 {
	published := b.Standing().Published.Size
	if now := b.Now(); now != nil {
		return max(0, published-now.Checkpoint.Size)
	}
	return published
}

// Follow goes a round whenever the log has a new checkpoint, asking every interval,
// until ctx is done. A round that fails is told in Standing and tried again.
func (b *Board) Follow(ctx context.Context, every time.Duration) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := b.Refresh(ctx); err != nil && ctx.Err() == nil {
			b.cfg.Log.Warn("board: round failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// ErrRewritten reports a log that is no continuation of what the board has judged.
var ErrRewritten = errors.New("the log is not a continuation of what was judged before")

// Refresh goes one round: it recomputes what is new under the newest checkpoint.
func (b *Board) Refresh(ctx context.Context) error {
	b.round.Lock()
	defer b.round.Unlock()
	standing := b.Standing()
	err := b.refresh(ctx, &standing)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	standing.Trouble = err
	b.standing.Store(&standing)
	return err
}

func (b *Board) refresh(ctx context.Context, standing *Standing) error {
	published, err := read.Newest(ctx, b.cfg.Source)
	if err != nil {
		return fmt.Errorf("board: %w", err)
	}
	standing.Published = published
	last := b.Now()
	if last != nil && string(last.Checkpoint.Raw) == string(published.Raw) {
		return nil
	}
	if last != nil && published.Size < last.Checkpoint.Size {
		return fmt.Errorf("board: %w: it had %d entries, now it has %d", ErrRewritten, last.Checkpoint.Size, published.Size)
	}
	b.standing.Store(&Standing{Published: published}) // pages say that they are behind
	source := pinned{b.cfg.Source, published}
	judges := b.cfg.Judges()
	report, err := replay.Replay(ctx, source, b.cfg.Policy, judges, replay.Options{State: b.state})
	for _, j := range judges {
		if c, ok := j.(interface{ Close() }); ok { // files that helped it judge
			c.Close()
		}
	}
	if err != nil {
		return fmt.Errorf("board: %w", err)
	}
	next := &Snapshot{Report: report, Checkpoint: published, Judges: judges, source: source}
	next.Witnessed = next.quorum(b.cfg.Policy).Judge(published)
	if next.index, err = last.extend(ctx, next); err != nil {
		return fmt.Errorf("board: %w", err)
	}
	if next.Seen, err = last.see(ctx, next, b.cfg.Policy); err != nil {
		return fmt.Errorf("board: %w", err)
	}
	b.newest.Store(next)
	return nil
}

// pinned is a source whose newest checkpoint stays the one that was read first: the
// log may grow while it is judged.
type pinned struct {
	read.Source
	newest read.Checkpoint
}

// Open opens a file of the log.
func (p pinned) Open(ctx context.Context, path string, offset, length int64) (io.ReadCloser, error) {
	if path != read.CheckpointPath {
		return p.Source.Open(ctx, path, offset, length)
	}
	data := p.newest.Raw[min(offset, int64(len(p.newest.Raw))):]
	if length >= 0 {
		data = data[:min(length, int64(len(data)))]
	}
	return io.NopCloser(strings.NewReader(string(data))), nil
}
