package replay

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"bayyina/platform/ledger/read"

	"golang.org/x/mod/sumdb/tlog"
)

// loaded is a bundle with everything that can be read and checked before its turn
// comes.
type loaded struct {
	number  int64
	fault   *read.Fault // the bundle cannot be read; then nothing else is set
	entries []parsed
	tile    *read.Fault // the hash tile is not that of the entries
	kept    map[int64]kept
	named   []named
	held    map[string]holding // by hash
	pack    *read.Fault
}

// parsed is an entry as far as it could be read.
type parsed struct {
	*read.Entry // never nil
	err         error
	leaf        tlog.Hash
}

// kept is a kept checkpoint, or what is wrong with it: ErrMissing or ErrDamaged.
type kept struct {
	read.Checkpoint
	err error
}

// atFault reports whether an error is the log's fault and not the source's.
func atFault(err error) bool {
	return errors.Is(err, read.ErrMissing) || errors.Is(err, read.ErrDamaged)
}

// load reads a bundle, its tile, the kept checkpoints that its entries name, and
// their attachments. An error means that the source cannot be read.
func (r *run) load(ctx context.Context, number int64) (*loaded, error) {
	l := &loaded{number: number}
	raw, err := read.ReadBundle(ctx, r.source, number, r.size)
	if atFault(err) {
		l.fault = &read.Fault{Code: bundleDamaged, Detail: err.Error(), Sequence: number * read.TileWidth}
		if errors.Is(err, read.ErrMissing) {
			l.fault.Code = bundleMissing
		}
		return l, nil
	}
	if err != nil {
		return nil, err
	}
	for _, entry := range raw {
		p := parsed{leaf: tlog.RecordHash(entry)}
		p.Entry, p.err = read.ParseEntry(entry)
		if p.Entry == nil {
			p.Entry = &read.Entry{Raw: entry}
		}
		l.entries = append(l.entries, p)
	}
	if err := r.loadTile(ctx, l); err != nil {
		return nil, err
	}
	if err := r.loadKept(ctx, l); err != nil {
		return nil, err
	}
	return l, r.loadAttachments(ctx, l)
}

// loadTile compares the tile of leaf hashes with the entries.
func (r *run) loadTile(ctx context.Context, l *loaded) error {
	hashes := make([]tlog.Hash, len(l.entries))
	for i, e := range l.entries {
		hashes[i] = e.leaf
	}
	var err error
	l.tile, err = r.compareTile(ctx, 0, l.number, hashes)
	return err
}

// compareTile compares a tile with its hashes as they were computed, and names the
// entry at fault where it is one of the lowest level.
func (r *run) compareTile(ctx context.Context, level int, n int64, hashes []tlog.Hash) (*read.Fault, error) {
	tile, err := read.ReadTile(ctx, r.source, level, n, r.size)
	f := &read.Fault{Code: tileDamaged, Sequence: -1}
	switch {
	case errors.Is(err, read.ErrMissing):
		f.Code, f.Detail = tileMissing, err.Error()
		return f, nil
	case errors.Is(err, read.ErrDamaged):
		f.Detail = err.Error()
		return f, nil
	case err != nil:
		return nil, err
	}
	for i, h := range hashes {
		if have := tile[i*tlog.HashSize : (i+1)*tlog.HashSize]; string(have) != string(h[:]) {
			f.Detail = fmt.Sprintf("hash %d of the tile is %x, computed %x", i, have, h[:])
			if level == 0 {
				f.Sequence = n*read.TileWidth + int64(i)
			}
			return f, nil
		}
	}
	return nil, nil
}

// loadKept reads the kept checkpoints that the bundle's entries name.
func (r *run) loadKept(ctx context.Context, l *loaded) error {
	l.kept = make(map[int64]kept)
	first := l.number * read.TileWidth
	for i, e := range l.entries {
		_, known := l.kept[e.After]
		if known || e.After < 1 || e.After > first+int64(i) {
			continue
		}
		c, err := read.Kept(ctx, r.source, e.After)
		if err != nil && !atFault(err) {
			return err
		}
		l.kept[e.After] = kept{c, err}
	}
	return nil
}

// own are the kinds that the log itself acts on.
func own(kind string) bool {
	switch kind {
	case read.KindGenesis, read.KindKeys, read.KindWitnesses, read.KindRules, read.KindClose:
		return true
	}
	return false
}

// shorten makes a name of outside fit for a message.
func shorten(text string) string {
	const most = 128
	if len(text) <= most {
		return strings.ToValidUTF8(text, "�")
	}
	return strings.ToValidUTF8(text[:most], "�") + "…"
}
