package local

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"bayyina/core/trustee"
	"bayyina/module/vote"
	"bayyina/platform/identity"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

// trusteePages show a trustee's program.
type trusteePages struct{ *pages }

// Mount adds the trustee's pages to a shell.
func (t *Trustee) Mount(shell *Shell) error {
	all, err := mountPages(shell, t.program, "trustee")
	if err != nil {
		return err
	}
	p := &trusteePages{all}
	p.get("/ceremonies/{uuid}", p.ceremony)
	p.post("/ceremonies/{uuid}/compare", p.compare)
	p.post("/ceremonies/{uuid}/do", p.do)
	p.post("/ceremonies/{uuid}/send", p.send)
	p.post("/ceremonies/{uuid}/restore", p.restore)
	p.post("/ceremonies/{uuid}/complain", p.complain)
	p.post("/ceremonies/{uuid}/verify", p.verify)
	p.post("/ceremonies/{uuid}/count", p.count)
	p.post("/ceremonies/{uuid}/stop", p.stop)
	return nil
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

// Recoverable says whether a lost machine's place can be taken.
func (p ceremonyPage) Recoverable() bool { return p.Agreement != "" }

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
		if d.Lost() {
			err = d.Recover(file, passphrase)
		} else {
			err = d.Restore(file, passphrase)
		}
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
