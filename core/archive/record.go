// Package archive reads, writes and verifies Belenios' public archives
// (<uuid>.bel) exactly as belenios-tool 3.3 makes them: a plain tar of JSON
// records named by their SHA-256, in an order that the chain of events fixes,
// so that one election at one time has one archive, byte for byte.
//
// Source of the format: Belenios 3.3.0, src/lib/core/{archive,tar,events}.ml.
package archive

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"bayyina/core/canon"
)

// block is tar's unit: a record is one header block and its body padded to a
// whole number of blocks.
const block = 512

// Limits of what a reader takes into memory.
const (
	// MaxSetupRecord bounds a record of the set-up: the list of credentials of
	// three million voters has 200 MB.
	MaxSetupRecord = 1 << 30
	// MaxRecord bounds every later record: a ballot of 1,000 answers has 0.5 MB, a
	// shuffle of 100,000 ranked ballots 70 MB.
	MaxRecord = 256 << 20
)

// maxTime is the largest time that fits tar's eleven octal digits.
const maxTime = 1<<33 - 1

// record is one file of the archive. Every record of an archive carries the
// archive's own timestamp.
type record struct {
	name  string
	mtime int64 // Unix seconds
	body  []byte
}

// header is the only form a header block may have: name, size and time are
// free, everything else is fixed.
func header(name string, size, timestamp int64) []byte {
	h := make([]byte, block)
	copy(h, name)
	copy(h[100:], "0000644\x00") // mode
	copy(h[108:], "0000000\x00") // owner
	copy(h[116:], "0000000\x00") // group
	copy(h[124:], fmt.Sprintf("%011o\x00", size))
	copy(h[136:], fmt.Sprintf("%011o\x00", timestamp))
	copy(h[148:], "        ") // the checksum counts as spaces
	h[156] = '0'
	sum := 0
	for _, b := range h {
		sum += int(b)
	}
	copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
	return h
}

// parseHeader reads a header block. It makes the block anew from what it read
// and compares, so a header in any other form is refused.
func parseHeader(h []byte) (name string, size, timestamp int64, err error) {
	end := bytes.IndexByte(h[:100], 0)
	if end < 1 {
		return "", 0, 0, errors.New("tar header without a name (end-of-archive blocks are not part of the format)")
	}
	name = string(h[:end])
	size, err = octal(h[124:135])
	if err != nil {
		return "", 0, 0, fmt.Errorf("tar header of %q: size: %w", name, err)
	}
	timestamp, err = octal(h[136:147])
	if err != nil {
		return "", 0, 0, fmt.Errorf("tar header of %q: time: %w", name, err)
	}
	if !bytes.Equal(h, header(name, size, timestamp)) {
		return "", 0, 0, fmt.Errorf("tar header of %q is not in the reproducible form", name)
	}
	return name, size, timestamp, nil
}

func octal(digits []byte) (int64, error) {
	n, err := strconv.ParseUint(string(digits), 8, 62)
	return int64(n), err
}

// blocks returns the size of a record with a body of the given size.
func blocks(size int64) int64 { return block + size + padding(size) }

// padding returns how many zero bytes follow a body of the given size.
func padding(size int64) int64 {
	return (block - size%block) % block
}

// readRecord reads the next record, or io.EOF at the end of the archive.
// Memory grows with what really arrives, not with what the header claims.
func readRecord(r io.Reader, limit int64) (record, error) {
	h := make([]byte, block)
	n, err := io.ReadFull(r, h)
	switch {
	case errors.Is(err, io.EOF):
		return record{}, io.EOF
	case errors.Is(err, io.ErrUnexpectedEOF):
		return record{}, fmt.Errorf("archive is cut off: %d bytes of a tar header", n)
	case err != nil:
		return record{}, fmt.Errorf("read tar header: %w", err)
	}
	name, size, mtime, err := parseHeader(h)
	if err != nil {
		return record{}, err
	}
	if size > limit {
		return record{}, fmt.Errorf("record %s has %d bytes, at most %d are taken", name, size, limit)
	}
	var body bytes.Buffer
	body.Grow(int(min(size, 1<<20)))
	if n, err := io.CopyN(&body, r, size); err != nil {
		return record{}, fmt.Errorf("archive is cut off: record %s has %d of %d bytes: %w", name, n, size, noEOF(err))
	}
	var pad [block]byte
	tail := pad[:padding(size)]
	if _, err := io.ReadFull(r, tail); err != nil {
		return record{}, fmt.Errorf("archive is cut off in the padding of record %s: %w", name, noEOF(err))
	}
	if !bytes.Equal(tail, make([]byte, len(tail))) {
		return record{}, fmt.Errorf("padding of record %s is not zero", name)
	}
	return record{name: name, mtime: mtime, body: body.Bytes()}, nil
}

// noEOF keeps a cut-off record from looking like the archive's proper end.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func writeRecord(w io.Writer, name string, body []byte, timestamp int64) error {
	size := int64(len(body))
	var out bytes.Buffer
	out.Grow(block + len(body) + block)
	out.Write(header(name, size, timestamp))
	out.Write(body)
	out.Write(make([]byte, padding(size)))
	_, err := w.Write(out.Bytes())
	return err
}

// Suffixes of records' names, after the hash of their content.
const (
	dataSuffix  = ".data.json"
	eventSuffix = ".event.json"
	firstName   = "BELENIOS"
)

// Hash is the SHA-256 of a record's content as it stands in names and links:
// 64 lower-case hexadecimal digits.
type Hash string

// HashOf returns the hash of a record's content.
func HashOf(content []byte) Hash {
	return Hash(canon.Hex(content))
}

// named checks that a record's name is the hash of its content, and says
// whether it is an event.
func (r record) named() (hash Hash, event bool, err error) {
	claimed, event := strings.CutSuffix(r.name, eventSuffix)
	if !event {
		var data bool
		claimed, data = strings.CutSuffix(r.name, dataSuffix)
		if !data {
			return "", false, fmt.Errorf("record %q is neither data nor an event", r.name)
		}
	}
	hash = HashOf(r.body)
	if claimed != string(hash) {
		return "", false, fmt.Errorf("record %s has the content of hash %s", r.name, hash)
	}
	return hash, event, nil
}

// first is the content of the BELENIOS record.
func first(timestamp int64) []byte {
	return fmt.Appendf(nil, `{"version":1,"timestamp":"%d"}`, timestamp)
}
