package main

import (
	"crypto/rand"
	"testing"

	"bayyina/platform/ledger"
	"bayyina/platform/ledger/read"
)

const someID = "00112233445566778899aabbccddeeff"

// FuzzHolders: what is sealed is opened again in its place, and nowhere else.
func FuzzHolders(f *testing.F) {
	f.Add("# comment\nroot.example سليمة الورفلي\n\nentry.example  Data centre\n")
	f.Add("root.example A\nroot.example B")
	f.Add("entry.example a \"quoted\" <name>\r\n")
	f.Fuzz(func(t *testing.T, lines string) {
		g := ledger.Genesis{Keys: []ledger.GenesisKey{{Role: "root", Key: "root.example+00+AA"}, {Role: "entry", Key: "entry.example+00+AA"}}}
		sealed, err := sealHolders(rand.Reader, &g, someID, lines)
		if err != nil {
			return
		}
		text, err := sealed.Encode()
		if err != nil {
			t.Fatal(err)
		}
		opened, err := read.ParseOpenings(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		body, err := ledger.EncodeBody(g)
		if err != nil {
			t.Fatal(err)
		}
		s := read.Statement{Kind: read.KindGenesis, ID: someID, Body: body}
		if err := opened.Check(s); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		for i := range opened.Openings {
			opened.Openings[i].Value += "x"
			if opened.Check(s) == nil {
				t.Fatalf("another value opens %s", opened.Openings[i].Path)
			}
			opened.Openings[i].Value = sealed.Openings[i].Value
		}
	})
}

// FuzzOpenings: nothing in a file of openings is believed, or harms.
func FuzzOpenings(f *testing.F) {
	f.Add([]byte(`{"kind":"log.genesis/1","id":"00","openings":[{"path":"keys.0.holder","salt":"00","value":"x"}]}`))
	f.Add([]byte(`{"kind":"log.genesis/1","id":"00","openings":[{"path":"keys.0.holder","salt":"` + someID + someID + `","value":"x"}]}`))
	f.Add([]byte(`{}{}`))
	body := []byte(`{"keys":[{"holder":{"sealed":"` + someID + someID + `"}}]}`)
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := read.ParseOpenings(data)
		if err != nil {
			return
		}
		o.Kind, o.ID = read.KindGenesis, someID
		if err := o.Check(read.Statement{Kind: o.Kind, ID: o.ID, Body: body}); err == nil && len(o.Openings) > 0 {
			t.Fatalf("%q opens what was never sealed", data)
		}
	})
}
