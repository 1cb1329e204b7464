package canon

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ErrNotCanonical is wrapped by each error about the spelling of a text: not JSON, not
// compact, fields unknown, missing, doubled or in another order, bytes behind the end.
var ErrNotCanonical = errors.New("not canonical JSON")

// ErrTooLong is wrapped when a text is longer than its reader allows.
var ErrTooLong = errors.New("text too long")

// Reader reads canonical JSON from front to back. The caller names what must come
// next; anything else is an error. The first error stays, and every later call does
// nothing and returns a zero value, so a parser reads straight through and asks for
// the error once, at the end.
type Reader struct {
	data []byte
	pos  int
	err  error
}

// NewReader reads data, which may be at most limit bytes long.
func NewReader(data []byte, limit int) *Reader {
	r := &Reader{data: data}
	if len(data) > limit {
		r.err = fmt.Errorf("%w: %d bytes, at most %d allowed", ErrTooLong, len(data), limit)
	}
	return r
}

// Err returns the first error, nil if there was none.
func (r *Reader) Err() error { return r.err }

// OK says whether there was no error so far.
func (r *Reader) OK() bool { return r.err == nil }

// Fail keeps err as the reader's error if it is the first.
func (r *Reader) Fail(err error) {
	if r.err == nil && err != nil {
		r.err = err
	}
}

func (r *Reader) failf(format string, args ...any) {
	r.Fail(fmt.Errorf("%w: byte %d: %s", ErrNotCanonical, r.pos, fmt.Sprintf(format, args...)))
}

// Literal passes over text, which must come next.
func (r *Reader) Literal(text string) {
	if !r.Try(text) {
		r.failf("expected %s", text)
	}
}

// Try passes over text if it comes next, and says whether it did.
func (r *Reader) Try(text string) bool {
	if r.err != nil || !hasPrefix(r.data[r.pos:], text) {
		return false
	}
	r.pos += len(text)
	return true
}

// Next says whether text comes next, without passing over it.
func (r *Reader) Next(text string) bool {
	return r.err == nil && hasPrefix(r.data[r.pos:], text)
}

func hasPrefix(data []byte, text string) bool {
	return len(data) >= len(text) && string(data[:len(text)]) == text
}

// Array reads an array of at most limit elements, calling element once for each.
func (r *Reader) Array(limit int, element func(i int)) {
	r.Literal("[")
	if r.Try("]") {
		return
	}
	for i := 0; r.err == nil; i++ {
		if i == limit {
			r.failf("more than %d elements", limit)
			return
		}
		element(i)
		if r.Try("]") {
			return
		}
		r.Literal(",")
	}
}

// Plain reads a string that holds printable ASCII and no escape (hexadecimal, decimal,
// base 64). The result points into the reader's data.
func (r *Reader) Plain() []byte {
	r.Literal(`"`)
	if r.err != nil {
		return nil
	}
	start := r.pos
	for r.pos < len(r.data) {
		switch c := r.data[r.pos]; {
		case c == '"':
			r.pos++
			return r.data[start : r.pos-1]
		case c == '\\' || c < 0x20 || c >= 0x7f:
			r.failf("unexpected character in a plain string")
			return nil
		}
		r.pos++
	}
	r.failf("string without end")
	return nil
}

// String reads any string.
func (r *Reader) String() string {
	r.Literal(`"`)
	if r.err != nil {
		return ""
	}
	start := r.pos
	for r.pos < len(r.data) && r.data[r.pos] != '"' {
		if r.data[r.pos] == '\\' {
			r.pos++
		}
		r.pos++
	}
	if r.pos >= len(r.data) {
		r.pos = start
		r.failf("string without end")
		return ""
	}
	raw := r.data[start:r.pos]
	r.pos++
	s, ok := unescape(raw)
	if !ok || !utf8.ValidString(s) || !sameText(s, raw) {
		r.pos = start
		r.failf("string is not spelt canonically")
		return ""
	}
	return s
}

// sameText says whether s is written as raw.
func sameText(s string, raw []byte) bool {
	again := AppendString(nil, s)
	return bytes.Equal(again[1:len(again)-1], raw)
}

// unescape undoes AppendString's escapes, no others; spelling is compared afterwards.
func unescape(raw []byte) (string, bool) {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw), true
	}
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			b.WriteByte(raw[i])
			continue
		}
		i++
		if i == len(raw) {
			return "", false
		}
		switch raw[i] {
		case '"', '\\':
			b.WriteByte(raw[i])
		case 'b':
			b.WriteByte('\b')
		case 't':
			b.WriteByte('\t')
		case 'n':
			b.WriteByte('\n')
		case 'f':
			b.WriteByte('\f')
		case 'r':
			b.WriteByte('\r')
		case 'u':
			if i+4 >= len(raw) {
				return "", false
			}
			c, err := strconv.ParseUint(string(raw[i+1:i+5]), 16, 8)
			if err != nil {
				return "", false
			}
			b.WriteByte(byte(c))
			i += 4
		default:
			return "", false
		}
	}
	return b.String(), true
}

// Int reads a JSON number from 0 to limit.
func (r *Reader) Int(limit int64) int64 {
	if r.err != nil {
		return 0
	}
	end := r.pos
	for end < len(r.data) && r.data[end] >= '0' && r.data[end] <= '9' {
		end++
	}
	n, ok := ParseDecimal(string(r.data[r.pos:end]))
	if !ok || n > uint64(limit) {
		r.failf("expected an integer from 0 to %d", limit)
		return 0
	}
	r.pos = end
	return int64(n)
}

// Weight reads a count of votes from 0 to limit as Writer.Weight writes it.
func (r *Reader) Weight(limit uint64) uint64 {
	if !r.Next(`"`) {
		return uint64(r.Int(int64(min(limit, maxNumber))))
	}
	start := r.pos
	n, ok := ParseDecimal(string(r.Plain()))
	if !ok || n <= maxNumber || n > limit {
		r.pos = start
		r.failf("expected a weight from 0 to %d", limit)
		return 0
	}
	return n
}

// Bool reads true or false.
func (r *Reader) Bool() bool {
	if r.Try("true") {
		return true
	}
	r.Literal("false")
	return false
}

// Raw reads one value of any kind, which must be compact, and returns its bytes.
func (r *Reader) Raw() []byte {
	if r.err != nil {
		return nil
	}
	var value json.RawMessage
	if err := json.NewDecoder(bytes.NewReader(r.data[r.pos:])).Decode(&value); err != nil {
		r.failf("expected a JSON value: %v", err)
		return nil
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, value); err != nil || !bytes.HasPrefix(r.data[r.pos:], compact.Bytes()) {
		r.failf("value is not compact")
		return nil
	}
	r.pos += compact.Len()
	return value
}

// End reports whether everything was read without an error: it returns the first
// error, or one that says that bytes are left.
func (r *Reader) End() error {
	if r.err == nil && r.pos != len(r.data) {
		r.failf("%d bytes behind the end", len(r.data)-r.pos)
	}
	return r.err
}

// Position returns the offset of the next byte, for cutting out what was read.
func (r *Reader) Position() int { return r.pos }

// ParseDecimal reads a natural number in its one decimal spelling: digits only, no
// leading zero. It says false for anything else and for numbers from 2^64.
func ParseDecimal(text string) (uint64, bool) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || (len(text) > 1 && text[0] == '0') || text[0] < '0' || text[0] > '9' {
		return 0, false
	}
	return n, true
}
