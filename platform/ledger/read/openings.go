package read

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Openings are what opens sealed values of one statement (docs/PROTOCOL.md section 3).
// Who destroys them closes the values for ever.
type Openings struct {
	Kind     string    `json:"kind"`
	ID       string    `json:"id"`
	Openings []Opening `json:"openings"`
}

// Opening opens the sealed value at a path.
type Opening struct {
	Path  string `json:"path"`
	Salt  string `json:"salt"` // 64 hex digits
	Value string `json:"value"`
}

// Open adds the opening of a value.
func (o *Openings) Open(path string, salt [SaltSize]byte, value string) {
	o.Openings = append(o.Openings, Opening{Path: path, Salt: hex.EncodeToString(salt[:]), Value: value})
}

// ParseOpenings reads a file of openings. It believes nothing in it: see Check.
func ParseOpenings(text []byte) (*Openings, error) {
	o := new(Openings)
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(o)
	if err == nil {
		if _, more := decoder.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("more follows behind the JSON value")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("not openings of sealed values: %w", err)
	}
	return o, nil
}

// Check checks each opening against what the statement holds; ErrNotSealed is of one that
// opens nothing there.
func (o *Openings) Check(s Statement) error {
	if o.Kind != s.Kind || o.ID != s.ID {
		return fmt.Errorf("they open values of %q %q, and this is %s %s", o.Kind, o.ID, s.Kind, s.ID)
	}
	for _, one := range o.Openings {
		var salt [SaltSize]byte
		raw, err := hex.DecodeString(one.Salt)
		if err != nil || len(raw) != len(salt) {
			return fmt.Errorf("%q: a salt is %d hex digits", one.Path, 2*len(salt))
		}
		copy(salt[:], raw)
		sealed, err := SealedAt(s.Body, one.Path)
		if err != nil {
			return err
		}
		if err := CheckSealed(sealed, s.Kind, s.ID, one.Path, salt, one.Value); err != nil {
			return err
		}
	}
	return nil
}

// Encode writes the file.
func (o *Openings) Encode() ([]byte, error) {
	text, err := json.MarshalIndent(o, "", "  ")
	return append(text, '\n'), err
}
