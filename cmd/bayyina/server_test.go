package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bayyina/platform/store"
	"bayyina/platform/store/storetest"
)

// TestLogIsKeptInPostgreSQL makes a log and enters a statement with the database on
// a PostgreSQL server, which skips where there is none.
func TestLogIsKeptInPostgreSQL(t *testing.T) {
	database := storetest.DSN(t, store.Postgres)
	t.Chdir(t.TempDir())
	if err := os.MkdirAll(filepath.Join("server", keysDir), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"passphrase": "correct horse battery staple\n",
		"word": "bayyina.statement/1\nlog.example/1\ntest.word/1\n" + strings.Repeat("0", 32) +
			"\n2020-01-01T00:00:00Z 2099-12-31T00:00:00Z\n{\"word\":\"one\"}\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	bayyina := func(args ...string) string {
		t.Helper()
		var out bytes.Buffer
		e := theWorld()
		e.workFactor, e.stdout, e.stderr = 10, &out, &out
		if code := run(args, e); code != exitTrue {
			t.Fatalf("bayyina %s ended with exit code %d: %s", strings.Join(args, " "), code, &out)
		}
		return out.String()
	}
	with := func(args ...string) []string { return append(args, "--passphrase-file", "passphrase") }
	for name, path := range map[string]string{
		"log.example/1": "server/keys/checkpoint.key", "entry.example": "server/keys/entry.key",
		"receipt.example": "server/keys/receipt.key", "root.example": "root.key",
	} {
		bayyina(with("key", "new", name, "--out", path)...)
	}
	bayyina("log", "init", "--draft", "--data", "server", "--name-ar", "س", "--name-en", "L", "--key", "root=root.key.pub", "--out", "genesis")
	for _, name := range []string{"genesis", "word"} {
		bayyina(with("key", "sign", "root.key", "--in", name, "--out", name+".signed", "--yes")...)
	}
	bayyina(with("log", "init", "--data", "server", "--database", database, "--genesis", "genesis.signed")...)
	if out := bayyina(with("log", "append", "--data", "server", "--database", database, "word.signed", "--lang", "en")...); !strings.Contains(out, "entry 1: test.word/1") {
		t.Errorf("answer: %s", out)
	}
	if _, err := os.Stat(filepath.Join("server", databaseName)); err == nil {
		t.Error("there is a SQLite database, too")
	}
}
