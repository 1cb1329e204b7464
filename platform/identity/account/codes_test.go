package account_test

import (
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"bayyina/platform/identity/account"
)

// codes makes a person's fallback codes.
func (w *world) codes(v *account.Visitor) (secret string, recovery []string) {
	w.t.Helper()
	secret, err := w.BeginCodes(w.t.Context(), v)
	if err != nil {
		w.t.Fatal(err)
	}
	recovery, err = w.ConfirmCodes(w.t.Context(), v, w.code(secret))
	if err != nil {
		w.t.Fatal(err)
	}
	w.pass(30 * time.Second) // that code is spent
	return secret, recovery
}

// code is what a generator shows now.
func (w *world) code(secret string) string {
	w.t.Helper()
	code, err := totp.GenerateCode(secret, w.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	return code
}

func (w *world) byCodes(address, recovery, code string, from netip.Addr) (int64, error) {
	w.t.Helper()
	return w.CodesSignIn(w.t.Context(), address, recovery, code, agent, from)
}

func TestTwoCodesTogetherSignInAndChangeNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		_, v := w.join("salma", "hnec")
		secret, recovery := w.codes(v)
		if len(recovery) != 10 {
			t.Fatalf("%d recovery codes", len(recovery))
		}
		// Typed as people do: small letters, spaces, Arabic digits.
		typed := strings.Map(func(r rune) rune {
			if '0' <= r && r <= '9' {
				return r - '0' + '٠'
			}
			return r
		}, strings.ToLower(strings.ReplaceAll(recovery[0], "-", " ")))
		id, err := w.byCodes(" Salma@Example.ly", typed, w.code(secret), home)
		if err != nil {
			t.Fatal(err)
		}
		in := w.visitor(id)
		if in.Person.ID != v.Person.ID || in.SignIn.Means != account.ByCodes {
			t.Errorf("signed in: %+v", in)
		}
		if n, err := w.CodesLeft(ctx, v.Person.ID); err != nil || n != 9 {
			t.Errorf("%d left, %v", n, err)
		}
		// Such a sign-in enrols nothing, makes no codes, and manages nobody.
		_, err = w.BeginEnrol(ctx, in)
		refused(t, err, account.ErrNotByPasskey)
		_, err = w.BeginCodes(ctx, in)
		refused(t, err, account.ErrNotByPasskey)
		_, err = w.ConfirmCodes(ctx, in, "000000")
		refused(t, err, account.ErrNotByPasskey)
		_, other := w.join("huda", "hnec")
		_, err = w.InviteAgain(ctx, in, other.Person.ID)
		refused(t, err, account.ErrNotByPasskey)
		_, _, err = w.Invite(ctx, in, account.Newcomer{Name: "x", Address: "x@example.ly", Organisation: "hnec"})
		refused(t, err, account.ErrNotByPasskey)
		refused(t, w.End(ctx, in, other.Person.ID), account.ErrNotByPasskey)
		_, err = w.InviteAgain(ctx, v, v.Person.ID) // nor does anybody invite themselves
		refused(t, err, account.ErrOneself)
	})
}

func TestEachPartOfTheFallbackIsNeeded(t *testing.T) {
	w := small(t)
	_, v := w.join("salma", "hnec")
	secret, recovery := w.codes(v)
	_, u := w.join("huda", "hnec")
	otherSecret, other := w.codes(u)
	for name, try := range map[string][3]string{
		"without a recovery code":     {"salma@example.ly", "", w.code(secret)},
		"with a malformed one":        {"salma@example.ly", "AAAA", w.code(secret)},
		"with somebody else's":        {"salma@example.ly", other[0], w.code(secret)},
		"without the generator":       {"salma@example.ly", recovery[0], ""},
		"with another's generator":    {"salma@example.ly", recovery[0], w.code(otherSecret)},
		"for another address":         {"huda@example.ly", recovery[0], w.code(secret)},
		"for an unknown address":      {"nobody@example.ly", recovery[0], w.code(secret)},
		"for no address":              {"", recovery[0], w.code(secret)},
		"with the generator's secret": {"salma@example.ly", recovery[0], secret},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.byCodes(try[0], try[1], try[2], netip.MustParseAddr("2001:db8::1"))
			refused(t, err, account.ErrSignIn)
			w.pass(15 * time.Minute)
		})
	}
	if _, err := w.byCodes("salma@example.ly", recovery[0], w.code(secret), home); err != nil {
		t.Errorf("the right codes are refused afterwards: %v", err)
	}
}

func TestARecoveryCodeSignsInOnceEvenInARace(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, v := w.join("salma", "hnec")
		secret, recovery := w.codes(v)
		code := w.code(secret)
		var wg sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			wg.Go(func() {
				_, errs[i] = w.CodesSignIn(t.Context(), "salma@example.ly", recovery[0], code, agent, home)
			})
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
			t.Errorf("one recovery code signed in %d times", good)
		}
		w.pass(15 * time.Minute)
		_, err := w.byCodes("salma@example.ly", recovery[0], w.code(secret), home)
		refused(t, err, account.ErrSignIn)
		// Nor does the generator's code sign in twice, with another recovery code.
		code = w.code(secret)
		if _, err := w.byCodes("salma@example.ly", recovery[1], code, home); err != nil {
			t.Fatal(err)
		}
		_, err = w.byCodes("salma@example.ly", recovery[2], code, home)
		refused(t, err, account.ErrSignIn)
		// New codes make the old ones void.
		again, fresh := w.codes(v)
		_, err = w.byCodes("salma@example.ly", recovery[3], w.code(again), home)
		refused(t, err, account.ErrSignIn)
		if _, err := w.byCodes("salma@example.ly", fresh[0], w.code(again), home); err != nil {
			t.Error(err)
		}
	})
}

// TestAStolenSheetIsSpentByGuessing: whoever has the recovery codes has five attempts at the
// generator with each, from however many networks.
func TestAStolenSheetIsSpentByGuessing(t *testing.T) {
	w := small(t)
	_, v := w.join("salma", "hnec")
	secret, recovery := w.codes(v)
	from := netip.MustParseAddr("198.51.100.1")
	for range 5 {
		from = from.Next()
		_, err := w.byCodes("salma@example.ly", recovery[0], "12345", from)
		refused(t, err, account.ErrSignIn)
	}
	_, err := w.byCodes("salma@example.ly", recovery[0], w.code(secret), from.Next())
	refused(t, err, account.ErrSignIn)
	if n, err := w.CodesLeft(t.Context(), v.Person.ID); err != nil || n != 9 {
		t.Errorf("%d left, %v", n, err)
	}
	if _, err := w.byCodes("salma@example.ly", recovery[1], w.code(secret), home); err != nil {
		t.Errorf("the other codes are void, too: %v", err)
	}
}

func TestNobodyIsLockedOutByOthers(t *testing.T) {
	w := small(t)
	key, v := w.join("salma", "hnec")
	secret, recovery := w.codes(v)
	// From everywhere, as often as they like.
	from := netip.MustParseAddr("198.51.100.0")
	for range 30 {
		from = from.Next()
		for range 6 {
			_, _ = w.byCodes("salma@example.ly", recovery[0][:4]+"-AAAA-AAAA-AAAA", "000000", from)
		}
	}
	if _, err := w.byCodes("salma@example.ly", recovery[0], w.code(secret), home); err != nil {
		t.Errorf("her codes are refused at home: %v", err)
	}
	// From her own network, one account's failures leave another's alone, and passkeys are
	// never held back.
	for range 5 {
		_, err := w.byCodes("huda@example.ly", "", "", home)
		refused(t, err, account.ErrSignIn)
	}
	_, err := w.byCodes("huda@example.ly", "", "", home)
	refused(t, err, account.ErrTooMany)
	if _, err := w.byCodes("salma@example.ly", recovery[1], w.later(secret), home); err != nil {
		t.Errorf("somebody beside her locked her out: %v", err)
	}
	for i := range 120 {
		_, _ = w.byCodes(strings.Repeat("x", i+1), "", "", home)
	}
	_, err = w.byCodes("salma@example.ly", recovery[2], w.later(secret), home)
	refused(t, err, account.ErrTooMany) // the network as a whole, for codes
	if _, err := w.signIn(key); err != nil {
		t.Errorf("her passkey is held back: %v", err)
	}
	w.pass(15 * time.Minute)
	if _, err := w.byCodes("salma@example.ly", recovery[2], w.code(secret), home); err != nil {
		t.Errorf("it does not pass: %v", err)
	}
	// One customer's IPv6 network is one place.
	for i := range 6 {
		from := netip.MustParseAddr("2001:db8::").As16()
		from[15] = byte(i)
		_, err = w.byCodes("huda@example.ly", "", "", netip.AddrFrom16(from))
	}
	refused(t, err, account.ErrTooMany)
}

// later is what the generator shows half a minute later.
func (w *world) later(secret string) string {
	w.pass(30 * time.Second)
	return w.code(secret)
}

// TestAccountsCannotBeEnumerated compares what is answered, and what is done, for an
// address that exists and one that does not: the same page, the same throttle.
func TestAccountsCannotBeEnumerated(t *testing.T) {
	w := small(t)
	_, h := w.serve()
	_, v := w.join("salma", "hnec")
	w.codes(v)
	for i := range 7 {
		known, unknown := newClient(t, h), newClient(t, h)
		known.at, unknown.at = "203.0.113.1:1", "203.0.113.2:1"
		form := func(address string) map[string][]string {
			return map[string][]string{"address": {address}, "recovery": {"AAAA-AAAA-AAAA-AAAA"}, "code": {"000000"}}
		}
		a, b := known.post("/en/sign-in/codes", form("salma@example.ly")), unknown.post("/en/sign-in/codes", form("nobody@example.l"))
		plain := func(a answer) string {
			body := optionsAttribute.ReplaceAllString(a.body, "")
			return strings.NewReplacer("salma@example.ly", "", "nobody@example.l", "").Replace(body)
		}
		if a.status != b.status || plain(a) != plain(b) {
			t.Errorf("attempt %d: %d and %d, %s %s", i, a.status, b.status, a.body, b.body)
		}
	}
	// The time: the two are the same query, asked by turns; their medians are close.
	took := make(map[string][]time.Duration)
	for i := range 41 {
		for _, address := range []string{"salma@example.ly", "nobody@example.l"} {
			from := netip.AddrFrom4([4]byte{10, 0, byte(len(took)), byte(i)})
			began := time.Now()
			_, err := w.byCodes(address, "AAAA-AAAA-AAAA-AAAA", "000000", from)
			took[address] = append(took[address], time.Since(began))
			refused(t, err, account.ErrSignIn)
		}
	}
	median := func(address string) time.Duration {
		slices.Sort(took[address])
		return took[address][len(took[address])/2]
	}
	known, unknown := median("salma@example.ly"), median("nobody@example.l")
	if ratio := float64(known) / float64(unknown); ratio > 2.5 || ratio < 0.4 {
		t.Errorf("%v for an account, %v for none", known, unknown)
	}
}
