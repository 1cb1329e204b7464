package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestProxiesAreBelievedOnlyWhereTheyAreTrusted(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24"), netip.MustParsePrefix("::1/128")}
	for _, c := range []struct{ peer, said, want string }{
		{"203.0.113.9:5", "198.51.100.1", "203.0.113.9:5"},                    // a visitor who lies
		{"10.0.0.7:5", "198.51.100.1", "198.51.100.1:0"},                      // the proxy
		{"[::1]:5", "198.51.100.1", "198.51.100.1:0"},                         // by its other address
		{"10.0.0.7:5", "192.0.2.1, 198.51.100.1, 10.0.0.8", "198.51.100.1:0"}, // two proxies, and what the visitor said before
		{"10.0.0.7:5", "nonsense", "10.0.0.7:5"},
		{"10.0.0.7:5", "", "10.0.0.7:5"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.peer
		if c.said != "" {
			r.Header.Set("X-Forwarded-For", c.said)
		}
		got := ""
		behind(trusted, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr })).ServeHTTP(httptest.NewRecorder(), r)
		if got != c.want {
			t.Errorf("%s says %q: %s, want %s", c.peer, c.said, got, c.want)
		}
	}
}

func TestOversizedHeadsAreRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &running{log: slog.New(slog.DiscardHandler)}
	f := r.front(l, http.HandlerFunc(healthy))
	go f.serve()
	defer f.Close()
	if f.ReadHeaderTimeout == 0 || f.ReadTimeout == 0 || f.WriteTimeout == 0 || f.IdleTimeout == 0 {
		t.Error("a slow visitor is waited for without end")
	}
	req, err := http.NewRequest(http.MethodGet, "http://"+l.Addr().String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Long", strings.Repeat("x", 2*maxHeader))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("answered %s", resp.Status)
	}
}

// certify writes a certificate of its own for a serial number, and its key.
func certify(t *testing.T, dir string, serial int64) (files [2]string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(serial), DNSNames: []string{"vote.example"}, NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	files = [2]string{filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
	if err := errors.Join(
		os.WriteFile(files[0], pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}), 0o600),
		os.WriteFile(files[1], pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	return files
}

func TestARenewedCertificateIsServedWithoutARestart(t *testing.T) {
	dir := t.TempDir()
	c := &certificate{files: certify(t, dir, 1), log: slog.New(slog.NewTextHandler(t.Output(), nil))}
	if err := c.load(); err != nil {
		t.Fatal(err)
	}
	serial := func() int64 {
		t.Helper()
		c.asked = time.Time{} // the interval has passed
		got, err := c.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return got.Leaf.SerialNumber.Int64()
	}
	if serial() != 1 {
		t.Error("not the first certificate")
	}
	later := time.Now().Add(time.Hour)
	if err := errors.Join(os.WriteFile(c.files[0], []byte("half written"), 0o600), os.Chtimes(c.files[0], later, later)); err != nil {
		t.Fatal(err)
	}
	if serial() != 1 {
		t.Error("a broken file took the old certificate away")
	}
	later = later.Add(time.Hour)
	certify(t, dir, 2)
	if err := os.Chtimes(c.files[0], later, later); err != nil {
		t.Fatal(err)
	}
	if serial() != 2 {
		t.Error("the renewed certificate is not served")
	}
}

func TestTheProcessLogTellsNothingOfVisitors(t *testing.T) {
	t.Parallel()
	var secrets []string
	e := theWorld()
	e.environ = append(e.environ, "BAYYINA_PROCESS_LOG=debug")
	told := rehearse(t, e, "", func(r *running) {
		members, err := r.accounts.Members(t.Context(), "", 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range members {
			secrets = append(secrets, m.Name, m.Address)
		}
		for _, v := range visitors(t, r) {
			for _, path := range []string{"/ar/account", "/en/people", "/en/decisions", "/en/jobs", "/en/nowhere?token=0123456789abcdef", "/en/invitation/0123456789abcdef"} {
				resp, err := v.client.Get(r.local + path)
				if err != nil {
					t.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
			at, err := url.Parse(r.local)
			if err != nil {
				t.Fatal(err)
			}
			for _, cookie := range v.client.Jar.Cookies(at) {
				secrets = append(secrets, cookie.Value)
			}
		}
	})
	if !strings.Contains(told, "msg=request") || len(secrets) < 50 {
		t.Fatalf("nothing was tried: %d secrets", len(secrets))
	}
	for _, secret := range append(secrets, "0123456789abcdef") {
		if strings.Contains(told, secret) {
			t.Errorf("the process log tells %q", secret)
		}
	}
}
