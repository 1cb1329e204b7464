package mirror

import (
	"context"
	"fmt"

	"bayyina/platform/ledger/read"

	"golang.org/x/mod/sumdb/tlog"
)

// tiles reads a log's hash tiles for package tlog.
type tiles struct {
	ctx    context.Context
	src    read.Source
	size   int64
	failed error // why a tile could not be had
}

// Height is that of c2sp.org/tlog-tiles.
func (t *tiles) Height() int { return 8 }

// ReadTiles reads the tiles, each as wide as it is asked for.
func (t *tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(wanted))
	for i, tile := range wanted {
		data, err := read.ReadTile(t.ctx, t.src, tile.L, tile.N, t.size)
		if err == nil && len(data) < tile.W*tlog.HashSize {
			err = fmt.Errorf("tile %d of level %d: %w: %d hashes, not %d", tile.N, tile.L, read.ErrDamaged, len(data)/tlog.HashSize, tile.W)
		}
		if err != nil {
			t.failed = err
			return nil, err
		}
		out[i] = data[:tile.W*tlog.HashSize]
	}
	return out, nil
}

// SaveTiles keeps nothing.
func (t *tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// rootAt returns the root of the first size entries of the log at a checkpoint,
// with the proof that ties it to the checkpoint's root. Tiles that contradict that
// root are ErrDamaged.
func rootAt(ctx context.Context, src read.Source, c read.Checkpoint, size int64) (tlog.Hash, tlog.TreeProof, error) {
	t := &tiles{ctx: ctx, src: src, size: c.Size}
	hashes := tlog.TileHashReader(tlog.Tree{N: c.Size, Hash: c.Root}, t)
	root, err := tlog.TreeHash(size, hashes)
	var proof tlog.TreeProof
	if err == nil && size > 0 {
		proof, err = tlog.ProveTree(c.Size, size, hashes)
	}
	if err != nil && t.failed == nil {
		err = fmt.Errorf("%w: %w", read.ErrDamaged, err)
	}
	if err != nil {
		return tlog.Hash{}, nil, fmt.Errorf("root of the first %d entries: %w", size, err)
	}
	return root, proof, nil
}

// same compares a checkpoint with the first entries of the log at another one,
// not smaller, whose tiles src has. It returns what they contradict each other in,
// nil where they do not.
func same(ctx context.Context, src read.Source, smaller, larger read.Checkpoint) (*contradiction, error) {
	if smaller.Size == larger.Size {
		if smaller.Root == larger.Root {
			return nil, nil
		}
		return &contradiction{size: larger.Size, root: larger.Root}, nil
	}
	root, proof, err := rootAt(ctx, src, larger, smaller.Size)
	if err != nil || root == smaller.Root {
		return nil, err
	}
	return &contradiction{smaller.Size, root, proof}, nil
}
