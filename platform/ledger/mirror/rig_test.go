package mirror

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bayyina/internal/forge"
	"bayyina/platform/ledger/read"
)

var (
	ctx   = context.Background()
	start = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	// now is long after everything in the log.
	now = start.Add(72 * time.Hour)
)

// rig is an honest log of 300 entries, those who write it, and a mirror of it.
type rig struct {
	tb      testing.TB
	actors  *forge.Actors
	history *forge.History
	cfg     Config
}

func newRig(tb testing.TB) *rig {
	tb.Helper()
	a, err := forge.NewActors("log.hnec.example/2026", start, rand.NewChaCha8([32]byte{1}))
	if err != nil {
		tb.Fatal(err)
	}
	h, err := forge.Honest(a)
	if err != nil {
		tb.Fatal(err)
	}
	p, err := read.ParsePolicy(a.Policy())
	if err != nil {
		tb.Fatal(err)
	}
	return &rig{tb, a, h, Config{Dir: filepath.Join(tb.TempDir(), "mirror"), Policy: p, Now: func() time.Time { return now }}}
}

// write writes a log's files into a new folder, which becomes the source.
func (r *rig) write(h *forge.History) string {
	r.tb.Helper()
	dir := filepath.Join(r.tb.TempDir(), "log")
	if err := h.Write(dir, r.actors.Keys()); err != nil {
		r.tb.Fatal(err)
	}
	r.cfg.Source = dir
	return dir
}

// upTo is the honest log when it had so many entries.
func (r *rig) upTo(size int64) *forge.History {
	r.tb.Helper()
	h := r.history.Clone()
	if err := h.Truncate(size); err != nil {
		r.tb.Fatal(err)
	}
	return h
}

// sync makes one round with a mirror that is opened for it.
func (r *rig) sync() (*Report, error) {
	r.tb.Helper()
	m, err := Open(ctx, r.cfg)
	if err != nil {
		return nil, err
	}
	report, err := m.Sync(ctx)
	if err := m.Close(); err != nil {
		r.tb.Fatal(err)
	}
	return report, err
}

func (r *rig) mustSync() *Report {
	r.tb.Helper()
	report, err := r.sync()
	if err != nil {
		r.tb.Fatal(err)
	}
	return report
}

// alarmed makes a round that must raise an alarm of a kind, telling text, and must
// leave the mirror as it was.
func (r *rig) alarmed(kind Kind, text string) *Alarm {
	r.tb.Helper()
	before := r.files(r.cfg.Dir, true)
	_, err := r.sync()
	a, ok := errors.AsType[*Alarm](err)
	if !ok || a.Kind != kind || !strings.Contains(a.Detail, text) {
		r.tb.Fatalf("the round ended with %v, not with an alarm of kind %s that tells %q", err, kind, text)
	}
	if after := r.files(r.cfg.Dir, true); !maps.Equal(before, after) {
		r.tb.Errorf("the alarm changed the mirror: %v became %v", slices.Sorted(maps.Keys(before)), slices.Sorted(maps.Keys(after)))
	}
	return a
}

// files returns the files below a folder. Those of the mirror alone (state, lock,
// evidence) are left out; covered leaves out those that its checkpoint does not
// cover, too: what was fetched and not trusted.
func (r *rig) files(dir string, covered bool) map[string]string {
	r.tb.Helper()
	all := make(map[string]string)
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() && (d.Name() == ".mirror" || d.Name() == "evidence") {
			return fs.SkipDir
		}
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, path))
		all[path] = string(data)
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		r.tb.Fatal(err)
	}
	if c, err := read.ParseCheckpoint([]byte(all[read.CheckpointPath])); covered {
		if err != nil {
			return nil
		}
		maps.DeleteFunc(all, func(path, _ string) bool { return !coveredBy(c.Size, path) })
	}
	return all
}

// coveredBy tells whether a file is one of a log of a size, as far as its path says.
func coveredBy(size int64, path string) bool {
	for n := range read.Bundles(size) {
		if width := read.TileSize(0, n, size); path == read.BundlePath(n, width) || path == read.TilePath(0, n, width) {
			return true
		}
	}
	return path == read.CheckpointPath
}

// same fails unless the mirror has exactly the files of the source, and those that
// more allows.
func (r *rig) same(more ...string) {
	r.tb.Helper()
	want, have := r.files(r.cfg.Source, false), r.files(r.cfg.Dir, false)
	for path, data := range want {
		if have[path] != data {
			r.tb.Errorf("the mirror's %s is another, or missing", path)
		}
		delete(have, path)
	}
	for path := range have {
		if !slices.ContainsFunc(more, func(allowed string) bool { return strings.HasPrefix(path, allowed) }) {
			r.tb.Errorf("the mirror has %s, the log has not", path)
		}
	}
}

// damage changes or removes a file of the source.
func damage(tb testing.TB, path string, change func([]byte) []byte) {
	tb.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	if data = change(data); data == nil {
		err = os.Remove(path)
	} else {
		err = os.WriteFile(path, data, 0o644)
	}
	if err != nil {
		tb.Fatal(err)
	}
}

func remove([]byte) []byte { return nil }

func flip(data []byte) []byte {
	data[len(data)-2] ^= 1
	return data
}
