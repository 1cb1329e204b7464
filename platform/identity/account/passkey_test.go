package account_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"bayyina/platform/identity/account"
	"bayyina/platform/identity/softkey"
	"bayyina/platform/ledger/read"
)

func TestAnInvitationLeadsToAPasskeyAndThePasskeySignsIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		key, first := w.join("salma", "hnec")
		if first.Person.Name != "salma" || first.Person.Organisation != "hnec" || first.SignIn.Means != account.ByPasskey || len(first.Person.Grants) != 0 {
			t.Errorf("taken up by %+v", first)
		}
		id, err := w.signIn(key)
		if err != nil {
			t.Fatal(err)
		}
		if again := w.visitor(id); again.Person.ID != first.Person.ID || again.SignIn.ID == first.SignIn.ID {
			t.Errorf("signed in as %+v, was %+v", again, first)
		}
		keys, err := w.Passkeys(t.Context(), first.Person.ID)
		if err != nil || len(keys) != 1 || keys[0].Label != "phone" || !keys[0].Used.Equal(w.Now()) {
			t.Errorf("passkeys: %+v, %v", keys, err)
		}
	})
}

func TestAnInvitationIsGoodOnceAndForThreeDays(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		_, secret := w.invite("salma", "hnec")
		opts, err := w.BeginInvited(ctx, secret)
		if err != nil {
			t.Fatal(err)
		}
		// Two at once, with the same challenge: one of them enters.
		var wg sync.WaitGroup
		errs := make([]error, 2)
		for i := range errs {
			answer := newAuthenticator(t).create(opts)
			wg.Go(func() { _, errs[i] = w.FinishInvited(ctx, secret, "phone", answer, agent) })
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("two took up one invitation: %v, %v", errs[0], errs[1])
		}
		_, err = w.BeginInvited(ctx, secret)
		refused(t, err, account.ErrInvitation)

		_, late := w.invite("huda", "hnec")
		w.pass(72*time.Hour + time.Second)
		_, err = w.BeginInvited(ctx, late)
		refused(t, err, account.ErrInvitation)

		for _, wrong := range []string{"", "x", strings.Repeat("A", 43), late + "A", late[:42]} {
			_, err = w.BeginInvited(ctx, wrong)
			refused(t, err, account.ErrInvitation)
		}
	})
}

func TestASecondInvitationReplacesAllThatThePersonSignedInWith(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		lost, v := w.join("salma", "hnec")
		_, older := w.invite("huda", "hnec")
		secret, err := w.InviteAgain(ctx, nil, v.Person.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.signIn(lost); err != nil {
			t.Fatalf("the passkey is gone before the invitation is taken up: %v", err)
		}
		key, again := w.takeUp(secret)
		if again.Person.ID != v.Person.ID {
			t.Errorf("it made person %d of %d", again.Person.ID, v.Person.ID)
		}
		_, err = w.signIn(lost)
		refused(t, err, account.ErrSignIn)
		if _, err := w.signIn(key); err != nil {
			t.Error(err)
		}
		if all, err := w.SignIns(ctx, v.Person.ID); err != nil || len(all) != 2 { // taken up, signed in
			t.Errorf("sign-ins that last: %+v, %v", all, err)
		}
		if _, err := w.BeginInvited(ctx, older); err != nil {
			t.Errorf("somebody else's invitation is void: %v", err)
		}
		_, err = w.InviteAgain(ctx, nil, 999)
		refused(t, err, account.ErrUnknown)
	})
}

// TestEachCheckOfAnAssertionIsNeeded changes one thing in an answer that is otherwise
// good and correctly signed.
func TestEachCheckOfAnAssertionIsNeeded(t *testing.T) {
	w := small(t)
	key, _ := w.join("salma", "hnec")
	other, _ := w.join("huda", "hnec")
	for name, lie := range map[string]func(a *authenticator){
		"another site's page":         func(a *authenticator) { a.origin = "https://evil.example" },
		"a page of the signing host":  func(a *authenticator) { a.origin = "https://" + signHost },
		"without encryption":          func(a *authenticator) { a.origin = "http://" + siteHost },
		"framed by another site":      func(a *authenticator) { a.cross = true },
		"another relying party":       func(a *authenticator) { a.party = signHost },
		"a parent domain's party":     func(a *authenticator) { a.party = "hnec.example" },
		"nobody present":              func(a *authenticator) { a.flags = userVerified },
		"nobody verified":             func(a *authenticator) { a.flags = userPresent },
		"somebody else's handle":      func(a *authenticator) { a.handle = other.handle },
		"no handle":                   func(a *authenticator) { a.handle = nil },
		"an unknown handle":           func(a *authenticator) { a.handle = make([]byte, 32) },
		"another key":                 func(a *authenticator) { a.key = other.key },
		"another credential":          func(a *authenticator) { a.id = other.id },
		"a counter that went back":    func(a *authenticator) { a.counter = 0 },
		"another authenticator's all": func(a *authenticator) { a.id, a.key = newAuthenticator(t).id, newAuthenticator(t).key },
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := w.signIn(key); err != nil {
				t.Fatal(err)
			}
			liar := *key
			lie(&liar)
			_, err := w.signIn(&liar)
			refused(t, err, account.ErrSignIn)
		})
	}
	for name, answer := range map[string][]byte{"nothing": nil, "no JSON": []byte("x"), "empty": []byte("{}"), "large": bytes.Repeat([]byte("["), 1<<16)} {
		t.Run(name, func(t *testing.T) {
			_, err := w.FinishSignIn(t.Context(), answer, agent)
			refused(t, err, account.ErrSignIn)
		})
	}
}

func TestAnAssertionSignsInOnceAndInTime(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		key, _ := w.join("salma", "hnec")
		opts, err := w.BeginSignIn()
		if err != nil {
			t.Fatal(err)
		}
		answer := key.get(opts)
		var wg sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			wg.Go(func() { _, errs[i] = w.FinishSignIn(ctx, answer, agent) })
		}
		wg.Wait()
		good := 0
		for _, err := range errs {
			if err == nil {
				good++
			} else {
				refused(t, err, account.ErrSignIn)
			}
		}
		if good != 1 {
			t.Errorf("one assertion signed in %d times at once", good)
		}
		_, err = w.FinishSignIn(ctx, answer, agent)
		refused(t, err, account.ErrSignIn)

		opts, err = w.BeginSignIn()
		if err != nil {
			t.Fatal(err)
		}
		w.pass(10*time.Minute + time.Second)
		_, err = w.FinishSignIn(ctx, key.get(opts), agent)
		refused(t, err, account.ErrSignIn)

		// The server's own challenge, for another purpose or of another server.
		_, secret := w.invite("huda", "hnec")
		if opts, err = w.BeginInvited(ctx, secret); err != nil {
			t.Fatal(err)
		}
		_, err = w.FinishSignIn(ctx, key.get(opts), agent)
		refused(t, err, account.ErrSignIn)
		if opts, err = w.another().BeginSignIn(); err != nil {
			t.Fatal(err)
		}
		_, err = w.FinishSignIn(ctx, key.get(opts), agent)
		refused(t, err, account.ErrSignIn)
	})
}

func TestAnInvitationsChallengeEnrolsNobodyElse(t *testing.T) {
	w := small(t)
	ctx := t.Context()
	_, salma := w.invite("salma", "hnec")
	_, huda := w.invite("huda", "hnec")
	opts, err := w.BeginInvited(ctx, salma)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.FinishInvited(ctx, huda, "phone", newAuthenticator(t).create(opts), agent)
	refused(t, err, account.ErrMalformed)
	if _, err := w.BeginInvited(ctx, huda); err != nil {
		t.Errorf("a failed answer spent the invitation: %v", err)
	}
	signIn, err := w.BeginSignIn()
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.FinishInvited(ctx, salma, "phone", newAuthenticator(t).create(signIn), agent)
	refused(t, err, account.ErrMalformed)
	for name, lie := range map[string]func(a *authenticator){
		"another origin": func(a *authenticator) { a.origin = "https://evil.example" },
		"another party":  func(a *authenticator) { a.party = signHost },
		"unverified":     func(a *authenticator) { a.flags = userPresent },
	} {
		liar := newAuthenticator(t)
		lie(liar)
		if _, err := w.FinishInvited(ctx, salma, "phone", liar.create(opts), agent); err == nil {
			t.Errorf("a passkey made with %s is enrolled", name)
		}
	}
}

// TestSigningInNeverDecidesAndDecidingNeverSignsIn holds the two relying parties apart: even
// where a challenge is the very hash of a decision.
func TestSigningInNeverDecidesAndDecidingNeverSignsIn(t *testing.T) {
	w := small(t)
	text := []byte("a decision's statement\n")
	hash := sha256.Sum256(text)
	decisions := read.Passkeys{RPID: signHost, Origins: []string{"https://" + signHost}}

	// An assertion over the decision's hash, asked for by the site: its page cannot name
	// the signing host as relying party (a browser refuses), so it names the site.
	officer, err := softkey.New("hnec.example/officer-1", read.PasskeyES256, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := read.ParseKey(officer.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]softkey.Ceremony{
		"made by the site for the site":         softkey.Signing(text, siteHost, siteOrigin),
		"made by the site for the signing host": softkey.Signing(text, signHost, siteOrigin),
	} {
		sig, err := officer.Assert(c)
		if err != nil {
			t.Fatal(err)
		}
		if public.Verify(text, sig, decisions) == nil {
			t.Errorf("an assertion %s decides", name)
		}
	}
	sig, err := officer.Assert(softkey.Signing(text, signHost, "https://"+signHost))
	if err != nil {
		t.Fatal(err)
	}
	if err := public.Verify(text, sig, decisions); err != nil {
		t.Errorf("the honest assertion does not decide: %v", err)
	}

	// An assertion that decides, brought to the site: neither challenge, party nor origin fit,
	// and each alone is enough.
	key, _ := w.join("salma", "hnec")
	liar := *key
	liar.party, liar.origin = signHost, "https://"+signHost
	_, err = w.FinishSignIn(t.Context(), liar.assert("webauthn.get", encode(hash[:])), agent)
	refused(t, err, account.ErrSignIn)
	_, err = w.FinishSignIn(t.Context(), key.assert("webauthn.get", encode(hash[:])), agent)
	refused(t, err, account.ErrSignIn)

	// No challenge of the site has a hash's length.
	opts, err := w.BeginSignIn()
	if err != nil {
		t.Fatal(err)
	}
	var o options
	if err := json.Unmarshal(opts, &o); err != nil {
		t.Fatal(err)
	}
	if c, err := base64.RawURLEncoding.DecodeString(o.PublicKey.Challenge); err != nil || len(c) == sha256.Size {
		t.Errorf("a challenge has %d bytes, %v", len(c), err)
	}
}

func TestPasskeysAreAddedAndRemovedByPasskeyOnly(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		_, v := w.join("salma", "hnec")
		keys, err := w.Passkeys(ctx, v.Person.ID)
		if err != nil {
			t.Fatal(err)
		}
		refused(t, w.RemovePasskey(ctx, v, keys[0].ID), account.ErrLastPasskey)
		opts, err := w.BeginEnrol(ctx, v)
		if err != nil {
			t.Fatal(err)
		}
		second := newAuthenticator(t)
		answer := second.create(opts)
		if err := w.FinishEnrol(ctx, v, "laptop", answer); err != nil {
			t.Fatal(err)
		}
		refused(t, w.FinishEnrol(ctx, v, "laptop", answer), account.ErrMalformed) // answered
		if _, err := w.signIn(second); err != nil {
			t.Error(err)
		}
		byCodes := *v
		byCodes.SignIn.Means = account.ByCodes
		_, err = w.BeginEnrol(ctx, &byCodes)
		refused(t, err, account.ErrNotByPasskey)
		refused(t, w.FinishEnrol(ctx, &byCodes, "laptop", answer), account.ErrNotByPasskey)
		refused(t, w.RemovePasskey(ctx, &byCodes, keys[0].ID), account.ErrNotByPasskey)

		_, stranger := w.join("huda", "csa")
		refused(t, w.RemovePasskey(ctx, stranger, keys[0].ID), account.ErrUnknown)
		if err := w.RemovePasskey(ctx, v, keys[0].ID); err != nil {
			t.Error(err)
		}
		refused(t, w.RemovePasskey(ctx, v, keys[0].ID), account.ErrUnknown)
	})
}

func TestWhoeverLeftCannotSignIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		key, v := w.join("salma", "hnec")
		if err := w.End(t.Context(), nil, v.Person.ID); err != nil {
			t.Fatal(err)
		}
		_, err := w.signIn(key)
		refused(t, err, account.ErrSignIn)
		_, err = w.VisitorOf(t.Context(), v.SignIn.ID)
		refused(t, err, account.ErrUnknown)
		_, err = w.InviteAgain(t.Context(), nil, v.Person.ID)
		refused(t, err, account.ErrUnknown)
		refused(t, w.End(t.Context(), nil, v.Person.ID), account.ErrUnknown)
		m, err := w.Member(t.Context(), v.Person.ID)
		if err != nil || m.Ended.IsZero() || m.Passkeys != 0 {
			t.Errorf("they are kept as %+v, %v", m, err)
		}
	})
}
