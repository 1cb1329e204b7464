package decide

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"bayyina/platform/identity/access"
	"bayyina/platform/identity/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
)

// registerAccess adds the decisions on who may do what.
func (d *Decisions) registerAccess() {
	d.Register(evidence.KindGrant, d.accessEffect(evidence.KindGrant, true, d.cfg.People.ApplyGrant, func(s read.Statement) (int64, access.Grant, error) {
		var b evidence.Grant
		err := read.DecodeBody(s.Body, &b)
		return b.Person, access.Grant{Role: access.Role(b.Role), Scope: b.Scope}, err
	}))
	d.Register(evidence.KindRevoke, d.accessEffect(evidence.KindRevoke, false, d.cfg.People.ApplyRevoke, func(s read.Statement) (int64, access.Grant, error) {
		var b evidence.Revoke
		err := read.DecodeBody(s.Body, &b)
		return b.Person, access.Grant{Role: access.Role(b.Role), Scope: b.Scope}, err
	}))
}

// accessEffect is what giving a role, or taking it, does.
func (d *Decisions) accessEffect(kind string, gives bool,
	apply func(context.Context, *store.Tx, int64, access.Grant, string) error,
	parse func(read.Statement) (int64, access.Grant, error),
) Effect {
	return Effect{
		Name: kindName(kind), Right: access.AccessPropose,
		Scope: func(_ context.Context, s read.Statement) (access.Scope, error) {
			_, g, err := parse(s)
			return g.Scope, err
		},
		Describe: func(ctx context.Context, _ *read.KeyHistory, s read.Statement, _ Contents) ([]Row, error) {
			number, g, err := parse(s)
			if err == nil {
				err = g.Check()
			}
			if err != nil {
				return nil, err
			}
			var who *access.Person
			err = d.cfg.DB.View(ctx, func(tx *store.Tx) error {
				who, err = d.cfg.People.Who(ctx, tx, number)
				return err
			})
			if err != nil {
				return nil, fmt.Errorf("person %d: %w", number, err)
			}
			held := Message("role-none")
			if slices.Contains(who.Grants, g) {
				held = Message("role-held")
			}
			after := Message("role-held")
			if !gives {
				after = Message("role-none")
			}
			return []Row{{
				What:   Message("role-of", "Person", number, "Name", who.Name, "Role", g.Role.Name(), "Scope", scopeText(g.Scope)),
				Before: held, After: after,
			}}, nil
		},
		Enter: func(ctx context.Context, tx *store.Tx, signed []byte, contents [][]byte) error {
			s, err := read.ParseStatement(signed)
			if err != nil {
				return err
			}
			number, g, err := parse(s)
			if err != nil {
				return err
			}
			if err := apply(ctx, tx, number, g, s.ID); err != nil {
				return err
			}
			return d.enqueue(ctx, tx, signed, contents)
		},
	}
}

// scopeText says where a role is held.
func scopeText(s access.Scope) read.Bilingual {
	var ar, en []string
	for _, part := range []struct{ ar, en, code string }{
		{"الدائرة", "district", s.District},
		{"المركز", "centre", s.Centre},
		{"الانتخاب", "election", s.Election},
		{"الجهة", "organisation", s.Organisation},
	} {
		if part.code != "" {
			ar, en = append(ar, part.ar+" "+part.code), append(en, part.en+" "+part.code)
		}
	}
	if en == nil {
		return read.Bilingual{AR: "البلد كله", EN: "the whole country"}
	}
	return read.Bilingual{AR: strings.Join(ar, "، "), EN: strings.Join(en, ", ")}
}
