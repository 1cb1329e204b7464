package trustee

import (
	"fmt"
	"io"

	"bayyina/core/canon"
	"bayyina/core/group"
	"bayyina/core/proof"
)

// Authority is what an external credential authority certifies: that a list of
// credentials is its own. It signs with keys derived from a seed, as members of a
// threshold block do.
type Authority struct {
	UUID        string // of the election
	Credentials int    // how many
	ListHash    string // hexadecimal SHA-256 of the public list
	// Verification checks the authority's signature, Encryption encrypts to it.
	Verification, Encryption *group.Element
}

// write writes the certificate up to where its signature follows.
func (a Authority) write(w *canon.Writer) {
	w.Begin('{').Key("uuid").String(a.UUID).Key("voter_list_length").Int(int64(a.Credentials))
	w.Key("public_creds_hash").String(a.ListHash)
	w.Key("verification_key").Append(a.Verification.AppendText)
	w.Key("encryption_key").Append(a.Encryption.AppendText)
}

// digest is the text that the authority signs.
func (a Authority) digest() string {
	var w canon.Writer
	a.write(&w)
	return canon.Hex(w.End('}').Bytes())
}

// Certify makes the certificate of the authority that holds the key, which fills in
// its own keys.
func (k *Key) Certify(a Authority, random io.Reader) ([]byte, error) {
	a.Verification, a.Encryption = k.Verification, k.Encryption
	s, err := k.signMessage(a.digest(), random)
	if err != nil {
		return nil, err
	}
	var w canon.Writer
	a.write(&w)
	w.Key("signature")
	s.write(&w)
	return w.End('}').Bytes(), nil
}

// ParseAuthority reads the credentials certificate of the set-up of an election in the group and
// checks its signature. Whether it is of the election and its list is for the
// caller to compare; whose key it is, the archive does not say.
func ParseAuthority(g *group.Group, text []byte) (Authority, error) {
	r := canon.NewReader(text, maxMessage)
	var a Authority
	r.Literal(`{"uuid":`)
	a.UUID = r.String()
	r.Literal(`,"voter_list_length":`)
	a.Credentials = int(r.Int(1 << 30))
	r.Literal(`,"public_creds_hash":`)
	a.ListHash = string(r.Plain())
	r.Literal(`,"verification_key":`)
	a.Verification = proof.ReadElement(r, g)
	r.Literal(`,"encryption_key":`)
	a.Encryption = proof.ReadElement(r, g)
	r.Literal(`,"signature":`)
	s := readSigned(r, g)
	r.Literal("}")
	if err := r.End(); err != nil {
		return Authority{}, fmt.Errorf("credentials certificate: %w", err)
	}
	if want := a.digest(); s.message != want {
		return Authority{}, fmt.Errorf("credentials certificate: signed is %.64q, must be %q", s.message, want)
	}
	if err := s.verify(a.Verification); err != nil {
		return Authority{}, fmt.Errorf("credentials certificate: %w", err)
	}
	return a, nil
}
