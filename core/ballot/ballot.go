package ballot

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"bayyina/core/canon"
	"bayyina/core/group"
	"bayyina/core/proof"
)

// MaxBallotBytes is the largest text of a ballot. A choice takes up to 720 bytes.
const MaxBallotBytes = 8 << 20

// Ballot is a signed, encrypted ballot as it was read or made. Being one says nothing
// about its validity: Election.Verify does.
type Ballot struct {
	unsigned
	raw           []byte
	signed        string // base-64 SHA-256 of the unsigned text, recomputed
	signatureHash string // what the signature says it is
	signature     proof.Proof
}

// unsigned is a ballot before its signature.
type unsigned struct {
	uuid, election string
	credential     *group.Element
	answers        []Answer
}

// ParseBallot reads the text of a ballot cast in the group. It accepts exactly one
// spelling of each ballot, inside its answers too, so that a ballot has only one tracker.
func ParseBallot(g group.Parser, data []byte) (*Ballot, error) {
	r := canon.NewReader(data, MaxBallotBytes)
	b := &Ballot{raw: append([]byte(nil), data...)}
	b.unsigned = readUnsigned(r, g)
	b.signed = canon.B64(append(append([]byte(nil), data[:r.Position()]...), '}'))
	if r.Next("}") {
		r.Fail(fmt.Errorf("%w: there is none", ErrSignature))
	}
	r.Literal(`,"signature":{"hash":`)
	b.signatureHash = string(r.Plain())
	r.Literal(`,"proof":`)
	b.signature = proof.Read(r, g)
	r.Literal("}}")
	if err := r.End(); err != nil {
		return nil, readError(err)
	}
	return b, nil
}

// UUIDOf reads which election a text claims to be a ballot of, and nothing else.
func UUIDOf(data []byte) (string, error) {
	r := canon.NewReader(data, MaxBallotBytes)
	r.Literal(`{"election_uuid":`)
	uuid := r.String()
	if !r.OK() {
		return "", readError(r.Err())
	}
	return uuid, nil
}

// CredentialOf reads the public credential whose ballot a text claims to be, and nothing
// else.
func CredentialOf(data []byte) (string, error) {
	r := canon.NewReader(data, MaxBallotBytes)
	r.Literal(`{"election_uuid":`)
	_ = r.String()
	r.Literal(`,"election_hash":`)
	_ = r.String()
	r.Literal(`,"credential":`)
	credential := r.String()
	if !r.OK() {
		return "", readError(r.Err())
	}
	return credential, nil
}

// readUnsigned reads a ballot up to where its signature or its end follows.
func readUnsigned(r *canon.Reader, g group.Parser) (u unsigned) {
	r.Literal(`{"election_uuid":`)
	u.uuid = r.String()
	r.Literal(`,"election_hash":`)
	u.election = r.String()
	r.Literal(`,"credential":`)
	u.credential = proof.ReadElement(r, g)
	r.Literal(`,"answers":`)
	r.Array(MaxQuestions, func(int) { u.answers = append(u.answers, readAnswer(r, g)) })
	return u
}

// write writes the ballot without closing it.
func (u unsigned) write(w *canon.Writer) {
	w.Begin('{').Key("election_uuid").String(u.uuid).Key("election_hash").String(u.election)
	w.Key("credential").Append(u.credential.AppendText)
	w.Key("answers").Begin('[')
	for _, a := range u.answers {
		a.write(w)
	}
	w.End(']')
}

// Bytes returns the text of the ballot. It must not be changed.
func (b *Ballot) Bytes() []byte { return b.raw }

// Hash returns the SHA-256 of the text.
func (b *Ballot) Hash() [32]byte { return sha256.Sum256(b.raw) }

// Tracker returns what the voter finds the ballot by: its hash in base 64.
func (b *Ballot) Tracker() string { return TrackerOf(b.Hash()) }

// TrackerOf returns the tracker of a ballot whose text has the SHA-256 hash.
func TrackerOf(hash [32]byte) string { return base64.RawStdEncoding.EncodeToString(hash[:]) }

// Commitment returns the base-64 SHA-256 of the ballot without its signature: what the
// voter was shown before choosing to check or to cast.
func (b *Ballot) Commitment() string { return b.signed }

// Credential returns the public credential the ballot claims to be of.
func (b *Ballot) Credential() *group.Element { return b.credential }

// ElectionUUID returns the uuid of the election the ballot claims to be for.
func (b *Ballot) ElectionUUID() string { return b.uuid }

// ElectionFingerprint returns the fingerprint of the election the ballot is for.
func (b *Ballot) ElectionFingerprint() string { return b.election }

// Answers returns the encrypted answers. They must not be changed.
func (b *Ballot) Answers() []Answer { return b.answers }

// Proofs is how many proofs the ballot has, with its signature.
func (b *Ballot) Proofs() int {
	n := 1
	for _, a := range b.answers {
		n += a.Proofs()
	}
	return n
}
