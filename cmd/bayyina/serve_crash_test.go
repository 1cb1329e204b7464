package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"bayyina/platform/identity"
	"bayyina/platform/ledger"
	"bayyina/platform/store"
	"bayyina/platform/store/storetest"
)

// writers queue statements in the server's database, as its pages do, while processes are
// killed and started again.
type writers struct {
	db  *store.DB
	key note.Signer

	mu       sync.Mutex
	accepted []string // ids of what was acknowledged
	failed   int      // statements that were not, most times
	stop     chan struct{}
	all      sync.WaitGroup
}

// writeOn starts three writers.
func (in *installation) writeOn(t *testing.T, database string) *writers {
	t.Helper()
	key, err := identity.OpenKeyFile(in.path("root.key"), identity.AskPassphrase(func() ([]byte, error) {
		return []byte("correct horse battery staple"), nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	w := &writers{db: storetest.Open(t, cmp.Or(database, "sqlite:"+in.path("server", databaseName))), key: key, stop: make(chan struct{})}
	for n := range 3 {
		w.all.Go(func() { w.write(t, n) })
	}
	return w
}

func (w *writers) write(t *testing.T, number int) {
	for n := 0; ; n++ {
		select {
		case <-w.stop:
			return
		case <-time.After(time.Duration(rand.IntN(20)) * time.Millisecond):
		}
		id := fmt.Sprintf("%016x%016x", number+1, n)
		now := time.Now()
		s := ledger.Statement{
			Origin: "log.example/1", Kind: "test.word/1", ID: id, From: now.Add(-time.Hour), Until: now.Add(24 * time.Hour),
			Body: []byte(`{"word":"` + strconv.Itoa(n) + `"}`),
		}
		signed, err := note.Sign(&note.Note{Text: s.Text()}, w.key)
		if err != nil {
			t.Error(err)
			return
		}
		err = w.db.Tx(t.Context(), func(tx *store.Tx) error {
			return ledger.Enqueue(t.Context(), tx, now, ledger.Item{Statement: signed})
		})
		w.mu.Lock()
		if err == nil {
			w.accepted = append(w.accepted, id)
		} else {
			w.failed++
		}
		w.mu.Unlock()
	}
}

// end stops the writers.
func (w *writers) end() {
	close(w.stop)
	w.all.Wait()
}

// checkKept compares the log, published to its end, with what was acknowledged.
func (in *installation) checkKept(t *testing.T, w *writers) {
	t.Helper()
	var log struct {
		Entries []struct{ ID string }
	}
	if err := json.Unmarshal([]byte(in.bayyina(t, "log", "show", "server", "--json")), &log); err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]int)
	for _, entry := range log.Entries {
		seen[entry.ID]++
	}
	for _, id := range w.accepted {
		if seen[id] != 1 {
			t.Errorf("statement %s is in the log %d times", id, seen[id])
		}
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("statement %s is in the log %d times", id, n)
		}
	}
	if len(w.accepted) == 0 {
		t.Error("nothing was acknowledged")
	}
	var report struct{ Counts struct{ False int } }
	out := in.bayyina(t, "verify", "server", "--policy", "policy.txt", "--json")
	if err := json.Unmarshal([]byte(out), &report); err != nil || report.Counts.False > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}

// times is how often something is killed: more often in the long form of the tests.
func times(short, long int) int {
	if os.Getenv("BAYYINA_SOAK") == "1" {
		return long
	}
	return short
}

func TestWhatWasAcknowledgedIsInTheLogOnceHoweverTheServerEnds(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("SKIPPED in short runs: the server is another process")
	}
	onBoth(t, func(t *testing.T, database string) {
		atLength(t, database)
		kills := times(5, 200)
		in := installOn(t, database)
		in.settings(t, database, "[publish]\nevery = '200ms'\n")
		w := in.writeOn(t, database)
		for range kills {
			s := in.serveAgain(t)
			time.Sleep(time.Duration(rand.IntN(1500)) * time.Millisecond)
			if err := s.cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = s.cmd.Wait() // killed
		}
		w.end()
		last := in.serveAgain(t)
		last.await(t)
		last.stop(t)
		if w.failed > 0 {
			t.Errorf("%d statements were not taken", w.failed)
		}
		in.checkKept(t, w)
		t.Logf("killed %d times; %d statements were acknowledged", kills, len(w.accepted))
	})
}

func TestTheServerGoesOnByItselfWhenItsPostgreSQLHasDied(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("SKIPPED in short runs: the server is another process")
	}
	postgres := storetest.NewServer(t)
	database := postgres.DSN(t)
	in := installOn(t, database)
	in.settings(t, database, "[publish]\nevery = '200ms'\n")
	s := in.serve(t)
	s.await(t)
	w := in.writeOn(t, database)
	crashes := times(2, 20)
	for range crashes {
		time.Sleep(time.Duration(rand.IntN(1500)) * time.Millisecond)
		postgres.Crash(t)
		if resp, body := s.get(t, "/readyz"); resp.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("without a database it is %s: %s", resp.Status, body)
		}
		postgres.Start(t)
		s.await(t)
	}
	w.end()
	s.stop(t)
	in.checkKept(t, w)
	t.Logf("PostgreSQL died %d times; %d statements were acknowledged, %d were not", crashes, len(w.accepted), w.failed)
}
