// Package access says who may do what, and where.
//
// A person holds roles, each within a scope; a role has rights; every page and
// every act asks for one right. There is one table (table.go) and nothing beside it:
// no role includes another, and nobody has a right by default but those of everybody.
// The package is pure: who somebody is, and which roles they hold, comes from elsewhere.
package access

import (
	"errors"
	"regexp"
)

// Right is one thing that may be done.
type Right string

// Role is what a person is in the mission. Its rights are in [Rights].
type Role string

// Scope is a part of the mission; the zero Scope is the whole country. Each field that is
// set narrows it: district, centre and organisation by their codes, election by its uuid.
type Scope struct {
	District     string `json:"district,omitempty"`
	Centre       string `json:"centre,omitempty"` // of that district
	Election     string `json:"election,omitempty"`
	Organisation string `json:"organisation,omitempty"` // its people, and what they read
}

var code = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)

// Check refuses codes of another form than letters, digits and hyphens (64 at most),
// and a centre without its district.
func (s Scope) Check() error {
	for _, part := range []struct{ name, code string }{
		{"district", s.District}, {"centre", s.Centre}, {"election", s.Election}, {"organisation", s.Organisation},
	} {
		if part.code != "" && !code.MatchString(part.code) {
			return errors.New("scope: the " + part.name + "'s code is not of letters, digits and hyphens, 64 at most")
		}
	}
	if s.Centre != "" && s.District == "" {
		return errors.New("scope: a centre without its district")
	}
	return nil
}

// Covers says whether all of t lies within s.
func (s Scope) Covers(t Scope) bool {
	within := func(s, t string) bool { return s == "" || s == t }
	return within(s.District, t.District) && within(s.Centre, t.Centre) &&
		within(s.Election, t.Election) && within(s.Organisation, t.Organisation)
}

// Grant is a role within a scope.
type Grant struct {
	Role  Role  `json:"role"`
	Scope Scope `json:"scope"`
}

// Check refuses an unknown role and a malformed scope.
func (g Grant) Check() error {
	if !g.Role.Known() {
		return errors.New("grant: there is no such role")
	}
	return g.Scope.Check()
}

// Person is somebody who has signed in.
type Person struct {
	ID           int64  // the number by which pages and the log know them
	Name         string // personal: never in logs, public only where the person is a public office
	Organisation string // the code of the body they belong to
	Grants       []Grant
}

// May says whether p may do something within a scope: some grant of theirs has the
// right, and covers all of the scope. A nil person has signed in as nobody.
func (p *Person) May(r Right, s Scope) bool {
	return p.may(r, func(held Scope) bool { return held.Covers(s) })
}

// MayAnywhere says whether p may do something in some scope. It is for lists, whose
// rows are then chosen by [Person.May].
func (p *Person) MayAnywhere(r Right) bool {
	return p.may(r, func(Scope) bool { return true })
}

func (p *Person) may(r Right, where func(Scope) bool) bool {
	switch {
	case r == Public:
		return true
	case p == nil:
		return false
	case r == SignedIn:
		return true
	}
	for _, g := range p.Grants {
		if g.Role.has(r) && where(g.Scope) {
			return true
		}
	}
	return false
}
