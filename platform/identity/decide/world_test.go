package decide_test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"bayyina/platform/identity"
	"bayyina/platform/identity/access"
	"bayyina/platform/identity/account"
	"bayyina/platform/identity/decide"
	"bayyina/platform/identity/evidence"
	"bayyina/platform/identity/softkey"
	"bayyina/platform/ledger"
	"bayyina/platform/ledger/read"
	"bayyina/platform/ledger/replay"
	"bayyina/platform/store"
	"bayyina/platform/store/seal"
	"bayyina/platform/store/seal/sealtest"
	"bayyina/platform/store/storetest"

	"golang.org/x/mod/sumdb/note"
)

const (
	origin     = "log.hnec.example/rehearsal"
	signHost   = "sign.vote.test"
	signOrigin = "https://" + signHost
)

var reason = read.Bilingual{AR: "سبب كافٍ", EN: "Reason enough"}

// world is a log without witnesses, people with accounts, and their decisions.
type world struct {
	*decide.Decisions
	t        testing.TB
	db       *store.DB
	keys     *seal.Keys
	dir      string
	log      *ledger.Log
	accounts *account.Accounts
	config   decide.Config
	root     *identity.Key
	check    *identity.Key // checkpoint
	soft     map[int64]*softkey.Key
	officers []int64 // three
	clerk    int64   // election manager of one election
	reader   int64   // auditor

	mu  sync.Mutex
	now time.Time
}

func (w *world) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(time.Second)
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// election is the one whose manager the clerk is.
const election = "Bayyina2Test11"

func newWorld(t testing.TB, db *store.DB) *world {
	t.Helper()
	ctx := context.Background()
	w := &world{t: t, db: db, keys: sealtest.New(t, db), dir: t.TempDir(), soft: make(map[int64]*softkey.Key), now: time.Now().UTC().Truncate(time.Second)}
	var err error
	key := func(name string) *identity.Key {
		k, err := identity.NewKey(name, rand.Reader)
		w.must(err)
		return k
	}
	w.root, w.check = key("hnec.example/root"), key(origin)
	entry, receipt := key("hnec.example/entry"), key("hnec.example/receipt")

	w.accounts, err = account.New(ctx, account.Config{
		DB: db, Keys: w.keys, Name: read.Bilingual{AR: "بيّنة", EN: "Bayyina"}, Origin: "https://vote.test", Now: w.Now, Random: rand.Reader,
		Log: slog.New(slog.DiscardHandler), Demo: true,
	})
	w.must(err)
	w.must(w.accounts.AddOrganisation(ctx, account.Organisation{Code: "hnec", Kind: account.Commission, Name: read.Bilingual{AR: "المفوضية", EN: "Commission"}}))
	genesis := ledger.Genesis{
		Name: ledger.Bilingual{AR: "تجربة", EN: "A rehearsal"}, Rehearsal: true,
		Keys: []ledger.GenesisKey{
			{Role: "root", Key: w.root.VerifierKey()},
			{Role: "checkpoint", Key: w.check.VerifierKey()},
			{Role: "entry", Key: entry.VerifierKey()},
			{Role: "receipt", Key: receipt.VerifierKey()},
		},
		Passkeys:  ledger.Passkeys{RPID: signHost, Origins: []string{signOrigin}},
		Witnesses: []ledger.Witness{}, Rules: []ledger.Rule{},
	}
	for i := range 3 {
		id := w.person(fmt.Sprintf("Officer %d", i+1))
		w.must(w.accounts.Install(ctx, id, access.Officer))
		w.officers = append(w.officers, id)
		w.soft[id], err = softkey.New(fmt.Sprintf("hnec.example/officer-%d", i+1), read.PasskeyES256, rand.Reader)
		w.must(err)
		genesis.Keys = append(genesis.Keys, ledger.GenesisKey{Role: "officer", Key: w.soft[id].VerifierKey(), Software: true})
	}
	w.clerk, w.reader = w.person("Clerk"), w.person("Auditor")
	w.must(db.Tx(ctx, func(tx *store.Tx) error {
		if err := w.accounts.ApplyGrant(ctx, tx, w.clerk, access.Grant{Role: access.ElectionManager, Scope: access.Scope{Election: election}}, "test"); err != nil {
			return err
		}
		return w.accounts.ApplyGrant(ctx, tx, w.reader, access.Grant{Role: access.Auditor}, "test of another")
	}))

	cfg := ledger.Config{
		Dir: w.dir, DB: db, Checkpoint: w.check, Entry: entry, Now: w.Now, Client: http.DefaultClient, Log: slog.New(slog.DiscardHandler),
	}
	body, err := ledger.EncodeBody(genesis)
	w.must(err)
	signed, err := note.Sign(&note.Note{Text: ledger.Statement{
		Origin: origin, Kind: read.KindGenesis, ID: "00000000000000000000000000000001",
		From: w.now.Add(-time.Hour), Until: w.now.Add(time.Hour), Body: body,
	}.Text()}, w.root)
	w.must(err)
	_, err = ledger.Create(ctx, cfg, signed)
	w.must(err)
	w.log, err = ledger.Open(ctx, cfg)
	w.must(err)
	t.Cleanup(func() { w.log.Close() })

	w.config = decide.Config{
		DB: db, Keys: w.keys, Dir: w.dir, Public: w.public(), Receipt: receipt, People: w.accounts, Now: w.Now, Random: rand.Reader,
		Site: "https://vote.test", Signing: signOrigin, Software: w.soft,
	}
	w.Decisions, err = decide.New(ctx, w.config)
	w.must(err)
	for _, id := range w.officers {
		w.must(w.Bind(ctx, id, w.soft[id].VerifierKey(), true))
	}
	return w
}

func (w *world) public() string { return filepath.Join(w.dir, "log") }

func (w *world) person(name string) int64 {
	w.t.Helper()
	id, _, err := w.accounts.Invite(context.Background(), nil, account.Newcomer{Name: name, Address: fmt.Sprintf("%d@example.ly", time.Now().UnixNano()), Organisation: "hnec"})
	w.must(err)
	return id
}

// who is a person as they are signed in.
func (w *world) who(id int64) *access.Person {
	w.t.Helper()
	m, err := w.accounts.Member(context.Background(), id)
	w.must(err)
	return &m.Person
}

// each runs a test on both databases.
func each(t *testing.T, test func(t *testing.T, w *world)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { test(t, newWorld(t, db)) })
}

func small(t testing.TB) *world {
	return newWorld(t, storetest.Open(t, storetest.DSN(t, store.SQLite)))
}

// rules drafts that opening needs three officers.
func (w *world) rules() decide.Draft {
	return decide.Draft{Kind: read.KindRules, Body: read.RulesChange{
		Rules: []read.Rule{{Kind: "vote.open/1", Need: []read.Need{{Role: "officer", Count: 3}, {Role: "root", Count: 1}}}}, Reason: reason,
	}}
}

// grant drafts that the clerk becomes an observer.
func (w *world) grant() decide.Draft {
	w.t.Helper()
	draft, err := w.DraftGrant(context.Background(), evidence.Grant{Person: w.clerk, Role: string(access.Observer), Reason: reason})
	w.must(err)
	return draft
}

func (w *world) propose(by int64, draft decide.Draft) string {
	w.t.Helper()
	id, err := w.Propose(context.Background(), w.who(by), draft)
	w.must(err)
	return id
}

// assert is what a person's authenticator answers on the signing page, or a lie about it.
func (w *world) assert(key *softkey.Key, id string, lie func(*softkey.Ceremony)) decide.Assertion {
	w.t.Helper()
	p, err := w.Proposal(context.Background(), w.who(w.officers[0]), id)
	w.must(err)
	c := softkey.Signing(p.Statement.Text, signHost, signOrigin)
	if lie != nil {
		lie(&c)
	}
	raw, err := key.Assert(c)
	w.must(err)
	a := int(raw[0])<<8 | int(raw[1])
	rest := raw[2+a:]
	n := int(rest[0])<<8 | int(rest[1])
	return decide.Assertion{AuthenticatorData: raw[2 : 2+a], ClientData: rest[2 : 2+n], Signature: rest[2+n:]}
}

func (w *world) sign(person int64, id string) error {
	w.t.Helper()
	return w.Sign(context.Background(), person, id, w.assert(w.soft[person], id, nil))
}

// signOffline has the root key sign, as bayyina key sign does.
func (w *world) signOffline(id string) {
	w.t.Helper()
	p, err := w.Proposal(context.Background(), w.who(w.officers[0]), id)
	w.must(err)
	_, err = w.AddOffline(context.Background(), w.who(w.officers[0]), id, w.rootSigned(string(p.Note())))
	w.must(err)
}

// rootSigned is a text or note with the root key's signature added.
func (w *world) rootSigned(text string) []byte {
	w.t.Helper()
	document, err := identity.ParseDocument([]byte(text))
	w.must(err)
	signed, err := document.Sign(w.root)
	w.must(err)
	return signed
}

// assertionForm is an assertion as the signing page sends it.
func assertionForm(a decide.Assertion) url.Values {
	form := make(url.Values)
	for name, part := range map[string][]byte{"authenticator": a.AuthenticatorData, "client": a.ClientData, "signature": a.Signature} {
		form.Set(name, base64.RawURLEncoding.EncodeToString(part))
	}
	return form
}

// settle lets the server do what is due, and the log publish it.
func (w *world) settle() (entered int) {
	w.t.Helper()
	for {
		n, err := w.Due(context.Background())
		w.must(err)
		entered += n
		_, err = w.log.Drain(context.Background())
		w.must(err)
		if n == 0 {
			return entered
		}
	}
}

// verify judges the log as a stranger with the policy does.
func (w *world) verify() map[string]read.Claim {
	w.t.Helper()
	policy, err := read.ParsePolicy(fmt.Appendf(nil, "log %s\n#bayyina genesis %s\n#bayyina rehearsal\nquorum none\n", w.check.VerifierKey(), w.root.VerifierKey()))
	w.must(err)
	source, err := read.OpenSource(context.Background(), w.public())
	w.must(err)
	defer source.Close()
	report, err := replay.Replay(context.Background(), source, policy, []read.Judge{evidence.NewJudge()}, replay.Options{})
	w.must(err)
	claims := make(map[string]read.Claim)
	for _, c := range report.Claims {
		claims[c.ID] = c
		if c.Verdict == read.False {
			w.t.Errorf("%s is false: %v", c.ID, c.Faults)
		}
	}
	return claims
}
