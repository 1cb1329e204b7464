package account_test

import (
	"errors"
	"testing"

	"bayyina/platform/identity/access"
	"bayyina/platform/identity/account"
	"bayyina/platform/store"
)

func TestRolesComeAndGoWithDecisions(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		key, v := w.join("salma", "hnec")
		g := access.Grant{Role: access.ElectionManager, Scope: access.Scope{District: "3"}}
		apply := func(change func(tx *store.Tx) error) error { return w.db.Tx(ctx, change) }
		grant := func(g access.Grant, statement string) error {
			return apply(func(tx *store.Tx) error { return w.ApplyGrant(ctx, tx, v.Person.ID, g, statement) })
		}
		revoke := func(g access.Grant, statement string) error {
			return apply(func(tx *store.Tx) error { return w.ApplyRevoke(ctx, tx, v.Person.ID, g, statement) })
		}
		if err := grant(g, "s1"); err != nil {
			t.Fatal(err)
		}
		refused(t, grant(g, "s2"), account.ErrTaken)
		if grant(access.Grant{Role: access.Auditor}, "s1") == nil {
			t.Error("one statement gave two roles")
		}
		// It counts at once, for whoever is signed in already.
		if in := w.visitor(v.SignIn.ID); !in.Person.May(access.ElectionPropose, g.Scope) || in.Person.May(access.ElectionPropose, access.Scope{}) {
			t.Errorf("with the role: %+v", in)
		}
		refused(t, revoke(access.Grant{Role: access.ElectionManager}, "s3"), account.ErrUnknown)
		if err := revoke(g, "s3"); err != nil {
			t.Fatal(err)
		}
		refused(t, revoke(g, "s4"), account.ErrUnknown)
		if in := w.visitor(v.SignIn.ID); in.Person.MayAnywhere(access.ElectionPropose) {
			t.Errorf("without the role: %+v", in)
		}
		if err := grant(g, "s5"); err != nil { // it may come back
			t.Error(err)
		}
		refused(t, grant(access.Grant{Role: "king"}, "s6"), account.ErrMalformed)
		refused(t, apply(func(tx *store.Tx) error { return w.ApplyGrant(ctx, tx, 999, g, "s7") }), account.ErrUnknown)

		// What is not committed did not happen.
		undo := errors.New("undo")
		err := apply(func(tx *store.Tx) error {
			return errors.Join(w.ApplyGrant(ctx, tx, v.Person.ID, access.Grant{Role: access.Auditor}, "s8"), undo)
		})
		refused(t, err, undo)
		if all, err := w.Grants(ctx, v.Person.ID); err != nil || len(all) != 1 || all[0] != g {
			t.Errorf("roles: %+v, %v", all, err)
		}
		if _, err := w.signIn(key); err != nil {
			t.Error(err)
		}
	})
}

func TestTheInstallationMakesOfficersAndOperatorsOnly(t *testing.T) {
	w := small(t)
	id, _ := w.invite("salma", "hnec")
	w.install(id, access.Officer, access.Operator)
	refused(t, w.Install(t.Context(), id, access.Auditor), account.ErrInstalled)
	refused(t, w.Install(t.Context(), id, access.Officer), account.ErrTaken)
	refused(t, w.Install(t.Context(), 999, access.Officer), account.ErrUnknown)
}
