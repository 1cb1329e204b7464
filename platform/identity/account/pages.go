package account

import (
	"cmp"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

// Mount adds the pages of people and of signing in. The site's handler must be wrapped by
// [Accounts.Handler], and its Config.Visitor be [Accounts.SignedIn].
func (a *Accounts) Mount(site *web.Site) {
	site.Page("GET", "/sign-in", access.Public, a.signInPage)
	site.Page("POST", "/sign-in/passkey", access.Public, a.signInByPasskey)
	site.Page("POST", "/sign-in/codes", access.Public, a.signInByCodes)
	site.Page("POST", "/sign-out", access.Public, a.signOut)
	site.Page("GET", "/invitation", access.Public, a.invitationPage)
	site.Page("POST", "/invitation", access.Public, a.openInvitation)
	site.Page("POST", "/invitation/passkey", access.Public, a.takeUpInvitation)

	site.Page("GET", "/account", access.SignedIn, a.accountPage)
	site.Page("GET", "/account/passkeys/new", access.SignedIn, a.newPasskeyPage)
	site.Page("POST", "/account/passkeys", access.SignedIn, a.addPasskey)
	site.Page("POST", "/account/passkeys/{key}/remove", access.SignedIn, a.removePasskey)
	site.Page("POST", "/account/sign-ins/{id}/end", access.SignedIn, a.endSignIn)
	site.Page("GET", "/account/codes", access.SignedIn, a.codesPage)
	site.Page("POST", "/account/codes", access.SignedIn, a.beginCodes)
	site.Page("POST", "/account/codes/confirm", access.SignedIn, a.confirmCodes)

	site.Page("GET", "/people", access.PeopleRead, a.peoplePage, web.Anywhere)
	site.Page("GET", "/people/{id}", access.PeopleRead, a.personPage, web.Anywhere)
	site.Page("GET", "/people/new", access.PeopleManage, a.newcomerPage, web.Anywhere)
	site.Page("POST", "/people", access.PeopleManage, a.invitePerson, web.Anywhere)
	site.Page("POST", "/people/{id}/invite", access.PeopleManage, a.inviteAgain, web.Anywhere)
	site.Page("GET", "/people/{id}/end", access.PeopleManage, a.endPage, web.Anywhere)
	site.Page("POST", "/people/{id}/end", access.PeopleManage, a.endPerson, web.Anywhere)
	site.Page("GET", "/organisations", access.PeopleRead, a.organisationsPage, web.Anywhere)
	site.Page("POST", "/organisations", access.PeopleManage, a.addOrganisation)
	site.Page("GET", "/reads", access.ReadsRead, a.readsPage, web.Anywhere)

	site.Nav(web.NavItem{Label: "account.nav-people", Path: "/people", Right: access.PeopleRead})
	site.Nav(web.NavItem{Label: "account.nav-reads", Path: "/reads", Right: access.ReadsRead})
	if a.cfg.Demo {
		a.mountDemo(site)
	}
}

// show shows a page whose title is a message.
func (a *Accounts) show(v *web.Visit, name string, data any) (web.Answer, error) {
	return a.showForm(v, name, nil, data)
}

// showForm shows a page with a form on it.
func (a *Accounts) showForm(v *web.Visit, name string, form *web.Form, data any) (web.Answer, error) {
	title, err := v.Locale.Text("account.title-"+name, nil)
	if err != nil {
		return web.Answer{}, err
	}
	return v.ShowForm(a.views, name, title, form, data)
}

// says are the reasons in words.
var says = []struct {
	err    error
	status int
	id     string
}{
	{ErrTooMany, http.StatusTooManyRequests, "account.err-too-many"},
	{ErrSignIn, http.StatusUnprocessableEntity, "account.err-sign-in"},
	{ErrInvitation, http.StatusUnprocessableEntity, "account.err-invitation"},
	{ErrNotByPasskey, http.StatusForbidden, "account.err-not-by-passkey"},
	{ErrLastPasskey, http.StatusUnprocessableEntity, "account.err-last-passkey"},
	{ErrCode, http.StatusUnprocessableEntity, "account.err-code"},
	{ErrOneself, http.StatusForbidden, "account.err-oneself"},
	{ErrTaken, http.StatusUnprocessableEntity, "account.err-taken"},
	{ErrUnknown, http.StatusNotFound, "account.err-unknown"},
	{ErrMalformed, http.StatusUnprocessableEntity, "account.err-malformed"},
}

// told turns an error of ours into the site's, so that the visitor reads the reason.
func told(err error) error {
	for _, s := range says {
		if errors.Is(err, s.err) {
			return &web.Problem{Status: s.status, Says: read.Message{ID: s.id}, Err: err}
		}
	}
	return err
}

// here is who visits a page that only those see who are signed in.
func (a *Accounts) here(v *web.Visit) (*Visitor, error) {
	who, err := a.visitor(v.Context())
	if err == nil && who == nil {
		err = web.Forbidden() // signed out while the request was on its way
	}
	return who, err
}

// from is where a request comes from; the zero address where it is not known.
func from(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr()
}

// signInForm is what the page of signing in shows.
type signInForm struct {
	Form    *web.Form
	Options string // of the passkey
	Demo    bool
}

func (a *Accounts) signInPage(v *web.Visit) (web.Answer, error) {
	if v.Person != nil {
		return v.SeeOther("/account", read.Message{}), nil
	}
	return a.signInForm(v, web.NewForm(v.URL.Query()))
}

func (a *Accounts) signInForm(v *web.Visit, form *web.Form) (web.Answer, error) {
	options, err := a.BeginSignIn()
	if err != nil {
		return web.Answer{}, err
	}
	return a.showForm(v, "sign-in", form, signInForm{Form: form, Options: string(options), Demo: a.cfg.Demo})
}

// signInAgain shows the page once more, with what went wrong: not which of the fields, so that
// nobody learns by trying who has an account.
func (a *Accounts) signInAgain(v *web.Visit, form *web.Form, wrong error) (web.Answer, error) {
	if err := form.Refuse("", told(wrong)); err != nil {
		return web.Answer{}, err
	}
	return a.signInForm(v, form)
}

func (a *Accounts) signInByPasskey(v *web.Visit) (web.Answer, error) {
	form, err := v.Form()
	if err != nil {
		return web.Answer{}, err
	}
	id, err := a.FinishSignIn(v.Context(), []byte(form.Value("answer")), v.UserAgent())
	if err != nil {
		a.note(v, "sign-in by passkey refused", err)
		return a.signInAgain(v, form, err)
	}
	return a.entered(v, id, cmp.Or(a.cfg.Home, "/account"))
}

func (a *Accounts) signInByCodes(v *web.Visit) (web.Answer, error) {
	form, err := v.Form()
	if err != nil {
		return web.Answer{}, err
	}
	id, err := a.CodesSignIn(v.Context(), form.Value("address"), form.Value("recovery"), form.Value("code"), v.UserAgent(), from(v.Request))
	if err != nil {
		a.note(v, "sign-in by codes refused", err)
		return a.signInAgain(v, form, err)
	}
	return a.entered(v, id, cmp.Or(a.cfg.Home, "/account"))
}

// note writes into the server's own log what an attacker would like to know, without
// anybody's name.
func (a *Accounts) note(v *web.Visit, what string, err error) {
	a.cfg.Log.InfoContext(v.Context(), what, "error", err)
}

// entered begins the session of a sign-in, and goes where the visitor wanted to go.
func (a *Accounts) entered(v *web.Visit, signIn int64, otherwise string) (web.Answer, error) {
	if err := a.enter(v.Context(), signIn); err != nil {
		return web.Answer{}, err
	}
	return v.SeeOther(after(v, v.PostFormValue("next"), otherwise), read.Message{ID: "account.signed-in"}), nil
}

// after is the page of this site, and of this language, that next names, or otherwise the
// other one. The address that is answered with always begins with the language, so
// that it never leads to another site.
func after(v *web.Visit, next, otherwise string) string {
	u, err := url.Parse(next)
	path, ok := strings.CutPrefix(next, "/"+v.Lang+"/")
	if err != nil || !ok || u.Scheme != "" || u.Host != "" || strings.ContainsAny(next, "\\\r\n\t") ||
		strings.HasPrefix(path, strings.TrimPrefix(web.SignInPath, "/")) {
		return otherwise
	}
	return "/" + path
}

func (a *Accounts) signOut(v *web.Visit) (web.Answer, error) {
	who, err := a.visitor(v.Context())
	if err != nil {
		return web.Answer{}, err
	}
	if who != nil {
		if err := a.leave(v.Context(), who); err != nil {
			return web.Answer{}, err
		}
	}
	return v.SeeOther("/", read.Message{ID: "account.signed-out"}), nil
}

// invitationForm is what the pages of an invitation show.
type invitationForm struct {
	Form    *web.Form
	Options string
}

func (a *Accounts) invitationPage(v *web.Visit) (web.Answer, error) {
	return a.show(v, "invitation", invitationForm{})
}

func (a *Accounts) openInvitation(v *web.Visit) (web.Answer, error) {
	form, err := v.Form()
	if err != nil {
		return web.Answer{}, err
	}
	return a.invitedForm(v, form)
}

// invitedForm offers to take up the invitation whose code is in the form; where there is none such, it
// asks for another code.
func (a *Accounts) invitedForm(v *web.Visit, form *web.Form) (web.Answer, error) {
	options, err := a.BeginInvited(v.Context(), form.Code("code", maxCode))
	if err == nil {
		return a.showForm(v, "invited", form, invitationForm{form, string(options)})
	}
	a.note(v, "invitation refused", err)
	if form.OK() {
		if err := form.Refuse("code", told(err)); err != nil {
			return web.Answer{}, err
		}
	}
	return a.showForm(v, "invitation", form, invitationForm{Form: form})
}

func (a *Accounts) takeUpInvitation(v *web.Visit) (web.Answer, error) {
	form, err := v.Form()
	if err != nil {
		return web.Answer{}, err
	}
	label := form.Required("label", maxLabel)
	if !form.OK() {
		return a.invitedForm(v, form)
	}
	id, err := a.FinishInvited(v.Context(), form.Code("code", maxCode), label, []byte(form.Value("answer")), v.UserAgent())
	if err == nil {
		return a.entered(v, id, cmp.Or(a.cfg.Home, "/account"))
	}
	a.note(v, "invitation refused", err)
	if err := form.Refuse("", told(err)); err != nil {
		return web.Answer{}, err
	}
	return a.invitedForm(v, form)
}

// Limits of what is typed, in letters.
const (
	maxCode  = 60  // of an invitation or a body
	maxLabel = 100 // of a passkey
)
