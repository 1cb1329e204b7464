package store_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"bayyina/platform/store"
	"bayyina/platform/store/storetest"
)

func sealed(t *testing.T, db *store.DB, keys *store.Keys, f store.Field) (key string) {
	t.Helper()
	key, err := keys.New(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Tx(ctx, func(tx *store.Tx) error { return keys.Seal(ctx, tx, key, f) }); err != nil {
		t.Fatal(err)
	}
	return key
}

func open(db *store.DB, keys *store.Keys, statement, name string) (f store.Field, err error) {
	err = db.View(ctx, func(tx *store.Tx) error {
		f, err = keys.Open(ctx, tx, statement, name)
		return err
	})
	return f, err
}

func TestSealedFieldOpensUntilItsKeyIsDestroyed(t *testing.T) {
	for _, dialect := range []store.Dialect{store.SQLite, store.Postgres} {
		t.Run(string(dialect), func(t *testing.T) {
			db := storetest.Open(t, storetest.DSN(t, dialect))
			keys, err := store.OpenKeys(ctx, storetest.DSN(t, dialect))
			if err != nil {
				t.Fatal(err)
			}
			defer keys.Close()
			want := store.Field{Statement: "s1", Name: "name", Salt: bytes.Repeat([]byte{7}, 32), Value: []byte("آمنة")}
			key := sealed(t, db, keys, want)
			got, err := open(db, keys, "s1", "name")
			if err != nil || !bytes.Equal(got.Value, want.Value) || !bytes.Equal(got.Salt, want.Salt) {
				t.Fatalf("got %+v, %v", got, err)
			}
			if n := count(t, db, `SELECT count(*) FROM sealed_field WHERE value = ?1`, want.Value); n != 0 {
				t.Error("the value lies in the clear")
			}
			if _, err := open(db, keys, "s1", "other"); !errors.Is(err, store.ErrNotSealed) {
				t.Errorf("unknown field: %v", err)
			}
			for range 2 {
				if err := keys.Destroy(ctx, key); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := open(db, keys, "s1", "name"); !errors.Is(err, store.ErrKeyDestroyed) {
				t.Errorf("after the key was destroyed: %v", err)
			}
		})
	}
}

func TestSealedFieldsCannotBeExchanged(t *testing.T) {
	db := storetest.Open(t, storetest.DSN(t, store.SQLite))
	keys, err := store.OpenKeys(ctx, storetest.DSN(t, store.SQLite))
	if err != nil {
		t.Fatal(err)
	}
	defer keys.Close()
	sealed(t, db, keys, store.Field{Statement: "s1", Name: "name", Salt: []byte("salt"), Value: []byte("value")})
	exec(t, db, `UPDATE sealed_field SET field = 'birth'`)
	if _, err := open(db, keys, "s1", "birth"); err == nil {
		t.Error("a value opened under another field's name")
	}
	exec(t, db, `UPDATE sealed_field SET field = 'name', value = salt`)
	if _, err := open(db, keys, "s1", "name"); err == nil {
		t.Error("a salt opened as a value")
	}
}

func TestDestroyedKeyLeavesTheFiles(t *testing.T) {
	dir := t.TempDir()
	db := storetest.Open(t, storetest.DSN(t, store.SQLite))
	keys, err := store.OpenKeys(ctx, "sqlite:"+filepath.Join(dir, "keys.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer keys.Close()
	key := sealed(t, db, keys, store.Field{Statement: "s1", Name: "name", Salt: []byte("salt"), Value: []byte("value")})
	if !holds(t, dir, key) {
		t.Fatal("the key's id is in no file before it is destroyed")
	}
	if err := keys.Destroy(ctx, key); err != nil {
		t.Fatal(err)
	}
	if holds(t, dir, key) {
		t.Error("the destroyed key's row is still in a file")
	}
}

func holds(t *testing.T, dir, text string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte(text)) {
			return true
		}
	}
	return false
}
