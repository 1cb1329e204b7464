package vote_test

import (
	"crypto/rand"
	"slices"
	"testing"

	"bayyina/core/credential"
	"bayyina/module/vote"
)

func TestPrivateCredentialsAreReadAsTheyWereWritten(t *testing.T) {
	voters := []credential.Voter{{ID: "b"}, {ID: `a"<é>`}, {ID: "ناخب"}}
	var privates []credential.Private
	for range voters {
		p, err := credential.Generate(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		privates = append(privates, p)
	}
	holders, err := vote.ParsePrivateList(vote.PrivateList(voters, privates))
	if err != nil || len(holders) != len(voters) {
		t.Fatalf("%d holders: %v", len(holders), err)
	}
	for i, h := range holders {
		if h.ID != voters[i].ID || h.Private.Reveal() != privates[i].Reveal() {
			t.Errorf("holder %d is %q", i, h.ID)
		}
	}
}

func FuzzPrivateList(f *testing.F) {
	f.Add([]byte(`{"1":"R3xV9-mitHLo-pZdZe-zWxu2w","2":"TDWoz-Rirwo7-6jZn5-rhnq1J"}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		holders, err := vote.ParsePrivateList(data)
		if err != nil {
			return
		}
		var voters []credential.Voter
		var privates []credential.Private
		for _, h := range holders {
			voters, privates = append(voters, credential.Voter{ID: h.ID}), append(privates, h.Private)
		}
		if len(holders) == 0 {
			return
		}
		again, err := vote.ParsePrivateList(vote.PrivateList(voters, privates))
		if err != nil || !slices.Equal(again, holders) {
			t.Errorf("%q is read as %d holders, and then as %d: %v", data, len(holders), len(again), err)
		}
	})
}
