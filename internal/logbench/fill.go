package logbench

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"bayyina/platform/ledger"
	"bayyina/platform/store"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api/layout"
	"golang.org/x/mod/sumdb/note"
)

// filler writes the files of a long log directly.
type filler struct {
	dir    string
	size   uint64
	bundle []byte
	levels [][][]byte // hashes of the last, unfinished tile of each level
	top    *compact.Range
	made   map[string]bool // folders
}

var ranges = compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}

// Fill makes the log n entries long at once, by writing tiles, bundles and
// checkpoint itself: for measuring how a long log is read, where the time of
// appending it does not matter. The log must hold its genesis alone. The entries'
// signatures are none.
func (r *Rig) Fill(ctx context.Context, n uint64) error {
	public := filepath.Join(r.Dir, "log")
	v, err := ledger.OpenView(public)
	if err != nil {
		return err
	}
	genesis, err := v.Entry(ctx, 0)
	if err != nil {
		return err
	}
	f := &filler{dir: public, top: ranges.NewEmptyRange(0), made: make(map[string]bool)}
	if err := f.append(genesis); err != nil {
		return err
	}
	statement := r.Items(1)[0].Statement
	at := bytes.Index(statement, []byte("bench.word/1\n")) + len("bench.word/1\n")
	signature := "\n— entry.example " + strings.Repeat("A", 92) + "\n"
	now := time.Now().UTC().Format(time.RFC3339)
	var id string
	for f.size < n {
		id = r.id()
		copy(statement[at:], id)
		if err := f.append(fmt.Appendf(nil, "bayyina.entry/1\n%s\n%d\n%s\n1\n\n%s%s", Origin, f.size, now, statement, signature)); err != nil {
			return err
		}
	}
	root, err := f.finish()
	if err != nil {
		return err
	}
	return r.publish(ctx, n, root, id)
}

// publish signs the checkpoint and tells the database.
func (r *Rig) publish(ctx context.Context, size uint64, root []byte, last string) error {
	text := fmt.Sprintf("%s\n%d\n%s\n", Origin, size, base64.StdEncoding.EncodeToString(root))
	signed, err := note.Sign(&note.Note{Text: text}, r.Checkpoint)
	if err != nil {
		return err
	}
	state, err := json.Marshal(map[string]any{"size": size, "root": root})
	if err != nil {
		return err
	}
	f := &filler{dir: filepath.Join(r.Dir, "log"), made: make(map[string]bool)}
	kept := "checkpoints/" + strings.TrimPrefix(layout.EntriesPath(size, 0), "tile/entries/")
	for name, data := range map[string][]byte{"checkpoint": signed, kept: signed, ".state/treeState": state} {
		if err := f.write(name, data); err != nil {
			return err
		}
	}
	return r.DB.Tx(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO outbox (statement_id, sequence) VALUES (?1, ?2)`, last, int64(size-1)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE publication SET size = ?1, published_size = ?1, published_root = ?2`, int64(size), root)
		return err
	})
}

func (f *filler) append(entry []byte) error {
	f.bundle = append(binary.BigEndian.AppendUint16(f.bundle, uint16(len(entry))), entry...)
	leaf := rfc6962.DefaultHasher.HashLeaf(entry)
	if err := f.top.Append(leaf, nil); err != nil {
		return err
	}
	f.size++
	if f.size%layout.EntryBundleWidth == 0 {
		if err := f.write(layout.EntriesPath(f.size/layout.EntryBundleWidth-1, 0), f.bundle); err != nil {
			return err
		}
		f.bundle = f.bundle[:0]
	}
	return f.node(0, leaf)
}

// node adds a hash to the tile at the end of a level, and the tile's own hash to
// the level above when it is full.
func (f *filler) node(level int, hash []byte) error {
	if level == len(f.levels) {
		f.levels = append(f.levels, nil)
	}
	f.levels[level] = append(f.levels[level], hash)
	if len(f.levels[level]) < layout.TileWidth {
		return nil
	}
	index := f.size>>(8*(level+1)) - 1
	if err := f.write(layout.TilePath(uint64(level), index, 0), bytes.Join(f.levels[level], nil)); err != nil {
		return err
	}
	tile := ranges.NewEmptyRange(0)
	for _, h := range f.levels[level] {
		if err := tile.Append(h, nil); err != nil {
			return err
		}
	}
	root, err := tile.GetRootHash(nil)
	if err != nil {
		return err
	}
	f.levels[level] = nil
	return f.node(level+1, root)
}

// finish writes what is partial and returns the root.
func (f *filler) finish() ([]byte, error) {
	if p := uint8(f.size % layout.EntryBundleWidth); p > 0 {
		if err := f.write(layout.EntriesPath(f.size/layout.EntryBundleWidth, p), f.bundle); err != nil {
			return nil, err
		}
	}
	for level, hashes := range f.levels {
		if p := uint8(len(hashes)); p > 0 {
			if err := f.write(layout.TilePath(uint64(level), f.size>>(8*(level+1)), p), bytes.Join(hashes, nil)); err != nil {
				return nil, err
			}
		}
	}
	return f.top.GetRootHash(nil)
}

func (f *filler) write(name string, data []byte) error {
	name = filepath.Join(f.dir, filepath.FromSlash(name))
	if dir := filepath.Dir(name); !f.made[dir] {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		f.made[dir] = true
	}
	return os.WriteFile(name, data, 0o644)
}

// OpenTime returns how long it takes to open the log for writing.
func (r *Rig) OpenTime(ctx context.Context) (time.Duration, error) {
	begin := time.Now()
	l, err := ledger.Open(ctx, r.Config)
	elapsed := time.Since(begin)
	if err != nil {
		return 0, err
	}
	return elapsed, l.Close()
}

// ProofTime returns how long the proof of one entry takes: the mean of n random
// ones, each read from the files anew, and the longest.
func (r *Rig) ProofTime(ctx context.Context, n int) (mean, longest time.Duration, err error) {
	v, err := ledger.OpenView(filepath.Join(r.Dir, "log"))
	if err != nil {
		return 0, 0, err
	}
	var sum time.Duration
	for range n {
		begin := time.Now()
		if _, err := v.Proof(ctx, rand.Uint64N(v.Size()), false); err != nil {
			return 0, 0, err
		}
		d := time.Since(begin)
		sum, longest = sum+d, max(longest, d)
	}
	return sum / time.Duration(n), longest, nil
}
