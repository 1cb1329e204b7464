package read_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"bayyina/platform/ledger/read"

	"pgregory.net/rapid"
)

func attachmentOf(data string) read.Attachment {
	sum := sha256.Sum256([]byte(data))
	return read.Attachment{SHA256: hex.EncodeToString(sum[:]), Size: int64(len(data))}
}

// fullBundle is 256 entries, of which the first ones name attachments.
func fullBundle(named ...[]read.Attachment) []*read.Entry {
	entries := make([]*read.Entry, read.TileWidth)
	for i := range entries {
		entries[i] = &read.Entry{}
		if i < len(named) {
			entries[i].Statement.Attachments = named[i]
		}
	}
	return entries
}

// packOf writes the pack of these data, by the book.
func packOf(data ...string) string {
	out := []byte("bayyina.pack/1\n")
	out = binary.BigEndian.AppendUint32(out, uint32(len(data)))
	offset := len(out) + 48*len(data)
	for _, d := range data {
		sum := sha256.Sum256([]byte(d))
		out = append(out, sum[:]...)
		out = binary.BigEndian.AppendUint64(out, uint64(offset))
		out = binary.BigEndian.AppendUint64(out, uint64(len(d)))
		offset += len(d)
	}
	return string(out) + strings.Join(data, "")
}

func TestEntriesDetermineThePack(t *testing.T) {
	a, b, c := attachmentOf("first"), attachmentOf("second"), attachmentOf("third")
	big := read.Attachment{SHA256: strings.Repeat("0", 64), Size: read.MaxPacked + 1}
	entries := fullBundle([]read.Attachment{b}, []read.Attachment{a, b, big}, nil, []read.Attachment{big, a, c})
	entries[9] = nil // could not be read
	packed, loose := read.Named(entries)
	index, err := read.PackIndex(packed)
	if err != nil {
		t.Fatal(err)
	}
	if want := packOf("second", "first", "third"); string(index) != want[:len(index)] || len(index) != len(want)-16 {
		t.Errorf("index %q, not %q", index, want)
	}
	if len(loose) != 1 || loose[0] != big {
		t.Errorf("loose: %v", loose)
	}
	packed, loose = read.Named(entries[:255])
	if len(packed) != 0 || len(loose) != 4 {
		t.Errorf("of a partial bundle: packed %v, loose %v", packed, loose)
	}
}

func TestPacksAreStreamedAndReadAnywhere(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		data := rapid.SliceOfNDistinct(rapid.StringN(1, 50, -1), 1, 20, rapid.ID[string]).Draw(rt, "data")
		var named []read.Attachment
		for _, d := range data {
			named = append(named, attachmentOf(d))
		}
		packed, _ := read.Named(fullBundle(named))
		src := openSource(t, writeFiles(t, map[string]string{"pack/003": packOf(data...)}))
		p, err := read.OpenPack(ctx, src, 3, packed)
		if err != nil {
			rt.Fatal(err)
		}
		for i := range data {
			at, got, err := p.Next()
			if err != nil || at.Attachment != named[i] || string(got) != data[i] {
				rt.Fatalf("attachment %d: %q, %v", i, got, err)
			}
		}
		if _, _, err := p.Next(); err != io.EOF {
			rt.Fatal(err)
		}
		if err := p.Close(); err != nil {
			rt.Fatal(err)
		}
		i := rapid.IntRange(0, len(data)-1).Draw(rt, "which")
		if got, err := read.ReadAttachment(ctx, src, 3, true, named[i]); err != nil || string(got) != data[i] {
			rt.Fatalf("attachment %d: %q, %v", i, got, err)
		}
	})
}

func TestDamagedPacksAreTold(t *testing.T) {
	data := []string{"first", "second", "third"}
	named := []read.Attachment{attachmentOf("first"), attachmentOf("second"), attachmentOf("third")}
	packed, _ := read.Named(fullBundle(named))
	good := packOf(data...)
	swap := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	for name, test := range map[string]struct {
		pack string
		want string // what becomes of each attachment, and of the pack
	}{
		"good":                {good, "ok ok ok ok"},
		"one changed":         {swap("second", "zecond"), "ok damaged ok ok"},
		"something follows":   {good + "!", "ok ok ok damaged"},
		"cut off":             {good[:len(good)-7], "ok damaged damaged ok"},
		"header":              {swap("pack/1", "pack/2"), "ok ok ok damaged"},
		"count":               {swap("\x00\x00\x00\x03", "\x00\x00\x00\x02"), "ok ok ok damaged"},
		"index of fewer":      {packOf("first", "third"), "ok missing ok damaged"},
		"index in disorder":   {packOf("third", "second", "first"), "ok ok ok damaged"},
		"index of other size": {packOf("first", "second ", "third"), "ok ok ok damaged"},
		"empty":               {"", "missing missing missing damaged"},
	} {
		src := openSource(t, writeFiles(t, map[string]string{"pack/000": test.pack}))
		p, err := read.OpenPack(ctx, src, 0, packed)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for range data {
			_, _, err := p.Next()
			got = append(got, word(err))
		}
		got = append(got, word(p.Close()))
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: %v, not %s", name, got, test.want)
		}
	}
	src := openSource(t, t.TempDir())
	if _, err := read.OpenPack(ctx, src, 0, packed); !errors.Is(err, read.ErrMissing) {
		t.Errorf("no pack: %v", err)
	}
}

// word is what an error says of an attachment.
func word(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, read.ErrMissing):
		return "missing"
	case errors.Is(err, read.ErrDamaged):
		return "damaged"
	}
	return err.Error()
}

func TestIndexesThatAreNoneAreDamaged(t *testing.T) {
	good := packOf("first", "second", "third")
	line := func(n int) int { return 19 + 48*n }
	change := func(at int, b byte) string { return good[:at] + string(b) + good[at+1:] }
	for name, index := range map[string]string{
		"empty": "", "header": change(3, 'x'), "none": "bayyina.pack/1\n\x00\x00\x00\x00", "too many": "bayyina.pack/1\n\x00\x10\x00\x00" + strings.Repeat("x", 1000),
		"cut off": good[:line(2)+47], "a gap": change(line(1)+39, 200), "size 0": change(line(2)+47, 0),
		"twice": good[:line(1)] + good[line(0):line(0)+32] + good[line(1)+32:], "too large": change(line(2)+44, 2),
	} {
		if got, err := read.ReadPackIndex(strings.NewReader(index)); !errors.Is(err, read.ErrDamaged) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestAttachmentsAreCheckedWhereverTheyStand(t *testing.T) {
	small, other := attachmentOf("small"), attachmentOf("other")
	big := attachmentOf(strings.Repeat("big", read.MaxPacked/3+1))
	files := map[string]string{
		read.LoosePath(small): "small", read.LoosePath(other): "0ther", read.LoosePath(big): strings.Repeat("big", read.MaxPacked/3+1),
		"pack/001": packOf("packed", "other"),
	}
	src := openSource(t, writeFiles(t, files))
	packed, grown := attachmentOf("packed"), attachmentOf("small")
	grown.Size--
	for name, test := range map[string]struct {
		a    read.Attachment
		full bool
		want string
	}{
		"loose":                       {small, false, "ok"},
		"loose, of a full bundle":     {small, true, "missing"},
		"loose and damaged":           {other, false, "damaged"},
		"packed":                      {packed, true, "ok"},
		"packed since the checkpoint": {packed, false, "ok"},
		"nowhere":                     {attachmentOf("nowhere"), false, "missing"},
		"longer than its entry says":  {grown, false, "damaged"},
		"too large for a pack":        {big, true, "ok"},
	} {
		data, err := read.ReadAttachment(ctx, src, 1, test.full, test.a)
		if word(err) != test.want || err == nil && int64(len(data)) != test.a.Size {
			t.Errorf("%s: %d bytes, %v", name, len(data), err)
		}
	}
	for name, test := range map[string]struct {
		a    read.Attachment
		want string
	}{"good": {big, "ok"}, "damaged": {other, "damaged"}, "absent": {packed, "missing"}, "longer": {grown, "damaged"}} {
		if err := read.CheckLoose(ctx, src, test.a); word(err) != test.want {
			t.Errorf("check of a loose one, %s: %v", name, err)
		}
	}
}

// failing is a source that cannot be read.
type failing struct{ read.Source }

var errDisk = errors.New("disk error")

func (failing) Open(context.Context, string, int64, int64) (io.ReadCloser, error) {
	return io.NopCloser(io.MultiReader(strings.NewReader("bayyina.pack/1\n\x00\x00"), brokenReader{})), nil
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errDisk }

func TestUnreadableSourceIsNoFaultOfTheLog(t *testing.T) {
	a := attachmentOf("some")
	packed, _ := read.Named(fullBundle([]read.Attachment{a}))
	_, err := read.OpenPack(ctx, failing{}, 0, packed)
	_, full := read.ReadAttachment(ctx, failing{}, 0, true, a)
	_, part := read.ReadAttachment(ctx, failing{}, 0, false, a)
	_, bundle := read.ReadBundle(ctx, failing{}, 0, 300)
	_, tile := read.ReadTile(ctx, failing{}, 0, 0, 300)
	_, kept := read.Kept(ctx, failing{}, 7)
	for i, err := range []error{err, full, part, bundle, tile, kept, read.CheckLoose(ctx, failing{}, a)} {
		if !errors.Is(err, errDisk) || errors.Is(err, read.ErrDamaged) || errors.Is(err, read.ErrMissing) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

// FuzzPackIndex: what is read is written the same.
func FuzzPackIndex(f *testing.F) {
	f.Add([]byte(packOf("first", "second")))
	f.Add([]byte(packOf(strings.Repeat("x", 70_000))))
	f.Add(fmt.Appendf(nil, "bayyina.pack/1\n\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		packed, err := read.ReadPackIndex(bytes.NewReader(data))
		if err != nil {
			if !errors.Is(err, read.ErrDamaged) {
				t.Fatal(err)
			}
			return
		}
		again, err := read.PackIndex(packed)
		if err != nil || !bytes.HasPrefix(data, again) {
			t.Fatalf("written %x, %v", again, err)
		}
	})
}
