// Package canon writes and reads the one JSON text that Belenios gives to each
// object: compact, fields in a fixed order, absent fields left out, its own set of
// string escapes (doc/specification of Belenios 3.3, "Serialisation"). Every hash
// and signature is over these bytes, so the reader accepts no other spelling: what
// it accepts, the writer writes again byte for byte.
package canon

import (
	"strconv"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// AppendString appends s as a JSON string with exactly Belenios' escapes: quotation
// mark, backslash, the five short forms, other bytes below 0x20 and 0x7f as \u00xx.
// Everything else is kept as it is. s must be valid UTF-8; the reader refuses others.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c != 0x7f {
			continue
		}
		dst = append(dst, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\f':
			dst = append(dst, '\\', 'f')
		case '\r':
			dst = append(dst, '\\', 'r')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// ValidString says whether s can stand in canonical JSON, which is whether it is UTF-8.
func ValidString(s string) bool { return utf8.ValidString(s) }

// Writer builds a canonical JSON text. Values follow each other in the order of the
// calls; the writer sets the commas. The zero value is ready for use.
type Writer struct{ buf []byte }

// Bytes returns the text written so far.
func (w *Writer) Bytes() []byte { return w.buf }

// Begin opens an object or an array: bracket is '{' or '['.
func (w *Writer) Begin(bracket byte) *Writer {
	w.comma()
	w.buf = append(w.buf, bracket)
	return w
}

// End closes an object or an array: bracket is '}' or ']'.
func (w *Writer) End(bracket byte) *Writer {
	w.buf = append(w.buf, bracket)
	return w
}

// Key writes the name of the next field; names are literals that need no escape.
func (w *Writer) Key(name string) *Writer {
	w.comma()
	w.buf = append(w.buf, '"')
	w.buf = append(w.buf, name...)
	w.buf = append(w.buf, '"', ':')
	return w
}

// String writes a string.
func (w *Writer) String(s string) *Writer {
	w.comma()
	w.buf = AppendString(w.buf, s)
	return w
}

// Int writes an integer as a JSON number.
func (w *Writer) Int(n int64) *Writer {
	w.comma()
	w.buf = strconv.AppendInt(w.buf, n, 10)
	return w
}

// Bool writes true or false.
func (w *Writer) Bool(b bool) *Writer {
	w.comma()
	w.buf = strconv.AppendBool(w.buf, b)
	return w
}

// maxNumber is the largest integer that Belenios writes as a JSON number.
const maxNumber = 1<<30 - 1

// Weight writes a count of votes: a JSON number up to 2^30−1, else a decimal string.
func (w *Writer) Weight(n uint64) *Writer {
	if n <= maxNumber {
		return w.Int(int64(n))
	}
	return w.String(strconv.FormatUint(n, 10))
}

// Append writes a string whose text is made by f, which must need no escape
// (hexadecimal, decimal, base 64).
func (w *Writer) Append(f func(dst []byte) []byte) *Writer {
	w.comma()
	w.buf = append(w.buf, '"')
	w.buf = f(w.buf)
	w.buf = append(w.buf, '"')
	return w
}

// Raw writes a value that is canonical JSON already.
func (w *Writer) Raw(value []byte) *Writer {
	w.comma()
	w.buf = append(w.buf, value...)
	return w
}

// comma separates the next value or field from the previous one. The last byte tells
// whether there is one: no complete value ends in an opening bracket or a colon.
func (w *Writer) comma() {
	if len(w.buf) == 0 {
		return
	}
	switch w.buf[len(w.buf)-1] {
	case '{', '[', ':':
	default:
		w.buf = append(w.buf, ',')
	}
}
