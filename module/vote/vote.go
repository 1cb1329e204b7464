// Package vote is the commission's, the trustees', the server's and the voters'
// side of elections: it builds what each of them says, accepts ballots, and counts
// them. Everything that matters becomes a statement of docs/PROTOCOL.md section 9;
// package vote/evidence judges them for strangers.
package vote

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/mod/sumdb/note"

	"bayyina/core/canon"
	"bayyina/platform/ledger"
	"bayyina/platform/ledger/read"
)

// Window is when a statement may enter the log. Whole seconds.
type Window struct{ From, Until time.Time }

// Say returns the text of a new statement for the log with the given origin. The
// body is one of package evidence's; its kind must be the one that belongs to it.
func Say(random io.Reader, origin, kind string, window Window, body any) ([]byte, error) {
	id := make([]byte, 16)
	if _, err := io.ReadFull(random, id); err != nil {
		return nil, fmt.Errorf("statement id: %w", err)
	}
	return sayAs(hex.EncodeToString(id), origin, kind, window, body)
}

// sayAs is Say with an id that was drawn before.
func sayAs(id, origin, kind string, window Window, body any) ([]byte, error) {
	encoded, err := ledger.EncodeBody(body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	return []byte(ledger.Statement{
		Origin: origin, Kind: kind, ID: id,
		From: window.From.UTC().Truncate(time.Second), Until: window.Until.UTC().Truncate(time.Second), Body: encoded,
	}.Text()), nil
}

// sign returns the text as a note with one signature.
func sign(text []byte, signer note.Signer) ([]byte, error) {
	return note.Sign(&note.Note{Text: string(text)}, signer)
}

// AttachmentOf names bytes as statements name their attachments.
func AttachmentOf(data []byte) read.Attachment {
	return read.Attachment{SHA256: canon.Hex(data), Size: int64(len(data))}
}

// HashFile returns the hex SHA-256 and the size of a file.
func HashFile(path string) (sum string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close() // only read from
	h := sha256.New()
	size, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), size, err
}
