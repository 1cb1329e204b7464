package read

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint is a log's signed size and root hash (c2sp.org/tlog-checkpoint),
// nothing verified.
type Checkpoint struct {
	Origin     string
	Size       int64
	Root       tlog.Hash
	Text       []byte // what log and witnesses signed
	Signatures []Signature
	Raw        []byte
}

// ParseCheckpoint reads a checkpoint and checks its form; it verifies no signature.
func ParseCheckpoint(raw []byte) (Checkpoint, error) {
	n, err := ParseNote(raw)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	lines := strings.Split(strings.TrimSuffix(string(n.Text), "\n"), "\n")
	if len(lines) < 3 {
		return Checkpoint{}, errors.New("checkpoint: fewer than three lines of text")
	}
	for i, line := range lines {
		if line == "" {
			return Checkpoint{}, fmt.Errorf("checkpoint: line %d is empty", i+1)
		}
	}
	c := Checkpoint{Origin: lines[0], Text: n.Text, Signatures: n.Signatures, Raw: raw}
	if c.Size, err = parseDecimal(lines[1]); err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: size: %w", err)
	}
	if c.Root, err = parseHash(lines[2]); err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: root: %w", err)
	}
	return c, nil
}

// SignedBy reports, as an error, that the log's key did not sign the checkpoint, or
// that a signature line claims so and does not verify.
func (c Checkpoint) SignedBy(log Key) error {
	signed := false
	for _, s := range c.Signatures {
		if !log.Made(s) {
			continue
		}
		if err := log.Verify(c.Text, s.Bytes, Passkeys{}); err != nil {
			return fmt.Errorf("checkpoint of size %d: %w", c.Size, err)
		}
		signed = true
	}
	if !signed {
		return fmt.Errorf("checkpoint of size %d: not signed by the log's key %s", c.Size, log.Name())
	}
	return nil
}

// parseHash reads a hash in standard base64 with padding.
func parseHash(text string) (tlog.Hash, error) {
	b, err := decodeBase64(text)
	if err != nil || len(b) != tlog.HashSize {
		return tlog.Hash{}, fmt.Errorf("malformed hash %.60q", text)
	}
	return tlog.Hash(b), nil
}
