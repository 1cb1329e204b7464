package forge

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"bayyina/platform/ledger/read"
)

// Load reads the public files of an honest log. It checks nothing that it does
// not need.
func Load(dir string) (*History, error) {
	h := New("")
	for _, step := range []func(fs.FS) error{h.loadCheckpoints, h.loadEntries, h.loadPacks, h.loadLoose} {
		if err := step(os.DirFS(dir)); err != nil {
			return nil, fmt.Errorf("load log %s: %w", dir, err)
		}
	}
	return h, nil
}

func (h *History) loadCheckpoints(dir fs.FS) error {
	add := func(path string) (Checkpoint, error) {
		raw, err := fs.ReadFile(dir, path)
		if err != nil {
			return Checkpoint{}, err
		}
		n, err := read.ParseNote(raw)
		if err != nil {
			return Checkpoint{}, fmt.Errorf("%s: %w", path, err)
		}
		lines := strings.SplitN(string(n.Text), "\n", 3)
		if len(lines) != 3 {
			return Checkpoint{}, fmt.Errorf("%s: not a checkpoint", path)
		}
		c := Checkpoint{loaded: raw}
		if c.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
			return Checkpoint{}, fmt.Errorf("%s: %w", path, err)
		}
		h.Origin = lines[0]
		for _, s := range n.Signatures { // a cosignature begins with its time
			if len(s.Bytes) == 8+64 {
				c.Time = time.Unix(int64(binary.BigEndian.Uint64(s.Bytes)), 0).UTC()
			}
		}
		return c, nil
	}
	newest, err := add("checkpoint")
	if err != nil {
		return err
	}
	err = walk(dir, "checkpoints", func(path string) error {
		c, err := add(path)
		if err == nil && c.Size < newest.Size {
			h.Checkpoints = append(h.Checkpoints, c)
		}
		return err
	})
	slices.SortFunc(h.Checkpoints, func(a, b Checkpoint) int { return cmp.Compare(a.Size, b.Size) })
	h.Checkpoints = append(h.Checkpoints, newest)
	return err
}

func (h *History) loadEntries(dir fs.FS) error {
	for size, b := h.Newest().Size, int64(0); b*bundleWidth < size; b++ {
		width := int(min(bundleWidth, size-b*bundleWidth))
		path := widthPath("tile/entries/"+numberPath(b), width)
		raw, err := fs.ReadFile(dir, path)
		if errors.Is(err, fs.ErrNotExist) { // the bundle became full
			raw, err = fs.ReadFile(dir, "tile/entries/"+numberPath(b))
		}
		if err != nil {
			return err
		}
		for range width {
			if len(raw) < 2 || len(raw) < 2+int(binary.BigEndian.Uint16(raw)) {
				return fmt.Errorf("%s is too short", path)
			}
			n := 2 + int(binary.BigEndian.Uint16(raw))
			e, err := read.ParseEntry(raw[2:n:n])
			if err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			h.Entries = append(h.Entries, Entry{Statement: e.Statement.Raw, Time: e.Time, After: e.After, loaded: e.Raw})
			raw = raw[n:]
		}
	}
	return nil
}

const packHeader = "bayyina.pack/1\n"

func (h *History) loadPacks(dir fs.FS) error {
	return walk(dir, "pack", func(path string) error {
		raw, err := fs.ReadFile(dir, path)
		if err != nil {
			return err
		}
		index, ok := bytes.CutPrefix(raw, []byte(packHeader))
		if !ok || len(index) < 4 {
			return fmt.Errorf("%s is no pack", path)
		}
		count := int64(binary.BigEndian.Uint32(index))
		for index = index[4:]; count > 0; count-- {
			if len(index) < 48 {
				return fmt.Errorf("%s is too short", path)
			}
			offset, size := binary.BigEndian.Uint64(index[32:]), binary.BigEndian.Uint64(index[40:])
			if offset > uint64(len(raw)) || size > uint64(len(raw))-offset {
				return fmt.Errorf("%s is too short", path)
			}
			h.Attachments[hex.EncodeToString(index[:32])] = raw[offset : offset+size : offset+size]
			index = index[48:]
		}
		return nil
	})
}

func (h *History) loadLoose(dir fs.FS) error {
	return walk(dir, "attachment", func(path string) error {
		data, err := fs.ReadFile(dir, path)
		h.Attachments[filepath.Base(path)] = data
		return err
	})
}

// walk visits the files below a folder; there may be none.
func walk(dir fs.FS, folder string, visit func(path string) error) error {
	err := fs.WalkDir(dir, folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return visit(path)
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
