package decide

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"net/http"

	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	"bayyina/platform/web"
)

//go:embed pages/*.html
var pages embed.FS

// maxUpload bounds a signed statement that is uploaded, with the form around it.
const maxUpload = 2 * read.MaxNote

// face is the pages of one server's decisions.
type face struct {
	*Decisions
	views *web.Views
}

// Mount adds the pages on which decisions are proposed, seen and refused.
func (d *Decisions) Mount(site *web.Site) error {
	views, err := web.ParseViews(pages, "pages")
	if err != nil {
		return err
	}
	f := &face{d, views}
	site.Nav(web.NavItem{Label: "decide.nav", Path: "/decisions", Right: access.DecisionRead})
	site.Page("GET", "/decisions", access.DecisionRead, f.list, web.Anywhere)
	// Which proposal somebody may see, or act on, is told by its own scope.
	site.Page("GET", "/decisions/{id}", access.DecisionRead, f.show, web.Anywhere)
	if d.cfg.Signing != "" {
		site.Page("POST", "/decisions/{id}/sign", access.DecisionSign, f.goSign, web.Anywhere)
		site.Page("POST", "/decisions/key", access.DecisionSign, f.goMake, web.Anywhere)
	}
	if d.cfg.Software != nil {
		site.Page("POST", "/decisions/{id}/software", access.DecisionSign, f.signInSoftware, web.Anywhere)
	}
	site.Page("POST", "/decisions/{id}/refuse", access.DecisionSign, f.refuse, web.Anywhere)
	site.Page("POST", "/decisions/{id}/withdraw", access.DecisionRead, f.withdraw, web.Anywhere)
	site.Page("POST", "/decisions/{id}/offline", access.DecisionRead, f.offline, web.Anywhere, web.Limit(maxUpload))
	site.Page("GET", "/decisions/{id}/text", access.DecisionRead, f.text, web.Anywhere)
	site.Page("GET", "/decisions/{id}/openings", access.DecisionRead, f.openings, web.Anywhere)
	f.mountForms(site)
	return nil
}

// Problem tells a person what an error means to them; what is nothing to them comes back.
func Problem(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*web.Problem](err); ok {
		return err
	}
	if bad, ok := errors.AsType[*Inadmissible](err); ok {
		return &web.Problem{Status: http.StatusUnprocessableEntity, Says: bad.Violations[0].Says(), Err: err}
	}
	for _, known := range []struct {
		err error
		id  string
	}{
		{ErrOwn, "own"},
		{ErrOwnCase, "own-case"},
		{ErrNotOpen, "not-open"},
		{ErrSignedTwice, "signed-twice"},
		{ErrSignature, "signature"},
		{ErrNoKey, "no-key"},
		{ErrNoReason, "no-reason"},
		{ErrLink, "link"},
		{ErrTooLarge, "too-large"},
		{ErrEffect, "effect"},
		{ErrDeparted, "departed"},
	} {
		if errors.Is(err, known.err) {
			return &web.Problem{Status: http.StatusUnprocessableEntity, Says: Message("problem." + known.id), Err: err}
		}
	}
	switch {
	case errors.Is(err, ErrUnknown), errors.Is(err, ErrKind):
		return web.NotFound()
	case errors.Is(err, ErrForbidden):
		return web.Forbidden()
	}
	return err
}

// listed is a proposal in a list.
type listed struct {
	*Proposal
	Kind  read.Message
	Mine  bool // waits for the reader's signature
	Has   int64
	Needs int64
	State read.Message
}

func (f *face) list(v *web.Visit) (web.Answer, error) {
	ctx := v.Context()
	open, settled, err := f.Proposals(ctx, v.Person)
	if err != nil {
		return web.Answer{}, err
	}
	h, err := f.now(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	row := func(p *Proposal) listed {
		l := listed{Proposal: p, Kind: f.nameOf(p), State: Message("state." + string(p.State)), Has: int64(len(p.Signatures))}
		for _, n := range h.Need(p.Statement.Kind) {
			l.Needs += int64(n.Count)
		}
		l.Mine = p.WaitsFor(v.Person)
		return l
	}
	var mine, others, done []listed
	for _, p := range open {
		if l := row(p); l.Mine {
			mine = append(mine, l)
		} else {
			others = append(others, l)
		}
	}
	for _, p := range settled {
		done = append(done, row(p))
	}
	return f.page(v, "list", "title", nil, map[string]any{
		"Mine": mine, "Open": others, "Settled": done,
		"MayLog": v.Person.May(access.LogPropose, access.Scope{}), "MayAccess": v.Person.MayAnywhere(access.AccessPropose),
		"MaySign": f.cfg.Signing != "" && v.Person.MayAnywhere(access.DecisionSign),
	})
}

// nameOf is a proposal's kind in words.
func (f *face) nameOf(p *Proposal) read.Message {
	if e, err := f.effect(p.Statement.Kind); err == nil {
		return e.Name
	}
	return Text(p.Statement.Kind)
}

// page shows a page of this package, with a form on it unless that is nil.
func (f *face) page(v *web.Visit, name, title string, form *web.Form, data any) (web.Answer, error) {
	text, err := v.Locale.Text("decide."+title, nil)
	if err != nil {
		return web.Answer{}, err
	}
	return v.ShowForm(f.views, name, text, form, data)
}

// needed is a need of a proposal, with how much of it is met.
type needed struct {
	Role  read.Bilingual
	Count int64
	Have  int64
	Mark  string // "true" where it is met, else "waiting"
}

// signer is a signature on a proposal, as the page tells it.
type signer struct {
	Signature
	Who  string // of the person; empty for an offline key
	Gone bool   // the key is no longer in force: it does not count
	Mark string // "false" then, else "true"
}

func (f *face) show(v *web.Visit) (web.Answer, error) {
	ctx := v.Context()
	p, err := f.Proposal(ctx, v.Person, v.PathValue("id"))
	if err != nil {
		return web.Answer{}, Problem(err)
	}
	return f.tell(v, p, nil)
}

// tell shows one proposal, with what was filled in on its page.
func (f *face) tell(v *web.Visit, p *Proposal, form *web.Form) (web.Answer, error) {
	ctx := v.Context()
	h, err := f.now(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	data := map[string]any{
		"Form": form, "P": p, "ID": p.Statement.ID, "Kind": f.nameOf(p), "State": Message("state." + string(p.State)), "Open": p.State == Open,
		"Text": string(p.Statement.Text), "Demo": f.cfg.Software[v.Person.ID] != nil, "Waits": f.clock().Before(p.Statement.From),
		"MaySign":     p.State == Open && f.maySignNow(v.Person, p) == nil,
		"Signing":     f.cfg.Signing != "",
		"Own":         p.Proposer == v.Person.ID,
		"MayRefuse":   p.State == Open && p.Proposer != v.Person.ID && v.Person.May(access.DecisionSign, p.Scope),
		"MayWithdraw": p.State == Open && p.Proposer == v.Person.ID,
		"Signed":      p.signedBy(v.Person.ID),
	}
	data["Rows"], data["Wrong"] = f.describe(ctx, h, p)
	if data["Sealed"], err = f.Opened(ctx, p.Statement.ID); err != nil {
		return web.Answer{}, err
	}
	switch p.State {
	case Open:
		data["Mark"] = "waiting"
	case Entered:
		data["Mark"] = "true"
	default:
		data["Mark"] = "false"
	}
	lacks := h.Lacking(p.Statement.Kind, p.signers())
	var needs []needed
	for _, n := range h.Need(p.Statement.Kind) {
		one := needed{Role: read.RoleName(n.Role), Count: int64(n.Count), Have: int64(n.Count), Mark: "true"}
		for _, l := range lacks {
			if l.Role == n.Role {
				one.Have, one.Mark = int64(l.Have), "waiting"
			}
		}
		needs = append(needs, one)
	}
	data["Needs"] = needs
	data["Offline"] = needsOffline(h.Need(p.Statement.Kind))
	var signers []signer
	err = f.cfg.DB.View(ctx, func(tx *store.Tx) error {
		signers = nil
		if data["Proposer"], err = f.nameOfPerson(ctx, tx, p.Proposer); err != nil {
			return err
		}
		if data["Settler"], err = f.nameOfPerson(ctx, tx, p.Settler); err != nil {
			return err
		}
		for _, s := range p.Signatures {
			one := signer{Signature: s, Mark: "true"}
			if one.Who, err = f.nameOfPerson(ctx, tx, s.Person); err != nil {
				return err
			}
			m := h.Member(s.Key)
			if one.Gone = p.State == Open && (m == nil || m.Until != 0); one.Gone {
				one.Mark = "false"
			}
			signers = append(signers, one)
		}
		return nil
	})
	if err != nil {
		return web.Answer{}, err
	}
	data["Signers"] = signers
	title, err := v.Locale.Message(f.nameOf(p))
	if err != nil {
		return web.Answer{}, err
	}
	return v.ShowForm(f.views, "decision", title, form, data)
}

// maySignNow tells why a visitor cannot sign an open proposal, so far as the page knows.
func (f *face) maySignNow(who *access.Person, p *Proposal) error {
	switch {
	case !who.May(access.DecisionSign, p.Scope):
		return ErrForbidden
	case p.Proposer == who.ID:
		return ErrOwn
	case p.signedBy(who.ID):
		return ErrSignedTwice
	case f.clock().After(p.Statement.Until):
		return ErrNotOpen
	}
	return nil
}

// needsOffline reports whether another key than an officer's must sign.
func needsOffline(need []read.Need) bool {
	for _, n := range need {
		if n.Role != read.RoleOfficer {
			return true
		}
	}
	return false
}

// describe tells what a proposal would change. What cannot be any more, or never could, is
// told instead.
func (f *face) describe(ctx context.Context, h *read.KeyHistory, p *Proposal) (rows []Row, wrong *read.Message) {
	if p.State != Open {
		return nil, nil
	}
	e, err := f.effect(p.Statement.Kind)
	if err == nil {
		rows, err = e.Describe(ctx, h, p.Statement, f.kept(ctx, p.Statement.ID))
	}
	if err == nil {
		return rows, nil
	}
	says := Message("problem.effect")
	if told, ok := errors.AsType[*web.Problem](Problem(err)); ok {
		says = told.Says
	}
	return nil, &says
}

// nameOfPerson is a person's name, or their number where the account has ended.
func (f *face) nameOfPerson(ctx context.Context, tx *store.Tx, id int64) (string, error) {
	if id == 0 {
		return "", nil
	}
	who, err := f.cfg.People.Who(ctx, tx, id)
	if err != nil {
		return fmt.Sprintf("#%d", id), nil //nolint:nilerr // a name that is gone is no reason to show nothing
	}
	return who.Name, nil
}

// text hands out what is signed offline: the statement with the signatures that it has.
func (f *face) text(v *web.Visit) (web.Answer, error) {
	p, err := f.Proposal(v.Context(), v.Person, v.PathValue("id"))
	if err != nil {
		return web.Answer{}, Problem(err)
	}
	return v.Download(p.Statement.ID+".txt", "text/plain; charset=utf-8", p.Note()), nil
}

// openings is the file by which an auditor checks what the log seals.
func (f *face) openings(v *web.Visit) (web.Answer, error) {
	p, err := f.Proposal(v.Context(), v.Person, v.PathValue("id"))
	if err != nil {
		return web.Answer{}, Problem(err)
	}
	sealed, err := f.Opened(v.Context(), p.Statement.ID)
	if err != nil {
		return web.Answer{}, err
	}
	all := read.Openings{Kind: p.Statement.Kind, ID: p.Statement.ID}
	for _, one := range sealed {
		if !one.Erased {
			all.Open(one.Path, one.Salt, one.Value)
		}
	}
	if len(all.Openings) == 0 {
		return web.Answer{}, web.NotFound()
	}
	file, err := all.Encode()
	if err != nil {
		return web.Answer{}, err
	}
	return v.Download(p.Statement.ID+".openings.json", "application/json", file), nil
}

func (f *face) goSign(v *web.Visit) (web.Answer, error) {
	p, err := f.Proposal(v.Context(), v.Person, v.PathValue("id"))
	if err == nil && p.State != Open {
		err = ErrNotOpen
	}
	if err == nil {
		err = f.maySignNow(v.Person, p)
	}
	if err != nil {
		return f.again(v, new(web.Form), "", err)
	}
	token, err := f.OpenLink(v.Context(), v.Person.ID, p.Statement.ID)
	if err != nil {
		return web.Answer{}, err
	}
	return f.page(v, "go", "go.title", nil, map[string]any{"Href": f.cfg.Signing + v.Path("/sign/"+token), "Host": f.cfg.Signing, "Key": false})
}

func (f *face) signInSoftware(v *web.Visit) (web.Answer, error) {
	return f.act(v, "signed", "", func(_ *web.Form, id string) error {
		return f.SignInSoftware(v.Context(), v.Person.ID, id)
	})
}

func (f *face) refuse(v *web.Visit) (web.Answer, error) {
	return f.act(v, "refused", "reason_ar", func(form *web.Form, id string) error {
		why := reason(form)
		if !form.OK() {
			return nil
		}
		return f.Refuse(v.Context(), v.Person.ID, id, why)
	})
}

func (f *face) withdraw(v *web.Visit) (web.Answer, error) {
	return f.act(v, "withdrawn", "reason_ar", func(form *web.Form, id string) error {
		why := reason(form)
		if !form.OK() {
			return nil
		}
		return f.Withdraw(v.Context(), v.Person.ID, id, why)
	})
}

// offline takes the statement as an offline key has signed it, as a file or as text.
func (f *face) offline(v *web.Visit) (web.Answer, error) {
	return f.act(v, "offline-added", "signed", func(form *web.Form, id string) error {
		signed, err := form.File("signed", read.MaxNote)
		if err != nil || !form.OK() {
			return err
		}
		_, err = f.AddOffline(v.Context(), v.Person, id, signed)
		return err
	})
}

// act does something with a proposal: what is due then is done at once. Where it cannot be
// done, the proposal is shown again with the reason beside a field.
func (f *face) act(v *web.Visit, notice, field string, do func(form *web.Form, id string) error) (web.Answer, error) {
	id := v.PathValue("id")
	form, err := v.Form()
	if err != nil {
		return web.Answer{}, err
	}
	if err := do(form, id); err != nil || !form.OK() {
		return f.again(v, form, field, err)
	}
	if _, err := f.Due(v.Context()); err != nil {
		return web.Answer{}, err
	}
	return v.SeeOther("/decisions/"+id, Message("notice."+notice)), nil
}

// again shows a proposal with why something cannot be done with it.
func (f *face) again(v *web.Visit, form *web.Form, field string, err error) (web.Answer, error) {
	if err := form.Refuse(field, Problem(err)); err != nil {
		return web.Answer{}, err
	}
	p, err := f.Proposal(v.Context(), v.Person, v.PathValue("id"))
	if err != nil {
		return web.Answer{}, Problem(err)
	}
	return f.tell(v, p, form)
}
