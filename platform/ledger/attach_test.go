package ledger_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bayyina/platform/ledger"
	"bayyina/platform/store"
)

// readPack takes a pack apart as docs/PROTOCOL.md section 5 says.
func readPack(t *testing.T, path string) (contents [][]byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rest, ok := bytes.CutPrefix(b, []byte("bayyina.pack/1\n"))
	if !ok {
		t.Fatalf("pack starts with %q", b[:20])
	}
	n := binary.BigEndian.Uint32(rest)
	index := rest[4:]
	next := uint64(len("bayyina.pack/1\n") + 4 + 48*int(n))
	for i := range n {
		row := index[48*i:]
		offset, size := binary.BigEndian.Uint64(row[32:]), binary.BigEndian.Uint64(row[40:])
		if offset != next {
			t.Fatalf("attachment %d stands at %d, want %d", i, offset, next)
		}
		c := b[offset : offset+size]
		if sum := sha256.Sum256(c); !bytes.Equal(sum[:], row[:32]) {
			t.Fatalf("attachment %d has hash %x, index says %x", i, sum, row[:32])
		}
		contents = append(contents, c)
		next = offset + size
	}
	if next != uint64(len(b)) {
		t.Fatalf("the data end at %d, the file at %d", next, len(b))
	}
	return contents
}

func loosePath(r *rig, content []byte) string {
	h := attachmentOf(content).SHA256
	return r.public("attachment", h[:2], h)
}

func TestAttachmentsStandLooseUntilTheirBundleIsFullThenPacked(t *testing.T) {
	onBoth(t, func(t *testing.T, r *rig) {
		r.create(t)
		l := r.open(t)
		file := func(i int) []byte { return bytes.Repeat([]byte{byte(i), byte(i >> 8)}, 50+i) }
		shared := []byte("named by many")
		var items []ledger.Item
		for i := range 300 {
			items = append(items, r.bearing(t, file(i), shared))
		}
		r.queue(t, items[:100]...)
		drain(t, l)
		for i := range 100 {
			if b, err := os.ReadFile(loosePath(r, file(i))); err != nil || !bytes.Equal(b, file(i)) {
				t.Fatalf("attachment %d: %v", i, err)
			}
		}
		if exists(r.public("pack")) {
			t.Error("a partial bundle was packed")
		}
		r.queue(t, items[100:]...)
		drain(t, l)
		// Bundle 0 is the genesis and the first 255 statements.
		packed := readPack(t, r.public("pack", "000"))
		if len(packed) != 256 || !bytes.Equal(packed[0], file(0)) || !bytes.Equal(packed[1], shared) || !bytes.Equal(packed[2], file(1)) {
			t.Errorf("pack of %d attachments", len(packed))
		}
		if !exists(loosePath(r, file(3))) {
			t.Error("a loose copy went at once: readers of the checkpoint before need it")
		}
	})
}

func TestLooseCopiesOfPackedAttachmentsGoAfterAWhile(t *testing.T) {
	r := newRig(t, store.SQLite)
	now := time.Now()
	r.Now = func() time.Time { return now }
	r.create(t)
	l := r.open(t)
	early, late := []byte("early"), []byte("late")
	r.enqueue(t, r.bearing(t, early))
	drain(t, l)
	r.queue(t, r.words(t, 254)...)
	r.enqueue(t, r.bearing(t, late, early))
	drain(t, l)
	if got := readPack(t, r.public("pack", "000")); len(got) != 1 || !bytes.Equal(got[0], early) {
		t.Fatalf("pack: %q", got)
	}
	now = now.Add(2 * time.Minute)
	for range 4 {
		if _, err := l.Publish(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if !exists(loosePath(r, early)) || !exists(loosePath(r, late)) {
		t.Error("a loose attachment went that the partial bundle names")
	}
	r.queue(t, r.words(t, 256)...)
	drain(t, l)
	now = now.Add(2 * time.Minute)
	for range 8 {
		if _, err := l.Publish(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if exists(loosePath(r, early)) || exists(loosePath(r, late)) {
		t.Error("loose copies stay though packed")
	}
	if got := readPack(t, r.public("pack", "001")); len(got) != 2 {
		t.Errorf("pack 1: %q", got)
	}
}

func TestLargeAttachmentsAreStagedAndStayLoose(t *testing.T) {
	r := newRig(t, store.SQLite)
	r.create(t)
	large := bytes.Repeat([]byte("0123456789abcdef"), 16<<16+1) // just above 16 MiB
	middle := bytes.Repeat([]byte("x"), ledger.MaxInline+1)
	var staged []ledger.Attachment
	for _, c := range [][]byte{large, middle} {
		a, err := ledger.Stage(r.Dir, bytes.NewReader(c))
		if err != nil || a != attachmentOf(c) {
			t.Fatalf("staged as %+v, %v", a, err)
		}
		staged = append(staged, a)
	}
	item := ledger.Item{Statement: r.sign(t, "test.file/1", map[string]any{"files": staged}), Staged: staged}
	r.enqueue(t, item)
	l := r.open(t)
	drain(t, l)
	for _, c := range [][]byte{large, middle} {
		if b, err := os.ReadFile(loosePath(r, c)); err != nil || !bytes.Equal(b, c) {
			t.Errorf("loose attachment of %d bytes: %v", len(c), err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(r.Dir, "staging", "*")); err != nil || len(left) > 0 {
		t.Errorf("still staged: %q, %v", left, err)
	}
	r.queue(t, r.words(t, 255)...)
	drain(t, l)
	if got := readPack(t, r.public("pack", "000")); len(got) != 1 || !bytes.Equal(got[0], middle) {
		t.Errorf("pack has %d attachments", len(got))
	}
	if !exists(loosePath(r, large)) {
		t.Error("the large attachment went")
	}
}

func TestStatementWaitsForItsStagedAttachment(t *testing.T) {
	r := newRig(t, store.SQLite)
	r.create(t)
	a := attachmentOf([]byte("nobody has it"))
	r.enqueue(t, ledger.Item{Statement: r.sign(t, "test.file/1", map[string]any{"file": a}), Staged: []ledger.Attachment{a}})
	l := r.open(t)
	_, err := l.Drain(ctx)
	contains(t, err, fmt.Sprintf("the attachment %s of %d bytes must be staged first", a.SHA256, a.Size))
	if size, _ := l.Size(); size != 1 {
		t.Errorf("%d entries: it entered without its attachment", size)
	}
	if _, err := ledger.Stage(r.Dir, bytes.NewReader([]byte("nobody has it"))); err != nil {
		t.Fatal(err)
	}
	if p := drain(t, l); p.Size != 2 {
		t.Errorf("size %d after it was staged", p.Size)
	}
	if _, err := ledger.Stage(r.Dir, bytes.NewReader(nil)); err == nil {
		t.Error("an empty attachment was staged")
	}
}
