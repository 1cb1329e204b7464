package local

import (
	"embed"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"bayyina/module/vote"
	"bayyina/platform/identity"
	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
	"bayyina/platform/message"
	"bayyina/platform/web"
)

//go:embed all:pages
var pageFiles embed.FS

// maxCopy is the most bytes of a copy of a sealed secret.
const maxCopy = identity.MaxKeyFile

// pages are those that the programs of all parties have.
type pages struct {
	*program
	site  *web.Site
	views *web.Views
	work  Work
	kind  string // "trustee" or "authority": begins the names of what only one of them has
}

// mountPages adds them to a shell.
func mountPages(shell *Shell, p *program, kind string) (*pages, error) {
	views, err := web.ParseViews(pageFiles, "pages")
	if err != nil {
		return nil, err
	}
	all := &pages{program: p, site: shell.Site, views: views, kind: kind}
	all.get("/", all.home)
	all.post("/import", all.bring, web.Limit(vote.MaxCeremonyFile+maxCopy))
	all.get("/ceremonies/{uuid}/secret.age", all.takeSecret)
	all.get("/ceremonies/{uuid}/parcels/{step}", all.takeParcel)
	return all, nil
}

func (p *pages) get(path string, h web.PageFunc) {
	p.site.Page(http.MethodGet, path, access.Public, h)
}

func (p *pages) post(path string, h web.PageFunc, opts ...web.Option) {
	p.site.Page(http.MethodPost, path, access.Public, h, opts...)
}

// says turns an error of a step into what its owner is told; others come back as they are.
func says(err error) error {
	id := ""
	refused, wrong := new(RefusedError), new(vote.FalseError)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, identity.ErrPassphrase):
		id = "local.wrong-passphrase"
	case errors.Is(err, ErrNotMine):
		id = "local.wrong-not-mine"
	case errors.Is(err, ErrImpersonate):
		id = "local.wrong-impersonated"
	case errors.Is(err, ErrBackwards):
		id = "local.wrong-backwards"
	case errors.Is(err, ErrNotCompared):
		id = "local.wrong-not-compared"
	case errors.Is(err, ErrNotRestored):
		id = "local.wrong-not-restored"
	case errors.Is(err, ErrOtherSecret):
		id = "local.wrong-other-secret"
	case errors.Is(err, ErrOtherKeys):
		id = "local.wrong-other-keys"
	case errors.As(err, &wrong):
		id = "local.wrong-false"
	case errors.Is(err, ErrBusy):
		id = "local.wrong-busy"
	case errors.Is(err, ErrSameChannel):
		id = "authority.wrong-same-channel"
	case errors.Is(err, ErrSetUp):
		id = "authority.wrong-set-up"
	case errors.Is(err, message.ErrRefused):
		id = "authority.wrong-refused"
	case errors.Is(err, message.ErrNoSender):
		id = "authority.wrong-no-sender"
	case errors.Is(err, vote.ErrUnknownCeremony):
		return &web.Problem{Status: http.StatusNotFound, Says: read.Message{ID: "web.status-404"}, Err: err}
	case errors.Is(err, vote.ErrTooEarly):
		id = "ceremony.refused-too-early"
	case errors.As(err, &refused):
		id = "local.wrong-refused"
	default:
		id = "local.wrong-other"
	}
	return &web.Problem{Status: http.StatusUnprocessableEntity, Says: read.Message{ID: id, Args: map[string]any{"Detail": err.Error()}}, Err: err}
}

func title(v *web.Visit, id string, pairs ...any) (string, error) {
	args := make(map[string]any)
	for i := 0; i+1 < len(pairs); i += 2 {
		args[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return v.Locale.Text(id, args)
}

// home lists the party's ceremonies.
func (p *pages) home(v *web.Visit) (web.Answer, error) {
	return p.showHome(v, nil)
}

func (p *pages) showHome(v *web.Visit, f *web.Form) (web.Answer, error) {
	type row struct {
		Path, Title string
		State       read.Message
		Rehearsal   bool
	}
	data := struct {
		Kind, Name, Server string
		Form               *web.Form
		Silent             read.Message // why the server does not answer
		Ceremonies         []row
	}{Kind: p.kind, Name: p.Name(), Form: f}
	if p.Online() {
		data.Server = p.cfg.Client.Origin()
		if err := p.Refresh(v.Context()); err != nil {
			data.Silent = told(says(err))
		}
	}
	list, err := p.elections()
	if err != nil {
		return web.Answer{}, err
	}
	for _, uuid := range list {
		d, err := p.desk(uuid)
		if err != nil {
			return web.Answer{}, says(err)
		}
		data.Ceremonies = append(data.Ceremonies, row{"/ceremonies/" + uuid, nameOf(v.Locale, d), state(d), d.Rehearsal})
	}
	if len(data.Ceremonies) > 0 && !slices.ContainsFunc(data.Ceremonies, func(r row) bool { return !r.Rehearsal }) {
		v.Rehearse()
	}
	heading, err := title(v, "local."+p.kind+"-title")
	if err != nil {
		return web.Answer{}, err
	}
	return v.ShowForm(p.views, "home", heading, f, data)
}

// state is what the party has to do in a ceremony.
func state(d *Desk) read.Message {
	step, turn := d.Next(d.Me)
	switch {
	case len(d.Unsent()) > 0:
		return read.Message{ID: "local.state-unsent"}
	case step == "":
		return read.Message{ID: "local.state-done"}
	case turn:
		return read.Message{ID: "local.state-turn"}
	}
	return read.Message{ID: "local.state-waits"}
}

// told is the message of a problem.
func told(err error) read.Message {
	problem := new(web.Problem)
	if errors.As(err, &problem) {
		return problem.Says
	}
	return read.Message{}
}

func nameOf(l *locale.Locale, d *Desk) string {
	t, err := d.Template()
	switch {
	case err != nil:
		return d.Election
	case t.Title == (read.Bilingual{}):
		return t.Name
	}
	return l.Pick(t.Title)
}

// bring takes a ceremony's file.
func (p *pages) bring(v *web.Visit) (web.Answer, error) {
	f, err := v.Form()
	if err != nil {
		return web.Answer{}, err
	}
	file, err := f.File("file", vote.MaxCeremonyFile)
	if err != nil {
		return web.Answer{}, err
	}
	if f.OK() {
		d, err := p.Import(file)
		if err == nil {
			return v.SeeOther("/ceremonies/"+d.Election, read.Message{ID: "local.imported"}), nil
		}
		if err := f.Refuse("file", says(err)); err != nil {
			return web.Answer{}, err
		}
	}
	return p.showHome(v, f)
}

// open asks the server how far the ceremony is; where it does not answer, what this machine
// knows is shown, with why.
func (p *pages) open(v *web.Visit) (*Desk, read.Message, error) {
	uuid := v.PathValue("uuid")
	d, err := p.Ask(v.Context(), uuid)
	silent := told(says(err))
	if err != nil {
		var unknown error
		if d, unknown = p.desk(uuid); unknown != nil {
			return nil, silent, says(err)
		}
	}
	if d.Rehearsal {
		v.Rehearse()
	}
	return d, silent, nil
}

// phrase reads the one of a form.
func phrase(f *web.Form) []byte {
	text := f.Value("passphrase")
	if len(text) < identity.MinPassphrase {
		f.Wrong("passphrase", read.Message{ID: "local.wrong-passphrase"})
	}
	return []byte(text)
}

// takeSecret gives the sealed secret, for its owner to keep a copy elsewhere.
func (p *pages) takeSecret(v *web.Visit) (web.Answer, error) {
	d, err := p.desk(v.PathValue("uuid"))
	if err != nil {
		return web.Answer{}, says(err)
	}
	sealed, err := d.Sealed()
	if err != nil {
		return web.Answer{}, web.NotFound()
	}
	return v.Download(p.kind+"-"+d.Election+"-"+fmt.Sprint(d.Me.Place)+".age", "application/octet-stream", sealed), nil
}

// takeParcel gives what is handed over on a USB stick.
func (p *pages) takeParcel(v *web.Visit) (web.Answer, error) {
	d, err := p.desk(v.PathValue("uuid"))
	if err != nil {
		return web.Answer{}, says(err)
	}
	step := vote.Step(v.PathValue("step"))
	if !slices.Contains(d.Unsent(), step) && d.Has(step, d.Me.Place) == nil {
		return web.Answer{}, web.NotFound()
	}
	parcel, err := d.Parcel(step)
	if err != nil {
		return web.Answer{}, web.NotFound()
	}
	return v.Download(fmt.Sprintf("%s-%s-%d.tar", d.Election, step, d.Me.Place), "application/x-tar", parcel), nil
}
