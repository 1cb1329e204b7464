package main

import (
	"archive/tar"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"bayyina/platform/store"
	"bayyina/platform/store/storetest"
)

// fresh names an empty database of the kind that an installation has.
func fresh(t *testing.T, database string) string {
	t.Helper()
	if database == "" {
		return ""
	}
	return storetest.DSN(t, store.Postgres)
}

// restore restores a backup into the folder again, whose server then uses the database.
func (in *installation) restore(t *testing.T, file, database string) {
	t.Helper()
	args := []string{"restore", file, "--data", "again"}
	if database != "" {
		args = append(args, "--database", database)
	}
	told := in.bayyina(t, args...)
	if (database != "") != strings.Contains(told, "set database.url") {
		t.Errorf("whether the settings name another database: %s", told)
	}
	in.data = "again"
	in.settings(t, database)
}

func TestABackupMadeWhileTheServerRunsIsRestoredVerifiedAndWrittenOn(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, database string) {
		in := installOn(t, database)
		s := in.serve(t)
		s.await(t)
		in.bayyina(t, "log", "append", "--data", "server", "--queue", in.word(t, 1))
		in.bayyina(t, "backup", "--data", "server", "--out", "backup.tar")
		for _, name := range filesOf(t, in.path("backup.tar")) {
			if strings.Contains(name, "passphrase") || strings.HasPrefix(name, "root") || strings.Contains(name, "seal") || strings.Contains(name, "installation") {
				t.Errorf("the backup holds %s", name)
			}
		}
		s.stop(t)
		if out, err := in.command("restore", "backup.tar", "--data", "server").CombinedOutput(); err == nil {
			t.Errorf("it overwrote the server: %s", out)
		}
		in.restore(t, "backup.tar", fresh(t, database))
		if out := in.bayyina(t, "verify", "again", "--policy", "policy.txt", "--json"); !strings.Contains(out, `"size": 2`) {
			t.Errorf("%s", out)
		}
		out, err := in.command("serve", "--data", "again", "--listen", "127.0.0.1:0", "--passphrase-file", "passphrase").CombinedOutput()
		if err == nil || !strings.Contains(string(out), "Restore the folder seal") {
			t.Errorf("it starts without the key store: %v\n%s", err, out)
		}
		if code, told := in.doctor(t); code != exitNotDone || !strings.Contains(told, "Restore the folder seal") {
			t.Errorf("a backup without the key store: %d\n%s", code, told)
		}
		in.restoreSeal(t, "server", "again")
		restored := in.serve(t)
		restored.await(t)
		in.bayyina(t, "log", "append", "--data", "again", "--queue", in.word(t, 2))
		restored.stop(t)
		if out := in.bayyina(t, "verify", "again", "--policy", "policy.txt", "--json"); !strings.Contains(out, `"size": 3`) {
			t.Errorf("%s", out)
		}
		if database != "" {
			if _, err := os.Stat(in.path("again", databaseName)); err == nil {
				t.Error("there is a SQLite database, too")
			}
		}
	})
}

func TestARestoredServerThatIsBehindItsLogRefusesUntilReconciled(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		in := installOn(t, database)
		in.bayyina(t, "backup", "--data", "server", "--out", "backup.tar")
		in.bayyina(t, "log", "append", "--data", "server", in.word(t, 1), "--passphrase-file", "passphrase")
		in.restore(t, "backup.tar", fresh(t, database))
		second := in.word(t, 2)
		refused := func(want string) {
			t.Helper()
			out, err := in.command("log", "append", "--data", "again", second, "--passphrase-file", "passphrase").CombinedOutput()
			if err == nil || !strings.Contains(string(out), want) {
				t.Errorf("%v: %s", err, out)
			}
		}
		refused("a witness has seen a longer log")
		if err := os.CopyFS(in.path("newer"), os.DirFS(in.path("server/log"))); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.RemoveAll(in.path("again/log")), os.Rename(in.path("newer"), in.path("again/log"))); err != nil {
			t.Fatal(err)
		}
		refused("the database is behind its log")
		in.bayyina(t, "log", "reconcile", "--data", "again", "--passphrase-file", "passphrase")
		in.bayyina(t, "log", "append", "--data", "again", second, "--passphrase-file", "passphrase")
		if out := in.bayyina(t, "verify", "again", "--policy", "policy.txt", "--json"); !strings.Contains(out, `"size": 3`) {
			t.Errorf("%s", out)
		}
	})
}

func TestABackupIsRestoredIntoAnEmptyDatabaseOfItsKindOnly(t *testing.T) {
	database := storetest.DSN(t, store.Postgres)
	in, lite := installOn(t, database), install(t)
	in.bayyina(t, "backup", "--data", "server", "--out", "backup.tar")
	lite.bayyina(t, "backup", "--data", "server", "--out", "backup.tar")
	for _, c := range []struct {
		in       *installation
		database string
		want     string
	}{
		{in, database, "nothing is overwritten"},
		{in, "", "name an empty one with --database"},
		{lite, storetest.DSN(t, store.Postgres), "leave --database away"},
	} {
		args := []string{"restore", "backup.tar", "--data", "again"}
		if c.database != "" {
			args = append(args, "--database", c.database)
		}
		if out, err := c.in.command(args...).CombinedOutput(); err == nil || !strings.Contains(string(out), c.want) {
			t.Errorf("%v: %s", err, out)
		}
		if left, _ := os.ReadDir(c.in.path("again")); len(left) > 0 {
			t.Errorf("a refused restoration left %v", left)
		}
	}
}

func TestWhatIsNoBackupIsNotUnpacked(t *testing.T) {
	in := &installation{dir: t.TempDir()}
	in.write(t, "other.tar", "no archive")
	evil, err := os.Create(in.path("evil.tar"))
	if err != nil {
		t.Fatal(err)
	}
	archive := tar.NewWriter(evil)
	for _, f := range [][2]string{{backupAbout, `{"format":"` + backupFormat + `","database":"sqlite"}`}, {"log/../../escaped", "x"}} {
		if err := addBytes(archive, f[0], []byte(f[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(archive.Close(), evil.Close()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"other.tar", "evil.tar"} {
		out, err := in.command("restore", name, "--data", "to-"+name).CombinedOutput()
		if err == nil || !strings.Contains(string(out), errBackup.Error()) {
			t.Errorf("%s: %v %s", name, err, out)
		}
	}
	if _, err := os.Stat(in.path("escaped")); err == nil {
		t.Error("a file escaped")
	}
}

// restoreSeal lays the key store and the installation key of one server, which are copied
// apart, into the folder of another.
func (in *installation) restoreSeal(t *testing.T, from, to string) {
	t.Helper()
	in.bayyina(t, "seal", "backup", "--data", from, "--out", "kept.keys")
	if err := os.Mkdir(in.path(to, sealDir), 0o700); err != nil {
		t.Fatal(err)
	}
	for source, name := range map[string]string{"kept.keys": "keys.db", from + "/seal/installation.key": "installation.key"} {
		text, err := os.ReadFile(in.path(source))
		if err != nil {
			t.Fatal(err)
		}
		in.write(t, to+"/seal/"+name, string(text))
	}
}

func filesOf(t *testing.T, path string) (names []string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for archive := tar.NewReader(f); ; {
		head, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return names
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, head.Name)
	}
}
