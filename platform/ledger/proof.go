package ledger

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"filippo.io/torchwood"
	"github.com/transparency-dev/tessera/api/layout"
	"github.com/transparency-dev/tessera/client"
	"golang.org/x/mod/sumdb/tlog"
)

// ErrNotPublished reports an entry that no published checkpoint covers yet.
var ErrNotPublished = errors.New("no published checkpoint covers the entry yet")

// View reads the public files of a log, as anybody can who has the folder. It
// verifies nothing; package ledger/read does.
type View struct {
	dir    string
	tree   tree
	origin string
	size   uint64
	root   []byte
	signed []byte // the newest checkpoint
}

// OpenView opens the public folder of a log at its newest checkpoint.
func OpenView(dir string) (*View, error) {
	raw, err := readLimited(filepath.Join(dir, checkpointName), maxCheckpoint)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open log: there is no checkpoint in %s", dir)
	}
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	v := &View{dir: dir, tree: tree{dir: dir, reader: fileReader{client.FileFetcher{Root: dir}}}, signed: raw}
	if v.origin, v.size, v.root, err = parseCheckpoint(raw); err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	return v, nil
}

// fileReader gives a folder the reading half of the tile library's log.
type fileReader struct{ client.FileFetcher }

// IntegratedSize is that of the checkpoint.
func (r fileReader) IntegratedSize(ctx context.Context) (uint64, error) {
	raw, err := r.ReadCheckpoint(ctx)
	if err != nil {
		return 0, err
	}
	_, size, _, err := parseCheckpoint(raw)
	return size, err
}

// NextIndex is the same for a log that does not grow.
func (r fileReader) NextIndex(ctx context.Context) (uint64, error) { return r.IntegratedSize(ctx) }

// Origin returns the log's origin.
func (v *View) Origin() string { return v.origin }

// Size returns the number of entries that the newest checkpoint covers.
func (v *View) Size() uint64 { return v.size }

// Checkpoint returns the newest checkpoint with its cosignatures.
func (v *View) Checkpoint() []byte { return v.signed }

// Entry returns entry number n, byte-exact.
func (v *View) Entry(ctx context.Context, n uint64) ([]byte, error) {
	if n >= v.size {
		return nil, fmt.Errorf("entry %d: %w (it covers %d)", n, ErrNotPublished, v.size)
	}
	return v.tree.entry(ctx, n, v.size)
}

// Proof returns the offline proof (c2sp.org/tlog-proof) that entry n is in the
// log. With extra, the entry itself is in it: the receipt of docs/PROTOCOL.md
// section 10.
func (v *View) Proof(ctx context.Context, n uint64, extra bool) ([]byte, error) {
	if n >= v.size {
		return nil, fmt.Errorf("prove entry %d: %w (it covers %d)", n, ErrNotPublished, v.size)
	}
	b, err := client.NewProofBuilder(ctx, v.size, v.tree.reader.ReadTile)
	if err != nil {
		return nil, fmt.Errorf("prove entry %d: %w", n, err)
	}
	hashes, err := b.InclusionProof(ctx, n)
	if err != nil {
		return nil, fmt.Errorf("prove entry %d: %w", n, err)
	}
	p := make(tlog.RecordProof, len(hashes))
	for i, h := range hashes {
		p[i] = tlog.Hash(h)
	}
	if !extra {
		return torchwood.FormatProof(int64(n), p, v.signed), nil
	}
	entry, err := v.tree.entry(ctx, n, v.size)
	if err != nil {
		return nil, fmt.Errorf("prove entry %d: %w", n, err)
	}
	return torchwood.FormatProofWithExtraData(int64(n), entry, p, v.signed), nil
}

// bundles is the number of entry bundles of a log of a size.
func bundles(size uint64) uint64 {
	return (size + layout.EntryBundleWidth - 1) / layout.EntryBundleWidth
}
