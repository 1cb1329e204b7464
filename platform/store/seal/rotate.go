package seal

import (
	"context"
	"fmt"
	"path/filepath"

	"bayyina/platform/store"
)

// rotateChunk is how many data keys one transaction wraps anew.
const rotateChunk = 500

// Rotate puts a new installation key in the place of the present one, and wraps all data
// keys anew. It may be interrupted at any moment and called again, and the server may run
// meanwhile: until the last key is wrapped, the file holds both. tell hears how many
// keys have been wrapped.
func (k *Keys) Rotate(ctx context.Context, tell func(wrapped int)) error {
	if err := k.rotate(ctx, tell); err != nil {
		return fmt.Errorf("rotate the installation key: %w", err)
	}
	return nil
}

func (k *Keys) rotate(ctx context.Context, tell func(int)) error {
	path := k.cfg.KeyPath()
	ring, err := readRing(path)
	if err != nil {
		return err
	}
	if len(ring) == 1 {
		raw, err := k.random(keySize)
		if err != nil {
			return err
		}
		ring = []installationKey{{[keySize]byte(raw)}, ring[0]}
		if err := writeRing(path, ring); err != nil {
			return err
		}
	}
	k.mu.Lock()
	k.ring = ring
	k.mu.Unlock()
	next := ring[0].id()
	// From here on new data keys are wrapped by it, in whatever process.
	err = k.db.Tx(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE key_store SET wrapped_by = ?1`, next)
		return err
	})
	for all := 0; err == nil; {
		var n int
		err = k.db.Tx(ctx, func(tx *store.Tx) error {
			n, err = k.rewrap(ctx, tx, ring[0])
			return err
		})
		if all += n; err == nil {
			tell(all)
		}
		if n == 0 {
			break
		}
	}
	if err == nil {
		err = k.db.Scrub(ctx)
	}
	if err == nil {
		err = writeRing(path, ring[:1])
	}
	return err
}

// rewrap wraps some data keys by the installation key, and returns their number.
func (k *Keys) rewrap(ctx context.Context, tx *store.Tx, by installationKey) (int, error) {
	ids, err := listed(ctx, tx, `SELECT id FROM data_key WHERE wrapped IS NOT NULL AND wrapped_by <> ?1 LIMIT ?2`, by.id(), rotateChunk)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		key, err := k.load(ctx, tx, id)
		if err != nil {
			return 0, err
		}
		wrapped, err := k.encrypt(by.key[:], dataKey(id), key)
		if err != nil {
			return 0, err
		}
		if _, err := tx.Exec(ctx, `UPDATE data_key SET wrapped = ?2, wrapped_by = ?3 WHERE id = ?1`, string(id), wrapped, by.id()); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}

// Backup copies the key store into a new file, while others use it. The installation key
// is not in it: keep it in another place.
func Backup(ctx context.Context, dir, path string) error {
	if !exists(filepath.Join(dir, storeName)) {
		return fmt.Errorf("back up the key store %s: %w", dir, ErrNoStore)
	}
	_, err := store.Backup(ctx, "sqlite:"+filepath.Join(dir, storeName), path)
	return err
}
