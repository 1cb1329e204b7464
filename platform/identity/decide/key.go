package decide

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"bayyina/platform/identity/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
)

// Bind says that a passkey of the log, such as those of its genesis, is a person's deciding
// key. Keys that are made on the signing host are bound when they are made.
func (d *Decisions) Bind(ctx context.Context, person int64, public string, software bool) error {
	k, err := read.ParseKey(public)
	if err == nil && !k.IsPasskey() {
		err = errors.New("it is no passkey")
	}
	if err != nil {
		return fmt.Errorf("bind key to person %d: %w", person, err)
	}
	return d.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		return addKey(ctx, tx, Key{Name: k.Name(), Person: person, Public: public, Software: software, Made: d.clock()})
	})
}

// KeyStanding is a deciding key with its standing in the log.
type KeyStanding struct {
	Key
	Holder  string // the person's name
	InForce bool
	Gone    bool // was in the log, and is not any more
}

// Keys lists all deciding keys that people have, with their standing.
func (d *Decisions) Keys(ctx context.Context) ([]KeyStanding, error) {
	h, err := d.now(ctx)
	if err != nil {
		return nil, err
	}
	var list []KeyStanding
	err = d.cfg.DB.View(ctx, func(tx *store.Tx) error {
		list = nil
		keys, err := keysOf(ctx, tx, 0)
		if err != nil {
			return err
		}
		for _, k := range keys {
			s := KeyStanding{Key: k}
			if m := h.Member(k.Name); m != nil {
				s.InForce, s.Gone = m.Until == 0, m.Until != 0
			}
			if who, err := d.cfg.People.Who(ctx, tx, k.Person); err == nil {
				s.Holder = who.Name
			}
			list = append(list, s)
		}
		return nil
	})
	return list, err
}

// DraftKeys drafts that deciding keys which people have made enter the log, their holders'
// names sealed, and that others leave it, by name.
func (d *Decisions) DraftKeys(ctx context.Context, add, remove []string, reason read.Bilingual) (Draft, error) {
	reason, err := checkReason(reason)
	if err != nil {
		return Draft{}, err
	}
	keys, err := d.Keys(ctx)
	if err != nil {
		return Draft{}, err
	}
	draft := Draft{Kind: read.KindKeys}
	if draft.ID, err = d.NewID(); err != nil {
		return Draft{}, err
	}
	change := read.KeysChange{Add: []read.KeyGrant{}, Remove: append([]string{}, remove...), Reason: reason}
	for i, name := range add {
		at := slices.IndexFunc(keys, func(k KeyStanding) bool { return k.Name == name })
		if at < 0 {
			return Draft{}, fmt.Errorf("%w: %.128q", ErrNoKey, name)
		}
		k := keys[at]
		sealed, opening, err := d.Seal(draft.Kind, draft.ID, fmt.Sprintf("add.%d.holder", i), k.Person, k.Holder)
		if err != nil {
			return Draft{}, err
		}
		change.Add = append(change.Add, read.KeyGrant{Role: read.RoleOfficer, Key: k.Public, Holder: &sealed, Software: k.Software})
		draft.Openings = append(draft.Openings, opening)
	}
	draft.Body = change
	return draft, nil
}

// DraftGrant drafts that a person is given a role, with their name sealed.
func (d *Decisions) DraftGrant(ctx context.Context, g evidence.Grant) (Draft, error) {
	var err error
	if g.Reason, err = checkReason(g.Reason); err != nil {
		return Draft{}, err
	}
	draft := Draft{Kind: evidence.KindGrant}
	if draft.ID, err = d.NewID(); err != nil {
		return Draft{}, err
	}
	var name string
	err = d.cfg.DB.View(ctx, func(tx *store.Tx) error {
		who, err := d.cfg.People.Who(ctx, tx, g.Person)
		if err == nil {
			name = who.Name
		}
		return err
	})
	if err != nil {
		return Draft{}, fmt.Errorf("%w: person %d: %w", ErrEffect, g.Person, err)
	}
	sealed, opening, err := d.Seal(draft.Kind, draft.ID, "name", g.Person, name)
	if err != nil {
		return Draft{}, err
	}
	g.Name = &sealed
	draft.Body, draft.Openings = g, []Opening{opening}
	return draft, nil
}
