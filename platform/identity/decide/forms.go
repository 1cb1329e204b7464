package decide

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"bayyina/platform/identity/access"
	"bayyina/platform/identity/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

// mountForms adds the forms by which decisions about the log and about roles are proposed.
func (f *face) mountForms(site *web.Site) {
	for _, form := range []struct {
		path  string
		right access.Right
		show  web.PageFunc
		draft func(*web.Visit) (Draft, error)
	}{
		{"keys", access.LogPropose, f.keysForm, f.keysDraft},
		{"rules", access.LogPropose, f.rulesForm, f.rulesDraft},
		{"witnesses", access.LogPropose, f.witnessesForm, f.witnessesDraft},
		{"close", access.LogPropose, f.closeForm, f.closeDraft},
		{"roles", access.AccessPropose, f.rolesForm, f.rolesDraft},
	} {
		path := "/decisions/propose/" + form.path
		site.Page("GET", path, form.right, form.show, web.Anywhere)
		site.Page("POST", path, form.right, func(v *web.Visit) (web.Answer, error) { return f.propose(v, form.draft) }, web.Anywhere)
	}
}

// propose proposes what a form drafts.
func (f *face) propose(v *web.Visit, draft func(*web.Visit) (Draft, error)) (web.Answer, error) {
	d, err := draft(v)
	if err != nil {
		return web.Answer{}, problem(err)
	}
	if at := v.FormValue("from"); at != "" {
		if d.From, err = time.Parse("2006-01-02T15:04", at); err != nil {
			return web.Answer{}, web.Invalid(Message("problem.time"))
		}
		if d.From.Before(f.clock()) {
			d.From = time.Time{}
		}
	}
	id, err := f.Propose(v.Context(), v.Person, d)
	if err != nil {
		return web.Answer{}, problem(err)
	}
	return v.SeeOther("/decisions/"+id, Message("notice.proposed")), nil
}

// goMake opens a way to make a deciding key on the signing host.
func (f *face) goMake(v *web.Visit) (web.Answer, error) {
	token, err := f.OpenLink(v.Context(), v.Person.ID, "")
	if err != nil {
		return web.Answer{}, err
	}
	return f.page(v, "go", "go.title", map[string]any{"Href": f.cfg.Signing + v.Path("/key/"+token), "Host": f.cfg.Signing, "Key": true})
}

// keysForm offers deciding keys that were made here to enter, and those in force to leave.
func (f *face) keysForm(v *web.Visit) (web.Answer, error) {
	h, err := f.now(v.Context())
	if err != nil {
		return web.Answer{}, err
	}
	keys, err := f.Keys(v.Context())
	if err != nil {
		return web.Answer{}, err
	}
	var waiting, inForce []KeyStanding
	for _, k := range keys {
		if !k.InForce && !k.Gone {
			waiting = append(waiting, k)
		}
	}
	for _, m := range h.Members() {
		if m.Until != 0 || m.Role != read.RoleOfficer {
			continue
		}
		k := KeyStanding{Key: Key{Name: m.Key.Name(), Software: m.Software}, InForce: true}
		if i := slices.IndexFunc(keys, func(k KeyStanding) bool { return k.Name == m.Key.Name() }); i >= 0 {
			k = keys[i]
		}
		inForce = append(inForce, k)
	}
	return f.page(v, "keys", "keys.title", map[string]any{"Waiting": waiting, "InForce": inForce})
}

func (f *face) keysDraft(v *web.Visit) (Draft, error) {
	if err := v.ParseForm(); err != nil {
		return Draft{}, err
	}
	add, remove := v.PostForm["add"], v.PostForm["remove"]
	if len(add)+len(remove) == 0 {
		return Draft{}, web.Invalid(Message("problem.nothing"))
	}
	return f.DraftKeys(v.Context(), add, remove, reasonOf(v))
}

// ruled is a kind of decision in the form of rules.
type ruled struct {
	Kind                 string
	Name                 read.Message
	Officers, Roots      int64
	MinOfficers, MinRoot int64
}

// kinds are those of decisions, in order.
func (f *face) kinds() []string {
	var kinds []string
	for kind := range f.effects {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	return kinds
}

func countOf(need []read.Need, role string) int64 {
	for _, n := range need {
		if n.Role == role {
			return int64(n.Count)
		}
	}
	return 0
}

func (f *face) rulesForm(v *web.Visit) (web.Answer, error) {
	h, err := f.now(v.Context())
	if err != nil {
		return web.Answer{}, err
	}
	var rows []ruled
	for _, kind := range f.kinds() {
		need, least := h.Need(kind), read.Minimum(kind)
		rows = append(rows, ruled{
			Kind: kind, Name: f.effects[kind].Name, Officers: countOf(need, read.RoleOfficer), Roots: countOf(need, read.RoleRoot),
			MinOfficers: countOf(least, read.RoleOfficer), MinRoot: countOf(least, read.RoleRoot),
		})
	}
	return f.page(v, "rules", "rules.title", map[string]any{"Rows": rows})
}

// rulesDraft makes rules of the form: those that ask for more than the protocol does. Rules
// that the form does not show stay.
func (f *face) rulesDraft(v *web.Visit) (Draft, error) {
	h, err := f.now(v.Context())
	if err != nil {
		return Draft{}, err
	}
	reason, err := checkReason(reasonOf(v))
	if err != nil {
		return Draft{}, err
	}
	rules := slices.DeleteFunc(h.Rules(), func(r read.Rule) bool { _, shown := f.effects[r.Kind]; return shown })
	for _, kind := range f.kinds() {
		rule := read.Rule{Kind: kind, Need: []read.Need{}}
		for _, role := range []string{read.RoleOfficer, read.RoleRoot} {
			n, err := strconv.Atoi(v.FormValue(role + " " + kind))
			if err != nil || n < 0 || n > 32 {
				return Draft{}, web.Invalid(Message("problem.number"))
			}
			if n > 0 {
				rule.Need = append(rule.Need, read.Need{Role: role, Count: n})
			}
		}
		if !slices.Equal(rule.Need, read.Minimum(kind)) {
			rules = append(rules, rule)
		}
	}
	return Draft{Kind: read.KindRules, Body: read.RulesChange{Rules: rules, Reason: reason}}, nil
}

const newest = 1 << 62 // a size that every checkpoint is below

func (f *face) witnessesForm(v *web.Visit) (web.Answer, error) {
	h, err := f.now(v.Context())
	if err != nil {
		return web.Answer{}, err
	}
	var lines []string
	list, quorum := h.WitnessesAt(newest)
	for _, w := range list {
		lines = append(lines, strings.TrimSpace(w.Key+" "+w.URL))
	}
	return f.page(v, "witnesses", "witnesses.title", map[string]any{"Lines": strings.Join(lines, "\n"), "Quorum": int64(quorum)})
}

func (f *face) witnessesDraft(v *web.Visit) (Draft, error) {
	reason, err := checkReason(reasonOf(v))
	if err != nil {
		return Draft{}, err
	}
	change := read.WitnessesChange{Witnesses: []read.Witness{}, Reason: reason}
	for line := range strings.Lines(v.FormValue("witnesses")) {
		switch words := strings.Fields(line); len(words) {
		case 0:
		case 1:
			change.Witnesses = append(change.Witnesses, read.Witness{Key: words[0]})
		case 2:
			change.Witnesses = append(change.Witnesses, read.Witness{Key: words[0], URL: words[1]})
		default:
			return Draft{}, web.Invalid(Message("problem.witness"))
		}
	}
	if change.Quorum, err = strconv.Atoi(v.FormValue("quorum")); err != nil {
		return Draft{}, web.Invalid(Message("problem.number"))
	}
	return Draft{Kind: read.KindWitnesses, Body: change}, nil
}

func (f *face) closeForm(v *web.Visit) (web.Answer, error) {
	return f.page(v, "close", "close.title", nil)
}

func (f *face) closeDraft(v *web.Visit) (Draft, error) {
	reason, err := checkReason(reasonOf(v))
	if err != nil {
		return Draft{}, err
	}
	return Draft{Kind: read.KindClose, Body: read.Close{Successor: strings.TrimSpace(v.FormValue("successor")), Reason: reason}}, nil
}

func (f *face) rolesForm(v *web.Visit) (web.Answer, error) {
	return f.page(v, "roles", "roles.title", map[string]any{"Roles": access.Roles(), "Person": v.FormValue("person")})
}

func (f *face) rolesDraft(v *web.Visit) (Draft, error) {
	reason, err := checkReason(reasonOf(v))
	if err != nil {
		return Draft{}, err
	}
	person, err := strconv.ParseInt(strings.TrimSpace(v.FormValue("person")), 10, 64)
	if err != nil || person < 1 {
		return Draft{}, web.Invalid(Message("problem.person"))
	}
	g := access.Grant{Role: access.Role(v.FormValue("role")), Scope: access.Scope{
		District: v.FormValue("district"), Centre: v.FormValue("centre"), Election: v.FormValue("election"), Organisation: v.FormValue("organisation"),
	}}
	if err := g.Check(); err != nil {
		return Draft{}, web.Invalid(Message("problem.role"))
	}
	switch v.FormValue("act") {
	case "grant":
		return f.DraftGrant(v.Context(), evidence.Grant{Person: person, Role: string(g.Role), Scope: g.Scope, Reason: reason})
	case "revoke":
		return Draft{Kind: evidence.KindRevoke, Body: evidence.Revoke{Person: person, Role: string(g.Role), Scope: g.Scope, Reason: reason}}, nil
	}
	return Draft{}, ErrKind
}
