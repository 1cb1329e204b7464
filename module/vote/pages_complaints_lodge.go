package vote

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
	"bayyina/platform/web/chart"
)

// lodgePage is the form for a complaint.
type lodgePage struct {
	disputed
	Form     *web.Form
	Receipt  string
	Grounds  []web.Choice
	Subjects []web.Choice
}

func (p *ComplaintPages) form(v *web.Visit) (web.Answer, error) {
	d, err := p.complainable(v)
	if err != nil {
		return web.Answer{}, err
	}
	receipt, err := p.complaints.NewReceipt()
	if err != nil {
		return web.Answer{}, err
	}
	values := url.Values{"receipt": {receipt}}
	if v.Person != nil {
		values.Set("name", v.Person.Name)
	}
	return p.showForm(v, d, web.NewForm(values))
}

// complainable is an election about which one may complain now.
func (p *ComplaintPages) complainable(v *web.Visit) (disputed, error) {
	d, err := p.pages.about(v, v.PathValue("uuid"), "complaints.lodge")
	switch {
	case err != nil:
		return d, err
	case d.Step == "vote.setup":
		return d, web.Invalid(read.Message{ID: "complaints.not-open"})
	case d.Certified != nil:
		return d, web.Invalid(read.Message{ID: "complaints.certified"})
	}
	return d, nil
}

func (p *ComplaintPages) showForm(v *web.Visit, d disputed, form *web.Form) (web.Answer, error) {
	w := &words{Locale: v.Locale}
	page := lodgePage{disputed: d, Form: form, Receipt: form.Value("receipt")}
	page.Grounds = append(page.Grounds, web.Choice{Label: w.text("complaints.choose")})
	for i, g := range d.Rules.Grounds {
		page.Grounds = append(page.Grounds, web.Choice{Value: strconv.Itoa(i + 1), Label: v.Locale.Pick(g)})
	}
	for _, s := range d.naming.All() {
		page.Subjects = append(page.Subjects, web.Choice{Value: s.String(), Label: d.subject(w, s)})
	}
	title := w.text("complaints.lodge")
	if w.err != nil {
		return web.Answer{}, w.err
	}
	return v.ShowForm(p.pages.views, "complaint_lodge", title, form, page)
}

func (p *ComplaintPages) lodge(v *web.Visit) (web.Answer, error) {
	d, err := p.complainable(v)
	if err != nil {
		return web.Answer{}, err
	}
	form, err := v.Form()
	if err != nil {
		return web.Answer{}, err
	}
	l := Lodging{
		Election: d.UUID, Receipt: form.Value("receipt"), Text: form.Text("complaint", MaxComplaintText),
		Name: form.Required("name", MaxComplainant), Contact: form.Line("contact", MaxComplainant),
	}
	if l.Text == "" {
		form.Wrong("complaint", read.Message{ID: "web.wrong-empty"})
	}
	l.Ground, err = strconv.Atoi(form.Value("ground"))
	if err != nil || l.Ground < 1 || l.Ground > len(d.Rules.Grounds) {
		form.Wrong("ground", read.Message{ID: "web.wrong-choice"})
	}
	if l.About, err = evidence.ParseSubject(form.Value("about")); err != nil || l.About.Check(d.Definition) != nil {
		form.Wrong("about", read.Message{ID: "web.wrong-choice"})
	}
	if !form.OK() {
		return p.showForm(v, d, form)
	}
	if v.Person == nil {
		if wait := p.limit.take(p.complaints.registrar.now(), networkOf(v.RemoteAddr)); wait > 0 {
			if err := form.Refuse("", &web.Problem{Status: http.StatusTooManyRequests, Says: read.Message{ID: "complaints.too-many"}}); err != nil {
				return web.Answer{}, err
			}
			return p.showForm(v, d, form)
		}
	} else {
		l.Person = v.Person.ID
		keys, err := p.decisions.Keys(v.Context())
		if err != nil {
			return web.Answer{}, err
		}
		for _, k := range keys {
			if k.Person == v.Person.ID {
				l.Keys = append(l.Keys, k.Name)
			}
		}
	}
	_, err = p.complaints.Lodge(v.Context(), l)
	switch {
	case errors.Is(err, ErrNotOpen):
		return web.Answer{}, web.Invalid(read.Message{ID: "complaints.not-open"})
	case errors.Is(err, ErrCertified):
		return web.Answer{}, web.Invalid(read.Message{ID: "complaints.certified"})
	case errors.Is(err, ErrNoComplaint): // a receipt that is none of ours
		form.Wrong("", read.Message{ID: "complaints.again"})
		return p.showForm(v, d, form)
	case err != nil:
		return web.Answer{}, err
	}
	return v.SeeOther("/complaints/"+l.Receipt, read.Message{}), nil
}

// receiptPage is what a complainant takes home.
type receiptPage struct {
	disputed
	*Acknowledged
	Line   *complaintLine // nil until it is in the log
	Ruling *rulingLine    // nil until it is ruled on
	Note   string
	Link   string
	// Download is the address of the acknowledgement as a file.
	Download string
	QR       chart.QR
}

// acknowledged is the complaint that a receipt is for.
func (p *ComplaintPages) acknowledged(v *web.Visit) (*Acknowledged, error) {
	a, err := p.complaints.Receipt(v.Context(), v.PathValue("receipt"))
	if errors.Is(err, ErrNoComplaint) {
		return nil, web.NotFound()
	}
	return a, err
}

func (p *ComplaintPages) receipt(v *web.Visit) (web.Answer, error) {
	a, err := p.acknowledged(v)
	if err != nil {
		return web.Answer{}, err
	}
	page := receiptPage{Acknowledged: a, Note: string(a.Note), Download: v.Path("/complaints/" + v.PathValue("receipt") + "/acknowledgement")}
	page.Link = v.Origin() + v.Path("/complaints/"+v.PathValue("receipt"))
	if page.disputed, err = p.pages.about(v, a.Election, "complaints.receipt"); err != nil {
		return web.Answer{}, err
	}
	w := &words{Locale: v.Locale}
	if c := page.Find(a.Number); c != nil {
		line := page.line(w, *c)
		page.Line = &line
		if r := page.RulingOn(*c); r != nil {
			ruling := page.ruling(w, c.Ruling, *r)
			page.Ruling = &ruling
		}
	}
	if page.QR, err = chart.NewQR(page.Link); err != nil {
		return web.Answer{}, err
	}
	if w.err != nil {
		return web.Answer{}, w.err
	}
	return p.pages.show(v, "complaint", "complaints.receipt", page)
}

func (p *ComplaintPages) acknowledgement(v *web.Visit) (web.Answer, error) {
	a, err := p.acknowledged(v)
	if err != nil {
		return web.Answer{}, err
	}
	return v.Download(fmt.Sprintf("complaint-%d.txt", a.Number), "text/plain; charset=utf-8", a.Note), nil
}
