package account_test

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"bayyina/platform/identity"
	"bayyina/platform/identity/access"
	"bayyina/platform/identity/evidence"
	"bayyina/platform/ledger"
	"bayyina/platform/ledger/read"
	"bayyina/platform/ledger/replay"
)

const logOrigin = "log.hnec.example/rehearsal"

// evidenceLog is a log of the world's database.
type evidenceLog struct {
	*ledger.Log
	dir                     string
	root, checkpoint, entry *identity.Key
	receipt                 *identity.Key
}

func (w *world) log(t *testing.T) *evidenceLog {
	t.Helper()
	l := &evidenceLog{dir: t.TempDir()}
	for at, name := range map[**identity.Key]string{
		&l.root: "hnec.example/root", &l.checkpoint: logOrigin, &l.entry: "hnec.example/entry", &l.receipt: "hnec.example/receipt",
	} {
		key, err := identity.NewKey(name, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		*at = key
	}
	body, err := ledger.EncodeBody(ledger.Genesis{
		Name: ledger.Bilingual{AR: "تجربة", EN: "A rehearsal"}, Rehearsal: true,
		Keys: []ledger.GenesisKey{
			{Role: "root", Key: l.root.VerifierKey()},
			{Role: "checkpoint", Key: l.checkpoint.VerifierKey()},
			{Role: "entry", Key: l.entry.VerifierKey()},
			{Role: "receipt", Key: l.receipt.VerifierKey()},
		},
		Passkeys:  ledger.Passkeys{RPID: signHost, Origins: []string{"https://" + signHost}},
		Witnesses: []ledger.Witness{}, Rules: []ledger.Rule{},
	})
	if err != nil {
		t.Fatal(err)
	}
	genesis, err := note.Sign(&note.Note{Text: ledger.Statement{
		Origin: logOrigin, Kind: read.KindGenesis, ID: "00000000000000000000000000000001",
		From: w.Now().Add(-time.Hour), Until: w.Now().Add(time.Hour), Body: body,
	}.Text()}, l.root)
	if err != nil {
		t.Fatal(err)
	}
	cfg := ledger.Config{
		Dir: l.dir, DB: w.db, Checkpoint: l.checkpoint, Entry: l.entry, Now: w.Now, Client: http.DefaultClient, Log: slog.New(slog.DiscardHandler),
	}
	if _, err := ledger.Create(t.Context(), cfg, genesis); err != nil {
		t.Fatal(err)
	}
	if l.Log, err = ledger.Open(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// claim is what a stranger finds of one claim.
func (l *evidenceLog) claim(t *testing.T, id string) read.Claim {
	t.Helper()
	if _, err := l.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	policy, err := read.ParsePolicy(fmt.Appendf(nil, "log %s\n#bayyina genesis %s\n#bayyina rehearsal\nquorum none\n", l.checkpoint.VerifierKey(), l.root.VerifierKey()))
	if err != nil {
		t.Fatal(err)
	}
	source, err := read.OpenSource(t.Context(), filepath.Join(l.dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	report, err := replay.Replay(t.Context(), source, policy, []read.Judge{evidence.NewJudge()}, replay.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range report.Claims {
		if c.ID == id {
			return c
		}
	}
	return read.Claim{}
}

func TestTheLogIsToldOfEachDayOfTheRegisterOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.mu.Lock()
		w.now = w.now.Truncate(24 * time.Hour).Add(20 * time.Hour)
		w.mu.Unlock()
		l := w.log(t)
		commit := func(want int) {
			t.Helper()
			if n, err := w.CommitReadings(ctx, logOrigin, l.receipt); err != nil || n != want {
				t.Errorf("told of %d days, want %d: %v", n, want, err)
			}
		}
		_, v := w.join("salma", "hnec")
		commit(0)              // nothing was ever read
		w.pass(24 * time.Hour) // nor on the next day
		for range 2 {
			if err := w.NoteReading(ctx, &v.Person, "person:7", "csa", access.PeopleRead, "account.why-person"); err != nil {
				t.Fatal(err)
			}
		}
		commit(0) // the day has not ended
		w.pass(4*time.Hour + 9*time.Minute)
		commit(0) // what began before midnight may still be on its way
		w.pass(time.Minute)
		commit(1)
		commit(0)              // once
		w.pass(48 * time.Hour) // two days without readings
		commit(2)
		if c := l.claim(t, "access.reads"); c.Verdict != read.True || c.How.Args["Count"] != int64(3) || c.How.Args["Reads"] != int64(2) {
			t.Errorf("a stranger finds %+v", c)
		}
		// After a long rest, no more than a month at once.
		w.pass(40 * 24 * time.Hour)
		commit(31)
		commit(9)
	})
}
