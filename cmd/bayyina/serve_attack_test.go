package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// dial opens a connection to the server, on which a test writes what it likes.
func (s *process) dial(t *testing.T) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestWhoSendsSlowlyIsCutOffAndNobodyElseWaits(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("SKIPPED in short runs: it waits until a time is over")
	}
	s := install(t).serve(t)
	s.await(t)
	begun := time.Now()
	var slow []net.Conn
	for range 200 {
		c := s.dial(t)
		if _, err := io.WriteString(c, "GET /en/ HTTP/1.1\r\nHost: x\r\nX-Slow: "); err != nil {
			t.Fatal(err)
		}
		slow = append(slow, c)
	}
	if resp, _ := s.get(t, "/healthz"); resp.StatusCode != http.StatusOK || time.Since(begun) > headerTimeout/2 {
		t.Errorf("beside 200 slow requests another one is answered %s after %s", resp.Status, time.Since(begun))
	}
	for _, c := range slow {
		if err := c.SetReadDeadline(begun.Add(3 * headerTimeout)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, c); err != nil {
			t.Fatalf("a slow request is still open after %s: %v", time.Since(begun), err)
		}
	}
	if took := time.Since(begun); took < headerTimeout/2 {
		t.Errorf("slow requests were cut off after %s already", took)
	}
}

func TestNothingOfARequestBecomesAHeaderOfTheAnswer(t *testing.T) {
	t.Parallel()
	s := install(t).serve(t)
	s.await(t)
	const line = "%0d%0aX-Injected:%20yes%0d%0a%0d%0a<p>"
	for _, path := range []string{
		"/" + line, "/en/" + line, "/en/sign-in?next=/en/" + line, "/en/account?x=" + line, "/en/log/entries/0" + line,
		"/log/" + line, "/static/" + line, "/api/v1/elections/" + line, "/entries/0/" + line, "/en/elections/" + line + "/trackers?tracker=" + line,
	} {
		c := s.dial(t)
		if _, err := io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: localhost\r\nCookie: notice="+line+"\r\nConnection: close\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if resp.Header.Get("X-Injected") != "" {
			t.Errorf("%s sets a header: %v", path, resp.Header)
		}
		if resp.StatusCode >= http.StatusInternalServerError {
			t.Errorf("%s: status %d", path, resp.StatusCode)
		}
		for name, values := range resp.Header {
			if text := strings.Join(values, " "); strings.ContainsAny(text, "\r\n") || strings.Contains(text, "<p>") {
				t.Errorf("%s: header %s is %q", path, name, text)
			}
		}
		if err := resp.Body.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
