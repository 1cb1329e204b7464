package account_test

import (
	"bytes"
	"embed"
	"encoding/base32"
	"fmt"
	"io/fs"
	"path"
	"testing"
	"testing/fstest"

	"github.com/pquerna/otp/totp"

	"bayyina/platform/identity/account"
	"bayyina/platform/store"
	"bayyina/platform/store/seal"
	"bayyina/platform/store/storetest"
)

//go:embed migrations
var schema embed.FS

// before are the tables as they were before anything was sealed.
func before(t *testing.T) store.Migrations {
	t.Helper()
	files := fstest.MapFS{}
	for _, dialect := range []string{"sqlite", "postgres"} {
		for _, name := range []string{"00001_account.sql", "00002_reading_day.sql"} {
			data, err := fs.ReadFile(schema, path.Join("migrations", dialect, name))
			if err != nil {
				t.Fatal(err)
			}
			files[path.Join("m", dialect, name)] = &fstest.MapFile{Data: data}
		}
	}
	return store.Migrations{FS: files, Dir: "m"}
}

// hasNone checks that a copy of the database tells nothing of what it must not.
func hasNone(t *testing.T, db *store.DB, secrets ...string) {
	t.Helper()
	dump := storetest.Dump(t, db)
	for _, s := range secrets {
		if bytes.Contains(dump, []byte(s)) {
			t.Errorf("a copy of the database holds %q", s)
		}
	}
}

func TestWhatAnEarlierVersionKeptInTheClearIsSealedAtTheNextStart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		if err := db.Migrate(ctx, "account", before(t)); err != nil {
			t.Fatal(err)
		}
		const people = 60
		secret := bytes.Repeat([]byte("secret of it "), 2)[:20]
		if err := db.Tx(ctx, func(tx *store.Tx) error {
			if _, err := tx.Exec(ctx, `INSERT INTO account_organisation (code, kind, name_ar, name_en) VALUES ('old', 'civil-registry', 'ا', 'A')`); err != nil {
				return err
			}
			for i := range people {
				if _, err := tx.Exec(ctx, `INSERT INTO account_person (organisation, name, address, handle, created) VALUES ('old', ?1, ?2, ?3, 1)`,
					fmt.Sprintf("Salem Earlier %d", i), fmt.Sprintf("earlier-%d@example.ly", i), fmt.Appendf(nil, "handle %d", i)); err != nil {
					return err
				}
			}
			if _, err := tx.Exec(ctx, `INSERT INTO account_passkey (id, person, label, created, record) VALUES (?1, 1, 'Earlier telephone', 1, '{}')`, []byte("key")); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `INSERT INTO account_generator (person, secret, confirmed) VALUES (1, ?1, 1)`, secret)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		w := newWorld(t, db)
		m, err := w.Member(ctx, 60)
		if err != nil || m.Name != "Salem Earlier 59" || m.Address != "earlier-59@example.ly" {
			t.Errorf("%+v, %v", m, err)
		}
		keys, err := w.Passkeys(ctx, 1)
		if err != nil || len(keys) != 1 || keys[0].Label != "Earlier telephone" {
			t.Errorf("%v, %v", keys, err)
		}
		_, _, err = w.Invite(ctx, nil, account.Newcomer{Name: "X", Address: "EARLIER-3@example.ly", Organisation: "csa"})
		refused(t, err, account.ErrTaken)
		hasNone(t, db, "Salem Earlier", "earlier-", "Earlier telephone", string(secret))
	})
}

func TestACopyOfTheDatabaseTellsNobodysNameAddressOrSecret(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		key, v := w.join("Salem Almagrif", "hnec")
		secret, err := w.BeginCodes(ctx, v)
		if err != nil {
			t.Fatal(err)
		}
		code, err := totp.GenerateCode(secret, w.Now())
		if err != nil {
			t.Fatal(err)
		}
		codes, err := w.ConfirmCodes(ctx, v, code)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.signIn(key); err != nil {
			t.Error(err)
		}
		raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
		if err != nil {
			t.Fatal(err)
		}
		hasNone(t, w.db, "Salem", "Almagrif", "salem.almagrif", "example.ly", `"phone"`, secret, string(raw), codes[0])
		w.pass(60e9)
		if code, err = totp.GenerateCode(secret, w.Now()); err != nil {
			t.Fatal(err)
		}
		if _, err := w.another().CodesSignIn(ctx, "Salem.Almagrif@example.ly", codes[0], code, agent, home); err != nil {
			t.Errorf("another process does not open the generator's secret: %v", err)
		}
	})
}

func TestWhoeverIsErasedIsErasedWhicheverCopyIsRestored(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		_, gone := w.join("Salem", "hnec")
		_, stays := w.join("Huda", "hnec")
		id := gone.Person.ID
		refused(t, w.apply(id), account.ErrUnknown) // the account lasts
		if err := w.End(ctx, nil, id); err != nil {
			t.Fatal(err)
		}
		if err := w.apply(id); err != nil {
			t.Fatal(err)
		}
		// Stopped before the key was destroyed, the server destroys it at its start.
		again := w.another()
		for range 2 {
			m, err := again.Member(ctx, id)
			if err != nil || !m.Erased || m.Name != "" || m.Address != "" || m.State() != "account.state-erased" {
				t.Errorf("%+v, %v", m, err)
			}
			if m, err = again.Member(ctx, stays.Person.ID); err != nil || m.Name != "Huda" {
				t.Errorf("%+v, %v", m, err)
			}
			refused(t, w.apply(id), account.ErrUnknown)
			// An older database is restored: the key store remembers.
			w.exec(`UPDATE account_person SET erased = NULL, ended = NULL WHERE id = ?1`, id)
			again = w.another()
		}
		destroyed, err := w.keys.Destroyed(ctx)
		if err != nil || len(destroyed) != 1 {
			t.Errorf("%v, %v", destroyed, err)
		}
		if _, _, err := w.Invite(ctx, nil, account.Newcomer{Name: "Salem", Address: "salem@example.ly", Organisation: "hnec"}); err != nil {
			t.Errorf("the address is not free again: %v", err)
		}
	})
}

func TestAKeyStoreThatLacksSomebodysKeyStopsTheStart(t *testing.T) {
	w := small(t)
	w.invite("Salem", "hnec")
	w.exec(`UPDATE account_person SET seal_key = ?1`, "0123456789abcdef0123456789abcdef")
	_, err := account.New(t.Context(), w.config())
	refused(t, err, seal.ErrNoKey)
}

// apply erases somebody as a decision does, and stops there.
func (w *world) apply(id int64) error {
	return w.db.Tx(w.t.Context(), func(tx *store.Tx) error { return w.ApplyErase(w.t.Context(), tx, id) })
}

func (w *world) exec(query string, args ...any) {
	w.t.Helper()
	if err := w.db.Tx(w.t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(w.t.Context(), query, args...)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
}
