package vote

import (
	"slices"
	"strings"

	"bayyina/platform/identity/access"
	"bayyina/platform/web"
)

// minePage is all elections by how far they have come, with what the visitor has to do.
type minePage struct {
	Asked  string // words of the title
	Stage  string // that alone is shown; "" for all
	Stages []web.Choice
	Tasks  []owed
	Groups []staged
	Count  int
	Signed bool // somebody is signed in
	May    bool // begin elections
}

// owed is a task with its election's title, "" where it is of no election.
type owed struct {
	Task
	Title string
}

// staged are the elections of one stage.
type staged struct {
	Stage     Stage
	Standings []Standing
}

// maxAsked is how many letters can be searched for.
const maxAsked = 100

// mine shows all elections to whoever asks; what has to be done only to whoever may do it.
func (p *Proposing) mine(v *web.Visit) (web.Answer, error) {
	s, err := p.look(v)
	if err != nil {
		return web.Answer{}, err
	}
	list, err := p.all(s)
	if err != nil {
		return web.Answer{}, err
	}
	page := minePage{Signed: v.Person != nil, May: v.Person.MayAnywhere(access.ElectionPropose)}
	if page.May && p.outlines != nil {
		drafts, err := p.outlines.Preparing(v)
		if err != nil {
			return web.Answer{}, err
		}
		list = append(drafts, list...)
	}
	form := web.NewForm(v.URL.Query())
	page.Asked, page.Stage = form.Line("q", maxAsked), form.Value("stage")
	if !slices.Contains(Stages, Stage(page.Stage)) {
		page.Stage = ""
	}
	w := words{Locale: v.Locale}
	page.Stages = []web.Choice{{Value: "", Label: w.text("standing.all")}}
	for _, stage := range Stages {
		page.Stages = append(page.Stages, web.Choice{Value: string(stage), Label: w.text("standing.stage-" + string(stage))})
		if page.Stage != "" && page.Stage != string(stage) {
			continue
		}
		group := staged{Stage: stage}
		for _, st := range list {
			if st.Stage == stage && strings.Contains(strings.ToLower(st.Title+" "+st.UUID), strings.ToLower(page.Asked)) {
				group.Standings = append(group.Standings, st)
			}
		}
		if group.Standings != nil {
			page.Groups = append(page.Groups, group)
			page.Count += len(group.Standings)
		}
	}
	for _, d := range s.open {
		if d.Scope.Election == "" && d.WaitsFor(v.Person) {
			page.Tasks = append(page.Tasks, owed{Task: signing(d)})
		}
	}
	for _, st := range list {
		for _, t := range st.Tasks {
			page.Tasks = append(page.Tasks, owed{t, st.Title})
		}
	}
	if w.err != nil {
		return web.Answer{}, w.err
	}
	title := "standing.title"
	if v.Person == nil {
		title = "standing.title-public"
	}
	return p.pages.show(v, "mine", title, page)
}
