package vote

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/boombuler/barcode/qr"

	"bayyina/module/vote/evidence"
	"bayyina/platform/identity/access"
	"bayyina/platform/identity/account"
	"bayyina/platform/identity/decide"
	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
	"bayyina/platform/web"
)

// From one place on the internet so many complaints are taken at once without an account, and one more every interval.
const (
	lodgeBurst    = 20
	lodgeInterval = 2 * time.Minute
)

// complaintsShown is how many complaints stand on a page of the register.
const complaintsShown = 100

// ComplaintPages are the pages on complaints: the register for everybody, the form, the complainant's receipt, and the desk
// of those who rule, where each look at a complaint goes into the register of reads.
type ComplaintPages struct {
	pages      *Pages
	complaints *Complaints
	accounts   *account.Accounts
	decisions  *decide.Decisions
	limit      *limit
}

// NewComplaintPages returns the pages.
func NewComplaintPages(p *Pages, c *Complaints, a *account.Accounts, d *decide.Decisions) *ComplaintPages {
	return &ComplaintPages{p, c, a, d, newLimit(lodgeInterval, lodgeBurst)}
}

// Mount adds the pages to a site.
func (p *ComplaintPages) Mount(site *web.Site) {
	within := web.In(func(r *http.Request) access.Scope { return access.Scope{Election: r.PathValue("uuid")} })
	site.Page(http.MethodGet, "/elections/{uuid}/complaints", access.Public, p.register, web.Cached)
	site.Page(http.MethodGet, "/elections/{uuid}/complaints/lodge", access.Public, p.form)
	site.Page(http.MethodPost, "/elections/{uuid}/complaints/lodge", access.Public, p.lodge)
	site.Page(http.MethodGet, "/complaints/{receipt}", access.Public, p.receipt)
	site.Page(http.MethodGet, "/complaints/{receipt}/acknowledgement", access.Public, p.acknowledgement)
	site.Page(http.MethodGet, "/elections/{uuid}/complaints/desk", access.ComplaintsRead, p.desk, within)
	site.Page(http.MethodGet, "/elections/{uuid}/complaints/desk/{number}", access.ComplaintsRead, p.open, within)
}

// disputed is an election with its complaints.
type disputed struct {
	found
	*evidence.Disputes
	Crumbs []web.Crumb
	naming *evidence.Naming
}

// about is the election that an address names, where one may complain; title is that of the page.
func (p *ComplaintPages) about(v *web.Visit, uuid, title string) (d disputed, err error) {
	s, j, err := p.pages.judged()
	if err != nil {
		return d, err
	}
	if d.found, err = foundIn(s, uuid); err != nil {
		return d, web.NotFound()
	}
	if d.Disputes = j.Disputes(d.UUID); d.Disputes == nil {
		return d, web.NotFound()
	}
	d.naming = evidence.NewNaming(d.Definition)
	w := words{Locale: v.Locale}
	d.Crumbs = []web.Crumb{
		{Label: w.text("elections.title"), Path: "/elections"}, {Label: d.Name(v.Locale), Path: "/elections/" + d.UUID},
	}
	if title != "complaints.title" {
		d.Crumbs = append(d.Crumbs, web.Crumb{Label: w.text("complaints.title"), Path: "/elections/" + d.UUID + "/complaints"})
	}
	d.Crumbs = append(d.Crumbs, web.Crumb{Label: w.text(title)})
	return d, w.err
}

// subject is what a complaint is about, in words.
func (d disputed) subject(w *words, s evidence.Subject) string {
	if s.Question == 0 {
		return w.text("complaints.whole")
	}
	var names []string
	for _, name := range d.naming.Of(s) {
		names = append(names, w.Half(name))
	}
	return strings.Join(names, " › ")
}

// ground is a ground of the rules; what the judge refused has none.
func (d disputed) ground(n int) read.Bilingual {
	if n < 1 || n > len(d.Rules.Grounds) {
		return read.Bilingual{AR: strconv.Itoa(n), EN: strconv.Itoa(n)}
	}
	return d.Rules.Grounds[n-1]
}

// complaintLine is a complaint in the register.
type complaintLine struct {
	evidence.Lodged
	GroundText read.Bilingual
	Subject    string
	State      string // id of a message
	Mark       string // of the verdict
}

// line tells a complaint.
func (d disputed) line(w *words, c evidence.Lodged) complaintLine {
	l := complaintLine{Lodged: c, GroundText: d.ground(c.Ground), Subject: d.subject(w, c.About), State: "complaints.waits", Mark: "waiting"}
	switch r := d.RulingOn(c); {
	case r != nil:
		l.State, l.Mark = "decide.vote-outcome-"+string(r.Outcome), "true"
	case c.Late:
		l.State, l.Mark = "complaints.late", "unshown"
	}
	return l
}

// rulingLine is a ruling with its reasons.
type rulingLine struct {
	evidence.Ruled
	Place    int
	Numbers  string
	Outcome  string // id of a message
	Excluded []string
}

func (d disputed) ruling(w *words, place int, r evidence.Ruled) rulingLine {
	l := rulingLine{Ruled: r, Place: place, Outcome: "decide.vote-outcome-" + string(r.Outcome)}
	var numbers []string
	for _, n := range r.Complaints {
		numbers = append(numbers, w.Integer(n))
	}
	l.Numbers = strings.Join(numbers, " · ")
	for _, s := range r.Ruling.Excluded {
		l.Excluded = append(l.Excluded, d.subject(w, s))
	}
	return l
}

// registerPage is the register of complaints.
type registerPage struct {
	disputed
	Lines    []complaintLine
	Rulings  []rulingLine
	Pager    web.Pager
	MayLodge bool
	MayRead  bool
	Evidence web.Evidence
}

func (p *ComplaintPages) register(v *web.Visit) (web.Answer, error) {
	d, err := p.about(v, v.PathValue("uuid"), "complaints.title")
	if err != nil {
		return web.Answer{}, err
	}
	s, _, err := p.pages.judged()
	if err != nil {
		return web.Answer{}, err
	}
	w := &words{Locale: v.Locale}
	page := registerPage{
		disputed: d, MayLodge: d.Step != "vote.setup" && d.Certified == nil, Evidence: p.pages.board.Evidence(s, d.pick("vote.complaints")),
		MayRead: v.Person.May(access.ComplaintsRead, access.Scope{Election: d.UUID}),
	}
	from, err := strconv.Atoi(v.URL.Query().Get("from"))
	if err != nil || from < 0 || from >= len(d.Complaints) {
		from = 0
	}
	at := func(from int) string { return "/elections/" + d.UUID + "/complaints?from=" + strconv.Itoa(from) }
	if from > 0 {
		page.Pager.Before = at(max(0, from-complaintsShown))
	}
	until := min(len(d.Complaints), from+complaintsShown)
	if until < len(d.Complaints) {
		page.Pager.After = at(until)
	}
	shown := make(map[int]bool)
	for _, c := range d.Complaints[from:until] {
		page.Lines = append(page.Lines, d.line(w, c))
		if c.Ruling > 0 && !shown[c.Ruling] {
			shown[c.Ruling] = true
			page.Rulings = append(page.Rulings, d.ruling(w, c.Ruling, d.Disputes.Rulings[c.Ruling-1]))
		}
	}
	if w.err != nil {
		return web.Answer{}, w.err
	}
	return p.pages.show(v, "complaints", "complaints.title", page)
}

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
	d, err := p.about(v, v.PathValue("uuid"), "complaints.lodge")
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
		page.Subjects = append(page.Subjects, web.Choice{Value: subjectValue(s), Label: d.subject(w, s)})
	}
	title := w.text("complaints.lodge")
	if w.err != nil {
		return web.Answer{}, w.err
	}
	return v.ShowForm(p.pages.views, "complaint_lodge", title, form, page)
}

// subjectValue is a subject in a form.
func subjectValue(s evidence.Subject) string {
	return fmt.Sprintf("%d.%d.%d", s.Question, s.Answer, s.Member)
}

// parseSubject reads what subjectValue wrote.
func parseSubject(text string) (s evidence.Subject, err error) {
	if _, err = fmt.Sscanf(text, "%d.%d.%d", &s.Question, &s.Answer, &s.Member); err == nil && subjectValue(s) != text {
		err = fmt.Errorf("%w: about %.40q", ErrComplaint, text)
	}
	return s, err
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
	if l.About, err = parseSubject(form.Value("about")); err != nil || l.About.Check(d.Definition) != nil {
		form.Wrong("about", read.Message{ID: "web.wrong-choice"})
	}
	if !form.OK() {
		return p.showForm(v, d, form)
	}
	if v.Person == nil {
		if wait := p.limit.take(p.complaints.registrar.now(), networkOf(v.RemoteAddr)); wait > 0 {
			return web.Answer{}, &web.Problem{Status: http.StatusTooManyRequests, Says: read.Message{ID: "complaints.too-many"}}
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
	QR       squares
}

// squares are the dark squares of a QR code, as a path of SVG.
type squares struct {
	Size int
	Path string
}

// quiet is the empty border of a QR code (ISO/IEC 18004), in squares.
const quiet = 4

func newSquares(text string) (squares, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return squares{}, fmt.Errorf("QR code: %w", err)
	}
	var path strings.Builder
	side := code.Bounds().Dx()
	for y := range side {
		for x := range side {
			if dark, _, _, _ := code.At(x, y).RGBA(); dark == 0 {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+quiet, y+quiet)
			}
		}
	}
	return squares{side + 2*quiet, path.String()}, nil
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
	if page.disputed, err = p.about(v, a.Election, "complaints.receipt"); err != nil {
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
	if page.QR, err = newSquares(page.Link); err != nil {
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

// deskPage is where complaints wait for those who rule.
type deskPage struct {
	disputed
	Lines   []complaintLine
	MayRule bool
}

func (p *ComplaintPages) desk(v *web.Visit) (web.Answer, error) {
	d, err := p.about(v, v.PathValue("uuid"), "complaints.desk")
	if err != nil {
		return web.Answer{}, err
	}
	w := &words{Locale: v.Locale}
	page := deskPage{disputed: d, MayRule: mayRule(v.Person, d.found)}
	for _, c := range d.Complaints {
		if c.Ruling == 0 && len(page.Lines) < complaintsShown {
			page.Lines = append(page.Lines, d.line(w, c))
		}
	}
	if w.err != nil {
		return web.Answer{}, w.err
	}
	return p.pages.show(v, "complaint_desk", "complaints.desk", page)
}

// mayRule says whether somebody may propose a ruling about an election now.
func mayRule(who *access.Person, f found) bool {
	return f.Standing != nil && f.Step == "vote.result" && who.May(access.ComplaintsRule, access.Scope{Election: f.UUID})
}

// openPage is one complaint, opened.
type openPage struct {
	disputed
	Opened
	Line    complaintLine
	MayRule bool
	Own     bool // the visitor lodged it
}

func (p *ComplaintPages) open(v *web.Visit) (web.Answer, error) {
	d, err := p.about(v, v.PathValue("uuid"), "complaints.read")
	if err != nil {
		return web.Answer{}, err
	}
	number, err := strconv.ParseInt(v.PathValue("number"), 10, 64)
	c := d.Find(number)
	if err != nil || c == nil {
		return web.Answer{}, web.NotFound()
	}
	if err := p.accounts.NoteReading(v.Context(), v.Person, fmt.Sprintf("complaint:%s-%d", d.UUID, number), "", access.ComplaintsRead, "complaints.why-read"); err != nil {
		return web.Answer{}, err
	}
	opened, err := p.complaints.Open(v.Context(), d.UUID, number)
	if errors.Is(err, ErrNoComplaint) {
		return web.Answer{}, web.NotFound()
	}
	if err != nil {
		return web.Answer{}, err
	}
	w := &words{Locale: v.Locale}
	page := openPage{disputed: d, Opened: opened, Line: d.line(w, *c), Own: opened.Person != 0 && opened.Person == v.Person.ID}
	page.MayRule = c.Ruling == 0 && !page.Own && mayRule(v.Person, d.found)
	if w.err != nil {
		return web.Answer{}, w.err
	}
	return p.pages.show(v, "complaint_open", "complaints.read", page)
}

// versionLine is a version of the result on an election's page.
type versionLine struct {
	evidence.Version
	Ruling    *rulingLine // that made it; nil for the first
	Elected   []electedIn
	Certified bool
}

// electedIn is who is elected by a question.
type electedIn struct {
	Question string
	Names    []string
}

// versionLines are the versions of a result, the newest first, each with who is elected in it and why it was made.
func versionLines(l *locale.Locale, f found, j *evidence.Judge) ([]versionLine, error) {
	disputes := j.Disputes(f.UUID)
	if disputes == nil {
		return nil, nil
	}
	d, w := disputed{found: f, Disputes: disputes, naming: evidence.NewNaming(f.Definition)}, &words{Locale: l}
	var list []versionLine
	for _, version := range disputes.Versions {
		line := versionLine{Version: version, Certified: disputes.Standing.Certified == version.Number}
		for i, r := range disputes.Rulings {
			if r.Sequence == version.Sequence {
				ruling := d.ruling(w, i+1, r)
				line.Ruling = &ruling
			}
		}
		for _, c := range j.CountsOf(f.UUID, version) {
			e := electedIn{Question: w.Half(c.Title)}
			for _, won := range c.Seats {
				name := w.Half(won.Name)
				if won.Member != "" {
					name = w.Half(won.Member) + " (" + name + ")"
				}
				e.Names = append(e.Names, name)
			}
			line.Elected = append(line.Elected, e)
		}
		list = append(list, line)
	}
	slices.Reverse(list)
	return list, w.err
}

// outOf are the answers to a question, as the ballot has them, that do not stand any more.
func outOf(d *evidence.Disputes, naming *evidence.Naming, question int) map[string]bool {
	out := make(map[string]bool)
	if d == nil || len(d.Versions) == 0 {
		return out
	}
	for _, s := range d.Versions[len(d.Versions)-1].Excluded {
		if names := naming.Of(s); s.Question == question && len(names) > 1 {
			out[names[len(names)-1]] = true
		}
	}
	return out
}
