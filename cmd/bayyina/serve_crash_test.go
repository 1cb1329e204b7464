package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"bayyina/platform/identity"
	"bayyina/platform/ledger"
	"bayyina/platform/store"
)

// writer queues statements in the server's database, as its pages do, while the server
// is killed and started again.
type writer struct {
	db  *store.DB
	key note.Signer

	mu       sync.Mutex
	accepted []string // ids of what was acknowledged
}

// write queues statements until stop is closed.
func (w *writer) write(t *testing.T, number int, stop <-chan struct{}) {
	for n := 0; ; n++ {
		select {
		case <-stop:
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
		if err == nil {
			err = w.db.Tx(t.Context(), func(tx *store.Tx) error {
				return ledger.Enqueue(t.Context(), tx, now, ledger.Item{Statement: signed})
			})
		}
		if err != nil {
			t.Errorf("statement %s: %v", id, err)
			return
		}
		w.mu.Lock()
		w.accepted = append(w.accepted, id)
		w.mu.Unlock()
	}
}

func TestWhatWasAcknowledgedIsInTheLogOnceHoweverTheServerEnds(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED in short runs: the server is another process")
	}
	kills := 5
	if os.Getenv("BAYYINA_SOAK") == "1" {
		kills = 200
	}
	in := install(t)
	in.write(t, "server/bayyina.toml", "[publish]\nevery = '200ms'\n")
	key, err := identity.OpenKeyFile(in.path("root.key"), identity.AskPassphrase(func() ([]byte, error) {
		return []byte("correct horse battery staple"), nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), "sqlite:"+in.path("server", databaseName))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	w := &writer{db: db, key: key}
	stop := make(chan struct{})
	var writers sync.WaitGroup
	for n := range 3 {
		writers.Go(func() { w.write(t, n, stop) })
	}
	for range kills {
		s := in.serve(t)
		time.Sleep(time.Duration(rand.IntN(1500)) * time.Millisecond)
		if err := s.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = s.cmd.Wait() // killed
	}
	close(stop)
	writers.Wait()
	last := in.serve(t)
	last.await(t)
	last.stop(t)

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
	t.Logf("killed %d times; %d statements were acknowledged", kills, len(w.accepted))
	var report struct{ Counts struct{ False int } }
	out := in.bayyina(t, "verify", "server", "--policy", "policy.txt", "--json")
	if err := json.Unmarshal([]byte(out), &report); err != nil || report.Counts.False > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}
