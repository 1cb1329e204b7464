package webhook_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"bayyina/internal/forge"
	"bayyina/platform/identity/access"
	"bayyina/platform/identity/account"
	"bayyina/platform/ledger/board"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	"bayyina/platform/store/seal"
	"bayyina/platform/store/seal/sealtest"
	"bayyina/platform/store/storetest"
	"bayyina/platform/webhook"
)

var start = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// world is a log that grows, people, and a receiver on this machine.
type world struct {
	*webhook.Hooks
	t        *testing.T
	db       *store.DB
	keys     *seal.Keys
	accounts *account.Accounts
	actors   *forge.Actors
	history  *forge.History
	board    *board.Board
	dir      string
	cfg      webhook.Config
	receiver *receiver
	observer int64

	mu  sync.Mutex
	now time.Time
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func newWorld(t *testing.T, db *store.DB) *world {
	t.Helper()
	w := &world{t: t, db: db, keys: sealtest.New(t, db), dir: filepath.Join(t.TempDir(), "log"), now: start.Add(24 * time.Hour), receiver: newReceiver(t)}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	w.actors = must(forge.NewActors("log.hnec.example/2026", start, rand.Reader))
	w.history = must(forge.Honest(w.actors))
	w.publish(forge.HonestOpen)
	source := must(read.OpenSource(t.Context(), w.dir))
	t.Cleanup(func() { _ = source.Close() })
	w.board = must(board.New(board.Config{Source: source, Judges: func() []read.Judge { return nil }, Log: log}))
	w.refresh()
	w.accounts = must(account.New(t.Context(), account.Config{
		DB: db, Keys: w.keys, Name: read.Bilingual{AR: "بيّنة", EN: "Bayyina"}, Origin: "https://vote.hnec.example", Now: w.clock, Random: rand.Reader, Log: log,
	}))
	w.must(w.accounts.AddOrganisation(t.Context(), account.Organisation{
		Code: "observers", Kind: account.ObserverBody, Name: read.Bilingual{AR: "شبكة المراقبة", EN: "Observers"},
	}))
	w.observer = w.person("Mariam", access.Observer)
	roots := x509.NewCertPool()
	roots.AddCert(w.receiver.Certificate())
	w.cfg = webhook.Config{
		DB: db, Keys: w.keys, Accounts: w.accounts, Board: w.board, Receipt: w.actors.Receipt, Origin: w.actors.Origin, Site: "https://vote.hnec.example",
		Kinds:    []webhook.Kind{{Entry: "vote.open/1", Event: "election.opened"}, {Entry: "vote.ballot/1", Event: "result.provisional"}},
		Loopback: true, Roots: roots, Now: w.clock, Log: log,
	}
	w.restart()
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// restart is what happens when the program starts.
func (w *world) restart() {
	w.t.Helper()
	w.Hooks = must(webhook.New(w.t.Context(), w.cfg))
}

// person is somebody with a role.
func (w *world) person(name string, role access.Role) int64 {
	w.t.Helper()
	id, _, err := w.accounts.Invite(w.t.Context(), nil, account.Newcomer{Name: name, Address: name + "@example.ly", Organisation: "observers"})
	w.must(err)
	w.must(w.db.Tx(w.t.Context(), func(tx *store.Tx) error {
		return w.accounts.ApplyGrant(w.t.Context(), tx, id, access.Grant{Role: role}, fmt.Sprintf("%032x", id))
	}))
	return id
}

// publish writes the log as it was when it had so many entries.
func (w *world) publish(size int) {
	w.t.Helper()
	h := *w.history
	h.Entries = h.Entries[:size]
	h.Checkpoints = nil
	for _, c := range w.history.Checkpoints {
		if c.Size <= int64(size) {
			h.Checkpoints = append(h.Checkpoints, c)
		}
	}
	written := filepath.Join(w.t.TempDir(), "log")
	w.must(h.Write(written, w.actors.Keys()))
	entries, err := os.ReadDir(w.dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		w.t.Fatal(err)
	}
	for _, e := range entries {
		w.must(os.RemoveAll(filepath.Join(w.dir, e.Name())))
	}
	w.must(os.CopyFS(w.dir, os.DirFS(written)))
}

func (w *world) refresh() {
	w.t.Helper()
	w.must(w.board.Refresh(w.t.Context()))
}

// add registers the receiver for a person.
func (w *world) add(person int64, events ...webhook.Event) string {
	w.t.Helper()
	return must(w.Add(w.t.Context(), person, w.receiver.URL+"/hook?secret=9", events))
}

// feed queues what is new.
func (w *world) feed() {
	w.t.Helper()
	for more := true; more; {
		more = must(w.Feed(w.t.Context()))
	}
}

// send sends all that is due, and returns how many attempts that took.
func (w *world) send() (n int) {
	w.t.Helper()
	for {
		m := must(w.Step(w.t.Context()))
		if m == 0 {
			return n
		}
		n += m
	}
}

// last is the newest message to a receiver.
func (w *world) last(id string) webhook.Delivery {
	w.t.Helper()
	list := must(w.Last(w.t.Context(), id, 1))
	if len(list) == 0 {
		w.t.Fatal("nothing was sent")
	}
	return list[0]
}

func (w *world) own(person int64) webhook.Hook {
	w.t.Helper()
	list := must(w.Own(w.t.Context(), person))
	if len(list) != 1 {
		w.t.Fatalf("%d receivers", len(list))
	}
	return list[0]
}

// receiver is a server of an observer's.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	taken  []taken
	answer func(http.ResponseWriter)
}

type taken struct {
	path   string
	header http.Header
	body   []byte
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{answer: func(http.ResponseWriter) {}}
	r.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			t.Error(err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.taken = append(r.taken, taken{req.URL.String(), req.Header, body})
		r.answer(w)
	}))
	r.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) says(status int, headers ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = func(w http.ResponseWriter) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
	}
}

// all are the requests so far, which are forgotten.
func (r *receiver) all() []taken {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.taken
	r.taken = nil
	return all
}

// verify checks a message as a receiver does, from the specification and the public key alone.
func verify(publicKey string, m taken, now time.Time) error {
	encoded, ok := strings.CutPrefix(publicKey, "whpk_")
	public, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil || len(public) != ed25519.PublicKeySize {
		return fmt.Errorf("public key %s", publicKey)
	}
	id, at := m.header.Get("webhook-id"), m.header.Get("webhook-timestamp")
	signature, ok := strings.CutPrefix(m.header.Get("webhook-signature"), "v1a,")
	raw, err := base64.StdEncoding.DecodeString(signature)
	if !ok || err != nil || !ed25519.Verify(public, []byte(id+"."+at+"."+string(m.body)), raw) {
		return fmt.Errorf("signature of %s at %s", id, at)
	}
	if at != fmt.Sprint(now.Unix()) || strings.Contains(id, ".") {
		return fmt.Errorf("id %s, time %s", id, at)
	}
	return nil
}

// said is a message's body.
type said struct {
	Type      string
	Timestamp time.Time
	Data      struct {
		Log, Kind  string
		Sequence   *int64
		Checkpoint struct {
			Size int64
			Root []byte
		}
		URL string
	}
}

func TestAReceiverIsToldWhatEnteredAndChecksIt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db)
		w.add(w.observer, "election.opened", webhook.Decided)
		w.feed()
		if n := w.send(); n != 0 {
			t.Errorf("%d messages on what entered before", n)
		}
		w.publish(forge.HonestSize)
		w.refresh()
		w.feed()
		w.feed() // nothing is said twice
		if n := w.send(); n != 1 {
			t.Errorf("%d messages", n)
		}
		got := w.receiver.all()
		if len(got) != 1 {
			t.Fatalf("%d requests", len(got))
		}
		m := got[0]
		if err := verify(w.PublicKey(), m, w.clock()); err != nil {
			t.Error(err)
		}
		changed := m
		changed.body = []byte(strings.Replace(string(m.body), "opened", "closed", 1))
		if verify(w.PublicKey(), changed, w.clock()) == nil {
			t.Error("another body has the same signature")
		}
		var s said
		w.must(json.Unmarshal(m.body, &s))
		entry := must(w.board.Now().Entry(t.Context(), forge.HonestOpen))
		root := w.board.Now().Report.Root
		if s.Type != "election.opened" || !s.Timestamp.Equal(entry.Time) || s.Data.Log != w.actors.Origin || s.Data.Kind != "vote.open/1" ||
			s.Data.Sequence == nil || *s.Data.Sequence != forge.HonestOpen || s.Data.Checkpoint.Size != forge.HonestSize ||
			string(s.Data.Checkpoint.Root) != string(root[:]) || s.Data.URL != "https://vote.hnec.example/api/v1/log/entries/5" {
			t.Errorf("%s", m.body)
		}
		if m.path != "/hook?secret=9" || m.header.Get("Content-Type") != "application/json" || m.header.Get("webhook-id") != "entry-5" {
			t.Errorf("%s %v", m.path, m.header)
		}
		if dump := string(storetest.Dump(t, db)); strings.Contains(dump, "secret=9") {
			t.Error("the address lies open in the database")
		}
	})
}

func TestTheLogsGrowthIsToldOnceAnHour(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.DSN(t, store.SQLite)))
	w.add(w.observer, webhook.Checkpointed)
	w.feed()
	w.publish(100)
	w.refresh()
	w.pass(59 * time.Minute)
	w.feed()
	if n := w.send(); n != 0 {
		t.Errorf("%d messages within the hour", n)
	}
	w.pass(time.Minute)
	w.feed()
	w.pass(2 * time.Hour)
	w.feed() // it has not grown since
	if n := w.send(); n != 1 {
		t.Errorf("%d messages", n)
	}
	if got := w.receiver.all(); len(got) != 1 || got[0].header.Get("webhook-id") != "checkpoint-100" {
		t.Errorf("%+v", got)
	}
}

func TestAMessageIsTriedAgainForThreeDaysAndThenNoMore(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.DSN(t, store.SQLite)))
	id := w.add(w.observer, "election.opened")
	w.feed()
	w.publish(forge.HonestSize)
	w.refresh()
	w.feed()
	w.receiver.says(http.StatusInternalServerError)
	begun := w.clock()
	attempts := 0
	for w.clock().Before(begun.Add(5 * 24 * time.Hour)) {
		attempts += w.send()
		for _, m := range w.receiver.all() {
			if err := verify(w.PublicKey(), m, w.clock()); err != nil || m.header.Get("webhook-id") != "entry-5" {
				t.Errorf("attempt %d: %v", attempts, err)
			}
		}
		d := w.last(id)
		if d.State != "waiting" {
			break
		}
		if d.Fate != webhook.Answered || d.Status != http.StatusInternalServerError || d.Tries != attempts {
			t.Errorf("%+v", d)
		}
		w.pass(d.Due.Sub(w.clock()))
	}
	// The schedule of the specification's table.
	if took := w.clock().Sub(begun); attempts != 10 || took != 75*time.Hour+35*time.Minute+5*time.Second {
		t.Errorf("%d attempts in %s", attempts, took)
	}
	if k := w.own(w.observer); k.Off != webhook.Answered {
		t.Errorf("it is not switched off: %+v", k)
	}
	w.receiver.says(http.StatusOK)
	w.must(w.SwitchOn(t.Context(), w.observer, id))
	w.must(w.Test(t.Context(), w.observer, id))
	if n := w.send(); n != 1 || w.last(id).State != "delivered" {
		t.Errorf("%d messages after it was switched on", n)
	}
}

func TestAReceiverSaysHowItWantsToBeCalled(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.DSN(t, store.SQLite)))
	id := w.add(w.observer, "result.provisional")
	w.feed()
	w.publish(20)
	w.refresh()
	w.feed()
	w.receiver.says(http.StatusFound, "Location", w.receiver.URL+"/elsewhere")
	must(w.Step(t.Context()))
	if got := w.receiver.all(); len(got) != 1 || got[0].path != "/hook?secret=9" {
		t.Errorf("redirected: %+v", got)
	}
	w.receiver.says(http.StatusTooManyRequests, "Retry-After", "3600")
	must(w.Step(t.Context()))
	again := 0
	for _, d := range must(w.Last(t.Context(), id, 100)) {
		if d.Due.Equal(w.clock().Add(time.Hour)) {
			again++
		}
	}
	if again != 1 {
		t.Errorf("%d messages wait for the hour that was asked for", again)
	}
	w.receiver.says(http.StatusGone)
	must(w.Step(t.Context()))
	if k := w.own(w.observer); k.Off != webhook.Gone {
		t.Errorf("%+v", k)
	}
	w.receiver.all()
	w.pass(24 * time.Hour)
	if n := w.send(); n != 0 {
		t.Errorf("%d messages to whoever wants none", n)
	}
}

func TestAReceiverThatHangsHoldsUpNoOther(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.DSN(t, store.SQLite)))
	dead := newReceiver(t)
	dead.Close() // nobody is there
	other := w.person("Salem", access.Journalist)
	must(w.Add(t.Context(), other, dead.URL, []webhook.Event{"result.provisional"}))
	w.add(w.observer, "result.provisional")
	w.feed()
	w.publish(30)
	w.refresh()
	w.feed()
	n := w.send()
	// To the dead one each is tried once, to the other all are delivered.
	if got := len(w.receiver.all()); got != 24 || n != 48 {
		t.Errorf("%d messages arrived, after %d attempts", got, n)
	}
}

func TestNobodyIsToldWhoMayNotBe(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.DSN(t, store.SQLite)))
	w.add(w.observer, "election.opened")
	clerk := w.person("Clerk", access.CivilRegistry)
	w.add(clerk, "election.opened")
	w.feed()
	w.must(w.accounts.End(t.Context(), nil, w.observer))
	w.publish(forge.HonestSize)
	w.refresh()
	w.feed()
	if n := w.send(); n != 0 {
		t.Errorf("%d messages", n)
	}
}

func TestEachHasSoManyReceivers(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.DSN(t, store.SQLite)))
	for range 5 {
		w.add(w.observer, webhook.Decided)
	}
	if _, err := w.Add(t.Context(), w.observer, w.receiver.URL, []webhook.Event{webhook.Decided}); !errors.Is(err, webhook.ErrMany) {
		t.Errorf("a sixth: %v", err)
	}
	other := w.person("Salem", access.Journalist)
	id := w.add(other, webhook.Decided)
	for name, err := range map[string]error{
		"remove": w.Remove(t.Context(), w.observer, id), "switch on": w.SwitchOn(t.Context(), w.observer, id), "test": w.Test(t.Context(), w.observer, id),
	} {
		if !errors.Is(err, webhook.ErrUnknown) {
			t.Errorf("%s another's: %v", name, err)
		}
	}
	w.must(w.Test(t.Context(), other, id))
	if err := w.Test(t.Context(), other, id); !errors.Is(err, webhook.ErrTooSoon) {
		t.Errorf("two tests at once: %v", err)
	}
	w.must(w.Remove(t.Context(), other, id))
	if n := w.send(); n != 0 {
		t.Errorf("%d messages to a receiver that was removed", n)
	}
}

func TestTheReceiptKeyVouchesForTheKeyWhichStays(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.DSN(t, store.SQLite)))
	key := w.PublicKey()
	w.restart()
	if w.PublicKey() != key {
		t.Error("another key after a restart")
	}
	verifier := must(note.NewVerifier(w.actors.Receipt.VerifierKey()))
	n, err := note.Open(must(w.Voucher()), note.VerifierList(verifier))
	if err != nil || n.Text != "bayyina.webhook/1\n"+w.actors.Origin+"\n"+key+"\n" {
		t.Errorf("%v %+v", err, n)
	}
}

func TestNoAddressWithinANetworkIsCalled(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.DSN(t, store.SQLite)))
	port := w.receiver.URL[strings.LastIndex(w.receiver.URL, ":"):]
	var found []netip.Addr
	asked := 0
	w.cfg.Loopback = false
	w.cfg.Resolve = func(context.Context, string) ([]netip.Addr, error) {
		asked++
		return found, nil
	}
	w.restart()
	id := must(w.Add(t.Context(), w.observer, "https://example.com"+port+"/hook", []webhook.Event{webhook.Decided}))
	try := func(addresses ...string) webhook.Fate {
		t.Helper()
		found = nil
		for _, a := range addresses {
			found = append(found, netip.MustParseAddr(a))
		}
		w.pass(time.Minute)
		w.must(w.Test(t.Context(), w.observer, id))
		w.send()
		return w.last(id).Fate
	}
	for _, a := range []string{
		"127.0.0.1", "::1", "::ffff:127.0.0.1", "10.1.2.3", "::ffff:10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "::ffff:169.254.169.254",
		"100.100.100.200", "100.64.0.1", "0.0.0.0", "::", "192.0.0.192", "168.63.129.16", "255.255.255.255", "224.0.0.1", "ff02::1", "fe80::1", "fd00:ec2::254",
		"64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:4136:e378::1", "198.18.0.1", "::127.0.0.1",
	} {
		if fate := try(a); fate != webhook.NoAddress {
			t.Errorf("%s is called: %s", a, fate)
		}
	}
	if fate := try("192.0.2.1", "127.0.0.1"); fate != webhook.NoAddress {
		t.Errorf("one of two is within: %s", fate)
	}
	if fate := try(); fate != webhook.NoAddress {
		t.Errorf("no address: %s", fate)
	}
	if got := w.receiver.all(); len(got) != 0 {
		t.Errorf("the receiver on this machine was called: %+v", got)
	}

	// What a second look-up would say does not matter: there is none.
	w.cfg.Loopback = true
	w.restart()
	asked = 0
	if fate := try("127.0.0.1"); fate != webhook.Taken || asked != 1 {
		t.Errorf("%s after %d look-ups", fate, asked)
	}
}

func TestAReceiverWithoutAGoodCertificateIsNotTold(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.DSN(t, store.SQLite)))
	w.cfg.Roots = x509.NewCertPool()
	w.restart()
	id := w.add(w.observer, webhook.Decided)
	w.must(w.Test(t.Context(), w.observer, id))
	if w.send(); w.last(id).Fate != webhook.NoTLS || len(w.receiver.all()) > 0 {
		t.Errorf("%+v", w.last(id))
	}
}
