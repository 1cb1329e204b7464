package webtest

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// page is a good page; body and head stand in it.
func page(head, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; img-src data:")
		fmt.Fprintf(w, `<!doctype html><html lang="ar" dir="rtl"><meta name="viewport" content="width=device-width"><title>ص</title><link rel="icon" href="data:,">%s<main><h1>صفحة</h1>%s</main>`, head, body)
	}
}

func site() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/good", page("", `<a href="/missing">هنا</a> <a id="next" href="/two">هناك</a>`))
	mux.HandleFunc("/two", page("", `<form><label>اسم <input name="name"></label></form>`))
	mux.HandleFunc("/inline", page("", `<script>document.title = 'x'</script>`))
	mux.HandleFunc("/foreign", page("", `<img alt="" src="https://elsewhere.example/x.png">`))
	mux.HandleFunc("/throws", page(`<script src="/throws.js"></script>`, ""))
	mux.HandleFunc("/throws.js", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		fmt.Fprint(w, `throw new Error('so it is')`)
	})
	mux.HandleFunc("/missing", http.NotFound)
	return mux
}

func TestAGoodPageBringsNoComplaint(t *testing.T) {
	b := Open(t, site())
	b.Page(t, "/good")
	b.Axe(t)
	b.Width(t, Phone)
	b.Fits(t)
	b.Screenshot(t, "good")
	b.Follow(t, "#next")
	if got := b.Address(t); got != Origin+"/two" {
		t.Errorf("the link led to %s", got)
	}
	b.Type(t, "input", "سالم")
	if got := Ask[string](t, b, `document.querySelector('input').value`); got != "سالم" {
		t.Errorf("typed %q", got)
	}
	b.Status(t, http.StatusNotFound, "/missing")
}

func TestWhatAPageMustNotDoIsToldAsAComplaint(t *testing.T) {
	b := Open(t, site())
	for path, want := range map[string]string{
		"/inline":  "Content Security Policy",
		"/foreign": "Content Security Policy",
		"/throws":  "so it is",
	} {
		b.Page(t, path)
		if got := strings.Join(b.Complaints(), "\n"); !strings.Contains(got, want) {
			t.Errorf("%s: complaints %q, wanted %q among them", path, got, want)
		}
	}
}

func TestPasskeysAreMadeAndUsedOnBothHosts(t *testing.T) {
	b := Open(t, site())
	device := b.Authenticator(t)
	for i, origin := range []string{Origin, strings.Replace(Origin, "//", "//sign.", 1)} {
		b.Page(t, origin+"/good")
		made := Ask[string](t, b, `navigator.credentials.create({publicKey: {
			challenge: new Uint8Array(32), rp: {id: location.hostname, name: 'x'}, user: {id: new Uint8Array(8), name: 'x', displayName: 'x'},
			pubKeyCredParams: [{type: 'public-key', alg: -7}], authenticatorSelection: {residentKey: 'required', userVerification: 'required'}}}).then(c => c.id)`)
		used := Ask[string](t, b, `navigator.credentials.get({publicKey: {challenge: new Uint8Array(32), rpId: location.hostname, userVerification: 'required'}}).then(c => c.id)`)
		if made == "" || used != made {
			t.Errorf("%s: the passkey %q was made, %q used", origin, made, used)
		}
		if n := device.Passkeys(t); n != i+1 {
			t.Errorf("%s: %d passkeys on the device", origin, n)
		}
	}
	other := b.Another(t)
	other.Page(t, "/good")
	if n := other.Authenticator(t).Passkeys(t); n != 0 {
		t.Errorf("another person's device has %d passkeys at first", n)
	}
	const refused = `navigator.credentials.get({publicKey: {challenge: new Uint8Array(32), rpId: 'vote.test', userVerification: 'required'}}).then(() => '', e => e.name)`
	b.Page(t, "/good")
	device.Lock(t)
	if got := Ask[string](t, b, refused); got != "NotAllowedError" {
		t.Errorf("a device that nobody unlocked answered %q", got)
	}
	device.Lose(t)
}
