package demo

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"bayyina/platform/identity"
	"bayyina/platform/identity/softkey"
	"bayyina/platform/ledger/localwitness"
)

// PassphraseName is the file in the demo's folder that opens all of its keys: they
// are sealed as real ones are, and lie beside what opens them.
const PassphraseName = "passphrase"

const (
	passphrase   = "a rehearsal proves nothing"
	workFactor   = 10 // of scrypt: the passphrase is no secret
	witnessLabel = "bayyina.demo.witness/1"
	peopleDir    = "people"
	addressName  = "address"
)

// keepKeys writes everybody's keys into the folder, so that the country can be served
// after its election, and its people can sign more.
func (h *holding) keepKeys() error {
	recipient, err := identity.Passphrase([]byte(passphrase), workFactor)
	if err != nil {
		return err
	}
	for _, dir := range []string{"keys", peopleDir} {
		if err := os.Mkdir(h.path(dir), 0o700); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
	}
	if err := identity.Create(h.path(PassphraseName), []byte(passphrase+"\n"), 0o600); err != nil {
		return err
	}
	people := filepath.Join(h.cfg.Dir, peopleDir)
	for path, key := range map[string]*identity.Key{
		h.path("keys/checkpoint.key"):          h.people.checkpoint,
		h.path("keys/entry.key"):               h.people.entry,
		h.path("keys/receipt.key"):             h.people.receipt,
		filepath.Join(people, "root.key"):      h.people.root,
		filepath.Join(people, "authority.key"): h.people.authority,
		filepath.Join(people, "trustee-1.key"): h.people.trustees[0],
		filepath.Join(people, "trustee-2.key"): h.people.trustees[1],
		filepath.Join(people, "trustee-3.key"): h.people.trustees[2],
	} {
		sealed, err := identity.Seal(key, recipient)
		if err == nil {
			err = identity.WriteKeyFiles(path, key, sealed)
		}
		if err != nil {
			return err
		}
	}
	for i, officer := range h.people.officers {
		sealed, err := softkey.Seal(officer.Key, recipient)
		if err == nil {
			err = identity.WriteKeyFiles(officerPath(h.cfg.Dir, i), officer, sealed)
		}
		if err != nil {
			return err
		}
	}
	for i, key := range h.people.witnesses {
		sealed, err := identity.SealSecret(witnessLabel, key.Seed(), recipient)
		if err == nil {
			err = identity.Create(filepath.Join(witnessDir(h.cfg.Dir, i), "witness.key"), sealed, 0o600)
		}
		address := strings.TrimPrefix(h.witnesses[i].URL, "http://")
		if err == nil {
			err = identity.Create(filepath.Join(witnessDir(h.cfg.Dir, i), addressName), []byte(address+"\n"), 0o644)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func officerPath(dir string, i int) string {
	return filepath.Join(dir, peopleDir, fmt.Sprintf("officer-%d.key", i+1))
}

func witnessDir(dir string, i int) string {
	return filepath.Join(dir, fmt.Sprintf("witness-%d", i+1))
}

func witnessName(i int) string { return fmt.Sprintf("witness-%d.example", i+1) }

// Actors are the people of a country whose election was held, once more at work.
type Actors struct {
	Officers  []*softkey.Key // in the genesis' order
	people    *people        // without the keys of server and witnesses
	witnesses []*localwitness.Witness
}

// Wake opens the officers' keys, and starts the witnesses where they ran before.
// Close stops them.
func Wake(ctx context.Context, dir, litewitness string) (*Actors, error) {
	a := new(Actors)
	if err := a.wake(ctx, dir, litewitness); err != nil {
		return nil, errors.Join(fmt.Errorf("demo: %w", err), a.Close())
	}
	return a, nil
}

func (a *Actors) wake(ctx context.Context, dir, litewitness string) error {
	open := identity.AskPassphrase(func() ([]byte, error) { return []byte(passphrase), nil })
	checkpoint, err := identity.OpenKeyFile(filepath.Join(dir, "keys", "checkpoint.key"), open)
	if err != nil {
		return err
	}
	defer checkpoint.Destroy()
	if a.people, err = meet(dir, open); err != nil {
		return err
	}
	for i := range officers {
		secret, err := openSecret(softkey.Label, officerPath(dir, i), open)
		if err != nil {
			return err
		}
		key, err := softkey.Parse(secret)
		if err != nil {
			return err
		}
		a.Officers = append(a.Officers, key)
		a.people.officers = append(a.people.officers, key.At(rpID, Signing))
	}
	for i := range witnesses {
		seed, err := openSecret(witnessLabel, filepath.Join(witnessDir(dir, i), "witness.key"), open)
		if err != nil {
			return err
		}
		address, err := identity.Read(filepath.Join(witnessDir(dir, i), addressName), 256)
		if err != nil {
			return err
		}
		w, err := localwitness.Start(ctx, localwitness.Config{
			Binary: litewitness, Dir: witnessDir(dir, i), Name: witnessName(i), Key: ed25519.NewKeyFromSeed(seed),
			Origin: origin, LogKey: checkpoint.VerifierKey(), Address: strings.TrimSpace(string(address)),
		})
		if err != nil {
			return err
		}
		a.witnesses = append(a.witnesses, w)
	}
	return nil
}

// meet opens the keys of those who say something about elections, but for the officers.
func meet(dir string, open age.Identity) (*people, error) {
	p := &people{trustees: make([]*identity.Key, members)}
	for name, key := range map[string]**identity.Key{
		"root": &p.root, "authority": &p.authority,
		"trustee-1": &p.trustees[0], "trustee-2": &p.trustees[1], "trustee-3": &p.trustees[2],
	} {
		var err error
		if *key, err = identity.OpenKeyFile(filepath.Join(dir, peopleDir, name+".key"), open); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func openSecret(label, path string, open age.Identity) ([]byte, error) {
	sealed, err := identity.Read(path, identity.MaxKeyFile)
	if err != nil {
		return nil, err
	}
	return identity.OpenSecret(label, sealed, open)
}

// Close stops the witnesses, and forgets the keys.
func (a *Actors) Close() error {
	var errs []error
	for _, w := range a.witnesses {
		errs = append(errs, w.Stop())
	}
	for _, k := range a.Officers {
		k.Destroy()
	}
	if a.people != nil {
		for _, k := range append([]*identity.Key{a.people.root, a.people.authority}, a.people.trustees...) {
			k.Destroy()
		}
	}
	return errors.Join(errs...)
}
