package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"bayyina/platform/identity"
)

// opened runs a program that serves pages to this machine, and returns the address that it tells,
// and how it ends.
func (e *env) opened(command interface{ Run(*env) error }) (address string, ended <-chan error) {
	world := *e
	told, tell := io.Pipe()
	world.lang, world.stdout = "en", tell
	end := make(chan error, 1)
	go func() {
		end <- command.Run(&world)
		_ = tell.Close() // a pipe's end always closes
	}()
	for lines := bufio.NewScanner(told); address == "" && lines.Scan(); {
		if at := strings.Index(lines.Text(), "http://127.0.0.1:"); at >= 0 {
			address = lines.Text()[at:]
		}
	}
	go func() { _, _ = io.Copy(io.Discard, told) }()
	return address, end
}

func TestATrusteesProgramLetsItsOwnerInAndNobodyElse(t *testing.T) {
	dir := t.TempDir()
	key, err := identity.NewKey("bar.example/trustee", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	recipient, err := identity.Passphrase([]byte("correct horse battery"), 10)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := identity.Seal(key, recipient)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "trustee.key")
	if err := identity.WriteKeyFiles(path, key, sealed); err != nil {
		t.Fatal(err)
	}

	e := theWorld()
	var stop context.CancelFunc
	e.ctx, stop = context.WithCancel(t.Context())
	defer stop()
	address, ended := e.opened(&trusteeCmd{Key: path, Dir: filepath.Join(dir, "papers")})

	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	owner, stranger := &http.Client{Jar: jar}, &http.Client{}
	for _, visit := range []struct {
		client  *http.Client
		address string
		want    int
	}{
		{stranger, "http://" + u.Host + "/en/", http.StatusForbidden},
		{owner, address, http.StatusOK},
		{owner, "http://" + u.Host + "/en/", http.StatusOK},
		{owner, "http://localhost:" + u.Port() + "/en/", http.StatusMisdirectedRequest},
	} {
		answer, err := visit.client.Get(visit.address)
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != visit.want {
			t.Errorf("%s: %s, %v", visit.address, answer.Status, err)
		}
		if says := strings.Contains(string(page), "bar.example/trustee"); says != (visit.want == http.StatusOK) {
			t.Errorf("%s names the owner's key: %v", visit.address, says)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
