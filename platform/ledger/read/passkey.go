package read

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Passkeys says where the passkey assertions of a log are made: the genesis'
// relying-party id and the pages' origins.
type Passkeys struct {
	RPID    string   `json:"rp_id"`
	Origins []string `json:"origins"`
}

// Flag bits of authenticatorData (WebAuthn level 2, section 6.1).
const (
	flagUserPresent  = 1 << 0
	flagUserVerified = 1 << 2
)

// verifyAssertion checks a WebAuthn assertion over a note's text
// (docs/PROTOCOL.md section 2, points 1 to 3).
func (k Key) verifyAssertion(text, signature []byte, at Passkeys) error {
	auth, rest, ok := cutLength16(signature)
	client, sig, ok2 := cutLength16(rest)
	if !ok || !ok2 {
		return errors.New("not an assertion: too short")
	}
	if err := checkClientData(client, text, at); err != nil {
		return err
	}
	if err := checkAuthenticatorData(auth, at); err != nil {
		return err
	}
	return k.verifySigned(auth, client, sig)
}

// verifySigned checks the authenticator's signature over both parts of an assertion.
func (k Key) verifySigned(auth, client, sig []byte) error {
	hash := sha256.Sum256(client)
	signed := append(bytes.Clone(auth), hash[:]...)
	if k.alg == PasskeyEdDSA {
		if !ed25519.Verify(k.edd, signed, sig) {
			return errors.New("the assertion's signature does not verify")
		}
		return nil
	}
	digest := sha256.Sum256(signed)
	if !ecdsa.VerifyASN1(k.point, digest[:], sig) {
		return errors.New("the assertion's signature does not verify")
	}
	return nil
}

// checkClientData judges four members of clientDataJSON (WebAuthn level 2, section
// 5.8.1), found by their exact names.
func checkClientData(raw, text []byte, at Passkeys) error {
	members, err := membersOf(raw)
	if err != nil {
		return fmt.Errorf("client data: %w", err)
	}
	challenge := sha256.Sum256(text)
	kind, origin := textOf(members["type"]), textOf(members["origin"])
	cross, crossed := members["crossOrigin"]
	switch {
	case kind != "webauthn.get":
		return fmt.Errorf("client data: type %.80q, not webauthn.get", kind)
	case textOf(members["challenge"]) != base64.RawURLEncoding.EncodeToString(challenge[:]):
		return errors.New("client data: the challenge is not the hash of this statement")
	case origin == "" || !slices.Contains(at.Origins, origin):
		return fmt.Errorf("client data: origin %.200q is not one of the log's", origin)
	case crossed && string(cross) != "false":
		return errors.New("client data: made within another site's page")
	}
	return nil
}

// membersOf reads a JSON object whose members stand once each.
func membersOf(raw []byte) (map[string]json.RawMessage, error) {
	members := make(map[string]json.RawMessage)
	if !json.Valid(raw) { // nor anything after the object
		return nil, errors.New("not JSON")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string) // an object's member begins with nothing else
		if _, twice := members[name]; twice {
			return nil, fmt.Errorf("member %.80q stands twice", name)
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		members[name] = value
	}
	return members, nil
}

// textOf returns a JSON string's text, empty for whatever else.
func textOf(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return ""
	}
	return text
}

func checkAuthenticatorData(auth []byte, at Passkeys) error {
	if len(auth) < 37 {
		return fmt.Errorf("authenticator data: %d bytes, fewer than 37", len(auth))
	}
	party := sha256.Sum256([]byte(at.RPID))
	flags := auth[32]
	switch {
	case !bytes.Equal(auth[:32], party[:]):
		return fmt.Errorf("authenticator data: not for the relying party %q", at.RPID)
	case flags&flagUserPresent == 0:
		return errors.New("authenticator data: nobody was present")
	case flags&flagUserVerified == 0:
		return errors.New("authenticator data: the user was not verified")
	}
	return nil
}

// cutLength16 cuts off a part whose length stands before it as u16.
func cutLength16(b []byte) (part, rest []byte, ok bool) {
	if len(b) < 2 {
		return nil, nil, false
	}
	n := int(binary.BigEndian.Uint16(b))
	if len(b) < 2+n {
		return nil, nil, false
	}
	return b[2 : 2+n], b[2+n:], true
}
