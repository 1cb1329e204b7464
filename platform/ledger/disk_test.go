package ledger_test

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"

	"bayyina/platform/ledger"
	"bayyina/platform/store"
	"bayyina/platform/store/storetest"

	"golang.org/x/sys/unix"
)

// diskVar names a folder for a test that runs in a process of its own.
const diskVar = "BAYYINA_TEST_DISK"

// inProcess runs the test in a process of its own, with these attributes, and
// returns the folder that it may use there; elsewhere "".
func inProcess(t *testing.T, attr *syscall.SysProcAttr) string {
	t.Helper()
	if dir := os.Getenv(diskVar); dir != "" {
		slog.SetDefault(slog.New(slog.DiscardHandler)) // the tile library tells each failure there
		return dir
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), diskVar+"="+t.TempDir())
	cmd.SysProcAttr = attr
	out, err := cmd.CombinedOutput()
	switch {
	case errors.Is(err, unix.EPERM) || errors.Is(err, unix.EINVAL):
		t.Skipf("SKIPPED, NOT CHECKED: no mount namespace: %v", err)
	case err != nil:
		t.Errorf("%v\n%s", err, out)
	case bytes.Contains(out, []byte("--- SKIP")):
		t.Skipf("%s", out)
	default:
		t.Logf("%s", out)
	}
	return ""
}

// smallDisk mounts a disk that is full soon, for this process only.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	attr := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	dir := inProcess(t, attr)
	if dir == "" {
		return ""
	}
	err := unix.Mount("none", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
	if err == nil {
		err = unix.Mount("none", dir, "tmpfs", 0, "size="+size)
	}
	if err != nil {
		t.Skipf("SKIPPED, NOT CHECKED: mount a small disk: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	return dir
}

// full is how the system, and SQLite, say that there is no space.
var full = regexp.MustCompile(`no space left on device|file too large|database or disk is full|disk I/O error`)

// squeeze lets a log grow while its disk takes only so many more bytes, for each
// of some numbers, and gives the space back each time.
func squeeze(t *testing.T, r *rig, rooms []int64, shrink func(room int64), grow func()) {
	t.Helper()
	r.create(t)
	l := r.open(t)
	var all []ledger.Item
	failed := 0
	for i, room := range rooms {
		early := append(r.words(t, 40+i), r.bearing(t, bytes.Repeat([]byte{byte(i), 1}, 3000)))
		late := append(r.words(t, 30), r.bearing(t, bytes.Repeat([]byte{byte(i), 2}, 3000)))
		r.queue(t, early...)
		all = append(all, early...)
		shrink(room)
		told := func(err error) {
			if err == nil {
				return
			}
			failed++
			if !full.MatchString(err.Error()) {
				t.Errorf("with %d bytes left: %v", room, err)
			}
		}
		for range 3 { // a server tries again and again
			_, err := l.Drain(ctx)
			told(err)
		}
		// A transaction that is refused leaves nothing behind and may be repeated.
		err := r.tryQueue(late...)
		told(err)
		_, drained := l.Drain(ctx)
		told(drained)
		if i%4 == 0 {
			told(l.Close())
			again, err := ledger.Open(ctx, r.Config)
			told(err)
			grow()
			if err != nil {
				again = r.open(t)
			}
			t.Cleanup(func() { again.Close() })
			l = again
		}
		grow()
		if err != nil {
			r.queue(t, late...)
		}
		all = append(all, late...)
		drain(t, l)
	}
	if failed < len(rooms) {
		t.Errorf("only %d failures: the disk was never full", failed)
	}
	size, published := l.Size()
	if size != uint64(len(all)+1) || published != size {
		t.Errorf("%d entries, %d published, want %d", size, published, len(all)+1)
	}
	for i, item := range all {
		if s := r.lookup(t, item.Statement); !s.Published || s.Sequence != uint64(i+1) {
			t.Fatalf("statement %d: %+v", i, s)
		}
	}
	if report := check(t, r.public()); len(report.Problems) > 0 {
		t.Errorf("fsck: %+v", report)
	}
	if strays := r.strays(t); len(strays) > 0 {
		t.Errorf("files that nobody needs were left: %q", strays)
	}
	t.Logf("%d entries through %d failures", size, failed)
}

// needed is how the files of a log are named.
var needed = regexp.MustCompile(`^(checkpoint|checkpoints/(x\d{3}/)*\d{3}|(tile/\d|tile/entries|pack)/(x\d{3}/)*\d{3}(\.p/\d{1,3})?|attachment/[0-9a-f]{2}/[0-9a-f]{64}|\.state/\D*)$`)

// strays are the files of the log that have other names.
func (r *rig) strays(t *testing.T) (found []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(r.public()), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !needed.MatchString(path) {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// rooms are the bytes left on the disk: enough for some of the files that an
// append and a checkpoint write, never for all.
func rooms() (list []int64) {
	step := int64(28 << 10)
	if soak {
		step = 4 << 10
	}
	for room := int64(0); room < 200<<10; room += step {
		list = append(list, room)
	}
	return list
}

func TestFullDiskIsToldAndTheLogGoesOnWhenSpaceReturns(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED in short runs: the work is done by other processes")
	}
	size := "64m"
	if soak {
		size = "256m"
	}
	disk := smallDisk(t, size)
	if disk == "" {
		return
	}
	for _, what := range []string{"log", "database", "both"} {
		r := newRig(t, store.SQLite)
		dir := filepath.Join(disk, what)
		if what != "database" {
			r.Dir = filepath.Join(dir, "data")
		}
		if err := os.MkdirAll(filepath.Join(dir, "data"), 0o755); err != nil {
			t.Fatal(err)
		}
		if what != "log" {
			r.dsn = "sqlite:" + filepath.Join(dir, "bayyina.db")
			r.DB = storetest.Open(t, r.dsn)
		}
		filler := filepath.Join(disk, "filler")
		squeeze(t, r, rooms(), func(room int64) {
			var free unix.Statfs_t
			if err := unix.Statfs(disk, &free); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filler, make([]byte, int64(free.Bavail)*free.Bsize-room), 0o600); err != nil {
				t.Fatal(err)
			}
		}, func() {
			if err := os.Remove(filler); err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Fatal(err)
			}
		})
	}
}

// A limit on the size of files tears a write at any byte.
func TestTornWriteIsToldAndTheLogGoesOn(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED in short runs: the work is done by other processes")
	}
	if inProcess(t, nil) == "" {
		return
	}
	signal.Ignore(syscall.SIGXFSZ)
	r := newRig(t, store.SQLite)
	var sizes []int64
	for n := range int64(20) {
		sizes = append(sizes, 37+n*n*117)
	}
	squeeze(t, r, sizes, func(room int64) { limitFiles(t, uint64(room)) }, func() { limitFiles(t, unix.RLIM_INFINITY) })
}

// limitFiles bounds the size of the files that this process writes.
func limitFiles(t *testing.T, size uint64) {
	t.Helper()
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	limit.Cur = min(size, limit.Max)
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
}
