package report

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io"
	"regexp"
	"slices"
	"strings"

	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
	"bayyina/platform/web/chart"
	"bayyina/platform/web/font"
	"bayyina/platform/web/token"
)

//go:embed page
var files embed.FS

// pageTemplate is parsed once; that it parses, a test tells.
var pageTemplate = template.Must(template.Must(template.New("").Funcs(template.FuncMap{"of": within, "prose": prose}).
	ParseFS(chart.Files, "bars.html")).ParseFS(files, "page/*.html"))

// onPage is a part of a page with the page, whose words it needs.
type onPage struct {
	Page *page
	Item any
}

func within(p *page, item any) onPage { return onPage{p, item} }

// long is what reads as a hash, a tracker or a key.
var long = regexp.MustCompile(`[0-9A-Za-z+/=_-]{24,}`)

// prose sets hashes and trackers apart in a sentence.
func prose(sentence string) template.HTML {
	var b strings.Builder
	at := 0
	for _, m := range long.FindAllStringIndex(sentence, -1) {
		b.WriteString(template.HTMLEscapeString(sentence[at:m[0]]))
		fmt.Fprintf(&b, "<code>%s</code>", template.HTMLEscapeString(sentence[m[0]:m[1]]))
		at = m[1]
	}
	b.WriteString(template.HTMLEscapeString(sentence[at:]))
	return template.HTML(b.String())
}

// stylesheet is page.css, and others, after the fonts, which stand in it, and the tokens.
func stylesheet(more ...string) (string, error) {
	var b strings.Builder
	var missing error
	b.WriteString(font.CSS(func(f font.Face) string {
		data, err := font.Files.ReadFile(f.File)
		missing = errors.Join(missing, err)
		return "data:font/woff2;base64," + base64.StdEncoding.EncodeToString(data)
	}))
	if missing != nil {
		return "", missing
	}
	b.WriteString(token.CSS)
	for _, name := range append([]string{"page.css"}, more...) {
		css, err := files.ReadFile("page/" + name)
		if err != nil {
			return "", err
		}
		b.Write(css)
	}
	return b.String(), nil
}

// policyOf is the Content-Security-Policy of a page with nothing but this stylesheet.
func policyOf(css string) string {
	hash := sha256.Sum256([]byte(css))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
		"'; font-src data:; img-src data:; base-uri 'none'; form-action 'none'"
}

// document is what the template shows: the same report twice.
type document struct {
	Title  string
	CSS    template.CSS
	Policy string // Content-Security-Policy
	Pages  []*page
}

// page is the report in one language.
type page struct {
	words
	Lang, Dir string
	Other     otherLanguage
	Report    *Report
	Verdict   string // word of the whole report's
	Headline  string
	Subtitle  string
	Verdicts  []verdictCount
	Generated string
	AsOf      string
	Stars     []claimView
	Faults    []claimView // the false claims
	Contests  []contestView
	Sections  []section
	Checked   []fact
}

// otherLanguage is where the same report stands.
type otherLanguage struct{ Lang, Name string }

// verdictCount is how many claims have a verdict, and what to say of them.
type verdictCount struct {
	Verdict string
	Text    string
}

// contestView is a contest in words, with the section of its first election, or of the
// first in which something is false.
type contestView struct {
	Section, Verdict, Title, Says string
}

// section is one subject: an election with its figures, or the log.
type section struct {
	ID       string
	Title    string
	Election bool
	Open     bool // its claims are shown at once
	Verdict  string
	Facts    []fact
	Charts   []chartView
	Claims   []claimView
}

// chartView is a chart with the claim that it stands on.
type chartView struct {
	chart.Bars
	Claim *claimView
}

// claimView is a claim in words.
type claimView struct {
	ID       string // anchor
	Verdict  string
	Word     string
	Subject  string
	Says     string
	How      string
	HowTitle string
	Belief   string
	Faults   []faultView
	More     string // that there are more faults than the head of the page shows
}

// faultView is a fault in words.
type faultView struct {
	Says, Origin, Detail string
}

// manyElections is how many elections a page shows with all their claims unfolded.
const manyElections = 3

// headFaults is how many faults of a claim stand at the head of the page.
const headFaults = 3

// WriteHTML writes the report as one page that asks for nothing else: styles and fonts
// are in it, there is no script, and its policy forbids every request. It holds both
// languages, Arabic first; #en in its address shows the English one.
func (r *Report) WriteHTML(w io.Writer) error {
	css, err := stylesheet()
	if err != nil {
		return err
	}
	b, err := newBoth()
	if err != nil {
		return err
	}
	d := document{
		Title:  b.ar.text("title", nil) + " · " + b.en.text("title", nil),
		CSS:    template.CSS(css),
		Policy: policyOf(css),
		Pages:  []*page{r.page(b.ar), r.page(b.en)},
	}
	var out bytes.Buffer
	for i := range d.Pages {
		if d.Pages[i].err != nil {
			return d.Pages[i].err
		}
	}
	if err := pageTemplate.ExecuteTemplate(&out, "page.html", d); err != nil {
		return fmt.Errorf("write the page of the report: %w", err)
	}
	_, err = w.Write(out.Bytes())
	return err
}

// page puts the report in words.
func (r *Report) page(w words) *page {
	p := &page{
		words: w, Lang: w.l.Lang(), Dir: w.l.Dir(), Report: r,
		Other: otherLanguage{locale.English, "English"}, Verdict: word(r.Verdict()),
	}
	if p.Lang == locale.English {
		p.Other = otherLanguage{locale.Arabic, "العربية"}
	}
	p.Subtitle = p.message(r.subtitle())
	p.verdicts()
	p.dates()
	p.Checked = p.checked(r)
	groups := r.groups()
	elections := 0
	for _, g := range groups {
		if g.Subject != "" {
			elections++
		}
	}
	var own []section
	anchors := make(map[string]string)
	for i, g := range groups {
		s := p.section(fmt.Sprintf("%s-s%d", p.Lang, i), g)
		anchors[g.Subject] = s.ID
		s.Open = elections <= manyElections || s.Verdict == "false"
		if s.Election {
			p.Sections = append(p.Sections, s)
		} else {
			s.Open = true
			own = append(own, s)
		}
		p.Stars = append(p.Stars, s.Claims...)
	}
	p.Sections = append(p.Sections, own...)
	p.contests(groups, anchors)
	for _, c := range p.Stars {
		if c.Verdict == "false" {
			if n := len(c.Faults) - headFaults; n > 0 {
				c.Faults, c.More = c.Faults[:headFaults], p.text("more-faults", args{"Count": n})
			}
			p.Faults = append(p.Faults, c)
		}
	}
	return p
}

// contests tells of each contest by its worst verdict.
func (p *page) contests(groups []group, anchors map[string]string) {
	together, _ := contests(groups)
	for i := range together {
		c := &together[i]
		v := c.verdict()
		p.Contests = append(p.Contests, contestView{
			anchors[c.of(v)[0].Subject], word(v), p.l.Half(p.l.Pick(c.Name)), c.summary(&p.words, v),
		})
	}
}

// verdicts says how many claims are true, false and not shown; the headline is all
// three in one.
func (p *page) verdicts() {
	for _, v := range []struct {
		verdict read.Verdict
		id      string
	}{{read.False, "n-false"}, {read.True, "n-true"}, {read.NotShown, "n-unshown"}} {
		if n := p.Report.Count(v.verdict); n > 0 {
			p.Verdicts = append(p.Verdicts, verdictCount{word(v.verdict), p.text(v.id, args{"Count": n})})
		}
	}
	p.Headline = p.text("headline-"+p.Verdict, args{"Count": p.Report.Count(read.False)})
}

// dates says when the report was made, and how far the log is known.
func (p *page) dates() {
	made := p.Report.Made.UTC()
	hijri, err := p.l.Hijri(made)
	if err != nil && p.err == nil {
		p.err = err
	}
	p.Generated = p.text("generated", args{"Date": p.l.Date(made), "Hijri": hijri})
	if asOf := p.Report.Checked.AsOf; !asOf.IsZero() {
		p.AsOf = p.text("as-of", args{"Time": asOf})
	}
}

// T is the text report.<id>, for the template.
func (p *page) T(id string) (string, error) {
	return p.l.Message(read.Message{ID: "report." + id})
}

// Name is the log's name.
func (p *page) Name() string { return p.l.Pick(p.Report.Checked.Name) }

// WithoutPolicy says whether the claims stand on the log's own word alone.
func (p *page) WithoutPolicy() bool { return p.Report.withoutPolicy() }

// Index says whether there are so many elections that the page needs a list of them.
func (p *page) Index() bool {
	return slices.IndexFunc(p.Sections, func(s section) bool { return s.Election }) >= 0 && len(p.Sections) > manyElections
}

// section puts a group of claims in words, with the charts that stand on them.
func (p *page) section(id string, g group) section {
	s := section{ID: id, Title: p.title(g), Election: g.Subject != "", Verdict: "true"}
	byID := make(map[string]*claimView)
	for i, c := range g.Claims {
		v := p.claim(fmt.Sprintf("%s-c%d", id, i), c)
		v.Subject = s.Title
		s.Claims = append(s.Claims, v)
		if v.Verdict == "false" || s.Verdict == "true" {
			s.Verdict = v.Verdict
		}
	}
	for i := range s.Claims {
		byID[lastPart(g.Claims[i].ID)] = &s.Claims[i]
	}
	f := evidence.FiguresOf(g.Claims)
	if f.Result != nil {
		for _, c := range p.results(f.Result) {
			if claim := byID["result"]; claim != nil && claim.Verdict == "false" {
				c.Note = strings.TrimSpace(p.text("recomputed", nil) + " " + c.Note)
			}
			s.Charts = append(s.Charts, p.chart(c, byID["result"]))
		}
	}
	if f.Seats != nil {
		for _, c := range p.seats(f.Seats) {
			s.Charts = append(s.Charts, p.chart(c, byID["seats"]))
		}
	}
	if f.Ballots != nil {
		s.Facts = p.facts(f.Ballots)
		s.Charts = append(s.Charts, p.chart(p.turnout(f.Ballots), byID["once"]))
	}
	if f.Setup != nil {
		if c, ok := p.districts(f.Setup); ok {
			s.Charts = append(s.Charts, p.chart(c, byID["setup"]))
		}
	}
	return s
}

// chart is a chart that stands on a claim.
func (p *page) chart(c chart.Bars, claim *claimView) chartView {
	c.Table = p.text("table", nil)
	return chartView{c, claim}
}

// title names a group of claims on the page.
func (p *page) title(g group) string {
	switch {
	case g.Title != (read.Bilingual{}):
		return p.l.Half(p.l.Pick(g.Title))
	case g.Subject != "":
		return g.Subject
	case p.Report.Checked.Archive:
		return p.text("archive", nil)
	case p.Report.Checked.Receipts:
		return p.text("receipts", nil)
	}
	return p.text("log", nil)
}

// facts are an election's numbers at a glance.
func (p *page) facts(d *evidence.BallotData) []fact {
	list := []fact{
		{p.text("voters", nil), p.l.Integer(d.Voters), false},
		{p.text("ballots", nil), p.l.Integer(d.Ballots), false},
		{p.text("revotes", nil), p.l.Integer(d.Revotes), false},
		{p.text("counted", nil), p.l.Integer(d.Counted), false},
	}
	if turnout := share(p.l, d.Counted, d.Voters); turnout != "" {
		list = append(list, fact{p.text("turnout", nil), turnout, false})
	}
	return list
}

func (p *page) claim(id string, c read.Claim) claimView {
	v := claimView{
		ID: id, Verdict: word(c.Verdict), Word: p.text(word(c.Verdict), nil),
		Says: p.message(c.Says), How: p.message(c.How), HowTitle: p.text("how", nil),
	}
	switch c.Verdict {
	case read.True:
		v.Belief = p.message(c.Belief)
	case read.NotShown:
		v.HowTitle = p.text("missing", nil)
	}
	for _, f := range c.Faults {
		v.Faults = append(v.Faults, faultView{p.message(f.Says), p.origin(f), f.Detail})
	}
	return v
}

// lastPart is "result" of "vote.result" and of "archive.result".
func lastPart(id string) string { return id[strings.LastIndexByte(id, '.')+1:] }
