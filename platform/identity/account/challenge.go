package account

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"bayyina/platform/store"
)

// challengeAge is how long somebody has to answer a challenge.
const challengeAge = 10 * time.Minute

// What a challenge may be for.
const (
	toSignIn = "sign-in"
	toEnrol  = "enrol"
)

// challenges makes WebAuthn challenges of which the server keeps nothing until one is
// answered, so that nobody can fill its memory with ceremonies that they only begin.
//
// A challenge is 32 random bytes, the second at which it expires (8 bytes) and an
// HMAC-SHA-256 over both with what it is for: 72 bytes, so that it never equals the
// hash of a decision, which has 32. The key lives as long as the process.
type challenges struct {
	key    [sha256.Size]byte
	random io.Reader
}

const (
	nonceSize     = 32
	challengeSize = nonceSize + 8 + sha256.Size
)

func newChallenges(random io.Reader) (*challenges, error) {
	c := &challenges{random: random}
	if _, err := io.ReadFull(random, c.key[:]); err != nil {
		return nil, fmt.Errorf("key of challenges: read randomness: %w", err)
	}
	return c, nil
}

// make makes a challenge for a purpose, and for whom it is (may be nil).
func (c *challenges) make(purpose string, whom []byte, now time.Time) ([]byte, error) {
	b := make([]byte, nonceSize, challengeSize)
	if _, err := io.ReadFull(c.random, b); err != nil {
		return nil, fmt.Errorf("challenge: read randomness: %w", err)
	}
	b = binary.BigEndian.AppendUint64(b, uint64(now.Add(challengeAge).Unix()))
	return append(b, c.mac(b, purpose, whom)...), nil
}

func (c *challenges) mac(begin []byte, purpose string, whom []byte) []byte {
	h := hmac.New(sha256.New, c.key[:])
	h.Write(begin)
	h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(purpose))))
	io.WriteString(h, purpose)
	h.Write(whom)
	return h.Sum(nil)
}

// errChallenge reports a challenge that this server did not make for this, or too long ago.
var errChallenge = errors.New("the challenge is not one of this server for this purpose, or has expired")

// check decodes a challenge as it stands in client data (base64url), and makes sure that
// it is c's, for this purpose and whom, and not too old.
func (c *challenges) check(text, purpose string, whom []byte, now time.Time) ([]byte, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != challengeSize {
		return nil, errChallenge
	}
	begin := b[:nonceSize+8]
	if !hmac.Equal(c.mac(begin, purpose, whom), b[len(begin):]) {
		return nil, errChallenge
	}
	if expires := int64(binary.BigEndian.Uint64(begin[nonceSize:])); now.Unix() > expires {
		return nil, errChallenge
	}
	return b, nil
}

// errAnswered reports a challenge that was answered before.
var errAnswered = errors.New("the challenge was answered before")

// answered notes that a challenge was answered, which it can be once.
func answered(ctx context.Context, tx *store.Tx, challenge []byte, now time.Time) error {
	if _, err := tx.Exec(ctx, `DELETE FROM account_answered WHERE expires < ?1`, now.Unix()); err != nil {
		return fmt.Errorf("forget old challenges: %w", err)
	}
	hash := sha256.Sum256(challenge)
	n, err := tx.Exec(ctx, `INSERT INTO account_answered (challenge, expires) VALUES (?1, ?2) ON CONFLICT (challenge) DO NOTHING`,
		hash[:], now.Add(challengeAge).Unix())
	if err != nil {
		return fmt.Errorf("note the challenge: %w", err)
	}
	if n == 0 {
		return errAnswered
	}
	return nil
}
