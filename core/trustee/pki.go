package trustee

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"bayyina/core/canon"
	"bayyina/core/group"
	"bayyina/core/proof"
)

// seedLength is the length of a seed: 22 base-58 characters hold 128 bits.
const seedLength = 22

// base58 is the alphabet of seeds.
const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// maxMessage bounds each message of the threshold set-up.
const maxMessage = 1 << 20

// ErrSignature: a message does not carry the signature of the key it should.
var ErrSignature = errors.New("signature does not fit the message and key")

// NewSeed makes the secret of a member of a threshold block: 22 characters, the
// whole content of the member's key file.
func NewSeed(random io.Reader) ([]byte, error) {
	seed := make([]byte, 0, seedLength)
	var b [1]byte
	for len(seed) < seedLength {
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return nil, fmt.Errorf("read randomness for a seed: %w", err)
		}
		// Six bits at a time; the six values past the alphabet are drawn again.
		if v := b[0] & 63; int(v) < len(base58) {
			seed = append(seed, base58[v])
		}
	}
	return seed, nil
}

// Key is what a member of a threshold block derives from the seed: a key that
// signs and a key that opens messages (Belenios 3.3, src/lib/core/pki.ml).
type Key struct {
	sign, open group.Scalar
	// Verification checks this member's signatures.
	Verification *group.Element
	// Encryption is what others encrypt messages to this member with.
	Encryption *group.Element
}

// OpenSeed derives the keys in the group from the content of a key file. Space around the seed
// is ignored.
func OpenSeed(g *group.Group, seed []byte) (*Key, error) {
	seed = trimSpace(seed)
	if len(seed) != seedLength {
		return nil, fmt.Errorf("seed has %d characters, must have %d", len(seed), seedLength)
	}
	for _, c := range seed {
		if !isBase58(c) {
			return nil, errors.New("seed has a character that is not of base 58")
		}
	}
	k := &Key{sign: derive(g, "sk|", seed), open: derive(g, "dk|", seed)}
	k.Verification = g.BaseMult(k.sign)
	k.Encryption = g.BaseMult(k.open)
	return k, nil
}

func (k *Key) group() *group.Group { return k.Verification.Group() }

func isBase58(c byte) bool {
	for i := range len(base58) {
		if base58[i] == c {
			return true
		}
	}
	return false
}

func derive(g *group.Group, purpose string, seed []byte) group.Scalar {
	h := sha256.New()
	io.WriteString(h, purpose)
	h.Write(seed)
	return g.ReduceBigEndian(h.Sum(nil))
}

// signed is a text with its signature.
type signed struct {
	message   string
	signature proof.Proof
}

func (k *Key) signMessage(message string, random io.Reader) (signed, error) {
	p, err := k.signature(message, random)
	return signed{message, p}, err
}

func (k *Key) signature(message string, random io.Reader) (proof.Proof, error) {
	p, err := proof.ProveKnowledge(random, proof.Message, []byte(message), k.sign)
	if err != nil {
		return proof.Proof{}, fmt.Errorf("sign message: %w", err)
	}
	return p, nil
}

func (s signed) verify(verification *group.Element) error {
	return verifySignature(s.message, s.signature, verification)
}

func verifySignature(message string, signature proof.Proof, verification *group.Element) error {
	if !proof.VerifyKnowledge(proof.Message, []byte(message), verification, signature) {
		return ErrSignature
	}
	return nil
}

func (s signed) write(w *canon.Writer) {
	w.Begin('{').Key("message").String(s.message).Key("signature")
	s.signature.Write(w)
	w.End('}')
}

func readSigned(r *canon.Reader, g *group.Group) (s signed) {
	r.Literal(`{"message":`)
	s.message = r.String()
	r.Literal(`,"signature":`)
	s.signature = proof.Read(r, g)
	r.Literal("}")
	return s
}

// seal encrypts text to the holder of an encryption key: AES-256-GCM under the
// hash of a random element, which is encrypted by ElGamal.
func seal(text []byte, to *group.Element, random io.Reader) ([]byte, error) {
	g := to.Group()
	secret, err := g.RandomScalar(random)
	if err != nil {
		return nil, err
	}
	r, err := g.RandomScalar(random)
	if err != nil {
		return nil, err
	}
	element, alpha := g.BaseMult(secret), g.BaseMult(r)
	beta := to.Mult(r).Add(element)
	aead, iv, err := symmetric(element, alpha)
	if err != nil {
		return nil, err
	}
	var w canon.Writer
	w.Begin('{').Key("algorithm").String("AES-GCM")
	w.Key("alpha").Append(alpha.AppendText).Key("beta").Append(beta.AppendText)
	w.Key("data").Append(func(dst []byte) []byte {
		return hex.AppendEncode(dst, aead.Seal(nil, iv, text, nil))
	})
	return w.End('}').Bytes(), nil
}

// unseal opens what seal made for this key.
func (k *Key) unseal(message []byte) ([]byte, error) {
	r := canon.NewReader(message, maxMessage)
	r.Literal(`{"algorithm":"AES-GCM","alpha":`)
	alpha := proof.ReadElement(r, k.group())
	r.Literal(`,"beta":`)
	beta := proof.ReadElement(r, k.group())
	r.Literal(`,"data":`)
	data := r.Plain()
	r.Literal("}")
	if err := r.End(); err != nil {
		return nil, fmt.Errorf("encrypted message: %w", err)
	}
	ciphertext := make([]byte, hex.DecodedLen(len(data)))
	if _, err := hex.Decode(ciphertext, data); err != nil {
		return nil, fmt.Errorf("encrypted message: data: %w", err)
	}
	aead, iv, err := symmetric(beta.Sub(alpha.Mult(k.open)), alpha)
	if err != nil {
		return nil, err
	}
	text, err := aead.Open(nil, iv, ciphertext, nil)
	if err != nil {
		return nil, errors.New("encrypted message is not for this key, or was changed")
	}
	return text, nil
}

// symmetric derives the cipher and its 32-byte IV from the shared element.
func symmetric(shared, alpha *group.Element) (cipher.AEAD, []byte, error) {
	key := sha256.Sum256(shared.AppendText([]byte("key|")))
	iv := sha256.Sum256(alpha.AppendText([]byte("iv|")))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, nil, err
	}
	aead, err := cipher.NewGCMWithNonceSize(block, len(iv))
	return aead, iv[:], err
}

// send makes a message that only the recipient can open and that names its
// recipient under the sender's signature, so that it cannot be passed on.
func (k *Key) send(text []byte, recipient *group.Element, random io.Reader) ([]byte, error) {
	var inner canon.Writer
	inner.Begin('{').Key("recipient").Append(recipient.AppendText)
	inner.Key("message").String(string(text)).End('}')
	s, err := k.signMessage(string(inner.Bytes()), random)
	if err != nil {
		return nil, err
	}
	var outer canon.Writer
	s.write(&outer)
	return seal(outer.Bytes(), recipient, random)
}

// receive opens a message of send and checks its sender and recipient.
func (k *Key) receive(message []byte, sender *group.Element) ([]byte, error) {
	text, err := k.unseal(message)
	if err != nil {
		return nil, err
	}
	outer := canon.NewReader(text, maxMessage)
	s := readSigned(outer, k.group())
	if err := outer.End(); err != nil {
		return nil, fmt.Errorf("opened message: %w", err)
	}
	if err := s.verify(sender); err != nil {
		return nil, fmt.Errorf("opened message: %w", err)
	}
	inner := canon.NewReader([]byte(s.message), maxMessage)
	inner.Literal(`{"recipient":`)
	recipient := proof.ReadElement(inner, k.group())
	inner.Literal(`,"message":`)
	body := inner.String()
	inner.Literal("}")
	if err := inner.End(); err != nil {
		return nil, fmt.Errorf("opened message: %w", err)
	}
	if !recipient.Equal(k.Encryption) {
		return nil, errors.New("opened message is addressed to somebody else")
	}
	return []byte(body), nil
}
