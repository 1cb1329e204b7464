package vote_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"testing"

	"bayyina/core/ballot"
	"bayyina/module/vote"
	"bayyina/module/vote/booth"
	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	"bayyina/platform/web"
	"bayyina/platform/web/webtest"
)

// boothSite serves the booth of an election that is open.
func boothSite(t *testing.T, w *world) http.Handler {
	t.Helper()
	b := must(booth.New(booth.Settings{Server: webtest.Origin, Log: origin, Receipt: w.Receipt.VerifierKey()}))
	site := must(web.New(web.Config{Name: read.Bilingual{AR: "المفوضية", EN: "Commission"}, Origin: webtest.Origin}))
	b.Mount(site)
	answer := func(rw http.ResponseWriter, v any, err error) {
		rw.Header().Set("Content-Type", "application/json")
		if err != nil {
			rw.WriteHeader(http.StatusUnprocessableEntity)
			v = map[string]string{"reason": "other", "detail": err.Error()}
			if errors.Is(err, vote.ErrAlreadyCast) {
				v = map[string]string{"reason": "already-cast"}
			}
		}
		json.NewEncoder(rw).Encode(v)
	}
	const one = "/api/v1/elections/{uuid}"
	site.Serve(http.MethodGet, one+"/definition", access.Public, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { rw.Write(w.definition) }))
	site.Serve(http.MethodGet, one+"/credentials/{prefix}", access.Public, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		var list []string
		for i := range w.list.Len() {
			if text := w.list.At(i).Public.String(); text[:len(r.PathValue("prefix"))] == r.PathValue("prefix") {
				list = append(list, text)
			}
		}
		answer(rw, map[string]any{"credentials": append([]string{}, list...)}, nil)
	}))
	site.Serve(http.MethodGet, one+"/voting", access.Public, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		answer(rw, map[string]any{
			"title": map[string]string{"ar": "انتخاب تجريبي", "en": "An election"}, "definition": vote.AttachmentOf(w.definition).SHA256,
			"opens": opens, "closes": closes, "accepting_until": closes, "credentials": w.list.Len(), "code": "none", "now": w.clock(),
		}, nil)
	}))
	site.Serve(http.MethodPost, one+"/casts", access.Public, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		check(t, err)
		a, err := w.reg.Cast(r.Context(), r.PathValue("uuid"), text)
		if err != nil {
			answer(rw, nil, err)
			return
		}
		answer(rw, map[string]any{"tracker": a.Tracker, "deadline": a.Deadline, "promise": string(a.Promise)}, nil)
	}))
	site.Serve(http.MethodPost, one+"/openings", access.Public, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		check(t, err)
		_, err = ballot.ParseOpening(w.group, text)
		rw.WriteHeader(http.StatusCreated)
		answer(rw, map[string]string{}, err)
	}))
	return site.Handler()
}

func TestAVoterCastsABallotInTheBooth(t *testing.T) {
	w := newWorld(t, store.SQLite)
	w.open()
	b := webtest.Open(t, boothSite(t, w))
	b.Width(t, webtest.Phone)
	b.Page(t, "/booth/#"+w.uuid)
	b.Wait(t, "#credential")
	b.Screenshot(t, "booth-1")
	b.Type(t, "#credential", w.secrets[2].Reveal())
	b.Click(t, "main form button")
	b.Wait(t, ".choices")
	b.Screenshot(t, "booth-2")
	b.Click(t, ".choices label")
	b.Click(t, ".bar-below .button")
	b.Wait(t, ".answers")
	b.Screenshot(t, "booth-3")
	b.Click(t, "main > .actions .button")
	b.Wait(t, ".seal")
	b.Screenshot(t, "booth-4")
	b.Click(t, ".two .button")
	b.Wait(t, ".verdict.true")
	b.Screenshot(t, "booth-5")
	w.tick(batch)
	if n := must(w.reg.Status(ctx, w.uuid)).Ballots; n != 1 {
		t.Errorf("%d ballots are in the log", n)
	}
}
