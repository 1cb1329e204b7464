package vote

import (
	"errors"
	"net/http"

	"bayyina/core/ballot"
	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

// Checker is the page on which a voter checks, with another device, a ballot that the booth
// opened. It shares no code with the booth, and needs no more than everybody may have.
type Checker struct {
	from  ForChecking
	views *web.Views
}

// NewChecker asks a server, or the one that it is part of.
func NewChecker(from ForChecking) (*Checker, error) {
	views, err := web.ParseViews(pageFiles, "pages")
	if err != nil {
		return nil, err
	}
	return &Checker{from, views}, nil
}

// Mount adds the page to a site.
func (c *Checker) Mount(site *web.Site) {
	site.Page(http.MethodGet, "/check-ballot", access.Public, func(v *web.Visit) (web.Answer, error) {
		return v.Show(c.views, "check-ballot", "check.title", openedPage{Form: web.NewForm(nil)})
	})
	site.Page(http.MethodPost, "/check-ballot", access.Public, c.check, web.Limit(maxOpeningBytes+1<<16))
}

// openedPage is the page with what was found.
type openedPage struct {
	Form    *web.Form
	Checked *CheckedBallot
	Begins  string // of the commitment, as people compare it
	Rest    string
	Answers []openedAnswer
}

// openedAnswer is what a ballot holds for one question.
type openedAnswer struct {
	Title   string
	Choices []openedChoice
}

type openedChoice struct {
	Label  string // "" is the blank vote
	Number int    // the rank or grade given; 0 where the question asks for none
}

func (c *Checker) check(v *web.Visit) (web.Answer, error) {
	form, err := v.Form()
	if err != nil {
		return web.Answer{}, err
	}
	var file []byte
	if form.HasFile("file") {
		if file, err = form.File("file", maxOpeningBytes); err != nil {
			return web.Answer{}, err
		}
	}
	var link *CheckLink
	if text := form.Value("link"); text != "" || file == nil {
		parsed, err := ParseCheckLink(text)
		if err != nil {
			form.Wrong("link", read.Message{ID: "check.no-link"})
			return v.ShowForm(c.views, "check-ballot", "check.title", form, openedPage{Form: form})
		}
		link = &parsed
	}
	checked, err := CheckOpened(v.Context(), c.from, link, file)
	if err != nil {
		says := "check.unreached"
		switch {
		case errors.Is(err, ErrNoOpening):
			says = "check.no-opening"
		case errors.Is(err, ErrUnknownElection):
			says = "check.no-election"
		case errors.Is(err, ballot.ErrOpening), errors.Is(err, ErrCheckLink):
			says = "check.no-file"
		}
		form.Wrong("link", read.Message{ID: says})
		return v.ShowForm(c.views, "check-ballot", "check.title", form, openedPage{Form: form})
	}
	const begins = 8
	page := openedPage{Form: form, Checked: checked, Begins: checked.Commitment[:begins], Rest: checked.Commitment[begins:]}
	if checked.Fault == nil {
		for i, q := range checked.Election.Questions() {
			page.Answers = append(page.Answers, newOpenedAnswer(v, q, checked.Plaintext[i]))
		}
	}
	return v.Show(c.views, "check-ballot", "check.title", page)
}

func newOpenedAnswer(v *web.Visit, q ballot.Question, votes []int) openedAnswer {
	a := openedAnswer{Title: v.Locale.Half(q.Title())}
	for i, label := range q.Labels() {
		switch {
		case votes[i] == 0:
		case q.Shuffled():
			a.Choices = append(a.Choices, openedChoice{v.Locale.Half(label), votes[i]})
		default:
			a.Choices = append(a.Choices, openedChoice{Label: v.Locale.Half(label)})
		}
	}
	return a
}
