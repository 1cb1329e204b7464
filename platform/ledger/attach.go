package ledger

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"bayyina/platform/store"

	"github.com/transparency-dev/tessera/api/layout"
)

const (
	packHeader = "bayyina.pack/1\n"
	// maxPacked is the size above which an attachment stays loose.
	maxPacked = 16 << 20
	// maxAttachment is the size limit of an attachment.
	maxAttachment = 1 << 32
	// looseGrace is how long a loose attachment stays after it was packed, for
	// readers that hold the checkpoint before.
	looseGrace = time.Minute
)

// Stage copies an attachment into the data folder, durably, for statements that
// will name it. It is published only with the first of them.
func Stage(dataDir string, r io.Reader) (Attachment, error) {
	dir := filepath.Join(dataDir, stagingDir)
	if err := makeDirs(dir); err != nil {
		return Attachment{}, fmt.Errorf("stage attachment: %w", err)
	}
	tmp, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return Attachment{}, fmt.Errorf("stage attachment: %w", err)
	}
	defer os.Remove(tmp.Name()) // fails once the file has its name
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(tmp, h), io.LimitReader(r, maxAttachment+1))
	if err := errors.Join(err, tmp.Chmod(0o644), tmp.Sync(), tmp.Close()); err != nil {
		return Attachment{}, fmt.Errorf("stage attachment: %w", err)
	}
	if n == 0 || n > maxAttachment {
		return Attachment{}, fmt.Errorf("stage attachment: %d bytes or more, not 1 to 2^32", n)
	}
	a := Attachment{SHA256: hex.EncodeToString(h.Sum(nil)), Size: n}
	if err := errors.Join(os.Rename(tmp.Name(), filepath.Join(dir, a.SHA256)), syncDir(dir)); err != nil {
		return Attachment{}, fmt.Errorf("stage attachment: %w", err)
	}
	return a, nil
}

// namedBy returns the attachments that entries name, in order, each once.
func namedBy(entries [][]byte) ([]Attachment, error) {
	var named []Attachment
	seen := make(map[string]bool)
	for _, entry := range entries {
		if !mayNameAttachments(string(entry)) {
			continue
		}
		e, _, err := openEnvelope(entry)
		if err != nil {
			return nil, err
		}
		_, more, err := ParseStatement(e.Statement)
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", e.Sequence, err)
		}
		for _, a := range more {
			if !seen[a.SHA256] {
				seen[a.SHA256] = true
				named = append(named, a)
			}
		}
	}
	return named, nil
}

// place makes the attachments of the entries from on durable as public files,
// before a checkpoint of size to covers them: packed for each bundle that is
// full, loose for the others. It may be repeated.
func (l *Log) place(ctx context.Context, from, to uint64) (placed []Attachment, err error) {
	for b := from / layout.EntryBundleWidth; b*layout.EntryBundleWidth < to; b++ {
		entries, err := l.tree.bundle(ctx, b, to)
		if err != nil {
			return nil, err
		}
		named, err := namedBy(entries)
		if err != nil {
			return nil, err
		}
		full := uint64(len(entries)) == layout.EntryBundleWidth
		var packed []Attachment
		for _, a := range named {
			if full && a.Size <= maxPacked {
				packed = append(packed, a)
			} else if err := l.placeLoose(ctx, a); err != nil {
				return nil, err
			}
		}
		if err := l.placePack(ctx, b, packed); err != nil {
			return nil, err
		}
		placed = append(placed, named...)
	}
	return placed, nil
}

// placeLoose puts an attachment under its hash, unless it is there.
func (l *Log) placeLoose(ctx context.Context, a Attachment) error {
	path := filepath.Join(l.public, loosePath(a.SHA256))
	if info, err := os.Stat(path); err == nil && info.Size() == a.Size {
		return nil
	}
	staged := filepath.Join(l.cfg.Dir, stagingDir, a.SHA256)
	if _, err := os.Stat(staged); err == nil {
		if err := makeDirs(filepath.Dir(path)); err != nil {
			return fmt.Errorf("place attachment %s: %w", a.SHA256, err)
		}
		if err := errors.Join(os.Link(staged, path), syncDir(filepath.Dir(path))); err != nil {
			return fmt.Errorf("place attachment %s: %w", a.SHA256, err)
		}
		return nil
	}
	err := writeFrom(path, func(w io.Writer) error { return l.copyAttachment(ctx, w, a) })
	if err != nil {
		return fmt.Errorf("place attachment: %w", err)
	}
	return nil
}

// placePack writes the pack of a full bundle, unless it is there or would be
// empty.
func (l *Log) placePack(ctx context.Context, bundle uint64, packed []Attachment) error {
	if len(packed) == 0 {
		return nil
	}
	path := filepath.Join(l.public, packPath(bundle))
	if _, err := os.Stat(path); err == nil {
		return nil // written whole, and its bundle never changes
	}
	head, err := packIndex(packed)
	if err != nil {
		return fmt.Errorf("pack of bundle %d: %w", bundle, err)
	}
	err = writeFrom(path, func(w io.Writer) error {
		if _, err := w.Write(head); err != nil {
			return err
		}
		for _, a := range packed {
			if err := l.copyAttachment(ctx, w, a); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("pack of bundle %d: %w", bundle, err)
	}
	return nil
}

// packIndex is the part of a pack before the data.
func packIndex(packed []Attachment) ([]byte, error) {
	out := []byte(packHeader)
	out = binary.BigEndian.AppendUint32(out, uint32(len(packed)))
	offset := uint64(len(out) + len(packed)*(sha256.Size+16))
	for _, a := range packed {
		sum, err := hex.DecodeString(a.SHA256)
		if err != nil {
			return nil, err
		}
		out = append(out, sum...)
		out = binary.BigEndian.AppendUint64(out, offset)
		out = binary.BigEndian.AppendUint64(out, uint64(a.Size))
		offset += uint64(a.Size)
	}
	return out, nil
}

// copyAttachment writes the attachment's bytes to w, wherever they are, and
// fails unless they have its hash and size.
func (l *Log) copyAttachment(ctx context.Context, w io.Writer, a Attachment) error {
	for _, path := range l.places(a) {
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("attachment %s: %w", a.SHA256, err)
		}
		defer f.Close()
		return copyChecked(w, f, a)
	}
	var content []byte
	err := l.cfg.DB.View(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(ctx, `SELECT content FROM outbox_attachment WHERE hash = ?1 AND content IS NOT NULL LIMIT 1`, a.SHA256).Scan(&content)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("attachment %s of %d bytes is nowhere: not in the log, not staged, not in the database", a.SHA256, a.Size)
	}
	if err != nil {
		return fmt.Errorf("attachment %s: %w", a.SHA256, err)
	}
	return copyChecked(w, &byteReader{content}, a)
}

// byteReader reads a slice; unlike bytes.Reader it has no WriteTo, so that
// copyChecked sees all bytes pass.
type byteReader struct{ rest []byte }

func (r *byteReader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// copyChecked copies r to w and checks hash and size.
func copyChecked(w io.Writer, r io.Reader, a Attachment) error {
	var h hash.Hash = sha256.New()
	n, err := io.Copy(io.MultiWriter(w, h), io.LimitReader(r, a.Size+1))
	if err != nil {
		return fmt.Errorf("attachment %s: %w", a.SHA256, err)
	}
	if n != a.Size || hex.EncodeToString(h.Sum(nil)) != a.SHA256 {
		return fmt.Errorf("attachment %s: its stored bytes are damaged", a.SHA256)
	}
	return nil
}

// loose is a set of loose attachments that may go at a time.
type loose struct {
	due    time.Time
	hashes []string
}

// checkStaged makes sure, before the statements of these rows enter, that the
// attachments which they do not bring themselves are there.
func (l *Log) checkStaged(ctx context.Context, entering []queued) error {
	if len(entering) == 0 {
		return nil
	}
	ids := idsOf(entering)
	var staged []Attachment
	err := l.cfg.DB.View(ctx, func(tx *store.Tx) error {
		staged = staged[:0]
		rows, err := tx.Query(ctx, `SELECT hash, size FROM outbox_attachment WHERE outbox_id BETWEEN ?1 AND ?2 AND content IS NULL`,
			slices.Min(ids), slices.Max(ids))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var a Attachment
			if err := rows.Scan(&a.SHA256, &a.Size); err != nil {
				return err
			}
			staged = append(staged, a)
		}
		return rows.Err()
	})
	if err != nil {
		return fmt.Errorf("look for staged attachments: %w", err)
	}
	for _, a := range staged {
		there := false
		for _, path := range l.places(a) {
			info, err := os.Stat(path)
			there = there || err == nil && info.Size() == a.Size
		}
		if !there {
			return fmt.Errorf("append to log: the attachment %s of %d bytes must be staged first", a.SHA256, a.Size)
		}
	}
	return nil
}

// places are the files in which an attachment may lie.
func (l *Log) places(a Attachment) []string {
	return []string{filepath.Join(l.public, loosePath(a.SHA256)), filepath.Join(l.cfg.Dir, stagingDir, a.SHA256)}
}

// unstage removes staged files that no queued statement names any more, and
// plans the removal of loose ones that are packed now.
func (l *Log) unstage(ctx context.Context, placed []Attachment) error {
	var hashes []string
	for _, a := range placed {
		staged := filepath.Join(l.cfg.Dir, stagingDir, a.SHA256)
		if _, err := os.Stat(staged); err == nil {
			var n int
			if err := l.cfg.DB.View(ctx, func(tx *store.Tx) error {
				return tx.QueryRow(ctx, `SELECT count(*) FROM outbox_attachment WHERE hash = ?1`, a.SHA256).Scan(&n)
			}); err != nil {
				return fmt.Errorf("unstage attachment %s: %w", a.SHA256, err)
			}
			if n == 0 {
				if err := os.Remove(staged); err != nil {
					return fmt.Errorf("unstage attachment: %w", err)
				}
			}
		}
		if a.Size <= maxPacked {
			hashes = append(hashes, a.SHA256)
		}
	}
	if len(hashes) > 0 {
		l.loose = append(l.loose, loose{l.cfg.Now().Add(looseGrace), hashes})
	}
	return nil
}

// findLoose plans the removal of what an earlier run left loose.
func (l *Log) findLoose() error {
	found, err := filepath.Glob(filepath.Join(l.public, "attachment", "??", "*"))
	if err != nil {
		return err
	}
	var hashes []string
	for _, path := range found {
		info, err := os.Stat(path)
		if err != nil {
			return fmt.Errorf("look for loose attachments: %w", err)
		}
		if info.Size() <= maxPacked {
			hashes = append(hashes, filepath.Base(path))
		}
	}
	if len(hashes) > 0 {
		l.loose = append(l.loose, loose{l.cfg.Now().Add(looseGrace), hashes})
	}
	return nil
}

// sweep removes the loose attachments whose time has come, except those that
// the partial bundle at the end names: these are packed with it.
func (l *Log) sweep(ctx context.Context, published uint64) error {
	if len(l.loose) == 0 || l.cfg.Now().Before(l.loose[0].due) {
		return nil
	}
	keep := make(map[string]bool)
	if published%layout.EntryBundleWidth != 0 {
		entries, err := l.tree.bundle(ctx, published/layout.EntryBundleWidth, published)
		if err != nil {
			return err
		}
		named, err := namedBy(entries)
		if err != nil {
			return err
		}
		for _, a := range named {
			keep[a.SHA256] = true
		}
	}
	for _, h := range l.loose[0].hashes {
		if keep[h] {
			continue
		}
		if err := ignoreMissing(os.Remove(filepath.Join(l.public, loosePath(h)))); err != nil {
			return fmt.Errorf("remove loose attachment: %w", err)
		}
	}
	l.loose = l.loose[1:]
	return nil
}
