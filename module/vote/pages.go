package vote

import (
	"embed"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"bayyina/module/vote/booth"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/board"
	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
	"bayyina/platform/web"
	"bayyina/platform/web/chart"
)

//go:embed all:pages
var pageFiles embed.FS

// Pages are the public pages on elections. They show what the board recomputed, and
// nothing else.
type Pages struct {
	board *board.Pages
	views *web.Views
	atlas *chart.Atlas
	dir   string // where archives are kept once they are made

	voting  bool         // here voters cast their ballots
	lodging bool         // and here one complains
	served  *booth.Booth // that voters are given here; nil where they are given none
	// next tells what a visitor can do next about an election; nil where nothing is proposed here.
	next func(*web.Visit, found) (*nextStep, error)

	mu       sync.Mutex
	of       *board.Snapshot // whose trackers these are
	trackers map[string]*evidence.Trackers
	making   sync.Mutex // one archive at a time
}

// NewPages returns the pages on the elections of a board's log, with maps of the atlas. In dir,
// which need not exist, they keep the archives that they make.
func NewPages(b *board.Pages, atlas *chart.Atlas, dir string) (*Pages, error) {
	views, err := web.ParseViews(pageFiles, "pages")
	if err != nil {
		return nil, err
	}
	return &Pages{board: b, views: views, atlas: atlas, dir: dir}, nil
}

// Mount adds the pages to a site, and what is going on to the board's first page.
func (p *Pages) Mount(site *web.Site) {
	page := func(path string, h web.PageFunc) { site.Page(http.MethodGet, path, access.Public, h, web.Cached) }
	page("/elections", p.list)
	page("/elections/booth", p.booth)
	page("/elections/{uuid}", p.election)
	page("/elections/{uuid}/contest", p.contest)
	page("/elections/{uuid}/complaints", p.complaints)
	page("/elections/{uuid}/trackers", p.find)
	page("/elections/{uuid}/trackers/{prefix}", p.byPrefix)
	p.mountFiles(site)
	site.Nav(web.NavItem{Label: "elections.nav", Path: "/elections", Right: access.Public})
	p.board.Add(p.section)
}

// judged are a snapshot and its judge of elections.
func (p *Pages) judged() (*board.Snapshot, *evidence.Judge, error) {
	s, err := p.board.Now()
	if err != nil {
		return nil, nil, err
	}
	return s, judgeOf(s), nil
}

// judgeOf is a snapshot's judge of elections; one that has seen nothing where it has none.
func judgeOf(s *board.Snapshot) *evidence.Judge {
	for _, j := range s.Judges {
		if j, ok := j.(*evidence.Judge); ok {
			return j
		}
	}
	return evidence.NewJudge()
}

// trackersOf are those of an election, put in order once for each snapshot.
func (p *Pages) trackersOf(s *board.Snapshot, j *evidence.Judge, uuid string) *evidence.Trackers {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.of != s {
		p.of, p.trackers = s, make(map[string]*evidence.Trackers)
	}
	if p.trackers[uuid] == nil {
		p.trackers[uuid] = j.Trackers(uuid)
	}
	return p.trackers[uuid]
}

// found is an election with its claims and the figures in them.
type found struct {
	evidence.Told
	Claims  []read.Claim
	SetUp   *evidence.SetupData
	Votes   *evidence.BallotData
	Result  *evidence.ResultData
	Seats   *evidence.SeatsData
	Verdict read.Verdict
}

// newFound picks the data that the judge's claims document.
func newFound(s *board.Snapshot, told evidence.Told) found {
	claims := s.Claims(told.UUID)
	figures := evidence.FiguresOf(claims)
	return found{
		Told: told, Claims: claims, SetUp: figures.Setup, Votes: figures.Ballots, Result: figures.Result, Seats: figures.Seats,
		Verdict: web.Evidence{Claims: claims}.Verdict(),
	}
}

// uuidForm is how Belenios names elections: others are nobody's, and no part of an
// address.
var uuidForm = regexp.MustCompile(`^[0-9A-Za-z]{1,64}$`)

// found is the election that a path names.
func (p *Pages) found(r *http.Request, s *board.Snapshot) (found, error) {
	f, err := foundIn(s, r.PathValue("uuid"))
	if err != nil {
		return f, web.NotFound()
	}
	return f, nil
}

// foundIn is an election of a snapshot; the error is board.ErrBeyond.
func foundIn(s *board.Snapshot, uuid string) (found, error) {
	told, ok := judgeOf(s).Election(uuid)
	if !ok || !uuidForm.MatchString(uuid) {
		return found{}, fmt.Errorf("election %.80q: %w", uuid, board.ErrBeyond)
	}
	return newFound(s, told), nil
}

// all are the elections of a log, in the order in which it names them.
func all(s *board.Snapshot, j *evidence.Judge) []found {
	var list []found
	for _, told := range j.Elections() {
		if uuidForm.MatchString(told.UUID) {
			list = append(list, newFound(s, told))
		}
	}
	return list
}

// Name is what the election is called; its uuid where the commission has not named it.
func (f found) Name(l *locale.Locale) string {
	if f.Title == (read.Bilingual{}) {
		return f.UUID
	}
	return l.Pick(f.Title)
}

// pick are the claims of some ids, in that order.
func (f found) pick(ids ...string) []read.Claim { return pick(f.Claims, ids...) }

func pick(claims []read.Claim, ids ...string) []read.Claim {
	var list []read.Claim
	for _, id := range ids {
		for _, c := range claims {
			if c.ID == id {
				list = append(list, c)
			}
		}
	}
	return list
}

// Turnout is the share of voters whose ballot counts.
func (f found) Turnout() float64 {
	if f.Votes == nil || f.Votes.Voters == 0 {
		return 0
	}
	return float64(f.Votes.Counted) / float64(f.Votes.Voters)
}

// state is the id of the message that tells how far an election is.
func state(step string) string {
	if step == "" {
		return "elections.state-named"
	}
	return "elections.state-" + strings.TrimPrefix(step, "vote.")
}

// State is the id of the message that tells how far the election is.
func (f found) State() string {
	if f.Standing != nil {
		switch {
		case f.Standing.Annulled:
			return "elections.state-annulled"
		case f.Step == "vote.result":
			return "elections.state-provisional"
		}
	}
	return state(f.Step)
}

// section is what is going on, for the first page.
func (p *Pages) section(v *web.Visit, s *board.Snapshot) (board.Section, error) {
	words := words{Locale: v.Locale}
	section := board.Section{Title: words.text("elections.title"), Path: "/elections", Empty: words.text("elections.none")}
	_, j, err := p.judged()
	if err != nil {
		return section, err
	}
	const few = 10
	contests, alone := contestsOf(all(s, j), v.Locale)
	for _, c := range contests {
		section.Items = append(section.Items, board.Item{
			Title: c.Name, Path: c.Path(), Note: words.textOf("elections.results-in", map[string]any{"Part": c.Decided, "Whole": len(c.Elections)}), Verdict: c.Verdict,
		})
	}
	slices.Reverse(alone.Elections)
	for _, f := range alone.Elections[:min(few, len(alone.Elections))] {
		section.Items = append(section.Items, board.Item{
			Title: f.Name(v.Locale), Path: "/elections/" + f.UUID, Note: words.text(f.State), Verdict: f.Verdict,
		})
	}
	return section, words.err
}

// words looks messages up, and remembers the first error.
type words struct {
	*locale.Locale
	err error
}

func (w *words) text(id string) string { return w.textOf(id, nil) }

func (w *words) textOf(id string, args map[string]any) string {
	text, err := w.Text(id, args)
	if err != nil && w.err == nil {
		w.err = err
	}
	return text
}

func (p *Pages) show(v *web.Visit, name, title string, data any) (web.Answer, error) {
	text, err := v.Locale.Text(title, nil)
	if err != nil {
		return web.Answer{}, err
	}
	return v.Show(p.views, name, text, data)
}
