package forge

import (
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"bayyina/platform/identity"
	"bayyina/platform/identity/softkey"
	"bayyina/platform/ledger/read"

	"golang.org/x/mod/sumdb/note"
)

// Where the actors' passkeys sign.
const (
	RPID       = "decide.hnec.example"
	PageOrigin = "https://decide.hnec.example"
)

// Actors are all who sign in a log, with their keys.
type Actors struct {
	Origin     string
	Root       *identity.Key
	Officers   []*softkey.Signer // three: ES256, ES256, EdDSA
	Checkpoint *identity.Key
	Entry      *identity.Key
	Receipt    *identity.Key
	Authority  *identity.Key
	Registry   *identity.Key
	Trustees   []*identity.Key // three, unless more are added before the genesis is written
	Witnesses  []*Witness      // three, of whom two are a quorum
	Start      time.Time       // the statements' windows begin here, and last a week
	Random     io.Reader       // of keys and statement ids
}

// NewActors makes the actors of a log from random.
func NewActors(origin string, start time.Time, random io.Reader) (*Actors, error) {
	a := &Actors{Origin: origin, Start: start, Random: random}
	for _, k := range []struct {
		name string
		key  **identity.Key
	}{
		{"hnec.example/root", &a.Root},
		{origin, &a.Checkpoint},
		{origin + "/entry", &a.Entry},
		{origin + "/receipt", &a.Receipt},
		{"credentials.example/authority", &a.Authority},
		{"civil.example/registry", &a.Registry},
	} {
		var err error
		if *k.key, err = identity.NewKey(k.name, random); err != nil {
			return nil, err
		}
	}
	for i := range 3 {
		trustee, err := identity.NewKey(fmt.Sprintf("trustee.example/%d", i+1), random)
		if err != nil {
			return nil, err
		}
		officer, err := a.NewOfficer(i + 1)
		if err != nil {
			return nil, err
		}
		witness, err := a.NewWitness(i + 1)
		if err != nil {
			return nil, err
		}
		a.Trustees, a.Officers, a.Witnesses = append(a.Trustees, trustee), append(a.Officers, officer), append(a.Witnesses, witness)
	}
	return a, nil
}

// NewOfficer makes the passkey of one more officer: every third signs with EdDSA.
func (a *Actors) NewOfficer(number int) (*softkey.Signer, error) {
	alg := read.PasskeyES256
	if number%3 == 0 {
		alg = read.PasskeyEdDSA
	}
	key, err := softkey.New(fmt.Sprintf("hnec.example/officer/%d", number), alg, a.Random)
	if err != nil {
		return nil, err
	}
	return key.At(RPID, PageOrigin), nil
}

// NewWitness makes one more witness.
func (a *Actors) NewWitness(number int) (*Witness, error) {
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(a.Random, seed); err != nil {
		return nil, err
	}
	return NewWitness(fmt.Sprintf("witness%d.example", number), ed25519.NewKeyFromSeed(seed)), nil
}

// Keys are the keys of everybody who writes the log.
func (a *Actors) Keys() Keys {
	return Keys{Checkpoint: a.Checkpoint, Entry: a.Entry, Witnesses: a.Witnesses}
}

// Two are the officers who decide by rule: the first and the last.
func (a *Actors) Two() []note.Signer { return []note.Signer{a.Officers[0], a.Officers[2]} }

// Decision is who must sign what needs two officers and the root key.
func (a *Actors) Decision() []note.Signer { return append(a.Two(), a.Root) }

// Policy is the policy file that pins the log.
func (a *Actors) Policy() []byte {
	text := fmt.Sprintf("log %s\n#bayyina genesis %s\n#bayyina rehearsal\n", a.Checkpoint.VerifierKey(), a.Root.VerifierKey())
	group := "group quorum 2"
	for _, w := range a.Witnesses {
		text += fmt.Sprintf("witness %s %s\n", w.Name(), w.VerifierKey())
		group += " " + w.Name()
	}
	return []byte(text + group + "\nquorum quorum\n")
}

// Statement drafts a statement with a new id.
func (a *Actors) Statement(kind string, body any) (Statement, error) {
	id := make([]byte, 16)
	if _, err := io.ReadFull(a.Random, id); err != nil {
		return Statement{}, err
	}
	s := Statement{Origin: a.Origin, Kind: kind, ID: hex.EncodeToString(id), From: a.Start, Until: a.Start.Add(7 * 24 * time.Hour)}
	return s, s.Encode(body)
}

// Say drafts a statement and has it signed.
func (a *Actors) Say(kind string, body any, signers ...note.Signer) ([]byte, error) {
	s, err := a.Statement(kind, body)
	if err != nil {
		return nil, err
	}
	return s.Sign(signers...)
}

// Genesis is the body of entry 0: a rehearsal, for its passkeys are software.
func (a *Actors) Genesis() read.Genesis {
	g := read.Genesis{
		Name:      read.Bilingual{AR: "سجل الأدلة للمفوضية", EN: "The commission's log"},
		Rehearsal: true,
		Keys: []read.KeyGrant{
			{Role: read.RoleRoot, Key: a.Root.VerifierKey()},
			{Role: read.RoleCheckpoint, Key: a.Checkpoint.VerifierKey()},
			{Role: read.RoleEntry, Key: a.Entry.VerifierKey()},
			{Role: read.RoleReceipt, Key: a.Receipt.VerifierKey()},
			{Role: read.RoleAuthority, Key: a.Authority.VerifierKey()},
			{Role: read.RoleRegistry, Key: a.Registry.VerifierKey()},
		},
		Passkeys: read.Passkeys{RPID: RPID, Origins: []string{PageOrigin}},
		Quorum:   2,
		Rules:    []read.Rule{},
	}
	for i := range 3 {
		g.Keys = append(g.Keys, read.KeyGrant{Role: read.RoleOfficer, Key: a.Officers[i].VerifierKey(), Software: true})
		g.Witnesses = append(g.Witnesses, read.Witness{Key: a.Witnesses[i].VerifierKey(), URL: "https://" + a.Witnesses[i].Name()})
	}
	for _, t := range a.Trustees {
		g.Keys = append(g.Keys, read.KeyGrant{Role: read.RoleTrustee, Key: t.VerifierKey()})
	}
	return g
}
