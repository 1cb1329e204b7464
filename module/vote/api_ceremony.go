package vote

import (
	"encoding/json"
	"errors"
	"net/http"

	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

// maxCeremonies is how many ceremonies are listed.
const maxCeremonies = 1000

// MountAPI adds the interface for the programs of trustees and authority to a site.
func (c *Ceremonies) MountAPI(site *web.Site) {
	get := func(path string, h func(w http.ResponseWriter, r *http.Request) error) {
		site.Serve(http.MethodGet, "/api/v1/ceremonies"+path, access.Public, answered(h))
	}
	get("", c.apiList)
	get("/{uuid}", c.apiOne)
	get("/{uuid}/file", c.apiFile)
	get("/{uuid}/messages/{step}", c.apiMessages)
	site.Serve(http.MethodPost, "/api/v1/ceremonies/{uuid}/messages", access.Public, answered(c.apiTake), web.Limit(maxCredentialList+maxMessage))
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

func (c *Ceremonies) apiList(w http.ResponseWriter, r *http.Request) error {
	list, err := c.List(r.Context(), maxCeremonies)
	if err != nil {
		return err
	}
	return answerJSON(w, struct {
		Ceremonies []string `json:"ceremonies"`
	}{append([]string{}, list...)})
}

func (c *Ceremonies) apiOne(w http.ResponseWriter, r *http.Request) error {
	found, err := c.Ceremony(r.Context(), r.PathValue("uuid"))
	if err != nil {
		return err
	}
	return answerJSON(w, newCeremonyOut(found))
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

// messageOut is what a party said.
type messageOut struct {
	Place   int    `json:"place"`
	Note    string `json:"note"`
	Content string `json:"content,omitempty"`
}

func (c *Ceremonies) apiMessages(w http.ResponseWriter, r *http.Request) error {
	found, err := c.Ceremony(r.Context(), r.PathValue("uuid"))
	if err != nil {
		return err
	}
	out := struct {
		Messages []messageOut `json:"messages"`
	}{[]messageOut{}}
	for _, p := range found.Parties {
		if s := found.Has(Step(r.PathValue("step")), p.Place); s != nil {
			out.Messages = append(out.Messages, messageOut{s.Place, string(s.Note), string(s.Content)})
		}
	}
	return answerJSON(w, out)
}

func (c *Ceremonies) apiTake(w http.ResponseWriter, r *http.Request) error {
	now, err := c.Take(r.Context(), r.PathValue("uuid"), r.Body)
	if err != nil {
		return err
	}
	return answerJSON(w, newCeremonyOut(now))
}

func answerJSON(w http.ResponseWriter, body any) error {
	text, err := json.Marshal(body)
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
		status, reason := reasonOf(err)
		text, _ := json.Marshal(problem{http.StatusText(status), status, err.Error(), reason}) // texts and a number
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(status)
		_, _ = w.Write(text) // a reader who is gone is nobody's fault
	})
}

// problem is an error as RFC 9457 has it.
type problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Reason string `json:"reason"`
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
