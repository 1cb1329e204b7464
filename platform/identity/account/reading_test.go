package account_test

import (
	"crypto/sha256"
	"testing"
	"time"

	"bayyina/platform/identity/access"
	"bayyina/platform/identity/account"
	"bayyina/platform/store"
)

func (w *world) day(day time.Time) (d account.ReadingDay, err error) {
	err = w.db.View(w.t.Context(), func(tx *store.Tx) error {
		d, err = w.ReadingsOn(w.t.Context(), tx, day)
		return err
	})
	return d, err
}

func TestADaysDigestFixesItsReadings(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		_, v := w.join("salma", "hnec")
		today := w.Now()
		for range 3 {
			if err := w.NoteReading(ctx, &v.Person, "person:7", "csa", access.PeopleRead, "account.why-person"); err != nil {
				t.Fatal(err)
			}
		}
		_, err := w.day(today)
		refused(t, err, account.ErrMalformed) // it has not ended
		w.pass(24 * time.Hour)
		if err := w.NoteReading(ctx, &v.Person, "person:7", "csa", access.PeopleRead, "account.why-person"); err != nil {
			t.Fatal(err)
		}
		first, err := w.day(today)
		if err != nil || first.Count != 3 {
			t.Fatalf("%+v, %v", first, err)
		}
		if again, err := w.day(today); err != nil || again != first {
			t.Errorf("it changed: %+v, %v", again, err)
		}
		for _, change := range []string{
			`UPDATE account_reading SET why = 'account.why-list' WHERE id = (SELECT min(id) FROM account_reading)`,
			`DELETE FROM account_reading WHERE id = (SELECT min(id) FROM account_reading)`,
		} {
			if err := w.db.Tx(ctx, func(tx *store.Tx) error { _, err := tx.Exec(ctx, change); return err }); err != nil {
				t.Fatal(err)
			}
			if after, err := w.day(today); err != nil || after.Digest == first.Digest {
				t.Errorf("%s: not found out, %v", change, err)
			}
		}
		empty, err := w.day(today.AddDate(0, 0, -7))
		if err != nil || empty.Count != 0 || empty.Digest != sha256.Sum256([]byte("bayyina.reads/1\n"+today.AddDate(0, 0, -7).Format(time.DateOnly)+"\n")) {
			t.Errorf("a day without readings: %+v, %v", empty, err)
		}
		for _, wrong := range [][2]string{{"Salma", "account.why-list"}, {"person:7", "because I wanted to"}, {"person:7 ", "x"}, {"", "x"}} {
			refused(t, w.NoteReading(ctx, &v.Person, wrong[0], "csa", access.PeopleRead, wrong[1]), account.ErrMalformed)
		}
		refused(t, w.NoteReading(ctx, nil, "person:7", "csa", access.PeopleRead, "x"), account.ErrMalformed)
	})
}
