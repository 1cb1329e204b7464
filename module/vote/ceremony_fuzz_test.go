package vote

import (
	"bytes"
	"encoding/json"
	"testing"

	"bayyina/platform/ledger/read"
)

// aCeremony is one of two members and an authority, in which a certificate was said.
func aCeremony() *Ceremony {
	c := &Ceremony{
		Roster: Roster{
			Draft:      json.RawMessage(`{"uuid":"8QrCAeS5xbQKAY","name":"x","description":"","questions":[{"question":"q","answers":["a","b"],"min":0,"max":1,"blank":false}]}`),
			Thresholds: []int{1},
			Parties: []Party{
				{Kind: Member, Group: 1, Place: 1, Key: "a/1", Name: read.Bilingual{AR: "أ", EN: "a"}},
				{Kind: Member, Group: 1, Place: 2, Key: "b/1", Name: read.Bilingual{AR: "ب", EN: "b"}},
				{Kind: Authority, Key: "c/1", Name: read.Bilingual{AR: "ج", EN: "c"}},
			},
		},
		Election: "8QrCAeS5xbQKAY", Log: "log.example/1", Round: 1,
		Said: []Said{{Step: StepCertificate, Place: 1, SHA256: AttachmentOf([]byte("{}")).SHA256, Note: []byte("note"), Content: []byte("{}")}},
	}
	return c
}

// What is read as a parcel is written again as the same, within its limits.
func FuzzParcel(f *testing.F) {
	note := append(messageNote{"log.example/1", "8QrCAeS5xbQKAY", 1, StepCertificate, 1, "00"}.text(), "\n— a signature\n"...)
	for _, contents := range [][][]byte{nil, {[]byte("{}")}, {[]byte("{}"), []byte("[]")}} {
		parcel, err := Parcel(note, contents...)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(parcel)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		const limit = 1 << 12
		signed, contents, err := readParcel(bytes.NewReader(data), func([]byte) (int64, error) { return limit, nil })
		if err != nil {
			return
		}
		size := 0
		for _, c := range contents {
			size += len(c)
		}
		if len(contents) > maxContents || size > limit {
			t.Fatalf("%d contents of %d bytes", len(contents), size)
		}
		again, err := Parcel(signed, contents...)
		if err != nil {
			t.Fatal(err)
		}
		if note, err := ParcelNote(bytes.NewReader(again)); err != nil || !bytes.Equal(note, signed) {
			t.Fatalf("the note is %q, %v", note, err)
		}
		if n, err := parseMessageNote(signed); err == nil && !bytes.HasPrefix(signed, n.text()) {
			t.Fatalf("the note %q is read as %q", signed, n.text())
		}
	})
}

// What is read as a ceremony is written again as the same, and can be judged.
func FuzzReadCeremony(f *testing.F) {
	var file bytes.Buffer
	if err := aCeremony().WriteFile(&file); err != nil {
		f.Fatal(err)
	}
	if _, err := ReadCeremony(bytes.NewReader(file.Bytes())); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ReadCeremony(bytes.NewReader(data))
		if err != nil {
			return
		}
		for _, p := range c.Parties {
			c.Next(p)
		}
		c.Complaints()
		_, _ = c.Record() // most are too early
		var once, twice bytes.Buffer
		if err := c.WriteFile(&once); err != nil {
			t.Fatal(err)
		}
		again, err := ReadCeremony(bytes.NewReader(once.Bytes()))
		if err == nil {
			err = again.WriteFile(&twice)
		}
		if err != nil || !bytes.Equal(once.Bytes(), twice.Bytes()) {
			t.Fatalf("not the same again: %v", err)
		}
	})
}
