package access_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bayyina/platform/identity/access"
)

var update = flag.Bool("update", false, "write docs/ROLES.md anew")

func TestTheTableOfRolesIsTheOneInTheDocument(t *testing.T) {
	const file = "../../../docs/ROLES.md"
	got := document()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("docs/ROLES.md is not what the table says: run go test ./platform/identity/access -update\n%s", got)
	}
}

// document tells the table in both languages.
func document() string {
	var b strings.Builder
	b.WriteString(`# Roles and rights

Written by a test from the table in platform/identity/access: what it says is what the program enforces.
A person holds a role within a scope (the country, a district, a centre, an election, an organisation), given by a decision of others.
No role includes another, and nothing is granted by default; a role without rights of its own reads what everybody reads, and looks after its own account.

| role | | الدور | rights |
| --- | --- | --- | --- |
`)
	seen := make(map[access.Right]bool)
	var order []access.Right
	note := func(rs ...access.Right) {
		for _, r := range rs {
			if !seen[r] {
				seen[r] = true
				order = append(order, r)
			}
		}
	}
	note(access.Public, access.SignedIn)
	for _, role := range access.Roles() {
		rights := access.Rights(role)
		note(rights...)
		var words []string
		for _, r := range rights {
			words = append(words, "`"+string(r)+"`")
		}
		if words == nil {
			words = []string{"–"}
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", role, role.Name().EN, role.Name().AR, strings.Join(words, ", "))
	}
	b.WriteString("\n| right | allows to | يتيح | held by |\n| --- | --- | --- | --- |\n")
	for _, r := range order {
		var holders []string
		for _, role := range access.Roles() {
			if slices.Contains(access.Rights(role), r) {
				holders = append(holders, "`"+string(role)+"`")
			}
		}
		switch r {
		case access.Public:
			holders = []string{"everybody"}
		case access.SignedIn:
			holders = []string{"whoever is signed in"}
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", r, r.Allows().EN, r.Allows().AR, strings.Join(holders, ", "))
	}
	return b.String()
}

func TestEveryRoleAndRightHasANameInBothLanguages(t *testing.T) {
	for _, role := range access.Roles() {
		if n := role.Name(); n.AR == "" || n.EN == "" {
			t.Errorf("role %s has the names %+v", role, n)
		}
		for _, r := range access.Rights(role) {
			if a := r.Allows(); a.AR == "" || a.EN == "" {
				t.Errorf("right %s of %s allows %+v", r, role, a)
			}
			if r == access.Public || r == access.SignedIn {
				t.Errorf("role %s is given %s, which nobody needs to be given", role, r)
			}
		}
	}
	if access.Role("king").Known() || access.Right("rule").Known() {
		t.Error("an unknown role or right is known")
	}
}

func TestNothingIsGrantedByDefault(t *testing.T) {
	var nobody *access.Person
	newcomer := &access.Person{ID: 1}
	stranger := &access.Person{ID: 2, Grants: []access.Grant{{Role: "king"}}}
	for _, role := range access.Roles() {
		for _, r := range access.Rights(role) {
			for _, p := range []*access.Person{nobody, newcomer, stranger} {
				if p.May(r, access.Scope{}) || p.MayAnywhere(r) {
					t.Errorf("%+v may %s without a grant", p, r)
				}
			}
		}
	}
	if !nobody.May(access.Public, access.Scope{}) || nobody.May(access.SignedIn, access.Scope{}) || nobody.May("", access.Scope{}) {
		t.Error("nobody has other rights than the public one")
	}
	if !newcomer.May(access.SignedIn, access.Scope{}) || newcomer.May("", access.Scope{}) {
		t.Error("a newcomer has other rights than whoever is signed in")
	}
}

func TestAGrantReachesAsFarAsItsScope(t *testing.T) {
	tripoli := access.Scope{District: "tripoli"}
	station := access.Scope{District: "tripoli", Centre: "12"}
	p := &access.Person{Grants: []access.Grant{{Role: access.ElectionManager, Scope: tripoli}}}
	for _, c := range []struct {
		in   access.Scope
		want bool
	}{
		{tripoli, true},
		{station, true},
		{access.Scope{District: "tripoli", Election: "e1"}, true},
		{access.Scope{}, false},
		{access.Scope{District: "benghazi"}, false},
		{access.Scope{District: "benghazi", Centre: "12"}, false},
		{access.Scope{Election: "e1"}, false},
	} {
		if got := p.May(access.ElectionPropose, c.in); got != c.want {
			t.Errorf("a manager of Tripoli may in %+v: %v, want %v", c.in, got, c.want)
		}
	}
	coordinator := &access.Person{Grants: []access.Grant{{Role: access.Coordinator, Scope: access.Scope{Organisation: "moi"}}}}
	if !coordinator.May(access.PeopleManage, access.Scope{Organisation: "moi"}) || coordinator.May(access.PeopleManage, access.Scope{Organisation: "csa"}) ||
		coordinator.May(access.PeopleManage, access.Scope{}) {
		t.Error("a coordinator's people are not those of their own organisation")
	}
	if !p.MayAnywhere(access.ElectionPropose) || p.MayAnywhere(access.DecisionSign) {
		t.Error("MayAnywhere does not follow the grants")
	}
}

func TestScopesAreOrderedByWhatTheyCover(t *testing.T) {
	part := rapid.SampledFrom([]string{"", "a", "b"})
	scope := rapid.Custom(func(t *rapid.T) access.Scope {
		return access.Scope{District: part.Draw(t, "district"), Centre: part.Draw(t, "centre"), Election: part.Draw(t, "election"), Organisation: part.Draw(t, "organisation")}
	})
	rapid.Check(t, func(t *rapid.T) {
		r, s, u := scope.Draw(t, "r"), scope.Draw(t, "s"), scope.Draw(t, "u")
		if !s.Covers(s) || !(access.Scope{}).Covers(s) {
			t.Fatal("a scope does not cover itself, or the country not it")
		}
		if r.Covers(s) && s.Covers(u) && !r.Covers(u) {
			t.Fatal("not transitive")
		}
		if r.Covers(s) && s.Covers(r) && r != s {
			t.Fatal("two scopes cover each other")
		}
	})
}

func TestAMalformedGrantIsRefused(t *testing.T) {
	for _, g := range []access.Grant{
		{Role: "king"},
		{Role: access.Officer, Scope: access.Scope{Centre: "12"}},
		{Role: access.Officer, Scope: access.Scope{District: "a b"}},
		{Role: access.Officer, Scope: access.Scope{Election: strings.Repeat("a", 65)}},
		{Role: access.Officer, Scope: access.Scope{District: "طرابلس"}},
	} {
		if g.Check() == nil {
			t.Errorf("%+v is accepted", g)
		}
	}
	if err := (access.Grant{Role: access.Officer, Scope: access.Scope{District: "tripoli", Centre: "12", Election: "Qc6xgLM3BAM7Fk"}}).Check(); err != nil {
		t.Error(err)
	}
}
