package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"
)

// ErrNotSealed reports a field that this database does not hold.
var ErrNotSealed = errors.New("no such sealed field")

// Field is one sealed field of a statement: the log shows only the commitment
// to its salt and value.
type Field struct {
	Statement string // id of the statement
	Name      string
	Salt      []byte // the commitment's 256 random bits
	Value     []byte
}

// Seal keeps fields, each encrypted under the record key id, in the transaction
// that queues their statement.
func (k *Keys) Seal(ctx context.Context, tx *Tx, id string, fields ...Field) error {
	secret, err := k.secret(ctx, id)
	if err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	for _, f := range fields {
		salt, err := encrypt(secret, f, "salt", f.Salt)
		if err != nil {
			return fmt.Errorf("seal field %s of %s: %w", f.Name, f.Statement, err)
		}
		value, err := encrypt(secret, f, "value", f.Value)
		if err != nil {
			return fmt.Errorf("seal field %s of %s: %w", f.Name, f.Statement, err)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO sealed_field (statement_id, field, key_id, salt, value) VALUES (?1, ?2, ?3, ?4, ?5)`,
			f.Statement, f.Name, id, salt, value); err != nil {
			return fmt.Errorf("seal field %s of %s: %w", f.Name, f.Statement, err)
		}
	}
	return nil
}

// Open returns a field with its salt, for an auditor who will check them against
// the commitment in the log.
func (k *Keys) Open(ctx context.Context, tx *Tx, statement, name string) (Field, error) {
	f := Field{Statement: statement, Name: name}
	var id string
	var salt, value []byte
	err := tx.QueryRow(ctx, `SELECT key_id, salt, value FROM sealed_field WHERE statement_id = ?1 AND field = ?2`, statement, name).Scan(&id, &salt, &value)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotSealed
	}
	if err != nil {
		return Field{}, fmt.Errorf("open field %s of %s: %w", name, statement, err)
	}
	secret, err := k.secret(ctx, id)
	if err != nil {
		return Field{}, fmt.Errorf("open field %s of %s: %w", name, statement, err)
	}
	if f.Salt, err = decrypt(secret, f, "salt", salt); err != nil {
		return Field{}, fmt.Errorf("open field %s of %s: salt: %w", name, statement, err)
	}
	if f.Value, err = decrypt(secret, f, "value", value); err != nil {
		return Field{}, fmt.Errorf("open field %s of %s: value: %w", name, statement, err)
	}
	return f, nil
}

// place binds a ciphertext to its statement, field and column, so that rows
// cannot be exchanged unseen. Ids and names have no zero byte.
func place(f Field, column string) []byte {
	return []byte("bayyina/sealed/1\x00" + f.Statement + "\x00" + f.Name + "\x00" + column)
}

// encrypt is XChaCha20-Poly1305 with a random nonce before the ciphertext.
func encrypt(secret []byte, f Field, column string, plain []byte) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(secret)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
	rand.Read(nonce)
	return aead.Seal(nonce, nonce, plain, place(f, column)), nil
}

func decrypt(secret []byte, f Field, column string, box []byte) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(secret)
	if err != nil {
		return nil, err
	}
	if len(box) < aead.NonceSize() {
		return nil, errors.New("ciphertext too short")
	}
	return aead.Open(nil, box[:aead.NonceSize()], box[aead.NonceSize():], place(f, column))
}
