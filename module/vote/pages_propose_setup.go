package vote

import (
	"errors"
	"slices"
	"time"

	"bayyina/core/ballot"
	"bayyina/core/trustee"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity/decide"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

// Limits of a set-up that is proposed on a page.
const (
	maxSetUp    = 2*decide.MaxAttachments + MaxTemplate // bytes of all files
	maxTitle    = 200                                   // letters
	maxWaiting  = 4                                     // set-ups that were seen and not proposed yet
	waitingTime = time.Hour
)

// setUpDraft is a set-up that somebody looks at before they propose it. It is kept in memory:
// for one person one, of all people the newest.
type setUpDraft struct {
	id      string
	person  int64
	made    time.Time
	draft   decide.Draft
	missing []string // ids of what the log does not hold yet
}

// setUp is the proposal of a set-up: it names the draft that is kept here.
var setUp = proposal{name: "setup", fields: []string{"ceremony", "draft", "title_ar", "title_en", "shuffles"}}

func (p *Proposing) setUpForm(v *web.Visit) (web.Answer, error) {
	return p.showSetUp(v, web.NewForm(v.URL.Query()))
}

func (p *Proposing) showSetUp(v *web.Visit, form *web.Form) (web.Answer, error) {
	title, crumbs, err := p.titles(v, setUp.name, found{})
	if err != nil {
		return web.Answer{}, err
	}
	return v.ShowForm(p.pages.views, "propose_setup", title, form, proposePage{Crumbs: crumbs, Form: form})
}

// proposeSetUp takes the files of a set-up, or proposes the one that was looked at.
func (p *Proposing) proposeSetUp(v *web.Visit) (web.Answer, error) {
	form, err := v.Form()
	if err != nil {
		return web.Answer{}, err
	}
	var waits *setUpDraft
	switch form.Value("do") {
	case "change":
		return p.showSetUp(v, form)
	case "propose":
		if waits = p.waiting(v.Person.ID, form.Value("draft")); waits == nil {
			form.Wrong("", read.Message{ID: "elections.propose-lost"})
		}
	default:
		waits, err = p.readSetUp(v, form)
	}
	if err == nil && form.OK() {
		var a web.Answer
		if a, err = p.takeSetUp(v, form, waits); err == nil {
			return a, nil
		}
	}
	if err := form.Refuse("", decide.Problem(err)); err != nil {
		return web.Answer{}, err
	}
	return p.showSetUp(v, form)
}

func (p *Proposing) takeSetUp(v *web.Visit, form *web.Form, d *setUpDraft) (web.Answer, error) {
	form.Default("draft", d.id)
	a, err := p.take(v, setUp, found{}, form, d.draft, d.missing)
	if err != nil {
		return a, err
	}
	if form.Value("do") == "propose" {
		p.forget(d.id)
		return a, nil
	}
	p.keep(d)
	return a, nil
}

// upload takes the files of a set-up as the form brings them.
func (s *setUpFiles) upload() (err error) {
	for _, f := range []struct {
		name string
		most int64
		into *[]byte
	}{
		{"draft_file", MaxTemplate, &s.draft},
		{"trustees", evidence.MaxTrustees, &s.trustees},
		{"credentials", decide.MaxAttachments, &s.credentials},
		{"plan", decide.MaxAttachments, &s.plan},
	} {
		if f.name == "plan" && !s.form.HasFile(f.name) {
			continue
		}
		if *f.into, err = s.form.File(f.name, f.most); err != nil {
			return err
		}
	}
	return nil
}

// ofCeremony takes the files of a set-up as a complete ceremony made them.
func (p *Proposing) ofCeremony(v *web.Visit, uuid string, s *setUpFiles) error {
	c, err := p.registrar.ceremony(v.Context(), uuid)
	if err != nil {
		return problemOf(err)
	}
	s.draft, s.ceremony = c.Draft, c.Part
	s.trustees, s.credentials, err = p.registrar.made(v.Context(), c)
	return problemOf(err)
}

// readSetUp reads the files of a set-up, and puts them together as bayyina vote setup does.
func (p *Proposing) readSetUp(v *web.Visit, form *web.Form) (*setUpDraft, error) {
	s := setUpFiles{form: form, photo: func(hash string) ([]byte, error) {
		if p.outlines == nil {
			return nil, ErrPhoto
		}
		return p.outlines.Photo(v.Context(), hash)
	}}
	if uuid := form.Value("ceremony"); uuid != "" {
		if err := p.ofCeremony(v, uuid, &s); err != nil {
			return nil, err
		}
	} else if err := s.upload(); err != nil {
		return nil, err
	}
	s.title = read.Bilingual{AR: form.Line("title_ar", maxTitle), EN: form.Line("title_en", maxTitle)}
	if !form.OK() {
		return nil, nil
	}
	body := s.read()
	if !form.OK() {
		return nil, nil
	}
	missing, err := p.lacking(body.Election)
	if err != nil {
		return nil, err
	}
	id, err := p.decisions.NewID()
	if err != nil {
		return nil, err
	}
	return &setUpDraft{
		id: id, person: v.Person.ID, made: p.registrar.now(), missing: missing,
		draft: decide.Draft{Kind: evidence.KindSetup, Body: body, Attachments: append([][]byte{s.definition, s.trustees, s.credentials}, s.photos...)},
	}, nil
}

// setUpFiles are the files of a set-up. What is wrong with them is told in the form.
type setUpFiles struct {
	form                               *web.Form
	draft, trustees, credentials, plan []byte
	ceremony                           *evidence.Part // what a ceremony says of it in place of a plan
	title                              read.Bilingual
	definition                         []byte
	photo                              func(hash string) ([]byte, error)
	photos                             [][]byte // that the questions name
}

// wrong tells what is wrong with a file.
func (s *setUpFiles) wrong(name string, err error) {
	detail := []rune(err.Error())
	s.form.Wrong(name, read.Message{ID: "elections.wrong-" + name, Args: map[string]any{"Detail": string(detail[:min(len(detail), 300)])}})
}

// read puts the files together.
func (s *setUpFiles) read() (body evidence.Setup) {
	t, err := ParseTemplate(s.draft)
	if err == nil && t.UUID == "" {
		err = errors.New("the election has no name yet: bayyina vote draft gives one")
	}
	if err != nil {
		s.wrong("draft_file", err)
		return body
	}
	part, shuffles := s.part(t.UUID)
	if s.title.AR == "" {
		s.title.AR = t.Title.AR
	}
	if s.title.EN == "" {
		s.title.EN = t.Title.EN
	}
	if s.title.AR == "" {
		s.form.Wrong("title_ar", read.Message{ID: "elections.wrong-title_ar"})
	}
	if s.title.EN == "" {
		s.form.Wrong("title_en", read.Message{ID: "elections.wrong-title_en"})
	}
	t.Title = s.title
	g, err := t.CryptoGroup()
	if err != nil {
		s.wrong("draft_file", err)
		return body
	}
	keys, err := trustee.Parse(g, s.trustees)
	if err == nil {
		s.definition, err = t.Definition(s.trustees)
	}
	if err != nil {
		s.wrong("trustees", err)
		return body
	}
	e, err := ballot.ParseElection(s.definition)
	if err != nil {
		s.wrong("draft_file", err)
		return body
	}
	least, most := evidence.ShufflesOf(e, keys)
	shuffles = max(shuffles, least)
	if s.form.Value("shuffles") != "" {
		shuffles = int(s.form.Number("shuffles", int64(least), int64(most)))
	}
	if !s.form.OK() {
		return body
	}
	if body, err = t.SetupStatement(s.definition, s.trustees, s.credentials, shuffles); err != nil {
		s.wrong("credentials", err)
		return body
	}
	body.Part = part
	if body.Photos, s.photos, err = SetupPhotos(s.definition, s.photo); err != nil {
		s.wrong("draft_file", err)
	}
	return body
}

// part is what a plan says of the election: of which contest it is a part, and how often answers are shuffled.
func (s *setUpFiles) part(uuid string) (*evidence.Part, int) {
	if s.plan == nil {
		return s.ceremony, 0
	}
	elections, err := ParsePlanned(s.plan)
	if err != nil {
		s.wrong("plan", err)
		return nil, 0
	}
	at := slices.IndexFunc(elections, func(e Election) bool { return e.Election == uuid })
	if at < 0 {
		s.wrong("plan", errors.New("this election is not in it: "+uuid))
		return nil, 0
	}
	return elections[at].Part(), elections[at].Shuffles
}

// lacking are the ids of what the log must hold before a set-up, and does not.
func (p *Proposing) lacking(uuid string) (missing []string, err error) {
	_, j, err := p.pages.judged()
	if err != nil {
		return nil, err
	}
	told, _ := j.Election(uuid)
	for _, kind := range []string{evidence.KindCredentials, evidence.KindTrustees} {
		if !slices.ContainsFunc(told.Acts, func(a evidence.Act) bool { return a.Kind == kind }) {
			missing = append(missing, map[string]string{
				evidence.KindCredentials: "elections.lacks-credentials", evidence.KindTrustees: "elections.lacks-trustees",
			}[kind])
		}
	}
	return missing, nil
}

// keep keeps a set-up until it is proposed, in place of an older one of the same person.
func (p *Proposing) keep(d *setUpDraft) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drafts = slices.DeleteFunc(p.drafts, func(o *setUpDraft) bool {
		return o.person == d.person || d.made.Sub(o.made) > waitingTime
	})
	p.drafts = append(p.drafts, d)
	p.drafts = slices.Delete(p.drafts, 0, max(0, len(p.drafts)-maxWaiting))
}

// waiting is the set-up that a person looked at; nil where it is not kept any more.
func (p *Proposing) waiting(person int64, id string) *setUpDraft {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := slices.IndexFunc(p.drafts, func(d *setUpDraft) bool { return d.person == person && d.id == id })
	if at < 0 {
		return nil
	}
	return p.drafts[at]
}

func (p *Proposing) forget(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drafts = slices.DeleteFunc(p.drafts, func(d *setUpDraft) bool { return d.id == id })
}
