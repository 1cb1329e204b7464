package vote_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/module/vote/local"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
)

// district is the roster of the election of one district of a contest.
func district(w *world, uuid string, name read.Bilingual) vote.Roster {
	r := roster(w, fmt.Sprintf(`{"uuid":"%s","name":"انتخاب","description":"","questions":[{"question":"من؟","answers":["أ","ب"],"min":1,"max":1}]}`, uuid), false)
	r.Part = &evidence.Part{Contest: read.Bilingual{AR: "المجلس", EN: "Council"}, Districts: []read.Bilingual{name}, Least: 1}
	return r
}

func TestElectionsOfAContestBeginTogetherAndTheAuthorityTellsTheirDistricts(t *testing.T) {
	slow(t)
	h := newHall(t, newWorld(t, store.SQLite))
	both := []vote.Roster{
		district(h.world, h.draft, read.Bilingual{AR: "طرابلس", EN: "Tripoli"}),
		district(h.world, must(vote.NewUUID(rand.Reader)), read.Bilingual{AR: "بنغازي", EN: "Benghazi"}),
	}
	begun := must(h.ceremonies.BeginAll(ctx, both))
	for i, c := range begun {
		if now := must(h.ceremonies.Ceremony(ctx, c.Election)); now.Round != 1 || now.Part.Districts[0] != both[i].Part.Districts[0] {
			t.Errorf("%+v", now.Part)
		}
	}
	third := district(h.world, must(vote.NewUUID(rand.Reader)), read.Bilingual{AR: "سبها", EN: "Sabha"})
	if _, err := h.ceremonies.BeginAll(ctx, []vote.Roster{third, both[1]}); !errors.Is(err, vote.ErrCeremony) {
		t.Errorf("one of them was begun before: %v", err)
	}
	if _, err := h.ceremonies.Ceremony(ctx, must(third.Template()).UUID); !errors.Is(err, vote.ErrUnknownCeremony) {
		t.Errorf("a part of them has begun: %v", err)
	}

	d := must(h.authority(t).Ask(ctx, h.draft))
	phrase := []byte(passphrase)
	var wrong local.RollError
	if err := d.Issue([]byte(voterFile), phrase); !errors.As(err, &wrong) || len(wrong) != 1 || wrong[0].Line != 4 {
		t.Errorf("a voter of another district: %v", err)
	}
	check(t, d.Issue([]byte(voterFile[:strings.LastIndex(voterFile, "1198-3")]), phrase))
	check(t, d.RestoreList(must(d.Sealed()), phrase))
	check(t, d.Publish(phrase))
	must(d.Send(ctx))
	said := must(h.ceremonies.Ceremony(ctx, h.draft)).Has(vote.StepCredentials, 0)
	want := must(json.Marshal([]evidence.District{{Name: both[0].Part.Districts[0], Voters: 2}}))
	if !bytes.Contains(said.Note, want) {
		t.Errorf("the authority says %s, not %s", said.Note, want)
	}
}
