package vote

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"bayyina/module/vote/evidence"
	"bayyina/platform/identity/access"
	"bayyina/platform/identity/account"
	"bayyina/platform/identity/decide"
	"bayyina/platform/ledger/read"
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

// NewComplaintPages returns the pages. Those of elections lead to them.
func NewComplaintPages(p *Pages, c *Complaints, a *account.Accounts, d *decide.Decisions) *ComplaintPages {
	p.lodging = true
	return &ComplaintPages{p, c, a, d, newLimit(lodgeInterval, lodgeBurst)}
}

// Mount adds the pages to a site.
func (p *ComplaintPages) Mount(site *web.Site) {
	within := web.In(func(r *http.Request) access.Scope { return access.Scope{Election: r.PathValue("uuid")} })
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
func (p *Pages) about(v *web.Visit, uuid, title string) (d disputed, err error) {
	s, j, err := p.judged()
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

func (p *Pages) complaints(v *web.Visit) (web.Answer, error) {
	d, err := p.about(v, v.PathValue("uuid"), "complaints.title")
	if err != nil {
		return web.Answer{}, err
	}
	s, _, err := p.judged()
	if err != nil {
		return web.Answer{}, err
	}
	w := &words{Locale: v.Locale}
	page := registerPage{
		disputed: d, MayLodge: p.lodging && d.Step != "vote.setup" && d.Certified == nil, Evidence: p.board.Evidence(s, d.pick("vote.complaints")),
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
	return p.show(v, "complaints", "complaints.title", page)
}

// deskPage is where complaints wait for those who rule.
type deskPage struct {
	disputed
	Lines   []complaintLine
	MayRule bool
}

func (p *ComplaintPages) desk(v *web.Visit) (web.Answer, error) {
	d, err := p.pages.about(v, v.PathValue("uuid"), "complaints.desk")
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
	d, err := p.pages.about(v, v.PathValue("uuid"), "complaints.read")
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
