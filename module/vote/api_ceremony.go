package vote

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/board"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

// maxCeremonies is how many ceremonies are listed.
const maxCeremonies = 1000

// MountAPI adds the interface for the programs of trustees and authority to a site, and to its
// description.
func (c *Ceremonies) MountAPI(a *board.API, site *web.Site) {
	const one, example = "/ceremonies/{uuid}", "/ceremonies/8QrCAeS5xbQKAY"
	get := func(path, summary, example string) board.Operation {
		return board.Operation{Method: http.MethodGet, Path: path, Summary: summary, Example: example, Refusals: []int{http.StatusNotFound}}
	}
	board.Serve(a, get("/ceremonies", "The elections that have a ceremony, the newest first", "/ceremonies"), c.apiList)
	board.Serve(a, get(one, "A ceremony, and what each party has left to do", example), c.apiOne)
	board.Serve(a, get(one+"/messages/{step}", "What the parties said in a step", example+"/messages/certificate"), c.apiMessages)
	// A file is written, and a parcel is read, as it comes: nobody who is no party makes the server keep one.
	file := get(one+"/file", "A ceremony's file, for a party's program", example+"/file")
	a.Describe(file, "", "application/x-tar")
	site.Serve(http.MethodGet, "/api/v1"+file.Path, access.Public, answered(c.apiFile))
	take := board.Operation{
		Method: http.MethodPost, Path: one + "/messages", Summary: "Hand over what a party says, a parcel", Example: example + "/messages",
		Refusals: []int{
			http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge,
			http.StatusUnprocessableEntity, http.StatusServiceUnavailable,
		},
	}
	a.Describe(take, "application/x-tar", "application/json")
	site.Serve(http.MethodPost, "/api/v1"+take.Path, access.Public, answered(c.apiTake), web.Limit(maxCredentialList+maxMessage))
}

// ceremonyOut is a ceremony with whose turn it is.
type ceremonyOut struct {
	*Ceremony
	Next     []nextOut `json:"next"` // of each party that has something left to do
	Complete bool      `json:"complete"`
}

type nextOut struct {
	Place int  `json:"place"`
	Step  Step `json:"step"`
	Turn  bool `json:"turn"` // nobody else must act first
}

func newCeremonyOut(c *Ceremony) ceremonyOut {
	out := ceremonyOut{Ceremony: c, Next: []nextOut{}, Complete: c.Complete()}
	for _, p := range c.Parties {
		if step, turn := c.Next(p); step != "" {
			out.Next = append(out.Next, nextOut{p.Place, step, turn})
		}
	}
	return out
}

type ceremoniesOut struct {
	Body struct {
		Ceremonies []string `json:"ceremonies"`
	}
}

func (c *Ceremonies) apiList(ctx context.Context, _ *struct{}) (*ceremoniesOut, error) {
	list, err := c.List(ctx, maxCeremonies)
	out := new(ceremoniesOut)
	out.Body.Ceremonies = append([]string{}, list...)
	return out, err
}

type ceremonyAnswer struct{ Body ceremonyOut }

func (c *Ceremonies) apiOne(ctx context.Context, in *ElectionIn) (*ceremonyAnswer, error) {
	found, err := c.Ceremony(ctx, in.UUID)
	if err != nil {
		return nil, refusedCeremony(err)
	}
	return &ceremonyAnswer{newCeremonyOut(found)}, nil
}

type messagesIn struct {
	ElectionIn
	Step string `path:"step" maxLength:"20"`
}

// messageOut is what a party said.
type messageOut struct {
	Place   int    `json:"place"`
	Note    string `json:"note"`
	Content string `json:"content,omitempty"`
}

type messagesOut struct {
	Body struct {
		Messages []messageOut `json:"messages"`
	}
}

func (c *Ceremonies) apiMessages(ctx context.Context, in *messagesIn) (*messagesOut, error) {
	found, err := c.Ceremony(ctx, in.UUID)
	if err != nil {
		return nil, refusedCeremony(err)
	}
	out := new(messagesOut)
	out.Body.Messages = []messageOut{}
	for _, p := range found.Parties {
		if s := found.Has(Step(in.Step), p.Place); s != nil {
			out.Body.Messages = append(out.Body.Messages, messageOut{s.Place, string(s.Note), string(s.Content)})
		}
	}
	return out, nil
}

func (c *Ceremonies) apiFile(w http.ResponseWriter, r *http.Request) error {
	found, err := c.Ceremony(r.Context(), r.PathValue("uuid"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/x-tar")
	w.Header().Set("Content-Disposition", `attachment; filename="ceremony-`+found.Election+`.tar"`)
	return found.WriteFile(w)
}

func (c *Ceremonies) apiTake(w http.ResponseWriter, r *http.Request) error {
	now, err := c.Take(r.Context(), r.PathValue("uuid"), r.Body)
	if err != nil {
		return err
	}
	text, err := json.Marshal(newCeremonyOut(now))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(text, '\n')) // a reader who is gone is nobody's fault
	return nil
}

// answered tells errors as problems (RFC 9457) with a reason that stays the same.
func answered(h func(w http.ResponseWriter, r *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		err := h(w, r)
		if err == nil {
			return
		}
		refused := refusedCeremony(err)
		text, _ := json.Marshal(refused) // texts and a number
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(refused.Status)
		_, _ = w.Write(text) // a reader who is gone is nobody's fault
	})
}

// refusedCeremony is an error as programs are told it.
func refusedCeremony(err error) *board.Refusal {
	status, reason := reasonOf(err)
	return board.Refuse(status, reason, err.Error())
}

// reasonOf says which status an error has, and its stable name.
func reasonOf(err error) (status int, reason string) {
	tooLarge := new(http.MaxBytesError)
	switch {
	case errors.Is(err, ErrUnknownCeremony):
		return http.StatusNotFound, "unknown-ceremony"
	case errors.Is(err, ErrNotSigned):
		return http.StatusForbidden, "not-signed"
	case errors.Is(err, ErrNoKeys):
		return http.StatusServiceUnavailable, "no-keys"
	case errors.Is(err, ErrTooEarly):
		return http.StatusConflict, "too-early"
	case errors.Is(err, ErrSaid):
		return http.StatusConflict, "said-otherwise"
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge, "too-large"
	case errors.Is(err, ErrParcel):
		return http.StatusBadRequest, "no-message"
	}
	return http.StatusUnprocessableEntity, "wrong"
}

// saysOf is what people are told of an error of a ceremony.
func saysOf(err error) read.Message {
	_, reason := reasonOf(err)
	return read.Message{ID: "ceremony.refused-" + reason, Args: map[string]any{"Detail": err.Error()}}
}
