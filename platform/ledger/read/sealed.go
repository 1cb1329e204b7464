package read

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Sealed is a value of which the log holds only the commitment (docs/PROTOCOL.md
// section 3).
type Sealed struct {
	Hash string `json:"sealed"` // 64 hex digits
}

// ErrNotSealed reports a salt and a value that are not what was sealed.
var ErrNotSealed = errors.New("this is not what was sealed")

// SaltSize is the number of random bytes of a sealed value's salt.
const SaltSize = 32

// SealValue returns the commitment to a value that stands at path (members and
// array indexes joined by a point) in a statement's body.
func SealValue(kind, id, path string, salt [SaltSize]byte, value string) Sealed {
	h := sha256.New()
	for _, part := range [][]byte{[]byte("bayyina.sealed/1"), []byte(kind), []byte(id), []byte(path), salt[:], []byte(value)} {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(part))))
		h.Write(part)
	}
	return Sealed{Hash: hex.EncodeToString(h.Sum(nil))}
}

// SealedAt returns the sealed value that stands at path in a statement's body.
func SealedAt(body []byte, path string) (Sealed, error) {
	var at any
	if err := json.Unmarshal(body, &at); err != nil {
		return Sealed{}, fmt.Errorf("find sealed value %s: %w", path, err)
	}
	for step := range strings.SplitSeq(path, ".") {
		switch in := at.(type) {
		case map[string]any:
			at = in[step]
		case []any:
			i, err := parseDecimal(step)
			if err != nil || i >= int64(len(in)) {
				return Sealed{}, fmt.Errorf("find sealed value %s: there is no element %s", path, step)
			}
			at = in[i]
		default:
			return Sealed{}, fmt.Errorf("find sealed value %s: there is nothing at %s", path, step)
		}
	}
	value, ok := at.(map[string]any)
	hash, isText := value["sealed"].(string)
	if !ok || !isText || len(value) != 1 {
		return Sealed{}, fmt.Errorf("find sealed value %s: what stands there is not sealed", path)
	}
	return Sealed{Hash: hash}, nil
}

// CheckSealed reports, as ErrNotSealed, that salt and value are not what was sealed.
func CheckSealed(sealed Sealed, kind, id, path string, salt [SaltSize]byte, value string) error {
	if subtle.ConstantTimeCompare([]byte(SealValue(kind, id, path, salt, value).Hash), []byte(sealed.Hash)) != 1 {
		return fmt.Errorf("open sealed value %s of %s %s: %w", path, kind, id, ErrNotSealed)
	}
	return nil
}
