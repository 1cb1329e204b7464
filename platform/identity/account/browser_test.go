package account_test

import (
	"fmt"
	"strings"
	"testing"

	"bayyina/platform/identity/access"
	"bayyina/platform/store"
	"bayyina/platform/store/storetest"
	"bayyina/platform/web/webtest"
)

// inBrowser is a world at the browser's address.
func inBrowser(t *testing.T, db *store.DB) (*world, *webtest.Browser) {
	t.Helper()
	w := newWorldAt(t, db, webtest.Origin)
	_, h := w.serve()
	return w, webtest.Open(t, h)
}

// takeUpInBrowser opens an invitation's link and makes a passkey.
func (w *world) takeUpInBrowser(t *testing.T, b *webtest.Browser, tag, secret, label string) {
	t.Helper()
	b.Page(t, strings.TrimPrefix(w.InvitationLink(tag, secret), webtest.Origin))
	b.Follow(t, "main form button")
	b.Type(t, "#label", label)
	b.Follow(t, "form[data-passkey] button[type=submit]")
}

// TestFromInvitationToTheEndOfASessionInABrowser walks what a newcomer walks: the link of
// the invitation, the passkey, out and in again, a second device, its end.
func TestFromInvitationToTheEndOfASessionInABrowser(t *testing.T) {
	storetest.EachAtLength(t, func(t *testing.T, db *store.DB) {
		w, b := inBrowser(t, db)
		device := b.Authenticator(t)
		_, secret := w.invite("salma", "hnec")
		w.takeUpInBrowser(t, b, "ar", secret, "هاتفي")
		if device.Passkeys(t) != 1 || !strings.HasSuffix(b.Address(t), "/ar/account") {
			t.Fatalf("%d passkeys, at %s", device.Passkeys(t), b.Address(t))
		}
		if shown := b.Text(t, "main"); !strings.Contains(shown, "هاتفي") || !strings.Contains(shown, "salma") {
			t.Errorf("the account's page: %s", shown)
		}
		b.Follow(t, `form[action$="/sign-out"] button`)
		b.Page(t, "/ar/account") // leads to signing in, and back
		b.Follow(t, "form[data-passkey] button[type=submit]")
		if !strings.HasSuffix(b.Address(t), "/ar/account") {
			t.Fatalf("signed in, at %s", b.Address(t))
		}

		// A second window of hers, elsewhere, which she ends from the first.
		other := b.Another(t)
		second := other.Authenticator(t)
		again, err := w.InviteAgain(t.Context(), nil, 1)
		if err != nil {
			t.Fatal(err)
		}
		w.takeUpInBrowser(t, other, "en", again, "tablet")
		if second.Passkeys(t) != 1 {
			t.Error("no passkey on the second device")
		}
		// That invitation made void what she signed in with before: the first device is out.
		b.Page(t, "/ar/account")
		if !strings.Contains(b.Address(t), "/ar/sign-in") {
			t.Errorf("the first device is still in, at %s", b.Address(t))
		}
		b.FollowTo(t, 422, "form[data-passkey] button[type=submit]") // its passkey is gone
		other.Page(t, "/en/account")
		other.Follow(t, `form[action*="/sign-ins/"] button`)
		if !strings.Contains(other.Address(t), "/en/sign-in") {
			t.Errorf("she ended her own session and is at %s", other.Address(t))
		}
	})
}

func TestADeviceThatRefusesIsToldInWords(t *testing.T) {
	w, b := inBrowser(t, storetest.Open(t, storetest.DSN(t, store.SQLite)))
	device := b.Authenticator(t)
	_, secret := w.invite("salma", "hnec")
	w.takeUpInBrowser(t, b, "en", secret, "phone")
	b.Follow(t, `form[action$="/sign-out"] button`)
	b.Page(t, "/en/sign-in")
	device.Lock(t)
	b.Click(t, "form[data-passkey] button[type=submit]")
	b.Wait(t, `[data-problem="refused"]`)
	if says := b.Text(t, `[data-problem="refused"]`); !strings.Contains(says, "Try again") {
		t.Errorf("it says %q", says)
	}
}

// TestThePagesOfPeopleAreGoodToLookAt looks at every page of the package as everybody may
// meet it.
func TestThePagesOfPeopleAreGoodToLookAt(t *testing.T) {
	w, b := inBrowser(t, storetest.Open(t, storetest.DSN(t, store.SQLite)))
	b.Authenticator(t)
	b.Look(t, "sign-in", "/sign-in")
	b.Look(t, "invitation", "/invitation")
	id, secret := w.invite("فاطمة الشريف", "hnec")
	for i, g := range []access.Grant{{Role: access.Officer}, {Role: access.Auditor}, {Role: access.Coordinator, Scope: access.Scope{Organisation: "csa"}}} {
		if err := w.db.Tx(t.Context(), func(tx *store.Tx) error { return w.ApplyGrant(t.Context(), tx, id, g, fmt.Sprint(i)) }); err != nil {
			t.Fatal(err)
		}
	}
	other, _ := w.invite("John Observer", "csa")
	w.takeUpInBrowser(t, b, "ar", secret, "هاتفي")
	for _, p := range []struct{ name, path string }{
		{"account", "/account"},
		{"codes", "/account/codes"},
		{"passkey", "/account/passkeys/new"},
		{"people", "/people"},
		{"newcomer", "/people/new"},
		{"person", fmt.Sprintf("/people/%d", other)},
		{"end", fmt.Sprintf("/people/%d/end", other)},
		{"organisations", "/organisations"},
		{"reads", "/reads"},
	} {
		b.Look(t, p.name, p.path)
	}
	// Pages that are answers to forms.
	b.Page(t, "/ar/account/codes")
	b.Follow(t, "main form button")
	b.Axe(t)
	b.Fits(t)
	b.Screenshot(t, "generator-ar")
	b.Type(t, "#code", "000000")
	b.FollowTo(t, 422, "main form button")
	b.Axe(t)
	b.Page(t, fmt.Sprintf("/en/people/%d", other))
	b.Follow(t, `form[action$="/invite"] button`)
	b.Axe(t)
	b.Fits(t)
	b.Screenshot(t, "sent-en")
}
