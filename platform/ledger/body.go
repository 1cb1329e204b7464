package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
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
	s := scanner{rest: body}
	if s.next() != '{' {
		return nil, errors.New("not a JSON object")
	}
	if err := s.value(0); err != nil {
		return nil, err
	}
	if len(s.rest) > 0 {
		return nil, errors.New("something follows the JSON object")
	}
	return s.found, nil
}

var errSpelling = errors.New("not canonical JSON")

// scanner reads JSON in its only spelling: without white space, and each string
// and number as it would be encoded.
type scanner struct {
	rest  []byte
	found []Attachment
}

// next returns the next byte, 0 at the end.
func (s *scanner) next() byte {
	if len(s.rest) == 0 {
		return 0
	}
	return s.rest[0]
}

// skip reads token, where it comes next.
func (s *scanner) skip(token string) bool {
	if !bytes.HasPrefix(s.rest, []byte(token)) {
		return false
	}
	s.rest = s.rest[len(token):]
	return true
}

// value reads the next value.
func (s *scanner) value(depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("nested deeper than %d", maxDepth)
	}
	switch b := s.next(); {
	case b == '{':
		return s.object(depth)
	case b == '[':
		return s.array(depth)
	case b == '"':
		_, err := s.string()
		return err
	case b == '-' || b >= '0' && b <= '9':
		return s.number()
	case s.skip("true"), s.skip("false"):
		return nil
	case s.skip("null"):
		return errors.New("null is not allowed")
	}
	return errSpelling
}

func (s *scanner) array(depth int) error {
	s.skip("[")
	for first := true; !s.skip("]"); first = false {
		if !first && !s.skip(",") {
			return errSpelling
		}
		if err := s.value(depth + 1); err != nil {
			return err
		}
	}
	return nil
}

func (s *scanner) object(depth int) error {
	whole := s.rest
	s.skip("{")
	names := make(map[string]bool)
	for !s.skip("}") {
		if len(names) > 0 && !s.skip(",") {
			return errSpelling
		}
		name, err := s.string()
		if err != nil {
			return err
		}
		if names[name] {
			return fmt.Errorf("member %s stands twice", name)
		}
		names[name] = true
		if !s.skip(":") {
			return errSpelling
		}
		if err := s.value(depth + 1); err != nil {
			return err
		}
	}
	return s.attachment(whole[:len(whole)-len(s.rest)])
}

// number reads an integer of less than 54 bits.
func (s *scanner) number() error {
	n := bytes.IndexFunc(s.rest, func(r rune) bool { return r != '-' && (r < '0' || r > '9') })
	if n < 0 {
		n = len(s.rest)
	}
	text := string(s.rest[:n])
	if v, err := strconv.ParseInt(text, 10, 64); err != nil || strconv.FormatInt(v, 10) != text || v >= 1<<53 || v <= -1<<53 {
		return fmt.Errorf("%.24s is no integer of less than 54 bits", text)
	}
	s.rest = s.rest[n:]
	return nil
}

// string reads a string and returns it as it is spelled, in its quotes.
func (s *scanner) string() (string, error) {
	if s.next() != '"' {
		return "", errSpelling
	}
	plain, n := true, 1
	for ; n < len(s.rest) && s.rest[n] != '"'; n++ {
		b := s.rest[n]
		plain = plain && b >= 0x20 && b < 0x80 && b != '\\'
		if b == '\\' {
			n++
		}
	}
	if n >= len(s.rest) {
		return "", errSpelling
	}
	spelled := s.rest[:n+1]
	s.rest = s.rest[n+1:]
	if plain {
		return string(spelled), nil
	}
	var v string
	if err := json.Unmarshal(spelled, &v); err != nil {
		return "", fmt.Errorf("not JSON: %w", err)
	}
	if again, err := EncodeBody(v); err != nil || !bytes.Equal(again, spelled) {
		return "", fmt.Errorf("%w: %s would be encoded otherwise", errSpelling, spelled)
	}
	return string(spelled), nil
}

// attachmentForm is the one spelling of an attachment.
var attachmentForm = regexp.MustCompile(`^\{"sha256":"([0-9a-f]{64})","size":(-?[0-9]{1,16})\}$`)

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
	if err != nil || size < 1 || size > maxAttachment {
		return fmt.Errorf("attachment %s: %s bytes, not 1 to 2^32", m[1], m[2])
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
