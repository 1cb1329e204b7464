package storetest

import (
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
)

// errNoPostgres reports a system without PostgreSQL's server.
var errNoPostgres = errors.New("no PostgreSQL server binaries in PATH or /usr/lib/postgresql")

// server is the one PostgreSQL of this test binary.
var server = sync.OnceValues(func() (*Server, error) { return startPostgres() })

// databases numbers the databases of all servers.
var databases atomic.Int64

// newPostgres makes an empty database on the server. Short runs do without: they are for what
// goroutines share, and for that each database is like the other.
func newPostgres(tb testing.TB) string {
	tb.Helper()
	if testing.Short() {
		tb.Skip("SKIPPED in short runs: what is in PostgreSQL")
	}
	return available(tb, server).DSN(tb)
}

// available starts a server, or skips the test where the system has none.
func available(tb testing.TB, start func() (*Server, error)) *Server {
	tb.Helper()
	s, err := start()
	if errors.Is(err, errNoPostgres) {
		tb.Skipf("SKIPPED, NOT CHECKED: %v", err)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// Server is a PostgreSQL of a test's own, which may crash.
type Server struct {
	bin  string // folder of its programs
	dir  string // with its data, its socket and its log
	attr *syscall.SysProcAttr
}

// NewServer starts a server, whose commits reach the disk. Where the system has no
// PostgreSQL the test is skipped.
func NewServer(tb testing.TB) *Server {
	tb.Helper()
	return available(tb, func() (*Server, error) { return startPostgres("fsync=on") })
}

// DSN names a new, empty database.
func (s *Server) DSN(tb testing.TB) string {
	tb.Helper()
	admin, err := sql.Open("pgx", s.dsn("postgres"))
	if err != nil {
		tb.Fatal(err)
	}
	defer admin.Close()
	name := "test" + strconv.FormatInt(databases.Add(1), 10)
	if _, err := admin.Exec("CREATE DATABASE " + name); err != nil {
		tb.Fatalf("create database: %v", err)
	}
	return s.dsn(name)
}

// dsn names a database on the server.
func (s *Server) dsn(name string) string {
	return "postgres://bayyina@/" + name + "?host=" + url.QueryEscape(s.dir)
}

// Crash ends the server's processes at once, as a loss of power would.
func (s *Server) Crash(tb testing.TB) {
	tb.Helper()
	if err := s.control("stop", "-m", "immediate"); err != nil {
		tb.Fatal(err)
	}
}

// Start starts the server again, and waits until it has recovered.
func (s *Server) Start(tb testing.TB) {
	tb.Helper()
	if err := s.control("start"); err != nil {
		tb.Fatal(err)
	}
}

// control runs pg_ctl, and waits until what it says is done.
func (s *Server) control(args ...string) error {
	cmd := exec.Command(filepath.Join(s.bin, "pg_ctl"), append([]string{"-D", "data", "-l", "log", "-s", "-w"}, args...)...)
	cmd.Dir, cmd.SysProcAttr = s.dir, s.attr
	if out, err := cmd.CombinedOutput(); err != nil {
		told, _ := os.ReadFile(filepath.Join(s.dir, "log"))
		return fmt.Errorf("pg_ctl %s: %w\n%s%s", args[0], err, out, told)
	}
	return nil
}

// startPostgres starts a server whose data and socket are in a new folder, with settings
// besides. A guard process stops the server and removes the folder when this test binary
// ends, however it ends.
func startPostgres(settings ...string) (*Server, error) {
	bin, err := postgresBin()
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin}
	// A socket's path may have 107 bytes, so not below the test's own folder.
	if s.dir, err = os.MkdirTemp("/tmp", "bayyina-pg"); err != nil {
		return nil, err
	}
	if s.attr, err = postgresUser(s.dir); err != nil {
		return nil, err
	}
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", "data", "-U", "bayyina", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	initdb.Dir, initdb.SysProcAttr = s.dir, s.attr
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	conf := "unix_socket_directories = '" + s.dir + "'\nlisten_addresses = ''\nfsync = off\nmax_connections = 50\nshared_buffers = 16MB\n" +
		strings.Join(settings, "\n") + "\n"
	f, err := os.OpenFile(filepath.Join(s.dir, "data", "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString(conf)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return nil, err
	}
	// The guard's input ends when this process does, which an interrupt ends first.
	guard := exec.Command("/bin/sh", "-c", `trap "" INT TERM HUP; read _; "$0" -D data -s -m immediate stop; cd /; rm -rf "$OLDPWD"`, filepath.Join(bin, "pg_ctl"))
	guard.Dir, guard.SysProcAttr = s.dir, s.attr
	input, err := guard.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := guard.Start(); err != nil {
		return nil, fmt.Errorf("start postgres: %w", err)
	}
	// Something must hold the input, or the collector would close it.
	go func() {
		<-make(chan struct{})
		input.Close()
	}()
	return s, s.control("start")
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
