package manage

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"bayyina/platform/identity/access"
	"bayyina/platform/job"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

// mountRehearsals adds the pages on which drafts are rehearsed, and what rehearsals left.
func (p *pages) mountRehearsals(site *web.Site) {
	page := func(method, path string, h web.PageFunc) {
		site.Page(method, path, access.ElectionPropose, told(h), web.Anywhere)
	}
	page(http.MethodGet, "/drafts/{id}/rehearsals", p.rehearsals)
	page(http.MethodPost, "/drafts/{id}/rehearsals", p.rehearse)
	page(http.MethodGet, "/rehearsals/{id}", p.rehearsal)
	page(http.MethodPost, "/rehearsals/{id}", p.changeOne)
	site.Serve(http.MethodGet, "/rehearsals/{id}/board/{path...}", access.ElectionPropose, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := p.rehearsedBoard(w, r); err != nil {
			site.Fail(w, r, err)
		}
	}), web.Anywhere)
}

// rehearsalsPage shows the rehearsals of an outline.
type rehearsalsPage struct {
	Version
	Crumbs     []web.Crumb
	Form       *web.Form
	Ready      bool // for a rehearsal
	Most       int
	Rehearsals []rehearsalRow
}

type rehearsalRow struct {
	Rehearsal
	Phase string
}

func (p *pages) rehearsals(v *web.Visit) (web.Answer, error) {
	return p.showRehearsals(v, web.NewForm(url.Values{"voters": {"60"}}))
}

func (p *pages) showRehearsals(v *web.Visit, form *web.Form) (web.Answer, error) {
	o, err := p.Outline(v.Context(), v.PathValue("id"), 0)
	if err != nil {
		return web.Answer{}, err
	}
	list, err := p.Rehearsals(v.Context(), o.ID)
	if err != nil {
		return web.Answer{}, err
	}
	w := newWords(v)
	page := rehearsalsPage{Version: o, Form: form, Ready: ready(o.Outline), Most: maxTestVoters}
	for _, r := range list {
		page.Rehearsals = append(page.Rehearsals, rehearsalRow{r, w.text("job.phase." + string(r.Job.Phase))})
	}
	title := w.text("rehearsal.title")
	page.Crumbs = []web.Crumb{{Label: w.text("manage.title"), Path: "/drafts"}, {Label: o.name(w), Path: "/drafts/" + o.ID}, {Label: title}}
	if *w.err != nil {
		return web.Answer{}, *w.err
	}
	return v.ShowForm(p.views, "rehearsals", title, form, page)
}

// ready says whether elections can be made of an outline.
func ready(o *Outline) bool {
	for _, a := range o.Check() {
		if a.Wrong {
			return false
		}
	}
	return true
}

func (p *pages) rehearse(v *web.Visit) (web.Answer, error) {
	form, err := v.Form()
	if err != nil {
		return web.Answer{}, err
	}
	o, err := p.Outline(v.Context(), v.PathValue("id"), 0)
	if err != nil {
		return web.Answer{}, err
	}
	voters := int(form.Number("voters", 1, maxTestVoters))
	if !ready(o.Outline) {
		form.Wrong("", read.Message{ID: "manage.not-ready"})
	}
	if !form.OK() {
		return p.showRehearsals(v, form)
	}
	id, err := p.Rehearse(v.Context(), o.ID, o.Number, voters)
	if errors.Is(err, ErrBusy) {
		form.Wrong("", read.Message{ID: "rehearsal.busy"})
		return p.showRehearsals(v, form)
	}
	return v.SeeOther("/rehearsals/"+id, read.Message{}), err
}

// rehearsalPage shows a rehearsal, and what came out of it.
type rehearsalPage struct {
	Rehearsal
	Crumbs   []web.Crumb
	Outcome  *Outcome
	Progress *web.Progress
	Follow   bool // the page renews itself
	Phase    string
	Again    bool // it can be held again
	Board    string
}

func (p *pages) rehearsal(v *web.Visit) (web.Answer, error) {
	r, err := p.Rehearsal(v.Context(), v.PathValue("id"))
	if err != nil {
		return web.Answer{}, err
	}
	o, err := p.Outline(v.Context(), r.Outline, r.Version)
	if err != nil {
		return web.Answer{}, err
	}
	w := newWords(v)
	page := rehearsalPage{
		Rehearsal: r, Phase: w.text("job.phase." + string(r.Job.Phase)), Again: r.Job.Phase == job.Failed || r.Job.Phase == job.Cancelled,
		Follow: v.URL.Query().Get("follow") != "", Board: "/rehearsals/" + r.ID + "/" + BoardDir + "/",
	}
	if !r.Job.Over() {
		page.Progress = &web.Progress{Label: page.Phase, Done: r.Job.Done, Total: r.Job.Total}
	}
	if r.Job.Phase == job.Finished {
		if page.Outcome, err = p.Outcome(r.ID); err != nil {
			return web.Answer{}, err
		}
	}
	title := w.text("rehearsal.one")
	page.Crumbs = []web.Crumb{
		{Label: w.text("manage.title"), Path: "/drafts"},
		{Label: o.name(w), Path: "/drafts/" + r.Outline},
		{Label: w.text("rehearsal.title"), Path: "/drafts/" + r.Outline + "/rehearsals"},
		{Label: title},
	}
	if *w.err != nil {
		return web.Answer{}, *w.err
	}
	return v.Show(p.views, "rehearsal", title, page)
}

// changeOne cancels a rehearsal, holds it again, or deletes it.
func (p *pages) changeOne(v *web.Visit) (web.Answer, error) {
	form, err := v.Form()
	if err != nil {
		return web.Answer{}, err
	}
	r, err := p.Rehearsal(v.Context(), v.PathValue("id"))
	if err != nil {
		return web.Answer{}, err
	}
	back := "/rehearsals/" + r.ID
	switch do := form.OneOf("do", "cancel", "again", "delete"); {
	case !form.OK():
		return web.Answer{}, web.Invalid(form.Wrongs()[0].Says)
	case do == "delete":
		back = "/drafts/" + r.Outline + "/rehearsals"
		err = p.DropRehearsal(v.Context(), r.ID)
	default:
		err = p.changeRehearsal(v.Context(), r.ID, do == "again")
	}
	if errors.Is(err, ErrBusy) {
		return v.SeeOther(back, read.Message{ID: "rehearsal.busy"}), nil
	}
	if errors.Is(err, job.ErrOver) { // it ended meanwhile
		err = nil
	}
	return v.SeeOther(back, read.Message{}), err
}

// rehearsalName is how rehearsals are named: as elections are.
var rehearsalName = regexp.MustCompile(`^[0-9A-Za-z]{1,64}$`)

// rehearsedBoard serves the public board that a rehearsal left, every page of which says what it is.
func (p *pages) rehearsedBoard(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if !rehearsalName.MatchString(id) {
		return web.NotFound()
	}
	root, err := os.OpenRoot(filepath.Join(p.RehearsalDir(id), BoardDir))
	if err != nil {
		return web.NotFound()
	}
	defer root.Close() // only read from
	if _, err := root.Stat(cmp.Or(strings.TrimSuffix(r.PathValue("path"), "/"), ".")); err != nil {
		return web.NotFound()
	}
	w.Header().Set("Cache-Control", "no-store")
	http.StripPrefix("/rehearsals/"+id+"/"+BoardDir, http.FileServerFS(root.FS())).ServeHTTP(w, r)
	return nil
}
