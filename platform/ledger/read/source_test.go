package read_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"bayyina/platform/ledger/read"
)

var ctx = context.Background()

// logFiles is what the sources of these tests hold.
var logFiles = map[string]string{
	"checkpoint":              "newest",
	"checkpoints/x001/234":    "kept",
	"tile/entries/000.p/7":    strings.Repeat("0123456789", 100_000),
	"pack/000":                "",
	"attachment/ab/abababab0": "attached",
}

// writeFiles writes files into a new folder.
func writeFiles(tb testing.TB, files map[string]string) string {
	tb.Helper()
	dir := tb.TempDir()
	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(data), 0o644)); err != nil {
			tb.Fatal(err)
		}
	}
	return dir
}

// writeTar writes an archive of headers, whose files hold what logFiles says.
func writeTar(tb testing.TB, headers ...tar.Header) string {
	tb.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		data := logFiles[strings.TrimPrefix(h.Name, "./my/log/")]
		h.Mode = 0o644
		if h.Typeflag == tar.TypeReg {
			h.Size = int64(len(data))
		} else {
			data = ""
		}
		if err := w.WriteHeader(&h); err != nil {
			tb.Fatal(err)
		}
		if _, err := io.WriteString(w, data); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(tb.TempDir(), "log.tar")
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		tb.Fatal(err)
	}
	return path
}

func openSource(tb testing.TB, location string) read.Source {
	tb.Helper()
	s, err := read.OpenSource(ctx, location)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

// part reads a part of a file.
func part(src read.Source, name string, offset, length int64) (string, error) {
	f, err := src.Open(ctx, name, offset, length)
	if err != nil {
		return "", err
	}
	data, err := io.ReadAll(f)
	return string(data), errors.Join(err, f.Close())
}

// everySource opens the files as a folder, as archives and on a web server.
func everySource(t *testing.T) map[string]read.Source {
	dir := writeFiles(t, logFiles)
	var plain, nested []tar.Header
	nested = append(nested, tar.Header{Name: "./my/log/", Typeflag: tar.TypeDir})
	for name := range logFiles {
		plain = append(plain, tar.Header{Name: name, Typeflag: tar.TypeReg})
		nested = append(nested, tar.Header{Name: "./my/log/" + name, Typeflag: tar.TypeReg})
	}
	server := httptest.NewServer(http.StripPrefix("/my/log", http.FileServer(http.Dir(dir))))
	t.Cleanup(server.Close)
	return map[string]read.Source{
		"folder": openSource(t, dir), "tar": openSource(t, writeTar(t, plain...)), "nested tar": openSource(t, writeTar(t, nested...)),
		"web": openSource(t, server.URL+"/my/log"), "web with slash": openSource(t, server.URL+"/my/log/"),
	}
}

func TestEverySourceGivesTheSameBytes(t *testing.T) {
	for kind, src := range everySource(t) {
		for name, data := range logFiles {
			n := int64(len(data))
			for _, r := range [][2]int64{{0, -1}, {0, n}, {0, n + 5}, {0, 0}, {n / 2, -1}, {n / 2, n}, {n / 3, n / 3}, {n, -1}, {n, 7}, {n + 9, 7}} {
				want := data[min(r[0], n):]
				if r[1] >= 0 {
					want = want[:min(r[1], int64(len(want)))]
				}
				got, err := part(src, name, r[0], r[1])
				if err != nil || got != want {
					t.Errorf("%s: %s from %d, %d bytes: got %d, want %d (%v)", kind, name, r[0], r[1], len(got), len(want), err)
				}
			}
		}
	}
}

func TestEverySourceTellsWhatIsMissing(t *testing.T) {
	for kind, src := range everySource(t) {
		for _, name := range []string{"checkpoints/001", "checkpoint/000", "none", "tile/entries/000"} {
			if _, err := src.Open(ctx, name, 0, -1); !errors.Is(err, read.ErrMissing) {
				t.Errorf("%s: %s: %v", kind, name, err)
			}
		}
		for _, name := range []string{"", "/etc/passwd", "../log/checkpoint", "..", "tile/../checkpoint", "./checkpoint", "checkpoint/", "check\x00", `a\b`, "checkpoint?x", "a#b", "a%2fb"} {
			if _, err := src.Open(ctx, name, 0, -1); err == nil || errors.Is(err, read.ErrMissing) {
				t.Errorf("%s: path %q: %v", kind, name, err)
			}
		}
		if _, err := read.ReadFile(ctx, src, "tile/entries/000.p/7", 999_999); !errors.Is(err, read.ErrDamaged) {
			t.Errorf("%s: a file above the limit: %v", kind, err)
		}
		if data, err := read.ReadFile(ctx, src, "tile/entries/000.p/7", 1_000_000); err != nil || len(data) != 1_000_000 {
			t.Errorf("%s: a file at the limit: %d bytes, %v", kind, len(data), err)
		}
	}
}

func TestSourcesEndWithTheirContext(t *testing.T) {
	done, cancel := context.WithCancel(ctx)
	cancel()
	for kind, src := range everySource(t) {
		if _, err := src.Open(done, "checkpoint", 0, -1); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestFolderIsNeverLeft(t *testing.T) {
	dir := writeFiles(t, logFiles)
	secret := writeFiles(t, map[string]string{"secret": "secret"})
	if err := os.Symlink(filepath.Join(secret, "secret"), filepath.Join(dir, "attachment/leak")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../checkpoint", filepath.Join(dir, "attachment/inside")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "attachment/pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	src := openSource(t, dir)
	if got, err := part(src, "attachment/leak", 0, -1); err == nil {
		t.Errorf("a link led outside, to %q", got)
	}
	if got, err := part(src, "attachment/inside", 0, -1); err != nil || got != "newest" {
		t.Errorf("a link inside: %q, %v", got, err)
	}
	for _, name := range []string{"attachment/pipe", "attachment"} {
		if _, err := src.Open(ctx, name, 0, -1); !errors.Is(err, read.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestArchivesThatAreNotPlainAreRefused(t *testing.T) {
	file := tar.Header{Name: "checkpoint", Typeflag: tar.TypeReg}
	again := tar.Header{Name: "./checkpoint", Typeflag: tar.TypeReg}
	for name, test := range map[string]struct {
		headers []tar.Header
		want    string
	}{
		"twice":         {[]tar.Header{file, again}, "checkpoint stands in it twice"},
		"symbolic link": {[]tar.Header{{Name: "a", Linkname: "/etc/passwd", Typeflag: tar.TypeSymlink}}, "not a regular file"},
		"hard link":     {[]tar.Header{file, {Name: "a", Linkname: "checkpoint", Typeflag: tar.TypeLink}}, "not a regular file"},
	} {
		if _, err := read.OpenSource(ctx, writeTar(t, test.headers...)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	dir := writeFiles(t, map[string]string{"log.tar.gz": "\x1f\x8b\x08compressed" + strings.Repeat("x", 600)})
	if _, err := read.OpenSource(ctx, filepath.Join(dir, "log.tar.gz")); err == nil {
		t.Error("a compressed archive was read")
	}
}

func TestLocationsThatAreNoLogAreRefused(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	for location, want := range map[string]string{
		filepath.Join(dir, "none"):         "no such file",
		filepath.Join(dir, "pipe"):         "neither a folder nor a tar archive",
		"http://":                          "no plain address",
		"https://log.example/?q":           "no plain address",
		"https://user:secret@log.example/": "no plain address",
		"https://log.example/#here":        "no plain address",
		"https://log.example/%zz":          "invalid URL escape",
		"ftp://log.example/":               "no such file",
	} {
		if _, err := read.OpenSource(ctx, location); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, should tell %q", location, err, want)
		}
	}
	if _, err := read.OpenSource(ctx, filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
}

func gzipped(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}
