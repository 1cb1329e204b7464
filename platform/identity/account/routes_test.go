package account_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"bayyina/platform/identity/access"
	"bayyina/platform/store"
)

// TestEveryRouteIsClosedToWhoeverLacksItsRight asks each route of the site as nobody and as each
// role: without the right it is 403 (or the page of signing in), whatever is named.
func TestEveryRouteIsClosedToWhoeverLacksItsRight(t *testing.T) {
	w := small(t)
	site, h := w.serve()
	other, _ := w.invite("somebody", "hnec")
	clients := map[access.Role]*client{"": newClient(t, h)}
	for _, role := range access.Roles() {
		key, v := w.join(string(role), "csa")
		if err := w.db.Tx(t.Context(), func(tx *store.Tx) error {
			return w.ApplyGrant(t.Context(), tx, v.Person.ID, access.Grant{Role: role}, string(role))
		}); err != nil {
			t.Fatal(err)
		}
		clients[role] = newClient(t, h)
		clients[role].enter(key, "").want(t, http.StatusSeeOther)
	}
	asked := 0
	for _, route := range site.Routes() {
		if route.Right == access.Public {
			continue
		}
		// A person who exists, a session that exists, a passkey's name that does not matter.
		path := "/en" + strings.NewReplacer("{id}", fmt.Sprint(other), "{key}", "x").Replace(route.Path)
		missing := "/en" + strings.NewReplacer("{id}", "99999", "{key}", "y").Replace(route.Path)
		for role, c := range clients {
			if role != "" && (route.Right == access.SignedIn || slices.Contains(access.Rights(role), route.Right)) {
				continue
			}
			want := http.StatusForbidden
			if role == "" && route.Method == http.MethodGet {
				want = http.StatusSeeOther
			}
			for _, p := range []string{path, missing} {
				if a := c.do(route.Method, p, nil); a.status != want {
					t.Errorf("%s %s as %q: %d, want %d", route.Method, p, role, a.status, want)
				} else if want == http.StatusSeeOther && !strings.HasPrefix(a.header.Get("Location"), "/en/sign-in?next=") {
					t.Errorf("%s %s as nobody leads to %s", route.Method, p, a.header.Get("Location"))
				}
			}
			asked++
		}
	}
	if asked < 100 {
		t.Errorf("only %d pairs of route and role were asked", asked)
	}
	if m, err := w.Member(t.Context(), other); err != nil || !m.Ended.IsZero() {
		t.Errorf("somebody was changed: %+v, %v", m, err)
	}
}
