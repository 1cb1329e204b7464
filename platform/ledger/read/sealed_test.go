package read_test

import (
	"testing"

	"bayyina/platform/ledger/read"

	"pgregory.net/rapid"
)

const (
	sealedKind = "log.genesis/1"
	sealedID   = "00112233445566778899aabbccddeeff"
	sealedPath = "keys.3.holder"
)

// countingSalt is 00, 01, … 1f.
func countingSalt() (salt [read.SaltSize]byte) {
	for i := range salt {
		salt[i] = byte(i)
	}
	return salt
}

// The hashes were computed in Python from docs/PROTOCOL.md section 3.
func TestSealedValuesAreTheProtocols(t *testing.T) {
	for value, hash := range map[string]string{
		"سليمة الورفلي": "5e30e17e9c4854bc4e870ad58c2dc14675c7066714db966a94c051df971b735b",
		"":              "a41729a51b2bd4c63d92f10d33c189f18e30d45044de741caa244ff4468ff5aa",
	} {
		if got := read.SealValue(sealedKind, sealedID, sealedPath, countingSalt(), value); got.Hash != hash {
			t.Errorf("%q: %s, want %s", value, got.Hash, hash)
		}
	}
}

func TestSealedValueOpensOnlyInItsPlace(t *testing.T) {
	salt := countingSalt()
	sealed := read.SealValue(sealedKind, sealedID, sealedPath, salt, "value")
	if err := read.CheckSealed(sealed, sealedKind, sealedID, sealedPath, salt, "value"); err != nil {
		t.Fatal(err)
	}
	otherSalt := salt
	otherSalt[31] ^= 1
	for name, err := range map[string]error{
		"kind":            read.CheckSealed(sealed, "log.keys/1", sealedID, sealedPath, salt, "value"),
		"statement":       read.CheckSealed(sealed, sealedKind, "1"+sealedID[1:], sealedPath, salt, "value"),
		"path":            read.CheckSealed(sealed, sealedKind, sealedID, "keys.4.holder", salt, "value"),
		"salt":            read.CheckSealed(sealed, sealedKind, sealedID, sealedPath, otherSalt, "value"),
		"value":           read.CheckSealed(sealed, sealedKind, sealedID, sealedPath, salt, "other"),
		"hash":            read.CheckSealed(read.Sealed{}, sealedKind, sealedID, sealedPath, salt, "value"),
		"shifted lengths": read.CheckSealed(sealed, sealedKind, sealedID+"k", sealedPath[1:], salt, "value"),
	} {
		if err == nil {
			t.Errorf("another %s opened it, too", name)
		}
	}
}

func TestSealedValueIsFoundInItsPlaceOnly(t *testing.T) {
	body := []byte(`{"keys":[{"key":"a"},{"key":"b","holder":{"sealed":"00ff"}},{"holder":{"sealed":1}},{"holder":{"sealed":"00","x":1}}],"sealed":"12"}`)
	if got, err := read.SealedAt(body, "keys.1.holder"); err != nil || got.Hash != "00ff" {
		t.Errorf("%+v, %v", got, err)
	}
	for _, path := range []string{
		"", "keys", "keys.0", "keys.0.holder", "keys.01.holder", "keys.-1.holder", "keys.4.holder", "keys.x.holder",
		"keys.1.holder.sealed", "keys.1.holder.sealed.x", "keys.2.holder", "keys.3.holder", "sealed", "holder",
	} {
		if got, err := read.SealedAt(body, path); err == nil {
			t.Errorf("%s: %+v", path, got)
		}
	}
	if _, err := read.SealedAt([]byte(`{`), "keys"); err == nil {
		t.Error("found in what is no JSON")
	}
}

func TestNoTwoValuesSealAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.String().Draw(t, "a"), rapid.String().Draw(t, "b")
		salt := countingSalt()
		if (read.SealValue("k", "i", a, salt, b) == read.SealValue("k", "i", b, salt, a)) != (a == b) {
			t.Fatalf("path %q and value %q", a, b)
		}
	})
}
