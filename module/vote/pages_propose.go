package vote

import (
	"net/http"
	"sync"

	"bayyina/module/vote/evidence"
	"bayyina/platform/identity/access"
	"bayyina/platform/identity/decide"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

// Proposing is the pages on which the commission proposes what happens to elections. Each
// shows what will be signed before it is proposed.
type Proposing struct {
	pages     *Pages
	registrar *Registrar
	decisions *decide.Decisions
	outlines  Outlines // nil where nothing is written down

	mu     sync.Mutex
	drafts []*setUpDraft // that were seen and not proposed yet, the oldest first
}

// proposal is one kind of decision about an election: a form, and the draft that is made of it.
type proposal struct {
	name   string       // of the page, the address and the messages
	right  access.Right // that proposing it needs
	fields []string     // of the form, which go along while the draft is looked at
	ready  func(f found) bool
	fill   func(v *web.Visit, f found, form *web.Form) (any, error)
	draft  func(v *web.Visit, f found, form *web.Form) (decide.Draft, error)
}

// NewProposing returns the pages.
func NewProposing(p *Pages, r *Registrar, d *decide.Decisions) *Proposing {
	return &Proposing{pages: p, registrar: r, decisions: d}
}

// Mount adds the pages to a site, and to the elections' pages what the visitor can do next.
// Elections of the outlines are told of, too.
func (p *Proposing) Mount(site *web.Site, outlines Outlines) {
	p.pages.next, p.outlines = p.next, outlines
	site.Page(http.MethodGet, "/my-elections", access.Public, p.mine, web.Cached)
	site.Nav(web.NavItem{Label: "standing.nav", Path: "/my-elections", Right: access.SignedIn})
	site.Page(http.MethodGet, "/elections/propose", access.ElectionPropose, p.setUpForm, web.Anywhere)
	site.Page(http.MethodPost, "/elections/propose", access.ElectionPropose, p.proposeSetUp, web.Anywhere, web.Limit(maxSetUp))
	within := web.In(func(r *http.Request) access.Scope { return access.Scope{Election: r.PathValue("uuid")} })
	for _, k := range []proposal{
		{"open", access.ElectionPropose, []string{"opens", "closes", "batch"}, func(f found) bool { return f.Step == "vote.setup" }, p.fillOpen, p.draftOpen},
		{"certify", access.ElectionPropose, nil, func(f found) bool { return f.Step == "vote.result" }, p.fillCertify, p.draftCertify},
		{"dice", access.ElectionPropose, []string{"question", "seed"}, func(f found) bool { return f.Step == "vote.result" && f.Seats != nil }, p.fillDice, p.draftDice},
		{
			"complaints", access.ElectionPropose,
			[]string{"hours", "body_ar", "body_en", "grounds_ar", "grounds_en"},
			func(f found) bool { return (f.Step == "vote.setup" || f.Step == "vote.open") && f.Standing == nil }, p.fillComplaints, p.draftComplaints,
		},
		{
			"ruling", access.ComplaintsRule,
			[]string{"complaints", "outcome", "excluded", "reason_ar", "reason_en"},
			func(f found) bool { return f.Step == "vote.result" && f.Standing != nil }, p.fillRuling, p.draftRuling,
		},
	} {
		path := "/elections/{uuid}/propose/" + k.name
		site.Page(http.MethodGet, path, k.right, func(v *web.Visit) (web.Answer, error) { return p.show(v, k) }, within)
		site.Page(http.MethodPost, path, k.right, func(v *web.Visit) (web.Answer, error) { return p.propose(v, k) }, within)
	}
}

// next is the one thing that the visitor can do next about an election, or what waits for signatures.
func (p *Proposing) next(v *web.Visit, f found) (*nextStep, error) {
	if v.Person == nil {
		return nil, nil
	}
	open, _, err := p.decisions.Proposals(v.Context(), v.Person)
	if err != nil {
		return nil, err
	}
	return p.nextAmong(v, f, open)
}

// nextWaits is the label of a step that was proposed.
const nextWaits = "elections.next-waits"

// nextAmong is next, with the proposals that are open.
func (p *Proposing) nextAmong(v *web.Visit, f found, open []*decide.Proposal) (*nextStep, error) {
	if !v.Person.May(access.ElectionPropose, access.Scope{Election: f.UUID}) {
		return nil, nil
	}
	kinds := map[string]struct{ kind, path string }{
		"":            {evidence.KindSetup, "/elections/propose"},
		"vote.setup":  {evidence.KindOpen, "/elections/" + f.UUID + "/propose/open"},
		"vote.result": {evidence.KindCertify, "/elections/" + f.UUID + "/propose/certify"},
	}
	k, ok := kinds[f.Step]
	if !ok {
		return nil, nil
	}
	ties, err := p.tied(f.UUID)
	if err != nil {
		return nil, err
	}
	switch {
	case len(ties) > 0:
		k.kind, k.path = evidence.KindDice, "/elections/"+f.UUID+"/propose/dice"
	case f.Step == "vote.result" && f.Standing != nil:
		if !f.settled(p.registrar.now()) {
			return nil, nil
		}
		k.kind = evidence.KindVersionCertify
	}
	for _, d := range open {
		if d.Statement.Kind == k.kind && d.Scope.Election == f.UUID {
			return &nextStep{Label: nextWaits, Path: "/decisions/" + d.Statement.ID}, nil
		}
	}
	return &nextStep{Label: "elections.next-" + map[string]string{
		evidence.KindSetup: "setup", evidence.KindOpen: "open", evidence.KindCertify: "certify", evidence.KindVersionCertify: "certify", evidence.KindDice: "dice",
	}[k.kind], Path: k.path}, nil
}

// nextStep is a link to what can be done next.
type nextStep struct{ Label, Path string }

// about is the election that a proposal's address names, if it is its turn.
func (p *Proposing) about(v *web.Visit, k proposal) (found, error) {
	s, _, err := p.pages.judged()
	if err != nil {
		return found{}, err
	}
	f, err := p.pages.found(v.Request, s)
	if err == nil && !k.ready(f) {
		err = web.Invalid(read.Message{ID: "elections.propose-not-now"})
	}
	return f, err
}

func (p *Proposing) show(v *web.Visit, k proposal) (web.Answer, error) {
	f, err := p.about(v, k)
	if err != nil {
		return web.Answer{}, err
	}
	return p.form(v, k, f, web.NewForm(v.URL.Query()))
}

// proposePage is what the pages of proposals show.
type proposePage struct {
	found
	Crumbs []web.Crumb
	Form   *web.Form
	Data   any // the kind's own
}

func (p *Proposing) form(v *web.Visit, k proposal, f found, form *web.Form) (web.Answer, error) {
	data, err := k.fill(v, f, form)
	if err != nil {
		return web.Answer{}, err
	}
	title, crumbs, err := p.titles(v, k.name, f)
	if err != nil {
		return web.Answer{}, err
	}
	return v.ShowForm(p.pages.views, "propose_"+k.name, title, form, proposePage{f, crumbs, form, data})
}

// titles are the title of a page of proposals, and where it stands.
func (p *Proposing) titles(v *web.Visit, name string, f found) (string, []web.Crumb, error) {
	w := words{Locale: v.Locale}
	title := w.text("elections.propose-" + name)
	crumbs := []web.Crumb{{Label: w.text("elections.title"), Path: "/elections"}}
	if f.UUID != "" {
		crumbs = append(crumbs, web.Crumb{Label: f.Name(v.Locale), Path: "/elections/" + f.UUID})
	}
	return title, append(crumbs, web.Crumb{Label: title}), w.err
}

// propose takes a form: it is looked at first, and proposed when it is sent again.
func (p *Proposing) propose(v *web.Visit, k proposal) (web.Answer, error) {
	f, err := p.about(v, k)
	if err != nil {
		return web.Answer{}, err
	}
	form, err := v.Form()
	if err != nil {
		return web.Answer{}, err
	}
	if form.Value("do") == "change" {
		return p.form(v, k, f, form)
	}
	d, err := k.draft(v, f, form)
	if err == nil && form.OK() {
		var a web.Answer
		if a, err = p.take(v, k, f, form, d, nil); err == nil {
			return a, nil
		}
	}
	if err := form.Refuse("", decide.Problem(err)); err != nil {
		return web.Answer{}, err
	}
	return p.form(v, k, f, form)
}

// take proposes a draft that was looked at, and shows any other.
func (p *Proposing) take(v *web.Visit, k proposal, f found, form *web.Form, d decide.Draft, missing []string) (web.Answer, error) {
	if form.Value("do") == "propose" {
		id, err := p.decisions.Propose(v.Context(), v.Person, d)
		if err != nil {
			return web.Answer{}, err
		}
		return v.SeeOther("/decisions/"+id, decide.Message("notice.proposed")), nil
	}
	rows, err := p.decisions.Preview(v.Context(), v.Person, d)
	if err != nil {
		return web.Answer{}, err
	}
	page := checkPage{Rows: rows, Missing: missing, Files: d.Kind == evidence.KindSetup, Path: v.URL.Path}
	for _, name := range k.fields {
		for _, value := range form.Values(name) {
			page.Fields = append(page.Fields, web.Choice{Value: value, Label: name})
		}
	}
	if b, ok := d.Body.(evidence.Open); ok {
		page.Local = local(v, b)
	}
	title, crumbs, err := p.titles(v, k.name, f)
	if err != nil {
		return web.Answer{}, err
	}
	page.Title, page.Crumbs = title, crumbs
	page.Offline = d.Kind != evidence.KindSetup
	return v.Show(p.pages.views, "propose_check", title, page)
}

// checkPage shows what will be signed, before it is proposed.
type checkPage struct {
	Title   string
	Crumbs  []web.Crumb
	Rows    []decide.Row
	Missing []string     // ids of what the log does not hold yet
	Files   bool         // the form before this one takes files
	Local   []string     // times as they are told here
	Fields  []web.Choice // that go along: values by name
	Path    string       // of this form
	Offline bool         // an offline key must sign, too
}

// local tells an opening's times as the site's clocks show them.
func local(v *web.Visit, b evidence.Open) []string {
	return []string{v.Local(b.Opens), v.Local(b.Closes)}
}
