package credential

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"bayyina/core/canon"
	"bayyina/core/group"
	"bayyina/internal/peerdata"
)

func readJSON(tb testing.TB, value any, elem ...string) []byte {
	tb.Helper()
	path := filepath.Join(append([]string{peerdata.Dir(tb, "belenios")}, elem...)...)
	data, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	if value != nil {
		if err := json.Unmarshal(data, value); err != nil {
			tb.Fatal(err)
		}
	}
	return data
}

func TestKeysOfVectors(t *testing.T) {
	var v struct {
		Credentials []struct {
			UUID, Credential string
			Key              string            `json:"private_key"`
			Public           string            `json:"public_ed25519"`
			InFields         map[string]string `json:"sha256_of_public_text"`
		}
		B64 []struct{ Text, Hash string } `json:"b64_hash"`
	}
	readJSON(t, &v, "vectors.json")
	for _, c := range v.Credentials {
		p, err := ParsePrivate(c.Credential)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Key(group.Ed25519, c.UUID).String(); got != c.Key {
			t.Errorf("key of %s is %s, want %s", c.Credential, got, c.Key)
		}
		if got := p.Public(group.Ed25519, c.UUID).String(); got != c.Public {
			t.Errorf("public side of %s is %s, want %s", c.Credential, got, c.Public)
		}
		for name, want := range c.InFields {
			g, _ := group.ByName(name)
			if got := canon.Hex([]byte(p.Public(g, c.UUID).String())); got != want {
				t.Errorf("public side of %s in %s has hash %s, want %s", c.Credential, g, got, want)
			}
		}
	}
	for _, h := range v.B64 {
		if got := canon.B64([]byte(h.Text)); got != h.Hash {
			t.Errorf("hash of %q is %s, want %s", h.Text, got, h.Hash)
		}
	}
}

// Each voter's private credential leads to the entry with that voter's id, and the
// list without ids has the fingerprint that the peer's tool computed.
func TestListsOfRealElections(t *testing.T) {
	for _, name := range []string{"01-one-trustee", "04-blank", "09-big-weights", "10-revotes", "11-arabic", "17-big-500x20"} {
		var expected struct {
			UUID        string
			Fingerprint string `json:"credentials_fingerprint"`
		}
		private := map[string]string{}
		readJSON(t, &expected, name, "expected.json")
		readJSON(t, &private, name, "private_creds.json")
		data := readJSON(t, nil, name, "public_creds_with_ids.json")
		list, err := ParseListWithIDs(group.Ed25519, data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !bytes.Equal(list.BytesWithIDs(), data) {
			t.Errorf("%s: list is written otherwise than read", name)
		}
		if expected.Fingerprint != "" && list.Fingerprint() != expected.Fingerprint {
			t.Errorf("%s: fingerprint %s, want %s", name, list.Fingerprint(), expected.Fingerprint)
		}
		public, err := ParseList(group.Ed25519, list.Bytes())
		if err != nil || public.Len() != len(private) || public.TotalWeight() != list.TotalWeight() {
			t.Errorf("%s: public list: %v", name, err)
		}
		for id, text := range private {
			p, err := ParsePrivate(text)
			if err != nil {
				t.Fatal(err)
			}
			if i, ok := list.Find(p.Public(group.Ed25519, expected.UUID)); !ok || list.At(i).ID != id {
				t.Errorf("%s: credential of %s is not found under its id", name, id)
			}
		}
	}
}

// The elections of Belenios 2.0 have credentials of the old form, in a field.
func TestCredentialsOfBeforeBelenios23AreUsable(t *testing.T) {
	for name, g := range map[string]*group.Group{
		"20-debian-2.0-homomorphic": group.Belenios2048, "21-debian-2.0-ranked-threshold": group.RFC3526,
	} {
		var expected struct{ UUID string }
		readJSON(t, &expected, name, "expected.json")
		list, err := ParseListWithIDs(g, readJSON(t, nil, name, "public_creds_with_ids.json"))
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(string(readJSON(t, nil, name, "private_creds.json"))), "\n")
		if len(lines) != list.Len() {
			t.Errorf("%s: %d private credentials, %d public ones", name, len(lines), list.Len())
		}
		for _, line := range lines {
			id, text, _ := strings.Cut(line, " ")
			p, err := ParsePrivate(text)
			if err != nil {
				t.Fatal(err)
			}
			if i, ok := list.Find(p.Public(g, expected.UUID)); !ok || list.At(i).ID != id {
				t.Errorf("%s: credential of %s is not found under its id", name, id)
			}
			for at, c := range []byte(text) {
				next := Alphabet[(strings.IndexByte(Alphabet, c)+1)%len(Alphabet)]
				if mistyped := text[:at] + string(next) + text[at+1:]; c != '-' {
					if _, err := ParsePrivate(mistyped); !errors.Is(err, ErrPrivate) {
						t.Errorf("%s mistyped as %s: error is %v", text, mistyped, err)
					}
				}
			}
		}
	}
}

func TestTypingErrorsAreExplained(t *testing.T) {
	for text, want := range map[string]string{
		"":                           "1 groups",
		"11111-11111-11111":          "password",
		"11111-111111-11111":         "3 groups",
		"11111-111111-11111-11111":   "group 4 has 5 characters, not 6",
		"1111-111111-11111-111111":   "group 1 has 4",
		"11111-1O1111-11111-111111":  "group 2, character 2",
		"11111-111111-1111l-111111":  "group 3, character 5",
		"11111-111111-11111-11111 ":  "group 4, character 6",
		"11111-111111-11111-11111é":  "group 4, character 6",
		"11111-111111-11111-111111-": "5 groups",
		"111-111-111-111-111":        "does not fit",
		"111-1O1-111-111-111":        "group 2, character 2",
		"111-111-111-111-1é":         "group 5, character 2",
	} {
		_, err := ParsePrivate(text)
		if !errors.Is(err, ErrPrivate) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error is %v, want %q", text, err, want)
		}
		if errors.Is(err, ErrPassword) != (want == "password") {
			t.Errorf("%q: taken for a password: %v", text, err)
		}
	}
}

func TestGeneratedCredentialsAreWellFormedAndHidden(t *testing.T) {
	seen := map[rune]bool{}
	for range 200 {
		p, err := Generate(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := ParsePrivate(p.Reveal()); err != nil || again != p {
			t.Fatalf("generated credential is refused: %v", err)
		}
		if shown := fmt.Sprintf("%v %s %+v %#v", p, p, p, p); strings.Contains(shown, p.Reveal()) {
			t.Fatal("credential shown by fmt")
		}
		for _, c := range p.Reveal() {
			seen[c] = true
		}
	}
	if len(seen) != 59 {
		t.Errorf("%d different characters, want all 58 and the hyphen", len(seen))
	}
	if _, err := Generate(iotest.ErrReader(errors.New("no randomness"))); err == nil {
		t.Error("credential made without randomness")
	}
}

func TestBadListsAreRefused(t *testing.T) {
	elements := []string{}
	list, err := NewList([]Entry{
		{Public: group.Ed25519.BaseMult(group.Ed25519.NewScalar(1)), Weight: 1}, {Public: group.Ed25519.BaseMult(group.Ed25519.NewScalar(2)), Weight: 1},
	}, false)
	if err != nil {
		t.Fatal(err)
	}
	for i := range list.Len() {
		elements = append(elements, list.At(i).Public.String())
	}
	a, b := elements[0], elements[1]
	for name, test := range map[string]struct {
		text string
		want error
	}{
		"duplicate":               {`["` + a + `","` + a + `"]`, ErrDuplicate},
		"out of order":            {`["` + b + `","` + a + `"]`, ErrList},
		"mixed weights":           {`["` + a + `,1","` + b + `"]`, ErrList},
		"too heavy":               {`["` + a + `,99999999999","` + b + `,2"]`, ErrList},
		"too heavy by wrapping":   {`["` + a + `,18446744073709551615","` + b + `,2"]`, ErrList},
		"beyond 64 bits":          {`["` + a + `,18446744073709551616"]`, ErrList},
		"leading zero":            {`["` + a + `,01"]`, ErrList},
		"negative":                {`["` + a + `,-1"]`, ErrList},
		"empty weight":            {`["` + a + `,"]`, ErrList},
		"id in a public list":     {`["` + a + `,1,x"]`, ErrList},
		"upper case":              {`["` + strings.ToUpper(b) + `"]`, group.ErrElement},
		"space":                   {`["` + a + `", "` + b + `"]`, canon.ErrNotCanonical},
		"no array":                {`"` + a + `"`, canon.ErrNotCanonical},
		"behind the end":          {`["` + a + `"]]`, canon.ErrNotCanonical},
		"no element":              {`[""]`, group.ErrElement},
		"point outside subgroup":  {`["7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec"]`, group.ErrElement},
		"number in place of text": {`[1]`, canon.ErrNotCanonical},
	} {
		if _, err := ParseList(group.Ed25519, []byte(test.text)); !errors.Is(err, test.want) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	for _, text := range []string{`["` + a + `,1"]`, `["` + a + `"]`, `["` + a + `,1,"]`} {
		if _, err := ParseListWithIDs(group.Ed25519, []byte(text)); !errors.Is(err, ErrList) {
			t.Errorf("%s with ids: error is %v", text, err)
		}
	}
	for _, id := range []string{strings.Repeat("x", maxID+1), "\xff"} {
		if _, err := NewList([]Entry{{Public: group.Ed25519.Generator(), Weight: 1, ID: id}}, false); !errors.Is(err, ErrList) {
			t.Errorf("id %.10q: error is %v", id, err)
		}
	}
	if _, err := NewList([]Entry{{Public: group.Ed25519.Generator(), Weight: 2}}, false); !errors.Is(err, ErrList) {
		t.Errorf("implicit weight 2: error is %v", err)
	}
}

func TestIssuedListIsReadAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		explicit := rapid.Bool().Draw(t, "explicit")
		ids := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z, "\\ع]{1,8}`), 0, 5, rapid.ID[string]).Draw(t, "ids")
		var voters []Voter
		for _, id := range ids {
			v := Voter{ID: id, Weight: 1}
			if explicit {
				v.Weight = rapid.Uint64Max(20_000_000_000).Draw(t, "weight")
			}
			voters = append(voters, v)
		}
		privates, list, err := Issue(rand.Reader, group.Ed25519, "vLeneQWFW5VYoa", voters, explicit)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseListWithIDs(group.Ed25519, list.BytesWithIDs())
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range privates {
			at, ok := again.Find(p.Public(group.Ed25519, "vLeneQWFW5VYoa"))
			if !ok || again.At(at).ID != voters[i].ID || again.At(at).Weight != voters[i].Weight {
				t.Fatalf("voter %d not found as issued", i)
			}
		}
	})
	for _, voters := range [][]Voter{{{"a", 1}, {"a", 1}}, {{"", 1}}} {
		if _, _, err := Issue(rand.Reader, group.Ed25519, "vLeneQWFW5VYoa", voters, false); err == nil {
			t.Errorf("credentials issued for %v", voters)
		}
	}
}

func TestInLongListsTheWrongElementIsNamed(t *testing.T) {
	g := group.Ed25519
	entries := make([]Entry, 2*atOnce+9)
	e := g.Identity()
	for i := range entries {
		entries[i] = Entry{Public: e, Weight: 1}
		e = e.Add(g.Generator())
	}
	list, err := NewList(entries, false)
	if err != nil {
		t.Fatal(err)
	}
	text := list.Bytes()
	again, err := ParseList(g, text)
	if err != nil || !bytes.Equal(again.Bytes(), text) {
		t.Fatalf("a long list is read as another one: %v", err)
	}
	const small = "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec" // of order 2
	for _, place := range []int{atOnce - 1, atOnce, len(entries) - 1} {
		wrong := bytes.Replace(text, list.At(place).Public.AppendText(nil), []byte(small), 1)
		_, err := ParseList(g, wrong)
		if !errors.Is(err, group.ErrElement) || !strings.Contains(err.Error(), fmt.Sprintf("credential %d:", place+1)) {
			t.Errorf("element %d is wrong: error is %v", place+1, err)
		}
	}
}

func FuzzParseList(f *testing.F) {
	g := group.Ed25519.Generator().String()
	f.Add([]byte(`[]`))
	f.Add([]byte(`["` + g + `"]`))
	f.Add([]byte(`["` + g + `,3"]`))
	f.Add([]byte(`["` + g + `,,v\u007f"]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if l, err := ParseList(group.Ed25519, data); err == nil && !bytes.Equal(l.Bytes(), data) {
			t.Fatalf("%s is written %s", data, l.Bytes())
		}
		if l, err := ParseListWithIDs(group.Ed25519, data); err == nil && l.Len() > 0 && !bytes.Equal(l.BytesWithIDs(), data) {
			t.Fatalf("%s is written %s", data, l.BytesWithIDs())
		}
	})
}

func FuzzParsePrivate(f *testing.F) {
	f.Add("11111-111111-11111-111112")
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := ParsePrivate(text); err == nil && (p.Reveal() != text || len(text) != 25) {
			t.Fatalf("%q read as %q", text, p.Reveal())
		}
	})
}
