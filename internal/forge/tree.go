package forge

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

const bundleWidth = 256

// frontier is a Merkle tree that grows: the roots of its perfect subtrees, the
// largest first.
type frontier struct {
	roots   []tlog.Hash
	heights []int
}

// add appends a leaf hash.
func (f *frontier) add(leaf tlog.Hash) {
	height := 0
	for n := len(f.roots); n > 0 && f.heights[n-1] == height; n-- {
		leaf = tlog.NodeHash(f.roots[n-1], leaf)
		f.roots, f.heights = f.roots[:n-1], f.heights[:n-1]
		height++
	}
	f.roots, f.heights = append(f.roots, leaf), append(f.heights, height)
}

// root returns the tree's hash (RFC 6962 section 2.1); there is at least one leaf.
func (f *frontier) root() tlog.Hash {
	n := len(f.roots) - 1
	root := f.roots[n]
	for n--; n >= 0; n-- {
		root = tlog.NodeHash(f.roots[n], root)
	}
	return root
}

// above returns the hashes of the next level of tiles: the roots of full tiles.
func above(level []tlog.Hash) []tlog.Hash {
	var out []tlog.Hash
	for ; len(level) >= bundleWidth; level = level[bundleWidth:] {
		var f frontier
		for _, h := range level[:bundleWidth] {
			f.add(h)
		}
		out = append(out, f.root())
	}
	return out
}

// numberPath writes a number as tile paths do (c2sp.org/tlog-tiles): 1234067 is
// x001/x234/067.
func numberPath(n int64) string {
	path := fmt.Sprintf("%03d", n%1000)
	for n /= 1000; n > 0; n /= 1000 {
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	return path
}

// widthPath adds the width of a tile or bundle, if it is partial.
func widthPath(path string, width int) string {
	if width == bundleWidth {
		return path
	}
	return fmt.Sprintf("%s.p/%d", path, width)
}

func loosePath(hash string) string { return "attachment/" + hash[:2] + "/" + hash }
