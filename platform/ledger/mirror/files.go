package mirror

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"bayyina/platform/ledger/read"

	"golang.org/x/sys/unix"
)

// writeFile puts data at path at once and durably: a reader sees the old file or
// the new one, and a crash loses neither the bytes nor the name.
func writeFile(path string, data []byte) error {
	if err := makeDirs(filepath.Dir(path)); err != nil {
		return err
	}
	err := replace(path, func(f *os.File) error {
		_, err := f.Write(data)
		return errors.Join(err, f.Sync())
	})
	if err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// replace puts at path, at once, what write produces.
func replace(path string, write func(*os.File) error) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreMissing(os.Remove(tmp.Name())))
		}
	}()
	if err := errors.Join(write(tmp), tmp.Chmod(0o644), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

// makeDirs makes a folder and its parents, each durable in its parent.
func makeDirs(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	parent := filepath.Dir(dir)
	if err := makeDirs(parent); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return syncDir(parent)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// lockDir makes sure that one process keeps the mirror.
func lockDir(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		if errors.Is(err, unix.EWOULDBLOCK) {
			err = errors.New("another process keeps this mirror")
		}
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// path is where a public file of the mirror lies.
func (m *Mirror) path(name string) string {
	return filepath.Join(m.cfg.Dir, filepath.FromSlash(name))
}

// place writes a public file; it is durable after the next flush.
func (m *Mirror) place(name string, write func(io.Writer) error) error {
	path := m.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("write mirror: %w", err)
	}
	if err := replace(path, func(f *os.File) error { return write(f) }); err != nil {
		return fmt.Errorf("write mirror: %s: %w", name, err)
	}
	return nil
}

// put is place for content in memory, unless it is there.
func (m *Mirror) put(name string, data []byte) error {
	if info, err := os.Stat(m.path(name)); err == nil && info.Size() == int64(len(data)) {
		if have, err := os.ReadFile(m.path(name)); err == nil && bytes.Equal(have, data) {
			return nil
		}
	}
	return m.place(name, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// copyLoose copies a loose attachment and checks it, unless it is there.
func (m *Mirror) copyLoose(ctx context.Context, src read.Source, bundle int64, a read.Attachment) error {
	name := read.LoosePath(a)
	if read.CheckLoose(ctx, m.own, a) == nil {
		return nil
	}
	if a.Size <= read.MaxPacked {
		// The source may have packed it meanwhile.
		data, err := read.ReadAttachment(ctx, src, bundle, false, a)
		if err != nil {
			return err
		}
		return m.put(name, data)
	}
	f, err := src.Open(ctx, name, 0, a.Size+1)
	if err != nil {
		return err
	}
	err = m.place(name, func(w io.Writer) error {
		h := sha256.New()
		n, err := io.Copy(io.MultiWriter(w, h), f)
		if err != nil {
			return err
		}
		if sum := h.Sum(nil); n != a.Size || hex.EncodeToString(sum) != a.SHA256 {
			return fmt.Errorf("attachment %s: %w: %d bytes of hash %x", a.SHA256, read.ErrDamaged, n, sum)
		}
		return nil
	})
	return errors.Join(err, f.Close())
}

// copyPack copies the pack of a full bundle and checks every attachment in it,
// unless it is there.
func (m *Mirror) copyPack(ctx context.Context, src read.Source, bundle int64, packed []read.Packed) error {
	if eachPacked(ctx, m.own, bundle, packed, func([]byte) error { return nil }) == nil {
		return nil
	}
	index, err := read.PackIndex(packed)
	if err != nil {
		return err
	}
	return m.place(read.PackPath(bundle), func(w io.Writer) error {
		if _, err := w.Write(index); err != nil {
			return err
		}
		return eachPacked(ctx, src, bundle, packed, func(data []byte) error {
			_, err := w.Write(data)
			return err
		})
	})
}

// eachPacked yields the attachments in a pack, and fails unless the pack is whole.
func eachPacked(ctx context.Context, src read.Source, bundle int64, packed []read.Packed, yield func([]byte) error) error {
	p, err := read.OpenPack(ctx, src, bundle, packed)
	if err != nil {
		return err
	}
	for {
		_, data, err := p.Next()
		if err == io.EOF {
			return p.Close() // tells what is wrong with the pack as a whole
		}
		if err == nil {
			err = yield(data)
		}
		if err != nil {
			return errors.Join(err, p.Close())
		}
	}
}
