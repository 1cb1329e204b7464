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
	return writeFrom(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// writeFrom is writeFile for content that write produces.
func writeFrom(path string, write func(io.Writer) error) (err error) {
	dir := filepath.Dir(path)
	if err := makeDirs(dir); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreMissing(os.Remove(tmp.Name())))
		}
	}()
	if err := errors.Join(write(tmp), tmp.Chmod(0o644), tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
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

// put writes a public file of the mirror, unless it is there with these bytes.
func (m *Mirror) put(path string, data []byte) error {
	path = filepath.Join(m.cfg.Dir, filepath.FromSlash(path))
	if info, err := os.Stat(path); err == nil && info.Size() == int64(len(data)) {
		if have, err := os.ReadFile(path); err == nil && bytes.Equal(have, data) {
			return nil
		}
	}
	if err := writeFile(path, data); err != nil {
		return fmt.Errorf("write mirror: %w", err)
	}
	return nil
}

// copyLoose copies a loose attachment and checks it. One that is there was
// checked when it came.
func (m *Mirror) copyLoose(ctx context.Context, src read.Source, bundle int64, a read.Attachment) error {
	path := filepath.Join(m.cfg.Dir, filepath.FromSlash(read.LoosePath(a)))
	if info, err := os.Stat(path); err == nil && info.Size() == a.Size {
		return nil
	}
	if a.Size <= read.MaxPacked {
		// The source may have packed it meanwhile.
		data, err := read.ReadAttachment(ctx, src, bundle, false, a)
		if err != nil {
			return err
		}
		if err := writeFile(path, data); err != nil {
			return fmt.Errorf("write mirror: %w", err)
		}
		return nil
	}
	f, err := src.Open(ctx, read.LoosePath(a), 0, a.Size+1)
	if err != nil {
		return err
	}
	err = writeFrom(path, func(w io.Writer) error {
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

// copyPack copies the pack of a full bundle and checks every attachment in it. A
// pack that is there was checked when it came; its index says of which entries.
func (m *Mirror) copyPack(ctx context.Context, src read.Source, bundle int64, packed []read.Packed) error {
	index, err := read.PackIndex(packed)
	if err != nil {
		return err
	}
	path := filepath.Join(m.cfg.Dir, filepath.FromSlash(read.PackPath(bundle)))
	last := packed[len(packed)-1]
	if info, err := os.Stat(path); err == nil && info.Size() == last.Offset+last.Size && beginsWith(path, index) {
		return nil
	}
	p, err := read.OpenPack(ctx, src, bundle, packed)
	if err != nil {
		return err
	}
	err = writeFrom(path, func(w io.Writer) error {
		if _, err := w.Write(index); err != nil {
			return err
		}
		for {
			_, data, err := p.Next()
			if err == io.EOF {
				return p.Close() // what is wrong with the pack as a whole
			}
			if err != nil {
				return errors.Join(err, p.Close())
			}
			if _, err := w.Write(data); err != nil {
				return errors.Join(err, p.Close())
			}
		}
	})
	return err
}

func beginsWith(path string, prefix []byte) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	have := make([]byte, len(prefix))
	_, err = io.ReadFull(f, have)
	return err == nil && bytes.Equal(have, prefix)
}
