package local

import (
	"embed"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"bayyina/core/trustee"
	"bayyina/module/vote"
	"bayyina/platform/identity"
	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
	"bayyina/platform/web"
)

//go:embed all:pages
var pageFiles embed.FS

// maxCopy is the most bytes of a copy of a sealed secret.
const maxCopy = identity.MaxKeyFile

// trusteePages show a trustee's program.
type trusteePages struct {
	*Trustee
	views *web.Views
	work  Work
}

// Mount adds the trustee's pages to a shell.
func (t *Trustee) Mount(shell *Shell) error {
	views, err := web.ParseViews(pageFiles, "pages")
	if err != nil {
		return err
	}
	p := &trusteePages{Trustee: t, views: views}
	site := shell.Site
	get := func(path string, h web.PageFunc) { site.Page(http.MethodGet, path, access.Public, h) }
	post := func(path string, h web.PageFunc, opts ...web.Option) {
		site.Page(http.MethodPost, path, access.Public, h, opts...)
	}
	get("/", p.home)
	post("/import", p.bring, web.Limit(vote.MaxCeremonyFile+maxCopy))
	get("/ceremonies/{uuid}", p.ceremony)
	post("/ceremonies/{uuid}/compare", p.compare)
	post("/ceremonies/{uuid}/do", p.do)
	post("/ceremonies/{uuid}/send", p.send)
	post("/ceremonies/{uuid}/restore", p.restore)
	post("/ceremonies/{uuid}/complain", p.complain)
	post("/ceremonies/{uuid}/verify", p.verify)
	post("/ceremonies/{uuid}/count", p.count)
	post("/ceremonies/{uuid}/stop", p.stop)
	get("/ceremonies/{uuid}/secret.age", p.takeSecret)
	get("/ceremonies/{uuid}/parcels/{step}", p.takeParcel)
	return nil
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

// home lists the trustee's ceremonies.
func (p *trusteePages) home(v *web.Visit) (web.Answer, error) {
	return p.showHome(v, nil)
}

func (p *trusteePages) showHome(v *web.Visit, f *web.Form) (web.Answer, error) {
	type row struct {
		Path, Title string
		State       read.Message
	}
	data := struct {
		Name, Server string
		Form         *web.Form
		Silent       read.Message // why the server does not answer
		Ceremonies   []row
	}{Name: p.Name(), Form: f}
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
		data.Ceremonies = append(data.Ceremonies, row{"/ceremonies/" + uuid, nameOf(v.Locale, d), state(d)})
	}
	heading, err := title(v, "local.trustee-title")
	if err != nil {
		return web.Answer{}, err
	}
	return v.ShowForm(p.views, "trustee_home", heading, f, data)
}

// state is what the trustee has to do in a ceremony.
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
func (p *trusteePages) bring(v *web.Visit) (web.Answer, error) {
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

// partyRow is what one party has done.
type partyRow struct {
	vote.Party
	Me, Turn bool
	Next     vote.Step
	Done     []vote.Step
}

// rows tell what each party has done.
func rows(d *Desk) []partyRow {
	var list []partyRow
	for _, party := range d.Parties {
		r := partyRow{Party: party, Me: party.Place == d.Me.Place}
		r.Next, r.Turn = d.Next(party)
		for i := range d.Said {
			if d.Said[i].Place == party.Place {
				r.Done = append(r.Done, d.Said[i].Step)
			}
		}
		list = append(list, r)
	}
	return list
}

// fingerprint is that of a member's certificate.
type fingerprint struct {
	vote.Party
	Me    bool
	Hash  string
	Check string // name of the box beside it
}

// ceremonyPage is what the page on a ceremony shows.
type ceremonyPage struct {
	*Desk
	Title        string
	Form         *web.Form
	Silent       read.Message
	Step         vote.Step // next, "" after the last
	Turn         bool
	Steps        []web.Step
	Rows         []partyRow
	Waits        []string // for whom
	Fingerprints []fingerprint
	Keys         []keyRow
	Key          string // of the election
	Culprit      *vote.Party
	Online       bool
	Follow       bool
	Counting     counting
}

// keyRow is a trustee's public key in the record.
type keyRow struct {
	vote.Party
	Key string
}

func (p *trusteePages) ceremony(v *web.Visit) (web.Answer, error) {
	d, silent, err := p.open(v)
	if err != nil {
		return web.Answer{}, err
	}
	return p.show(v, d, ceremonyPage{Silent: silent})
}

// open asks the server how far the ceremony is; where it does not answer, what this machine
// knows is shown, with why.
func (p *trusteePages) open(v *web.Visit) (*Desk, read.Message, error) {
	uuid := v.PathValue("uuid")
	d, err := p.Ask(v.Context(), uuid)
	if err == nil {
		return d, read.Message{}, nil
	}
	silent := told(says(err))
	known, unknown := p.desk(uuid)
	if unknown != nil {
		return nil, silent, says(err)
	}
	return known, silent, nil
}

func (p *trusteePages) show(v *web.Visit, d *Desk, page ceremonyPage) (web.Answer, error) {
	page.Desk, page.Title, page.Online = d, nameOf(v.Locale, d), p.Online()
	page.Step, page.Turn = d.Next(d.Me)
	page.Rows = rows(d)
	page.Follow = v.URL.Query().Get("follow") != "" && v.Method == http.MethodGet
	if len(d.Unsent()) > 0 {
		page.Turn = false
	}
	var err error
	if page.Steps, err = steps(v, d); err != nil {
		return web.Answer{}, err
	}
	for _, r := range page.Rows {
		if r.Turn && !r.Me && r.Kind != vote.Authority {
			page.Waits = append(page.Waits, v.Locale.Pick(r.Name))
		}
	}
	if page.Step == vote.StepCommitment && page.Turn {
		if page.Fingerprints, err = fingerprints(d); err != nil {
			return web.Answer{}, says(err)
		}
	}
	if page.Step == "" {
		page.Counting = p.counting(d)
	}
	if d.Agreement != "" {
		if err := page.keys(); err != nil {
			return web.Answer{}, says(err)
		}
	}
	heading, err := title(v, "local.ceremony-title", "Title", page.Title)
	if err != nil {
		return web.Answer{}, err
	}
	return v.ShowForm(p.views, "trustee_ceremony", heading, page.Form, page)
}

// CanRestore says whether a copy of the sealed secret can be tried now: everything that it must
// fit is there.
func (p ceremonyPage) CanRestore() bool {
	if p.Step != vote.StepAgreement || p.Me.Kind == vote.Single {
		return p.Step == vote.StepAgreement
	}
	_, err := p.SealedShare(p.Me)
	return err == nil
}

// Threshold is how many of the trustee's group decrypt.
func (p ceremonyPage) Threshold() int { return p.Thresholds[p.Me.Group-1] }

// keys are what the trustees sign.
func (p *ceremonyPage) keys() error {
	record, err := p.CheckAgreement()
	if err != nil {
		return err
	}
	parsed, err := trustee.Parse(p.CryptoGroup(), record)
	if err != nil {
		return err
	}
	p.Key = parsed.Key.String()
	for i, o := range parsed.Owners {
		p.Keys = append(p.Keys, keyRow{p.Trustees()[i], o.Key.String()})
	}
	return nil
}

// steps are those of the trustee's kind.
func steps(v *web.Visit, d *Desk) ([]web.Step, error) {
	order := []vote.Step{vote.StepCertificate, vote.StepCommitment, vote.StepPolynomial, vote.StepShare, vote.StepAgreement}
	if d.Me.Kind == vote.Single {
		order = []vote.Step{vote.StepKey, vote.StepAgreement}
	}
	next, _ := d.Next(d.Me)
	var list []web.Step
	for _, step := range order {
		label, err := v.Locale.Text("ceremony.step-"+string(step), nil)
		if err != nil {
			return nil, err
		}
		list = append(list, web.Step{Label: label, Done: d.Has(step, d.Me.Place) != nil, Current: step == next})
	}
	return list, nil
}

func fingerprints(d *Desk) ([]fingerprint, error) {
	hashes, err := d.Fingerprints()
	if err != nil {
		return nil, err
	}
	var list []fingerprint
	for i, m := range d.Members(d.Me.Group) {
		list = append(list, fingerprint{m, m.Place == d.Me.Place, inFours(hashes[i]), fmt.Sprintf("compared-%d", m.Place)})
	}
	return list, nil
}

// inFours writes a hash as people read it aloud.
func inFours(hash string) string {
	var text []byte
	for part := range slices.Chunk([]byte(hash), 4) {
		if text != nil {
			text = append(text, ' ')
		}
		text = append(text, part...)
	}
	return string(text)
}

// compare takes that the owner has compared each fingerprint.
func (p *trusteePages) compare(v *web.Visit) (web.Answer, error) {
	return p.form(v, func(d *Desk, f *web.Form) error {
		list, err := fingerprints(d)
		if err != nil {
			return says(err)
		}
		for _, one := range list {
			if !one.Me && f.Value(one.Check) == "" {
				f.Wrong(one.Check, read.Message{ID: "local.wrong-unchecked", Args: map[string]any{"Name": one.Name}})
			}
		}
		if !f.OK() {
			return nil
		}
		return f.Refuse("", says(d.Compare()))
	})
}

// form reads a form, lets a step happen, and shows the ceremony again.
func (p *trusteePages) form(v *web.Visit, step func(d *Desk, f *web.Form) error) (web.Answer, error) {
	f, err := v.Form()
	if err != nil {
		return web.Answer{}, err
	}
	d, silent, err := p.open(v)
	if err != nil {
		return web.Answer{}, err
	}
	page := ceremonyPage{Form: f, Silent: silent}
	err = step(d, f)
	wrong := new(trustee.OwnerError)
	if errors.As(err, &wrong) && wrong.Owner <= len(d.Members(d.Me.Group)) {
		page.Culprit = &d.Members(d.Me.Group)[wrong.Owner-1]
		err = f.Refuse("", &web.Problem{Status: http.StatusUnprocessableEntity, Says: read.Message{
			ID: "local.wrong-culprit", Args: map[string]any{"Name": page.Culprit.Name, "Detail": err.Error()},
		}})
	}
	if err != nil {
		return web.Answer{}, err
	}
	if !f.OK() {
		return p.show(v, d, page)
	}
	return v.SeeOther("/ceremonies/"+d.Election, read.Message{}), nil
}

// passphrase reads the one of a form.
func phrase(f *web.Form) []byte {
	text := f.Value("passphrase")
	if len(text) < identity.MinPassphrase {
		f.Wrong("passphrase", read.Message{ID: "local.wrong-passphrase"})
	}
	return []byte(text)
}

// do does the step whose turn it is, and sends it.
func (p *trusteePages) do(v *web.Visit) (web.Answer, error) {
	return p.form(v, func(d *Desk, f *web.Form) error {
		passphrase := phrase(f)
		defer clear(passphrase)
		if !f.OK() {
			return nil
		}
		err := d.Do(vote.Step(f.Value("step")), passphrase)
		if errors.As(err, new(*trustee.OwnerError)) {
			return err
		}
		if err := f.Refuse("passphrase", says(err)); err != nil || !f.OK() {
			return err
		}
		_, err = d.Send(v.Context())
		return f.Refuse("", says(err))
	})
}

func (p *trusteePages) send(v *web.Visit) (web.Answer, error) {
	return p.form(v, func(d *Desk, f *web.Form) error {
		_, err := d.Send(v.Context())
		return f.Refuse("", says(err))
	})
}

func (p *trusteePages) restore(v *web.Visit) (web.Answer, error) {
	return p.form(v, func(d *Desk, f *web.Form) error {
		passphrase := phrase(f)
		defer clear(passphrase)
		file, err := f.File("copy", maxCopy)
		if err != nil || !f.OK() {
			return err
		}
		err = d.Restore(file, passphrase)
		if errors.Is(err, identity.ErrPassphrase) {
			return f.Refuse("passphrase", says(err))
		}
		return f.Refuse("copy", says(err))
	})
}

func (p *trusteePages) complain(v *web.Visit) (web.Answer, error) {
	return p.form(v, func(d *Desk, f *web.Form) error {
		passphrase := phrase(f)
		defer clear(passphrase)
		against := f.Number("against", 1, vote.MaxTrustees)
		reason := f.Text("reason", 500)
		if !f.OK() {
			return nil
		}
		if err := f.Refuse("passphrase", says(d.Complain(int(against), reason, passphrase))); err != nil || !f.OK() {
			return err
		}
		_, err := d.Send(v.Context())
		return f.Refuse("", says(err))
	})
}

// takeSecret gives the sealed secret, for its owner to keep a copy elsewhere.
func (p *trusteePages) takeSecret(v *web.Visit) (web.Answer, error) {
	d, err := p.desk(v.PathValue("uuid"))
	if err != nil {
		return web.Answer{}, says(err)
	}
	sealed, err := d.Sealed()
	if err != nil {
		return web.Answer{}, web.NotFound()
	}
	return v.Download("trustee-"+d.Election+"-"+fmt.Sprint(d.Me.Place)+".age", "application/octet-stream", sealed), nil
}

// takeParcel gives what is handed over on a USB stick.
func (p *trusteePages) takeParcel(v *web.Visit) (web.Answer, error) {
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
