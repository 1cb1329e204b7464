package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/transparency-dev/tessera/api/layout"
)

// sweep removes what an append that failed or was killed left beyond the tree of
// the given size: the library's temporary files, which it forgets on a full
// disk, and tiles and bundles that no tree covers yet, of which it would take a
// full one for a beginning of the next.
func (t *tree) sweep(size uint64) error {
	for _, of := range []string{checkpointName, filepath.Join(stateName, "treeState")} {
		if err := removeIn(filepath.Join(t.dir, filepath.Dir(of)), func(name string) bool {
			rest, ok := strings.CutPrefix(name, filepath.Base(of))
			return ok && rest != "" && isNumber(rest)
		}); err != nil {
			return err
		}
	}
	tile := func(level uint64) func(uint64) string {
		return func(index uint64) string { return layout.TilePath(level, index, 0) }
	}
	bundle := func(index uint64) string { return layout.EntriesPath(index, 0) }
	if err := t.sweepLevel(bundle, size, size+maxSequenced); err != nil {
		return err
	}
	for level, end := uint64(0), size+maxSequenced; end > 0; level, end = level+1, end>>layout.TileHeight {
		if err := t.sweepLevel(tile(level), size>>(level*layout.TileHeight), end); err != nil {
			return err
		}
	}
	return nil
}

// sweepLevel sweeps the files of one level, which holds nodes up to the number
// size, and may hold strays up to the number end.
func (t *tree) sweepLevel(at func(index uint64) string, size, end uint64) error {
	swept := ""
	for index := size / layout.TileWidth; index <= end/layout.TileWidth; index++ {
		full := filepath.Join(t.dir, at(index))
		if err := ignoreMissing(os.Remove(full)); err != nil {
			return fmt.Errorf("sweep log: %w", err)
		}
		width := uint64(0)
		if index == size/layout.TileWidth {
			width = size % layout.TileWidth
		}
		if err := removeIn(full+".p", func(name string) bool {
			n, err := strconv.ParseUint(name, 10, 64)
			return err != nil || n > width
		}); err != nil {
			return err
		}
		if dir := filepath.Dir(full); dir != swept {
			swept = dir
			if err := removeIn(dir, func(name string) bool { return len(name) > len("000") && isNumber(name) }); err != nil {
				return err
			}
		}
	}
	return nil
}

func isNumber(name string) bool { return strings.Trim(name, "0123456789") == "" }

// removeIn removes the files in a folder of which stray is true; the folder need
// not exist.
func removeIn(dir string, stray func(name string) bool) error {
	names, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("sweep log: %w", err)
	}
	for _, d := range names {
		if d.IsDir() || !stray(d.Name()) {
			continue
		}
		if err := os.Remove(path.Join(dir, d.Name())); err != nil {
			return fmt.Errorf("sweep log: %w", err)
		}
	}
	return nil
}
