package booth_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"os"
	"testing"

	"bayyina/core/ballot"
	"bayyina/core/credential"
	"bayyina/core/group"
	"bayyina/platform/web/webtest"
)

// vote is a vote that the question accepts, drawn at random.
func vote(q ballot.Question) []int {
	votes := make([]int, len(q.Labels()))
	switch q := q.(type) {
	case ballot.Homomorphic:
		if q.Blank && mathrand.IntN(3) == 0 {
			votes[0] = 1
			return votes
		}
		first := len(votes) - len(q.Answers)
		for _, i := range mathrand.Perm(len(q.Answers))[:q.Min+mathrand.IntN(q.Max-q.Min+1)] {
			votes[first+i] = 1
		}
	case ballot.NonHomomorphic:
		for i := range votes {
			votes[i] = mathrand.IntN(256)
		}
	case ballot.Lists:
		chosen, at := mathrand.IntN(len(q.Lists)), 0
		for i, n := range q.Nesting() {
			if i == chosen && n == 1 {
				return vote(q) // a list without candidates
			}
			if i == chosen {
				votes[at], votes[at+1+mathrand.IntN(n-1)] = 1, 1
				for j := 1; j < n; j++ {
					votes[at+j] |= mathrand.IntN(2)
				}
			}
			at += n
		}
	}
	return votes
}

// kinds are elections with each kind of question, at their limits too.
func kinds() map[string][]ballot.Question {
	var names []string
	for i := range 30 {
		names = append(names, fmt.Sprintf("مرشح \"%d\" \\ \u007f\u2028 · Candidate", i))
	}
	return map[string][]ballot.Question{
		"one of several":  {ballot.Homomorphic{Text: "من؟", Answers: names[:3], Min: 1, Max: 1}},
		"some of several": {ballot.Homomorphic{Text: "من؟", Answers: names[:4], Min: 0, Max: 3}},
		"all":             {ballot.Homomorphic{Text: "من؟", Answers: names[:2], Min: 2, Max: 2}},
		"with blank":      {ballot.Homomorphic{Text: "من؟", Answers: names[:3], Min: 1, Max: 2, Blank: true}},
		"only blank":      {ballot.Homomorphic{Text: "من؟", Answers: names[:1], Min: 0, Max: 0, Blank: true}},
		"lists":           {ballot.Lists{Text: "أي قائمة؟", Lists: []ballot.List{{Name: "أ", Candidates: names[:3]}, {Name: "ب"}, {Name: "ج", Candidates: names[3:4]}}}},
		"ranked":          {ballot.NonHomomorphic{Text: "رتّب", Answers: names[:5]}},
		"thirty ranked":   {ballot.NonHomomorphic{Text: "رتّب", Answers: names, Extra: []byte(`{"method":"STV","blank":true,"seats":3}`)}},
		"several": {
			ballot.Homomorphic{Text: "1", Answers: names[:2], Min: 0, Max: 1, Extra: []byte(`{"order":"drawn"}`)},
			ballot.NonHomomorphic{Text: "2", Answers: names[:3]},
			ballot.Lists{Text: "3", Lists: []ballot.List{{Name: "أ", Candidates: names[:2]}, {Name: "ب", Candidates: names[2:3]}}},
		},
	}
}

// bare serves the worker and an empty page.
func bare(t *testing.T) http.Handler {
	t.Helper()
	worker, err := os.ReadFile("static/worker.js")
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/worker.js", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		w.Write(worker)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte(`<!doctype html><title>x</title><link rel="icon" href="data:,">`))
	})
	return mux
}

// caller calls the worker as the booth does.
const caller = `window.fresh = () => { let n = 0; const waiting = new Map(), worker = new Worker('/worker.js');
	worker.onmessage = ({data: d}) => { if (d.progress === undefined && !d.ready) { const [yes, no] = waiting.get(d.id); d.error === undefined ? yes(d.result) : no(d.error); } };
	return (call, ...args) => new Promise((yes, no) => { waiting.set(++n, [yes, no]); worker.postMessage({id: n, call, args}); }); }; 0`

// made is what the browser made of a vote.
type made struct {
	Hash, Credential, Commitment, Ballot, Tracker, Other, Opening string
}

func TestBallotsMadeInABrowserAreRight(t *testing.T) {
	const each = 25
	b := webtest.Open(t, bare(t))
	b.Page(t, "/")
	webtest.Ask[int](t, b, caller)
	for name, questions := range kinds() {
		t.Run(name, func(t *testing.T) {
			e, private, list := election(t, questions)
			webtest.Ask[string](t, b, fmt.Sprintf(`(window.call = fresh(), call('open', %s))`, quote(string(e.Bytes()))))
			for range each {
				want := make(ballot.Plaintext, len(questions))
				for i, q := range questions {
					want[i] = vote(q)
				}
				if err := e.CheckPlaintext(want); err != nil {
					t.Fatal(err)
				}
				m := webtest.Ask[made](t, b, fmt.Sprintf(`(async () => { const vote = %s, out = {Credential: await call('identify', %q)};
					out.Commitment = await call('encrypt', vote);
					Object.assign(out, await call('sign').then(s => ({Ballot: s.ballot, Tracker: s.tracker})));
					out.Other = await call('encrypt', vote); out.Opening = await call('reveal'); return out })()`, quote(want), private.Reveal()))
				signed, err := ballot.ParseBallot(group.Ed25519, []byte(m.Ballot))
				if err != nil {
					t.Fatal(err)
				}
				if _, err := e.Verify(signed, list); err != nil {
					t.Fatal(err)
				}
				if signed.Commitment() != m.Commitment || signed.Tracker() != m.Tracker || m.Credential != signed.Credential().String() {
					t.Errorf("the browser says %+v", m)
				}
				opened, err := ballot.ParseOpening(group.Ed25519, []byte(m.Opening))
				if err != nil {
					t.Fatal(err)
				}
				if err := e.CheckOpening(m.Other, signed.Credential(), opened); err != nil {
					t.Fatal(err)
				}
				if fmt.Sprint(opened.Plaintext) != fmt.Sprint(want) {
					t.Errorf("%v was encrypted as %v", want, opened.Plaintext)
				}
			}
		})
	}
}

func quote(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// election is one with these questions and ten voters, and the private credential of one
// of them.
func election(t *testing.T, questions []ballot.Question) (*ballot.Election, credential.Private, *credential.List) {
	t.Helper()
	const uuid = "8QrCAeS5xbQKAY"
	var roll []credential.Voter
	for i := range 10 {
		roll = append(roll, credential.Voter{ID: fmt.Sprint(i), Weight: 1})
	}
	private, list, err := credential.Issue(rand.Reader, group.Ed25519, uuid, roll, false)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := group.Ed25519.RandomScalar(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	e, err := ballot.NewElection(ballot.Record{
		Name: "انتخاب \"تجريبي\"", UUID: uuid, Questions: questions,
		PublicKey: group.Normalize(group.Ed25519.BaseMult(secret))[0],
	})
	if err != nil {
		t.Fatal(err)
	}
	return e, private[3], list
}
