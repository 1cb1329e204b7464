// Package hint has the file of hints that may stand beside ballots: for each ballot what
// a verifier would have to compute, so that it can be compared instead (core/proof,
// Deferred). Nothing in it is believed or signed, and anybody can make it again: what is
// wrong, missing or too much costs time and never changes a verdict.
//
// A file is the line "bayyina hints 1", then one record for each ballot, best in the
// order of the ballots: the SHA-256 of the ballot's text (32 bytes), the number of hints
// (4 bytes, most significant first), and the hints, group.HintSize bytes each, in the
// order in which a verifier needs them.
package hint

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"bayyina/core/group"
)

const (
	header = "bayyina hints 1\n"
	// Max is the largest number of hints of one ballot: each choice has two elements
	// and its proofs four commitments, the proofs of sums some more.
	Max = 1 << 17
	// ahead is how many records a Reader keeps for later ballots, and aheadBytes how
	// large they may be together.
	ahead      = 1024
	aheadBytes = 16 << 20
	// patience is after how many ballots in a row without hints a Reader forgets the
	// records it keeps, which seem to be of no ballot.
	patience = ahead / 4
)

// Writer writes a file of hints.
type Writer struct {
	w    io.Writer
	size int64
}

// NewWriter starts a file.
func NewWriter(w io.Writer) (*Writer, error) {
	if _, err := io.WriteString(w, header); err != nil {
		return nil, fmt.Errorf("write hints: %w", err)
	}
	return &Writer{w, int64(len(header))}, nil
}

// Continue goes on with a file that NewWriter started, of so many bytes, behind its last
// record.
func Continue(w io.Writer, size int64) *Writer { return &Writer{w, size} }

// Size is the number of bytes of the file so far.
func (w *Writer) Size() int64 { return w.size }

// Write writes the hints of the ballot whose text has the SHA-256 hash.
func (w *Writer) Write(ballot [32]byte, hints []byte) error {
	n := len(hints) / group.HintSize
	if n > Max || n*group.HintSize != len(hints) {
		return fmt.Errorf("write hints of a ballot: %d bytes are not up to %d hints", len(hints), Max)
	}
	record := append(make([]byte, 0, 36+len(hints)), ballot[:]...)
	record = binary.BigEndian.AppendUint32(record, uint32(n))
	record = append(record, hints...)
	if _, err := w.w.Write(record); err != nil {
		return fmt.Errorf("write hints: %w", err)
	}
	w.size += int64(len(record))
	return nil
}

// Reader reads a file of hints beside ballots that are read in about the same order.
// Memory is bounded whatever the file holds.
type Reader struct {
	r      *bufio.Reader
	err    error
	kept   map[[32]byte][]byte
	bytes  int // of what is kept
	missed int // ballots in a row without hints
}

// NewReader starts reading a file.
func NewReader(r io.Reader) *Reader {
	h := &Reader{r: bufio.NewReaderSize(r, 1<<20), kept: make(map[[32]byte][]byte)}
	line := make([]byte, len(header))
	if _, err := io.ReadFull(h.r, line); err != nil || string(line) != header {
		h.err = errors.New("this is no file of hints of version 1")
	}
	return h
}

// Find returns the hints of the ballot whose text has the SHA-256 hash, nil if there
// are none near the place where they should be. A nil Reader has none.
func (h *Reader) Find(ballot [32]byte) []byte {
	if h == nil {
		return nil
	}
	hints, ok := h.kept[ballot]
	if ok {
		delete(h.kept, ballot)
		h.bytes -= len(hints)
	}
	for !ok && h.err == nil && len(h.kept) < ahead && h.bytes < aheadBytes {
		var of [32]byte
		if of, hints, h.err = h.read(); h.err != nil {
			break
		}
		if ok = of == ballot; !ok {
			h.bytes += len(hints) - len(h.kept[of])
			h.kept[of] = hints
		}
	}
	if ok {
		h.missed = 0
		return hints
	}
	if h.missed++; h.missed == patience {
		clear(h.kept)
		h.bytes, h.missed = 0, 0
	}
	return nil
}

// Err says why no more hints can be read: nil before and at the end of a whole file.
func (h *Reader) Err() error {
	if h == nil || errors.Is(h.err, io.EOF) {
		return nil
	}
	return h.err
}

func (h *Reader) read() (ballot [32]byte, hints []byte, err error) {
	var head [36]byte
	if _, err := io.ReadFull(h.r, head[:]); err != nil {
		if errors.Is(err, io.EOF) {
			return ballot, nil, io.EOF
		}
		return ballot, nil, fmt.Errorf("read hints: %w", err)
	}
	n := binary.BigEndian.Uint32(head[32:])
	if n > Max {
		return ballot, nil, fmt.Errorf("%d hints of one ballot, at most %d are taken", n, Max)
	}
	hints = make([]byte, int(n)*group.HintSize)
	if _, err := io.ReadFull(h.r, hints); err != nil {
		return ballot, nil, fmt.Errorf("read hints: cut off: %w", io.ErrUnexpectedEOF)
	}
	return [32]byte(head[:32]), hints, nil
}
