package vote_test

import (
	"strings"
	"testing"

	"bayyina/platform/store"
	"bayyina/platform/web/webtest"
)

func TestTheBoardIsReadableByEverybodyInBothLanguagesOnPhoneAndDesk(t *testing.T) {
	w := newWorld(t, store.SQLite)
	s := show(w)
	w.open()
	tracker := w.cast(w.ballot(0, 1)).Tracker
	for voter := range voters - 1 {
		w.cast(w.ballot(voter+1, voter%3))
	}
	w.tick(batch)
	w.cast(w.ballot(1, 0))
	w.tick(batch)
	w.at(closes)
	must(w.reg.Close(ctx, w.uuid))
	w.drain()
	w.count(1, 2)
	check(t, s.board.Refresh(ctx))
	b := webtest.Open(t, s.site)
	pages := map[string]string{
		"home": "/", "elections": "/elections", "election": "/elections/" + w.uuid, "trackers": "/elections/" + w.uuid + "/trackers?tracker=" + strings.ReplaceAll(tracker[:8], "+", "%2B"),
		"log": "/log", "entry": "/log/entries/5", "keys": "/log/keys", "witnesses": "/log/witnesses", "decisions": "/decisions", "check": "/check", "api": "/api",
	}
	for name, path := range pages {
		t.Run(name, func(t *testing.T) { b.Look(t, name, path) })
	}
}
