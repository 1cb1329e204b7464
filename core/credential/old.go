package credential

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"fmt"
	"strings"

	"bayyina/core/group"
)

// Up to Belenios 2.2 a private credential was 14 base-58 digits and a check digit, as
// XXX-XXX-XXX-XXX-XXX (src/lib/credential.ml of version 2.0). They are read and used,
// but not made.
const (
	oldGroups     = 5
	oldGroup      = 3
	oldLength     = oldGroups*oldGroup + oldGroups - 1
	oldIterations = 1000
	checkModulus  = 53
)

func isOld(parts []string) bool {
	for _, part := range parts {
		if len(part) != oldGroup {
			return false
		}
	}
	return len(parts) == oldGroups
}

// checkOld checks the digits of an old credential. The check digit is 53 less the value
// of the others, most significant first, modulo 53.
func checkOld(parts []string) error {
	value, last := 0, 0
	for i, c := range []byte(strings.Join(parts, "")) {
		value = (value*len(Alphabet) + last) % checkModulus
		if last = strings.IndexByte(Alphabet, c); last < 0 {
			return fmt.Errorf("%w: group %d, character %d is none of base 58 (there are no 0, O, I and l)", ErrPrivate, i/oldGroup+1, i%oldGroup+1)
		}
	}
	if last != checkModulus-value {
		return fmt.Errorf("%w: the last character does not fit the others: one of them is wrong", ErrPrivate)
	}
	return nil
}

// oldKey derives the signing key: PBKDF2 with HMAC-SHA-256 of the text, salted by the
// election's uuid, as a big-endian integer modulo q.
func (p Private) oldKey(g *group.Group, uuid string) group.Scalar {
	key, err := pbkdf2.Key(sha256.New, p.text, []byte(uuid), oldIterations, sha256.Size)
	if err != nil {
		panic(err) // only where FIPS 140 is enforced, for short passwords
	}
	return g.ReduceBigEndian(key)
}
