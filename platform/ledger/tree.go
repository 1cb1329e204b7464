package ledger

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/api/layout"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
	"k8s.io/klog/v2"
)

// never is an interval longer than any election.
const never = 100 * 365 * 24 * time.Hour

// tree is the Merkle tree in its tiles and entry bundles.
type tree struct {
	dir    string
	driver tessera.Driver
	signer note.Signer
	reader tessera.LogReader
	stop   context.CancelFunc
}

var rangeFactory = compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}

// quiet silences the tile library's own messages: everything that matters comes
// back as an error.
var quiet = sync.OnceFunc(func() { klog.SetSlogLogger(slog.New(slog.DiscardHandler)) })

// openTree opens the tiles in the folder log, or makes them. signer signs the
// checkpoint of the empty tree, which the library publishes when it is new; no
// later checkpoint is the library's.
func openTree(ctx context.Context, dir string, signer note.Signer) (*tree, error) {
	quiet()
	if err := adopt(ctx, dir, signer.Name()); err != nil {
		return nil, err
	}
	// Not the caller's context: the library must finish what it has begun.
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	driver, err := posix.New(ctx, posix.Config{Path: dir})
	if err != nil {
		stop()
		return nil, fmt.Errorf("open log: %w", err)
	}
	t := &tree{dir: dir, driver: driver, signer: signer, stop: stop}
	// This appender appends nothing: it collects the partial tiles that full ones
	// have replaced.
	_, _, t.reader, err = tessera.NewAppender(ctx, driver, t.options(1))
	if err != nil {
		stop()
		return nil, fmt.Errorf("open log: %w", err)
	}
	return t, nil
}

// options are for an appender that publishes nothing and appends batches of
// exactly so many entries.
func (t *tree) options(batch int) *tessera.AppendOptions {
	return tessera.NewAppendOptions().
		WithCheckpointSigner(t.signer).
		WithBatching(uint(batch), never).
		WithCheckpointInterval(never).
		WithCheckpointRepublishInterval(0)
}

// size is the number of entries that are durably in the tiles.
func (t *tree) size(ctx context.Context) (uint64, error) {
	size, err := t.reader.IntegratedSize(ctx)
	if err != nil {
		return 0, fmt.Errorf("read log size: %w", err)
	}
	return size, nil
}

// root is the Merkle tree hash of the first size entries.
func (t *tree) root(ctx context.Context, size uint64) ([]byte, error) {
	if size == 0 {
		return rfc6962.DefaultHasher.EmptyRoot(), nil
	}
	nodes, err := client.FetchRangeNodes(ctx, size, t.reader.ReadTile)
	if err != nil {
		return nil, fmt.Errorf("read tiles of size %d: %w", size, err)
	}
	r, err := rangeFactory.NewRange(0, size, nodes)
	if err != nil {
		return nil, fmt.Errorf("read tiles of size %d: %w", size, err)
	}
	return r.GetRootHash(nil)
}

// errOrder reports that the tile library stored a batch in another order than
// it was given.
var errOrder = errors.New("the log holds entries in another order than their sequences")

// append adds entries, of which the first becomes number first, and returns when
// they are durable. After an error all of them may be in the log or none.
//
// Its appender is made for this one batch: one that serves batches of any size
// would wait for more entries, and could cut a batch in two and swap the halves.
func (t *tree) append(first uint64, entries [][]byte) error {
	// Not the caller's context: what has begun must be finished.
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	appender, _, _, err := tessera.NewAppender(ctx, t.driver, t.options(len(entries)).WithGarbageCollectionInterval(0))
	if err != nil {
		return fmt.Errorf("append %d entries from %d: %w", len(entries), first, err)
	}
	futures := make([]tessera.IndexFuture, len(entries))
	for i, e := range entries {
		futures[i] = appender.Add(ctx, tessera.NewEntry(e))
	}
	var failed error
	for i, f := range futures {
		index, err := f()
		switch {
		case err != nil:
			failed = err
		case index.Index != first+uint64(i) && failed == nil:
			return fmt.Errorf("append: entry %d became number %d: %w", first+uint64(i), index.Index, errOrder)
		}
	}
	if failed != nil {
		return fmt.Errorf("append %d entries from %d: %w", len(entries), first, failed)
	}
	return nil
}

// bundle returns the entries of one entry bundle in a tree of the given size.
func (t *tree) bundle(ctx context.Context, index, size uint64) ([][]byte, error) {
	raw, err := t.reader.ReadEntryBundle(ctx, index, layout.PartialTileSize(0, index, size))
	if err != nil {
		return nil, fmt.Errorf("read entry bundle %d: %w", index, err)
	}
	var b api.EntryBundle
	if err := b.UnmarshalText(raw); err != nil {
		return nil, fmt.Errorf("read entry bundle %d: %w", index, err)
	}
	want := min(size-index*layout.EntryBundleWidth, layout.EntryBundleWidth)
	if uint64(len(b.Entries)) < want {
		return nil, fmt.Errorf("read entry bundle %d: it holds %d entries, not %d", index, len(b.Entries), want)
	}
	return b.Entries[:want], nil
}

// entry returns entry number n of a tree of the given size.
func (t *tree) entry(ctx context.Context, n, size uint64) ([]byte, error) {
	entries, err := t.bundle(ctx, n/layout.EntryBundleWidth, size)
	if err != nil {
		return nil, err
	}
	return entries[n%layout.EntryBundleWidth], nil
}

// entries yields the entries from first to the end of a tree of the given size.
func (t *tree) entries(ctx context.Context, first, size uint64, yield func(n uint64, entry []byte) error) error {
	for n := first; n < size; {
		bundle, err := t.bundle(ctx, n/layout.EntryBundleWidth, size)
		if err != nil {
			return err
		}
		for _, e := range bundle[n%layout.EntryBundleWidth:] {
			if err := yield(n, e); err != nil {
				return err
			}
			n++
		}
	}
	return nil
}

// checkTail compares the last entry bundle with the hashes in the tiles: a torn
// or exchanged file must not be built upon.
func (t *tree) checkTail(ctx context.Context, size uint64) error {
	if size == 0 {
		return nil
	}
	index := (size - 1) / layout.EntryBundleWidth
	entries, err := t.bundle(ctx, index, size)
	if err != nil {
		return err
	}
	raw, err := t.reader.ReadTile(ctx, 0, index, layout.PartialTileSize(0, index, size))
	if err != nil {
		return fmt.Errorf("read hash tile %d: %w", index, err)
	}
	if len(raw) < len(entries)*sha256.Size {
		return fmt.Errorf("hash tile %d: %d bytes, too short", index, len(raw))
	}
	for i, e := range entries {
		if got := raw[i*sha256.Size : (i+1)*sha256.Size]; string(got) != string(rfc6962.DefaultHasher.HashLeaf(e)) {
			return fmt.Errorf("entry %d does not match its hash in tile %d: a file of the log is damaged", index*layout.EntryBundleWidth+uint64(i), index)
		}
	}
	return nil
}

func (t *tree) close() { t.stop() }
