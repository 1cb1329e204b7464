package decide

import (
	"encoding/base64"
	"errors"
	"strings"

	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	"bayyina/platform/web"
)

// MountSigning adds the pages of the signing host to a site of its own, which has nothing
// else on it: no session and no other page, so that nothing but the text that is shown there can
// ask a deciding key to sign. Whoever comes brings a link that the decision's page made.
func (d *Decisions) MountSigning(site *web.Site) error {
	views, err := web.ParseViews(pages, "pages")
	if err != nil {
		return err
	}
	f := &face{d, views}
	site.Page("GET", "/", access.Public, f.nothing)
	site.Page("GET", "/sign/{token}", access.Public, f.signPage)
	site.Page("POST", "/sign/{token}", access.Public, f.signed)
	site.Page("GET", "/key/{token}", access.Public, f.keyPage)
	site.Page("POST", "/key/{token}", access.Public, f.made)
	return nil
}

// nothing tells whoever comes without a link where to begin.
func (f *face) nothing(v *web.Visit) (web.Answer, error) {
	return f.page(v, "nothing", "sign.title", nil, map[string]any{"Site": f.cfg.Site})
}

// signPage shows the very text that is signed, and what it does.
func (f *face) signPage(v *web.Visit) (web.Answer, error) {
	ctx := v.Context()
	h, err := f.now(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	var p *Proposal
	var person string
	var keys []string
	err = f.cfg.DB.View(ctx, func(tx *store.Tx) error {
		keys = nil
		l, err := f.follow(ctx, tx, v.PathValue("token"))
		if err == nil && l.proposal == "" {
			err = ErrLink
		}
		if err != nil {
			return err
		}
		if p, err = readProposal(ctx, tx, l.proposal); err != nil {
			return err
		}
		if p.State != Open {
			return ErrNotOpen
		}
		if err := f.maySign(ctx, tx, p, l.person); err != nil {
			return err
		}
		if person, err = f.nameOfPerson(ctx, tx, l.person); err != nil {
			return err
		}
		keys, err = f.credentials(v, tx, h, l.person)
		return err
	})
	if err != nil {
		return web.Answer{}, Problem(err)
	}
	rows, wrong := f.describe(ctx, h, p)
	return f.page(v, "sign", "sign.title", nil, map[string]any{
		"Kind": f.nameOf(p), "Rows": rows, "Wrong": wrong, "Text": string(p.Statement.Text), "Person": person,
		"Keys": strings.Join(keys, " "), "Party": h.Passkeys().RPID, "Path": v.URL.Path,
	})
}

// credentials are the authenticators' ids of a person's keys that are in force; none where one
// of them was not made here, for then the authenticator must find it by itself.
func (f *face) credentials(v *web.Visit, tx *store.Tx, h *read.KeyHistory, person int64) ([]string, error) {
	keys, err := keysOf(v.Context(), tx, person)
	if err != nil {
		return nil, err
	}
	var ids []string
	usable := false
	for _, k := range keys {
		if m := h.Member(k.Name); m == nil || m.Until != 0 {
			continue
		}
		usable = true
		if k.Credential == nil {
			return nil, nil
		}
		ids = append(ids, base64.RawURLEncoding.EncodeToString(k.Credential))
	}
	if !usable {
		return nil, ErrNoKey
	}
	return ids, nil
}

// signed takes the assertion.
func (f *face) signed(v *web.Visit) (web.Answer, error) {
	var a Assertion
	for name, part := range map[string]*[]byte{"authenticator": &a.AuthenticatorData, "client": &a.ClientData, "signature": &a.Signature} {
		var err error
		if *part, err = base64.RawURLEncoding.DecodeString(v.FormValue(name)); err != nil {
			return web.Answer{}, Problem(errors.Join(ErrSignature, err))
		}
	}
	id, err := f.signByLink(v.Context(), v.PathValue("token"), a)
	if err != nil {
		return web.Answer{}, Problem(err)
	}
	if _, err := f.Due(v.Context()); err != nil {
		return web.Answer{}, err
	}
	return f.page(v, "signed", "signed.title", nil, map[string]any{"Back": f.cfg.Site + v.Path("/decisions/"+id), "Key": ""})
}

// keyPage offers to make a deciding key.
func (f *face) keyPage(v *web.Visit) (web.Answer, error) {
	options, err := f.beginKey(v.Context(), v.PathValue("token"))
	if err != nil {
		return web.Answer{}, Problem(err)
	}
	return f.page(v, "key", "key.title", nil, map[string]any{"Options": string(options), "Path": v.URL.Path})
}

// made takes the key that was made.
func (f *face) made(v *web.Visit) (web.Answer, error) {
	name, err := f.finishKey(v.Context(), v.PathValue("token"), []byte(v.FormValue("answer")))
	if err != nil {
		return web.Answer{}, Problem(err)
	}
	return f.page(v, "signed", "made.title", nil, map[string]any{"Back": f.cfg.Site + v.Path("/decisions/propose/keys"), "Key": name})
}
