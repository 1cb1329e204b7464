// Package witnesstest gives tests real witnesses, and witnesses that misbehave.
package witnesstest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"bayyina/platform/ledger/localwitness"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
)

// build makes the litewitness program where there is none.
var build = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("BAYYINA_LITEWITNESS"); path != "" {
		return path, nil
	}
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	path := filepath.Join(string(bytes.TrimSpace(root)), ".cache", "bin", "litewitness")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if out, err := exec.Command("go", "build", "-o", path, "filippo.io/torchwood/cmd/litewitness").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build litewitness: %w\n%s", err, out)
	}
	return path, nil
})

// Binary returns the path of the litewitness program, which the environment
// variable BAYYINA_LITEWITNESS names, or .cache/bin/litewitness, built on demand.
func Binary(tb testing.TB) string {
	tb.Helper()
	path, err := build()
	if err != nil {
		tb.Fatal(err)
	}
	return path
}

// New describes a real witness of a log, with a new key, that is not started.
func New(tb testing.TB, name, origin, logKey string) localwitness.Config {
	tb.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	return localwitness.Config{Binary: Binary(tb), Dir: tb.TempDir(), Name: name, Key: key, Origin: origin, LogKey: logKey}
}

// Start starts a real witness until the test ends.
func Start(tb testing.TB, c localwitness.Config) *localwitness.Witness {
	tb.Helper()
	w, err := localwitness.Start(context.Background(), c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := w.Stop(); err != nil {
			tb.Error(err)
		}
	})
	return w
}

// Behaviour answers a request for a cosignature otherwise than a witness
// should. checkpoint is what was to be signed, sign the witness's key.
type Behaviour func(w http.ResponseWriter, checkpoint []byte, sign func(text string) []byte)

// Slow signs after a delay.
func Slow(delay time.Duration) Behaviour {
	return func(w http.ResponseWriter, checkpoint []byte, sign func(string) []byte) {
		time.Sleep(delay)
		Honest(w, checkpoint, sign)
	}
}

// Honest signs whatever it is given, as a witness that sees a log for the first
// time does.
func Honest(w http.ResponseWriter, checkpoint []byte, sign func(string) []byte) {
	text, _, _ := bytes.Cut(checkpoint, []byte("\n\n"))
	_, _ = w.Write(sign(string(text) + "\n"))
}

// SignsSomethingElse signs a checkpoint of another log.
func SignsSomethingElse(w http.ResponseWriter, _ []byte, sign func(string) []byte) {
	_, _ = w.Write(sign("other.example/log\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"))
}

// KnowsMore says that it has seen a longer log.
func KnowsMore(w http.ResponseWriter, _ []byte, _ func(string) []byte) {
	w.Header().Set("Content-Type", "text/x.tlog.size")
	w.WriteHeader(http.StatusConflict)
	fmt.Fprintln(w, 1<<40)
}

// Fake starts a witness with a behaviour of its own until the test ends.
func Fake(tb testing.TB, name string, behaviour Behaviour) (url, verifierKey string) {
	tb.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	s, err := torchwood.NewCosignatureSigner(name, key)
	if err != nil {
		tb.Fatal(err)
	}
	sign := func(text string) []byte {
		signed, err := note.Sign(&note.Note{Text: text}, s)
		if err != nil {
			tb.Error(err)
			return nil
		}
		return signed[bytes.LastIndex(signed, []byte("\n\n"))+2:]
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			tb.Error(err)
		}
		_, checkpoint, _ := bytes.Cut(body, []byte("\n\n"))
		behaviour(w, checkpoint, sign)
	}))
	tb.Cleanup(server.Close)
	return server.URL, s.Verifier().String()
}

// Dead returns the address and key of a witness that does not answer.
func Dead(tb testing.TB, name string) (url, verifierKey string) {
	tb.Helper()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	_, vkey := Fake(tb, name, Honest)
	return server.URL, vkey
}
