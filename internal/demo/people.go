package demo

import (
	"crypto/ed25519"
	"fmt"
	"io"

	"golang.org/x/mod/sumdb/note"

	"bayyina/platform/identity"
	"bayyina/platform/identity/softkey"
	"bayyina/platform/ledger/read"
)

// The invented country's names in the log.
const (
	host   = "hnec.example"
	origin = "log.hnec.example/rehearsal-2026"
	rpID   = "sign.localhost" // browsers find it on this machine
)

// Where the country is served on this machine.
const (
	Listen  = "127.0.0.1:8080"
	Signing = "http://" + rpID + ":8080" // where its passkeys sign
)

const (
	officers  = 3
	witnesses = 3
	quorum    = 2
	members   = 3 // trustees
	threshold = 2 // of them decrypt
	mixers    = 2 // of them shuffle
)

// people are everybody who signs, with all their keys in one hand: that is what
// makes it a demonstration.
type people struct {
	root       *identity.Key
	officers   []*softkey.Signer
	checkpoint *identity.Key
	entry      *identity.Key
	receipt    *identity.Key
	authority  *identity.Key
	trustees   []*identity.Key
	witnesses  []ed25519.PrivateKey
}

func gather(at place, random io.Reader) (*people, error) {
	p := new(people)
	for _, k := range []struct {
		key  **identity.Key
		name string
	}{
		{&p.root, at.host + "/root"},
		{&p.checkpoint, at.origin},
		{&p.entry, at.host + "/entry"},
		{&p.receipt, at.host + "/receipt"},
		{&p.authority, fmt.Sprintf(at.others, "authority", "credentials")},
	} {
		key, err := identity.NewKey(k.name, random)
		if err != nil {
			return nil, err
		}
		*k.key = key
	}
	for i, alg := range []byte{read.PasskeyES256, read.PasskeyES256, read.PasskeyEdDSA} {
		key, err := softkey.New(fmt.Sprintf("%s/officer-%d", at.host, i+1), alg, random)
		if err != nil {
			return nil, err
		}
		p.officers = append(p.officers, key.At(at.passkeys.RPID, at.passkeys.Origins[0]))
	}
	for i := range members {
		key, err := identity.NewKey(fmt.Sprintf(at.others, fmt.Sprintf("trustee-%d", i+1), "key"), random)
		if err != nil {
			return nil, err
		}
		p.trustees = append(p.trustees, key)
	}
	for range witnesses {
		_, key, err := ed25519.GenerateKey(random)
		if err != nil {
			return nil, fmt.Errorf("witness key: %w", err)
		}
		p.witnesses = append(p.witnesses, key)
	}
	return p, nil
}

// commission are the signers of a decision that needs two officers and the root.
func (p *people) commission() []note.Signer {
	return []note.Signer{p.officers[0], p.officers[2], p.root}
}

// names are the trustees' names in the log, by owner number from 1.
func (p *people) names() []string {
	var list []string
	for _, t := range p.trustees {
		list = append(list, t.Name())
	}
	return list
}

// signed returns a text as a note with all the signatures.
func signed(text []byte, signers ...note.Signer) ([]byte, error) {
	return note.Sign(&note.Note{Text: string(text)}, signers...)
}
