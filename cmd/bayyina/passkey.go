package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

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
	Log           string `placeholder:"LOG" xor:"party" help:"Read from the genesis of this log (folder, tar archive or address) for which relying party a software passkey signs, and on which page."`
	RPID          string `name:"rp-id" placeholder:"DOMAIN" xor:"party" help:"Relying party of the log's passkeys, where --log is not given."`
	PasskeyOrigin string `placeholder:"URL" help:"Page on which the passkey is said to sign, one of those that the genesis names; by default its first, or https:// and --rp-id."`
}

// signer makes a key sign notes; a passkey signs for the log that the flags name.
func (f *passkeyFlags) signer(e *env, key privateKey) (note.Signer, error) {
	switch k := key.(type) {
	case *identity.Key:
		if *f != (passkeyFlags{}) {
			return nil, errors.New("the file holds no passkey: --log, --rp-id and --passkey-origin mean nothing for it")
		}
		return k, nil
	case *softkey.Key:
		rpID, origin, err := f.place(e)
		if err != nil {
			return nil, err
		}
		return k.At(rpID, origin), nil
	}
	return nil, fmt.Errorf("a key of type %T does not sign", key)
}

// place says for which relying party a passkey signs, and on which page.
func (f *passkeyFlags) place(e *env) (rpID, origin string, err error) {
	rpID, origin = f.RPID, f.PasskeyOrigin
	switch {
	case f.Log != "":
		g, err := readGenesis(e.ctx, f.Log)
		if err != nil {
			return "", "", err
		}
		switch p := g.Passkeys; {
		case p.RPID == "" || len(p.Origins) == 0:
			return "", "", fmt.Errorf("the log %s has no passkeys", f.Log)
		case origin == "":
			origin = p.Origins[0]
		case !slices.Contains(p.Origins, origin):
			return "", "", fmt.Errorf("the log %s names no page %s for passkeys", f.Log, origin)
		}
		return g.Passkeys.RPID, origin, nil
	case rpID == "":
		return "", "", usageError("a passkey signs for one relying party: give --log or --rp-id")
	case origin == "":
		origin = "https://" + rpID
	}
	return rpID, origin, nil
}

// readGenesis reads the first entry of a log. Nothing is verified: a signature made
// for another relying party than the log's is good nowhere.
func readGenesis(ctx context.Context, location string) (*read.Genesis, error) {
	source, err := read.OpenSource(ctx, location)
	if err != nil {
		return nil, err
	}
	defer source.Close()
	newest, err := read.Newest(ctx, source)
	if err != nil {
		return nil, err
	}
	entries, err := read.ReadBundle(ctx, source, 0, newest.Size)
	if err != nil {
		return nil, err
	}
	if len(entries) == 0 {
		return nil, fmt.Errorf("the log %s is empty", location)
	}
	entry, err := read.ParseEntry(entries[0])
	if err != nil {
		return nil, err
	}
	g := new(read.Genesis)
	if entry.Statement.Kind != read.KindGenesis {
		return nil, fmt.Errorf("the log %s begins with %s, not with a genesis", location, entry.Statement.Kind)
	}
	if err := read.DecodeBody(entry.Statement.Body, g); err != nil {
		return nil, fmt.Errorf("genesis: %w", err)
	}
	return g, nil
}
