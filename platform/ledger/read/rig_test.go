package read_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"bayyina/platform/ledger/read"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"
)

const origin = "log.example/2026"

// parties is where the passkeys of these tests sign.
var parties = read.Passkeys{RPID: "sign.example", Origins: []string{"https://sign.example", "https://sign2.example"}}

// noon is a time.
var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// signer makes an Ed25519 key by another implementation.
func signer(tb testing.TB, name string) (note.Signer, string) {
	tb.Helper()
	private, public, err := note.GenerateKey(rand.Reader, name)
	if err != nil {
		tb.Fatal(err)
	}
	s, err := note.NewSigner(private)
	if err != nil {
		tb.Fatal(err)
	}
	return s, public
}

// key parses a verifier key that must be good.
func key(tb testing.TB, text string) read.Key {
	tb.Helper()
	k, err := read.ParseKey(text)
	if err != nil {
		tb.Fatal(err)
	}
	return k
}

// cosigner is a witness that cosigns at whatever time it is told.
type cosigner struct {
	name    string
	private ed25519.PrivateKey
	vkey    string
}

func newCosigner(tb testing.TB, name string) *cosigner {
	tb.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	s, err := torchwood.NewCosignatureSigner(name, private)
	if err != nil {
		tb.Fatal(err)
	}
	return &cosigner{name, private, s.Verifier().String()}
}

// line cosigns a checkpoint's text, written out from c2sp.org/tlog-cosignature.
func (c *cosigner) line(text string, at time.Time) string {
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", at.Unix(), text)
	b := binary.BigEndian.AppendUint64(nil, uint64(at.Unix()))
	return signatureLine(c.name, idOf(c.vkey), append(b, ed25519.Sign(c.private, []byte(message))...))
}

// idOf reads the key id of a verifier key.
func idOf(vkey string) uint32 {
	id, err := hex.DecodeString(strings.Split(vkey, "+")[1])
	if err != nil {
		panic(err)
	}
	return binary.BigEndian.Uint32(id)
}

func signatureLine(name string, id uint32, signature []byte) string {
	return fmt.Sprintf("— %s %s\n", name, base64.StdEncoding.EncodeToString(append(binary.BigEndian.AppendUint32(nil, id), signature...)))
}

// passkey is an authenticator with the page before it, and all that they can lie about.
type passkey struct {
	name string
	vkey string
	sign func(message []byte) []byte
}

// ceremony is one assertion before it is signed.
type ceremony struct {
	client map[string]any
	auth   []byte
	raw    []byte // clientDataJSON, instead of client
}

func newES256(tb testing.TB, name string) *passkey {
	tb.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	public, err := private.PublicKey.Bytes()
	if err != nil {
		tb.Fatal(err)
	}
	return newPasskey(name, read.PasskeyES256, public, func(message []byte) []byte {
		digest := sha256.Sum256(message)
		sig, err := private.Sign(nil, digest[:], crypto.SHA256) // nil: deterministic
		if err != nil {
			tb.Fatal(err)
		}
		return sig
	})
}

func newEdDSA(tb testing.TB, name string) *passkey {
	tb.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return newPasskey(name, read.PasskeyEdDSA, public, func(message []byte) []byte { return ed25519.Sign(private, message) })
}

// newPasskey writes the verifier key out by hand.
func newPasskey(name string, alg byte, public []byte, sign func([]byte) []byte) *passkey {
	data := append([]byte("\xffbayyina.webauthn/1\x00"), alg)
	data = append(data, public...)
	return &passkey{name, vkeyOf(name, data), sign}
}

// vkeyOf writes a verifier key out by hand.
func vkeyOf(name string, data []byte) string {
	id := sha256.Sum256(append([]byte(name+"\n"), data...))
	return fmt.Sprintf("%s+%x+%s", name, id[:4], base64.StdEncoding.EncodeToString(data))
}

// honest is the ceremony over a text as it should be.
func honest(text string) *ceremony {
	challenge, party := sha256.Sum256([]byte(text)), sha256.Sum256([]byte("sign.example"))
	return &ceremony{
		client: map[string]any{
			"type": "webauthn.get", "challenge": base64.RawURLEncoding.EncodeToString(challenge[:]),
			"origin": "https://sign.example", "crossOrigin": false,
		},
		auth: append(party[:], 0x05, 0, 0, 0, 7),
	}
}

// assert signs a ceremony: what follows the key id in a signature line.
func (p *passkey) assert(tb testing.TB, c *ceremony) []byte {
	tb.Helper()
	b, err := p.assertion(c)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func (p *passkey) assertion(c *ceremony) ([]byte, error) {
	client := c.raw
	if client == nil {
		var err error
		if client, err = json.Marshal(c.client); err != nil {
			return nil, err
		}
	}
	hash := sha256.Sum256(client)
	return assertion(c.auth, client, p.sign(append(append([]byte{}, c.auth...), hash[:]...))), nil
}

// assertion lays the parts out as docs/PROTOCOL.md section 2 says.
func assertion(auth, client, sig []byte) []byte {
	out := binary.BigEndian.AppendUint16(nil, uint16(len(auth)))
	out = append(out, auth...)
	out = binary.BigEndian.AppendUint16(out, uint16(len(client)))
	out = append(out, client...)
	return append(out, sig...)
}

// noteSigner lets a passkey sign notes.
type noteSigner struct{ *passkey }

func (s noteSigner) Name() string    { return s.name }
func (s noteSigner) KeyHash() uint32 { return idOf(s.vkey) }
func (s noteSigner) Sign(text []byte) ([]byte, error) {
	return s.assertion(honest(string(text)))
}

// signed is a note with signatures.
func signed(tb rapid.TB, text string, by ...note.Signer) []byte {
	tb.Helper()
	raw, err := note.Sign(&note.Note{Text: text}, by...)
	if err != nil {
		tb.Fatal(err)
	}
	return raw
}

// tells fails unless err's message holds the words.
func tells(tb testing.TB, err error, words string) {
	tb.Helper()
	if err == nil || !strings.Contains(err.Error(), words) {
		tb.Errorf("error is %q, should tell %q", fmt.Sprint(err), words)
	}
}

// publicOf is the public key in a verifier key, without its type.
func publicOf(vkey string) []byte {
	data, err := base64.StdEncoding.DecodeString(strings.SplitN(vkey, "+", 3)[2])
	if err != nil {
		panic(err)
	}
	return data[1:]
}
