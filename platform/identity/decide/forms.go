package decide

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

// proposing is a page on which decisions of one kind are proposed: its form, filled in
// beforehand with how things stand, and the draft that is made of it.
type proposing struct {
	name  string // of the page
	right access.Right
	fill  func(*web.Visit, *web.Form) (map[string]any, error)
	draft func(*web.Visit, *web.Form) (Draft, error)
}

// mountForms adds the forms by which decisions about the log and about roles are proposed.
func (f *face) mountForms(site *web.Site) {
	for _, p := range []proposing{
		{"keys", access.LogPropose, f.keysFill, f.keysDraft},
		{"rules", access.LogPropose, f.rulesFill, f.rulesDraft},
		{"witnesses", access.LogPropose, f.witnessesFill, f.witnessesDraft},
		{"close", access.LogPropose, f.closeFill, f.closeDraft},
		{"roles", access.AccessPropose, f.rolesFill, f.rolesDraft},
		{"erase", access.PeopleErase, f.eraseFill, f.eraseDraft},
	} {
		path := "/decisions/propose/" + p.name
		site.Page("GET", path, p.right, func(v *web.Visit) (web.Answer, error) { return f.form(v, p, web.NewForm(v.URL.Query())) }, web.Anywhere)
		site.Page("POST", path, p.right, func(v *web.Visit) (web.Answer, error) { return f.propose(v, p) }, web.Anywhere)
	}
}

// form shows the form with what was filled in, and what is wrong with it.
func (f *face) form(v *web.Visit, p proposing, form *web.Form) (web.Answer, error) {
	data, err := p.fill(v, form)
	if err != nil {
		return web.Answer{}, err
	}
	data["Form"] = form
	return f.page(v, p.name, p.name+".title", form, data)
}

// propose proposes what a form drafts.
func (f *face) propose(v *web.Visit, p proposing) (web.Answer, error) {
	form, err := v.Form()
	if err != nil {
		return web.Answer{}, err
	}
	if form.Value("search") != "" { // not to be sent yet: somebody is looked for
		return f.form(v, p, form)
	}
	d, err := p.draft(v, form)
	d.From = f.begins(form)
	if err == nil && form.OK() {
		var id string
		if id, err = f.Propose(v.Context(), v.Person, d); err == nil {
			return v.SeeOther("/decisions/"+id, Message("notice.proposed")), nil
		}
	}
	if err := form.Refuse("", Problem(err)); err != nil {
		return web.Answer{}, err
	}
	return f.form(v, p, form)
}

// begins is when a decision shall enter, zero for at once.
func (f *face) begins(form *web.Form) time.Time {
	from := form.Moment("from")
	if !from.IsZero() && from.Before(f.clock()) {
		form.Wrong("from", Message("problem.past"))
	}
	return from
}

// reason is why somebody proposes or refuses, in one language at least.
func reason(form *web.Form) read.Bilingual {
	said := read.Bilingual{AR: form.Text("reason_ar", maxReason), EN: form.Text("reason_en", maxReason)}
	checked, err := checkReason(said)
	if err != nil && form.OK() {
		form.Wrong("reason_ar", Message("problem.no-reason"))
	}
	return checked
}

// goMake opens a way to make a deciding key on the signing host.
func (f *face) goMake(v *web.Visit) (web.Answer, error) {
	token, err := f.OpenLink(v.Context(), v.Person.ID, "")
	if err != nil {
		return web.Answer{}, err
	}
	return f.page(v, "go", "go.title", nil, map[string]any{"Href": f.cfg.Signing + v.Path("/key/"+token), "Host": f.cfg.Signing, "Key": true})
}

// keysFill offers deciding keys that were made here to enter, and those in force to leave.
func (f *face) keysFill(v *web.Visit, _ *web.Form) (map[string]any, error) {
	h, err := f.now(v.Context())
	if err != nil {
		return nil, err
	}
	keys, err := f.Keys(v.Context())
	if err != nil {
		return nil, err
	}
	offer := func(k KeyStanding) web.Choice {
		if k.Holder == "" {
			return web.Choice{Value: k.Name, Label: k.Name}
		}
		return web.Choice{Value: k.Name, Label: k.Holder, Hint: k.Name}
	}
	var waiting, inForce []web.Choice
	for _, k := range keys {
		if !k.InForce && !k.Gone {
			waiting = append(waiting, offer(k))
		}
	}
	for _, m := range h.Members() {
		if m.Until != 0 || m.Role != read.RoleOfficer {
			continue
		}
		k := KeyStanding{Key: Key{Name: m.Key.Name()}}
		if i := slices.IndexFunc(keys, func(k KeyStanding) bool { return k.Name == m.Key.Name() }); i >= 0 {
			k = keys[i]
		}
		inForce = append(inForce, offer(k))
	}
	return map[string]any{"Waiting": waiting, "InForce": inForce}, nil
}

func (f *face) keysDraft(v *web.Visit, form *web.Form) (Draft, error) {
	add, remove := form.Values("add"), form.Values("remove")
	if len(add)+len(remove) == 0 {
		form.Wrong("remove", Message("problem.nothing"))
	}
	why := reason(form)
	if !form.OK() {
		return Draft{}, nil
	}
	return f.DraftKeys(v.Context(), add, remove, why)
}

// ruled is a kind of decision in the form of rules.
type ruled struct {
	Kind  string
	Name  read.Message
	Needs []string // names of the fields for officers and for root keys
}

// ruledRoles are those whose signatures rules can ask for.
var ruledRoles = []string{read.RoleOfficer, read.RoleRoot}

// countField is the name of the field for how many of a role must sign decisions of a kind.
func countField(role, kind string) string { return role + "." + kind }

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

func (f *face) rulesFill(v *web.Visit, form *web.Form) (map[string]any, error) {
	h, err := f.now(v.Context())
	if err != nil {
		return nil, err
	}
	var rows []ruled
	for _, kind := range f.kinds() {
		row := ruled{Kind: kind, Name: f.effects[kind].Name}
		for _, role := range ruledRoles {
			field := countField(role, kind)
			form.Default(field, strconv.FormatInt(countOf(h.Need(kind), role), 10))
			row.Needs = append(row.Needs, field)
		}
		rows = append(rows, row)
	}
	return map[string]any{"Rows": rows}, nil
}

const maxCount = 32 // of keys that a rule asks for, in one role

// rulesDraft makes rules of the form: those that ask for more than the protocol does. Rules
// that the form does not show stay.
func (f *face) rulesDraft(v *web.Visit, form *web.Form) (Draft, error) {
	h, err := f.now(v.Context())
	if err != nil {
		return Draft{}, err
	}
	rules := slices.DeleteFunc(h.Rules(), func(r read.Rule) bool { _, shown := f.effects[r.Kind]; return shown })
	for _, kind := range f.kinds() {
		rule := read.Rule{Kind: kind, Need: []read.Need{}}
		for _, role := range ruledRoles {
			if n := form.Number(countField(role, kind), countOf(read.Minimum(kind), role), maxCount); n > 0 {
				rule.Need = append(rule.Need, read.Need{Role: role, Count: int(n)})
			}
		}
		if !slices.Equal(rule.Need, read.Minimum(kind)) {
			rules = append(rules, rule)
		}
	}
	return Draft{Kind: read.KindRules, Body: read.RulesChange{Rules: rules, Reason: reason(form)}}, nil
}

const newest = 1 << 62 // a size that every checkpoint is below

func (f *face) witnessesFill(v *web.Visit, form *web.Form) (map[string]any, error) {
	h, err := f.now(v.Context())
	if err != nil {
		return nil, err
	}
	var lines []string
	list, quorum := h.WitnessesAt(newest)
	for _, w := range list {
		lines = append(lines, strings.TrimSpace(w.Key+" "+w.URL))
	}
	form.Default("witnesses", strings.Join(lines, "\n"))
	form.Default("quorum", strconv.Itoa(quorum))
	return map[string]any{}, nil
}

const (
	maxWitnessLines = 16 << 10 // letters of all witnesses
	maxQuorum       = 31
)

func (f *face) witnessesDraft(_ *web.Visit, form *web.Form) (Draft, error) {
	change := read.WitnessesChange{Witnesses: []read.Witness{}}
	for line := range strings.Lines(form.Text("witnesses", maxWitnessLines)) {
		switch words := strings.Fields(line); len(words) {
		case 0:
		case 1:
			change.Witnesses = append(change.Witnesses, read.Witness{Key: words[0]})
		case 2:
			change.Witnesses = append(change.Witnesses, read.Witness{Key: words[0], URL: words[1]})
		default:
			form.Wrong("witnesses", Message("problem.witness"))
		}
		if !form.OK() {
			break
		}
	}
	change.Quorum = int(form.Number("quorum", 0, maxQuorum))
	change.Reason = reason(form)
	return Draft{Kind: read.KindWitnesses, Body: change}, nil
}

func (f *face) closeFill(*web.Visit, *web.Form) (map[string]any, error) {
	return map[string]any{}, nil
}

func (f *face) closeDraft(_ *web.Visit, form *web.Form) (Draft, error) {
	return Draft{Kind: read.KindClose, Body: read.Close{Successor: form.Required("successor", 128), Reason: reason(form)}}, nil
}
