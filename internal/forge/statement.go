package forge

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"bayyina/platform/ledger/read"

	"golang.org/x/mod/sumdb/note"
)

const timeLayout = "2006-01-02T15:04:05Z"

// Statement is what somebody says, before it is signed.
type Statement struct {
	Origin string
	Kind   string
	ID     string // 32 hex digits
	From   time.Time
	Until  time.Time
	Body   []byte
}

// Text returns the text that is signed.
func (s Statement) Text() []byte {
	return fmt.Appendf(nil, "bayyina.statement/1\n%s\n%s\n%s\n%s %s\n%s\n", s.Origin, s.Kind, s.ID,
		s.From.UTC().Format(timeLayout), s.Until.UTC().Format(timeLayout), s.Body)
}

// Encode sets the body to the JSON of v.
func (s *Statement) Encode(v any) error {
	body, err := read.EncodeBody(v)
	s.Body = body
	return err
}

// Sign returns the statement with signature lines of the signers, in their order,
// twice where one stands twice.
func (s Statement) Sign(signers ...note.Signer) ([]byte, error) { return Sign(s.Text(), signers...) }

// Sign returns a text as a signed note. Unlike the note package it writes whatever
// it is told.
func Sign(text []byte, signers ...note.Signer) ([]byte, error) {
	return AddSignatures(append(bytes.Clone(text), '\n'), text, signers...)
}

// AddSignatures appends signature lines over text to a signed note.
func AddSignatures(raw, text []byte, signers ...note.Signer) ([]byte, error) {
	out := bytes.Clone(raw)
	for _, s := range signers {
		sig, err := s.Sign(text)
		if err != nil {
			return nil, fmt.Errorf("forge signature by %s: %w", s.Name(), err)
		}
		out = append(out, Line(s.Name(), s.KeyHash(), sig)...)
	}
	return out, nil
}

// Line writes a signature line.
func Line(name string, id uint32, signature []byte) []byte {
	data := append(binary.BigEndian.AppendUint32(nil, id), signature...)
	return fmt.Appendf(nil, "— %s %s\n", name, base64.StdEncoding.EncodeToString(data))
}

// parse takes the statement of entry i apart.
func (h *History) parse(i int64) (read.Statement, Statement, error) {
	r, err := read.ParseStatement(h.Entries[i].Statement)
	if err != nil && !errors.Is(err, read.ErrBody) {
		return read.Statement{}, Statement{}, fmt.Errorf("entry %d: %w", i, err)
	}
	return r, Statement{Origin: r.Origin, Kind: r.Kind, ID: r.ID, From: r.From, Until: r.Until, Body: r.Body}, nil
}

// Statement returns what entry i says.
func (h *History) Statement(i int64) (Statement, error) {
	_, s, err := h.parse(i)
	return s, err
}

// Restate changes what entry i says and has it signed by these signers alone.
func (h *History) Restate(i int64, change func(*Statement), signers ...note.Signer) error {
	_, s, err := h.parse(i)
	if err != nil {
		return err
	}
	change(&s)
	h.Entries[i].Statement, err = s.Sign(signers...)
	return err
}

// Alter changes what entry i says and leaves the signature lines that were there.
func (h *History) Alter(i int64, change func(*Statement)) error {
	r, s, err := h.parse(i)
	if err != nil {
		return err
	}
	change(&s)
	h.Entries[i].Statement = append(append(s.Text(), '\n'), lines(r.Signatures)...)
	return nil
}

// Said reads what entry i says.
func Said[B any](h *History, i int64) (b B, err error) {
	s, err := h.Statement(i)
	if err != nil {
		return b, err
	}
	return b, read.DecodeBody(s.Body, &b)
}

// Resay changes what entry i says and has it signed by the signers alone; where there are
// none, the signature lines stay that were there.
func Resay[B any](h *History, i int64, change func(*B), signers ...note.Signer) error {
	b, err := Said[B](h, i)
	if err != nil {
		return err
	}
	change(&b)
	var encoding error
	encode := func(s *Statement) { encoding = s.Encode(b) }
	if len(signers) > 0 {
		err = h.Restate(i, encode, signers...)
	} else {
		err = h.Alter(i, encode)
	}
	if err == nil {
		err = encoding
	}
	return err
}

// Unsign removes the signature lines of a key from the statement of entry i.
func (h *History) Unsign(i int64, name string) error {
	r, s, err := h.parse(i)
	if err != nil {
		return err
	}
	var kept []read.Signature
	for _, sig := range r.Signatures {
		if sig.Name != name {
			kept = append(kept, sig)
		}
	}
	if len(kept) == len(r.Signatures) {
		return fmt.Errorf("entry %d: %s did not sign it", i, name)
	}
	h.Entries[i].Statement = append(append(s.Text(), '\n'), lines(kept)...)
	return nil
}

func lines(sigs []read.Signature) []byte {
	var out []byte
	for _, s := range sigs {
		out = append(out, Line(s.Name, s.ID, s.Bytes)...)
	}
	return out
}
