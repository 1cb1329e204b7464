package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"bayyina/platform/ledger/read"
)

// Problem is an error that the visitor is told: what is the matter, and what to do.
type Problem struct {
	Status int
	Says   read.Message
	Err    error // for the server's own log; may be nil
}

func (p *Problem) Error() string {
	if p.Err != nil {
		return p.Says.ID + ": " + p.Err.Error()
	}
	return p.Says.ID
}

func (p *Problem) Unwrap() error { return p.Err }

// NotFound: there is no such thing.
func NotFound() error {
	return &Problem{Status: http.StatusNotFound, Says: read.Message{ID: "web.status-404"}}
}

// Forbidden: the visitor may not.
func Forbidden() error {
	return &Problem{Status: http.StatusForbidden, Says: read.Message{ID: "web.status-403"}}
}

// Invalid: the request cannot be taken as it is, and why.
func Invalid(says read.Message) error {
	return &Problem{Status: http.StatusUnprocessableEntity, Says: says}
}

// SignInPath is the page to which whoever must sign in first is sent.
const SignInPath = "/sign-in"

// problemOf turns an error into what is told of it.
func problemOf(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	status, id := http.StatusInternalServerError, "web.status-500"
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		status, id = http.StatusRequestEntityTooLarge, "web.status-413"
	}
	return &Problem{Status: status, Says: read.Message{ID: id}, Err: err}
}

// Fail answers a request that is not for a page with a page about an error.
func (s *Site) Fail(w http.ResponseWriter, r *http.Request, err error) {
	s.tell(w, r, languageOf(r), err)
}

// tell answers with a page about an error.
func (s *Site) tell(w http.ResponseWriter, r *http.Request, l language, err error) {
	if errors.Is(err, errSignIn) {
		if r.Method == http.MethodGet {
			http.Redirect(w, r, "/"+l.tag+SignInPath+"?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
			return
		}
		err = &Problem{Status: http.StatusForbidden, Says: read.Message{ID: "web.sign-in-first"}}
	}
	p := problemOf(err)
	if p.Status >= http.StatusInternalServerError {
		s.cfg.Log.Error("a request failed", "method", r.Method, "route", r.Pattern, "error", err)
	}
	v := s.visit(r, l, nil)
	title, err := l.locale.Text(titleOf(p.Status), nil)
	if err == nil {
		var a Answer
		if a, err = v.render(p.Status, s.own, "problem", title, problemPage{p, title}); err == nil {
			err = v.write(w, a)
		}
	}
	if err != nil {
		s.cfg.Log.Error("a problem could not be told", "error", err)
		http.Error(w, http.StatusText(p.Status), p.Status)
	}
}

// problemPage is what the page about an error shows.
type problemPage struct {
	*Problem
	Title string
}

// titleOf is the message that names what happened.
func titleOf(status int) string {
	switch status {
	case http.StatusForbidden, http.StatusNotFound, http.StatusRequestEntityTooLarge, http.StatusTooManyRequests,
		http.StatusInternalServerError, http.StatusServiceUnavailable:
		return fmt.Sprintf("web.title-%d", status)
	}
	return "web.problem"
}
