package identity

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

// MaxStatement is the most bytes of a statement, with its signatures, that is
// signed. An entry of the log, which must hold it, has at most 65,535 bytes.
const MaxStatement = 64 << 10

// Document is what a person is asked to sign: a text, perhaps with signatures of
// others under it.
type Document struct {
	Text       string           // what a signature covers
	Signatures []note.Signature // there already, not verified
	raw        []byte
	signed     bool
}

// ParseDocument reads a text or a signed note (c2sp.org/signed-note) and refuses
// what cannot be a note's text: bytes that are not UTF-8, control characters, no
// newline at the end.
func ParseDocument(raw []byte) (*Document, error) {
	if len(raw) > MaxStatement {
		return nil, fmt.Errorf("the statement has more than %d bytes", MaxStatement)
	}
	if err := checkText(raw); err != nil {
		return nil, err
	}
	// No key is known here, so a well-formed note comes back as unverified.
	_, err := note.Open(raw, note.VerifierList())
	if unverified, ok := errors.AsType[*note.UnverifiedNoteError](err); ok {
		n := unverified.Note
		return &Document{Text: n.Text, Signatures: n.UnverifiedSigs, raw: raw, signed: true}, nil
	}
	if bytes.Contains(raw, []byte("\n— ")) {
		return nil, errors.New("the statement has a line that begins like a signature, but is not a well-formed signed note")
	}
	return &Document{Text: string(raw), raw: raw}, nil
}

func checkText(raw []byte) error {
	if len(raw) == 0 {
		return errors.New("the statement is empty")
	}
	if !utf8.Valid(raw) {
		return errors.New("the statement is not UTF-8")
	}
	for i, r := range string(raw) {
		if (r < 0x20 || r == 0x7f) && r != '\n' {
			return fmt.Errorf("the statement has a control character (U+%04X) at byte %d", r, i)
		}
	}
	if raw[len(raw)-1] != '\n' {
		return errors.New("the statement does not end with a newline")
	}
	return nil
}

// Sign returns the document with a signature line of signer appended. All bytes
// that were there stay as they were. A second signature by the same key is refused.
func (d *Document) Sign(signer note.Signer) ([]byte, error) {
	for _, s := range d.Signatures {
		if s.Name == signer.Name() && s.Hash == signer.KeyHash() {
			return nil, fmt.Errorf("the statement already carries a signature by %s+%08x", s.Name, s.Hash)
		}
	}
	sig, err := signer.Sign([]byte(d.Text))
	if err != nil {
		return nil, fmt.Errorf("sign as %s: %w", signer.Name(), err)
	}
	hash := signer.KeyHash()
	sig = append([]byte{byte(hash >> 24), byte(hash >> 16), byte(hash >> 8), byte(hash)}, sig...)

	out := bytes.Clone(d.raw)
	if !d.signed {
		out = append(out, '\n')
	}
	return fmt.Appendf(out, "— %s %s\n", signer.Name(), base64.StdEncoding.EncodeToString(sig)), nil
}
