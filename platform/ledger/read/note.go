package read

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of a signed note (docs/PROTOCOL.md section 2).
const (
	MaxNote       = 65535 // bytes
	maxSignatures = 32    // signature lines
	maxName       = 128   // bytes of a key's name
)

// Signature is one signature line of a note. That it is good, nobody has said yet.
type Signature struct {
	Name  string // of the key
	ID    uint32 // of the key
	Bytes []byte // what follows the key id
}

// Note is a signed note (c2sp.org/signed-note) taken apart, nothing verified.
type Note struct {
	Text       []byte // with the newline that ends it
	Signatures []Signature
}

// ParseNote takes a signed note apart and refuses every other form: more than
// MaxNote bytes, text that is not UTF-8 or holds a control character other than
// LF, no signature line or more than 32.
func ParseNote(raw []byte) (Note, error) {
	if len(raw) > MaxNote {
		return Note{}, fmt.Errorf("note: %d bytes, more than %d", len(raw), MaxNote)
	}
	if !utf8.Valid(raw) {
		return Note{}, errors.New("note: not UTF-8")
	}
	for i, b := range raw {
		if b < 0x20 && b != '\n' {
			return Note{}, fmt.Errorf("note: control character U+%04X at byte %d", b, i)
		}
	}
	// The text may hold empty lines: the signatures follow the last one.
	split := bytes.LastIndex(raw, []byte("\n\n"))
	if split < 0 {
		return Note{}, errors.New("note: no empty line before the signatures")
	}
	n := Note{Text: raw[:split+1]}
	lines, ok := strings.CutSuffix(string(raw[split+2:]), "\n")
	if !ok {
		return Note{}, errors.New("note: no signature line that ends with a newline")
	}
	for line := range strings.SplitSeq(lines, "\n") {
		if len(n.Signatures) == maxSignatures {
			return Note{}, fmt.Errorf("note: more than %d signature lines", maxSignatures)
		}
		s, err := parseSignature(line)
		if err != nil {
			return Note{}, fmt.Errorf("note: signature line %d: %w", len(n.Signatures)+1, err)
		}
		n.Signatures = append(n.Signatures, s)
	}
	return n, nil
}

func parseSignature(line string) (Signature, error) {
	rest, ok := strings.CutPrefix(line, "— ")
	name, encoded, two := strings.Cut(rest, " ")
	if !ok || !two {
		return Signature{}, errors.New("not of the form “— name base64”")
	}
	if err := checkName(name); err != nil {
		return Signature{}, err
	}
	b, err := decodeBase64(encoded)
	if err != nil {
		return Signature{}, err
	}
	if len(b) < 5 {
		return Signature{}, fmt.Errorf("%d bytes: no key id and signature", len(b))
	}
	return Signature{Name: name, ID: binary.BigEndian.Uint32(b), Bytes: b[4:]}, nil
}

// decodeBase64 reads the one spelling of bytes in standard base64 with padding. The
// library's decoder alone would skip line ends.
func decodeBase64(text string) ([]byte, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	if err == nil && len(text) != base64.StdEncoding.EncodedLen(len(b)) {
		err = errors.New("line end within base64")
	}
	return b, err
}

// checkName applies signed-note's rule for key names, and a limit.
func checkName(name string) error {
	if name == "" || len(name) > maxName || strings.Contains(name, "+") || strings.ContainsFunc(name, unicode.IsSpace) || !utf8.ValidString(name) {
		return fmt.Errorf("malformed key name %.140q", name)
	}
	return nil
}

// parseLines splits a note's text into exactly n lines.
func parseLines(text []byte, n int) ([]string, error) {
	lines := strings.SplitN(string(text), "\n", n+2)
	if len(lines) != n+1 || lines[n] != "" {
		return nil, fmt.Errorf("not %d lines of text", n)
	}
	return lines[:n], nil
}
