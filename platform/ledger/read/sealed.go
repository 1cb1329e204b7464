package read

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"fmt"
)

// Sealed is a value of which the log holds only the commitment (docs/PROTOCOL.md
// section 3).
type Sealed struct {
	Hash string `json:"sealed"` // 64 hex digits
}

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

// CheckSealed reports, as an error, that salt and value are not what was sealed.
func CheckSealed(sealed Sealed, kind, id, path string, salt [SaltSize]byte, value string) error {
	if subtle.ConstantTimeCompare([]byte(SealValue(kind, id, path, salt, value).Hash), []byte(sealed.Hash)) != 1 {
		return fmt.Errorf("open sealed value %s of %s %s: this is not what was sealed", path, kind, id)
	}
	return nil
}
