package web

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
)

// Visit is one request for a page.
type Visit struct {
	*http.Request
	Locale *locale.Locale
	Lang   string         // the tag that addresses begin with
	Person *access.Person // nil for nobody
	site   *Site
	notice string
	test   bool
}

func (s *Site) visit(r *http.Request, l language, person *access.Person) *Visit {
	return &Visit{Request: r, Locale: l.locale, Lang: l.tag, Person: person, site: s}
}

// Path is the address of a page in the visit's language; path begins with a slash.
func (v *Visit) Path(path string) string { return "/" + v.Lang + path }

// Rehearse has the page say that it is of a rehearsal, where the whole site is not.
func (v *Visit) Rehearse() { v.test = true }

// Origin is that of the site.
func (v *Visit) Origin() string { return v.site.cfg.Origin }

// Answer is what a page is answered with: a document, or another address.
type Answer struct {
	status   int
	body     []byte
	location string
	notice   *read.Message
	file     string // name under which the body is saved; "" for a page
	kind     string // of the file
}

// Show renders the page name of views inside the layout. The title is in the visit's
// language.
func (v *Visit) Show(views *Views, name, title string, data any) (Answer, error) {
	return v.render(http.StatusOK, views, name, title, data)
}

// ShowForm is Show of a page with a form: answered by 422 where it was not taken as it was
// filled in, or as it was refused.
func (v *Visit) ShowForm(views *Views, name, title string, f *Form, data any) (Answer, error) {
	if f != nil {
		f.zone = v.site.cfg.Zone
	}
	if f.OK() {
		return v.render(http.StatusOK, views, name, title, data)
	}
	return v.render(cmp.Or(f.refused, http.StatusUnprocessableEntity), views, name, title, data)
}

// SeeOther answers a form with another page of this site, where the notice, if it has
// an ID, is shown once.
func (v *Visit) SeeOther(path string, notice read.Message) Answer {
	a := Answer{status: http.StatusSeeOther, location: v.Path(path)}
	if notice.ID != "" {
		a.notice = &notice
	}
	return a
}

// Download answers with a file, to be saved under a name of letters, digits and ".-".
func (v *Visit) Download(name, contentType string, body []byte) Answer {
	return Answer{status: http.StatusOK, body: body, file: name, kind: contentType}
}

// frame is what the layout knows.
type frame struct {
	Lang      string // "ar" or "en"
	Dir       string
	Title     string
	Site      read.Bilingual
	Rehearsal bool
	People    bool // somebody may sign in
	Nav       []link
	Languages []link
	Person    *access.Person
	Notice    string
	Data      any
}

// link is a link of the layout.
type link struct {
	Tag, Label, Href string
	Current          bool
}

func (v *Visit) render(status int, views *Views, name, title string, data any) (Answer, error) {
	f := frame{
		Lang: v.Locale.Lang(), Dir: v.Locale.Dir(), Title: title, Site: v.site.cfg.Name, Rehearsal: v.site.cfg.Rehearsal || v.test,
		People: v.site.cfg.Visitor != nil, Person: v.Person, Notice: v.notice, Data: data,
	}
	for _, l := range languages {
		f.Languages = append(f.Languages, link{Tag: l.tag, Label: l.labelIn(v.Locale.Lang()), Href: v.inLanguage(l.tag), Current: l.tag == v.Lang})
	}
	for _, item := range v.site.nav {
		if !v.Person.MayAnywhere(item.Right) {
			continue
		}
		label, err := v.Locale.Text(item.Label, nil)
		if err != nil {
			return Answer{}, err
		}
		href := v.Path(item.Path)
		f.Nav = append(f.Nav, link{Label: label, Href: href})
	}
	// The page stands below one item: the nearest.
	var nearest *link
	for i, item := range f.Nav {
		below := v.URL.Path == item.Href || item.Href != v.Path("/") && strings.HasPrefix(v.URL.Path, item.Href+"/")
		if below && (nearest == nil || len(item.Href) > len(nearest.Href)) {
			nearest = &f.Nav[i]
		}
	}
	if nearest != nil {
		nearest.Current = true
	}
	var b bytes.Buffer
	if err := views.execute(&b, v.Lang, name, f); err != nil {
		return Answer{}, err
	}
	return Answer{status: status, body: b.Bytes()}, nil
}

// write sends an answer that nobody else may keep.
func (v *Visit) write(w http.ResponseWriter, a Answer) error {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if a.location != "" {
		if a.notice != nil {
			if err := v.leaveNotice(w, *a.notice); err != nil {
				return err
			}
		}
		http.Redirect(w, v.Request, a.location, a.status)
		return nil
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	if a.file != "" {
		h.Set("Content-Type", a.kind)
		h.Set("Content-Disposition", `attachment; filename="`+a.file+`"`)
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a reader who is gone is nobody's fault
	return nil
}

// noticeCookie carries a notice to the page that follows a form.
const noticeCookie = "notice"

func (v *Visit) leaveNotice(w http.ResponseWriter, m read.Message) error {
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	v.setNotice(w, base64.RawURLEncoding.EncodeToString(text), 60)
	return nil
}

func (v *Visit) setNotice(w http.ResponseWriter, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{
		Name: noticeCookie, Value: value, Path: "/", MaxAge: seconds, HttpOnly: true,
		Secure: strings.HasPrefix(v.site.cfg.Origin, "https://"), SameSite: http.SameSiteStrictMode,
	})
}

// takeNotice reads a notice and forgets it. What cannot be read is none.
func (v *Visit) takeNotice(w http.ResponseWriter) {
	c, err := v.Cookie(noticeCookie)
	if err != nil || v.Method != http.MethodGet {
		return
	}
	v.setNotice(w, "", -1)
	var m read.Message
	text, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil || json.Unmarshal(text, &m) != nil {
		return
	}
	if said, err := v.Locale.Message(m); err == nil {
		v.notice = said
	}
}
