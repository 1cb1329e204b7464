package local_test

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"bayyina/module/vote/local"
	"bayyina/platform/ledger/read"
)

// listen returns a shell that answers until the test ends, and the host of its address.
func listen(t *testing.T) (*local.Shell, *url.URL) {
	t.Helper()
	s, err := local.Listen(local.Config{
		Name: read.Bilingual{AR: "برنامج أمين المفتاح", EN: "Trustee's program"}, Random: rand.Reader, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	address, err := url.Parse(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	return s, address
}

// browser follows redirects and keeps cookies.
func browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

func status(t *testing.T, c *http.Client, address string) int {
	t.Helper()
	answer, err := c.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode
}

func TestWhoHasTheTokenComesInAndNobodyElse(t *testing.T) {
	s, address := listen(t)
	home := "http://" + address.Host + "/static/none"
	page := "http://" + address.Host + "/ar/"
	stranger := browser(t)
	if got := status(t, stranger, page); got != http.StatusForbidden {
		t.Errorf("without a token: %d", got)
	}
	if got := status(t, stranger, "http://"+address.Host+"/enter/"+strings.Repeat("A", 22)); got != http.StatusForbidden {
		t.Errorf("with another token: %d", got)
	}
	if got := status(t, stranger, home); got != http.StatusNotFound {
		t.Errorf("an asset that is not there: %d", got)
	}
	owner := browser(t)
	status(t, owner, s.URL())
	if got := status(t, owner, page); got != http.StatusNotFound { // the shell alone has no pages
		t.Errorf("with the cookie: %d", got)
	}
	for _, c := range owner.Jar.Cookies(address) {
		if strings.Contains(s.URL(), c.Value) {
			t.Error("the cookie is the token of the address, which stays in the browser's history")
		}
	}
}

func TestTheCookieStaysOnThisMachineAndOnThisSite(t *testing.T) {
	s, address := listen(t)
	answer := httptest.NewRecorder()
	request := httptest.NewRequest(http.MethodGet, address.Path, http.NoBody)
	request.Host = address.Host
	s.Handler().ServeHTTP(answer, request)
	cookies := answer.Result().Cookies()
	if len(cookies) != 1 || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteStrictMode || cookies[0].Domain != "" {
		t.Errorf("cookies %v", cookies)
	}
}

// A page of the web whose name is made to point to 127.0.0.1 sends its own name as the host.
func TestAnotherHostNameIsRefused(t *testing.T) {
	s, address := listen(t)
	for _, host := range []string{"evil.example", "evil.example:" + address.Port(), "localhost:" + address.Port(), "127.0.0.1", ""} {
		request := httptest.NewRequest(http.MethodGet, address.Path, http.NoBody)
		request.Host = host
		answer := httptest.NewRecorder()
		s.Handler().ServeHTTP(answer, request)
		if answer.Code != http.StatusMisdirectedRequest || len(answer.Result().Cookies()) != 0 {
			t.Errorf("host %q: %d", host, answer.Code)
		}
	}
}

func TestOneThingIsDoneAtATimeAndCanBeStopped(t *testing.T) {
	var w local.Work
	w.Stop() // there is nothing to stop
	begun := make(chan struct{})
	err := w.Start(context.Background(), "decrypt", func(ctx context.Context, tell func(done, total int64)) error {
		tell(3, 10)
		close(begun)
		<-ctx.Done()
		return ctx.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	<-begun
	if now := w.Now(); !now.Running || now.Name != "decrypt" || now.Done != 3 || now.Total != 10 {
		t.Errorf("%+v", now)
	}
	if err := w.Start(context.Background(), "other", nil); !errors.Is(err, local.ErrBusy) {
		t.Errorf("a second thing: %v", err)
	}
	w.Stop()
	if now := w.Now(); now.Running || !errors.Is(now.Err, context.Canceled) {
		t.Errorf("%+v", now)
	}
}
