package vote_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"bayyina/core/ballot"
	"bayyina/core/group"
	"bayyina/core/tally"
	"bayyina/core/trustee"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/store"
)

// refused fails unless an error tells the text.
func refused(tb testing.TB, what string, err error, text string) {
	tb.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		tb.Errorf("%s: %v, should tell %q", what, err, text)
	}
}

func TestStepsOfTheCountWaitForTheirTurn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.open()
		w.cast(w.ballot(0, 0))
		w.tick(batch)
		if _, err := w.reg.Tally(ctx, w.uuid); !errors.Is(err, vote.ErrStillOpen) {
			t.Errorf("tally of an open election: %v", err)
		}
		if _, err := w.reg.Result(ctx, w.uuid); !errors.Is(err, vote.ErrTooEarly) {
			t.Errorf("result without a tally: %v", err)
		}
		w.at(closes)
		must(w.reg.Close(ctx, w.uuid))
		w.drain()
		none := tally.NewEncrypted(w.election)
		early := must(w.shares[0].Decrypt(w.election, none, rand.Reader))
		if err := w.decryption(1, early); !errors.Is(err, vote.ErrTooEarly) {
			t.Errorf("decryption without a tally: %v", err)
		}
		text := must(w.reg.Tally(ctx, w.uuid))
		w.drain()
		if _, err := w.reg.Tally(ctx, w.uuid); !errors.Is(err, vote.ErrTooEarly) {
			t.Errorf("a second tally: %v", err)
		}
		if _, err := w.reg.Result(ctx, w.uuid); !errors.Is(err, trustee.ErrTooFew) {
			t.Errorf("result without decryptions: %v", err)
		}
		encrypted := must(tally.ParseEncrypted(w.election, text))
		own := must(w.shares[0].Decrypt(w.election, encrypted, rand.Reader))
		refused(t, "decryption of another tally", w.decryption(1, early), "trustee 1")
		refused(t, "decryption of another trustee", w.decryption(2, own), "trustee 2")
		check(t, w.decryption(1, own))
		refused(t, "second decryption", w.decryption(1, must(w.shares[0].Decrypt(w.election, encrypted, rand.Reader))), "already")
		if _, err := w.reg.Result(ctx, w.uuid); !errors.Is(err, trustee.ErrTooFew) {
			t.Errorf("result of one decryption: %v", err)
		}
		check(t, w.decryption(3, must(w.shares[2].Decrypt(w.election, encrypted, rand.Reader))))
		must(w.reg.Result(ctx, w.uuid))
		if _, err := w.reg.Result(ctx, w.uuid); !errors.Is(err, vote.ErrTooEarly) {
			t.Errorf("a second result: %v", err)
		}
		w.drain()
		report, _, _ := w.replay()
		verdicts(t, report, unfinished("vote.certified")) // none of what was refused is in the log
		s := must(w.reg.Status(ctx, w.uuid))
		if s.Ballots != 1 || s.Batches != 1 || !s.Closed || !s.Tallied || !s.Opens.Equal(opens) || !s.Closes.Equal(closes) {
			t.Errorf("%+v", s)
		}
	})
}

func (w *world) decryption(number int, d []byte) error {
	return w.reg.Enter(ctx, must(w.Say(evidence.KindDecryption, evidence.Decryption{
		Election: w.uuid, Trustee: number, Decryption: vote.AttachmentOf(d),
	}, w.Trustees[number-1])), d)
}

// An election in which nobody votes is counted like any other.
func TestElectionWithoutBallots(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.open()
		w.at(closes)
		if n, err := w.reg.Close(ctx, w.uuid); n != 0 || err != nil {
			t.Fatalf("closed with %d: %v", n, err)
		}
		w.drain()
		if got := w.count(1, 2); got[0]+got[1]+got[2]+got[3] != 0 {
			t.Errorf("result %v", got)
		}
		_, _, bel := w.replay()
		w.certify([]byte(`{"result":[[0,0,0,0]]}`), bel)
		report, _, _ := w.replay()
		verdicts(t, report, nil)
	})
}

func TestWhatCannotBeSaidIsNotEntered(t *testing.T) {
	w := newWorld(t, store.SQLite)
	open := evidence.Open{Election: w.uuid, Opens: opens, Closes: closes, Batch: 600}
	say := func(kind string, body any, contents ...[]byte) error {
		return w.reg.Enter(ctx, must(w.Say(kind, body, w.Decision()...)), contents...)
	}
	if err := say(evidence.KindOpen, open); !errors.Is(err, vote.ErrUnknownElection) {
		t.Errorf("opening of no election: %v", err)
	}
	list := w.list.Bytes()
	setup := must(vote.SetupStatement(evidence.Setup{}.Title, w.definition, w.record, list, 0))
	refused(t, "set-up without its list", say(evidence.KindSetup, setup, w.definition, w.record), "credential")
	other := setup
	other.Election = "Another1111111"
	refused(t, "set-up under another name", say(evidence.KindSetup, other, w.definition, w.record, list), "Another1111111")
	key := must(trustee.NewPrivateKey(group.Ed25519, rand.Reader))
	record := must(trustee.Record(group.Ed25519, trustee.Single(must(key.PublicKey("", rand.Reader)))))
	_, err := vote.SetupStatement(setup.Title, w.definition, record, list, 0)
	refused(t, "set-up with other trustees", err, "another key")
	exchanged := setup
	exchanged.Trustees = vote.AttachmentOf(record)
	refused(t, "set-up with other trustees", say(evidence.KindSetup, exchanged, w.definition, record, list), "trustees")
	w.setUp()
	refused(t, "second set-up", say(evidence.KindSetup, setup, w.definition, w.record, list), "set up before")
	for _, bad := range []evidence.Open{
		{Election: w.uuid, Opens: opens, Closes: opens, Batch: 600},
		{Election: w.uuid, Opens: opens, Closes: closes, Batch: -1},
	} {
		refused(t, "opening at impossible times", say(evidence.KindOpen, bad), "cannot be open")
	}
	check(t, say(evidence.KindOpen, open))
	refused(t, "second opening", say(evidence.KindOpen, open), "opened before")
	refused(t, "the server's own word", say(evidence.KindClose, evidence.Close{Election: w.uuid}), "not something that others say")
	stale := must(vote.Say(rand.Reader, origin, evidence.KindCertify, vote.Window{From: start.Add(-time.Hour), Until: start.Add(-time.Minute)},
		evidence.Certify{Election: w.uuid}))
	refused(t, "a statement out of its window", w.reg.Enter(ctx, must(note.Sign(&note.Note{Text: string(stale)}, w.Root)), list), "valid until")
	w.drain()
	report, _, _ := w.replay()
	verdicts(t, report, unfinished("vote.closed"))
}

func TestTemplatesAreReadStrictly(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON":                    `questions`,
		"no questions":               `{"name":"x","description":"","questions":[]}`,
		"a question of another kind": `{"name":"x","description":"","questions":[{"type":"Ordered","value":{"question":"?","answers":["a"]}}]}`,
		"a bound of no use":          `{"name":"x","description":"","questions":[{"type":"NonHomomorphic","value":{"question":"?","answers":["a"],"max":1}}]}`,
		"a list without a name":      `{"name":"x","description":"","questions":[{"type":"Lists","value":{"question":"?","answers":[["A","a"],[]]}}]}`,
		"kinds mixed":                `{"name":"x","description":"","questions":[{"type":"Lists","answers":[["A","a"]],"question":"?"}]}`,
		"more choices than answers":  `{"name":"x","description":"","questions":[{"question":"?","answers":["a"],"min":0,"max":2}]}`,
		"less than none":             `{"name":"x","description":"","questions":[{"question":"?","answers":["a"],"min":-1,"max":1}]}`,
		"half a language":            `{"name":"x","description":"","language":["ar"],"questions":[{"question":"?","answers":["a"],"min":0,"max":1}]}`,
		"something after the end":    `{"name":"x","description":"","questions":[{"question":"?","answers":["a"],"min":0,"max":1}]} {}`,
		"too large":                  strings.Repeat(" ", vote.MaxTemplate+1),
	} {
		if _, err := vote.ParseTemplate([]byte(text)); err == nil {
			t.Errorf("%s: it was taken", name)
		}
	}
}

func TestTemplateHasQuestionsOfAllKinds(t *testing.T) {
	const questions = `[{"answers":["a","b"],"blank":true,"min":1,"max":1,"question":"1"},` +
		`{"type":"NonHomomorphic","value":{"answers":["a","b"],"question":"2"},"extra":{"method":"Schulze","blank":false}},` +
		`{"type":"Lists","value":{"answers":[["A","a"],["B","b","c"]],"question":"3"}}]`
	template := must(vote.ParseTemplate([]byte(`{"name":"x","description":"","questions":` + questions + `}`)))
	if again := must(json.Marshal(template.Questions)); string(again) != questions {
		t.Errorf("read and written it is %s", again)
	}
}

func FuzzTemplate(f *testing.F) {
	f.Add([]byte(`{"name":"x","description":"","questions":[{"question":"?","answers":["a","b"],"min":0,"max":1,"blank":true}]}`))
	record := theNation().record
	f.Fuzz(func(t *testing.T, data []byte) {
		draft, err := vote.ParseTemplate(data)
		if err != nil {
			return
		}
		draft.UUID = "11111111111111"
		definition, err := draft.Definition(record)
		if err != nil {
			t.Fatalf("a template that was taken makes no election: %v", err)
		}
		if _, err := ballot.ParseElection(definition); err != nil {
			t.Fatalf("a template that was taken makes no election: %v", err)
		}
	})
}

func TestNamesOfElectionsAreRandom(t *testing.T) {
	a, b := must(vote.NewUUID(rand.Reader)), must(vote.NewUUID(rand.Reader))
	if a == b || len(a) != 14 {
		t.Errorf("%q, %q", a, b)
	}
	if _, err := vote.NewUUID(strings.NewReader("short")); err == nil {
		t.Error("a name without randomness")
	}
}
