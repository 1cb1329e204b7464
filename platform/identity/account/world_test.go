package account_test

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"bayyina/platform/identity/access"
	"bayyina/platform/identity/account"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	"bayyina/platform/store/seal"
	"bayyina/platform/store/seal/sealtest"
	"bayyina/platform/store/storetest"
)

const (
	siteHost   = "vote.hnec.example"
	siteOrigin = "https://" + siteHost
	signHost   = "sign.hnec.example" // the relying party of decisions
)

// world is accounts with a clock of their own.
type world struct {
	*account.Accounts
	t      testing.TB
	db     *store.DB
	keys   *seal.Keys
	origin string // of the site

	mu  sync.Mutex
	now time.Time
}

func (w *world) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func newWorld(t testing.TB, db *store.DB) *world { return newWorldAt(t, db, siteOrigin) }

func newWorldAt(t testing.TB, db *store.DB, origin string) *world {
	t.Helper()
	w := &world{t: t, db: db, keys: sealtest.New(t, db), origin: origin, now: time.Now().UTC().Truncate(time.Second)}
	w.Accounts = w.another()
	for _, o := range []account.Organisation{
		{Code: "hnec", Kind: account.Commission, Name: read.Bilingual{AR: "المفوضية", EN: "Commission"}},
		{Code: "csa", Kind: account.CivilRegistry, Name: read.Bilingual{AR: "مصلحة الأحوال المدنية", EN: "Civil Status Authority"}},
	} {
		if err := w.AddOrganisation(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// another is another process on the same database.
func (w *world) another() *account.Accounts {
	w.t.Helper()
	a, err := account.New(w.t.Context(), w.config())
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *world) config() account.Config {
	return account.Config{
		DB: w.db, Keys: w.keys, Name: read.Bilingual{AR: "بيّنة", EN: "Bayyina"}, Origin: w.origin, Now: w.Now, Random: rand.Reader,
		Log: slog.New(slog.DiscardHandler),
	}
}

// each runs a test on both databases.
func each(t *testing.T, test func(t *testing.T, w *world)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { test(t, newWorld(t, db)) })
}

func small(t *testing.T) *world {
	return newWorld(t, storetest.Open(t, storetest.DSN(t, store.SQLite)))
}

const agent = "Firefox on a test"

// invite invites somebody into an organisation.
func (w *world) invite(name, organisation string) (person int64, secret string) {
	w.t.Helper()
	person, secret, err := w.Invite(w.t.Context(), nil, account.Newcomer{Name: name, Address: strings.ReplaceAll(name, " ", ".") + "@example.ly", Organisation: organisation})
	if err != nil {
		w.t.Fatal(err)
	}
	return person, secret
}

// join makes a person who has taken up their invitation.
func (w *world) join(name, organisation string) (*authenticator, *account.Visitor) {
	w.t.Helper()
	_, secret := w.invite(name, organisation)
	return w.takeUp(secret)
}

func (w *world) takeUp(secret string) (*authenticator, *account.Visitor) {
	w.t.Helper()
	ctx, key := w.t.Context(), newAuthenticator(w.t)
	opts, err := w.BeginInvited(ctx, secret)
	if err != nil {
		w.t.Fatal(err)
	}
	id, err := w.FinishInvited(ctx, secret, "phone", key.create(opts), agent)
	if err != nil {
		w.t.Fatal(err)
	}
	return key, w.visitor(id)
}

// signIn signs in with a passkey.
func (w *world) signIn(key *authenticator) (int64, error) {
	w.t.Helper()
	opts, err := w.BeginSignIn()
	if err != nil {
		w.t.Fatal(err)
	}
	return w.FinishSignIn(w.t.Context(), key.get(opts), agent)
}

func (w *world) visitor(signIn int64) *account.Visitor {
	w.t.Helper()
	v, err := w.VisitorOf(context.Background(), signIn)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

func refused(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

func (w *world) install(person int64, roles ...access.Role) {
	w.t.Helper()
	for _, r := range roles {
		if err := w.Install(w.t.Context(), person, r); err != nil {
			w.t.Fatal(err)
		}
	}
}

var home = netip.MustParseAddr("192.0.2.1")
