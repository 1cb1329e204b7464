package storetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// errNoPostgres reports a system without PostgreSQL's server.
var errNoPostgres = errors.New("no PostgreSQL server binaries in PATH or /usr/lib/postgresql")

// server is the one PostgreSQL of this test binary.
var server = sync.OnceValues(startPostgres)

// databases numbers the databases of the server, one per test.
var databases atomic.Int64

// newPostgres makes an empty database on the server.
func newPostgres(tb testing.TB) string {
	tb.Helper()
	dir, err := server()
	if errors.Is(err, errNoPostgres) {
		tb.Skipf("SKIPPED, NOT CHECKED: %v", err)
	}
	if err != nil {
		tb.Fatal(err)
	}
	admin, err := sql.Open("pgx", dsn(dir, "postgres"))
	if err != nil {
		tb.Fatal(err)
	}
	defer admin.Close()
	name := "test" + strconv.FormatInt(databases.Add(1), 10)
	if _, err := admin.Exec("CREATE DATABASE " + name); err != nil {
		tb.Fatalf("create database: %v", err)
	}
	return dsn(dir, name)
}

// dsn names a database on the server whose socket is in dir.
func dsn(dir, name string) string {
	return "postgres://bayyina@/" + name + "?host=" + url.QueryEscape(dir)
}

// startPostgres starts a server whose data and socket are in a new folder, which
// it returns. A guard process stops the server and removes the folder when this
// test binary ends, however it ends.
func startPostgres() (string, error) {
	bin, err := postgresBin()
	if err != nil {
		return "", err
	}
	// A socket's path may have 107 bytes, so not below the test's own folder.
	dir, err := os.MkdirTemp("/tmp", "bayyina-pg")
	if err != nil {
		return "", err
	}
	attr, err := postgresUser(dir)
	if err != nil {
		return "", err
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "bayyina", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	initdb.Dir, initdb.SysProcAttr = dir, attr
	if out, err := initdb.CombinedOutput(); err != nil {
		return "", fmt.Errorf("initdb: %w\n%s", err, out)
	}
	// The guard's input ends when this process does.
	guard := exec.Command("/bin/sh", "-c", `"$0" "$@" >log 2>&1 & read _; kill -QUIT $!; wait; cd /; rm -rf "$OLDPWD"`,
		filepath.Join(bin, "postgres"), "-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=50", "-c", "shared_buffers=16MB")
	guard.Dir, guard.SysProcAttr = dir, attr
	input, err := guard.StdinPipe()
	if err != nil {
		return "", err
	}
	if err := guard.Start(); err != nil {
		return "", fmt.Errorf("start postgres: %w", err)
	}
	// Something must hold the input, or the collector would close it.
	go func() {
		<-make(chan struct{})
		input.Close()
	}()
	return dir, awaitPostgres(dir)
}

// awaitPostgres waits until the server answers.
func awaitPostgres(dir string) error {
	db, err := sql.Open("pgx", dsn(dir, "postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		if err = db.PingContext(ctx); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			out, _ := os.ReadFile(filepath.Join(dir, "log"))
			return fmt.Errorf("postgres does not answer: %w\n%s", err, out)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// postgresBin finds the folder of initdb and postgres, the newest version first.
func postgresBin() (string, error) {
	if p, err := exec.LookPath("postgres"); err == nil {
		return filepath.Dir(p), nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil || len(found) == 0 {
		return "", errNoPostgres
	}
	best, version := "", -1
	for _, p := range found {
		n, err := strconv.Atoi(strings.Split(p, "/")[4])
		if err == nil && n > version {
			best, version = filepath.Dir(p), n
		}
	}
	return best, nil
}

// postgresUser lets the server run as the user postgres, and gives it dir, when
// the test runs as root: PostgreSQL refuses to run as root.
func postgresUser(dir string) (*syscall.SysProcAttr, error) {
	if os.Getuid() != 0 || runtime.GOOS != "linux" {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("run postgres as root: %w", err)
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, err
	}
	if err := os.Chown(dir, uid, gid); err != nil {
		return nil, err
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
}
