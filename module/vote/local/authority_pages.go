package local

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"bayyina/module/vote"
	"bayyina/module/vote/letter"
	"bayyina/platform/identity"
	"bayyina/platform/ledger/read"
	"bayyina/platform/message"
	"bayyina/platform/web"
)

// Work that the authority's program does behind its pages.
const (
	workIssue   = "issue"
	workRestore = "restore"
	workPrint   = "print"
)

// momentForm is that of a datetime-local field.
const momentForm = "2006-01-02T15:04"

// authorityPages show the authority's program.
type authorityPages struct{ *pages }

// Mount adds the authority's pages to a shell.
func (a *Authority) Mount(shell *Shell) error {
	all, err := mountPages(shell, a.program, "authority")
	if err != nil {
		return err
	}
	p := &authorityPages{all}
	p.get("/ceremonies/{uuid}", p.election)
	p.post("/ceremonies/{uuid}/issue", p.issue, web.Limit(maxRoll+maxCopy))
	p.post("/ceremonies/{uuid}/restore", p.restore, web.Limit(2*identity.MaxSecret))
	p.post("/ceremonies/{uuid}/publish", p.publish)
	p.post("/ceremonies/{uuid}/send", p.send)
	p.post("/ceremonies/{uuid}/wording", p.wording)
	p.post("/ceremonies/{uuid}/print", p.print)
	p.get("/ceremonies/{uuid}/tasks/{task}", p.task)
	p.post("/ceremonies/{uuid}/tasks/{task}", p.do, web.Limit(8*maxMarks)) // of characters of up to four bytes, and what a form adds
	p.post("/ceremonies/{uuid}/withdraw", p.withdraw)
	p.post("/ceremonies/{uuid}/stop", p.stop)
	shell.receive(a.receipts())
	return nil
}

// authorityPage is what the page on an election shows.
type authorityPage struct {
	*Desk
	Title   string
	Form    *web.Form
	Silent  read.Message
	Online  bool
	Doing   Doing
	Failed  []read.Message // of what was done last
	Steps   []web.Step
	Handing bool // the server has the list
	Said    bool // what letters say
	Folder  string
	Follow  bool
	Counts  []Count
	Last    []Event
	Total   int // of letters
	Task    string
	Found   *found

	CodeChoices, Actions, Marks []web.Choice
}

// Letters counts the files for the printer.
func (p authorityPage) Letters() (int, error) {
	list, err := p.Desk.Letters()
	return len(list), err
}

// codeChannels are those by which the server may send its codes.
var codeChannels = []string{"", string(message.SMS), string(message.Email)}

func (p *authorityPages) election(v *web.Visit) (web.Answer, error) {
	d, silent, err := p.open(v)
	if err != nil {
		return web.Answer{}, err
	}
	return p.show(v, d, authorityPage{Form: web.NewForm(make(map[string][]string)), Silent: silent})
}

func (p *authorityPages) show(v *web.Visit, d *Desk, page authorityPage) (web.Answer, error) {
	page.Desk, page.Title, page.Online, page.Doing = d, nameOf(v.Locale, d), p.Online(), p.work.Now()
	page.Handing, page.Said, page.Folder = d.handedOut() == nil, d.has(wordingFile), d.path(lettersDir)
	page.Follow = v.URL.Query().Get("follow") != "" && v.Method == http.MethodGet
	if !page.Doing.Running && !errors.Is(page.Doing.Err, context.Canceled) {
		page.Failed = failed(page.Doing.Err)
	}
	if page.Handing {
		if err := page.handing(); err != nil {
			return web.Answer{}, says(err)
		}
	}
	if page.Handing && !page.Said {
		p.offer(d, page.Form)
	}
	published := d.has(string(vote.StepCredentials) + parcelExt)
	for _, step := range []struct {
		id   string
		done bool
	}{{"authority.step-issue", d.Issued()}, {"authority.step-restore", d.Restored()}, {"authority.step-publish", published && page.Handing}, {"authority.step-letters", page.Handing && len(page.Counts) > 0}} {
		label, err := v.Locale.Text(step.id, nil)
		if err != nil {
			return web.Answer{}, err
		}
		current := !step.done && (len(page.Steps) == 0 || page.Steps[len(page.Steps)-1].Done)
		page.Steps = append(page.Steps, web.Step{Label: label, Done: step.done, Current: current})
	}
	var err error
	if page.CodeChoices, err = choices(v, "authority.code-", codeChannels); err != nil {
		return web.Answer{}, err
	}
	heading, err := title(v, "authority.title", "Title", page.Title)
	if err != nil {
		return web.Answer{}, err
	}
	return v.ShowForm(p.views, "authority_election", heading, page.Form, page)
}

// handing reads what happened to the letters.
func (p *authorityPage) handing() error {
	record, err := p.LetterRecord()
	if err == nil {
		p.Counts, p.Last = record.Counts(), record.Last()
		p.Total, err = p.letters()
	}
	return err
}

// failed is what went wrong: for a voters' file, line by line.
func failed(err error) []read.Message {
	var rows RollError
	if !errors.As(err, &rows) {
		if m := told(says(err)); m.ID != "" {
			return []read.Message{m}
		}
		return nil
	}
	var list []read.Message
	for _, r := range rows {
		list = append(list, read.Message{ID: "authority.row-" + r.Reason, Args: map[string]any{"Line": r.Line, "Column": r.Column}})
	}
	return list
}

// offer fills in what is known of what letters say.
func (p *authorityPages) offer(d *Desk, f *web.Form) {
	t, err := d.Template()
	if err != nil {
		return
	}
	f.Default("title-ar", t.Title.AR)
	f.Default("title-en", t.Title.EN)
	f.Default("authority-ar", d.Me.Name.AR)
	f.Default("authority-en", d.Me.Name.EN)
	if p.Online() {
		f.Default("booth", p.cfg.Client.Origin()+"/booth/")
	}
}

// filled fills in what was kept of what letters say.
func (p *authorityPages) filled(d *Desk, f *web.Form) error {
	e, err := d.Wording()
	if err != nil {
		return err
	}
	for name, text := range map[string]read.Bilingual{
		"title": e.Title, "commission": e.Commission, "authority": e.Authority, "contact": e.Contact, "zone": e.Zone,
	} {
		f.Default(name+"-ar", text.AR)
		f.Default(name+"-en", text.EN)
	}
	f.Default("opens", e.Opens.Format(momentForm))
	f.Default("closes", e.Closes.Format(momentForm))
	f.Default("booth", e.Booth)
	f.Default("code", string(e.Code))
	return nil
}

// step reads a form, lets something happen, and shows the page again.
func (p *authorityPages) step(v *web.Visit, do func(d *Desk, f *web.Form, passphrase []byte) error) (web.Answer, error) {
	f, err := v.Form()
	if err != nil {
		return web.Answer{}, err
	}
	d, silent, err := p.open(v)
	if err != nil {
		return web.Answer{}, err
	}
	passphrase := phrase(f)
	defer clear(passphrase)
	if f.OK() {
		// A wrong passphrase is told at once, beside its field.
		signer, wrong := d.signer(passphrase)
		if wrong == nil {
			signer.Destroy()
			wrong = do(d, f, passphrase)
		}
		field := ""
		if errors.Is(wrong, identity.ErrPassphrase) {
			field = "passphrase"
		}
		if err := f.Refuse(field, says(wrong)); err != nil {
			return web.Answer{}, err
		}
	}
	if !f.OK() && v.PathValue("task") != "" {
		return p.showTask(v, d, authorityPage{Form: f, Silent: silent})
	}
	if !f.OK() {
		return p.show(v, d, authorityPage{Form: f, Silent: silent})
	}
	return v.SeeOther("/ceremonies/"+d.Election, read.Message{}), nil
}

// start does something long in the background, with a copy of the passphrase that is cleared.
func (p *authorityPages) start(v *web.Visit, name string, passphrase []byte, do func(ctx context.Context, kept []byte, tell func(done, total int64)) error) error {
	kept := bytes.Clone(passphrase)
	return p.work.Start(v.Context(), name, func(ctx context.Context, tell func(done, total int64)) error {
		defer clear(kept)
		return do(ctx, kept, tell)
	})
}

func (p *authorityPages) issue(v *web.Visit) (web.Answer, error) {
	return p.step(v, func(d *Desk, f *web.Form, passphrase []byte) error {
		file, err := f.File("voters", maxRoll)
		if err != nil || !f.OK() {
			return err
		}
		if _, err := ReadRoll(file); err != nil {
			for _, m := range failed(err) {
				f.Wrong("voters", m)
			}
			return nil
		}
		return p.start(v, workIssue, passphrase, func(_ context.Context, kept []byte, _ func(done, total int64)) error { return d.Issue(file, kept) })
	})
}

func (p *authorityPages) restore(v *web.Visit) (web.Answer, error) {
	return p.step(v, func(d *Desk, f *web.Form, passphrase []byte) error {
		file, err := f.File("copy", 2*identity.MaxSecret)
		if err != nil || !f.OK() {
			return err
		}
		return p.start(v, workRestore, passphrase, func(_ context.Context, kept []byte, _ func(done, total int64)) error {
			return d.RestoreList(file, kept)
		})
	})
}

func (p *authorityPages) publish(v *web.Visit) (web.Answer, error) {
	return p.step(v, func(d *Desk, _ *web.Form, passphrase []byte) error {
		if err := d.Publish(passphrase); err != nil {
			return err
		}
		_, err := d.Send(v.Context())
		return err
	})
}

func (p *authorityPages) send(v *web.Visit) (web.Answer, error) {
	d, _, err := p.open(v)
	if err != nil {
		return web.Answer{}, err
	}
	f := web.NewForm(make(map[string][]string))
	_, err = d.Send(v.Context())
	if err := f.Refuse("", says(err)); err != nil {
		return web.Answer{}, err
	}
	if !f.OK() {
		return p.show(v, d, authorityPage{Form: f})
	}
	return v.SeeOther("/ceremonies/"+d.Election, read.Message{}), nil
}

// onThisMachine says whether a booth is that of a rehearsal.
func onThisMachine(booth string) bool {
	return strings.HasPrefix(booth, "http://127.0.0.1:") || strings.HasPrefix(booth, "http://localhost:")
}

// wording takes what all letters say.
func (p *authorityPages) wording(v *web.Visit) (web.Answer, error) {
	return p.step(v, func(d *Desk, f *web.Form, _ []byte) error {
		both := func(name string) read.Bilingual {
			return read.Bilingual{AR: f.Required(name+"-ar", maxName), EN: f.Required(name+"-en", maxName)}
		}
		when := func(name string) time.Time {
			text := f.Required(name, 40)
			t, err := time.Parse(momentForm, text)
			if err != nil && text != "" {
				f.Wrong(name, read.Message{ID: "authority.wrong-moment"})
			}
			return t
		}
		e := letter.Election{
			UUID: d.Election, Title: both("title"), Commission: both("commission"), Authority: both("authority"), Contact: both("contact"), Zone: both("zone"),
			Opens: when("opens"), Closes: when("closes"), Booth: f.Required("booth", maxName),
			Code: message.Channel(f.OneOf("code", codeChannels...)),
		}
		if !strings.HasPrefix(e.Booth, "https://") && f.OK() && !onThisMachine(e.Booth) {
			f.Wrong("booth", read.Message{ID: "authority.wrong-booth"})
		}
		if f.OK() && !e.Closes.After(e.Opens) {
			f.Wrong("closes", read.Message{ID: "elections.wrong-closes"})
		}
		if !f.OK() {
			return nil
		}
		return d.SetWording(e)
	})
}

func (p *authorityPages) print(v *web.Visit) (web.Answer, error) {
	return p.step(v, func(d *Desk, _ *web.Form, passphrase []byte) error {
		return p.start(v, workPrint, passphrase, func(ctx context.Context, kept []byte, tell func(done, total int64)) error {
			return d.Print(ctx, kept, tell)
		})
	})
}
