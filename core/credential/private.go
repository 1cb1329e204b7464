// Package credential has both sides of a right to vote. The private side is a short
// code that the credential authority gives to a voter; the public side is a signing
// key derived from it, listed with its weight for everybody to see. A ballot is signed
// by the private side and counted with the weight of the public one
// (Belenios 3.3, src/lib/core/credential.ml).
package credential

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"

	"bayyina/core/group"
)

// Alphabet is base 58: digits and letters without 0, O, I and l.
const Alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

var (
	// ErrPrivate is wrapped by each error about a private credential as typed.
	ErrPrivate = errors.New("not a credential")
	// ErrPassword is wrapped where what was typed has the form of a server password.
	ErrPassword = fmt.Errorf("%w: this looks like a password", ErrPrivate)
)

// groups are the lengths of the parts of a private credential, joined by hyphens.
var groups = [4]int{5, 6, 5, 6}

// secretChars is the number of random characters of a private credential: 128.8 bits.
const secretChars = 22

// Private is a private credential, such as 11111-111111-11111-111112. It has no check
// digit (only those of before Belenios 2.3 have one): whether it belongs to an election is seen only by looking its public side up.
type Private struct{ text string }

// Generate makes a private credential of 22 uniform base-58 characters.
func Generate(random io.Reader) (Private, error) {
	chars := make([]byte, 0, secretChars)
	var b [32]byte
	for len(chars) < secretChars {
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return Private{}, fmt.Errorf("read randomness for a credential: %w", err)
		}
		for _, c := range b {
			const fair = 256 - 256%len(Alphabet)
			if int(c) < fair && len(chars) < secretChars {
				chars = append(chars, Alphabet[int(c)%len(Alphabet)])
			}
		}
	}
	var parts []string
	for _, n := range groups {
		parts = append(parts, string(chars[:n]))
		chars = chars[n:]
	}
	return Private{strings.Join(parts, "-")}, nil
}

// ParsePrivate reads a private credential as the voter typed it, without spaces
// around, or one of the form of before Belenios 2.3. Errors say what to look at and never repeat what was typed.
func ParsePrivate(text string) (Private, error) {
	parts := strings.Split(text, "-")
	if len(parts) == 3 && len(parts[0]) == 5 && len(parts[1]) == 5 && len(parts[2]) == 5 {
		return Private{}, fmt.Errorf("%w: three groups of five; a credential has four groups of 5, 6, 5 and 6 characters", ErrPassword)
	}
	if isOld(parts) {
		if err := checkOld(parts); err != nil {
			return Private{}, err
		}
		return Private{text}, nil
	}
	if len(parts) != len(groups) {
		return Private{}, fmt.Errorf("%w: %d groups, not 4 with hyphens between them", ErrPrivate, len(parts))
	}
	for i, part := range parts {
		for j, c := range part {
			if !strings.ContainsRune(Alphabet, c) {
				return Private{}, fmt.Errorf("%w: group %d, character %d is none of base 58 (there are no 0, O, I and l)", ErrPrivate, i+1, j+1)
			}
		}
		if len(part) != groups[i] {
			return Private{}, fmt.Errorf("%w: group %d has %d characters, not %d", ErrPrivate, i+1, len(part), groups[i])
		}
	}
	return Private{text}, nil
}

// Reveal returns the text for the voter. It must go nowhere else.
func (p Private) Reveal() string { return p.text }

// String hides the credential from logs and error messages.
func (p Private) String() string { return "(private credential)" }

// GoString hides the credential from logs and error messages.
func (p Private) GoString() string { return p.String() }

// Key derives the signing key for the election with the given group and uuid: two
// SHA-256 sums, one after the other, as one big-endian integer modulo q.
func (p Private) Key(g *group.Group, uuid string) group.Scalar {
	if len(p.text) == oldLength {
		return p.oldKey(g, uuid)
	}
	var digits []byte
	for _, i := range []string{"0", "1"} {
		sum := sha256.Sum256([]byte("derive_credential|" + uuid + "|" + i + "|" + p.text))
		digits = append(digits, sum[:]...)
	}
	return g.ReduceBigEndian(digits)
}

// Public returns the public credential, g times the signing key.
func (p Private) Public(g *group.Group, uuid string) *group.Element {
	return group.Normalize(g.BaseMult(p.Key(g, uuid)))[0]
}
