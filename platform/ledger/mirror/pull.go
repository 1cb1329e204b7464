package mirror

import (
	"context"
	"os"
	"slices"
	"strings"

	"bayyina/platform/ledger/read"

	"golang.org/x/mod/sumdb/tlog"
)

// fetchers is how many bundles are fetched at once.
const fetchers = 8

// saveEvery is after how many full bundles the state is saved, so that a large log
// need not be fetched at one go. Tests lower it.
var saveEvery int64 = 64

// piece is one entry bundle with its attachments, copied.
type piece struct {
	n       int64
	entries []*read.Entry // nil where one cannot be read at all
	leaves  []tlog.Hash
	loose   []string // attachments that stand loose for this bundle
	packed  []string // those that now stand in its pack, and stand loose, too
	err     error
}

// fetch copies a bundle of a log of a size, and the attachments that it names.
func (m *Mirror) fetch(ctx context.Context, src read.Source, n, size int64) (p piece) {
	p.n = n
	raw, err := read.ReadBundle(ctx, src, n, size)
	if err != nil {
		p.err = err
		return p
	}
	var bundle []byte
	for _, entry := range raw {
		bundle = read.AppendBundle(bundle, entry)
		p.leaves = append(p.leaves, tlog.RecordHash(entry))
		e, _ := read.ParseEntry(entry) // what is malformed is verify's to judge; it is copied all the same
		p.entries = append(p.entries, e)
	}
	packed, loose := read.Named(p.entries)
	for _, a := range loose {
		if p.err = m.copyLoose(ctx, src, n, a); p.err != nil {
			return p
		}
		if a.Size <= read.MaxPacked {
			p.loose = append(p.loose, read.LoosePath(a))
		}
	}
	if len(packed) > 0 {
		if p.err = m.copyPack(ctx, src, n, packed); p.err != nil {
			return p
		}
		for _, a := range packed {
			path := read.LoosePath(a.Attachment)
			if _, err := os.Stat(m.path(path)); err == nil {
				p.packed = append(p.packed, path)
			}
		}
	}
	p.err = m.put(read.BundlePath(n, len(raw)), bundle)
	return p
}

// pulled is what came of reading on.
type pulled struct {
	to    position
	loose []string // attachments of the last, partial bundle
}

// pull copies the entries beyond a position, up to a size, with everything that
// belongs to them except checkpoints.
func (m *Mirror) pull(ctx context.Context, src read.Source, from position, size int64) (*pulled, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out := &pulled{to: from}
	first := from.Frontier.Size() / read.TileWidth
	queue := make(chan chan piece, fetchers)
	go func() {
		defer close(queue)
		for n := first; n < read.Bundles(size); n++ {
			result := make(chan piece, 1)
			select {
			case queue <- result:
			case <-ctx.Done():
				return
			}
			go func() { result <- m.fetch(ctx, src, n, size) }()
		}
	}()
	for result := range queue {
		p := <-result
		if p.err != nil {
			return nil, damagedOr(p.err)
		}
		if err := m.take(&p, out); err != nil {
			return nil, err
		}
		if full := out.to.Frontier.Size(); full%read.TileWidth == 0 && (p.n+1)%saveEvery == 0 && full < size {
			ahead, err := out.to.clone()
			if err != nil {
				return nil, err
			}
			m.state.Ahead = &ahead
			if err := m.flush(); err != nil {
				return nil, err
			}
			if err := m.saveState(); err != nil {
				return nil, err
			}
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return out, m.putEdge(&out.to.Frontier)
}

// take enters the entries of a bundle that are new.
func (m *Mirror) take(p *piece, out *pulled) error {
	f := &out.to.Frontier
	begun := int(f.Size() % read.TileWidth)
	if edge := f.Edge(0); len(p.leaves) < begun || !slices.Equal(p.leaves[:begun], edge[:begun]) {
		return alarm(Damaged, "entry bundle %d: its first %d entries are not those that were there before", p.n, begun)
	}
	for i, leaf := range p.leaves[begun:] {
		for _, tile := range f.Append(leaf) {
			if err := m.putTile(tile.Level, tile.N, tile.Hashes); err != nil {
				return err
			}
		}
		e := p.entries[begun+i]
		if kept := out.to.Kept; e != nil && e.After > 0 && (len(kept) == 0 || kept[len(kept)-1] != e.After) {
			out.to.Kept = append(kept, e.After)
		}
		out.to.History.Enter(orders(e), read.Checked{})
	}
	out.loose = p.loose
	out.to.Packed = append(out.to.Packed, p.packed...)
	return nil
}

// orders returns an entry as far as the history of keys needs it: the signatures
// on what changes no order are verify's to judge.
func orders(e *read.Entry) *read.Entry {
	switch {
	case e == nil:
		return new(read.Entry)
	case strings.HasPrefix(e.Statement.Kind, "log."):
		return e
	}
	return &read.Entry{Statement: read.Statement{Kind: e.Statement.Kind}}
}

func (m *Mirror) putTile(level int, n int64, hashes []tlog.Hash) error {
	data := make([]byte, 0, len(hashes)*tlog.HashSize)
	for _, h := range hashes {
		data = append(data, h[:]...)
	}
	return m.put(read.TilePath(level, n, len(hashes)), data)
}

// putEdge writes the partial tiles at the right edge of the log.
func (m *Mirror) putEdge(f *read.Frontier) error {
	for level := 0; f.Size()>>(8*level) > 0; level++ {
		if edge := f.Edge(level); len(edge) > 0 {
			if err := m.putTile(level, f.Size()>>(8*level)/read.TileWidth, edge); err != nil {
				return err
			}
		}
	}
	return nil
}

// edgePaths are the partial files of a log of a size.
func edgePaths(size int64) []string {
	var paths []string
	for level := 0; size>>(8*level) > 0; level++ {
		if n := size >> (8 * level); n%read.TileWidth != 0 {
			paths = append(paths, read.TilePath(level, n/read.TileWidth, int(n%read.TileWidth)))
		}
	}
	if size%read.TileWidth != 0 {
		paths = append(paths, read.BundlePath(size/read.TileWidth, int(size%read.TileWidth)))
	}
	return paths
}
