package webhook

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/board"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

// shownDeliveries is how many of a receiver's messages its owner sees.
const shownDeliveries = 10

// Mount adds the page on which people keep their receivers, and the one that shows
// everybody the key.
func (h *Hooks) Mount(site *web.Site) {
	site.Page(http.MethodGet, "/webhooks", access.WebhookKeep, h.page, web.Anywhere)
	site.Page(http.MethodPost, "/webhooks", access.WebhookKeep, h.add, web.Anywhere)
	site.Page(http.MethodPost, "/webhooks/{id}/test", access.WebhookKeep, h.act(h.Test, "webhook.is-tested"), web.Anywhere)
	site.Page(http.MethodPost, "/webhooks/{id}/on", access.WebhookKeep, h.act(h.SwitchOn, "webhook.is-on"), web.Anywhere)
	site.Page(http.MethodPost, "/webhooks/{id}/remove", access.WebhookKeep, h.act(h.Remove, "webhook.is-removed"), web.Anywhere)
	site.Page(http.MethodGet, "/webhooks/key", access.Public, h.keyPage)
	site.Nav(web.NavItem{Label: "webhook.nav", Path: "/webhooks", Right: access.WebhookKeep})
}

// MountAPI adds the key to the interface for programs.
func (h *Hooks) MountAPI(a *board.API) {
	type out struct {
		Body struct {
			Key     string `json:"key" doc:"Ed25519, as Standard Webhooks writes a public key" example:"whpk_…"`
			Voucher string `json:"voucher" doc:"Signed note of the server's receipt key, which the log names (docs/PROTOCOL.md section 10a)"`
		}
	}
	board.Serve(a, board.Operation{
		Method: http.MethodGet, Path: "/webhook-key", Summary: "The key that signs webhooks", Example: "/webhook-key",
	}, func(context.Context, *struct{}) (*out, error) {
		voucher, err := h.Voucher()
		o := new(out)
		o.Body.Key, o.Body.Voucher = h.PublicKey(), string(voucher)
		return o, err
	})
}

// receivers is what the page shows.
type receivers struct {
	Form   *web.Form
	Events []web.Choice
	Hooks  []receiver
	Most   int
	Full   bool
	Key    string
}

type receiver struct {
	Hook
	Last []Delivery
}

func (h *Hooks) page(v *web.Visit) (web.Answer, error) {
	form := web.NewForm(v.URL.Query())
	return h.form(v, form)
}

func (h *Hooks) form(v *web.Visit, form *web.Form) (web.Answer, error) {
	own, err := h.Own(v.Context(), v.Person.ID)
	if err != nil {
		return web.Answer{}, err
	}
	shown := receivers{Form: form, Most: maxOwn, Full: len(own) >= maxOwn, Key: h.PublicKey()}
	for _, k := range own {
		last, err := h.Last(v.Context(), k.ID, shownDeliveries)
		if err != nil {
			return web.Answer{}, err
		}
		shown.Hooks = append(shown.Hooks, receiver{k, last})
	}
	for _, e := range h.events() {
		label, err := v.Locale.Text("webhook.event-"+string(e), nil)
		if err != nil {
			return web.Answer{}, err
		}
		shown.Events = append(shown.Events, web.Choice{Value: string(e), Label: label})
	}
	title, err := v.Locale.Text("webhook.title", nil)
	if err != nil {
		return web.Answer{}, err
	}
	return v.ShowForm(h.views, "webhooks", title, form, shown)
}

func (h *Hooks) add(v *web.Visit) (web.Answer, error) {
	form, err := v.Form()
	if err != nil {
		return web.Answer{}, err
	}
	address := form.Required("url", maxURL)
	var events []Event
	for _, e := range h.events() {
		if slices.Contains(form.Values("events"), string(e)) {
			events = append(events, e)
		}
	}
	if len(events) == 0 {
		form.Wrong("events", read.Message{ID: "webhook.err-events"})
	}
	if form.OK() {
		id, err := h.Add(v.Context(), v.Person.ID, address, events)
		if err == nil {
			h.cfg.Log.Info("a receiver of webhooks was added", "id", id, "person", v.Person.ID)
			return v.SeeOther("/webhooks", read.Message{ID: "webhook.is-added"}), nil
		}
		if err := form.Refuse("url", told(err)); err != nil {
			return web.Answer{}, err
		}
	}
	return h.form(v, form)
}

// act answers a form that does something to a receiver of the visitor's.
func (h *Hooks) act(do func(ctx context.Context, person int64, id string) error, done string) web.PageFunc {
	return func(v *web.Visit) (web.Answer, error) {
		if err := do(v.Context(), v.Person.ID, v.PathValue("id")); err != nil {
			return web.Answer{}, told(err)
		}
		return v.SeeOther("/webhooks", read.Message{ID: done}), nil
	}
}

// told turns an error of ours into the site's, so that the visitor reads the reason.
func told(err error) error {
	for _, s := range []struct {
		err    error
		status int
		id     string
	}{
		{ErrAddress, http.StatusUnprocessableEntity, "webhook.err-address"},
		{ErrMany, http.StatusUnprocessableEntity, "webhook.err-many"},
		{ErrTooSoon, http.StatusTooManyRequests, "webhook.err-too-soon"},
		{ErrUnknown, http.StatusNotFound, "web.status-404"},
	} {
		if errors.Is(err, s.err) {
			return &web.Problem{Status: s.status, Says: read.Message{ID: s.id}, Err: err}
		}
	}
	return err
}

// keyShown is what everybody sees of the key.
type keyShown struct{ Key, Voucher string }

func (h *Hooks) keyPage(v *web.Visit) (web.Answer, error) {
	voucher, err := h.Voucher()
	if err != nil {
		return web.Answer{}, err
	}
	title, err := v.Locale.Text("webhook.key-title", nil)
	if err != nil {
		return web.Answer{}, err
	}
	return v.Show(h.views, "webhook-key", title, keyShown{h.PublicKey(), string(voucher)})
}
