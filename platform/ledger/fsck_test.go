package ledger_test

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bayyina/internal/witnesstest"
	"bayyina/platform/ledger"
	"bayyina/platform/store"
)

// grown makes a log of 700 entries, half of them with attachments, under a few
// checkpoints, and returns its public folder.
func grown(t *testing.T) *rig {
	t.Helper()
	r := newRig(t, store.SQLite)
	r.witnessed(witnesstest.Fake(t, "w1.example", witnesstest.Honest))
	r.quorum = 1
	r.create(t)
	l := r.open(t)
	for round := range 3 {
		items := r.words(t, 233)
		for i := 0; i < len(items); i += 2 {
			items[i] = r.bearing(t, fmt.Appendf(nil, "file %d of %d", i, round), []byte("everywhere"))
		}
		r.queue(t, items...)
		drain(t, l)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return r
}

func check(t *testing.T, dir string) *ledger.Report {
	t.Helper()
	v, err := ledger.OpenView(dir)
	if err != nil {
		t.Fatal(err)
	}
	report, err := v.Fsck(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestSoundLogHasNoProblems(t *testing.T) {
	r := grown(t)
	report := check(t, r.public())
	if len(report.Problems) > 0 || report.Size != 700 || report.Checkpoints != 4 || report.Attachments != 354 {
		t.Errorf("%+v", report)
	}
}

func TestFsckNamesEachDamagedFile(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED in short runs: it takes long")
	}
	r := grown(t)
	flip := func(b []byte) []byte { b[len(b)/2] ^= 1; return b }
	loose := func(t *testing.T, dir string) string {
		found, err := filepath.Glob(filepath.Join(dir, "attachment", "*", attachmentOf([]byte("file 232 of 2")).SHA256))
		if err != nil || len(found) != 1 {
			t.Fatalf("loose attachments: %q, %v", found, err)
		}
		rel, err := filepath.Rel(dir, found[0])
		if err != nil {
			t.Fatal(err)
		}
		return rel
	}
	for name, c := range map[string]struct {
		file   string
		damage func([]byte) []byte
		want   string
	}{
		"entry":              {"tile/entries/001", flip, "tiles: "},
		"full tile":          {"tile/0/000", flip, "tiles: "},
		"partial tile":       {"tile/1/000.p/2", flip, "tiles: "},
		"kept checkpoint":    {"checkpoints/234", flip, "checkpoints/234: "},
		"kept one missing":   {"checkpoints/234", nil, "checkpoints/234: entry 234 names this checkpoint, and it was not kept"},
		"newest not kept":    {"checkpoints/700", nil, "checkpoints/700: the newest checkpoint was not kept"},
		"pack":               {"pack/000", flip, "pack/000: "},
		"pack cut":           {"pack/001", func(b []byte) []byte { return b[:len(b)-1] }, "its stored bytes are damaged"},
		"pack grown":         {"pack/001", func(b []byte) []byte { return append(b, 0) }, "pack/001: something follows the last attachment"},
		"pack missing":       {"pack/001", nil, "no such file"},
		"attachment":         {"loose", flip, "its stored bytes are damaged"},
		"attachment missing": {"loose", nil, "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := copyTree(t, r.public())
			file := c.file
			if file == "loose" {
				file = loose(t, dir)
			}
			path := filepath.Join(dir, file)
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if c.damage == nil {
				err = os.Remove(path)
			} else {
				err = os.WriteFile(path, c.damage(b), 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
			report := check(t, dir)
			var told []string
			for _, p := range report.Problems {
				told = append(told, p.Where+": "+p.What)
			}
			if !strings.Contains(strings.Join(told, "\n"), c.want) {
				t.Errorf("told %q, want %q", told, c.want)
			}
		})
	}
}

func TestExportIsDeterministicCompleteAndClean(t *testing.T) {
	r := grown(t)
	v, err := ledger.OpenView(r.public())
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "out")
	if err := v.ExportFolder(ctx, folder); err != nil {
		t.Fatal(err)
	}
	if report := check(t, folder); len(report.Problems) > 0 || report.Attachments != 354 || report.Checkpoints != 4 {
		t.Errorf("exported folder: %+v", report)
	}
	contains(t, v.ExportFolder(ctx, folder), "is not empty")
	var first, second bytes.Buffer
	if err := v.ExportTar(ctx, &first); err != nil {
		t.Fatal(err)
	}

	// The log grows; what was exported at the old checkpoint stays the same.
	l := r.open(t)
	r.queue(t, r.words(t, 300)...)
	drain(t, l)
	if err := v.ExportTar(ctx, &second); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("two exports of one checkpoint differ")
	}
	unpacked := t.TempDir()
	var names []string
	for archive := tar.NewReader(&first); ; {
		h, err := archive.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
		path := filepath.Join(unpacked, h.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if report := check(t, unpacked); len(report.Problems) > 0 || report.Size != 700 {
		t.Errorf("exported tar: %+v", report)
	}
	var inFolder []string
	err = fs.WalkDir(os.DirFS(folder), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			inFolder = append(inFolder, path)
		}
		return err
	})
	slices.Sort(names)
	if err != nil || !slices.Equal(names, inFolder) {
		t.Errorf("tar and folder differ: %q %q %v", names, inFolder, err)
	}
	for _, n := range names {
		if strings.Contains(n, "/.") || strings.HasPrefix(n, ".") {
			t.Errorf("a hidden file was exported: %s", n)
		}
	}
}
