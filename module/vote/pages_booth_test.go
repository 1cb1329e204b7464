package vote_test

import (
	"net/http"
	"strings"
	"testing"

	"bayyina/module/vote"
	"bayyina/module/vote/booth"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity/access"
	"bayyina/platform/identity/decide"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	"bayyina/platform/web/webtest"
)

// boothManager is somebody who may propose for the whole country.
func (c *commission) boothManager(w *world) {
	w.tb.Helper()
	check(w.tb, w.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		return c.accounts.ApplyGrant(ctx, tx, c.manager.ID, access.Grant{Role: access.ElectionManager}, "for the whole country")
	}))
	member := must(c.accounts.Member(ctx, c.manager.ID))
	c.manager = &member.Person
}

func TestTheBoothIsDecidedOnPagesAndThePublicReadsWhichItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, store.SQLite)
	c := w.commission()
	c.boothManager(w)
	s := &staff{shown: showTo(w, c), t: t, c: c}
	s.manager = webtest.Open(t, s.site)
	s.officers = []*webtest.Browser{s.manager.Another(t), s.manager.Another(t)}
	s.refresh()
	s.says("/en/elections/booth", "The log names no booth yet")

	// An older booth is in force, of a program that had another file.
	older := evidence.BoothManifest([]evidence.BoothFile{evidence.NewBoothFile("booth.js", []byte("old")), evidence.NewBoothFile("gone.js", nil)})
	w.enter(evidence.KindBooth, evidence.Booth{Booth: vote.AttachmentOf(older)}, attachments(older), w.Decision()...)
	s.refresh()
	s.says("/en/elections/booth", "gone.js", "not the one in the log")

	b := s.manager
	b.Look(t, "propose-booth", "/elections/booth/propose")
	b.Width(t, webtest.Phone)
	b.Page(t, "/ar/elections/booth")
	b.Follow(t, `main .actions a[href$="/elections/booth/propose"]`)
	text := b.Text(t, "main")
	for _, want := range []string{"الذي يقدّمه هذا الخادم الآن", webtest.Origin, "برنامج الصفحات", "3", "حُذف", "برنامج التشفير"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q: %s", want, text)
		}
	}
	b.Follow(t, "main form button")
	looked(t, b, "decision-booth-ar-390")
	s.entered("booth")
	s.refresh()
	b.Look(t, "booth-in-force", "/elections/booth")
	s.says("/en/elections/booth", "is the one in the log, as the server itself compared it", "bayyina verify https://vote.test/log --policy policy.txt --booth https://vote.test/booth/")
	s.says("/ar/elections/booth", "worker.js", "برنامج التشفير")
	s.get("/en/elections/booth/propose", http.StatusSeeOther) // nobody is signed in

	report, judge, _ := w.replay()
	for _, claim := range report.Claims {
		if claim.ID == "vote.booth" && claim.Verdict != read.True {
			t.Errorf("%+v", claim)
		}
	}
	own := must(booth.New(booth.Settings{Server: webtest.Origin, Log: origin, Receipt: w.Receipt.VerifierKey()}))
	if decided, ok := judge.Booth(); !ok || decided.Manifest != vote.AttachmentOf(own.Manifest()) || len(decided.Files) != len(own.Files()) {
		t.Errorf("the log names %+v", decided)
	}
	// What is in force is not decided again.
	b.Page(t, "/en/elections/booth/propose")
	if text := b.Text(t, "main"); !strings.Contains(text, "There is nothing to propose") {
		t.Error(text)
	}
	again := decide.Draft{Kind: evidence.KindBooth, Body: evidence.Booth{Booth: vote.AttachmentOf(own.Manifest())}, Attachments: attachments(own.Manifest())}
	if _, err := c.Propose(ctx, c.manager, again); err == nil {
		t.Error("the booth in force is proposed again")
	}
	// Signers of another booth are told that it is not the one that is served.
	rows := must(c.Preview(ctx, c.manager, decide.Draft{Kind: evidence.KindBooth, Body: evidence.Booth{Booth: vote.AttachmentOf(older)}, Attachments: attachments(older)}))
	if rows[0].After.ID != "decide.booth-foreign" {
		t.Errorf("%+v", rows[0])
	}
}
