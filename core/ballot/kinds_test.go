package ballot

import (
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"

	"bayyina/core/credential"
	"bayyina/core/group"
	"bayyina/core/proof"
)

var (
	ranked  = NonHomomorphic{Text: "Order?", Answers: []string{"a", "b", "c"}}
	parties = Lists{Text: "List?", Lists: []List{{"A", []string{"a", "b"}}, {"B", []string{"c"}}, {"independent", nil}}}
)

// TestEachCheckOfRanksAndListsIsNeeded is TestEachCheckIsNeeded for these kinds.
func TestEachCheckOfRanksAndListsIsNeeded(t *testing.T) {
	f := newFixture(t, ranked, parties)
	rank := func(u *unsigned) *rankedAnswer { return u.answers[0].(*rankedAnswer) }
	list := func(u *unsigned) *listsAnswer { return u.answers[1].(*listsAnswer) }
	vote := []int{1, 0, 1, 0, 0, 0}
	fewer := Lists{Lists: parties.Lists[:2]}
	other := Lists{Lists: []List{{"A", []string{"a"}}, {"B", []string{"c", "d"}}, {"independent", nil}}}
	for _, test := range []struct {
		check  string
		change func(u *unsigned)
		reason error
		text   string
	}{
		{"an answer to a ranked question is one", func(u *unsigned) { u.answers[0] = u.answers[1] }, ErrShape, "question 1: the answer is to a question of another kind"},
		{"an answer to lists is one", func(u *unsigned) { u.answers[1] = u.answers[0] }, ErrShape, "question 2: the answer is to a question of another kind"},
		{"ranks are known to their voter", func(u *unsigned) { plusOne(&rank(u).proof) }, ErrProof, "question 1: encryption"},
		{"the proof is of these ranks", func(u *unsigned) { rank(u).choices.Beta = rank(u).choices.Beta.Add(group.Ed25519.Generator()) }, ErrProof, "question 1: encryption"},
		{"an answer for each list", func(u *unsigned) { u.answers[1] = f.answerTo(t, fewer, 1, 0, 1, 0, 0) }, ErrShape, "2 lists, not 3"},
		{"a choice for each candidate", func(u *unsigned) { u.answers[1] = f.answerTo(t, other, 1, 1, 0, 0, 0, 0) }, ErrShape, "list 1 has 2 choices, not 3"},
		{"two parts of an individual proof", func(u *unsigned) { list(u).individual[3] = list(u).individual[3][:1] }, ErrShape, "individual proof 4 has 1 parts"},
		{"a proof for each list", func(u *unsigned) { list(u).list = list(u).list[:2] }, ErrShape, "2 list proofs of 3 lists"},
		{"two parts of a list proof", func(u *unsigned) { list(u).list[1] = append(list(u).list[1], proof.Proof{}) }, ErrShape, "list proof 2 has 3 parts"},
		{"individual proof of a list", func(u *unsigned) { plusOne(&list(u).individual[3][0]) }, ErrProof, "question 2, choice 4: individual"},
		{"individual proof of a candidate", func(u *unsigned) { plusOne(&list(u).individual[2][1]) }, ErrProof, "question 2, choice 3: individual"},
		{"one list is chosen", func(u *unsigned) { plusOne(&list(u).overall) }, ErrProof, "question 2: overall"},
		{"candidates are of a list that is chosen", func(u *unsigned) { plusOne(&list(u).list[1][1]) }, ErrProof, "question 2, choice 4: list"},
		{"list proofs are bound to their list", func(u *unsigned) { slices.Reverse(list(u).list) }, ErrProof, "question 2, choice 1: list"},
		{"a candidate is chosen", func(u *unsigned) { list(u).nonZero.Response[1] = list(u).nonZero.Response[0] }, ErrProof, "question 2: non-zero"},
	} {
		u := cast(t, f.election, f.keys[0], Plaintext{{3, 1, 2}, vote}).unsigned
		test.change(&u)
		_, err := f.election.Verify(sign(t, u, f.keys[0]), f.list)
		if !errors.Is(err, test.reason) || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: error is %v", test.check, err)
		}
	}
}

func TestCopiedRanksAndListsAreRefused(t *testing.T) {
	for name, vote := range map[string]struct {
		question Question
		numbers  []int
	}{"ranks": {ranked, []int{3, 1, 2}}, "lists": {parties, []int{1, 0, 1, 0, 0, 0}}} {
		f := newFixture(t, vote.question)
		u := cast(t, f.election, f.keys[0], Plaintext{vote.numbers}).unsigned
		u.credential = group.Ed25519.BaseMult(f.keys[1])
		if _, err := f.election.Verify(sign(t, u, f.keys[1]), f.list); !errors.Is(err, ErrProof) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

func TestRanksAndListsThatAreNotAllowedAreExplained(t *testing.T) {
	f := newFixture(t, ranked, parties)
	good, list := []int{0, 255, 7}, []int{1, 1, 1, 0, 0, 0}
	if err := f.election.CheckPlaintext(Plaintext{good, list}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		vote Plaintext
		want string
	}{
		{Plaintext{{1, 2}, list}, "question 1: 2 numbers, 3 expected"},
		{Plaintext{{1, 2, 256}, list}, "question 1: a number is not from 0 to 255"},
		{Plaintext{{1, 2, -1}, list}, "question 1: a number is not from 0 to 255"},
		{Plaintext{good, {1, 1, 1, 0, 0}}, "question 2: 5 numbers, 6 expected"},
		{Plaintext{good, {1, 2, 1, 0, 0, 0}}, "question 2: a choice is neither 0 nor 1"},
		{Plaintext{good, {0, 0, 0, 0, 0, 0}}, "question 2: 0 lists chosen, 1 needed"},
		{Plaintext{good, {1, 1, 0, 1, 1, 0}}, "question 2: 2 lists chosen, 1 needed"},
		{Plaintext{good, {1, 0, 0, 0, 0, 0}}, "question 2: no candidate of the list chosen"},
		{Plaintext{good, {0, 0, 0, 0, 0, 1}}, "question 2: no candidate of the list chosen"},
		{Plaintext{good, {1, 1, 0, 0, 1, 0}}, "question 2: 1 candidates of lists that are not chosen"},
	} {
		if _, err := f.election.Encrypt(rand.Reader, f.list.At(0).Public, test.vote); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: error is %v", test.vote, err)
		}
	}
}

func TestQuestionsOfRanksAndListsThatMakeNoSenseAreRefused(t *testing.T) {
	record := Record{Name: "n", PublicKey: group.Ed25519.Generator(), UUID: testUUID}
	for name, q := range map[string]Question{
		"nothing to rank":      NonHomomorphic{},
		"too many to rank":     NonHomomorphic{Answers: make([]string, group.Ed25519.MaxIntegers()+1)},
		"no list":              Lists{},
		"lists of nobody":      Lists{Lists: []List{{Name: "A"}, {Name: "B"}}},
		"too many candidates":  Lists{Lists: []List{{"A", make([]string, MaxAnswers)}}},
		"extra is no JSON":     NonHomomorphic{Answers: []string{"a"}, Extra: []byte("{")},
		"extra is not compact": Lists{Lists: parties.Lists, Extra: []byte("[1, 2]")},
		"no UTF-8":             Lists{Lists: []List{{"A", []string{"\xff"}}}},
	} {
		record.Questions = []Question{q}
		if _, err := NewElection(record); !errors.Is(err, ErrElection) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	record.PublicKey = group.Belenios2048.Generator()
	record.Questions = []Question{ranked}
	if _, err := NewElection(record); !errors.Is(err, ErrElection) {
		t.Errorf("ranks in a group that cannot hold them: error is %v", err)
	}
	record.PublicKey, record.Questions = group.Ed25519.Generator(), []Question{parties}
	text := string(must(NewElection(record)).Bytes())
	for name, bad := range map[string]string{
		"unknown kind": strings.Replace(text, `"Lists"`, `"Trees"`, 1),
		"no name":      strings.Replace(text, `["independent"]`, `[]`, 1),
		"null extra":   strings.Replace(text, `"List?"}`, `"List?"},"extra": null`, 1),
	} {
		if _, err := ParseElection([]byte(bad)); err == nil {
			t.Errorf("%s accepted", name)
		}
	}
}

func TestShuffledQuestionsNeedEqualWeights(t *testing.T) {
	f, added := newFixture(t, parties, ranked), newFixture(t, parties)
	for weight, want := range map[uint64]error{1: nil, 0: ErrWeight, 2: ErrWeight} {
		list := must(credential.NewList([]credential.Entry{{Public: f.list.At(0).Public, Weight: weight}}, true))
		if err := f.election.CheckWeights(list); !errors.Is(err, want) {
			t.Errorf("weight %d: error is %v", weight, err)
		}
		if err := added.election.CheckWeights(list); err != nil {
			t.Errorf("weight %d where nothing is shuffled: %v", weight, err)
		}
	}
}

func TestVotesAreReadInTheFormOfTheTool(t *testing.T) {
	f := newFixture(t, plain, ranked, parties)
	vote := must(f.election.ParsePlaintext([]byte("[[1, 0,0],\n[2,1,3], [[1,1,0],[0,0],[0]]]")))
	if got := string(f.election.FormatPlaintext(vote)); got != "[[1,0,0],[2,1,3],[[1,1,0],[0,0],[0]]]" {
		t.Errorf("written again it is %s", got)
	}
	for _, bad := range []string{
		"", "[]", "[[1,0,0],[2,1,3]]", "[[1,0,0],[2,1,3],[1,1,0,0,0,0]]", "[[1,0,0],[2,1,3],[[1,1,0],[0,0]]]",
		"[[1,0,0],[2,1,3],[[1,1],[0,0,0],[0]]]", "[[[1,0,0]],[2,1,3],[[1,1,0],[0,0],[0]]]", `[[1,0,0],[2,"1",3],[[1,1,0],[0,0],[0]]]`,
	} {
		if vote, err := f.election.ParsePlaintext([]byte(bad)); err == nil {
			t.Errorf("%s is read as %v", bad, vote)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
