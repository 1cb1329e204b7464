package read

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"unicode/utf8"
)

// maxDepth bounds the nesting of a body.
const maxDepth = 32

// ErrBody reports a body that is not the one spelling of its JSON.
var ErrBody = errors.New("not canonical")

// DecodeBody reads the body of a statement into v, a pointer to a struct whose
// fields stand in the order of the protocol, the optional ones with omitempty or
// omitzero. The rule: v is encoded again, and the bytes must be the same. So a
// member unknown, missing, twice or in another order, another letter case, a
// null, white space or another spelling of a string or number are all refused.
func DecodeBody(body []byte, v any) error {
	if _, err := scanBody(body); err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return fmt.Errorf("body: %w", err)
	}
	again, err := EncodeBody(v)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, body) {
		return fmt.Errorf("body: %w: members missing, superfluous or in another order", ErrBody)
	}
	return nil
}

// EncodeBody writes a body in its one spelling: what DecodeBody compares with.
func EncodeBody(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode body: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// scanBody walks a body of any kind, checks its spelling byte by byte, and returns
// the attachments that it names, each once, in order.
func scanBody(body []byte) ([]Attachment, error) {
	s := scanner{in: body}
	if s.peek() != '{' {
		return nil, fmt.Errorf("body: %w: not a JSON object", ErrBody)
	}
	if err := s.value(0); err != nil {
		return nil, fmt.Errorf("body: %w: at byte %d: %w", ErrBody, s.at, err)
	}
	if s.at != len(body) {
		return nil, fmt.Errorf("body: %w: something follows the object", ErrBody)
	}
	return s.found, nil
}

// scanner reads canonical JSON: anything else is an error where it begins.
type scanner struct {
	in    []byte
	at    int
	found []Attachment
}

// peek returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	if s.at == len(s.in) {
		return 0
	}
	return s.in[s.at]
}

func (s *scanner) take(b byte) bool {
	if s.peek() != b || s.at == len(s.in) {
		return false
	}
	s.at++
	return true
}

func (s *scanner) value(depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("nested deeper than %d", maxDepth)
	}
	switch b := s.peek(); {
	case b == '{':
		return s.object(depth)
	case b == '[':
		return s.array(depth)
	case b == '"':
		return s.string()
	case b == '-' || b >= '0' && b <= '9':
		return s.number()
	}
	for _, word := range []string{"true", "false"} {
		if bytes.HasPrefix(s.in[s.at:], []byte(word)) {
			s.at += len(word)
			return nil
		}
	}
	return errors.New("no value")
}

func (s *scanner) array(depth int) error {
	s.at++
	if s.take(']') {
		return nil
	}
	for {
		if err := s.value(depth + 1); err != nil {
			return err
		}
		if s.take(']') {
			return nil
		}
		if !s.take(',') {
			return errors.New("neither , nor ]")
		}
	}
}

func (s *scanner) object(depth int) error {
	start := s.at
	s.at++
	if s.take('}') {
		return nil
	}
	names := make(map[string]bool)
	for {
		name := s.at
		if s.peek() != '"' {
			return errors.New("no member name")
		}
		if err := s.string(); err != nil {
			return err
		}
		if names[string(s.in[name:s.at])] {
			return fmt.Errorf("member %s stands twice", s.in[name:s.at])
		}
		names[string(s.in[name:s.at])] = true
		if !s.take(':') {
			return errors.New("no colon")
		}
		if err := s.value(depth + 1); err != nil {
			return err
		}
		if s.take('}') {
			return s.attachment(s.in[start:s.at])
		}
		if !s.take(',') {
			return errors.New("neither , nor }")
		}
	}
}

// number reads an integer of less than 54 bits.
func (s *scanner) number() error {
	start := s.at
	for b := s.peek(); b == '-' || b >= '0' && b <= '9'; b = s.peek() {
		s.at++
	}
	text := string(s.in[start:s.at])
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != text || n >= 1<<53 || n <= -1<<53 {
		return fmt.Errorf("%.24q is no integer of less than 54 bits", text)
	}
	return nil
}

// string reads a string in which only what must be escaped is, in the one way.
func (s *scanner) string() error {
	s.at++
	for {
		switch b := s.peek(); {
		case b == '"':
			s.at++
			return nil
		case b < 0x20:
			return errors.New("a string without end, or a control character in it")
		case b == '\\':
			n := escape(s.in[s.at:])
			if n == 0 {
				return errors.New("an escape that is not the one way")
			}
			s.at += n
		default:
			r, n := utf8.DecodeRune(s.in[s.at:])
			if r == utf8.RuneError && n == 1 || r == '\u2028' || r == '\u2029' {
				return fmt.Errorf("%q must be escaped", r)
			}
			s.at += n
		}
	}
}

// unicodeEscape is the escape of what has no short one: control characters, U+2028
// and U+2029.
var unicodeEscape = regexp.MustCompile(`^\\u(00[01][0-9a-f]|202[89])`)

// escape returns the length of the escape with which b begins, 0 for one that the
// protocol does not have.
func escape(b []byte) int {
	if len(b) > 1 && bytes.IndexByte([]byte(`"\bfnrt`), b[1]) >= 0 {
		return 2
	}
	m := unicodeEscape.FindSubmatch(b)
	if m == nil || slices.Contains([]string{"0008", "0009", "000a", "000c", "000d"}, string(m[1])) {
		return 0
	}
	return 6
}

// attachmentForm is the one spelling of an attachment.
var attachmentForm = regexp.MustCompile(`^\{"sha256":"([0-9a-f]{64})","size":(-?[0-9]{1,16})\}$`)

// MaxAttachment is the most bytes of an attachment of any kind.
const MaxAttachment = 1 << 32

// attachment notes an object that names an attachment.
func (s *scanner) attachment(object []byte) error {
	const limit = 120
	if len(object) > limit {
		return nil
	}
	m := attachmentForm.FindSubmatch(object)
	if m == nil {
		return nil
	}
	size, err := strconv.ParseInt(string(m[2]), 10, 64)
	if err != nil || size < 1 || size > MaxAttachment {
		return fmt.Errorf("attachment of %s bytes, not of 1 to 2^32", m[2])
	}
	if a := (Attachment{SHA256: string(m[1]), Size: size}); !slices.Contains(s.found, a) {
		s.found = append(s.found, a)
	}
	return nil
}
