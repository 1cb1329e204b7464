package demo

import (
	"embed"
	"errors"
	"net/http"
	"time"

	"bayyina/module/vote"
	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

//go:embed all:pages
var pageFiles embed.FS

const visitorsPath = "/demo/vote"

// lasting are the times that an election of visitors may be open, in minutes.
var lasting = []int64{1, 5, 30, 120}

// given is how many of the voters' credentials the page gives away.
const given = 8

// Mount adds the page on which visitors vote, and hold elections.
func (v *Visitors) Mount(site *web.Site) error {
	views, err := web.ParseViews(pageFiles, "pages")
	if err != nil {
		return err
	}
	site.Page(http.MethodGet, visitorsPath, access.Public, func(visit *web.Visit) (web.Answer, error) { return v.show(visit, views) })
	site.Page(http.MethodPost, visitorsPath, access.Public, v.act)
	site.Nav(web.NavItem{Label: "demo.nav-vote", Path: visitorsPath, Right: access.Public})
	return nil
}

// visitorsPage is the page, at each stage of an election.
type visitorsPage struct {
	Election string // empty where there is none
	Stage    string // none, open, closing, tallied, counted
	Closes   time.Time
	Entered  int64 // ballots in the log
	Waiting  int64 // that the next batch takes there
	Voters   []slip
	Lasting  []int64
}

// slip is a voter's credential, as it would stand in a letter.
type slip struct {
	Number int
	Secret string
}

// stage is how far an election has come, at a time.
func stage(s *vote.Status, now time.Time) string {
	switch {
	case s == nil:
		return "none"
	case now.Before(s.Closes):
		return "open"
	case s.Counted:
		return "counted"
	case s.Tallied:
		return "tallied"
	}
	return "closing"
}

func (v *Visitors) show(visit *web.Visit, views *web.Views) (web.Answer, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	s, err := v.standing(visit.Context())
	if err != nil {
		return web.Answer{}, err
	}
	page := visitorsPage{Stage: stage(s, v.cfg.Now()), Lasting: lasting}
	if s != nil {
		page.Election, page.Closes, page.Entered, page.Waiting = s.UUID, s.Closes, s.Ballots, s.Waiting
		for i, c := range v.poll.Credentials[:given] {
			page.Voters = append(page.Voters, slip{i + 1, c})
		}
	}
	title, err := visit.Locale.Text("demo.vote-title", nil)
	if err != nil {
		return web.Answer{}, err
	}
	return visit.Show(views, "vote", title, page)
}

// act holds an election, or has it counted.
func (v *Visitors) act(visit *web.Visit) (web.Answer, error) {
	form, err := visit.Form()
	if err != nil {
		return web.Answer{}, err
	}
	if form.Value("do") == "count" {
		err = v.Count(visit.Context())
	} else {
		minutes := form.Number("minutes", lasting[0], lasting[len(lasting)-1])
		if !form.OK() {
			return web.Answer{}, web.Invalid(form.Wrongs()[0].Says)
		}
		err = v.Hold(visit.Context(), time.Duration(minutes)*time.Minute)
	}
	if errors.Is(err, ErrPoll) {
		err = web.Invalid(read.Message{ID: "demo.vote-not-now"})
	}
	if err != nil {
		return web.Answer{}, err
	}
	return visit.SeeOther(visitorsPath, read.Message{}), nil
}
