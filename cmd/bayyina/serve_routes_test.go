package main

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"bayyina/internal/demo"
	"bayyina/internal/witnesstest"
	"bayyina/platform/identity/access"
	"bayyina/platform/store"
	"bayyina/platform/store/storetest"
	"bayyina/platform/web"
)

// onBoth runs a test with no database of its own, which is SQLite, and with an empty one of
// PostgreSQL.
func onBoth(t *testing.T, test func(t *testing.T, database string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, "") })
	t.Run("postgres", func(t *testing.T) { test(t, storetest.DSN(t, store.Postgres)) })
}

// atLength skips what is done with PostgreSQL in the long form of the tests only: each module's
// own tests run on both databases in any case.
func atLength(t *testing.T, database string) {
	t.Helper()
	if database != "" && os.Getenv("BAYYINA_SOAK") == "" {
		t.Skip("SKIPPED on PostgreSQL but in the long form")
	}
}

// witnessOnPath lets the demonstration find the witnesses' program.
var witnessOnPath sync.Once

// rehearsal serves the demonstration's country, small, and calls f while it does. The database is
// a PostgreSQL's, or "" for one of its own. It returns what the process told.
func rehearsal(t *testing.T, database string, f func(r *running)) string {
	t.Helper()
	return rehearse(t, theWorld(), database, f)
}

// rehearse is rehearsal in a world of one's own.
func rehearse(t *testing.T, e *env, database string, f func(r *running)) string {
	t.Helper()
	e.ctx, e.lang = t.Context(), "en"
	var told bytes.Buffer
	e.stdout, e.stderr = &told, &told
	e.environ = append(e.environ, "BAYYINA_LISTEN_METRICS=127.0.0.1:0")
	binary := witnesstest.Binary(t)
	witnessOnPath.Do(func() {
		if err := os.Setenv("PATH", filepath.Dir(binary)+string(filepath.ListSeparator)+os.Getenv("PATH")); err != nil {
			t.Fatal(err)
		}
	})
	serve := &serveCmd{Data: filepath.Join(t.TempDir(), "demo"), Demo: true, Database: database, Listen: "127.0.0.1:0", voters: demo.MinVoters}
	serve.until = func(ctx context.Context, r *running) error {
		if err := r.awaitReady(ctx); err != nil {
			return err
		}
		f(r)
		return nil
	}
	if err := serve.Run(e); err != nil {
		t.Fatalf("%v\n%s", err, &told)
	}
	return told.String()
}

// visitor is a browser of somebody, or of nobody.
type visitor struct {
	role   access.Role
	person *access.Person
	client *http.Client
}

// visitors are one person of each role of the demonstration, signed in, and nobody.
func visitors(t *testing.T, r *running) []visitor {
	t.Helper()
	all := []visitor{{client: browserOf(t)}}
	members, err := r.accounts.Members(t.Context(), "", 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range access.Roles() {
		for _, m := range members {
			if !slices.ContainsFunc(m.Grants, func(g access.Grant) bool { return g.Role == role }) {
				continue
			}
			v := visitor{role: role, person: &m.Person, client: browserOf(t)}
			resp, err := v.client.PostForm(r.local+"/en/demo", url.Values{"person": {fmt.Sprint(m.ID)}})
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusSeeOther {
				t.Fatalf("%s cannot sign in: %s", role, resp.Status)
			}
			if resp, err = v.client.Get(r.local + resp.Header.Get("Location")); err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				t.Errorf("%s is led to %s: %s", role, resp.Request.URL.Path, resp.Status)
			}
			all = append(all, v)
			break
		}
	}
	return all
}

func browserOf(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

var wildcard = regexp.MustCompile(`\{[^}]*\}`)

// Whoever lacks a route's right is answered 403, or led to sign in, whatever the address
// names: things that are there and things that are not look alike.
func TestEveryRouteAnswersEachRoleByTheTable(t *testing.T) {
	t.Parallel()
	rehearsal(t, "", func(r *running) {
		people := visitors(t, r)
		if len(people) < len(access.Roles()) {
			t.Errorf("%d visitors for %d roles", len(people), len(access.Roles()))
		}
		asked := 0
		for _, route := range r.site.Routes() {
			if route.Right == access.Public || route.Right == access.SignedIn {
				continue
			}
			for _, v := range people {
				if v.person.MayAnywhere(route.Right) {
					continue
				}
				answers := make(map[string]bool)
				for _, thing := range []string{"1", "2", "999999", "ffffffffffffffffffffffffffffffff"} {
					asked++
					path := strings.ReplaceAll(wildcard.ReplaceAllString(route.Path, thing), "$", "")
					status, body := v.ask(t, r, route, path)
					want := http.StatusForbidden
					if v.person == nil && route.Method == http.MethodGet {
						want = http.StatusSeeOther
					}
					if status != want {
						t.Errorf("%s %s as %q: status %d, not %d", route.Method, path, v.role, status, want)
					}
					answers[strings.ReplaceAll(body, path, "")] = true
				}
				if len(answers) != 1 && v.person != nil {
					t.Errorf("%s %s as %q: what is there and what is not look different", route.Method, route.Path, v.role)
				}
			}
		}
		if asked == 0 {
			t.Error("no route needs a right")
		}
		t.Logf("%d routes, %d visitors, %d requests", len(r.site.Routes()), len(people), asked)
	})
}

func (v visitor) ask(t *testing.T, r *running, route web.Route, path string) (status int, body string) {
	t.Helper()
	if route.Page {
		path = "/en" + path
	}
	req, err := http.NewRequestWithContext(t.Context(), route.Method, r.local+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := v.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, html.UnescapeString(string(text))
}
