package vote

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"bayyina/core/canon"
	"bayyina/platform/ledger"
)

// A parcel is how a party hands over what it says, by the network or on a USB stick: a tar file
// (POSIX.1-2001) with the member "note", which is signed, and then "content", which the note
// names by its SHA-256, once for each attachment of a statement. The note is a signed statement
// for the log, or a note on a message of the ceremony:
//
//	bayyina.ceremony/1
//	<origin of the log>
//	<uuid of the election>
//	<round>
//	<step>
//	<place of the party>
//	<hex SHA-256 of the message>

const (
	parcelNote    = "note"
	parcelContent = "content"
	noteHeader    = "bayyina.ceremony/1"
)

// ErrParcel: this is not a message of a ceremony.
var ErrParcel = errors.New("this is not a message of a ceremony")

// messageNote is a note on a message.
type messageNote struct {
	Log, Election string
	Round         int
	Step          Step
	Place         int
	SHA256        string
}

func (n messageNote) text() []byte {
	return fmt.Appendf(nil, "%s\n%s\n%s\n%d\n%s\n%d\n%s\n", noteHeader, n.Log, n.Election, n.Round, n.Step, n.Place, n.SHA256)
}

// parseMessageNote reads the text of a signed one; its signature is for the caller to check.
func parseMessageNote(signed []byte) (n messageNote, err error) {
	text, _, ok := bytes.Cut(signed, []byte("\n\n"))
	lines := strings.Split(string(text), "\n")
	if !ok || len(lines) != 7 || lines[0] != noteHeader {
		return n, fmt.Errorf("%w: no note %s", ErrParcel, noteHeader)
	}
	n = messageNote{Log: lines[1], Election: lines[2], Step: Step(lines[4]), SHA256: lines[6]}
	n.Round, err = strconv.Atoi(lines[3])
	if err == nil {
		n.Place, err = strconv.Atoi(lines[5])
	}
	if err != nil || string(n.text()) != string(text)+"\n" {
		return n, fmt.Errorf("%w: its note is malformed", ErrParcel)
	}
	return n, nil
}

// MessageParcel makes the parcel of a message of a ceremony, signed by the party's key.
func MessageParcel(c *Ceremony, step Step, place int, message []byte, signer note.Signer) ([]byte, error) {
	signed, err := sign(messageNote{c.Log, c.Election, c.Round, step, place, canon.Hex(message)}.text(), signer)
	if err != nil {
		return nil, err
	}
	return Parcel(signed, message)
}

// Parcel makes a parcel of a signed statement with its attachments.
func Parcel(signed []byte, contents ...[]byte) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	add := func(name string, content []byte) error {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content)), Format: tar.FormatPAX}); err != nil {
			return err
		}
		_, err := w.Write(content)
		return err
	}
	err := add(parcelNote, signed)
	for _, content := range contents {
		if err == nil {
			err = add(parcelContent, content)
		}
	}
	if err == nil {
		err = w.Close()
	}
	return b.Bytes(), err
}

// ParcelNote reads the note of a parcel, and nothing after it.
func ParcelNote(from io.Reader) ([]byte, error) {
	r := tar.NewReader(from)
	h, err := r.Next()
	if err != nil || h.Name != parcelNote || h.Typeflag != tar.TypeReg || h.Size > ledger.MaxNote {
		return nil, errors.Join(ErrParcel, err)
	}
	return io.ReadAll(r)
}

// maxContents bounds the contents of a parcel: no statement of a party has more attachments.
const maxContents = 2

// readParcel reads a parcel. Before the contents are read, admit says from the note how many
// bytes they may have together.
func readParcel(from io.Reader, admit func(note []byte) (limit int64, err error)) (signed []byte, contents [][]byte, err error) {
	r := tar.NewReader(from)
	next := func(name string, limit int64) ([]byte, error) {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil, err
		}
		switch {
		case err != nil:
			return nil, fmt.Errorf("%w: %w", ErrParcel, err)
		case h.Name != name || h.Typeflag != tar.TypeReg:
			return nil, fmt.Errorf("%w: it has a file %.40q", ErrParcel, h.Name)
		case h.Size > limit:
			return nil, fmt.Errorf("%w: %s has %d bytes, at most %d are allowed here", ErrParcel, name, h.Size, limit)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrParcel, err)
		}
		return content, nil
	}
	if signed, err = next(parcelNote, ledger.MaxNote); err != nil {
		if errors.Is(err, io.EOF) {
			err = fmt.Errorf("%w: it is empty", ErrParcel)
		}
		return nil, nil, err
	}
	limit, err := admit(signed)
	if err != nil {
		return nil, nil, err
	}
	for range maxContents {
		content, err := next(parcelContent, limit)
		if errors.Is(err, io.EOF) {
			return signed, contents, nil
		}
		if err != nil {
			return nil, nil, err
		}
		limit -= int64(len(content))
		contents = append(contents, content)
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		return nil, nil, fmt.Errorf("%w: it has too many files", ErrParcel)
	}
	return signed, contents, nil
}
