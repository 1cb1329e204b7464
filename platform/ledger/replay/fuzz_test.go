package replay

import (
	"bytes"
	"encoding/json"
	"testing"

	"bayyina/platform/ledger/read"
)

// FuzzState: a state that is taken up is saved the same, and nothing in one stops
// the program.
func FuzzState(f *testing.F) {
	r := newRun(nil, nil, nil, Options{})
	r.newest.Origin = "log.example/2026"
	r.seen = newSeen(r.newest.Origin)
	r.fault(read.Fault{Code: tileMissing, Sequence: -1}, args{"Path": "tile/0/000"})
	for i, hash := range []string{
		"0000000000000000000000000000000000000000000000000000000000000001",
		"1000000000000000000000000000000000000000000000000000000000000002",
	} {
		r.seen.place(hash, int64(i))
		r.seen.fresh(hash[:32])
		r.seen.Pending = append(r.seen.Pending, pending{Kind: "test.word/1", SignedBy: []string{"key"}})
	}
	sections, err := r.sections()
	if err != nil {
		f.Fatal(err)
	}
	var file bytes.Buffer
	if err := writeSections(&file, sections); err != nil {
		f.Fatal(err)
	}
	if again, err := readSections(file.Bytes()); err != nil || len(again) != fixedSections {
		f.Fatalf("%d sections, %v", len(again), err)
	}
	f.Add(file.Bytes(), sections[0], sections[1], sections[2], sections[3])
	f.Add([]byte(stateHeader), []byte(`{"seen":null}`), []byte{}, []byte{}, []byte{})
	f.Add([]byte{}, []byte(`{"seen":{"keys":{"origin":"log.example/2026"},"findings":{"log.times":null},"unknown":{}}}`), make([]byte, 8), []byte{1}, []byte{2})
	f.Fuzz(func(t *testing.T, file, head, frontier, ids, places []byte) {
		if _, err := readSections(file); err == nil && len(file) < len(stateHeader)+32 {
			t.Fatal("a file without a sum was read")
		}
		old, err := r.restore([][]byte{head, frontier, ids, places})
		if err != nil {
			return
		}
		if _, err := old.root(); err != nil {
			t.Fatal(err)
		}
		again := &run{seen: old, newest: r.newest}
		saved, err := again.sections()
		if err != nil {
			t.Fatal(err)
		}
		back, err := r.restore(saved)
		if err != nil {
			t.Fatalf("saved and not read: %v", err)
		}
		one, err := json.Marshal(old)
		if err != nil {
			t.Fatal(err)
		}
		two, err := json.Marshal(back)
		if err != nil || !bytes.Equal(one, two) || len(back.ids) != len(old.ids) || len(back.places) != len(old.places) {
			t.Fatalf("saved as %s, was %s (%v)", two, one, err)
		}
	})
}
