// Package seal keeps what tells of people sealed in the database, so that it can be
// erased everywhere, old backups included.
//
// A value is sealed under a data key, of which each person has one (XChaCha20-Poly1305,
// draft-irtf-cfrg-xchacha-03; the place where the value lies is associated data). Data
// keys lie in a key store of their own, a file beside the database and in no backup of
// it, wrapped by the installation key, which is in a third place. Whoever has the
// database alone, or a dump of it, has no name, no address and no secret. Destroying a
// data key erases whatever was sealed under it, wherever a copy of the database lies:
// what remains is copies of the key store, which are kept apart and for a short time.
package seal

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/chacha20poly1305"

	"bayyina/platform/store"
)

//go:embed migrations
var migrations embed.FS

// Reasons why something is not opened.
var (
	ErrErased   = errors.New("it was erased")
	ErrTampered = errors.New("a sealed value was changed, or was moved here from another place")
	ErrForm     = errors.New("malformed sealed value")
	ErrNoKey    = errors.New("the key store does not have the data key")
	ErrWrongKey = errors.New("the installation key does not open the key store")
	ErrNoStore  = errors.New("the key store of this database is missing")
	ErrNotMade  = errors.New("the database has no key store yet")
	ErrOther    = errors.New("the key store belongs to another database")
	ErrExposed  = errors.New("others may read the installation key")
	ErrKeyFile  = errors.New("malformed file of the installation key")
)

// MaxValue bounds a value in bytes.
const MaxValue = 64 << 10

const (
	keySize   = chacha20poly1305.KeySize
	nonceSize = chacha20poly1305.NonceSizeX
	idSize    = 16
)

// KeyID names a data key: 32 hexadecimal digits, drawn at random.
type KeyID string

// digests is the id of the key of digests, which every key store has.
var digests = KeyID(strings.Repeat("0", 2*idSize))

// Place is where a sealed value lies in the database. In another place it does not open.
type Place struct{ Table, Column, Row string }

// Config says where keys lie.
type Config struct {
	DB      *store.DB // whose values are sealed
	Dir     string    // folder of the key store
	KeyFile string    // of the installation key; empty for installation.key in Dir
	Random  io.Reader
	Now     func() time.Time
	// Make makes the key store and the installation key of a database that has none yet.
	Make bool
}

// Keys are the data keys of one database. Their methods may be called by several
// goroutines at once, and by several processes.
type Keys struct {
	cfg Config
	db  *store.DB

	mu   sync.Mutex
	ring []installationKey
}

// Close closes the key store.
func (k *Keys) Close() error { return k.db.Close() }

// NewKey makes a data key. It is on the disk when NewKey returns.
func (k *Keys) NewKey(ctx context.Context) (KeyID, error) {
	id, err := k.random(idSize)
	if err != nil {
		return "", fmt.Errorf("new data key: %w", err)
	}
	name := KeyID(hex.EncodeToString(id))
	err = k.db.Tx(ctx, func(tx *store.Tx) error { return k.addKey(ctx, tx, name) })
	if err != nil {
		return "", fmt.Errorf("new data key: %w", err)
	}
	return name, nil
}

func (k *Keys) addKey(ctx context.Context, tx *store.Tx, id KeyID) error {
	key, err := k.random(keySize)
	if err != nil {
		return err
	}
	by, err := k.current(ctx, tx)
	if err != nil {
		return err
	}
	wrapped, err := k.encrypt(by.key[:], dataKey(id), key)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO data_key (id, wrapped, wrapped_by) VALUES (?1, ?2, ?3)`, string(id), wrapped, by.id())
	return err
}

// Seal seals a value under a data key for its place. The result is text.
func (k *Keys) Seal(ctx context.Context, id KeyID, at Place, value []byte) (string, error) {
	if len(value) > MaxValue {
		return "", fmt.Errorf("seal %s.%s: %d bytes, the limit is %d", at.Table, at.Column, len(value), MaxValue)
	}
	key, err := k.key(ctx, id)
	if err != nil {
		return "", fmt.Errorf("seal %s.%s: %w", at.Table, at.Column, err)
	}
	box, err := k.encrypt(key, at.bind(id), value)
	if err != nil {
		return "", fmt.Errorf("seal %s.%s: %w", at.Table, at.Column, err)
	}
	return sealed{id, box}.String(), nil
}

// Open opens a value that Seal sealed for this place. [ErrErased] says that its key was
// destroyed.
func (k *Keys) Open(ctx context.Context, at Place, text string) ([]byte, error) {
	value, err := k.open(ctx, at, text)
	if err != nil {
		return nil, fmt.Errorf("open %s.%s: %w", at.Table, at.Column, err)
	}
	return value, nil
}

func (k *Keys) open(ctx context.Context, at Place, text string) ([]byte, error) {
	s, err := parse(text)
	if err != nil {
		return nil, err
	}
	key, err := k.key(ctx, s.key)
	if err != nil {
		return nil, err
	}
	value, err := decrypt(key, at.bind(s.key), s.box)
	if err != nil {
		return nil, ErrTampered
	}
	return value, nil
}

// Digest is a text as it is compared where its value is sealed: the same for the same
// text and purpose, and told to nobody who does not have the key store. HMAC-SHA-256 (RFC 2104), in
// hexadecimal.
func (k *Keys) Digest(ctx context.Context, purpose, text string) (string, error) {
	key, err := k.key(ctx, digests)
	if err != nil {
		return "", fmt.Errorf("digest: %w", err)
	}
	h := hmac.New(sha256.New, key)
	h.Write(join(purpose, text))
	return hex.EncodeToString(h.Sum(nil)), nil
}

// sealed is a sealed value: the key's id, and nonce and ciphertext. Its text is "1." and
// base64url (RFC 4648 section 5, without padding) of both.
type sealed struct {
	key KeyID
	box []byte
}

const form = "1."

func (s sealed) String() string {
	id, err := hex.DecodeString(string(s.key))
	if err != nil {
		return "" // ids come from NewKey
	}
	return form + base64.RawURLEncoding.EncodeToString(append(id, s.box...))
}

func parse(text string) (sealed, error) {
	encoded, ok := strings.CutPrefix(text, form)
	const least = idSize + nonceSize + chacha20poly1305.Overhead
	if !ok || len(encoded) > base64.RawURLEncoding.EncodedLen(least+MaxValue) {
		return sealed{}, ErrForm
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if err != nil || len(b) < least || strings.ContainsAny(encoded, "\r\n") {
		return sealed{}, ErrForm
	}
	return sealed{KeyID(hex.EncodeToString(b[:idSize])), b[idSize:]}, nil
}

// bind is the associated data of a value.
func (at Place) bind(id KeyID) []byte {
	return join("bayyina.field/1", string(id), at.Table, at.Column, at.Row)
}

// dataKey is the associated data of a wrapped key.
func dataKey(id KeyID) []byte { return join("bayyina.data-key/1", string(id)) }

// join writes texts one after the other, each preceded by its length.
func join(texts ...string) (b []byte) {
	for _, t := range texts {
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(t))), t...)
	}
	return b
}

func (k *Keys) random(size int) ([]byte, error) {
	b := make([]byte, size)
	if _, err := io.ReadFull(k.cfg.Random, b); err != nil {
		return nil, fmt.Errorf("read randomness: %w", err)
	}
	return b, nil
}

// encrypt returns a new nonce and the ciphertext.
func (k *Keys) encrypt(key, associated, value []byte) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, err
	}
	nonce, err := k.random(nonceSize)
	if err != nil {
		return nil, err
	}
	return aead.Seal(nonce, nonce, value, associated), nil
}

func decrypt(key, associated, box []byte) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil || len(box) < nonceSize {
		return nil, errors.Join(err, ErrForm)
	}
	return aead.Open(nil, box[:nonceSize], box[nonceSize:], associated)
}
