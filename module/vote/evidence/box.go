package evidence

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"

	"bayyina/core/canon"
	"bayyina/core/group"
	"bayyina/platform/ledger/read"
)

// cast is one ballot entry: about 100 bytes for each are kept.
type cast struct {
	Tracker    [32]byte // SHA-256 of the ballot
	Credential [32]byte // its CredentialName, where the ballot was read; else zero
	Sequence   int64
	Time       int64 // Unix seconds
	Size       int64
	Prev       int64 // position of the credential's ballot before it, else −1
	Valid      bool  // it passed every check: it counts unless a later one replaces it
}

func (c cast) attachment() read.Attachment {
	return read.Attachment{SHA256: hex.EncodeToString(c.Tracker[:]), Size: c.Size}
}

// CredentialName is how a promise names a public credential, in 64 hexadecimal digits:
// by its text in Ed25519, by the SHA-256 of its longer text in a field.
func CredentialName(e *group.Element) string {
	if e.Group() != group.Ed25519 {
		return canon.Hex(e.AppendText(nil))
	}
	return e.String()
}

// box is the ballot box: all ballot entries in log order, found by tracker and by
// credential.
type box struct {
	casts     []cast
	byTracker map[[32]byte]int64
	last      map[[32]byte]int64 // newest ballot of each credential

	proofs  int64 // checked
	revotes int64
}

// holds says whether a ballot with this text is in the box.
func (b *box) holds(tracker [32]byte) bool {
	_, ok := b.byTracker[tracker]
	return ok
}

// newest is the last ballot of a credential.
func (b *box) newest(credential [32]byte) (cast, bool) {
	i, ok := b.last[credential]
	if !ok {
		return cast{}, false
	}
	return b.casts[i], true
}

// put enters a ballot.
func (b *box) put(c cast) {
	if b.byTracker == nil {
		b.byTracker, b.last = make(map[[32]byte]int64), make(map[[32]byte]int64)
	}
	at := int64(len(b.casts))
	c.Prev = -1
	if c.Valid {
		if prev, ok := b.last[c.Credential]; ok {
			c.Prev = prev
			b.revotes++
		}
		b.last[c.Credential] = at
	}
	if !b.holds(c.Tracker) {
		b.byTracker[c.Tracker] = at
	}
	b.casts = append(b.casts, c)
}

// kept looks for what a promise promises: this ballot, or another one of the
// credential entered after the promise was issued, by the deadline, that is none of
// its earlier ones.
func (b *box) kept(tracker, credential [32]byte, issued, deadline time.Time, earlier map[[32]byte]bool) (cast, bool) {
	if at, ok := b.byTracker[tracker]; ok && b.casts[at].Time <= deadline.Unix() {
		return b.casts[at], true
	}
	at, ok := b.last[credential]
	if !ok {
		return cast{}, false
	}
	for ; at >= 0; at = b.casts[at].Prev {
		if c := b.casts[at]; c.Time > issued.Unix() && c.Time <= deadline.Unix() && !earlier[c.Tracker] {
			return c, true
		}
	}
	return cast{}, false
}

// MarshalBinary writes the box compactly: it may hold millions of ballots.
func (b *box) MarshalBinary() ([]byte, error) {
	return binary.Append(binary.BigEndian.AppendUint64(nil, uint64(b.proofs)), binary.BigEndian, b.casts)
}

// UnmarshalBinary reads what MarshalBinary wrote.
func (b *box) UnmarshalBinary(data []byte) error {
	size := binary.Size(cast{})
	if len(data) < 8 || (len(data)-8)%size != 0 {
		return fmt.Errorf("ballot box of %d bytes", len(data))
	}
	casts := make([]cast, (len(data)-8)/size)
	if _, err := binary.Decode(data[8:], binary.BigEndian, casts); err != nil {
		return err
	}
	*b = box{proofs: int64(binary.BigEndian.Uint64(data))}
	for _, c := range casts {
		b.put(c)
	}
	return nil
}
