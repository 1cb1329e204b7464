package account

import (
	"errors"
	"net/url"
	"strconv"
	"time"

	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
	"bayyina/platform/web/chart"
)

// accountView is a person's own page.
type accountView struct {
	Member       Member
	Organisation read.Bilingual
	SignIn       SignIn // this one
	Passkeys     []Passkey
	SignIns      []SignIn
	Codes        int // recovery codes left
	ByPasskey    bool
}

func (a *Accounts) accountPage(v *web.Visit) (web.Answer, error) {
	ctx := v.Context()
	who, err := a.here(v)
	if err != nil {
		return web.Answer{}, err
	}
	d := accountView{SignIn: who.SignIn, ByPasskey: who.SignIn.Means == ByPasskey}
	if d.Member, err = a.Member(ctx, who.Person.ID); err != nil {
		return web.Answer{}, err
	}
	names, err := a.organisationNames(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	d.Organisation = names[who.Person.Organisation]
	if d.Passkeys, err = a.Passkeys(ctx, who.Person.ID); err != nil {
		return web.Answer{}, err
	}
	if d.SignIns, err = a.SignIns(ctx, who.Person.ID); err != nil {
		return web.Answer{}, err
	}
	for i, s := range d.SignIns { // seconds are nothing to a reader
		d.SignIns[i].Started, d.SignIns[i].Seen = s.Started.Truncate(time.Minute), s.Seen.Truncate(time.Minute)
	}
	if d.Codes, err = a.CodesLeft(ctx, who.Person.ID); err != nil {
		return web.Answer{}, err
	}
	return a.show(v, "account", d)
}

// passkeyForm is the form of adding a passkey.
type passkeyForm struct {
	Form    *web.Form
	Options string
}

func (a *Accounts) newPasskeyPage(v *web.Visit) (web.Answer, error) {
	who, err := a.here(v)
	if err != nil {
		return web.Answer{}, err
	}
	return a.passkeyForm(v, who, nil)
}

func (a *Accounts) passkeyForm(v *web.Visit, who *Visitor, form *web.Form) (web.Answer, error) {
	options, err := a.BeginEnrol(v.Context(), who)
	if err != nil {
		return web.Answer{}, told(err)
	}
	return a.showForm(v, "passkey", form, passkeyForm{form, string(options)})
}

func (a *Accounts) addPasskey(v *web.Visit) (web.Answer, error) {
	who, err := a.here(v)
	if err != nil {
		return web.Answer{}, err
	}
	form, err := v.Form()
	if err != nil {
		return web.Answer{}, err
	}
	if label := form.Required("label", maxLabel); form.OK() {
		err = a.FinishEnrol(v.Context(), who, label, []byte(form.Value("answer")))
		if err == nil {
			return v.SeeOther("/account", read.Message{ID: "account.passkey-added"}), nil
		}
		if err := form.Refuse("", told(err)); err != nil {
			return web.Answer{}, err
		}
	}
	return a.passkeyForm(v, who, form)
}

func (a *Accounts) removePasskey(v *web.Visit) (web.Answer, error) {
	who, err := a.here(v)
	if err != nil {
		return web.Answer{}, err
	}
	if err := a.RemovePasskey(v.Context(), who, v.PathValue("key")); err != nil {
		return web.Answer{}, told(err)
	}
	return v.SeeOther("/account", read.Message{ID: "account.passkey-removed"}), nil
}

func (a *Accounts) endSignIn(v *web.Visit) (web.Answer, error) {
	who, err := a.here(v)
	if err != nil {
		return web.Answer{}, err
	}
	id, err := strconv.ParseInt(v.PathValue("id"), 10, 64)
	if err != nil {
		return web.Answer{}, web.NotFound()
	}
	if err := a.EndSignIn(v.Context(), who.Person.ID, id); err != nil {
		return web.Answer{}, told(err)
	}
	return v.SeeOther("/account", read.Message{ID: "account.sign-in-ended"}), nil
}

// codesView is what the pages of codes show.
type codesView struct {
	Left      int
	ByPasskey bool
	Secret    string   // of the generator, in groups; "" unless it is to be confirmed
	Link      string   // otpauth://, as generators read it
	QR        chart.QR // of the link
	Recovery  []string // shown once
	Form      *web.Form
}

func (a *Accounts) codesPage(v *web.Visit) (web.Answer, error) {
	who, err := a.here(v)
	if err != nil {
		return web.Answer{}, err
	}
	left, err := a.CodesLeft(v.Context(), who.Person.ID)
	if err != nil {
		return web.Answer{}, err
	}
	return a.show(v, "codes", codesView{Left: left, ByPasskey: who.SignIn.Means == ByPasskey})
}

func (a *Accounts) beginCodes(v *web.Visit) (web.Answer, error) {
	who, err := a.here(v)
	if err != nil {
		return web.Answer{}, err
	}
	secret, err := a.BeginCodes(v.Context(), who)
	if err != nil {
		return web.Answer{}, told(err)
	}
	d, err := a.generatorView(who, secret)
	if err != nil {
		return web.Answer{}, err
	}
	return a.show(v, "generator", d)
}

func (a *Accounts) confirmCodes(v *web.Visit) (web.Answer, error) {
	who, err := a.here(v)
	if err != nil {
		return web.Answer{}, err
	}
	form, err := v.Form()
	if err != nil {
		return web.Answer{}, err
	}
	recovery, err := a.ConfirmCodes(v.Context(), who, form.Value("code"))
	if errors.Is(err, ErrCode) {
		if err := form.Refuse("code", told(err)); err != nil {
			return web.Answer{}, err
		}
		secret, err := a.pendingCodes(v.Context(), who)
		if err != nil {
			return web.Answer{}, told(err)
		}
		d, err := a.generatorView(who, secret)
		if err != nil {
			return web.Answer{}, err
		}
		d.Form = form
		return a.showForm(v, "generator", form, d)
	}
	if err != nil {
		return web.Answer{}, told(err)
	}
	return a.show(v, "recovery", codesView{Recovery: recovery})
}

// generatorView tells a generator's secret in the three ways in which generators take it:
// to be typed, as a link, and as a picture of the link. The link's form is that of
// https://github.com/google/google-authenticator/wiki/Key-Uri-Format.
func (a *Accounts) generatorView(who *Visitor, secret string) (codesView, error) {
	host := a.party.Config.RPID
	link := url.URL{
		Scheme: "otpauth", Host: "totp", Path: "/" + host + ":" + strconv.FormatInt(who.Person.ID, 10),
		RawQuery: url.Values{"secret": {secret}, "issuer": {host}}.Encode(),
	}
	picture, err := chart.NewQR(link.String())
	if err != nil {
		return codesView{}, err
	}
	return codesView{Secret: inGroups(secret, " "), Link: link.String(), QR: picture}, nil
}
