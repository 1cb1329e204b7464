// Package web is the shell of all pages: languages, layout, rights, errors, security
// headers, and a cache of what everybody sees.
//
// A page stands under the tag of each language, such as /ar/elections and /en/elections,
// so that an address says what it shows and a cache needs to know nothing of cookies.
// Every route names the right that it needs; whoever lacks it gets no further than the
// shell. Pages work without scripts, but for passkeys.
package web

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
)

// Config says what a site is and who visits it.
type Config struct {
	Name      read.Bilingual // of the site, in the masthead
	Rehearsal bool           // every page says so
	Origin    string         // such as https://vote.hnec.example, without a slash at its end
	Dev       bool           // show the living page of components
	Zone      *time.Location // in which times are filled in; UTC where it is nil
	// Visitor tells who is signed in; nil for nobody.
	Visitor func(*http.Request) (*access.Person, error)
	// Version changes when public pages do, for instance with the log's size: cached
	// pages live as long as it stays.
	Version func() string
	Log     *slog.Logger
}

// Site is the pages and interfaces of one server. Pages are added before Handler is
// called, and not afterwards.
type Site struct {
	cfg     Config
	mux     *http.ServeMux
	routes  []Route
	nav     []NavItem
	own     *Views // the shell's own pages
	cache   *cache
	foreign *http.CrossOriginProtection
}

// Route is what a site answers, and the right that it needs.
type Route struct {
	Method, Path string // the path without its language
	Right        access.Right
	Page         bool // under each language
}

// NavItem is an item of the main navigation, shown to whoever has the right.
type NavItem struct {
	Label string // id of its message
	Path  string
	Right access.Right
}

// PageFunc answers a request for a page. Its error is told as a [Problem].
type PageFunc func(*Visit) (Answer, error)

// Option changes how a route is served.
type Option func(*settings)

type settings struct {
	cached  bool
	foreign bool
	limit   int64
	may     func(*access.Person, access.Right, *http.Request) bool
}

// maxBody is the most bytes of a request's body, unless [Limit] says otherwise.
const maxBody = 1 << 20

// Cached renders a page once for each address and version of the site, for everybody who has
// not signed in; for whoever has, it is rendered each time.
func Cached(s *settings) { s.cached = true }

// Limit sets the most bytes of a request's body.
func Limit(bytes int64) Option { return func(s *settings) { s.limit = bytes } }

// Foreign lets pages of other sites send requests that change something: for interfaces
// that know no session, where there is nothing to abuse.
func Foreign(s *settings) { s.foreign = true }

// In says in which scope the visitor needs the right; without it in the whole country.
func In(scope func(*http.Request) access.Scope) Option {
	return func(s *settings) {
		s.may = func(p *access.Person, right access.Right, r *http.Request) bool { return p.May(right, scope(r)) }
	}
}

// Anywhere admits whoever has the right in some scope, to lists of which the page then
// shows what lies in it.
func Anywhere(s *settings) {
	s.may = func(p *access.Person, right access.Right, _ *http.Request) bool { return p.MayAnywhere(right) }
}

// New returns a site with the shell's own pages only.
func New(cfg Config) (*Site, error) {
	own, err := ParseViews(layouts, "layout/pages")
	if err != nil {
		return nil, err
	}
	s := &Site{cfg: cfg, mux: http.NewServeMux(), own: own, cache: newCache(), foreign: http.NewCrossOriginProtection()}
	s.Serve(http.MethodGet, "/{$}", access.Public, http.HandlerFunc(s.choose))
	s.Serve(http.MethodGet, "/static/{name}", access.Public, http.HandlerFunc(serveAsset))
	if cfg.Dev {
		s.addLiving()
	}
	return s, nil
}

// Page serves an HTML page under each language. The path may have wildcards as those of
// [http.ServeMux]. A page for GET answers HEAD, too.
func (s *Site) Page(method, path string, right access.Right, h PageFunc, opts ...Option) {
	set := s.settings(right, method+" "+path, opts)
	if set.cached && (method != http.MethodGet || right != access.Public) {
		panic("web: only what everybody may read is cached: " + method + " " + path)
	}
	s.routes = append(s.routes, Route{method, path, right, true})
	for _, l := range languages {
		pattern := method + " /" + l.tag + path
		if path == "/" {
			pattern += "{$}"
		}
		s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			s.page(w, r, l, right, h, set)
		})
	}
}

// Serve serves what is no page, such as files and interfaces for programs.
func (s *Site) Serve(method, path string, right access.Right, h http.Handler, opts ...Option) {
	set := s.settings(right, method+" "+path, opts)
	s.routes = append(s.routes, Route{method, path, right, false})
	if set.foreign {
		if right != access.Public {
			panic("web: only what everybody may do is open to other sites: " + method + " " + path)
		}
		s.foreign.AddInsecureBypassPattern(method + " " + path)
	}
	s.mux.HandleFunc(method+" "+path, func(w http.ResponseWriter, r *http.Request) {
		l := languageOf(r)
		if _, err := s.admit(r, right, set); err != nil {
			s.tell(w, r, l, err)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, set.limit)
		h.ServeHTTP(w, r)
	})
}

func (s *Site) settings(right access.Right, route string, opts []Option) settings {
	if right == "" {
		panic("web: a route without a right: " + route)
	}
	set := settings{limit: maxBody}
	In(func(*http.Request) access.Scope { return access.Scope{} })(&set)
	for _, o := range opts {
		o(&set)
	}
	return set
}

// Nav adds an item to the main navigation.
func (s *Site) Nav(item NavItem) { s.nav = append(s.nav, item) }

// Routes returns all routes, in the order in which they were added.
func (s *Site) Routes() []Route { return slices.Clone(s.routes) }

// Handler serves the site.
func (s *Site) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secure(w.Header())
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler { //nolint:errorlint // as net/http compares it
					panic(p)
				}
				s.tell(w, r, languageOf(r), fmt.Errorf("panic: %v", p))
			}
		}()
		if err := s.foreign.Check(r); err != nil {
			s.tell(w, r, languageOf(r), &Problem{Status: http.StatusForbidden, Says: read.Message{ID: "web.foreign"}, Err: err})
			return
		}
		h, pattern := s.mux.Handler(r)
		if pattern != "" {
			s.mux.ServeHTTP(w, r)
			return
		}
		// Nothing is there, or not with this method: in our own words.
		lost := &statusOnly{header: make(http.Header)}
		h.ServeHTTP(lost, r)
		if allow := lost.header.Get("Allow"); allow != "" {
			w.Header().Set("Allow", allow)
		}
		s.tell(w, r, languageOf(r), &Problem{Status: lost.status, Says: read.Message{ID: fmt.Sprintf("web.status-%d", lost.status)}})
	})
}

// statusOnly keeps what a handler says of the status.
type statusOnly struct {
	header http.Header
	status int
}

func (w *statusOnly) Header() http.Header         { return w.header }
func (w *statusOnly) WriteHeader(status int)      { w.status = status }
func (w *statusOnly) Write(b []byte) (int, error) { return len(b), nil }

// secure sets the headers that every answer has: nothing but what this site itself
// serves is ever loaded, framed, sniffed or told to others.
func secure(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "+
		"connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
}

// admit tells who visits a route, if they may.
func (s *Site) admit(r *http.Request, right access.Right, set settings) (*access.Person, error) {
	var person *access.Person
	if s.cfg.Visitor != nil {
		var err error
		if person, err = s.cfg.Visitor(r); err != nil && !set.cached {
			return nil, err
		}
	}
	switch {
	case right == access.Public:
	case person == nil:
		return nil, errSignIn
	case !set.may(person, right, r):
		return nil, Forbidden()
	}
	return person, nil
}

// errSignIn: nobody is signed in, and somebody must be.
var errSignIn = errors.New("sign in first")

// page serves one request for a page.
func (s *Site) page(w http.ResponseWriter, r *http.Request, l language, right access.Right, h PageFunc, set settings) {
	person, err := s.admit(r, right, set)
	if err != nil {
		s.tell(w, r, l, err)
		return
	}
	if set.cached && person == nil {
		s.fromCache(w, r, l, h)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, set.limit)
	v := s.visit(r, l, person)
	v.takeNotice(w)
	a, err := h(v)
	if err == nil {
		err = v.write(w, a)
	}
	if err != nil {
		s.tell(w, r, l, err)
	}
}

// choose sends whoever asks for no page to the first one in their language.
func (s *Site) choose(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Vary", "Accept-Language")
	w.Header().Set("Cache-Control", "no-cache")
	http.Redirect(w, r, "/"+preferred(r).tag+"/", http.StatusSeeOther)
}
