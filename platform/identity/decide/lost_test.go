package decide_test

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bayyina/platform/identity"
	"bayyina/platform/identity/decide"
	"bayyina/platform/identity/evidence"
	"bayyina/platform/identity/softkey"
	"bayyina/platform/ledger"
	"bayyina/platform/ledger/read"
	"bayyina/platform/ledger/replay"
	"bayyina/platform/store"
	"bayyina/platform/store/storetest"

	"golang.org/x/mod/sumdb/note"
)

// replacement makes a new software passkey for an officer, which is bound to them and in no
// log yet; the old one is gone.
func (w *world) replacement(person int64, generation int) (lost, name string) {
	w.t.Helper()
	lost = w.soft[person].Name()
	key, err := softkey.New(fmt.Sprintf("hnec.example/officer-%d.%d", person, generation), read.PasskeyES256, rand.Reader)
	w.must(err)
	w.must(w.Bind(ctx, person, key.VerifierKey(), true))
	w.soft[person] = key
	return lost, key.Name()
}

// exchange has the keys decided on: proposed by one, signed by the others and the root.
func (w *world) exchange(by int64, signers []int64, add, remove []string) decide.State {
	w.t.Helper()
	draft, err := w.DraftKeys(ctx, add, remove, reason)
	w.must(err)
	id := w.propose(by, draft)
	for _, person := range signers {
		w.must(w.sign(person, id))
	}
	w.signOffline(id)
	w.settle()
	return state(w, id)
}

// TestTheGuideForLostKeys walks through docs/guide-keys.md, section by section.
func TestTheGuideForLostKeys(t *testing.T) {
	w := small(t)
	a, b, c := w.officers[0], w.officers[1], w.officers[2]

	// "One officer's key": whoever lost it proposes, the others sign.
	lost, made := w.replacement(a, 2)
	if got := w.exchange(a, []int64{b, c}, []string{made}, []string{lost}); got != decide.Entered {
		t.Fatalf("one key: %s", got)
	}
	id := w.propose(b, w.grant())
	w.must(w.sign(a, id))
	w.must(w.sign(c, id))
	if w.settle(); state(w, id) != decide.Entered {
		t.Fatal("the new key decides nothing")
	}

	// "Half of the keys": a fourth officer first, so that two of four can go.
	d := w.clerkMadeOfficer()
	w.soft[d] = mustKey(t, "hnec.example/officer-4")
	w.must(w.Bind(ctx, d, w.soft[d].VerifierKey(), true))
	if got := w.exchange(a, []int64{b, c}, []string{w.soft[d].Name()}, nil); got != decide.Entered {
		t.Fatalf("the fourth officer: %s", got)
	}
	lostA, madeA := w.replacement(a, 3)
	lostB, madeB := w.replacement(b, 2)
	if got := w.exchange(a, []int64{c, d}, []string{madeA, madeB}, []string{lostA, lostB}); got != decide.Entered {
		t.Fatalf("half of the keys: %s", got)
	}

	// "A stolen key": it is removed at once, and signs nothing any more.
	stolen := w.soft[b]
	if got := w.exchange(a, []int64{c, d}, nil, []string{stolen.Name()}); got != decide.Entered {
		t.Fatalf("a stolen key: %s", got)
	}
	id = w.propose(a, w.rules())
	if err := w.Sign(ctx, b, id, w.assert(stolen, id, nil)); err == nil {
		t.Fatal("a stolen key signs")
	}
	w.must(w.Withdraw(ctx, a, id, reason))

	// "Fewer than two": nothing can be decided here any more. The log stays as it is.
	_, madeA = w.replacement(a, 4)
	_, madeC := w.replacement(c, 2) // only d is left
	draft, err := w.DraftKeys(ctx, []string{madeA, madeC}, nil, reason)
	w.must(err)
	id = w.propose(a, draft)
	w.must(w.sign(d, id))
	w.signOffline(id)
	if w.settle(); state(w, id) != decide.Open {
		t.Fatal("one officer decides")
	}
	w.verify()
	w.newLog(t, a, c, d)
}

func mustKey(t *testing.T, name string) *softkey.Key {
	t.Helper()
	key, err := softkey.New(name, read.PasskeyES256, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// newLog begins the log that succeeds the one in which nobody can decide: its genesis
// names the last checkpoint of the old one, and the root key that both have in common signs it.
func (w *world) newLog(t *testing.T, officers ...int64) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(w.public(), "checkpoint"))
	w.must(err)
	last, err := read.ParseCheckpoint(raw)
	w.must(err)
	const successor = "log.hnec.example/rehearsal-2"
	check, err := identity.NewKey(successor, rand.Reader)
	w.must(err)
	entry, err := identity.NewKey("hnec.example/entry-2", rand.Reader)
	w.must(err)
	genesis := ledger.Genesis{
		Name: ledger.Bilingual{AR: "تجربة ثانية", EN: "A second rehearsal"}, Rehearsal: true,
		Keys: []ledger.GenesisKey{
			{Role: "root", Key: w.root.VerifierKey()}, {Role: "checkpoint", Key: check.VerifierKey()}, {Role: "entry", Key: entry.VerifierKey()},
		},
		Passkeys:  ledger.Passkeys{RPID: signHost, Origins: []string{signOrigin}},
		Witnesses: []ledger.Witness{}, Rules: []ledger.Rule{},
		Previous: &ledger.Previous{Origin: origin, Size: uint64(last.Size), Root: last.Root[:]},
	}
	for _, person := range officers {
		genesis.Keys = append(genesis.Keys, ledger.GenesisKey{Role: "officer", Key: w.soft[person].VerifierKey(), Software: true})
	}
	body, err := ledger.EncodeBody(genesis)
	w.must(err)
	now := w.Now()
	signed, err := note.Sign(&note.Note{Text: ledger.Statement{
		Origin: successor, Kind: read.KindGenesis, ID: "00000000000000000000000000000002", From: now.Add(-time.Hour), Until: now.Add(time.Hour), Body: body,
	}.Text()}, w.root)
	w.must(err)
	dir := t.TempDir()
	_, err = ledger.Create(ctx, ledger.Config{
		Dir: dir, DB: storetest.Open(t, storetest.DSN(t, store.SQLite)), Checkpoint: check, Entry: entry, Now: w.Now,
		Client: http.DefaultClient, Log: slog.New(slog.DiscardHandler),
	}, signed)
	w.must(err)
	source, err := read.OpenSource(ctx, filepath.Join(dir, "log"))
	w.must(err)
	defer source.Close()
	report, err := replay.Replay(ctx, source, nil, []read.Judge{evidence.NewJudge()}, replay.Options{})
	w.must(err)
	if report.Previous == nil || report.Previous.Origin != origin || report.Previous.Size != last.Size {
		t.Errorf("the new log names %+v as the one before", report.Previous)
	}
	for _, c := range report.Claims {
		if c.Verdict == read.False {
			t.Errorf("%s is false: %v", c.ID, c.Faults)
		}
	}
	if need := read.Minimum(evidence.KindGrant); need[0].Count > len(officers) {
		t.Errorf("%d officers cannot decide in it", len(officers))
	}
}
