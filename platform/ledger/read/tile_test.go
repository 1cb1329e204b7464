package read_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bayyina/platform/ledger/read"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

func TestPathsAreThoseOfTheSpecification(t *testing.T) {
	a := read.Attachment{SHA256: "ab" + strings.Repeat("0", 62), Size: 1}
	for got, want := range map[string]string{
		read.KeptPath(1234067):         "checkpoints/x001/x234/067",
		read.KeptPath(1):               "checkpoints/001",
		read.KeptPath(1000):            "checkpoints/x001/000",
		read.TilePath(0, 1234067, 256): "tile/0/x001/x234/067",
		read.TilePath(3, 0, 1):         "tile/3/000.p/1",
		read.BundlePath(7, 255):        "tile/entries/007.p/255",
		read.BundlePath(999, 256):      "tile/entries/999",
		read.PackPath(1000000):         "pack/x001/x000/000",
		read.LoosePath(a):              "attachment/ab/" + a.SHA256,
	} {
		if got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(0, 1<<53).Draw(t, "n")
		width := rapid.IntRange(1, 256).Draw(t, "width")
		level := rapid.IntRange(0, 63).Draw(t, "level")
		theirs := tlog.Tile{H: 8, L: level, N: n, W: width}.Path()
		if ours := "tile/8/" + strings.TrimPrefix(read.TilePath(level, n, width), "tile/"); pad(ours) != pad(theirs) {
			t.Fatalf("%s, the Go project says %s", ours, theirs)
		}
	})
}

// pad writes the level as the Go project does: with two digits.
func pad(path string) string {
	parts := strings.SplitN(path, "/", 4)
	if len(parts[2]) == 1 {
		parts[2] = "0" + parts[2]
	}
	return strings.Join(parts, "/")
}

func TestTileSizeIsThatOfTheSpecification(t *testing.T) {
	// The specification's example: a tree of size 70,000.
	for _, c := range []struct {
		level int
		n     int64
		width int
	}{{0, 0, 256}, {0, 272, 256}, {0, 273, 112}, {0, 274, 0}, {1, 0, 256}, {1, 1, 17}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}, {3, 0, 0}, {63, 0, 0}} {
		if got := read.TileSize(c.level, c.n, 70_000); got != c.width {
			t.Errorf("tile %d of level %d is %d wide, not %d", c.n, c.level, got, c.width)
		}
	}
	if read.Bundles(70_000) != 274 || read.Bundles(0) != 0 || read.Bundles(256) != 1 || read.Bundles(257) != 2 {
		t.Error("number of bundles")
	}
}

// bundleOf is a bundle of entries.
func bundleOf(entries ...string) string {
	var b []byte
	for _, e := range entries {
		b = read.AppendBundle(b, []byte(e))
	}
	return string(b)
}

func TestBundleThatBecameFullServesForAPartialOne(t *testing.T) {
	entries := make([]string, 256)
	for i := range entries {
		entries[i] = strings.Repeat("e", i)
	}
	dir := writeFiles(t, map[string]string{
		"tile/entries/000": bundleOf(entries...), "tile/entries/001.p/3": bundleOf(entries[:3]...), "tile/entries/002.p/3": bundleOf(entries[:2]...),
		"tile/0/000": strings.Repeat("h", 256*32), "tile/0/001.p/3": strings.Repeat("h", 95), "tile/0/002.p/3": strings.Repeat("h", 64),
	})
	src := openSource(t, dir)
	for size, want := range map[int64]int{7: 7, 255: 255, 256: 256, 10_000: 256} {
		got, err := read.ReadBundle(ctx, src, 0, size)
		if err != nil || len(got) != want || len(got[want-1]) != want-1 {
			t.Errorf("of size %d: %d entries, %v", size, len(got), err)
		}
		tile, err := read.ReadTile(ctx, src, 0, 0, size)
		if err != nil || len(tile) != want*32 {
			t.Errorf("of size %d: a tile of %d bytes, %v", size, len(tile), err)
		}
	}
	for _, c := range []struct {
		n, size int64
		want    error
	}{{0, 0, nil}, {1, 260, read.ErrMissing}, {1, 512, read.ErrMissing}, {2, 515, read.ErrDamaged}} {
		_, err := read.ReadBundle(ctx, src, c.n, c.size)
		if err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("bundle %d of size %d: %v", c.n, c.size, err)
		}
		_, err = read.ReadTile(ctx, src, 0, c.n, c.size)
		if err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("tile %d of size %d: %v", c.n, c.size, err)
		}
	}
	if _, err := read.ReadTile(ctx, src, 0, 1, 259); !errors.Is(err, read.ErrDamaged) {
		t.Errorf("a tile of 95 bytes: %v", err)
	}
}

func TestBundlesThatAreCutOffOrTooLongAreDamaged(t *testing.T) {
	good := bundleOf("one", "", "three")
	for i := range len(good) {
		entries, err := read.ParseBundle([]byte(good[:i]))
		if whole := i == 0 || i == 5 || i == 7; whole != (err == nil) {
			t.Errorf("the first %d bytes: %q, %v", i, entries, err)
		}
		if err != nil && !errors.Is(err, read.ErrDamaged) {
			t.Error(err)
		}
	}
	if _, err := read.ParseBundle(make([]byte, 2*256)); err != nil {
		t.Errorf("256 entries: %v", err)
	}
	if _, err := read.ParseBundle(make([]byte, 2*257)); !errors.Is(err, read.ErrDamaged) {
		t.Errorf("257 entries: %v", err)
	}
}

// FuzzParseBundle: what is read is written the same.
func FuzzParseBundle(f *testing.F) {
	f.Add([]byte(bundleOf("one", "", strings.Repeat("x", 300))))
	f.Add(make([]byte, 513))
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := read.ParseBundle(data)
		if err != nil {
			if !errors.Is(err, read.ErrDamaged) {
				t.Fatal(err)
			}
			return
		}
		var again []byte
		for _, e := range entries {
			again = read.AppendBundle(again, e)
		}
		if !bytes.Equal(again, data) {
			t.Fatalf("written %x", again)
		}
	})
}

func TestCheckpointsOfALogAreReadByTheirSize(t *testing.T) {
	checkpoint := func(size string) string {
		return "log.example/2026\n" + size + "\n" + strings.Repeat("A", 43) + "=\n\n" + peterLine
	}
	dir := writeFiles(t, map[string]string{
		"checkpoint": checkpoint("12"), "checkpoints/007": checkpoint("7"), "checkpoints/008": checkpoint("9"),
		"checkpoints/009": "no checkpoint", "checkpoints/010": strings.Repeat("x", read.MaxNote+1),
	})
	src := openSource(t, dir)
	if c, err := read.Newest(ctx, src); err != nil || c.Size != 12 {
		t.Errorf("newest: %d, %v", c.Size, err)
	}
	if c, err := read.Kept(ctx, src, 7); err != nil || c.Size != 7 {
		t.Errorf("kept: %d, %v", c.Size, err)
	}
	for size, want := range map[int64]error{6: read.ErrMissing, 8: read.ErrDamaged, 9: read.ErrDamaged, 10: read.ErrDamaged} {
		if _, err := read.Kept(ctx, src, size); !errors.Is(err, want) {
			t.Errorf("kept at %d: %v", size, err)
		}
	}
	if err := os.Remove(filepath.Join(dir, "checkpoint")); err != nil {
		t.Fatal(err)
	}
	if _, err := read.Newest(ctx, src); !errors.Is(err, read.ErrMissing) {
		t.Errorf("no checkpoint: %v", err)
	}
}

func TestTilesProveEveryOlderRoot(t *testing.T) {
	const size = 700
	var f read.Frontier
	files := make(map[string]string)
	roots := make([]tlog.Hash, size+1)
	file := func(level int, n int64, hashes []tlog.Hash) {
		var data []byte
		for _, h := range hashes {
			data = append(data, h[:]...)
		}
		files[read.TilePath(level, n, len(hashes))] = string(data)
	}
	for i, leaf := range leaves(size) {
		roots[i] = f.Root()
		for _, tile := range f.Append(leaf) {
			file(tile.Level, tile.N, tile.Hashes)
		}
	}
	roots[size] = f.Root()
	file(0, 2, f.Edge(0))
	file(1, 0, f.Edge(1))
	src := openSource(t, writeFiles(t, files))
	tree := read.TreeHashes(ctx, src, read.Checkpoint{Size: size, Root: f.Root()})
	for n := int64(1); n <= size; n += 13 {
		if got, err := tlog.TreeHash(n, tree); err != nil || got != roots[n] {
			t.Errorf("size %d: %s, %v", n, got, err)
		}
	}
	bad := read.TreeHashes(ctx, src, read.Checkpoint{Size: size, Root: roots[size-1]})
	if _, err := tlog.TreeHash(300, bad); err == nil {
		t.Error("tiles of another root were believed")
	}
}
