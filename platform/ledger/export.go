package ledger

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/transparency-dev/tessera/api/layout"
)

// sink takes one public file.
type sink func(path string, size int64, r io.Reader) error

// ExportTar writes the log, at its newest checkpoint, as a tar archive. The same
// log at the same checkpoint gives the same bytes.
func (v *View) ExportTar(ctx context.Context, w io.Writer) error {
	archive := tar.NewWriter(w)
	if err := errors.Join(v.AddTo(ctx, archive, ""), archive.Close()); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

// AddTo adds the log's files to an archive, each under its path behind the prefix.
func (v *View) AddTo(ctx context.Context, archive *tar.Writer, prefix string) error {
	return v.files(ctx, func(path string, size int64, r io.Reader) error {
		if err := archive.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: prefix + path, Size: size, Mode: 0o644, Format: tar.FormatUSTAR}); err != nil {
			return err
		}
		_, err := io.Copy(archive, r)
		return err
	})
}

// ExportFolder copies the log, at its newest checkpoint, into a new folder that
// any static web server can serve. The checkpoint comes last.
func (v *View) ExportFolder(ctx context.Context, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	there, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	if len(there) > 0 {
		return fmt.Errorf("export: the folder %s is not empty", dir)
	}
	err = v.files(ctx, func(path string, _ int64, r io.Reader) error {
		path = filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		_, err = io.Copy(f, r)
		return errors.Join(err, f.Close())
	})
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

// files yields every file that a reader of the newest checkpoint needs, in a
// fixed order. The log may grow meanwhile.
func (v *View) files(ctx context.Context, yield sink) error {
	steps := []func(context.Context, sink) error{v.tileFiles, v.bundleFiles, v.packFiles, v.looseFiles, v.keptFiles}
	for _, step := range steps {
		if err := step(ctx, yield); err != nil {
			return err
		}
	}
	return yield(checkpointName, int64(len(v.signed)), bytes.NewReader(v.signed))
}

// tileFiles yields the hash tiles of the tree, each as wide as the checkpoint's
// size makes it: where the log grew meanwhile, a prefix of what is there.
func (v *View) tileFiles(ctx context.Context, yield sink) error {
	for level, n := uint64(0), v.size; n > 0; level, n = level+1, n>>layout.TileHeight {
		for i := uint64(0); i*layout.TileWidth < n; i++ {
			p := layout.PartialTileSize(level, i, v.size)
			raw, err := v.tree.reader.ReadTile(ctx, level, i, p)
			if err != nil {
				return fmt.Errorf("tile %d of level %d: %w", i, level, err)
			}
			width := int(min(n-i*layout.TileWidth, layout.TileWidth)) * 32
			if len(raw) < width {
				return fmt.Errorf("tile %d of level %d has %d bytes, not %d", i, level, len(raw), width)
			}
			if err := yield(layout.TilePath(level, i, p), int64(width), bytes.NewReader(raw[:width])); err != nil {
				return err
			}
		}
	}
	return nil
}

// bundleFiles yields the entry bundles.
func (v *View) bundleFiles(ctx context.Context, yield sink) error {
	for i := range bundles(v.size) {
		entries, err := v.tree.bundle(ctx, i, v.size)
		if err != nil {
			return err
		}
		var raw []byte
		for _, e := range entries {
			raw = append(binary.BigEndian.AppendUint16(raw, uint16(len(e))), e...)
		}
		if err := yield(layout.EntriesPath(i, layout.PartialTileSize(0, i, v.size)), int64(len(raw)), bytes.NewReader(raw)); err != nil {
			return err
		}
	}
	return nil
}

// packFiles yields the packs of full bundles; one whose entries name no
// attachment has none.
func (v *View) packFiles(_ context.Context, yield sink) error {
	for i := range v.size / layout.EntryBundleWidth {
		if err := v.file(packPath(i), yield); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// looseFiles yields the attachments that are in no pack: the large ones, and
// those that the partial bundle names.
func (v *View) looseFiles(ctx context.Context, yield sink) error {
	wanted := make(map[string]bool)
	if v.size%layout.EntryBundleWidth != 0 {
		entries, err := v.tree.bundle(ctx, v.size/layout.EntryBundleWidth, v.size)
		if err != nil {
			return err
		}
		named, err := namedBy(entries)
		if err != nil {
			return err
		}
		for _, a := range named {
			wanted[a.SHA256] = true
		}
	}
	return v.walk("attachment", func(path string, info fs.FileInfo) error {
		if !wanted[filepath.Base(path)] && info.Size() <= maxPacked {
			return nil // packed, and about to be removed
		}
		return v.file(path, yield)
	})
}

// keptFiles yields the kept checkpoints up to the newest.
func (v *View) keptFiles(_ context.Context, yield sink) error {
	return v.walk("checkpoints", func(path string, _ fs.FileInfo) error {
		size, err := parseNumberPath(strings.TrimPrefix(path, "checkpoints/"))
		if err != nil || size > v.size {
			return err
		}
		return v.file(path, yield)
	})
}

// file yields one file as it stands.
func (v *View) file(path string, yield sink) error {
	f, err := os.Open(filepath.Join(v.dir, filepath.FromSlash(path)))
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return yield(path, info.Size(), f)
}

// walk visits the finished files below a folder in order; there may be none.
func (v *View) walk(folder string, visit func(path string, info fs.FileInfo) error) error {
	err := fs.WalkDir(os.DirFS(v.dir), folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return ignoreMissing(err) // removed meanwhile
		}
		return visit(path, info)
	})
	return ignoreMissing(err)
}

// parseNumberPath reads what numberPath writes.
func parseNumberPath(path string) (uint64, error) {
	n, err := strconv.ParseUint(strings.NewReplacer("x", "", "/", "").Replace(path), 10, 63)
	if err != nil || numberPath(n) != path {
		return 0, fmt.Errorf("%q is no number as tile paths spell it", path)
	}
	return n, nil
}
