package web_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

func TestATimeIsFilledInAndToldAsTheClocksOfTheSiteShowIt(t *testing.T) {
	tripoli := time.FixedZone("EET", 2*60*60)
	site, err := web.New(web.Config{Name: read.Bilingual{AR: "بيّنة", EN: "Bayyina"}, Origin: "http://site.example", Zone: tripoli, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	views, err := web.ParseViews(fstest.MapFS{"pages/when.html": {Data: []byte(
		`{{define "content"}}{{template "field" (field "Form" .Form "Name" "at" "Label" "Opens" "Type" "datetime-local")}}{{.Told}}{{end}}`)}}, "pages")
	if err != nil {
		t.Fatal(err)
	}
	var read time.Time
	site.Page("POST", "/when", access.Public, func(v *web.Visit) (web.Answer, error) {
		form, err := v.Form()
		if err != nil {
			return web.Answer{}, err
		}
		read = form.Moment("at")
		if again := v.MomentValue(read); again != form.Value("at") {
			t.Errorf("%s is filled in again as %s", form.Value("at"), again)
		}
		return v.ShowForm(views, "when", "When", form, map[string]any{"Form": form, "Told": v.Local(read)})
	})
	for at, want := range map[string]string{"2026-11-24T00:30": "2026-11-23T22:30:00Z", "2026-11-24T09:30:15": "2026-11-24T07:30:15Z"} {
		r := httptest.NewRequest(http.MethodPost, "/en/when", strings.NewReader(url.Values{"at": {at}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		site.Handler().ServeHTTP(w, r)
		if got := read.Format(time.RFC3339); got != want {
			t.Errorf("%s is read as %s, want %s", at, got, want)
		}
		for _, told := range []string{`value="` + at + `"`, "UTC&#43;02:00", "24 November 2026, " + at[len("2026-11-24T"):]} {
			if !strings.Contains(w.Body.String(), told) {
				t.Errorf("the page does not tell %s:\n%s", told, w.Body)
			}
		}
	}
}
