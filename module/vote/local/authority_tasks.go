package local

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"

	"bayyina/module/vote"
	"bayyina/platform/ledger/read"
	"bayyina/platform/message"
	"bayyina/platform/web"
)

// Tasks of handing credentials out, each a page of its own.
const (
	taskEmail   = "email"
	taskSMS     = "sms"
	taskLists   = "lists"
	taskHanded  = "handed"
	taskVoter   = "voter"
	taskWording = "wording"
)

// maxMarks bounds a list of letters' numbers in characters.
const maxMarks = 1 << 20

// tasks are those that the program can do now.
func (p authorityPage) Tasks() (list []string) {
	for _, c := range p.program.Channels() {
		list = append(list, string(c))
	}
	return append(list, taskLists, taskHanded, taskVoter, taskWording)
}

// found is a voter whom the authority looked up.
type found struct {
	Number int
	Name   string
	Facts  []Fact
}

// task shows the page of a task.
func (p *authorityPages) task(v *web.Visit) (web.Answer, error) {
	d, silent, err := p.open(v)
	if err != nil {
		return web.Answer{}, err
	}
	f := web.NewForm(make(map[string][]string))
	if v.PathValue("task") == taskWording {
		if err := p.filled(d, f); err != nil {
			return web.Answer{}, says(err)
		}
	}
	return p.showTask(v, d, authorityPage{Form: f, Silent: silent})
}

func (p *authorityPages) showTask(v *web.Visit, d *Desk, page authorityPage) (web.Answer, error) {
	page.Desk, page.Title, page.Task = d, nameOf(v.Locale, d), v.PathValue("task")
	page.Folder = d.path(listsDir)
	if !slices.Contains(page.Tasks(), page.Task) || d.handedOut() != nil {
		return web.Answer{}, web.NotFound()
	}
	var wrong [3]error
	page.CodeChoices, wrong[0] = choices(v, "authority.code-", codeChannels)
	page.Actions, wrong[1] = choices(v, "authority.action-", page.actions())
	page.Marks, wrong[2] = choices(v, "authority.fact-", marks)
	if err := errors.Join(wrong[:]...); err != nil {
		return web.Answer{}, err
	}
	heading, err := title(v, "authority.task-"+page.Task)
	if err != nil {
		return web.Answer{}, err
	}
	return v.ShowForm(p.views, "authority_task", heading, page.Form, page)
}

// marks are what the authority says of letters on their way.
var marks = []string{string(Handed), string(Returned)}

// choices are what a field offers, each with a label; the label of "" is that of "none".
func choices(v *web.Visit, prefix string, values []string) (list []web.Choice, err error) {
	for _, value := range values {
		label, err := v.Locale.Text(prefix+cmp.Or(value, "none"), nil)
		if err != nil {
			return nil, err
		}
		list = append(list, web.Choice{Value: value, Label: label})
	}
	return list, nil
}

// Actions on one voter's letter.
const (
	actionFind    = "find"
	actionPrint   = "print"
	actionReplace = "replace"
)

func (p authorityPage) actions() []string {
	list := []string{actionFind, actionPrint}
	for _, c := range p.program.Channels() {
		list = append(list, string(c))
	}
	return append(list, actionReplace)
}

// do does a task: one that takes long in the background.
func (p *authorityPages) do(v *web.Visit) (web.Answer, error) {
	switch task := v.PathValue("task"); task {
	case taskEmail, taskSMS:
		return p.step(v, func(d *Desk, _ *web.Form, passphrase []byte) error {
			c := message.Channel(task)
			if _, err := d.maySend(v.Context(), c); err != nil {
				return err
			}
			return p.start(v, task, passphrase, func(ctx context.Context, kept []byte, tell func(done, total int64)) error {
				return d.SendAll(ctx, c, kept, tell)
			})
		})
	case taskLists:
		return p.step(v, func(d *Desk, _ *web.Form, passphrase []byte) error {
			lang := v.Locale.Lang()
			return p.start(v, task, passphrase, func(ctx context.Context, kept []byte, tell func(done, total int64)) error {
				return d.WriteLists(ctx, lang, kept, tell)
			})
		})
	case taskWording:
		return p.wording(v)
	case taskHanded:
		return p.mark(v)
	case taskVoter:
		return p.voter(v)
	}
	return web.Answer{}, web.NotFound()
}

// mark takes which letters were handed over, or came back.
func (p *authorityPages) mark(v *web.Visit) (web.Answer, error) {
	f, err := v.Form()
	if err != nil {
		return web.Answer{}, err
	}
	d, silent, err := p.open(v)
	if err != nil {
		return web.Answer{}, err
	}
	what := f.OneOf("what", marks...)
	text := f.Text("numbers", maxMarks)
	news := 0
	if f.OK() {
		news, err = d.Mark(What(what), text)
		if wrong, ok := errors.AsType[*MarkError](err); ok {
			f.Wrong("numbers", read.Message{ID: "authority.wrong-number", Args: map[string]any{"Line": wrong.Line}})
		} else if err := f.Refuse("", says(err)); err != nil {
			return web.Answer{}, err
		}
	}
	if !f.OK() {
		return p.showTask(v, d, authorityPage{Form: f, Silent: silent})
	}
	return v.SeeOther("/ceremonies/"+d.Election+"/tasks/"+taskHanded, read.Message{ID: "authority.marked-" + what, Args: map[string]any{"Count": news}}), nil
}

// voter does something with one voter's letter.
func (p *authorityPages) voter(v *web.Visit) (web.Answer, error) {
	var document []byte
	var one *found
	var page authorityPage
	answer, err := p.step(v, func(d *Desk, f *web.Form, passphrase []byte) error {
		page.Desk, page.Form = d, f
		voter := f.Required("voter", maxName)
		action := f.Value("action")
		if !slices.Contains(page.actions(), action) {
			f.Wrong("action", read.Message{ID: "web.wrong-choice"})
		}
		if !f.OK() {
			return nil
		}
		var err error
		switch action {
		case actionFind:
			one, err = d.lookUp(voter, passphrase)
		case actionPrint:
			document, err = d.PrintOne(voter, passphrase)
		case actionReplace:
			err = d.Replace(v.Context(), voter, passphrase)
		default:
			err = d.SendOne(v.Context(), voter, message.Channel(action), passphrase)
		}
		switch {
		case errors.Is(err, errNobody):
			f.Wrong("voter", read.Message{ID: "authority.wrong-nobody"})
			return nil
		case errors.Is(err, ErrNoAddress):
			f.Wrong("voter", read.Message{ID: "authority.wrong-no-address"})
			return nil
		}
		return err
	})
	switch {
	case err != nil:
		return answer, err
	case document != nil:
		return v.Download("letter.pdf", "application/pdf", document), nil
	case one != nil:
		page.Found = one
		return p.showTask(v, page.Desk, page)
	}
	return answer, nil
}

// lookUp tells whose letter a voter's number means, and what happened to it.
func (d *Desk) lookUp(voter string, passphrase []byte) (*found, error) {
	i, a, _, err := d.find(voter, passphrase)
	if err != nil {
		return nil, err
	}
	record, err := d.LetterRecord()
	if err != nil {
		return nil, err
	}
	return &found{i + 1, a.Name, record.Of(i + 1)}, nil
}

// withdraw takes back a replacement that the server does not have.
func (p *authorityPages) withdraw(v *web.Visit) (web.Answer, error) {
	d, _, err := p.open(v)
	if err != nil {
		return web.Answer{}, err
	}
	if err := d.Withdraw(); err != nil && !errors.Is(err, vote.ErrTooEarly) {
		return web.Answer{}, err
	}
	return v.SeeOther("/ceremonies/"+d.Election, read.Message{}), nil
}

// stop ends what is being done; it goes on from there when it is begun again.
func (p *authorityPages) stop(v *web.Visit) (web.Answer, error) {
	d, err := p.desk(v.PathValue("uuid"))
	if err != nil {
		return web.Answer{}, says(err)
	}
	p.work.Stop()
	return v.SeeOther("/ceremonies/"+d.Election, read.Message{}), nil
}

// receipts takes what Kannel tells of messages.
func (a *Authority) receipts() http.Handler { return message.Receipts(a.Receipt) }
