package seal

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"bayyina/platform/store"
)

// Names in the key store's folder.
const (
	storeName = "keys.db"
	keyName   = "installation.key"
)

// schema is the key store's own. A key that was destroyed leaves its id and the time (Unix
// seconds); wrapped_by names the installation key that opens it.
var schema = []string{
	`CREATE TABLE IF NOT EXISTS key_store (id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL, wrapped_by TEXT NOT NULL)`,
	`CREATE TABLE IF NOT EXISTS data_key (id TEXT NOT NULL PRIMARY KEY, wrapped BLOB, wrapped_by TEXT NOT NULL, destroyed INTEGER) WITHOUT ROWID`,
	`CREATE INDEX IF NOT EXISTS data_key_destroyed ON data_key (id) WHERE destroyed IS NOT NULL`,
	`CREATE INDEX IF NOT EXISTS data_key_wrapped_by ON data_key (wrapped_by, id) WHERE wrapped IS NOT NULL`,
}

// KeyPath is where the installation key lies.
func (c Config) KeyPath() string {
	if c.KeyFile != "" {
		return c.KeyFile
	}
	return filepath.Join(c.Dir, keyName)
}

// Open opens the key store of a database. A database that has none gets one, where
// Config.Make says so, else it is [ErrNotMade]; an installation key that is given (Config.KeyFile) is never made.
// The errors are those of this package, and of the files.
func Open(ctx context.Context, cfg Config) (*Keys, error) {
	if err := cfg.DB.Migrate(ctx, "seal", store.Migrations{FS: migrations, Dir: "migrations"}); err != nil {
		return nil, err
	}
	belongs, err := nameOf(ctx, cfg.DB, `SELECT name FROM seal_store`)
	if err != nil {
		return nil, fmt.Errorf("key store: %w", err)
	}
	path := filepath.Join(cfg.Dir, storeName)
	switch {
	case belongs != "" && !exists(path):
		return nil, fmt.Errorf("key store %s: %w", path, ErrNoStore)
	case belongs == "" && !cfg.Make:
		return nil, fmt.Errorf("key store %s: %w", path, ErrNotMade)
	}
	k := &Keys{cfg: cfg}
	if err := k.makeReady(ctx, path, belongs); err != nil {
		if k.db != nil {
			err = errors.Join(err, k.db.Close())
		}
		return nil, fmt.Errorf("key store %s: %w", path, err)
	}
	return k, nil
}

// makeReady opens the two files, and makes what is missing. The files come first and the
// database last: where it names a key store, there was one.
func (k *Keys) makeReady(ctx context.Context, path, belongs string) (err error) {
	if err := os.MkdirAll(k.cfg.Dir, 0o700); err != nil {
		return err
	}
	fresh := !exists(path)
	if fresh && k.cfg.KeyFile == "" && !exists(k.cfg.KeyPath()) {
		raw, err := k.random(keySize)
		if err != nil {
			return err
		}
		if err := writeRing(k.cfg.KeyPath(), []installationKey{{[keySize]byte(raw)}}); err != nil {
			return err
		}
	}
	if k.ring, err = readRing(k.cfg.KeyPath()); err != nil {
		return err
	}
	if k.db, err = store.OpenBeside(ctx, path); err != nil {
		return err
	}
	var name string
	err = k.db.Tx(ctx, func(tx *store.Tx) error {
		name, err = k.found(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	if fresh {
		if err := syncDir(k.cfg.Dir); err != nil {
			return err
		}
	}
	if belongs == "" {
		return k.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO seal_store (id, name) VALUES (1, ?1) ON CONFLICT (id) DO NOTHING`, name)
			return err
		})
	}
	if belongs != name {
		return ErrOther
	}
	return nil
}

// found makes the key store's tables and its first key, if they are not there, and
// returns its name once the installation key has opened a key of it.
func (k *Keys) found(ctx context.Context, tx *store.Tx) (name string, err error) {
	for _, statement := range schema {
		if _, err := tx.Exec(ctx, statement); err != nil {
			return "", err
		}
	}
	err = tx.QueryRow(ctx, `SELECT name FROM key_store`).Scan(&name)
	if errors.Is(err, sql.ErrNoRows) {
		raw, err := k.random(idSize)
		if err != nil {
			return "", err
		}
		name = hex.EncodeToString(raw)
		if _, err := tx.Exec(ctx, `INSERT INTO key_store (id, name, wrapped_by) VALUES (1, ?1, ?2)`, name, k.ring[0].id()); err != nil {
			return "", err
		}
		return name, k.addKey(ctx, tx, digests)
	}
	if err != nil {
		return "", err
	}
	_, err = k.load(ctx, tx, digests)
	return name, err
}

// nameOf is the one text that a query finds, empty where it finds none.
func nameOf(ctx context.Context, db *store.DB, query string) (name string, err error) {
	err = db.View(ctx, func(tx *store.Tx) error { return tx.QueryRow(ctx, query).Scan(&name) })
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return name, err
}

// current is the installation key that wraps new data keys.
func (k *Keys) current(ctx context.Context, tx *store.Tx) (installationKey, error) {
	var id string
	if err := tx.QueryRow(ctx, `SELECT wrapped_by FROM key_store`).Scan(&id); err != nil {
		return installationKey{}, err
	}
	return k.installation(id)
}

// installation is the installation key with this id. Another process may have rotated it:
// one that is not known is looked for in the file.
func (k *Keys) installation(id string) (installationKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for range 2 {
		for _, key := range k.ring {
			if key.id() == id {
				return key, nil
			}
		}
		ring, err := readRing(k.cfg.KeyPath())
		if err != nil {
			return installationKey{}, err
		}
		k.ring = ring
	}
	return installationKey{}, ErrWrongKey
}

// key returns a data key.
func (k *Keys) key(ctx context.Context, id KeyID) (key []byte, err error) {
	err = k.db.View(ctx, func(tx *store.Tx) error {
		key, err = k.load(ctx, tx, id)
		return err
	})
	return key, err
}

func (k *Keys) load(ctx context.Context, tx *store.Tx, id KeyID) ([]byte, error) {
	var wrapped []byte
	var by string
	err := tx.QueryRow(ctx, `SELECT wrapped, wrapped_by FROM data_key WHERE id = ?1`, string(id)).Scan(&wrapped, &by)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, fmt.Errorf("%w %.8s", ErrNoKey, id)
	case err != nil:
		return nil, err
	case wrapped == nil:
		return nil, ErrErased
	}
	installation, err := k.installation(by)
	if err != nil {
		return nil, err
	}
	key, err := decrypt(installation.key[:], dataKey(id), wrapped)
	if err != nil {
		return nil, fmt.Errorf("data key %.8s: %w", id, ErrTampered)
	}
	return key, nil
}

// Check looks whether the key store has data keys, or has destroyed them; else it
// returns [ErrNoKey]: it is older than the database, or another one.
func (k *Keys) Check(ctx context.Context, ids ...KeyID) error {
	return k.db.View(ctx, func(tx *store.Tx) error {
		for _, id := range ids {
			if _, err := k.load(ctx, tx, id); err != nil && !errors.Is(err, ErrErased) {
				return err
			}
		}
		return nil
	})
}

// Destroyed are the data keys that were destroyed.
func (k *Keys) Destroyed(ctx context.Context) (ids []KeyID, err error) {
	err = k.db.View(ctx, func(tx *store.Tx) error {
		ids, err = listed(ctx, tx, `SELECT id FROM data_key WHERE destroyed IS NOT NULL`)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("destroyed data keys: %w", err)
	}
	return ids, nil
}

// listed are the data keys that a query finds.
func listed(ctx context.Context, tx *store.Tx, query string, args ...any) (ids []KeyID, err error) {
	rows, err := tx.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id KeyID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// OweScrub notes, in the transaction that seals what an earlier version kept in the clear,
// that the database must be scrubbed of it.
func OweScrub(ctx context.Context, tx *store.Tx) error {
	_, err := tx.Exec(ctx, `UPDATE seal_store SET scrub = 1`)
	return err
}

// ScrubOwed scrubs the database, if that is owed.
func (k *Keys) ScrubOwed(ctx context.Context) error {
	var owed int
	err := k.cfg.DB.View(ctx, func(tx *store.Tx) error { return tx.QueryRow(ctx, `SELECT scrub FROM seal_store`).Scan(&owed) })
	if err != nil || owed == 0 {
		return err
	}
	if err := k.cfg.DB.Scrub(ctx); err != nil {
		return err
	}
	return k.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE seal_store SET scrub = 0`)
		return err
	})
}

// Destroy destroys data keys: what was sealed under them is erased. It may be repeated,
// and must be where an older key store was restored. Nothing of the keys stays in the
// key store's files; the disk may keep overwritten blocks, which the installation key
// before its next rotation would open.
func (k *Keys) Destroy(ctx context.Context, ids ...KeyID) error {
	gone := int64(0)
	err := k.db.Tx(ctx, func(tx *store.Tx) error {
		gone = 0
		for _, id := range ids {
			if id == digests {
				return errors.New("the key of digests belongs to everybody")
			}
			n, err := tx.Exec(ctx, `UPDATE data_key SET wrapped = NULL, destroyed = ?2 WHERE id = ?1 AND wrapped IS NOT NULL`, string(id), k.cfg.Now().Unix())
			if err != nil {
				return err
			}
			gone += n
		}
		return nil
	})
	if err == nil && gone > 0 {
		err = k.db.Scrub(ctx)
	}
	if err != nil {
		return fmt.Errorf("destroy data keys: %w", err)
	}
	return nil
}
