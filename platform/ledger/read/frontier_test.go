package read_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"bayyina/platform/ledger/read"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// leaves are n leaf hashes.
func leaves(n int) []tlog.Hash {
	out := make([]tlog.Hash, n)
	for i := range out {
		out[i] = tlog.RecordHash(fmt.Appendf(nil, "leaf %d", i))
	}
	return out
}

// stored is a tree of the Go project, which keeps every hash.
type stored []tlog.Hash

func (s *stored) add(tb testing.TB, n int64, leaf tlog.Hash) {
	tb.Helper()
	hashes, err := tlog.StoredHashesForRecordHash(n, leaf, s)
	if err != nil {
		tb.Fatal(err)
	}
	*s = append(*s, hashes...)
}

// ReadHashes gives the Go project its hashes.
func (s *stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var out []tlog.Hash
	for _, i := range indexes {
		out = append(out, (*s)[i])
	}
	return out, nil
}

func TestFrontierHasTheRootsOfTheGoProject(t *testing.T) {
	var f read.Frontier
	var all stored
	for i, leaf := range leaves(1500) {
		want, err := tlog.TreeHash(int64(i), &all)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Root(); got != want || f.Size() != int64(i) {
			t.Fatalf("size %d: root %s, the Go project's is %s", f.Size(), got, want)
		}
		f.Append(leaf)
		all.add(t, int64(i), leaf)
	}
}

func TestFrontierGivesTheTilesOfTheGoProject(t *testing.T) {
	const size = 256*256 + 256*3 + 5
	var f read.Frontier
	var all stored
	var full []read.FullTile
	for i, leaf := range leaves(size) {
		full = append(full, f.Append(leaf)...)
		all.add(t, int64(i), leaf)
	}
	check := func(level int, n int64, hashes []tlog.Hash) {
		t.Helper()
		want, err := tlog.ReadTileData(tlog.Tile{H: 8, L: level, N: n, W: len(hashes)}, &all)
		if err != nil {
			t.Fatal(err)
		}
		var got []byte
		for _, h := range hashes {
			got = append(got, h[:]...)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("tile %d of level %d, %d wide, differs", n, level, len(hashes))
		}
	}
	count := make(map[int]int64)
	for _, tile := range full {
		if tile.N != count[tile.Level] {
			t.Fatalf("tile %d of level %d came after %d others", tile.N, tile.Level, count[tile.Level])
		}
		count[tile.Level]++
		if tile.Level > 0 || tile.N%37 == 0 {
			check(tile.Level, tile.N, tile.Hashes)
		}
	}
	if count[0] != 259 || count[1] != 1 || count[2] != 0 {
		t.Errorf("full tiles by level: %v", count)
	}
	for level, width := range []int{5, 3, 1, 0, 0, 0, 0, 0, 0} {
		edge := f.Edge(level)
		if len(edge) != width || len(edge) != read.TileSize(level, count[level], size) {
			t.Fatalf("%d hashes at the edge of level %d", len(edge), level)
		}
		if width > 0 {
			check(level, count[level], edge)
		}
	}
}

func TestSavedFrontierGoesOnAlike(t *testing.T) {
	all := leaves(1200)
	rapid.Check(t, func(t *rapid.T) {
		var one, two read.Frontier
		for _, leaf := range all[:rapid.IntRange(0, len(all)).Draw(t, "saved at")] {
			one.Append(leaf)
		}
		saved, err := one.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := two.UnmarshalBinary(saved); err != nil {
			t.Fatal(err)
		}
		for _, leaf := range all[one.Size():] {
			a, b := one.Append(leaf), two.Append(leaf)
			if len(a) != len(b) || len(a) > 0 && !slices.Equal(a[0].Hashes, b[0].Hashes) {
				t.Fatalf("other tiles at size %d", one.Size())
			}
		}
		if one.Root() != two.Root() {
			t.Fatal("another root")
		}
	})
}

// FuzzFrontier: what is read is written the same, and has a root.
func FuzzFrontier(f *testing.F) {
	var frontier read.Frontier
	for i, leaf := range leaves(600) {
		if i%199 == 0 {
			saved, err := frontier.AppendBinary(nil)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(saved)
		}
		frontier.Append(leaf)
	}
	f.Add([]byte{0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, saved []byte) {
		var frontier read.Frontier
		if frontier.UnmarshalBinary(saved) != nil {
			return
		}
		again, err := frontier.AppendBinary(nil)
		if err != nil || !bytes.Equal(again, saved) {
			t.Fatalf("written %x, %v", again, err)
		}
		before := frontier.Root()
		frontier.Append(tlog.RecordHash(nil))
		if frontier.Root() == before {
			t.Fatal("a leaf changes nothing")
		}
	})
}

func BenchmarkFrontierRoot(b *testing.B) {
	var f read.Frontier
	for _, leaf := range leaves(256*255 + 255) {
		f.Append(leaf)
	}
	for b.Loop() {
		f.Root()
	}
}
