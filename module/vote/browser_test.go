package vote_test

import (
	"strings"
	"testing"

	"bayyina/module/vote/evidence"
	"bayyina/platform/web/webtest"
)

// judge is the board's judge of elections.
func judge(s *shown) *evidence.Judge {
	for _, j := range s.board.Now().Judges {
		if j, ok := j.(*evidence.Judge); ok {
			return j
		}
	}
	return evidence.NewJudge()
}

func TestTheBoardIsReadableByEverybodyInBothLanguagesOnPhoneAndDesk(t *testing.T) {
	t.Parallel()
	s := counted(t)
	found, _ := judge(s).Trackers(s.uuid).Find("", 1)
	tracker := found[0].Tracker
	b := webtest.Open(t, s.site)
	pages := map[string]string{
		"home": "/", "elections": "/elections", "election": "/elections/" + s.uuid, "trackers": "/elections/" + s.uuid + "/trackers?tracker=" + strings.ReplaceAll(tracker[:8], "+", "%2B"),
		"log": "/log", "entry": "/log/entries/5", "keys": "/log/keys", "witnesses": "/log/witnesses", "decisions": "/log/decisions", "check": "/check", "api": "/api",
	}
	for name, path := range pages {
		t.Run(name, func(t *testing.T) { b.Look(t, name, path) })
	}
}
