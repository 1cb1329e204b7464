package vote_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bayyina/module/vote"
	"bayyina/platform/identity/access"
	"bayyina/platform/message"
	"bayyina/platform/store"
	"bayyina/platform/web/chart"
	"bayyina/platform/web/webtest"
)

func TestAManagerLoadsTheVotersListAndReadsWhoHasVoted(t *testing.T) {
	w := newWorld(t, store.SQLite)
	c := w.commission()
	outbox := must(message.NewOutbox(ctx, message.Config{
		DB: w.cfg.DB, Keys: c.keys, Senders: map[message.Channel]message.Sender{message.SMS: &phones{got: make(map[string][]string)}},
		Now: w.clock, Log: slog.New(slog.DiscardHandler),
	}))
	s := showAll(w, c, chart.LibyaTiles(), vote.CastingConfig{Registrar: w.reg, DB: w.cfg.DB, Keys: c.keys, Outbox: outbox})
	w.setUp()
	check(t, s.board.Refresh(ctx))
	b := webtest.Open(t, s.site)
	page := "/elections/" + w.uuid + "/voters"
	st := &staff{shown: s, t: t, c: c, manager: b}
	st.signIn(b, c.officers[0])
	b.Page(t, "/en"+page) // an officer sees it, and loads nothing
	if strings.Contains(b.Text(t, "main"), "Load") {
		t.Error("an officer may load a list")
	}
	st.signIn(b, c.manager.ID)
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		check(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	wrong, right := file("wrong.csv", "voter,phone\n1,0912345678\n"), file("right.csv", "voter,phone\n=1,+218912345678\n2,+218912345679\n")
	b.Page(t, "/ar"+page)
	b.Upload(t, "#voters", wrong)
	b.FollowTo(t, 422, "main form button")
	if !strings.Contains(b.Text(t, "main"), "السطر 2") {
		t.Errorf("a wrong list: %s", b.Text(t, "main"))
	}
	b.Upload(t, "#voters", right)
	b.Follow(t, "main form button")
	b.Look(t, "voters", page)
	record := webtest.Ask[string](t, b, `fetch("/en`+page+`/record").then(r => r.text())`)
	for _, row := range []string{"voter,voted\n", "'=1,false\n", "2,false\n"} {
		if !strings.Contains(record, row) {
			t.Errorf("the record is %q", record)
		}
	}
	readings := must(c.accounts.Readings(ctx, "", 0, 10))
	if len(readings) == 0 || readings[0].Subject != "election:"+w.uuid || readings[0].Right != access.VotersRead || readings[0].Reader != c.manager.ID {
		t.Errorf("the register has %+v", readings)
	}
}
