package manage

import (
	"context"
	"embed"
	"errors"
	"net/http"
	"strconv"
	"time"

	"bayyina/module/vote"
	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

//go:embed all:pages
var pageFiles embed.FS

// maxForm bounds a form in bytes: a thousand names with some pictures.
const maxForm = 32 << 20

// pages are those on which outlines are written.
type pages struct {
	*Outlines
	views *web.Views
}

// Mount adds the pages to a site, for whoever may propose elections.
func (s *Outlines) Mount(site *web.Site) error {
	views, err := web.ParseViews(pageFiles, "pages")
	if err != nil {
		return err
	}
	p := &pages{s, views}
	get := func(path string, h web.PageFunc) {
		site.Page(http.MethodGet, path, access.ElectionPropose, told(h), web.Anywhere)
	}
	post := func(path string, h web.PageFunc) {
		site.Page(http.MethodPost, path, access.ElectionPropose, told(h), web.Anywhere, web.Limit(maxForm))
	}
	get("/drafts", p.list)
	post("/drafts", p.create)
	get("/drafts/{id}", p.overview)
	post("/drafts/{id}", p.act)
	for name, section := range map[string]section{"general": general, "districts": districts, "text": whole} {
		get("/drafts/{id}/"+name, func(v *web.Visit) (web.Answer, error) { return p.show(v, section) })
		post("/drafts/{id}/"+name, func(v *web.Visit) (web.Answer, error) { return p.take(v, section) })
	}
	get("/drafts/{id}/questions/{n}", func(v *web.Visit) (web.Answer, error) { return p.show(v, question) })
	post("/drafts/{id}/questions/{n}", func(v *web.Visit) (web.Answer, error) { return p.take(v, question) })
	get("/drafts/{id}/paper", p.paper)
	get("/drafts/{id}/versions", p.versions)
	get("/drafts/{id}/versions/{version}", p.file)
	get("/drafts/{id}/drafted", p.drafted)
	get("/sample-tables/{name}", p.sample)
	p.mountRehearsals(site)
	site.Serve(http.MethodGet, "/photos/{name}", access.Public, http.HandlerFunc(p.photo))
	site.Nav(web.NavItem{Label: "manage.nav", Path: "/drafts", Right: access.ElectionPropose})
	return nil
}

// told turns errors about outlines into what the visitor is told.
func told(h web.PageFunc) web.PageFunc {
	return func(v *web.Visit) (web.Answer, error) {
		a, err := h(v)
		switch {
		case errors.Is(err, ErrUnknown):
			err = web.NotFound()
		case errors.Is(err, ErrFull):
			err = web.Invalid(read.Message{ID: "manage.full"})
		case errors.Is(err, ErrBegun):
			err = web.Invalid(read.Message{ID: "manage.begun"})
		}
		return a, err
	}
}

// name is how pages call an outline.
func (v Version) name(w words) string {
	if text := w.Locale.Pick(v.Outline.Title.Bilingual()); text != "" {
		return text
	}
	return w.text("manage.unnamed")
}

// words are messages in the visitor's language; the first error is kept.
type words struct {
	*web.Visit
	err *error
}

func newWords(v *web.Visit) words { return words{v, new(error)} }

func (w words) text(id string) string {
	text, err := w.Locale.Text(id, nil)
	if err != nil && *w.err == nil {
		*w.err = err
	}
	return text
}

// listPage shows all outlines.
type listPage struct {
	Form     *web.Form
	Versions []listed
}

type listed struct {
	Version
	Title string
	Wrong int
}

func (p *pages) list(v *web.Visit) (web.Answer, error) {
	return p.showList(v, web.NewForm(v.URL.Query()))
}

func (p *pages) showList(v *web.Visit, form *web.Form) (web.Answer, error) {
	all, err := p.List(v.Context())
	if err != nil {
		return web.Answer{}, err
	}
	w := newWords(v)
	page := listPage{Form: form}
	for _, o := range all {
		l := listed{Version: o, Title: o.name(w)}
		for _, a := range o.Outline.Check() {
			if a.Wrong {
				l.Wrong++
			}
		}
		page.Versions = append(page.Versions, l)
	}
	title := w.text("manage.title")
	if *w.err != nil {
		return web.Answer{}, *w.err
	}
	return v.ShowForm(p.views, "list", title, form, page)
}

// create begins an outline: a new one, one from a file, or a copy of another.
func (p *pages) create(v *web.Visit) (web.Answer, error) {
	form, err := v.Form()
	if err != nil {
		return web.Answer{}, err
	}
	var o *Outline
	switch form.OneOf("do", "new", "import", "clone") {
	case "new":
		o = &Outline{Format: Format, Title: Text{AR: form.Required("title_ar", maxTitle), EN: form.Required("title_en", maxTitle)}}
	case "import":
		o, err = importFile(form, "file")
	case "clone":
		var from Version
		if from, err = p.Outline(v.Context(), form.Value("id"), 0); err == nil {
			o = from.Outline
			o.Title.AR, o.Title.EN = cut(o.Title.AR+" (نسخة)"), cut(o.Title.EN+" (copy)")
		}
	}
	if err != nil {
		return web.Answer{}, err
	}
	if !form.OK() {
		return p.showList(v, form)
	}
	id, err := p.Create(v.Context(), v.Person, o)
	if err != nil {
		return web.Answer{}, err
	}
	return v.SeeOther("/drafts/"+id, read.Message{ID: "manage.created"}), nil
}

// cut keeps a title as long as titles may be.
func cut(title string) string {
	letters := []rune(title)
	return string(letters[:min(len(letters), maxTitle)])
}

// importFile reads an outline's file. What is wrong with it is told in the form.
func importFile(form *web.Form, name string) (*Outline, error) {
	data, err := form.File(name, MaxOutline)
	if err != nil || !form.OK() {
		return nil, err
	}
	o, err := Parse(data)
	if err != nil {
		form.Wrong(name, lineMessage(err))
		return nil, nil
	}
	return o, nil
}

// lineMessage tells what is wrong with an outline's file.
func lineMessage(err error) read.Message {
	wrong, ok := errors.AsType[*WrongLine](err)
	switch {
	case !ok:
		return read.Message{ID: "manage.file-wrong", Args: map[string]any{"Line": 1, "Detail": err.Error()}}
	case wrong.Key == "":
		return read.Message{ID: "manage.file-wrong", Args: map[string]any{"Line": wrong.Line, "Detail": wrong.Detail}}
	case wrong.Nearest == "":
		return read.Message{ID: "manage.file-key", Args: map[string]any{"Line": wrong.Line, "Key": short(wrong.Key)}}
	}
	return read.Message{ID: "manage.file-nearest", Args: map[string]any{"Line": wrong.Line, "Key": short(wrong.Key), "Nearest": wrong.Nearest}}
}

// overviewPage shows an outline with all that is to be done about it.
type overviewPage struct {
	Version
	Crumbs  []web.Crumb
	Title   string
	Wrong   []Advice
	Think   []Advice
	Voters  int64
	Drafted int // the version of which drafts were made last
	Made    []vote.Election
	Begun   bool            // and it does not change any more
	Where   []vote.Standing // those that were made, once they have begun
	Begin   string          // path of the page on which they begin
	Kinds   []web.Choice
	Local   []string // opening and close as they are told here
	Asked   []askedRow
}

// askedRow is a question in the list of all.
type askedRow struct {
	N           int
	Title       string
	Kind        Kind
	Answers     int
	First, Last bool
}

func (p *pages) overview(v *web.Visit) (web.Answer, error) {
	o, err := p.Outline(v.Context(), v.PathValue("id"), 0)
	if err != nil {
		return web.Answer{}, err
	}
	w := newWords(v)
	page := overviewPage{Version: o, Title: o.name(w), Kinds: kindChoices(w)}
	for _, a := range o.Outline.Check() {
		if a.Wrong {
			page.Wrong = append(page.Wrong, a)
		} else {
			page.Think = append(page.Think, a)
		}
	}
	for _, d := range o.Outline.Districts {
		page.Voters += d.Voters
	}
	for i, q := range o.Outline.Questions {
		asked := askedRow{N: i + 1, Kind: q.Kind, Title: v.Locale.Pick(q.Title.Bilingual()), Answers: len(q.Answers), First: i == 0, Last: i == len(o.Outline.Questions)-1}
		if asked.Title == "" {
			asked.Title = w.text("manage.unnamed")
		}
		for _, l := range q.Lists {
			asked.Answers += len(l.Candidates)
		}
		page.Asked = append(page.Asked, asked)
	}
	for _, at := range []time.Time{o.Outline.Opens, o.Outline.Closes} {
		if at.IsZero() {
			page.Local = append(page.Local, w.text("manage.undecided"))
			continue
		}
		page.Local = append(page.Local, v.Local(at))
	}
	page.Crumbs = []web.Crumb{{Label: w.text("manage.title"), Path: "/drafts"}, {Label: page.Title}}
	if err := p.fillMade(v, &page); err != nil {
		return web.Answer{}, err
	}
	if *w.err != nil {
		return web.Answer{}, *w.err
	}
	return v.Show(p.views, "overview", page.Title, page)
}

// fillMade tells what was made of the outline, and how far that has come.
func (p *pages) fillMade(v *web.Visit, page *overviewPage) (err error) {
	if page.Drafted, page.Made, err = p.Drafted(v.Context(), page.ID); err != nil {
		return err
	}
	page.Begin = beginning(page.ID)
	if page.Begun, err = p.Begun(v.Context(), page.ID); err != nil || !page.Begun {
		return err
	}
	var uuids []string
	for _, e := range page.Made {
		uuids = append(uuids, e.Election)
	}
	page.Where, err = p.cfg.Elections.Standings(v, uuids)
	return err
}

func kindChoices(w words) (list []web.Choice) {
	for _, k := range Kinds {
		list = append(list, web.Choice{Value: string(k), Label: w.text("manage.kind-" + string(k)), Hint: w.text("manage.kind-" + string(k) + "-hint")})
	}
	return list
}

// act does what the overview offers: a new question, another order of the questions, an earlier version,
// or the drafts.
func (p *pages) act(v *web.Visit) (web.Answer, error) {
	form, err := v.Form()
	if err != nil {
		return web.Answer{}, err
	}
	id, back := v.PathValue("id"), "/drafts/"+v.PathValue("id")
	version := int(form.Number("version", 1, maxVersions))
	do := form.OneOf("do", "add", "up", "down", "drop", "restore", "draft")
	if !form.OK() {
		return web.Answer{}, web.Invalid(form.Wrongs()[0].Says)
	}
	switch do {
	case "draft":
		return p.draft(v, id, version)
	case "restore":
		return p.restore(v, id, version, form)
	}
	at, _ := strconv.Atoi(form.Value("question"))
	kind := Kind(form.Value("kind"))
	added := 0
	questions := func(o *Outline) *Outline { return &Outline{Questions: o.Questions} }
	err = p.Change(v.Context(), v.Person, id, version, questions, func(o *Outline) error {
		if do == "add" {
			o.Questions = append(o.Questions, newQuestion(kind))
			added = len(o.Questions)
			return nil
		}
		o.Questions = moved(o.Questions, do, at-1)
		return nil
	})
	if c, ok := errors.AsType[*Conflict](err); ok {
		return v.SeeOther(back, c.message()), nil
	}
	if err != nil {
		return web.Answer{}, err
	}
	if added > 0 {
		return v.SeeOther(back+"/questions/"+strconv.Itoa(added), read.Message{}), nil
	}
	return v.SeeOther(back, read.Message{ID: "manage.saved"}), nil
}

// message tells who was faster.
func (c *Conflict) message() read.Message {
	return read.Message{ID: "manage.conflict", Args: map[string]any{"Name": c.Now.Name, "Time": c.Now.Time}}
}

// moved is a list with the element at a place one up, one down, or dropped.
func moved[T any](list []T, do string, at int) []T {
	if at < 0 || at >= len(list) {
		return list
	}
	switch other := at + map[string]int{"up": -1, "down": 1}[do]; {
	case do == "drop":
		return append(list[:at:at], list[at+1:]...)
	case other >= 0 && other < len(list):
		list[at], list[other] = list[other], list[at]
	}
	return list
}

func newQuestion(kind Kind) Question {
	q := Question{Kind: kind}
	switch kind {
	case Choose:
		q.Least, q.Most, q.Blank = 1, 1, true
	case Grade:
		q.Rule = "majority-judgment"
		q.Grades = []Text{{"ممتاز", "Excellent"}, {"جيد", "Good"}, {"مقبول", "Acceptable"}, {"سيئ", "Poor"}}
	case Rank:
		q.Rule = "schulze"
	default:
		q.Kind = Choice
	}
	return q
}

// restore writes an earlier version again, as the newest.
func (p *pages) restore(v *web.Visit, id string, version int, form *web.Form) (web.Answer, error) {
	earlier, err := p.Outline(v.Context(), id, int(form.Number("earlier", 1, maxVersions)))
	if err != nil {
		return web.Answer{}, err
	}
	err = p.Change(v.Context(), v.Person, id, version, func(o *Outline) *Outline { return o }, func(o *Outline) error {
		*o = *earlier.Outline
		return nil
	})
	if c, ok := errors.AsType[*Conflict](err); ok {
		return v.SeeOther("/drafts/"+id+"/versions", c.message()), nil
	}
	return v.SeeOther("/drafts/"+id, read.Message{ID: "manage.restored"}), err
}

// draft makes the drafts of the version that the visitor has seen.
func (p *pages) draft(v *web.Visit, id string, version int) (web.Answer, error) {
	o, err := p.Outline(v.Context(), id, 0)
	if err != nil {
		return web.Answer{}, err
	}
	back := "/drafts/" + id
	if o.Number != version {
		return v.SeeOther(back, (&Conflict{o}).message()), nil
	}
	if !ready(o.Outline) {
		return v.SeeOther(back, read.Message{ID: "manage.not-ready"}), nil
	}
	if _, err := p.Draft(context.WithoutCancel(v.Context()), id, version); err != nil {
		return web.Answer{}, err
	}
	return v.SeeOther(back, read.Message{ID: "manage.drafted"}), nil
}
