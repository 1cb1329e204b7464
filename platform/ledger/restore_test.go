package ledger_test

import (
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"bayyina/platform/ledger"
	"bayyina/platform/store"
	"bayyina/platform/store/storetest"
)

// backup copies the database, as a backup does, and returns the copy's name. No
// connection to it may be open.
func (r *rig) backup(t *testing.T) string {
	t.Helper()
	if r.DB.Dialect() == store.SQLite {
		path := filepath.Join(t.TempDir(), "backup.db")
		vacuumInto(t, r, path)
		return "sqlite:" + path
	}
	from, err := url.Parse(r.dsn)
	if err != nil {
		t.Fatal(err)
	}
	to := *from
	to.Path += "copy"
	from.Path = "/postgres"
	admin, err := sql.Open("pgx", from.String())
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	name := filepath.Base(to.Path)
	if _, err := admin.Exec("CREATE DATABASE " + name + " TEMPLATE " + name[:len(name)-len("copy")]); err != nil {
		t.Fatal(err)
	}
	return to.String()
}

// reopen gives the rig another database, or another connection to its own.
func (r *rig) reopen(t *testing.T, dsn string) {
	t.Helper()
	if err := r.DB.Close(); err != nil {
		t.Fatal(err)
	}
	r.dsn, r.DB = dsn, storetest.Open(t, dsn)
}

// grow queues, appends and publishes.
func (r *rig) grow(t *testing.T, items ...ledger.Item) *ledger.Published {
	t.Helper()
	r.queue(t, items...)
	l, err := ledger.Open(ctx, r.Config)
	if err != nil {
		t.Fatal(err)
	}
	p := drain(t, l)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestDatabaseRestoredBehindItsLogRefusesUntilReconciled(t *testing.T) {
	onBoth(t, func(t *testing.T, r *rig) {
		r.real(t, "w1.example") // it would refuse a second history
		r.quorum = 1
		r.create(t)
		early, late, waiting := r.words(t, 300), r.words(t, 299), r.words(t, 1)
		late = append(late, r.bearing(t, []byte("an attachment")))
		r.grow(t, early...)
		r.queue(t, waiting...)
		if err := r.DB.Close(); err != nil {
			t.Fatal(err)
		}
		own := r.dsn
		old := r.backup(t)
		r.DB = storetest.Open(t, own)
		r.grow(t, late...)
		r.reopen(t, old)

		for range 2 {
			_, err := ledger.Open(ctx, r.Config)
			if !errors.Is(err, ledger.ErrDatabaseBehind) {
				t.Fatalf("a database behind its log was opened: %v", err)
			}
			contains(t, err, "it never queued entry 302 (test.word/1 ")
			contains(t, err, "reconcile it from the log first")
		}
		taken, err := ledger.Reconcile(ctx, r.Config)
		if err != nil || taken != 300 {
			t.Fatalf("reconciled %d, %v", taken, err)
		}
		if taken, err = ledger.Reconcile(ctx, r.Config); err != nil || taken != 0 {
			t.Errorf("reconciled again %d, %v", taken, err)
		}
		for _, i := range []ledger.Item{early[0], waiting[0], late[0], late[299]} {
			if err := r.tryEnqueue(i); !errors.Is(err, ledger.ErrDuplicate) {
				t.Errorf("a statement that is in the log was queued again: %v", err)
			}
		}
		if p := r.grow(t, r.words(t, 10)...); p.Size != 612 {
			t.Errorf("size %d, want 612", p.Size)
		}
		for n, i := range map[uint64]ledger.Item{1: early[0], 301: waiting[0], 302: late[0], 601: late[299]} {
			if s := r.lookup(t, i.Statement); s.Sequence != n || !s.Published {
				t.Errorf("entry %d: %+v", n, s)
			}
		}
		if report := check(t, r.public()); len(report.Problems) > 0 {
			t.Errorf("fsck: %+v", report)
		}
	})
}

func TestLogRestoredBehindItsDatabaseRefusesUntilItHasTheMirrorsFiles(t *testing.T) {
	onBoth(t, func(t *testing.T, r *rig) {
		r.create(t)
		r.grow(t, r.words(t, 270)...)
		old := copyTree(t, r.Dir)
		r.grow(t, append(r.words(t, 500), r.bearing(t, []byte("an attachment")))...)
		mirror := filepath.Join(t.TempDir(), "mirror")
		v, err := ledger.OpenView(r.public())
		if err != nil {
			t.Fatal(err)
		}
		if err := v.ExportFolder(ctx, mirror); err != nil {
			t.Fatal(err)
		}

		r.Dir = old
		before, err := os.ReadFile(r.public("checkpoint"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = ledger.Open(ctx, r.Config)
		if !errors.Is(err, ledger.ErrLogBehind) {
			t.Fatalf("a log behind its database was opened: %v", err)
		}
		contains(t, err, "it holds 271 entries, the database has seen 772; bring it up to date from a mirror")
		if after, err := os.ReadFile(r.public("checkpoint")); err != nil || string(after) != string(before) {
			t.Errorf("the refusal changed the checkpoint: %q, %v", after, err)
		}

		for name, prepare := range map[string]func() string{
			"laid over the old files": func() string { return copyTree(t, old) },
			"alone":                   t.TempDir,
		} {
			copied := *r
			copied.Dir = prepare()
			copied.DB = storetest.Open(t, copied.cloneDatabase(t))
			lay(t, mirror, copied.public())
			p := copied.grow(t, r.words(t, 5)...)
			if p.Size != 777 {
				t.Errorf("%s: size %d", name, p.Size)
			}
			if report := check(t, copied.public()); len(report.Problems) > 0 {
				t.Errorf("%s: fsck: %+v", name, report)
			}
			if err := copied.DB.Close(); err != nil {
				t.Fatal(err)
			}
		}

		tile := filepath.Join(mirror, "tile", "1", "000.p", "3")
		damaged, err := os.ReadFile(tile)
		if err != nil {
			t.Fatal(err)
		}
		damaged[40] ^= 1
		if err := os.WriteFile(tile, damaged, 0o644); err != nil {
			t.Fatal(err)
		}
		lay(t, mirror, r.public())
		_, err = ledger.Open(ctx, r.Config)
		contains(t, err, "the tiles are not those of the checkpoint of size 772")
	})
}

// cloneDatabase copies the rig's database while it stays open.
func (r *rig) cloneDatabase(t *testing.T) string {
	t.Helper()
	if r.DB.Dialect() == store.Postgres {
		t.Skip("PostgreSQL copies a database only while nobody uses it; the rest is the same on SQLite")
	}
	return r.backup(t)
}

// lay copies the files of a folder over those of another.
func lay(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), b, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestMakingALogThatWasCutOffGoesOn(t *testing.T) {
	r := newRig(t, store.SQLite)
	// As the tile library leaves it when it is killed before its first checkpoint.
	if err := os.MkdirAll(r.public(".state"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(r.public(".state", "treeState"), []byte(`{"size":0,"root":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if p := r.create(t); p.Size != 1 {
		t.Errorf("size %d", p.Size)
	}
}
