package manage

import (
	"errors"
	"net/url"
	"strconv"
	"strings"

	"bayyina/core/count"
	"bayyina/core/group"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

const maxTitle = 200 // letters

// edit is one visit to a form on a part of an outline.
type edit struct {
	*pages
	*web.Visit
	Version
	n    int // of the question, from 0
	Form *web.Form
}

// section is a part of an outline that one form changes.
type section struct {
	view string
	// part is what the form is about: if others changed it, what is filled in must not replace it unseen.
	part func(e *edit, o *Outline) *Outline
	// fill returns what the form shows before anything is filled in.
	fill func(e *edit) (url.Values, error)
	// read reads the form and returns what is to be done with the outline. Where the form is only to be
	// shown again, it puts another form into e and returns nil.
	read func(e *edit) (func(*Outline), error)
}

var (
	general = section{
		view: "general",
		part: func(_ *edit, o *Outline) *Outline {
			p := *o
			p.Questions, p.Districts = nil, nil
			return &p
		},
		fill: fillGeneral, read: readGeneral,
	}
	districts = section{
		view: "districts",
		part: func(_ *edit, o *Outline) *Outline { return &Outline{Districts: o.Districts} },
		fill: fillDistricts, read: readDistrictForm,
	}
	question = section{
		view: "question",
		part: func(e *edit, o *Outline) *Outline {
			if e.n >= len(o.Questions) {
				return new(Outline)
			}
			return &Outline{Questions: o.Questions[e.n : e.n+1]}
		},
		fill: fillQuestion, read: readQuestion,
	}
	whole = section{
		view: "text",
		part: func(_ *edit, o *Outline) *Outline { return o },
		fill: func(e *edit) (url.Values, error) {
			text, err := e.Outline.Bytes()
			return url.Values{"text": {string(text)}}, err
		},
		read: readText,
	}
)

// editPage shows a form on a part of an outline.
type editPage struct {
	Version
	Crumbs []web.Crumb
	Title  string
	Form   *web.Form
	Number int    // of the version that the form changes
	Theirs string // what others wrote meanwhile, as in the file
	// of a question
	N       int // from 1
	Kind    Kind
	Rows    []int // numbers of the rows, from 0
	Rules   []web.Choice
	Most    int // answers
	Advice  []Advice
	Grades  int // at most
	Samples string
}

func (p *pages) edit(v *web.Visit, s section) (*edit, error) {
	o, err := p.Outline(v.Context(), v.PathValue("id"), 0)
	if err != nil {
		return nil, err
	}
	e := &edit{pages: p, Visit: v, Version: o}
	if s.view == "question" {
		n, err := strconv.Atoi(v.PathValue("n"))
		if err != nil || n < 1 || n > len(o.Outline.Questions) {
			return nil, web.NotFound()
		}
		e.n = n - 1
	}
	return e, nil
}

func (p *pages) show(v *web.Visit, s section) (web.Answer, error) {
	e, err := p.edit(v, s)
	if err != nil {
		return web.Answer{}, err
	}
	switch begun, err := p.Begun(v.Context(), e.ID); {
	case err != nil:
		return web.Answer{}, err
	case begun:
		return v.SeeOther("/drafts/"+e.ID, read.Message{ID: "manage.begun"}), nil
	}
	values, err := s.fill(e)
	if err != nil {
		return web.Answer{}, err
	}
	e.Form = web.NewForm(values)
	return e.page(s, "")
}

// take takes a form: the outline is changed, or the form shown again with all that was filled in.
func (p *pages) take(v *web.Visit, s section) (web.Answer, error) {
	e, err := p.edit(v, s)
	if err != nil {
		return web.Answer{}, err
	}
	if e.Form, err = v.Form(); err != nil {
		return web.Answer{}, err
	}
	base := int(e.Form.Number("version", 1, maxVersions))
	change, err := s.read(e)
	if err != nil {
		return web.Answer{}, err
	}
	if change == nil || !e.Form.OK() {
		if base > 0 {
			e.Version.Number = base // what others do meanwhile is still told
		}
		return e.page(s, "")
	}
	err = p.Change(v.Context(), v.Person, e.ID, base, func(o *Outline) *Outline { return s.part(e, o) }, func(o *Outline) error {
		change(o)
		return nil
	})
	if c, ok := errors.AsType[*Conflict](err); ok {
		e.Form.Wrong("", c.message())
		e.Version = c.Now
		theirs, err := s.part(e, c.Now.Outline).Bytes()
		if err != nil {
			return web.Answer{}, err
		}
		return e.page(s, string(theirs))
	}
	if err != nil {
		return web.Answer{}, err
	}
	return v.SeeOther("/drafts/"+e.ID, read.Message{ID: "manage.saved"}), nil
}

// page shows the form.
func (e *edit) page(s section, theirs string) (web.Answer, error) {
	w := newWords(e.Visit)
	page := editPage{Version: e.Version, Title: w.text("manage." + s.view), Form: e.Form, Number: e.Number, Theirs: theirs}
	page.Rows = make([]int, rowCount(e.Form))
	for i := range page.Rows {
		page.Rows[i] = i
	}
	if s.view == "question" {
		page.N, page.Kind, page.Grades = e.n+1, Kind(e.Form.Value("kind")), count.MaxGrades
		page.Rules = []web.Choice{{Value: "", Label: w.text("manage.rule-none")}}
		for _, name := range rules[page.Kind] {
			page.Rules = append(page.Rules, web.Choice{Value: name, Label: w.text("count.rule-" + name)})
		}
		page.Most = group.Ed25519.MaxIntegers()
		page.Samples = "candidates"
		if page.Kind == Choice {
			page.Samples = "lists"
		}
		for _, a := range e.Outline.Check() {
			if a.Question == page.N {
				page.Advice = append(page.Advice, a)
			}
		}
	}
	page.Crumbs = []web.Crumb{{Label: w.text("manage.title"), Path: "/drafts"}, {Label: e.name(w), Path: "/drafts/" + e.ID}, {Label: page.Title}}
	if *w.err != nil {
		return web.Answer{}, *w.err
	}
	return e.ShowForm(e.views, s.view, page.Title, e.Form, page)
}

func fillGeneral(e *edit) (url.Values, error) {
	o := e.Outline
	values := url.Values{
		"title_ar": {o.Title.AR}, "title_en": {o.Title.EN}, "description_ar": {o.Description.AR}, "description_en": {o.Description.EN},
		"opens": {e.MomentValue(o.Opens)}, "closes": {e.MomentValue(o.Closes)}, "merge_below": {optional(o.MergeBelow)},
	}
	return values, nil
}

// optional is a number, "" for none.
func optional[N int | int64](n N) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(int64(n), 10)
}

// number reads a number that may be missing.
func (e *edit) number(name string, most int64) int64 {
	if strings.TrimSpace(e.Form.Value(name)) == "" {
		return 0
	}
	return e.Form.Number(name, 0, most)
}

func (e *edit) text(name string, most int) Text {
	return Text{AR: e.Form.Line(name+"_ar", most), EN: e.Form.Line(name+"_en", most)}
}

func readGeneral(e *edit) (func(*Outline), error) {
	filled := Outline{
		Title: e.text("title", maxTitle), Description: e.text("description", 10*maxTitle), Opens: e.Form.Moment("opens"), Closes: e.Form.Moment("closes"),
		MergeBelow: e.number("merge_below", 1<<40),
	}
	if !filled.Opens.IsZero() && !filled.Closes.IsZero() && !filled.Opens.Before(filled.Closes) {
		e.Form.Wrong("closes", read.Message{ID: "manage.check-dates"})
	}
	return func(o *Outline) {
		filled.Format, filled.Districts, filled.Questions = o.Format, o.Districts, o.Questions
		*o = filled
	}, nil
}

func readText(e *edit) (func(*Outline), error) {
	var o *Outline
	var err error
	if e.Form.HasFile("file") {
		o, err = importFile(e.Form, "file")
	} else if o, err = Parse([]byte(e.Form.Value("text"))); err != nil {
		e.Form.Wrong("text", lineMessage(err))
		err = nil
	}
	if o == nil {
		return nil, err
	}
	return func(now *Outline) { *now = *o }, nil
}
