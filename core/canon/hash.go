package canon

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
)

// B64 returns the SHA-256 of data as Belenios shows it to people (trackers and
// fingerprints): standard base 64 without padding, 43 characters.
func B64(data []byte) string {
	sum := sha256.Sum256(data)
	return base64.RawStdEncoding.EncodeToString(sum[:])
}

// Hex returns the SHA-256 of data as Belenios' archives name records: 64 lower-case
// hexadecimal digits.
func Hex(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
