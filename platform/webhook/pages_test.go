package webhook_test

import (
	"net/http"
	"strings"
	"testing"

	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	"bayyina/platform/store/storetest"
	"bayyina/platform/web"
	"bayyina/platform/web/webtest"
)

func TestAnObserverRegistersAReceiverAndSeesWhatBecameOfItsMessages(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.DSN(t, store.SQLite)))
	person := &access.Person{ID: w.observer, Name: "Mariam", Grants: []access.Grant{{Role: access.Observer, Scope: access.Scope{Election: "e"}}}}
	site := must(web.New(web.Config{
		Name: read.Bilingual{AR: "بيّنة", EN: "Bayyina"}, Origin: webtest.Origin, Log: w.cfg.Log,
		Visitor: func(*http.Request) (*access.Person, error) { return person, nil },
	}))
	site.Page(http.MethodGet, "/", access.Public, func(v *web.Visit) (web.Answer, error) { return v.SeeOther("/webhooks", read.Message{}), nil })
	w.Mount(site)
	b := webtest.Open(t, site.Handler())
	b.Look(t, "webhooks-none", "/webhooks")
	b.Page(t, "/ar/webhooks")
	b.Type(t, "#url", "https://169.254.169.254/latest/meta-data")
	b.Click(t, `[name=events][value="election.opened"]`)
	b.FollowTo(t, http.StatusUnprocessableEntity, "main form button")
	if text := b.Text(t, "main"); !strings.Contains(text, "لا يُتصل بهذا العنوان") {
		t.Errorf("an address within: %s", text)
	}
	webtest.Ask[string](t, b, `document.querySelector("#url").value = ""`)
	b.Type(t, "#url", w.receiver.URL+"/hook")
	b.Follow(t, "main form button")
	b.Follow(t, `form[action$="/test"] button`)
	w.send()
	w.receiver.says(http.StatusBadGateway)
	w.feed() // from here on
	w.publish(20)
	w.refresh()
	w.feed()
	w.send()
	b.Look(t, "webhooks", "/webhooks")
	b.Page(t, "/en/webhooks")
	for _, says := range []string{"delivered", "the receiver took it", "waiting · one attempt · the receiver did not take it", "an election opened"} {
		if text := strings.Join(strings.Fields(b.Text(t, "main")), " "); !strings.Contains(text, says) {
			t.Errorf("the page does not say %q: %s", says, text)
		}
	}
	b.Look(t, "webhook-key", "/webhooks/key")
	if text := b.Text(t, "main"); !strings.Contains(text, w.PublicKey()) || !strings.Contains(text, "bayyina.webhook/1") {
		t.Errorf("the page about the key: %s", text)
	}
	b.Page(t, "/en/webhooks")
	b.Follow(t, `form[action$="/remove"] button`)
	if list := must(w.Own(t.Context(), w.observer)); len(list) != 0 {
		t.Errorf("%d receivers are left", len(list))
	}
}
