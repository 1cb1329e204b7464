package forge

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"

	"bayyina/platform/ledger/read"

	"golang.org/x/mod/sumdb/tlog"
)

// maxPacked is the size above which an attachment stays loose.
const maxPacked = 16 << 20

// Write writes the log's public files into a new folder: envelopes, tiles, bundles,
// packs and the checkpoints that changed are made anew with the keys held.
func (h *History) Write(dir string, keys Keys) error {
	if err := h.write(dir, keys); err != nil {
		return fmt.Errorf("forge log: %w", err)
	}
	return nil
}

func (h *History) write(dir string, keys Keys) error {
	newest := h.Newest()
	if newest == nil || newest.Size != int64(len(h.Entries)) {
		return fmt.Errorf("the newest checkpoint does not cover the log's %d entries", len(h.Entries))
	}
	if there, err := os.ReadDir(dir); err == nil && len(there) > 0 {
		return fmt.Errorf("the folder %s is not empty", dir)
	}
	w := writer{History: h, dir: dir, keys: keys}
	if err := w.envelopes(); err != nil {
		return err
	}
	for _, step := range []func() error{w.bundles, w.tiles, w.attachments, w.checkpoints} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// writer is a log on its way to a folder.
type writer struct {
	*History
	dir     string
	keys    Keys
	entries [][]byte
	leaves  []tlog.Hash
}

func (w *writer) file(path string, data []byte) error {
	path = filepath.Join(w.dir, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

func (w *writer) envelopes() error {
	for i, e := range w.Entries {
		raw, err := w.envelope(int64(i), e)
		if err != nil {
			return err
		}
		if len(raw) > read.MaxNote {
			return fmt.Errorf("entry %d has %d bytes", i, len(raw))
		}
		w.entries = append(w.entries, raw)
		w.leaves = append(w.leaves, tlog.RecordHash(raw))
	}
	return nil
}

func (w *writer) envelope(i int64, e Entry) ([]byte, error) {
	signer := w.keys.Entry
	if e.Signer != nil {
		signer = e.Signer
	}
	switch {
	case e.Raw != nil:
		return e.Raw, nil
	case signer == nil && e.unchanged(i):
		return e.loaded, nil
	case signer == nil:
		return nil, fmt.Errorf("entry %d: no entry key is held", i)
	}
	text := fmt.Appendf(nil, "bayyina.entry/1\n%s\n%d\n%s\n%d\n\n%s", w.Origin, i+e.Skew, e.Time.UTC().Format(timeLayout), e.After, e.Statement)
	return Sign(text, signer)
}

// unchanged reports whether the envelope that was found still says what e says.
func (e Entry) unchanged(i int64) bool {
	found, err := read.ParseEntry(e.loaded)
	return err == nil && found.Sequence == i+e.Skew && found.Time.Equal(e.Time) && found.After == e.After &&
		bytes.Equal(found.Statement.Raw, e.Statement)
}

func (w *writer) bundles() error {
	for b := 0; b*bundleWidth < len(w.entries); b++ {
		entries := w.entries[b*bundleWidth : min(len(w.entries), (b+1)*bundleWidth)]
		var raw []byte
		for _, e := range entries {
			raw = append(binary.BigEndian.AppendUint16(raw, uint16(len(e))), e...)
		}
		if err := w.file(widthPath("tile/entries/"+numberPath(int64(b)), len(entries)), raw); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) tiles() error {
	hashes := w.leaves
	for level := 0; len(hashes) > 0; level++ {
		for n := 0; n*bundleWidth < len(hashes); n++ {
			tile := hashes[n*bundleWidth : min(len(hashes), (n+1)*bundleWidth)]
			var raw []byte
			for _, h := range tile {
				raw = append(raw, h[:]...)
			}
			if err := w.file(widthPath(fmt.Sprintf("tile/%d/%s", level, numberPath(int64(n))), len(tile)), raw); err != nil {
				return err
			}
		}
		hashes = above(hashes)
	}
	return nil
}

// attachments writes packs for full bundles and loose files for the rest. What is
// named and not held is left out.
func (w *writer) attachments() error {
	for b := 0; b*bundleWidth < len(w.Entries); b++ {
		entries := w.Entries[b*bundleWidth : min(len(w.Entries), (b+1)*bundleWidth)]
		full := len(entries) == bundleWidth
		var packed []string
		seen := make(map[string]bool)
		for _, e := range entries {
			for _, a := range e.names() {
				data, held := w.Attachments[a.SHA256]
				if !held || seen[a.SHA256] {
					continue
				}
				seen[a.SHA256] = true
				if full && a.Size <= maxPacked {
					packed = append(packed, a.SHA256)
				} else if err := w.file(loosePath(a.SHA256), data); err != nil {
					return err
				}
			}
		}
		if err := w.pack(int64(b), packed); err != nil {
			return err
		}
	}
	return nil
}

// names returns the attachments that an entry names; one that is malformed names
// none.
func (e Entry) names() []read.Attachment {
	if e.Raw != nil {
		raw, err := read.ParseEntry(e.Raw)
		if err != nil {
			return nil
		}
		return raw.Statement.Attachments
	}
	s, err := read.ParseStatement(e.Statement)
	if err != nil {
		return nil
	}
	return s.Attachments
}

func (w *writer) pack(bundle int64, hashes []string) error {
	if len(hashes) == 0 {
		return nil
	}
	head := binary.BigEndian.AppendUint32([]byte("bayyina.pack/1\n"), uint32(len(hashes)))
	offset := len(head) + len(hashes)*(sha256.Size+16)
	var data []byte
	for _, hash := range hashes {
		sum, err := hex.DecodeString(hash)
		if err != nil {
			return err
		}
		content := w.Attachments[hash]
		head = append(head, sum...)
		head = binary.BigEndian.AppendUint64(head, uint64(offset+len(data)))
		head = binary.BigEndian.AppendUint64(head, uint64(len(content)))
		data = append(data, content...)
	}
	return w.file("pack/"+numberPath(bundle), append(head, data...))
}

func (w *writer) checkpoints() error {
	var tree frontier
	done := int64(0)
	for n, c := range w.Checkpoints {
		if c.Size < 1 || c.Size > int64(len(w.leaves)) || n > 0 && c.Size <= w.Checkpoints[n-1].Size {
			return fmt.Errorf("a checkpoint of size %d where it cannot be", c.Size)
		}
		for ; done < c.Size; done++ {
			tree.add(w.leaves[done])
		}
		raw, err := w.checkpoint(c, tree.root())
		if err != nil {
			return err
		}
		if !c.Withheld {
			if err := w.file("checkpoints/"+numberPath(c.Size), raw); err != nil {
				return err
			}
		}
		if n == len(w.Checkpoints)-1 {
			return w.file("checkpoint", raw)
		}
	}
	return nil
}

func (w *writer) checkpoint(c Checkpoint, root tlog.Hash) ([]byte, error) {
	if c.Frozen {
		return c.loaded, nil
	}
	if c.Root != nil {
		root = *c.Root
	}
	text := fmt.Appendf(nil, "%s\n%d\n%s\n", w.Origin, c.Size, base64.StdEncoding.EncodeToString(root[:]))
	signer := w.keys.Checkpoint
	if c.Signer != nil {
		signer = c.Signer
	}
	if c.Without == 0 && c.Signer == nil && bytes.HasPrefix(c.loaded, append(bytes.Clone(text), '\n')) {
		return c.loaded, nil
	}
	if signer == nil {
		return nil, fmt.Errorf("checkpoint of size %d: no checkpoint key is held", c.Size)
	}
	raw, err := Sign(text, signer)
	if err != nil {
		return nil, err
	}
	for _, witness := range w.keys.Witnesses[:max(0, len(w.keys.Witnesses)-c.Without)] {
		raw = append(raw, witness.Cosign(text, c.Time)...)
	}
	return raw, nil
}
