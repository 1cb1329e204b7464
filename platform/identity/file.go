package identity

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"filippo.io/age"
	"golang.org/x/mod/sumdb/note"
)

// MaxKeyFile is the most bytes of a file that holds a key.
const MaxKeyFile = 64 << 10

const armorHeader = "-----BEGIN AGE ENCRYPTED FILE-----"

// Public is the public half of a key of any type.
type Public interface {
	Name() string
	KeyHash() uint32
	VerifierKey() string // name+id+base64
	Algorithm() string   // what it signs with
}

// WriteKeyFiles writes the sealed key to path (mode 0600) and its verifier key to
// path.pub. It overwrites neither.
func WriteKeyFiles(path string, key Public, sealed []byte) error {
	public := path + ".pub"
	if err := Create(public, []byte(key.VerifierKey()+"\n"), 0o644); err != nil {
		return err
	}
	if err := Create(path, sealed, 0o600); err != nil {
		return errors.Join(err, os.Remove(public))
	}
	return nil
}

// OpenKeyFile reads and decrypts a sealed signing key.
func OpenKeyFile(path string, identities ...age.Identity) (*Key, error) {
	sealed, err := Read(path, MaxKeyFile)
	if err != nil {
		return nil, err
	}
	key, err := Open(sealed, identities...)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return key, nil
}

// IsSealed reports whether data begins as an armored age file does.
func IsSealed(data []byte) bool {
	return bytes.HasPrefix(data, []byte(armorHeader))
}

// ParsePublic reads the content of a .pub file: one verifier key of type Ed25519.
func ParsePublic(data []byte) (vkey string, verifier note.Verifier, err error) {
	if len(data) == 0 || data[len(data)-1] != '\n' {
		return "", nil, errors.New("not a public key: the line is not complete")
	}
	vkey = string(data[:len(data)-1])
	verifier, err = note.NewVerifier(vkey)
	if err != nil {
		return "", nil, fmt.Errorf("not a public key (name+hash+base64): %w", err)
	}
	if err := checkName(verifier.Name()); err != nil {
		return "", nil, err
	}
	return vkey, verifier, nil
}

// ReadIdentities reads the age identities (AGE-SECRET-KEY-1…) of a file that
// age-keygen wrote.
func ReadIdentities(path string) ([]age.Identity, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	ids, err := age.ParseIdentities(io.LimitReader(f, MaxKeyFile))
	if err != nil {
		return nil, fmt.Errorf("identity file %s: %w", path, err)
	}
	return ids, nil
}

// Read reads a file of at most limit bytes.
func Read(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("read %s: the file is larger than %d bytes", path, limit)
	}
	return data, nil
}

// Create writes a new file and flushes it to the disk. It never overwrites: an
// existing file may be the only copy of a key.
func Create(path string, data []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists already: nothing is overwritten", path)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(path))
	}
	return nil
}

// syncDir makes the name of a new file as durable as its content.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
