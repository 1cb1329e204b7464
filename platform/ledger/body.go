package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// maxDepth bounds the nesting of a body.
const maxDepth = 32

// Attachment names bytes that stand beside the log.
type Attachment struct {
	SHA256 string `json:"sha256"` // 64 hex digits
	Size   int64  `json:"size"`   // bytes, 1 to 2^32
}

// EncodeBody writes v as the body of a statement: compact JSON, members in the
// order of the struct's fields, only the escapes that the protocol names.
func EncodeBody(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode body: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// scanBody checks that body is one JSON object in the protocol's only spelling,
// and returns the attachments that it names, each once.
func scanBody(body []byte) ([]Attachment, error) {
	if len(body) == 0 || body[0] != '{' {
		return nil, errors.New("not a JSON object")
	}
	s := scanner{dec: json.NewDecoder(bytes.NewReader(body))}
	s.dec.UseNumber()
	if err := s.value(0); err != nil {
		return nil, err
	}
	if _, err := s.dec.Token(); err != io.EOF {
		return nil, errors.New("something follows the JSON object")
	}
	if !bytes.Equal(s.out.Bytes(), body) {
		return nil, errors.New("not canonical: it would be encoded otherwise")
	}
	return s.found, nil
}

// scanner writes each token anew, so that what comes out shows whether what
// went in was canonical.
type scanner struct {
	dec   *json.Decoder
	out   bytes.Buffer
	found []Attachment
}

// value copies the next value.
func (s *scanner) value(depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("nested deeper than %d", maxDepth)
	}
	tok, err := s.dec.Token()
	if err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	switch v := tok.(type) {
	case json.Delim:
		if v == '{' {
			return s.object(depth)
		}
		return s.array(depth)
	case json.Number:
		return s.number(v)
	case string:
		return s.string(v)
	case bool:
		s.out.WriteString(strconv.FormatBool(v))
		return nil
	}
	return errors.New("null is not allowed")
}

func (s *scanner) array(depth int) error {
	s.out.WriteByte('[')
	for first := true; s.dec.More(); first = false {
		if !first {
			s.out.WriteByte(',')
		}
		if err := s.value(depth + 1); err != nil {
			return err
		}
	}
	s.out.WriteByte(']')
	_, err := s.dec.Token()
	return err
}

func (s *scanner) object(depth int) error {
	start := s.out.Len()
	s.out.WriteByte('{')
	names := make(map[string]bool)
	for s.dec.More() {
		tok, err := s.dec.Token()
		if err != nil {
			return fmt.Errorf("not JSON: %w", err)
		}
		name := tok.(string) // the decoder yields nothing else before a colon
		if names[name] {
			return fmt.Errorf("member %q stands twice", name)
		}
		if len(names) > 0 {
			s.out.WriteByte(',')
		}
		names[name] = true
		if err := s.string(name); err != nil {
			return err
		}
		s.out.WriteByte(':')
		if err := s.value(depth + 1); err != nil {
			return err
		}
	}
	s.out.WriteByte('}')
	if _, err := s.dec.Token(); err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	return s.attachment(s.out.Bytes()[start:])
}

// integer is the protocol's spelling of a number; the limit 2^53 is checked
// beside it.
var integer = regexp.MustCompile(`^(0|-?[1-9][0-9]{0,15})$`)

func (s *scanner) number(n json.Number) error {
	if v, err := n.Int64(); err != nil || !integer.MatchString(n.String()) || v >= 1<<53 || v <= -1<<53 {
		return fmt.Errorf("%s is no integer of less than 54 bits", n)
	}
	s.out.WriteString(n.String())
	return nil
}

func (s *scanner) string(v string) error {
	enc := json.NewEncoder(&s.out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	s.out.Truncate(s.out.Len() - 1) // the encoder ends the line
	return nil
}

// attachmentForm is the one spelling of an attachment.
var attachmentForm = regexp.MustCompile(`^\{"sha256":"([0-9a-f]{64})","size":([1-9][0-9]{0,9})\}$`)

// attachment notes an object that has an attachment's members.
func (s *scanner) attachment(object []byte) error {
	if len(object) > 120 {
		return nil
	}
	m := attachmentForm.FindSubmatch(object)
	if m == nil {
		return nil
	}
	size, err := strconv.ParseInt(string(m[2]), 10, 64)
	if err != nil || size > 1<<32 {
		return fmt.Errorf("attachment %s: size %s is above 2^32", m[1], m[2])
	}
	a := Attachment{SHA256: string(m[1]), Size: size}
	for _, f := range s.found {
		if f.SHA256 == a.SHA256 && f.Size != a.Size {
			return fmt.Errorf("attachment %s is named with two sizes", a.SHA256)
		}
		if f == a {
			return nil
		}
	}
	s.found = append(s.found, a)
	return nil
}

// mayNameAttachments tells cheaply whether a body can name any.
func mayNameAttachments(note string) bool { return strings.Contains(note, `{"sha256":"`) }
