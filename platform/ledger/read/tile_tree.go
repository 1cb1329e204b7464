package read

import (
	"context"

	"golang.org/x/mod/sumdb/tlog"
)

// TreeHashes reads the hashes of a checkpoint's tree out of the log's tiles, each
// checked against the checkpoint's root: for tlog.TreeHash, tlog.ProveTree and
// tlog.ProveRecord. An error is ErrMissing or ErrDamaged where a tile is at fault,
// and another one where tiles and root do not agree.
func TreeHashes(ctx context.Context, src Source, c Checkpoint) tlog.HashReader {
	return tlog.TileHashReader(tlog.Tree{N: c.Size, Hash: c.Root}, &treeTiles{ctx, src, c.Size})
}

// treeTiles gives package tlog the tiles of a log of a size.
type treeTiles struct {
	ctx  context.Context
	src  Source
	size int64
}

// Height is that of tlog-tiles.
func (*treeTiles) Height() int { return 8 }

// ReadTiles reads tiles, each as wide as it was asked for.
func (t *treeTiles) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(tiles))
	for i, tile := range tiles {
		data, err := ReadTile(t.ctx, t.src, tile.L, tile.N, t.size)
		if err != nil {
			return nil, err
		}
		out[i] = data[:min(len(data), tile.W*tlog.HashSize)]
	}
	return out, nil
}

// SaveTiles keeps nothing.
func (*treeTiles) SaveTiles([]tlog.Tile, [][]byte) {}
