package decide

import (
	"context"
	"errors"
	"fmt"
	"io"

	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	"bayyina/platform/store/seal"
)

// Opening opens a sealed value of a statement. It is kept sealed itself, under the data key
// of the person whom it tells of.
type Opening struct {
	Path   string
	Person int64
	Salt   [read.SaltSize]byte
	Value  string
}

// Seal seals a value that tells of a person and stands at path in the body of the statement
// with this kind and id.
func (d *Decisions) Seal(kind, id, path string, person int64, value string) (read.Sealed, Opening, error) {
	o := Opening{Path: path, Person: person, Value: value}
	if _, err := io.ReadFull(d.cfg.Random, o.Salt[:]); err != nil {
		return read.Sealed{}, o, fmt.Errorf("draw a salt: %w", err)
	}
	return read.SealValue(kind, id, path, o.Salt, value), o, nil
}

// openingField is where the opening of a statement's value lies.
func openingField(statement, path string) seal.Place {
	return seal.Place{Table: "decide_sealed", Column: "opening", Row: statement + " " + path}
}

// keep keeps what opens sealed values.
func (d *Decisions) keep(ctx context.Context, tx *store.Tx, statement string, openings ...Opening) error {
	for _, o := range openings {
		key, err := d.cfg.People.SealKey(ctx, tx, o.Person)
		if err == nil {
			err = d.keepUnder(ctx, tx, key, statement, o.Path, o.Salt[:], o.Value)
		}
		if err != nil {
			return fmt.Errorf("keep opening: %w", err)
		}
	}
	return nil
}

// keepUnder keeps an opening, which is the salt and the value after it.
func (d *Decisions) keepUnder(ctx context.Context, tx *store.Tx, key seal.KeyID, statement, path string, salt []byte, value string) error {
	sealed, err := d.cfg.Keys.Seal(ctx, key, openingField(statement, path), append(append([]byte{}, salt...), value...))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO decide_sealed (statement, path, opening) VALUES (?1, ?2, ?3)`, statement, path, sealed)
	return err
}

// Opened is a sealed value of a statement that was made here.
type Opened struct {
	Path   string
	Value  string // empty where it was erased
	Salt   [read.SaltSize]byte
	Erased bool
}

// Opened returns the sealed values of a statement that was made here, by path.
func (d *Decisions) Opened(ctx context.Context, statement string) (all []Opened, err error) {
	err = d.cfg.DB.View(ctx, func(tx *store.Tx) error {
		all, err = d.opened(ctx, tx, statement)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open sealed values of %s: %w", statement, err)
	}
	return all, nil
}

func (d *Decisions) opened(ctx context.Context, tx *store.Tx, statement string) ([]Opened, error) {
	rows, err := tx.Query(ctx, `SELECT path, opening FROM decide_sealed WHERE statement = ?1 ORDER BY path`, statement)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Opened
	for rows.Next() {
		var o Opened
		var sealed string
		if err := rows.Scan(&o.Path, &sealed); err != nil {
			return nil, err
		}
		opening, err := d.cfg.Keys.Open(ctx, openingField(statement, o.Path), sealed)
		switch {
		case errors.Is(err, seal.ErrErased):
			o.Erased = true
		case err != nil:
			return nil, err
		case len(opening) < read.SaltSize:
			return nil, fmt.Errorf("opening of %s: %w", o.Path, seal.ErrForm)
		default:
			o.Salt, o.Value = [read.SaltSize]byte(opening), string(opening[read.SaltSize:])
		}
		all = append(all, o)
	}
	return all, rows.Err()
}

// sealClear seals the openings that an earlier version kept in the clear. All of them are of
// people's names: each goes under the key of the person of that name, or under one of its
// own where nobody has it or several do.
func (d *Decisions) sealClear(ctx context.Context) error {
	clear, err := d.clearOpenings(ctx)
	if err != nil || len(clear) == 0 {
		return errors.Join(err, d.cfg.Keys.ScrubOwed(ctx))
	}
	named, err := d.cfg.People.Named(ctx)
	if err != nil {
		return err
	}
	for _, o := range clear {
		err := d.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
			var key seal.KeyID
			if people := named[o.value]; len(people) == 1 {
				key, err = d.cfg.People.SealKey(ctx, tx, people[0])
			} else {
				key, err = d.cfg.Keys.NewKey(ctx)
			}
			if err != nil {
				return err
			}
			if err := d.keepUnder(ctx, tx, key, o.statement, o.path, o.salt, o.value); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `DELETE FROM decide_opening WHERE statement = ?1 AND path = ?2`, o.statement, o.path); err != nil {
				return err
			}
			return seal.OweScrub(ctx, tx)
		})
		if err != nil {
			return fmt.Errorf("seal the opening of %s in %s: %w", o.path, o.statement, err)
		}
	}
	return d.cfg.Keys.ScrubOwed(ctx)
}

// clearOpening is a row of an earlier version.
type clearOpening struct {
	statement, path, value string
	salt                   []byte
}

func (d *Decisions) clearOpenings(ctx context.Context) (all []clearOpening, err error) {
	err = d.cfg.DB.View(ctx, func(tx *store.Tx) error {
		all = nil
		rows, err := tx.Query(ctx, `SELECT statement, path, salt, value FROM decide_opening ORDER BY statement, path`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var o clearOpening
			if err := rows.Scan(&o.statement, &o.path, &o.salt, &o.value); err != nil {
				return err
			}
			all = append(all, o)
		}
		return rows.Err()
	})
	return all, err
}
