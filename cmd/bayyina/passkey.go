package main

import (
	"bytes"
	"errors"
	"fmt"

	"bayyina/platform/identity"
	"bayyina/platform/identity/softkey"
	"bayyina/platform/ledger/read"

	"filippo.io/age"
	"golang.org/x/mod/sumdb/note"
)

// privateKey is what a sealed file holds: an Ed25519 signing key or a software
// passkey.
type privateKey interface {
	identity.Public
	Destroy()
}

// sealKey encrypts a key of either type.
func sealKey(key privateKey, recipients []age.Recipient) ([]byte, error) {
	switch k := key.(type) {
	case *identity.Key:
		return identity.Seal(k, recipients...)
	case *softkey.Key:
		return softkey.Seal(k, recipients...)
	}
	return nil, fmt.Errorf("a key of type %T cannot be sealed", key)
}

// openAnyKey opens a sealed key of either type.
func (f *unlockFlags) openAnyKey(e *env, path string) (privateKey, error) {
	sealed, err := identity.Read(path, identity.MaxKeyFile)
	if err != nil {
		return nil, err
	}
	ids, err := f.identities(e, path)
	if err != nil {
		return nil, err
	}
	content, err := identity.OpenAny(sealed, ids...)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	if content.Key != nil {
		return content.Key, nil
	}
	defer clear(content.Secret)
	if content.Label != softkey.Label {
		return nil, fmt.Errorf("key file %s: it holds %.80q, not a signing key", path, content.Label)
	}
	key, err := softkey.Parse(content.Secret)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return key, nil
}

// parsePublic reads the content of a .pub file: an Ed25519 key or a passkey.
func parsePublic(data []byte) (publicKey, error) {
	line, whole := bytes.CutSuffix(data, []byte("\n"))
	if k, err := read.ParseKey(string(line)); whole && err == nil && k.IsPasskey() {
		return publicKey{Name: k.Name(), Hash: fmt.Sprintf("%08x", k.ID()), Algorithm: k.Algorithm(), VerifierKey: k.String()}, nil
	}
	vkey, verifier, err := identity.ParsePublic(data)
	if err != nil {
		return publicKey{}, err
	}
	return publicKey{Name: verifier.Name(), Hash: fmt.Sprintf("%08x", verifier.KeyHash()), Algorithm: "Ed25519", VerifierKey: vkey}, nil
}

// passkeyFlags say for which log a passkey signs. Commands that sign embed them.
type passkeyFlags struct {
	RPID          string `name:"rp-id" placeholder:"DOMAIN" help:"Relying party of the log's passkeys, as its genesis names it. Only for a software passkey."`
	PasskeyOrigin string `placeholder:"URL" help:"Page on which the passkey is said to sign, one of the genesis' origins; by default https:// and the relying party."`
}

// signer makes a key sign notes; a passkey signs for the log that the flags name.
func (f *passkeyFlags) signer(key privateKey) (note.Signer, error) {
	switch k := key.(type) {
	case *identity.Key:
		if f.RPID != "" || f.PasskeyOrigin != "" {
			return nil, errors.New("the file holds no passkey: --rp-id and --passkey-origin mean nothing for it")
		}
		return k, nil
	case *softkey.Key:
		if f.RPID == "" {
			return nil, usageError("a passkey signs for one relying party: --rp-id is missing")
		}
		origin := f.PasskeyOrigin
		if origin == "" {
			origin = "https://" + f.RPID
		}
		return k.At(f.RPID, origin), nil
	}
	return nil, fmt.Errorf("a key of type %T does not sign", key)
}
