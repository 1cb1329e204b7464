package mirror

import (
	"archive/tar"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bayyina/platform/ledger/read"
)

func TestMirrorHasTheFilesOfTheLog(t *testing.T) {
	r := newRig(t)
	dir := r.write(r.history)
	for name, source := range map[string]string{"folder": dir, "tar archive": archive(t, dir), "web server": serve(t, dir)} {
		t.Run(name, func(t *testing.T) {
			r := &rig{t, r.actors, r.history, r.cfg}
			r.cfg.Source, r.cfg.Dir = source, filepath.Join(t.TempDir(), "mirror")
			report := r.mustSync()
			if report.Size != 300 || report.Added != 300 || !report.Rehearsal || report.Origin != r.actors.Origin || len(report.Witnessed.By) != 3 {
				t.Errorf("report: %+v", report)
			}
			r.cfg.Source = dir
			r.same()
			if report := r.mustSync(); report.Added != 0 || report.Size != 300 {
				t.Errorf("again: %+v", report)
			}
		})
	}
}

// archive writes a folder as a tar archive.
func archive(tb testing.TB, dir string) string {
	tb.Helper()
	f, err := os.Create(filepath.Join(tb.TempDir(), "log.tar"))
	if err != nil {
		tb.Fatal(err)
	}
	w := tar.NewWriter(f)
	if err := w.AddFS(os.DirFS(dir)); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	if err := f.Close(); err != nil {
		tb.Fatal(err)
	}
	return f.Name()
}

func serve(tb testing.TB, dir string) string {
	tb.Helper()
	s := httptest.NewServer(http.FileServer(http.Dir(dir)))
	tb.Cleanup(s.Close)
	return s.URL
}

func TestMirrorGrowsWithTheLog(t *testing.T) {
	r := newRig(t)
	r.cfg.Policy = nil // the log's own witnesses change on the way
	size := int64(0)
	for _, c := range r.history.Checkpoints {
		r.write(r.upTo(c.Size))
		report := r.mustSync()
		if report.Added != c.Size-size {
			t.Errorf("%d entries after %d: %d added", c.Size, size, report.Added)
		}
		// What the step before has superseded stays for readers of its checkpoint.
		stale := edgePaths(size)
		if size < read.TileWidth && c.Size >= read.TileWidth {
			stale = append(stale, "attachment/")
		}
		r.same(stale...)
		size = c.Size
	}
}

func TestNewerCosignaturesAreTakenOver(t *testing.T) {
	r := newRig(t)
	r.write(r.history)
	before := r.mustSync()
	h := r.history.Clone()
	h.Newest().Again(h.Newest().Time.Add(time.Hour))
	r.write(h)
	after := r.mustSync()
	if after.Witnessed.Time.Sub(before.Witnessed.Time) != time.Hour {
		t.Errorf("witnessed at %v, then at %v", before.Witnessed.Time, after.Witnessed.Time)
	}
	r.write(r.history) // the older one is no roll-back, and is not taken over
	if again := r.mustSync(); !again.Witnessed.Time.Equal(after.Witnessed.Time) {
		t.Errorf("witnessed at %v again", again.Witnessed.Time)
	}
}

func TestMirrorGoesOnWhereItWasInterrupted(t *testing.T) {
	saveEvery = 1
	t.Cleanup(func() { saveEvery = 64 })
	r := newRig(t)
	dir := r.write(r.history)
	last := filepath.Join(dir, read.BundlePath(1, 44))
	whole, err := os.ReadFile(last)
	if err != nil {
		t.Fatal(err)
	}
	damage(t, last, remove)
	r.alarmed(Damaged, "missing from the log")
	if err := os.WriteFile(last, whole, 0o644); err != nil {
		t.Fatal(err)
	}
	// What was fetched need not be fetched again.
	damage(t, filepath.Join(dir, read.BundlePath(0, 256)), remove)
	damage(t, filepath.Join(dir, read.PackPath(0)), remove)
	r.mustSync()
	r.write(r.history)
	r.same()
}

func TestWhatWasFetchedOfAnotherLogIsFetchedAgain(t *testing.T) {
	saveEvery = 1
	t.Cleanup(func() { saveEvery = 64 })
	r := newRig(t)
	other := r.history.Clone()
	other.Swap(100, 101)
	damage(t, filepath.Join(r.write(other), read.BundlePath(1, 44)), remove)
	r.alarmed(Damaged, "missing from the log")
	r.write(r.history) // nothing was trusted, so this is no fork
	r.mustSync()
	r.same()
}

func TestSourceThatCannotBeReadIsNoAlarm(t *testing.T) {
	r := newRig(t)
	r.cfg.Source = filepath.Join(t.TempDir(), "nothing")
	if _, err := r.sync(); err == nil || isAlarm(err) {
		t.Errorf("no source: %v", err)
	}
	r.cfg.Source = t.TempDir()
	if _, err := r.sync(); err == nil || isAlarm(err) || !strings.Contains(err.Error(), "there is no log at") {
		t.Errorf("no log: %v", err)
	}
}

func TestFolderIsKeptByOneMirrorAlone(t *testing.T) {
	r := newRig(t)
	dir := r.write(r.history)
	m, err := Open(ctx, r.cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.sync(); err == nil || !strings.Contains(err.Error(), "another process keeps this mirror") {
		t.Errorf("opened twice: %v", err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	r.cfg.Dir = dir
	if _, err := r.sync(); err == nil || !strings.Contains(err.Error(), "holds a log, and no mirror") {
		t.Errorf("a log became a mirror: %v", err)
	}
}

func TestDamagedStateIsRefused(t *testing.T) {
	r := newRig(t)
	r.write(r.history)
	r.mustSync()
	path := filepath.Join(r.cfg.Dir, ".mirror", "state.json")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"cut":             string(whole[:len(whole)/2]),
		"other version":   strings.Replace(string(whole), `"version":1`, `"version":2`, 1),
		"no history":      strings.Replace(string(whole), `"history":{`, `"histori":{`, 1),
		"other position":  strings.Replace(string(whole), `"checkpoint":"`, `"checkpoint":"x`, 1),
		"file outside":    strings.Replace(string(whole), `"version":1`, `"version":1,"old":["../x"]`, 1),
		"ahead is behind": strings.Replace(string(whole), `"version":1`, `"version":1,"ahead":{"frontier":"AAAAAAAAAAA="}`, 1),
	} {
		if text == string(whole) {
			t.Fatalf("%s: nothing is damaged", name)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := r.sync(); err == nil || !strings.Contains(err.Error(), "mirror's state") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzState(f *testing.F) {
	r := newRig(f)
	r.write(r.upTo(3))
	r.mustSync()
	whole, err := os.ReadFile(filepath.Join(r.cfg.Dir, ".mirror", "state.json"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Fuzz(func(t *testing.T, data []byte) {
		st, err := parseState(data)
		if err != nil {
			return
		}
		again, err := st.encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parseState(again); err != nil {
			t.Errorf("what was saved is refused: %v", err)
		}
	})
}
