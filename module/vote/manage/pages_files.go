package manage

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"bayyina/module/vote"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

// paperPage shows the ballot paper as voters will see it.
type paperPage struct {
	Version
	Crumbs []web.Crumb
	Title  string
	Paper  []paperQuestion
}

// paperQuestion is a question as a voter sees it.
type paperQuestion struct {
	N       int
	Kind    Kind
	Title   read.Bilingual
	One     bool // only one answer can be chosen
	Least   int
	Most    int
	Blank   bool
	Grades  []read.Bilingual
	Answers []paperAnswer
	Lists   []paperList
}

type paperAnswer struct {
	Name  read.Bilingual
	Photo string
}

type paperList struct {
	Name       read.Bilingual
	Candidates []paperAnswer
}

func paperAnswers(answers []Answer) (list []paperAnswer) {
	for _, a := range answers {
		list = append(list, paperAnswer{a.Name.Bilingual(), a.Photo})
	}
	return list
}

func (p *pages) paper(v *web.Visit) (web.Answer, error) {
	o, err := p.Outline(v.Context(), v.PathValue("id"), 0)
	if err != nil {
		return web.Answer{}, err
	}
	w := newWords(v)
	page := paperPage{Version: o, Title: w.text("manage.paper")}
	page.Crumbs = []web.Crumb{{Label: w.text("manage.title"), Path: "/drafts"}, {Label: o.name(w), Path: "/drafts/" + o.ID}, {Label: page.Title}}
	for i, q := range o.Outline.Questions {
		seen := paperQuestion{
			N: i + 1, Kind: q.Kind, Title: q.Title.Bilingual(), One: q.Most == 1, Least: q.Least, Most: q.Most, Blank: q.Blank,
			Answers: paperAnswers(q.Answers),
		}
		for _, g := range q.Grades {
			seen.Grades = append(seen.Grades, g.Bilingual())
		}
		for _, l := range q.Lists {
			seen.Lists = append(seen.Lists, paperList{l.Name.Bilingual(), paperAnswers(l.Candidates)})
		}
		page.Paper = append(page.Paper, seen)
	}
	if *w.err != nil {
		return web.Answer{}, *w.err
	}
	return v.Show(p.views, "paper", page.Title, page)
}

// versionsPage shows who wrote an outline when.
type versionsPage struct {
	Version
	Crumbs   []web.Crumb
	Title    string
	Versions []Version
	Begun    bool // and it does not change any more
}

func (p *pages) versions(v *web.Visit) (web.Answer, error) {
	list, err := p.History(v.Context(), v.PathValue("id"))
	if err != nil {
		return web.Answer{}, err
	}
	if len(list) == 0 {
		return web.Answer{}, web.NotFound()
	}
	w := newWords(v)
	page := versionsPage{Version: list[0], Title: w.text("manage.versions"), Versions: list}
	page.Crumbs = []web.Crumb{{Label: w.text("manage.title"), Path: "/drafts"}, {Label: list[0].name(w), Path: "/drafts/" + list[0].ID}, {Label: page.Title}}
	if page.Begun, err = p.Begun(v.Context(), page.ID); err != nil {
		return web.Answer{}, err
	}
	if *w.err != nil {
		return web.Answer{}, *w.err
	}
	return v.Show(p.views, "versions", page.Title, page)
}

// file is a version of an outline, to be kept elsewhere.
func (p *pages) file(v *web.Visit) (web.Answer, error) {
	number, err := strconv.Atoi(v.PathValue("version"))
	if err != nil || number < 1 {
		return web.Answer{}, web.NotFound()
	}
	o, err := p.Outline(v.Context(), v.PathValue("id"), number)
	if err != nil {
		return web.Answer{}, err
	}
	text, err := o.Outline.Bytes()
	return v.Download("election-"+strconv.Itoa(number)+".toml", "application/toml", text), err
}

// drafted is what was made of an outline: the draft of its one election, or the plan of several.
func (p *pages) drafted(v *web.Visit) (web.Answer, error) {
	_, list, err := p.Drafted(v.Context(), v.PathValue("id"))
	if err != nil {
		return web.Answer{}, err
	}
	name, value := "plan.json", any(vote.Planned{Elections: list})
	switch {
	case len(list) == 0:
		return web.Answer{}, web.NotFound()
	case len(list) == 1 && len(list[0].Districts) == 0:
		name, value = "draft.json", list[0].Draft
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err = enc.Encode(value)
	return v.Download(name, "application/json", b.Bytes()), err
}

// samples are files to begin a table with, as spreadsheets read and write them.
var samples = map[string][][]string{
	"candidates": {
		{"name_ar", "name_en", "woman", "reserved"},
		{"سالمة الورفلي", "Salma Al-Warfalli", "نعم", ""},
		{"عمر المختار", "Omar Al-Mukhtar", "", ""},
	},
	"lists": {
		{"list_ar", "list_en", "name_ar", "name_en", "woman"},
		{"قائمة الوطن", "Homeland list", "ليلى الفرجاني", "Layla Al-Ferjani", "نعم"},
		{"قائمة الوطن", "Homeland list", "علي الزوي", "Ali Al-Zway", ""},
		{"قائمة الأمل", "Hope list", "سامي التاورغي", "Sami Al-Tawerghi", ""},
	},
	"districts": {
		{"name_ar", "name_en", "voters", "near"},
		{"طرابلس", "Tripoli", "250000", ""},
		{"غات", "Ghat", "40", "Murzuq | Sebha"},
		{"مرزق", "Murzuq", "20000", ""},
		{"سبها", "Sebha", "60000", ""},
	},
}

func (p *pages) sample(v *web.Visit) (web.Answer, error) {
	name, _ := strings.CutSuffix(v.PathValue("name"), ".csv")
	records := samples[name]
	if records == nil {
		return web.Answer{}, web.NotFound()
	}
	b := bytes.NewBufferString("\ufeff") // without it Excel takes the letters for others
	w := csv.NewWriter(b)
	w.UseCRLF = true
	err := w.WriteAll(records)
	return v.Download(name+".csv", "text/csv; charset=utf-8", b.Bytes()), err
}

var photoName = regexp.MustCompile(`^([0-9a-f]{64})\.jpg$`)

// photo serves a picture by the hash of its content.
func (p *pages) photo(w http.ResponseWriter, r *http.Request) {
	name := photoName.FindStringSubmatch(r.PathValue("name"))
	if name == nil {
		http.NotFound(w, r)
		return
	}
	picture, err := p.Photo(r.Context(), name[1])
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(picture) // a reader who is gone is nobody's fault
}
