package decide

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bayyina/platform/identity/access"
	"bayyina/platform/identity/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

const (
	offered = 50 // people whom a form offers at once; among more, one searches first
	maxCode = 64 // letters of a scope's codes
)

// The acts of the form of roles.
const (
	grants  = "grant"
	revokes = "revoke"
)

// rolesFill offers people by name and body, roles, and bodies as scopes.
func (f *face) rolesFill(v *web.Visit, form *web.Form) (map[string]any, error) {
	form.Default("act", grants)
	search := form.Value("who")
	chosen, err := strconv.ParseInt(form.Value("person"), 10, 64)
	if err != nil {
		chosen = 0
	}
	people, bodies, err := f.cfg.People.Find(v.Context(), v.Person, search, chosen, offered+1)
	if err != nil {
		return nil, err
	}
	many := len(people) > offered
	if many {
		// Too many to choose from, unless one of them was chosen already.
		people = slices.DeleteFunc(people, func(p access.Person) bool { return p.ID != chosen })
	}
	words := make(map[string]string)
	for name, id := range map[string]string{
		grants: "decide.kind.access-grant", revokes: "decide.kind.access-revoke",
		"choose": "decide.roles.choose", "everywhere": "decide.roles.every-organisation",
	} {
		if words[name], err = v.Locale.Text(id, nil); err != nil {
			return nil, err
		}
	}
	data := map[string]any{"Many": many, "Search": many || search != "" || form.Value("search") != "", "None": !many && len(people) == 0}
	data["Acts"] = []web.Choice{{Value: grants, Label: words[grants]}, {Value: revokes, Label: words[revokes]}}
	options := []web.Choice{{Label: words["choose"]}}
	for _, p := range people {
		options = append(options, web.Choice{
			Value: strconv.FormatInt(p.ID, 10), Label: fmt.Sprintf("%s – %s", p.Name, v.Locale.Pick(bodies[p.Organisation])),
		})
	}
	data["People"] = options
	var roles []web.Choice
	for _, r := range access.Roles() {
		roles = append(roles, web.Choice{Value: string(r), Label: v.Locale.Pick(r.Name())})
	}
	scopes := []web.Choice{{Label: words["everywhere"]}}
	for code, name := range bodies {
		scopes = append(scopes, web.Choice{Value: code, Label: v.Locale.Pick(name)})
	}
	slices.SortFunc(scopes[1:], func(a, b web.Choice) int { return strings.Compare(a.Label, b.Label) })
	data["Roles"], data["Organisations"] = roles, scopes
	return data, nil
}

func (f *face) rolesDraft(v *web.Visit, form *web.Form) (Draft, error) {
	act := form.OneOf("act", grants, revokes)
	person, err := strconv.ParseInt(form.Value("person"), 10, 64)
	if err != nil || person < 1 {
		form.Wrong("person", Message("problem.person"))
	}
	g := access.Grant{Role: access.Role(form.Value("role")), Scope: access.Scope{
		District: form.Code("district", maxCode), Centre: form.Code("centre", maxCode),
		Election: form.Code("election", maxCode), Organisation: form.Value("organisation"),
	}}
	switch {
	case !g.Role.Known():
		form.Wrong("role", read.Message{ID: "web.wrong-choice"})
	case g.Scope.Centre != "" && g.Scope.District == "":
		form.Wrong("district", Message("problem.district"))
	case g.Scope.Check() != nil:
		form.Wrong("district", Message("problem.scope"))
	}
	why := reason(form)
	if !form.OK() {
		return Draft{}, nil
	}
	if act == revokes {
		return Draft{Kind: evidence.KindRevoke, Body: evidence.Revoke{Person: person, Role: string(g.Role), Scope: g.Scope, Reason: why}}, nil
	}
	return f.DraftGrant(v.Context(), evidence.Grant{Person: person, Role: string(g.Role), Scope: g.Scope, Reason: why})
}
