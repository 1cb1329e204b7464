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
	told, tell := io.Pipe()
	var stop context.CancelFunc
	e.ctx, stop = context.WithCancel(t.Context())
	defer stop()
	e.lang, e.stdout = "en", tell
	ended := make(chan error, 1)
	go func() { ended <- (&trusteeCmd{Key: path, Dir: filepath.Join(dir, "papers")}).Run(e) }()
	lines := bufio.NewScanner(told)
	var address string
	for address == "" && lines.Scan() {
		if strings.HasPrefix(lines.Text(), "http://127.0.0.1:") {
			address = lines.Text()
		}
	}
	go func() { _, _ = io.Copy(io.Discard, told) }()

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
