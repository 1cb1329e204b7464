package vote_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"bayyina/internal/forge"
	"bayyina/module/vote"
	"bayyina/platform/identity/account"
	"bayyina/platform/identity/decide"
	decisions "bayyina/platform/identity/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	"bayyina/platform/web/webtest"
)

// setUpFiles are the files that the commission sets the election up with.
func (w *world) setUpFiles() map[string][]byte {
	return map[string][]byte{"draft_file": must(json.Marshal(w.draft)), "trustees": w.record, "credentials": w.list.Bytes()}
}

// staff are the commission's people in windows of their own.
type staff struct {
	*shown
	t        *testing.T
	c        *commission
	manager  *webtest.Browser
	officers []*webtest.Browser
}

func (s *staff) signIn(b *webtest.Browser, person int64) {
	s.t.Helper()
	b.Page(s.t, "/en/demo")
	b.Follow(s.t, fmt.Sprintf(`form:has([name=person][value="%d"]) button`, person))
}

// refresh lets the log take what is decided, and the board look at it. Everybody signs in
// again: time has passed.
func (s *staff) refresh() {
	s.t.Helper()
	s.drain()
	check(s.t, s.board.Refresh(ctx))
	s.signIn(s.manager, s.c.manager.ID)
	for i, b := range s.officers {
		s.signIn(b, s.c.officers[i])
	}
}

// looked looks at the page that is shown, and keeps a picture.
func looked(t *testing.T, b *webtest.Browser, name string) {
	t.Helper()
	b.Fits(t)
	b.Axe(t)
	b.Screenshot(t, name)
}

// decided has what the manager looks at proposed, and signed by everybody who must.
func (s *staff) decided(name string) {
	s.t.Helper()
	looked(s.t, s.manager, "propose-check-"+name)
	s.manager.Follow(s.t, `button[name=do][value=propose]`)
	looked(s.t, s.manager, "propose-decision-"+name)
	s.entered(name)
}

// entered has the proposal that the manager sees signed by everybody who must.
func (s *staff) entered(name string) {
	s.t.Helper()
	_, path, _ := strings.Cut(s.manager.Address(s.t), webtest.Origin)
	for _, b := range s.officers {
		b.Page(s.t, path)
		b.Follow(s.t, `form[action$="/software"] button`)
	}
	id := path[strings.LastIndex(path, "/")+1:]
	p := must(s.c.Proposal(ctx, s.c.manager, id))
	if p.State == decide.Open {
		file := filepath.Join(s.t.TempDir(), id+".signed")
		signed, err := forge.Sign(p.Statement.Text, s.Root)
		check(s.t, err)
		check(s.t, os.WriteFile(file, signed, 0o600))
		s.manager.Page(s.t, path)
		s.manager.Upload(s.t, "#signed", file)
		s.manager.Follow(s.t, `form[action$="/offline"] button`)
	}
	if p := must(s.c.Proposal(ctx, s.c.manager, id)); p.State != decide.Entered {
		s.t.Fatalf("%s is %s", name, p.State)
	}
}

func (s *staff) set(b *webtest.Browser, field string, at time.Time) {
	s.t.Helper()
	webtest.Ask[string](s.t, b, fmt.Sprintf(`document.querySelector('#%s').value = '%s'`, field, at.In(time.FixedZone("EET", 2*60*60)).Format("2006-01-02T15:04")))
}

// The commission proposes on pages, and signs, what happens to an election, from its set-up
// to its certification; and a stranger finds all of it right.
func TestAnElectionIsProposedOnPagesFromItsSetUpToItsCertification(t *testing.T) {
	t.Parallel()
	w := newWorld(t, store.SQLite)
	w.prepared()
	c := w.commission()
	s := &staff{shown: showTo(w, c), t: t, c: c}
	s.manager = webtest.Open(t, s.site)
	s.officers = []*webtest.Browser{s.manager.Another(t), s.manager.Another(t)}
	page := "/elections/" + w.uuid
	s.refresh()

	// Set-up, in Arabic on a phone.
	b := s.manager
	b.Look(t, "propose-setup", "/elections/propose")
	b.Width(t, webtest.Phone)
	b.Page(t, "/ar"+page)
	b.Follow(t, `a[href="/ar/elections/propose"]`)
	dir := t.TempDir()
	for name, content := range w.setUpFiles() {
		file := filepath.Join(dir, name+".json")
		check(t, os.WriteFile(file, content, 0o600))
		b.Upload(t, "#"+name, file)
	}
	b.FollowTo(t, 422, "main form .actions button") // there is no title
	looked(t, b, "propose-setup-mistakes-ar-390")
	for name := range w.setUpFiles() {
		b.Upload(t, "#"+name, filepath.Join(dir, name+".json"))
	}
	b.Type(t, "#title_ar", "انتخاب")
	b.Type(t, "#title_en", "Election")
	b.Follow(t, "main form .actions button")
	s.decided("setup-ar-390")
	s.refresh()

	// Opening, in English on a desk.
	b.Look(t, "propose-open", page+"/propose/open")
	b.Width(t, webtest.Desktop)
	b.Page(t, "/en"+page)
	b.Follow(t, `a[href$="/propose/open"]`)
	s.set(b, "opens", start.Add(-time.Hour))
	s.set(b, "closes", closes)
	b.FollowTo(t, 422, "main form .actions button")
	s.set(b, "opens", opens)
	b.Follow(t, "main form .actions button")
	if text := b.Text(t, "main"); !strings.Contains(text, "11:00 (UTC+02:00)") || !strings.Contains(text, "09:00 UTC") {
		t.Error(text)
	}
	b.Follow(t, `button[value=change]`)
	b.Follow(t, "main form .actions button")
	s.decided("open-en-1280")

	// Voting and counting.
	w.drain()
	w.at(opens)
	w.cast(w.ballot(0, 1))
	w.cast(w.ballot(1, 2))
	w.tick(batch)
	w.at(closes)
	must(w.reg.Close(ctx, w.uuid))
	w.drain()
	w.count(1, 2)
	s.refresh()

	// Certification, in Arabic on a desk.
	b.Look(t, "propose-certify", page+"/propose/certify")
	b.Width(t, webtest.Desktop)
	b.Page(t, "/ar"+page)
	b.Follow(t, `a[href$="/propose/certify"]`)
	b.Follow(t, "main form .actions button")
	s.decided("certify-ar-1280")
	s.refresh()
	b.Page(t, "/ar"+page)
	looked(t, b, "propose-done-ar-1280")
	s.says("/ar"+page, "صادقت المفوضية على النتيجة")
	report, _, _ := w.replay(decisions.NewJudge())
	for _, claim := range report.Claims {
		must := strings.HasPrefix(claim.ID, "vote.") || claim.ID == "log.kinds" || claim.ID == "decision.foureyes"
		if claim.Verdict == read.False || must && claim.Verdict != read.True {
			t.Errorf("%s is %s: %+v", claim.ID, claim.Verdict, claim.Faults)
		}
	}
}

// person is a browser without scripts of somebody who is signed in.
type person struct {
	*shown
	jar *cookiejar.Jar
}

func (s *shown) as(id int64) *person {
	s.tb.Helper()
	p := &person{s, must(cookiejar.New(nil))}
	if status, _ := p.send("/en/demo", map[string]string{"person": fmt.Sprint(id)}, nil); status != http.StatusSeeOther {
		s.tb.Fatalf("person %d cannot sign in: %d", id, status)
	}
	return p
}

// send sends a form; without one it asks for the page.
func (p *person) send(path string, fields map[string]string, files map[string][]byte) (status int, body string) {
	p.tb.Helper()
	r := httptest.NewRequest(http.MethodGet, webtest.Origin+path, nil)
	if fields != nil {
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		for name, value := range fields {
			check(p.tb, m.WriteField(name, value))
		}
		for name, content := range files {
			_, err := must(m.CreateFormFile(name, "file.json")).Write(content)
			check(p.tb, err)
		}
		check(p.tb, m.Close())
		r = httptest.NewRequest(http.MethodPost, webtest.Origin+path, &b)
		r.Header.Set("Content-Type", m.FormDataContentType())
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for _, cookie := range p.jar.Cookies(r.URL) {
		r.AddCookie(cookie)
	}
	w := httptest.NewRecorder()
	p.site.ServeHTTP(w, r)
	p.jar.SetCookies(r.URL, w.Result().Cookies())
	return w.Code, html.UnescapeString(w.Body.String()) + w.Header().Get("Location")
}

var kept = regexp.MustCompile(`name="draft" value="([0-9a-f]{32})"`)

func TestASetUpThatCannotBeIsToldBesideItsFiles(t *testing.T) {
	w := newWorld(t, store.SQLite)
	w.prepared()
	c := w.commission()
	s := showTo(w, c)
	check(t, s.board.Refresh(ctx))
	p := s.as(c.manager.ID)
	strange := *w.draft
	strange.UUID = must(vote.NewUUID(bytes.NewReader(bytes.Repeat([]byte{7}, 64))))
	titles := map[string]string{"title_ar": "انتخاب", "title_en": "Election"}
	with := func(name string, content []byte) map[string][]byte {
		files := w.setUpFiles()
		files[name] = content
		return files
	}
	for name, tc := range map[string]struct {
		fields map[string]string
		files  map[string][]byte
		says   string
	}{
		"no files":                 {titles, nil, "Choose a file"},
		"a file too large":         {titles, with("draft_file", make([]byte, vote.MaxTemplate+1)), "1,024 KB at most"},
		"wrong JSON":               {titles, with("draft_file", []byte(`{"questions":`)), "These are no questions"},
		"a member unknown":         {titles, with("draft_file", []byte(`{"question":[]}`)), "These are no questions"},
		"trustees that are none":   {titles, with("trustees", []byte(`[["Single",{}]]`)), "no record of trustees"},
		"credentials of none":      {titles, with("credentials", []byte(`["zz"]`)), "do not belong"},
		"a plan without it":        {titles, with("plan", []byte(`{"elections":[]}`)), "plan is not the election"},
		"no title in English":      {map[string]string{"title_ar": "انتخاب"}, w.setUpFiles(), "no title in English"},
		"a title that turns":       {map[string]string{"title_ar": "a\u202eb", "title_en": "E"}, w.setUpFiles(), "characters in this text"},
		"shuffles of no use":       {map[string]string{"title_ar": "a", "title_en": "E", "shuffles": "3"}, w.setUpFiles(), "from 0 to 0"},
		"a draft that is not kept": {map[string]string{"do": "propose", "draft": strings.Repeat("a", 32)}, nil, "not kept any more"},
	} {
		if status, body := p.send("/en/elections/propose", tc.fields, tc.files); status != 422 || !strings.Contains(body, tc.says) || !strings.Contains(body, `id="errors"`) {
			t.Errorf("%s: %d, %q is not told", name, status, tc.says)
		}
	}
	// Only who has the right in the election's scope; and a title is no markup.
	if status, _ := p.send("/en/elections/propose", titles, with("draft_file", must(json.Marshal(&strange)))); status != http.StatusForbidden {
		t.Errorf("the manager of one election sets another up: %d", status)
	}
	hostile := map[string]string{"title_ar": "<script>alert(1)</script>", "title_en": "E"}
	status, body := p.send("/en/elections/propose", hostile, w.setUpFiles())
	if status != 200 || kept.FindStringSubmatch(body) == nil || !strings.Contains(body, "من؟") {
		t.Fatalf("it is not shown before it is proposed: %d", status)
	}
	id := kept.FindStringSubmatch(body)[1]
	if status, body := s.as(c.officers[0]).send("/en/elections/propose", map[string]string{"do": "propose", "draft": id}, nil); status != 422 || !strings.Contains(body, "not kept") {
		t.Errorf("what somebody else looked at is proposed: %d", status)
	}
	if status, _ := s.as(newcomer(w, c)).send("/en/elections/propose", nil, nil); status != http.StatusForbidden {
		t.Errorf("a newcomer may propose: %d", status)
	}
}

// newcomer is somebody without a role.
func newcomer(w *world, c *commission) int64 {
	w.tb.Helper()
	id, _, err := c.accounts.Invite(ctx, nil, account.Newcomer{Name: "Newcomer", Address: "new@example.ly", Organisation: "hnec"})
	check(w.tb, err)
	return id
}

// Of two proposals for one election only the first to be signed enters; the other stays what it
// was, and the log right.
func TestOfTwoProposalsForOneElectionOneEnters(t *testing.T) {
	w := newWorld(t, store.SQLite)
	w.prepared()
	c := w.commission()
	s := showTo(w, c)
	check(t, s.board.Refresh(ctx))
	officers := []*person{s.as(c.officers[0]), s.as(c.officers[1])}
	var ids []string
	for range 2 {
		p := s.as(c.manager.ID)
		status, body := p.send("/en/elections/propose", map[string]string{"title_ar": "انتخاب", "title_en": "Election"}, w.setUpFiles())
		if status != 200 {
			t.Fatalf("%d: %s", status, body)
		}
		status, location := p.send("/en/elections/propose", map[string]string{"do": "propose", "draft": kept.FindStringSubmatch(body)[1]}, nil)
		if status != http.StatusSeeOther {
			t.Fatalf("%d", status)
		}
		ids = append(ids, location[strings.LastIndex(location, "/")+1:])
	}
	for _, o := range officers {
		for _, id := range ids {
			o.send("/en/decisions/"+id+"/software", map[string]string{}, nil)
		}
	}
	w.drain()
	_, err := c.Due(ctx)
	check(t, err)
	w.drain()
	first, second := must(c.Proposal(ctx, c.manager, ids[0])), must(c.Proposal(ctx, c.manager, ids[1]))
	if first.State != decide.Entered || second.State != decide.Open {
		t.Errorf("they are %s and %s", first.State, second.State)
	}
	if _, body := officers[0].send("/en/decisions/"+ids[1], nil, nil); !strings.Contains(body, "set up already") {
		t.Error("the page does not say why the other cannot be decided")
	}
	check(t, s.board.Refresh(ctx))
	p := s.as(c.manager.ID)
	open := "/en/elections/" + w.uuid + "/propose/open"
	at := func(d time.Duration) string { return start.Add(2*time.Hour + d).Format("2006-01-02T15:04") } // at UTC+2
	for says, fields := range map[string]map[string]string{
		"in the past":       {"opens": at(-time.Hour), "closes": at(time.Hour), "batch": "60"},
		"close after":       {"opens": at(2 * time.Hour), "closes": at(time.Hour), "batch": "60"},
		"longer than":       {"opens": at(time.Hour), "closes": at(2 * time.Hour), "batch": "٧٢٠٠"},
		"no date and time":  {"opens": "soon", "closes": at(time.Hour), "batch": "60"},
		"a whole number":    {"opens": at(time.Hour), "closes": at(2 * time.Hour), "batch": "-1"},
		"This field is nee": {"closes": at(time.Hour), "batch": "60"},
	} {
		if status, body := p.send(open, fields, nil); status != 422 || !strings.Contains(body, says) {
			t.Errorf("%q is not told: %d", says, status)
		}
	}
	if status, body := p.send(strings.ReplaceAll(open, "open", "certify"), nil, nil); status != 422 || !strings.Contains(body, "not the turn") {
		t.Errorf("it is certified before it is counted: %d", status)
	}
	if status, body := s.as(newcomer(w, c)).send("/en/elections/"+w.uuid, nil, nil); status != 200 || strings.Contains(body, "/propose/") {
		t.Errorf("whoever may not is led to a proposal: %d", status)
	}
}
