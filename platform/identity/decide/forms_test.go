package decide_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"bayyina/platform/identity/decide"
	"bayyina/platform/web/webtest"
)

func TestAFormWithMistakesComesBackWithWhatWasTyped(t *testing.T) {
	w := small(t)
	c := w.visit(w.serve(), w.officers[0])
	page := c.post("/en/decisions/propose/witnesses", url.Values{
		"witnesses": {"one two three"}, "quorum": {"ninety"}, "reason_en": {"<i>Because</i>"}, "from": {"yesterday"},
	}).want(422)
	page.has("one two three", `value="ninety"`, "&lt;i&gt;Because&lt;/i&gt;", `value="yesterday"`, `id="errors" autofocus`,
		`href="#quorum"`, `href="#witnesses"`, `href="#from"`, `aria-describedby="quorum-problem" aria-invalid="true"`)
	c.post("/en/decisions/propose/rules", url.Values{"officer.log.keys/1": {"1"}, "reason_ar": {"سبب"}}).want(422).
		has("سبب", `value="1"`, "from 2 to 32")
	c.post("/ar/decisions/propose/close", url.Values{"successor": {"log.example/2"}, "from": {"2020-01-01T10:00"}}).want(422).
		has(`value="log.example/2"`, "مضى هذا الوقت", "لا بد من ذكر السبب")
	c.post("/en/decisions/propose/keys", url.Values{"add": {"nobody.example/1"}, "reason_en": {"New"}}).want(422).has("New")
	id := w.propose(w.officers[1], w.grant())
	c.post("/en/decisions/"+id+"/refuse", url.Values{"reason_en": {strings.Repeat("x", 2001)}}).want(422).has(strings.Repeat("x", 2001), `href="#reason_en"`)
	if state(w, id) != decide.Open {
		t.Error("it is refused without a reason")
	}
}

func TestAPersonIsChosenByName(t *testing.T) {
	w := small(t)
	h := w.serve()
	c := w.visit(h, w.officers[0])
	clerk := fmt.Sprintf(`<option value="%d">Clerk – Commission</option>`, w.clerk)
	c.get("/en/decisions/propose/roles").want(200).has(clerk)
	c.get(fmt.Sprintf("/en/decisions/propose/roles?person=%d", w.clerk)).want(200).has(fmt.Sprintf(`<option value="%d" selected>`, w.clerk))
	for range 50 {
		w.person("Somebody")
	}
	form := url.Values{"act": {"revoke"}, "role": {"auditor"}, "reason_en": {"Kept"}, "search": {"1"}, "who": {"CLERK"}}
	many := c.get("/en/decisions/propose/roles").want(200).has("too many people")
	if strings.Contains(many.body, "Clerk") {
		t.Error("a list too long is shown")
	}
	c.post("/en/decisions/propose/roles", form).want(200).has(clerk, "Kept", `value="auditor" selected`, `value="revoke" checked`)
	form.Set("who", "Nobody")
	c.post("/en/decisions/propose/roles", form).want(200).has("Nobody was found")
	form.Del("search")
	c.post("/en/decisions/propose/roles", form).want(422).has("Choose a person", "Kept")
	form.Set("person", "99999")
	c.post("/en/decisions/propose/roles", form).want(422).has("cannot be decided as things stand")
	form.Set("person", fmt.Sprint(w.clerk))
	form.Set("centre", "12")
	c.post("/en/decisions/propose/roles", form).want(422).has("A centre needs its district", clerk[:len(clerk)-len(">Clerk – Commission</option>")]+" selected")
	form.Del("centre")
	form.Set("act", "grant")
	c.post("/en/decisions/propose/roles", form).want(http.StatusSeeOther)
}

func TestTheFocusGoesToWhatIsWrongWithAForm(t *testing.T) {
	w := small(t)
	b := webtest.Open(t, w.serve())
	w.signIn(t, b, w.officers[0])
	for _, width := range []int64{webtest.Phone, webtest.Desktop} {
		for _, lang := range []string{"ar", "en"} {
			b.Width(t, width)
			b.Page(t, "/"+lang+"/decisions/propose/witnesses")
			b.Type(t, "#quorum", "many")
			b.FollowTo(t, 422, "main form .actions button")
			b.Wait(t, "#errors:focus") // the browser moves it once it has drawn the page
			b.Axe(t)
			b.Fits(t)
			b.Screenshot(t, fmt.Sprintf("decide-mistakes-%s-%d", lang, width))
			b.Click(t, `#errors a[href="#quorum"]`)
			if at := webtest.Ask[string](t, b, `document.activeElement.id + document.activeElement.value`); at != "quorummany" {
				t.Errorf("a mistake leads to %q", at)
			}
		}
	}
}
