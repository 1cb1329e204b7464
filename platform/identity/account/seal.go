package account

import (
	"context"
	"encoding/hex"
	"fmt"
	"strconv"

	"bayyina/platform/store"
	"bayyina/platform/store/seal"
)

// Where sealed fields lie. A person's are bound to the handle, which no other person has.
func personField(column string, handle []byte) seal.Place {
	return seal.Place{Table: "account_person", Column: column, Row: hex.EncodeToString(handle)}
}

func generatorField(person int64) seal.Place {
	return seal.Place{Table: "account_generator", Column: "secret", Row: strconv.FormatInt(person, 10)}
}

func labelField(passkey []byte) seal.Place {
	return seal.Place{Table: "account_passkey", Column: "label", Row: hex.EncodeToString(passkey)}
}

// open opens a sealed text. An empty one was erased here, too: [seal.ErrErased].
func (a *Accounts) open(ctx context.Context, at seal.Place, sealed string) (string, error) {
	if sealed == "" {
		return "", seal.ErrErased
	}
	value, err := a.cfg.Keys.Open(ctx, at, sealed)
	return string(value), err
}

// addressDigest is what an address is found by.
func (a *Accounts) addressDigest(ctx context.Context, folded string) (string, error) {
	return a.cfg.Keys.Digest(ctx, "account.address", folded)
}

// sealedPerson is what the database holds of a person's name and address.
type sealedPerson struct {
	key                   seal.KeyID
	name, address, digest string
}

// sealPerson makes a person's data key, and seals name and address under it.
func (a *Accounts) sealPerson(ctx context.Context, handle []byte, name, address string) (p sealedPerson, err error) {
	if p.digest, err = a.addressDigest(ctx, address); err != nil {
		return p, err
	}
	if p.key, err = a.cfg.Keys.NewKey(ctx); err != nil {
		return p, err
	}
	if p.name, err = a.cfg.Keys.Seal(ctx, p.key, personField("name", handle), []byte(name)); err != nil {
		return p, err
	}
	p.address, err = a.cfg.Keys.Seal(ctx, p.key, personField("address", handle), []byte(address))
	return p, err
}

// SealKey is the data key under which whatever tells of a person is sealed.
func (a *Accounts) SealKey(ctx context.Context, tx *store.Tx, person int64) (key seal.KeyID, err error) {
	if err := tx.QueryRow(ctx, `SELECT seal_key FROM account_person WHERE id = ?1`, person).Scan(&key); err != nil {
		return "", fmt.Errorf("data key of person %d: %w", person, missing(err))
	}
	return key, nil
}

// sealFor seals a value under a person's key.
func (a *Accounts) sealFor(ctx context.Context, tx *store.Tx, person int64, at seal.Place, value []byte) (string, error) {
	key, err := a.SealKey(ctx, tx, person)
	if err != nil {
		return "", err
	}
	return a.cfg.Keys.Seal(ctx, key, at, value)
}

// sealClear seals what an earlier version kept in the clear, person by person, so that
// it goes on where it was cut off; then nothing of it is left in the database's files.
func (a *Accounts) sealClear(ctx context.Context) error {
	ids, err := a.ids(ctx, `SELECT id FROM account_person WHERE seal_key IS NULL ORDER BY id`)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := a.sealOne(ctx, id); err != nil {
			return fmt.Errorf("seal what is known of person %d: %w", id, err)
		}
	}
	return a.cfg.Keys.ScrubOwed(ctx)
}

// ids are the numbers of people that a query finds.
func (a *Accounts) ids(ctx context.Context, query string, args ...any) (ids []int64, err error) {
	err = a.cfg.DB.View(ctx, func(tx *store.Tx) error {
		return each(ctx, tx, func(row scanner) error {
			var id int64
			err := row.Scan(&id)
			ids = append(ids, id)
			return err
		}, query, args...)
	})
	return ids, err
}

func (a *Accounts) sealOne(ctx context.Context, id int64) error {
	return a.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		var handle []byte
		var name, address string // the column of digests has had addresses
		err := tx.QueryRow(ctx, `SELECT handle, name, address_digest FROM account_person WHERE id = ?1 AND seal_key IS NULL`, id).Scan(&handle, &name, &address)
		if err != nil {
			return err
		}
		p, err := a.sealPerson(ctx, handle, name, address)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE account_person SET name = ?2, address = ?3, address_digest = ?4, seal_key = ?5 WHERE id = ?1`,
			id, p.name, p.address, p.digest, string(p.key)); err != nil {
			return err
		}
		if err := a.sealGenerator(ctx, tx, id); err != nil {
			return err
		}
		if err := a.sealLabels(ctx, tx, id); err != nil {
			return err
		}
		return seal.OweScrub(ctx, tx)
	})
}

func (a *Accounts) sealGenerator(ctx context.Context, tx *store.Tx, person int64) error {
	var secrets [][]byte
	err := each(ctx, tx, func(row scanner) error {
		var secret []byte
		err := row.Scan(&secret)
		secrets = append(secrets, secret)
		return err
	}, `SELECT secret FROM account_generator WHERE person = ?1`, person)
	if err != nil || len(secrets) == 0 {
		return err
	}
	sealed, err := a.sealFor(ctx, tx, person, generatorField(person), secrets[0])
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE account_generator SET secret = ?2 WHERE person = ?1`, person, []byte(sealed))
	return err
}

func (a *Accounts) sealLabels(ctx context.Context, tx *store.Tx, person int64) error {
	labels := make(map[string]string) // by the passkey's id
	err := each(ctx, tx, func(row scanner) error {
		var id []byte
		var label string
		err := row.Scan(&id, &label)
		labels[string(id)] = label
		return err
	}, `SELECT id, label FROM account_passkey WHERE person = ?1`, person)
	if err != nil {
		return err
	}
	for id, label := range labels {
		sealed, err := a.sealFor(ctx, tx, person, labelField([]byte(id)), []byte(label))
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE account_passkey SET label = ?2 WHERE id = ?1`, []byte(id), sealed); err != nil {
			return err
		}
	}
	return nil
}
