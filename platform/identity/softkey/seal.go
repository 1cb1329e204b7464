package softkey

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"

	"bayyina/platform/identity"

	"filippo.io/age"
)

// Label is the label under which a passkey is sealed (see [identity.SealSecret]).
const Label = "bayyina.softkey/1"

// Seal encrypts a passkey as an armored age file.
func Seal(k *Key, recipients ...age.Recipient) ([]byte, error) {
	private := append([]byte{k.alg}, k.secret...)
	defer clear(private)
	// One allocation, so that no half-written copy is left behind.
	text := make([]byte, 0, len(k.Name())+len("+00000000+\n")+base64.StdEncoding.EncodedLen(len(private)))
	defer func() { clear(text) }()
	text = fmt.Appendf(text, "%s+%08x+", k.Name(), k.KeyHash())
	text = base64.StdEncoding.AppendEncode(text, private)
	text = append(text, '\n')
	return identity.SealSecret(Label, text, recipients...)
}

// Parse reads the secret that [Seal] sealed under [Label].
func Parse(secret []byte) (*Key, error) {
	malformed := errors.New("not a software passkey (name+id+base64)")
	line, ok := bytes.CutSuffix(secret, []byte("\n"))
	fields := bytes.SplitN(line, []byte("+"), 3)
	if !ok || len(fields) != 3 || len(fields[2]) != base64.StdEncoding.EncodedLen(1+secretSize) {
		return nil, malformed
	}
	private := make([]byte, base64.StdEncoding.DecodedLen(len(fields[2])))
	n, err := base64.StdEncoding.Strict().Decode(private, fields[2])
	if err != nil || n != 1+secretSize {
		clear(private)
		return nil, malformed
	}
	k, err := fromSecret(string(fields[0]), private[0], private[1:n])
	if err != nil {
		clear(private)
		return nil, err
	}
	if id := fmt.Sprintf("%08x", k.KeyHash()); id != string(fields[1]) {
		k.Destroy()
		return nil, fmt.Errorf("software passkey %s: its id %.16q is not that of its public key (%s)", fields[0], fields[1], id)
	}
	return k, nil
}
