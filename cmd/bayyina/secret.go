package main

import (
	"bytes"
	"errors"
	"fmt"

	"filippo.io/age"

	"bayyina/platform/identity"
)

const maxPassphraseFile = 4 << 10

// sealFlags say to whom a new secret file is sealed. Commands that write one embed them.
type sealFlags struct {
	PassphraseFile string   `placeholder:"FILE" xor:"seal" help:"Read the passphrase from the first line of FILE instead of asking for it."`
	Recipient      []string `sep:"none" placeholder:"AGE1…" xor:"seal" help:"Seal to this age recipient instead of a passphrase; may be repeated."`
}

// recipients asks for a new passphrase twice where the flags name neither a file
// nor a recipient.
func (f *sealFlags) recipients(e *env, path string) ([]age.Recipient, error) {
	if len(f.Recipient) > 0 {
		return identity.Recipients(f.Recipient)
	}
	var passphrase []byte
	var err error
	if f.PassphraseFile != "" {
		passphrase, err = readPassphraseFile(f.PassphraseFile)
	} else {
		passphrase, err = askNewPassphrase(e, path)
	}
	if err != nil {
		return nil, err
	}
	defer clear(passphrase)
	r, err := identity.Passphrase(passphrase, e.workFactor)
	if err != nil {
		return nil, err
	}
	return []age.Recipient{r}, nil
}

func askNewPassphrase(e *env, path string) ([]byte, error) {
	first, err := e.readSecret(fmt.Sprintf(e.tr("New passphrase for %s:", "عبارة مرور جديدة للملف %s:"), path))
	if err != nil {
		return nil, err
	}
	second, err := e.readSecret(e.tr("The same passphrase again:", "عبارة المرور نفسها مرة أخرى:"))
	defer clear(second)
	if err == nil && !bytes.Equal(first, second) {
		err = errors.New("the two passphrases differ")
	}
	if err != nil {
		clear(first)
		return nil, err
	}
	return first, nil
}

// unlockFlags say how a sealed file is opened. Commands that read one embed them.
type unlockFlags struct {
	PassphraseFile string   `placeholder:"FILE" help:"Read the passphrase from the first line of FILE instead of asking for it."`
	IdentityFile   []string `sep:"none" placeholder:"FILE" help:"Open with the age identities in FILE (made by age-keygen); may be repeated."`
}

// identities asks for the passphrase of the file at path only when it is needed.
func (f *unlockFlags) identities(e *env, path string) ([]age.Identity, error) {
	ids := []age.Identity{identity.AskPassphrase(func() ([]byte, error) {
		if f.PassphraseFile != "" {
			return readPassphraseFile(f.PassphraseFile)
		}
		return e.readSecret(fmt.Sprintf(e.tr("Passphrase for %s:", "عبارة المرور للملف %s:"), path))
	})}
	for _, name := range f.IdentityFile {
		more, err := identity.ReadIdentities(name)
		if err != nil {
			return nil, err
		}
		ids = append(ids, more...)
	}
	return ids, nil
}

// openKey opens the sealed signing key at path.
func (f *unlockFlags) openKey(e *env, path string) (*identity.Key, error) {
	ids, err := f.identities(e, path)
	if err != nil {
		return nil, err
	}
	return identity.OpenKeyFile(path, ids...)
}

// readPassphraseFile returns the first line of a file. The caller clears it.
func readPassphraseFile(path string) ([]byte, error) {
	data, err := identity.Read(path, maxPassphraseFile)
	if err != nil {
		return nil, fmt.Errorf("passphrase file: %w", err)
	}
	line, _, _ := bytes.Cut(data, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), nil
}
