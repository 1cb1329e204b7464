// Package sealtest gives tests a key store.
package sealtest

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"bayyina/platform/store"
	"bayyina/platform/store/seal"
)

// New makes the key store of a database in a folder of its own, until the test ends.
func New(tb testing.TB, db *store.DB) *seal.Keys {
	tb.Helper()
	return Open(tb, Config(tb, db))
}

// Config is that of a new key store, in a folder of its own.
func Config(tb testing.TB, db *store.DB) seal.Config {
	return seal.Config{DB: db, Dir: tb.TempDir(), Random: rand.Reader, Now: time.Now, Make: true}
}

// Open opens a key store until the test ends.
func Open(tb testing.TB, cfg seal.Config) *seal.Keys {
	tb.Helper()
	keys, err := seal.Open(context.Background(), cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := keys.Close(); err != nil {
			tb.Error(err)
		}
	})
	return keys
}
