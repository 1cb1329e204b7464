package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"bayyina/platform/store"
	"bayyina/platform/store/storetest"
)

// Transactions that run beside each other may share one of SQLite's. None may feel
// what another does: fails, panics, or is interrupted, upon which SQLite undoes
// everything.
func TestTransactionsDoNotShareTheirFailures(t *testing.T) {
	boom := errors.New("boom")
	insert := func(tx *store.Tx, id string) error {
		_, err := tx.Exec(ctx, `INSERT INTO outbox (statement_id) VALUES (?1)`, id)
		return err
	}
	interrupted := func(tx *store.Tx) error {
		brief, cancel := context.WithTimeout(ctx, 20*time.Millisecond) // so long that it has begun
		defer cancel()
		_, err := tx.Exec(brief, `INSERT INTO outbox (statement_id)
			WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT 'never ' || n FROM c`)
		return err
	}
	kinds := []struct {
		name  string
		stays bool
		rest  func(tx *store.Tx) error // what it does after its insert
	}{
		{"whole", true, func(*store.Tx) error { return nil }},
		{"whole again", true, func(*store.Tx) error { return nil }},
		{"failed", false, func(*store.Tx) error { return boom }},
		{"refused and careless", true, func(tx *store.Tx) error { _, _ = tx.Exec(ctx, `INSERT INTO log (id) VALUES (2)`); return nil }},
		{"interrupted", false, interrupted},
		{"interrupted and careless", false, func(tx *store.Tx) error { _ = interrupted(tx); return nil }},
		{"panicking", false, func(*store.Tx) error { panic(boom) }},
	}
	db := storetest.Open(t, storetest.DSN(t, store.SQLite))
	var wg sync.WaitGroup
	for w := range 14 {
		wg.Go(func() {
			for i := range 21 {
				k := kinds[(w+i)%len(kinds)]
				func() {
					defer func() { _ = recover() }()
					err := db.Tx(ctx, func(tx *store.Tx) error {
						if err := insert(tx, fmt.Sprint(k.name, " ", w, " ", i)); err != nil {
							return err
						}
						return k.rest(tx)
					})
					if (err == nil) != k.stays {
						t.Errorf("%s: %v", k.name, err)
					}
				}()
			}
		})
	}
	wg.Wait()
	for _, k := range kinds {
		want := 0
		if k.stays {
			want = 14 * 21 / len(kinds)
		}
		if n := count(t, db, `SELECT count(*) FROM outbox WHERE statement_id GLOB ?1`, k.name+" [0-9]*"); n != want {
			t.Errorf("%s: %d rows, want %d", k.name, n, want)
		}
	}
	if n := count(t, db, `SELECT count(*) FROM outbox WHERE statement_id LIKE 'never%'`); n != 0 {
		t.Errorf("%d rows of what was interrupted", n)
	}
}

func TestCancelledTransactionDoesNotBegin(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		over, cancel := context.WithCancel(ctx)
		cancel()
		err := db.Tx(over, func(*store.Tx) error { t.Error("it ran"); return nil })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		exec(t, db, `INSERT INTO outbox (statement_id) VALUES ('after')`)
	})
}
