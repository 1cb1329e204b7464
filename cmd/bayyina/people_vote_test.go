package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bayyina/internal/belenios"
	"bayyina/internal/forge"
	"bayyina/internal/sendtest"
	"bayyina/module/vote"
	"bayyina/platform/identity"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web/webtest"
)

const outlineOfPeople = `format = "bayyina.election/1"
title = {ar = "انتخاب عميد بلدية غات", en = "Mayor of Ghat"}

[[question]]
kind = "choose"
title = {ar = "من تختار عميدا للبلدية؟", en = "Whom do you choose as mayor?"}
least = 1
most = 1
blank = true
[[question.answer]]
name = {ar = "عائشة الأنصاري", en = "Aisha Alansari"}
[[question.answer]]
name = {ar = "محمد كنّه", en = "Mohamed Kanna"}
[[question.answer]]
name = {ar = "خديجة أق", en = "Khadija Ag"}
`

func TestPeopleHoldAWholeElectionInTheirBrowsers(t *testing.T) {
	browser := webtest.Open(t, nil)
	mailServer, mails := sendtest.Mail(t, "none")
	c := newClock()
	e := theWorld()
	e.environ = append(e.environ, "BAYYINA_MAIL_SERVER="+mailServer.Host, "BAYYINA_MAIL_TLS=none", "BAYYINA_MAIL_FROM="+mailServer.From.Address)
	e.now, e.workFactor = c.now, 10
	rehearse(t, e, "", func(r *running) {
		p := &people{t: t, r: r, clock: c, dir: t.TempDir(), origin: r.settings.Site.Origin, mails: mails, first: browser}
		world := *e
		world.ctx = t.Context()
		p.e = &world
		p.hold()
	})
}

func (p *people) hold() {
	manager := p.sits(theManager, webtest.Desktop)
	outline := p.write(manager)
	rehearsed := p.rehearse(manager, outline)
	p.begin(manager, outline)

	begun := time.Now()
	trustees := p.trustees()
	p.keys(trustees)
	secrets := p.credentials()
	p.tried(manager, rehearsed)
	p.setUp(manager)
	p.stands(manager, outline, vote.StageSetUp)
	p.illustrated()
	p.booth(manager)
	lasts := time.Minute * (1 + time.Since(begun)/(40*time.Second)) // a loaded machine holds a longer election
	closes := p.open(manager, lasts)
	p.vote(secrets)
	p.clock.until(closes)
	p.count(trustees)
	p.certify(manager)
	p.stands(manager, outline, vote.StageCertified)
	p.observe()
	p.verify()
	convicts(p.t, p.e, filepath.Join(p.r.Config.Dir, publicDir), filepath.Join(p.r.Config.Dir, policyName),
		forge.Keys{Checkpoint: p.r.Config.Checkpoint, Entry: p.r.Config.Entry}, p.r.Receipt, p.uuid)
}

// begin has the manager begin the ceremony of what was written down, with three trustees, of whom
// two decrypt.
func (p *people) begin(b *webtest.Browser, outline string) {
	b.Page(p.t, p.origin+"/ar"+outline)
	b.Follow(p.t, `main a[href*="/ceremonies/begin?outline="]`)
	p.look(b, "begin-ar-1280")
	webtest.Ask[bool](p.t, b, `document.querySelectorAll("main fieldset").forEach((f, i) => {
		f.querySelector("select").value = "group-1";
		const names = f.querySelectorAll("input"); names[0].value = "أمين المفتاح " + (i + 1); names[1].value = "Trustee " + (i + 1) }) ?? true`)
	set(p.t, b, map[string]string{
		"#threshold-1": "2", "#authority": "authority.example/credentials",
		"#authority-ar": "جهة إصدار رموز الاقتراع", "#authority-en": "Credential authority",
	})
	b.Follow(p.t, "main form button")
	p.look(b, "ceremony-ar-1280")
}

// keyholder is a trustee at the pages of a program on the own machine.
type keyholder struct {
	*webtest.Browser
	page  string // of the election's ceremony
	dir   string // of the program
	steps int    // that were done
}

// sitsAtOwn opens a program on somebody's own machine.
func (p *people) sitsAtOwn(name, lang string, width int64, program interface{ Run(*env) error }) *keyholder {
	p.t.Helper()
	o := &keyholder{Browser: p.first.Another(p.t), dir: p.file(name)}
	address, ended := p.e.opened(program)
	if address == "" {
		p.t.Fatal(<-ended)
	}
	o.Width(p.t, width)
	o.Page(p.t, address)
	home := strings.Join(strings.Split(address, "/")[:3], "/") + "/" + lang
	o.Page(p.t, home+"/")
	p.look(o.Browser, fmt.Sprintf("%s-home-%s-%d", name, lang, width))
	o.page = home + "/ceremonies/" + p.uuid
	return o
}

// key is the sealed key of somebody of the demonstration.
func (p *people) key(name string) string {
	return filepath.Join(p.r.Config.Dir, "people", name+".key")
}

// trustees open their programs.
func (p *people) trustees() (list []*keyholder) {
	for i, width := range []int64{webtest.Phone, webtest.Desktop, webtest.Desktop} {
		name := fmt.Sprintf("trustee-%d", i+1)
		list = append(list, p.sitsAtOwn(name, []string{"ar", "en", "ar"}[i], width, &trusteeCmd{
			Key: p.key(name), Dir: p.file(name), Policy: filepath.Join(p.r.Config.Dir, policyName), Server: p.origin,
		}))
	}
	return list
}

// does has each trustee do a step whose form ends so.
func (p *people) does(trustees []*keyholder, form string, with func(o *keyholder)) {
	p.t.Helper()
	for i, o := range trustees {
		selector := "main form[action$='/" + form + "']"
		p.await(o.Browser, o.page, selector)
		if o.steps++; i < 2 {
			p.look(o.Browser, fmt.Sprintf("%s-%d-%s", filepath.Base(o.dir), o.steps, form))
		}
		if with != nil {
			with(o)
		}
		if webtest.Ask[bool](p.t, o.Browser, "document.querySelector(`"+selector+" #passphrase`) != null") {
			o.Type(p.t, "#passphrase", p.passphrase())
		}
		o.Follow(p.t, selector+" button")
	}
}

// keys has the trustees make the election's key.
func (p *people) keys(trustees []*keyholder) {
	p.does(trustees, "do", nil) // certificate
	p.does(trustees, "compare", func(o *keyholder) {
		webtest.Ask[bool](p.t, o.Browser, `document.querySelectorAll("main [type=checkbox]").forEach(e => e.click()) ?? true`)
	})
	p.does(trustees, "do", nil) // commitment
	p.does(trustees, "do", nil) // polynomial
	p.does(trustees, "do", nil) // share
	p.does(trustees, "restore", func(o *keyholder) {
		o.Upload(p.t, "#copy", filepath.Join(o.dir, p.uuid, "round-1", "secret.age"))
	})
	p.does(trustees, "do", nil) // agreement
}

// credentials has the authority make the voters' credentials on its own machine, and publish their
// list. It returns what stands in the letters.
func (p *people) credentials() []string {
	var voters strings.Builder
	voters.WriteString("voter,name,language\n")
	for i := range peopleOfVotes {
		fmt.Fprintf(&voters, "v-%d,ناخب %d,%s\n", i+1, i+1, []string{"ar", "en"}[i%2])
	}
	p.must(os.WriteFile(p.file("voters.csv"), []byte(voters.String()), 0o600))
	o := p.sitsAtOwn("authority", "ar", webtest.Desktop, &authorityCmd{Key: p.key("authority"), Dir: p.file("authority"), Server: p.origin})
	alone, secret := []*keyholder{o}, filepath.Join(o.dir, p.uuid, "round-1", "secret.age")
	p.does(alone, "issue", func(o *keyholder) { o.Upload(p.t, "#voters", p.file("voters.csv")) })
	p.does(alone, "restore", func(o *keyholder) { o.Upload(p.t, "#copy", secret) })
	p.does(alone, "publish", nil)
	p.letters(o)

	sealed, err := os.ReadFile(secret)
	p.must(err)
	text, err := identity.OpenSecret(vote.PrivateLabel(p.uuid), sealed, identity.AskPassphrase(func() ([]byte, error) { return []byte(p.passphrase()), nil }))
	p.must(err)
	holders, err := vote.ParsePrivateList(text)
	p.must(err)
	var secrets []string
	for _, h := range holders {
		secrets = append(secrets, h.Private.Reveal())
	}
	return secrets
}

// letters has the authority write the letters for the printer.
func (p *people) letters(o *keyholder) {
	p.does([]*keyholder{o}, "wording", func(o *keyholder) {
		set(p.t, o.Browser, map[string]string{
			"#commission-ar": "المفوضية", "#commission-en": "Commission", "#contact-ar": "هاتف 1234", "#contact-en": "Telephone 1234",
			"#zone-ar": "بتوقيت ليبيا", "#zone-en": "Libyan time", "#opens": "2026-12-01T08:00", "#closes": "2026-12-01T20:00", "#code": "email",
		})
	})
	p.does([]*keyholder{o}, "print", nil)
	folder := filepath.Join(o.dir, p.uuid, "round-1", "letters")
	for begun := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		if files, err := filepath.Glob(filepath.Join(folder, "*.pdf")); err == nil && len(files) > 0 {
			return
		}
		if time.Since(begun) > time.Minute {
			p.t.Fatal("there are no letters")
		}
	}
}

// decided has what the manager looks at proposed, and signed by two officers, and by the root key
// where it must; it returns when the log holds it.
func (p *people) decided(manager *webtest.Browser, name string) {
	p.t.Helper()
	p.look(manager, "check-"+name)
	manager.Follow(p.t, "button[name=do][value=propose]")
	address := strings.Replace(manager.Address(p.t), "/en/", "/ar/", 1)
	for i, officer := range []int{anOfficer, anotherOne} {
		b := p.sits(officer, []int64{webtest.Phone, webtest.Desktop}[i])
		p.owes(b, address)
		b.Page(p.t, address)
		p.look(b, fmt.Sprintf("decision-%s-%d", name, i+1))
		b.Follow(p.t, `form[action$="/software"] button`)
	}
	manager.Page(p.t, address)
	if webtest.Ask[bool](p.t, manager, "document.querySelector(`form[action$='/offline']`) != null") {
		text := webtest.Ask[string](p.t, manager, `fetch(location.pathname + "/text").then(r => r.text())`)
		in := p.file(name + ".txt")
		p.must(os.WriteFile(in, []byte(text), 0o600))
		manager.Upload(p.t, "#signed", p.signed(in, "root"))
		manager.Follow(p.t, `form[action$="/offline"] button`)
	}
	for begun := time.Now(); !strings.Contains(manager.Text(p.t, "main"), "تقرر وهو في السجل"); manager.Page(p.t, address) {
		if time.Since(begun) > 2*time.Minute {
			p.t.Fatalf("%s is not in the log:\n%s", name, manager.Text(p.t, "main"))
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// setUp has the commission set the election up with what was made, and say who its voters are.
func (p *people) setUp(manager *webtest.Browser) {
	ceremony, next := p.origin+"/ar/elections/"+p.uuid+"/ceremony", `main a[href*="propose?ceremony="]`
	p.await(manager, ceremony, next)
	p.look(manager, "complete-ar-1280")
	manager.Follow(p.t, next)
	manager.Follow(p.t, "main form .actions button")
	p.decided(manager, "setup")

	var voters strings.Builder
	voters.WriteString("voter,email,language\n")
	for i := range peopleOfVotes {
		fmt.Fprintf(&voters, "v-%d,%s,%s\n", i+1, address(i), []string{"ar", "en"}[i%2])
	}
	p.must(os.WriteFile(p.file("addresses.csv"), []byte(voters.String()), 0o600))
	list := `main a[href$="/voters"]`
	p.await(manager, p.origin+"/ar/elections/"+p.uuid, list)
	manager.Follow(p.t, list)
	manager.Upload(p.t, "#voters", p.file("addresses.csv"))
	manager.Follow(p.t, "main form button")
	p.look(manager, "voters-ar-1280")
}

func address(voter int) string { return fmt.Sprintf("voter-%d@example.ly", voter+1) }

// booth has the commission decide on the booth that voters are given.
func (p *people) booth(manager *webtest.Browser) {
	manager.Page(p.t, p.origin+"/ar/elections/booth/propose")
	p.decided(manager, "booth")
}

// open has the commission decide when the election is open, and returns when it closes.
func (p *people) open(manager *webtest.Browser, lasts time.Duration) (closes time.Time) {
	page := p.origin + "/en/elections/" + p.uuid
	p.await(manager, page, `main a[href$="/propose/open"]`)
	manager.Follow(p.t, `main a[href$="/propose/open"]`)
	opens := p.clock.now().Truncate(time.Minute).Add(time.Minute)
	if opens.Sub(p.clock.now()) < min(lasts/3, 40*time.Second) {
		opens = opens.Add(time.Minute)
	}
	closes = opens.Add(lasts)
	const form = "2006-01-02T15:04"
	set(p.t, manager, map[string]string{"#opens": opens.Local().Format(form), "#closes": closes.Local().Format(form), "#batch": "2"})
	manager.Follow(p.t, "main form .actions button")
	p.decided(manager, "open")
	p.clock.until(opens)
	return closes
}

// count has two trustees decrypt what the server has added up; then it computes the result.
func (p *people) count(trustees []*keyholder) {
	p.published(func(s vote.Status) bool { return s.Tallied })
	for _, o := range []*keyholder{trustees[0], trustees[2]} {
		p.does([]*keyholder{o}, "verify", nil)
		p.does([]*keyholder{o}, "count", nil)
		p.await(o.Browser, o.page, "main .verdict.true")
		p.look(o.Browser, "trustee-decrypted-"+filepath.Base(o.dir))
	}
}

func (p *people) certify(manager *webtest.Browser) {
	page := p.origin + "/ar/elections/" + p.uuid
	p.await(manager, page, `main a[href$="/propose/certify"]`)
	manager.Follow(p.t, `main a[href$="/propose/certify"]`)
	manager.Follow(p.t, "main form .actions button")
	p.decided(manager, "certify")
}

// observe has an observer read the board.
func (p *people) observe() {
	b := p.sits(theObserver, webtest.Phone)
	for begun := time.Now(); ; time.Sleep(100 * time.Millisecond) { // until the board has looked at the log
		b.Page(p.t, p.origin+"/ar/elections/"+p.uuid)
		if strings.Contains(b.Text(p.t, "main"), "صادقت المفوضية على النتيجة") {
			break
		}
		if time.Since(begun) > time.Minute {
			p.t.Fatal(b.Text(p.t, "main"))
		}
	}
	for _, lang := range []string{"ar", "en"} {
		for _, width := range []int64{webtest.Phone, webtest.Desktop} {
			b.Width(p.t, width)
			b.Page(p.t, p.origin+"/"+lang+"/elections/"+p.uuid)
			p.look(b, fmt.Sprintf("board-%s-%d", lang, width))
		}
	}
	if text := b.Text(p.t, "main"); !strings.Contains(text, "Aisha Alansari") || !strings.Contains(text, "The result is certified") {
		p.t.Error(text)
	}
}

// verify has a stranger compute everything again, by the policy, with the booth as it is served;
// and belenios-tool judge the archive.
func (p *people) verify() {
	policy := filepath.Join(p.r.Config.Dir, policyName)
	v := verifyCmd{Location: p.r.local, Policy: policy, Booth: p.origin + "/booth/"}
	report, err := v.check(p.e)
	p.must(err)
	verdicts := make(map[string]read.Verdict)
	for _, c := range report.Claims {
		verdicts[c.ID] = c.Verdict
		if c.Verdict == read.False {
			p.t.Errorf("%s is false: %v", c.ID, c.Faults)
		}
	}
	for _, id := range []string{"log.witnessed", "decision.foureyes", "vote.setup", "vote.ballots", "vote.result", "vote.certified", "vote.booth", "vote.booth-served"} {
		if verdicts[id] != read.True {
			p.t.Errorf("%s is %s", id, verdicts[id])
		}
	}
	archives := p.t.TempDir()
	bel := filepath.Join(archives, p.uuid+".bel")
	p.bayyina("vote", "export", p.r.local, p.uuid, "--out", bel, "--policy", policy)
	p.bayyina("verify", bel)
	result, err := p.r.registrar.Outcome(p.t.Context(), p.uuid)
	p.must(err)
	// Blank, and the three candidates: two voted again, or checked first, and count once.
	if want := `{"result":[[1,2,1,1]]}`; string(result) != want {
		p.t.Errorf("the result is %s, not %s", result, want)
	}
	belenios.Each(p.t, "Ed25519", func(t *testing.T, tool belenios.Tool) {
		if err := tool.Verify(archives); err != nil {
			t.Error(err)
		}
	})
}
