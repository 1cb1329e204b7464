package seal

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// installationKey wraps data keys.
type installationKey struct{ key [keySize]byte }

// maxKeyFile bounds the file of the installation key in bytes.
const maxKeyFile = 4 << 10

// keyLine begins a line of that file; base64 (RFC 4648 section 4) of the key follows.
const keyLine = "bayyina.installation-key/1 "

// id names the key, and tells nothing of it.
func (i installationKey) id() string {
	sum := sha256.Sum256(append([]byte("bayyina.installation-key/1 id"), i.key[:]...))
	return hex.EncodeToString(sum[:8])
}

// parseRing reads the file of the installation key: one line, and during a rotation two,
// the new key first.
func parseRing(text []byte) (ring []installationKey, err error) {
	for line := range strings.Lines(string(text)) {
		encoded, ok := strings.CutPrefix(strings.TrimSpace(line), keyLine)
		raw, err := base64.StdEncoding.Strict().DecodeString(encoded)
		if !ok || err != nil || len(raw) != keySize || len(ring) == 2 {
			return nil, ErrKeyFile
		}
		ring = append(ring, installationKey{[keySize]byte(raw)})
	}
	if len(ring) == 0 {
		return nil, ErrKeyFile
	}
	return ring, nil
}

func readRing(path string) ([]installationKey, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("installation key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("installation key %s (%v): %w", path, info.Mode().Perm(), ErrExposed)
	}
	if info.Size() > maxKeyFile {
		return nil, fmt.Errorf("installation key %s: %w", path, ErrKeyFile)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("installation key: %w", err)
	}
	ring, err := parseRing(text)
	if err != nil {
		return nil, fmt.Errorf("installation key %s: %w", path, err)
	}
	return ring, nil
}

// writeRing replaces the file of the installation key, whole or not at all.
func writeRing(path string, ring []installationKey) error {
	var text strings.Builder
	for _, key := range ring {
		text.WriteString(keyLine + base64.StdEncoding.EncodeToString(key.key[:]) + "\n")
	}
	next := path + ".new"
	f, err := os.OpenFile(next, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("installation key: %w", err)
	}
	_, err = f.WriteString(text.String())
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(next, path)
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	if err != nil {
		return fmt.Errorf("installation key: %w", err)
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

// exists reports whether a file is there.
func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
