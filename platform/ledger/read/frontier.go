package read

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// Frontier computes the root of a growing log (RFC 6962) from its leaf hashes, in
// memory of a few kilobytes. It holds what stands in the partial tiles at the
// log's right edge, and gives every full tile once it is. The zero value is the
// empty log.
type Frontier struct {
	size int64
	edge [frontierLevels][]tlog.Hash // by level, fewer than 256 each
}

// frontierLevels is how many levels of tiles a log of an int64 of entries has.
const frontierLevels = 8

// FullTile is a tile that was completed.
type FullTile struct {
	Level  int
	N      int64
	Hashes []tlog.Hash // 256
}

// Size returns the number of leaves.
func (f *Frontier) Size() int64 { return f.size }

// Append adds a leaf's hash, and returns the tiles that it completes, lowest level
// first.
func (f *Frontier) Append(leaf tlog.Hash) []FullTile {
	var full []FullTile
	f.size++
	hash := leaf
	for level := range f.edge {
		f.edge[level] = append(f.edge[level], hash)
		if len(f.edge[level]) < TileWidth {
			break
		}
		tile := f.edge[level]
		f.edge[level] = nil
		full = append(full, FullTile{Level: level, N: f.size>>(8*(level+1)) - 1, Hashes: tile})
		hash = subtree(tile)
	}
	return full
}

// Edge returns the partial tile of a level, empty where there is none. It is valid
// until the next Append.
func (f *Frontier) Edge(level int) []tlog.Hash {
	if level >= frontierLevels {
		return nil
	}
	return f.edge[level]
}

// Root returns the Merkle tree hash of the leaves so far.
func (f *Frontier) Root() tlog.Hash {
	root, some := tlog.Hash{}, false
	for level := range f.edge {
		// A level's hashes are full subtrees as its width has bits set; the smallest
		// stands at the right.
		for rest := f.edge[level]; len(rest) > 0; {
			n := 1 << bits.TrailingZeros(uint(len(rest)))
			hash := subtree(rest[len(rest)-n:])
			if some {
				hash = tlog.NodeHash(hash, root)
			}
			root, some = hash, true
			rest = rest[:len(rest)-n]
		}
	}
	if !some {
		empty, err := tlog.TreeHash(0, nil)
		if err != nil {
			return tlog.Hash{} // never: an empty tree reads no hashes
		}
		return empty
	}
	return root
}

// subtree is the Merkle tree hash over a power of two of hashes.
func subtree(hashes []tlog.Hash) tlog.Hash {
	if len(hashes) == 1 {
		return hashes[0]
	}
	half := len(hashes) / 2
	return tlog.NodeHash(subtree(hashes[:half]), subtree(hashes[half:]))
}

// AppendBinary appends the frontier's saved form: the size as u64, then the hashes
// of each level's partial tile, lowest level first.
func (f *Frontier) AppendBinary(b []byte) ([]byte, error) {
	b = binary.BigEndian.AppendUint64(b, uint64(f.size))
	for _, hashes := range f.edge {
		for _, h := range hashes {
			b = append(b, h[:]...)
		}
	}
	return b, nil
}

// UnmarshalBinary reads what AppendBinary writes, and nothing else.
func (f *Frontier) UnmarshalBinary(b []byte) error {
	if len(b) < 8 || b[0] >= 0x80 {
		return errors.New("frontier: no size")
	}
	out := Frontier{size: int64(binary.BigEndian.Uint64(b))}
	b = b[8:]
	for level := range out.edge {
		width := out.size >> (8 * level) % TileWidth
		if int64(len(b)) < width*tlog.HashSize {
			return fmt.Errorf("frontier of size %d: cut off in level %d", out.size, level)
		}
		for range width {
			out.edge[level] = append(out.edge[level], tlog.Hash(b[:tlog.HashSize]))
			b = b[tlog.HashSize:]
		}
	}
	if len(b) > 0 {
		return fmt.Errorf("frontier of size %d: something follows", out.size)
	}
	*f = out
	return nil
}
