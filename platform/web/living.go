package web

import (
	"net/http"
	"net/url"
	"time"

	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
)

// hostile is a text as somebody might fill it in who means harm; components show it as
// what it is. The last marks turn the text around them, where they are not isolated.
const hostile = `<script>alert(1)</script>"'><img src=x onerror=alert(2)> {{.}} ` + "\u202e\u2067"

// living is what the living page of components shows: each of them in every state.
type living struct {
	Title, What, Some read.Bilingual
	Hostile, Hash     string
	Time              time.Time
	Crumbs            []Crumb
	Verdicts          []string
	Evidence          []Evidence
	Steps             []Step
	Form              *Form
	Choices           []Choice
	Progress          []Progress
	Pager             Pager
}

// addLiving adds the living page, which is for whoever builds pages.
func (s *Site) addLiving() {
	s.Page(http.MethodGet, "/_components", access.Public, s.showLiving)
	s.Page(http.MethodPost, "/_components", access.Public, func(v *Visit) (Answer, error) {
		return v.SeeOther("/_components", read.Message{ID: "web.home"}), nil
	})
}

func (s *Site) showLiving(v *Visit) (Answer, error) {
	claim := func(id string, verdict read.Verdict) read.Claim {
		return read.Claim{
			Verdict: verdict, Says: read.Message{ID: id + ".says"}, Belief: read.Message{ID: id + ".belief"},
			How: read.Message{ID: "vote.decryption.how", Args: map[string]any{"Count": 2, "Trustees": hostile, "Proofs": 12}},
		}
	}
	wrong := claim("vote.closed", read.False)
	wrong.Faults = []read.Fault{{Says: read.Message{ID: "vote.opened.says"}, Detail: hostile, Sequence: 3917}}
	tried := NewForm(url.Values{"name": {hostile}, "count": {"كثير"}, "code": {"١٢٣"}, "reason": {hostile}, "answer": {"2"}, "district": {"3"}})
	tried.Line("name", 10)
	tried.Number("count", 1, 1000)
	tried.Wrong("answer", read.Message{ID: "web.wrong-choice"})
	v.notice = hostile
	page := living{
		Title: read.Bilingual{AR: "مكوّنات الصفحات", EN: "Components of pages"},
		What:  read.Bilingual{AR: "كل مكوّن في كل حالاته، كما يراه القارئ. هذه الصفحة لمن يبني الصفحات.", EN: "Every component in every state, as readers see it. This page is for whoever builds pages."},
		Some:  read.Bilingual{AR: "أوراق مقبولة", EN: "Ballots accepted"},
		Hash:  "9JbGJsWLuLBFSmTCv1CYyrrTRZ3ZiTGYSyzKkVQ2zUE", Hostile: hostile,
		Time:     time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC),
		Crumbs:   []Crumb{{v.site.cfg.Name.AR, "/"}, {hostile, ""}},
		Verdicts: []string{"true", "false", "unshown", "waiting"},
		Form:     tried,
		Progress: []Progress{{hostile, 0, 0}, {hostile, 412, 1384}},
		Pager:    Pager{Before: "/_components?before=1", After: "/_components?after=" + url.QueryEscape(hostile)},
	}
	for _, e := range [][]read.Claim{
		{claim("vote.ballots", read.True), claim("vote.once", read.True)}, {claim("vote.ballots", read.NotShown)}, {wrong}, nil,
	} {
		page.Evidence = append(page.Evidence, Evidence{Claims: e, Size: 3918, Witnesses: 3, AsOf: page.Time, Command: "bayyina verify https://board.example --policy policy.txt"})
	}
	for i, label := range []read.Bilingual{{AR: "الإعداد", EN: "Set up"}, {AR: "السجل النهائي", EN: "Final roll"}, {AR: "الاقتراع", EN: "Voting"}, {AR: "الفرز", EN: "Counting"}, {AR: "الاعتماد", EN: "Certification"}} {
		page.Steps = append(page.Steps, Step{Label: v.Locale.Pick(label), Done: i < 3, Current: i == 3})
	}
	for _, value := range []string{"1", "2", "3"} {
		page.Choices = append(page.Choices, Choice{Value: value, Label: v.Locale.Pick(page.Some), Hint: hostile})
	}
	return v.Show(s.own, "components", v.Locale.Pick(page.Title), page)
}
