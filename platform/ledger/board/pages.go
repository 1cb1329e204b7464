package board

import (
	"cmp"
	"embed"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
	"bayyina/platform/web"
)

//go:embed all:pages
var files embed.FS

// Pages are the board's pages.
type Pages struct {
	board    *Board
	log      string // where anybody finds the log's files
	views    *web.Views
	sections []func(*web.Visit, *Snapshot) (Section, error)
	api      bool // there is an interface for programs
}

// Section is what a module shows of its field on the first page.
type Section struct {
	Title string
	Path  string // of the whole list
	Empty string // what is said where there is nothing yet
	Items []Item
}

// Item is one thing that is going on.
type Item struct {
	Title, Path string
	Note        string
	Verdict     read.Verdict
}

// NewPages returns the pages of a board. log is the address at which anybody finds the
// log's files, such as https://vote.hnec.example/log.
func NewPages(b *Board, log string) (*Pages, error) {
	views, err := web.ParseViews(files, "pages")
	if err != nil {
		return nil, err
	}
	return &Pages{board: b, log: log, views: views}, nil
}

// Add adds a section to the first page.
func (p *Pages) Add(section func(*web.Visit, *Snapshot) (Section, error)) {
	p.sections = append(p.sections, section)
}

// Mount adds the pages to a site.
func (p *Pages) Mount(site *web.Site) {
	page := func(path string, h web.PageFunc) { site.Page(http.MethodGet, path, access.Public, h, web.Cached) }
	page("/", p.home)
	page("/log", p.entries)
	page("/log/before/{before}", p.entries)
	page("/log/kinds/{kind}/{version}", p.entries)
	page("/log/kinds/{kind}/{version}/before/{before}", p.entries)
	page("/log/entries/{sequence}", p.entry)
	page("/log/keys", p.keys)
	page("/log/witnesses", p.witnesses)
	page("/log/decisions", p.decisions)
	page("/log/decisions/before/{before}", p.decisions)
	page("/check", p.check)
	p.mountFiles(site)
	site.Nav(web.NavItem{Label: "board.nav-log", Path: "/log", Right: access.Public})
	site.Nav(web.NavItem{Label: "board.nav-decisions", Path: "/log/decisions", Right: access.Public})
	site.Nav(web.NavItem{Label: "board.nav-check", Path: "/check", Right: access.Public})
}

// common is what every page of the board knows.
type common struct {
	Size     int64 // entries recomputed
	Behind   int64
	AsOf     time.Time
	Trouble  string // id of a message, empty where there is none
	False    []read.Claim
	Evidence web.Evidence // of the log itself
}

// Now returns the newest snapshot for a page, or a problem that says that there is none
// yet.
func (p *Pages) Now() (*Snapshot, error) {
	if s := p.board.Now(); s != nil {
		return s, nil
	}
	id := "board.not-yet"
	if t := p.board.Standing().trouble(); t != "" {
		id = t
	}
	return nil, &web.Problem{Status: http.StatusServiceUnavailable, Says: read.Message{ID: id}, Err: p.board.Standing().Trouble}
}

// trouble is the id of the message that tells what keeps the board from going on.
func (s Standing) trouble() string {
	switch err := s.Trouble; {
	case err == nil:
		return ""
	case errors.Is(err, ErrRewritten):
		return "board.trouble-rewritten"
	case errors.Is(err, read.ErrMissing), errors.Is(err, read.ErrDamaged):
		return "board.trouble-damaged"
	}
	return "board.trouble-unread"
}

func (p *Pages) common(s *Snapshot) common {
	c := common{
		Size: s.Size(), Behind: p.board.Behind(), AsOf: s.Report.AsOf, Trouble: p.board.Standing().trouble(),
		Evidence: p.Evidence(s, s.Claims("")),
	}
	for _, claim := range s.Report.Claims {
		if claim.Verdict == read.False {
			c.False = append(c.False, claim)
		}
	}
	return c
}

// Evidence is the strip under a number that rests on claims.
func (p *Pages) Evidence(s *Snapshot, claims []read.Claim) web.Evidence {
	return web.Evidence{
		Claims: claims, Size: s.Size(), Witnesses: int64(len(s.Witnessed.By)), AsOf: s.Report.AsOf, Command: p.command(),
	}
}

// command verifies the log, wherever anybody runs it.
func (p *Pages) command() string {
	command := "bayyina verify " + p.log
	if p.board.Policy() != nil {
		command += " --policy policy.txt"
	}
	return command
}

// Kind is a kind of entries in words; for one that has none, its own name.
func Kind(l *locale.Locale, kind string) string {
	text, err := l.Text("board.kind."+kind, nil)
	if err != nil {
		return kind
	}
	return text
}

// sequence reads a number in a path.
func sequence(r *http.Request, name string) (int64, error) {
	n, err := strconv.ParseInt(r.PathValue(name), 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != r.PathValue(name) {
		return 0, web.NotFound()
	}
	return n, nil
}

// problem turns an error about the log into what the reader is told.
func (p *Pages) problem(err error) error {
	switch {
	case errors.Is(err, ErrBeyond):
		return web.NotFound()
	case errors.Is(err, read.ErrMissing), errors.Is(err, read.ErrDamaged):
		says := cmp.Or(p.board.Standing().trouble(), "board.trouble-damaged")
		return &web.Problem{Status: http.StatusServiceUnavailable, Says: read.Message{ID: says}, Err: err}
	}
	return err
}

// row is an entry in a list.
type row struct {
	Sequence int64
	Time     time.Time
	Kind     string // with version
	Name     string // of the kind, in words
	About    string // what the statement calls itself
	Signers  []Signed
}

func (p *Pages) rows(v *web.Visit, s *Snapshot, list []*read.Entry) []row {
	rows := make([]row, len(list))
	for i, e := range list {
		rows[i] = row{
			Sequence: e.Sequence, Time: e.Time, Kind: e.Statement.Kind, Name: Kind(v.Locale, e.Statement.Kind),
			About: about(v.Locale, e), Signers: s.Signatures(e),
		}
	}
	return rows
}

// about is the text by which a statement says what it is about.
func about(l *locale.Locale, e *read.Entry) string {
	var body struct {
		Title    read.Bilingual `json:"title"`
		Name     read.Bilingual `json:"name"`
		Reason   read.Bilingual `json:"reason"`
		Election string         `json:"election"`
	}
	if !partly(e.Statement.Body, &body) {
		return ""
	}
	for _, text := range []read.Bilingual{body.Title, body.Name, body.Reason} {
		if text != (read.Bilingual{}) {
			return l.Isolate(l.Pick(text))
		}
	}
	return body.Election
}

// home is the first page: what is going on.
func (p *Pages) home(v *web.Visit) (web.Answer, error) {
	s, err := p.Now()
	if err != nil {
		return web.Answer{}, err
	}
	data := struct {
		common
		Name      read.Bilingual
		Successor string
		Kinds     int64
		Witnesses int64
		Asked     int64
		Sections  []Section
		Latest    []row
		Command   string
	}{common: p.common(s), Name: s.Report.Name, Successor: s.Report.Successor, Witnesses: int64(len(s.Witnessed.By)), Command: p.command()}
	data.Asked = int64(len(s.quorum(p.board.Policy()).Witnesses()))
	for _, section := range p.sections {
		shown, err := section(v, s)
		if err != nil {
			return web.Answer{}, err
		}
		data.Sections = append(data.Sections, shown)
	}
	const few = 5
	latest, _, err := s.decisions(v.Context(), s.Size(), few)
	if err != nil {
		return web.Answer{}, p.problem(err)
	}
	data.Latest = p.rows(v, s, latest)
	return p.show(v, "home", "board.home-title", data)
}

func (p *Pages) show(v *web.Visit, name, title string, data any) (web.Answer, error) {
	text, err := v.Locale.Text(title, nil)
	if err != nil {
		return web.Answer{}, err
	}
	return v.Show(p.views, name, text, data)
}

// perPage is how many entries a page lists.
const perPage = 50

// listing is a page of entries.
type listing struct {
	common
	Rows  []row
	Pager web.Pager // to the newest ones, and to those before
	Kinds []kindLink
	All   string
	Kind  string // that is shown, empty for all
}

type kindLink struct {
	Name, Kind, Path string
	Count            int64
	Current          bool
}

// entries lists entries, the newest first, of all kinds or of one.
func (p *Pages) entries(v *web.Visit) (web.Answer, error) {
	s, err := p.Now()
	if err != nil {
		return web.Answer{}, err
	}
	kind, base := "", "/log"
	if name := v.PathValue("kind"); name != "" {
		kind = name + "/" + v.PathValue("version")
		base += "/kinds/" + kind
	}
	data := listing{common: p.common(s), Kind: kind}
	for _, k := range s.Kinds() {
		if k.Kind != unreadable {
			data.Kinds = append(data.Kinds, kindLink{Kind(v.Locale, k.Kind), k.Kind, "/log/kinds/" + k.Kind, k.Count, k.Kind == kind})
		}
	}
	if kind != "" && !slices.ContainsFunc(data.Kinds, func(k kindLink) bool { return k.Current }) {
		return web.Answer{}, web.NotFound()
	}
	before, err := p.before(v, s, &data, base)
	if err != nil {
		return web.Answer{}, err
	}
	list, more, err := s.Latest(v.Context(), kind, before, perPage)
	if err != nil {
		return web.Answer{}, p.problem(err)
	}
	p.fill(v, s, &data, base, list, more)
	return p.show(v, "log", "board.log-title", data)
}

// before is where a page of a list begins.
func (p *Pages) before(v *web.Visit, s *Snapshot, data *listing, base string) (int64, error) {
	if v.PathValue("before") == "" {
		return s.Size(), nil
	}
	data.Pager.Before = base
	return sequence(v.Request, "before")
}

func (p *Pages) fill(v *web.Visit, s *Snapshot, data *listing, base string, list []*read.Entry, more bool) {
	data.Rows = p.rows(v, s, list)
	if more && len(list) > 0 {
		data.Pager.After = base + "/before/" + strconv.FormatInt(list[len(list)-1].Sequence, 10)
	}
}

// decisions is the public register of what people decided.
func (p *Pages) decisions(v *web.Visit) (web.Answer, error) {
	s, err := p.Now()
	if err != nil {
		return web.Answer{}, err
	}
	data := listing{common: p.common(s)}
	before, err := p.before(v, s, &data, "/log/decisions")
	if err != nil {
		return web.Answer{}, err
	}
	list, more, err := s.decisions(v.Context(), before, perPage)
	if err != nil {
		return web.Answer{}, p.problem(err)
	}
	p.fill(v, s, &data, "/log/decisions", list, more)
	return p.show(v, "decisions", "board.decisions-title", data)
}

// keys is the history of the log's keys.
func (p *Pages) keys(v *web.Visit) (web.Answer, error) {
	s, err := p.Now()
	if err != nil {
		return web.Answer{}, err
	}
	type key struct {
		*read.Member
		Role          string
		Entered, Left int64 // the entries that did it
	}
	data := struct {
		common
		Keys []key
	}{common: p.common(s)}
	for _, m := range s.Report.Keys.Members() {
		data.Keys = append(data.Keys, key{m, v.Locale.Pick(read.RoleName(m.Role)), max(0, m.Since-1), m.Until - 1})
	}
	return p.show(v, "keys", "board.keys-title", data)
}

// witnesses tells who cosigned the log, and when.
func (p *Pages) witnesses(v *web.Visit) (web.Answer, error) {
	s, err := p.Now()
	if err != nil {
		return web.Answer{}, err
	}
	data := struct {
		common
		Policy    bool
		Met       bool
		Signed    int64
		Witnesses []Seen
		Raw       string
	}{
		common: p.common(s), Policy: p.board.Policy() != nil, Met: s.Witnessed.Met, Signed: int64(len(s.Witnessed.By)),
		Witnesses: s.Seen, Raw: string(s.Checkpoint.Raw),
	}
	return p.show(v, "witnesses", "board.witnesses-title", data)
}

// check tells how anybody checks the log, and what stays to belief.
func (p *Pages) check(v *web.Visit) (web.Answer, error) {
	s, err := p.Now()
	if err != nil {
		return web.Answer{}, err
	}
	data := struct {
		common
		Log, Verify, Follow string
		Policy, Fingerprint string
		Beliefs             []read.Message
		API                 bool
	}{common: p.common(s), API: p.api, Log: p.log, Verify: p.command(), Follow: "bayyina log follow " + p.log + " copy"}
	if policy := p.board.Policy(); policy != nil {
		data.Follow += " --policy policy.txt"
		data.Policy, data.Fingerprint = policy.String(), fingerprint([]byte(policy.String()))
	}
	told := make(map[string]bool)
	for _, c := range s.Report.Claims {
		if c.Belief.ID != "" && !told[c.Belief.ID] {
			told[c.Belief.ID] = true
			data.Beliefs = append(data.Beliefs, c.Belief)
		}
	}
	return p.show(v, "check", "board.check-title", data)
}
