package vote_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"bayyina/core/ballot"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/message"
	"bayyina/platform/store"
	"bayyina/platform/store/seal/sealtest"
)

// phones are those of all voters.
type phones struct {
	mu  sync.Mutex
	got map[string][]string // by number
}

func (p *phones) Send(_ context.Context, _ string, m message.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got[m.To] = append(p.got[m.To], m.Text)
	return nil
}

func (p *phones) Check(context.Context) error { return nil }

// polls is a world whose voters are asked for codes.
type polls struct {
	*shown
	outbox *message.Outbox
	phones *phones
}

func phoneOf(voter int) string { return fmt.Sprintf("+21891234560%d", voter) }

// poll opens an election with codes by SMS.
func poll(w *world) *polls {
	w.tb.Helper()
	p := &polls{phones: &phones{got: make(map[string][]string)}}
	keys := sealtest.New(w.tb, w.cfg.DB)
	p.outbox = must(message.NewOutbox(ctx, message.Config{
		DB: w.cfg.DB, Keys: keys, Senders: map[message.Channel]message.Sender{message.SMS: p.phones},
		Now: w.clock, Log: slog.New(slog.DiscardHandler),
	}))
	p.shown = showWith(w, vote.CastingConfig{Registrar: w.reg, DB: w.cfg.DB, Keys: keys, Outbox: p.outbox})
	w.setUp()
	var list strings.Builder
	list.WriteString("voter,phone,language\n")
	for i := range voters {
		fmt.Fprintf(&list, "v-%d,%s,%s\n", i, phoneOf(i), []string{"ar", "en"}[i%2])
	}
	if n := must(p.casting.LoadVoters(ctx, w.uuid, strings.NewReader(list.String()))); n != voters {
		w.tb.Fatalf("%d voters", n)
	}
	w.enter(evidence.KindOpen, evidence.Open{Election: w.uuid, Opens: opens, Closes: closes, Batch: int64(batch / time.Second)}, nil, w.Decision()...)
	w.at(opens)
	return p
}

// pend casts a ballot, and returns the token under which it waits.
func (p *polls) pend(text []byte) string {
	p.tb.Helper()
	a := p.post(text)
	var out struct{ Cast, Promise string }
	if a.json(p.tb, &out); a.status != http.StatusAccepted || out.Cast == "" || out.Promise != "" {
		p.tb.Fatalf("cast: %d %s", a.status, a.body)
	}
	return out.Cast
}

func (p *polls) askCode(token, voter string) asked {
	p.tb.Helper()
	return p.ask(http.MethodPost, "/casts/"+token+"/code", must(json.Marshal(map[string]string{"voter": voter})))
}

func (p *polls) confirm(token, code string) asked {
	p.tb.Helper()
	return p.ask(http.MethodPost, "/casts/"+token, must(json.Marshal(map[string]string{"code": code})))
}

// deliver sends what is to be sent.
func (p *polls) deliver() {
	p.tb.Helper()
	must(p.casting.SendCodes(ctx))
	for must(p.outbox.Step(ctx)) > 0 {
	}
}

var sixDigits = regexp.MustCompile(`[0-9]{6}`)

// code is the newest that a voter's phone shows; "" if there is none.
func (p *polls) code(voter int) string {
	p.phones.mu.Lock()
	defer p.phones.mu.Unlock()
	texts := p.phones.got[phoneOf(voter)]
	if len(texts) == 0 {
		return ""
	}
	return sixDigits.FindString(texts[len(texts)-1])
}

// voterCode asks for a code and returns it.
func (p *polls) voterCode(token string, voter int) string {
	p.tb.Helper()
	if a := p.askCode(token, fmt.Sprintf(" V-%d ", voter)); a.status != http.StatusAccepted {
		p.tb.Fatalf("ask: %d %s", a.status, a.body)
	}
	p.deliver()
	return p.code(voter)
}

// vote casts for a voter with the credential of another, or their own.
func (p *polls) vote(voter, credential, answer int) asked {
	p.tb.Helper()
	token := p.pend(p.ballot(credential, answer))
	return p.confirm(token, p.voterCode(token, voter))
}

func wrong(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

func pollEach(t *testing.T, test func(t *testing.T, p *polls)) {
	each(t, func(t *testing.T, w *world) { test(t, poll(w)) })
}

func TestABallotIsTakenWithTheCodeAndTheSameCodeGivesTheSamePromise(t *testing.T) {
	pollEach(t, func(t *testing.T, p *polls) {
		var voting struct{ Code string }
		if p.ask(http.MethodGet, "/elections/"+p.uuid+"/voting", nil).json(t, &voting); voting.Code != "sms" {
			t.Errorf("codes by %q", voting.Code)
		}
		text := p.ballot(3, 1)
		token := p.pend(text)
		if s := must(p.reg.Status(ctx, p.uuid)); s.Waiting != 0 {
			t.Error("it is taken without a code")
		}
		var said struct {
			Sent, To string
			Again    int `json:"again_after"`
		}
		p.askCode(token, "v-3").json(t, &said)
		if said.Sent != "sms" || said.To != "•••03" || said.Again != 30 {
			t.Errorf("said %+v", said)
		}
		p.deliver()
		first := p.confirm(token, p.code(3))
		var out struct{ Promise, Tracker string }
		if first.json(t, &out); first.status != http.StatusOK {
			t.Fatalf("confirm: %d %s", first.status, first.body)
		}
		if promise := must(read.ParsePromise([]byte(out.Promise))); promise.Tracker != vote.AttachmentOf(text).SHA256 {
			t.Errorf("promise of %s", promise.Tracker)
		}
		p.pass(2 * time.Second)
		if again := p.confirm(token, p.code(3)); string(again.body) != string(first.body) {
			t.Errorf("the same code again: %d %s", again.status, again.body)
		}
		if n := p.tick(batch); n != 1 {
			t.Errorf("%d ballots entered", n)
		}
		if again := p.confirm(token, p.code(3)); string(again.body) != string(first.body) {
			t.Errorf("after it entered: %d %s", again.status, again.body)
		}
		if a := p.confirm(token, wrong(p.code(3))); a.status != http.StatusForbidden {
			t.Errorf("a wrong code afterwards: %d", a.status)
		}
		if voters, voted, err := p.casting.Turnout(ctx, p.uuid); err != nil || voters != 8 || voted != 1 {
			t.Errorf("%d of %d voted, %v", voted, voters, err)
		}
		list, next, err := p.casting.Voters(ctx, p.uuid, "", 100)
		check(t, err)
		for _, v := range list {
			if v.Voted != (v.Voter == "V-3") {
				t.Errorf("%+v", v)
			}
		}
		if len(list) != voters || next != "" {
			t.Errorf("%d in the record, then %q", len(list), next)
		}
		p.pass(time.Hour + time.Minute)
		p.deliver()
		if n := p.rows("vote_cast"); n != 0 {
			t.Errorf("who cast when is known an hour later: %d", n)
		}
	})
}

func (p *polls) rows(table string) (n int) {
	p.tb.Helper()
	check(p.tb, p.cfg.DB.View(ctx, func(tx *store.Tx) error {
		return tx.QueryRow(ctx, "SELECT count(*) FROM "+table).Scan(&n)
	}))
	return n
}

func TestCodesAreNeitherGuessedNorReplayedNorAnothers(t *testing.T) {
	pollEach(t, func(t *testing.T, p *polls) {
		token := p.pend(p.ballot(0, 0))
		for range 3 {
			if a := p.confirm(token, "123456"); a.status != http.StatusForbidden {
				t.Errorf("before one was asked for: %d %s", a.status, a.body)
			}
		}
		code := p.voterCode(token, 0)
		for left := int64(4); left >= 0; left-- {
			a := p.confirm(token, wrong(code))
			var said struct {
				Left *int64 `json:"attempts_left"`
			}
			if a.json(t, &said); a.reason() != "wrong-code" || said.Left == nil || *said.Left != left {
				t.Errorf("guessed: %d %s", a.status, a.body)
			}
		}
		if a := p.confirm(token, code); a.reason() != "no-attempts" {
			t.Errorf("the right one after five: %d %s", a.status, a.body)
		}
		if a := p.askCode(token, "v-0"); a.reason() != "asked-just-now" || a.header.Get("Retry-After") != "30" {
			t.Errorf("asked again at once: %d %s", a.status, a.body)
		}
		p.pass(30 * time.Second)
		old, next := code, p.voterCode(token, 0)
		if a := p.confirm(token, old); old != next && a.reason() != "wrong-code" {
			t.Errorf("the code before: %d %s", a.status, a.body)
		}
		other := p.pend(p.ballot(0, 1))
		if a := p.confirm(other, next); a.status != http.StatusForbidden {
			t.Errorf("for another ballot: %d %s", a.status, a.body)
		}
		p.pass(10*time.Minute + time.Second)
		if a := p.confirm(token, next); a.reason() != "code-expired" {
			t.Errorf("after ten minutes: %d %s", a.status, a.body)
		}
		p.pass(20 * time.Minute)
		if a := p.confirm(token, next); a.status != http.StatusGone {
			t.Errorf("after half an hour: %d %s", a.status, a.body)
		}
		if a := p.confirm(strings.Repeat("A", 43), next); a.status != http.StatusGone {
			t.Errorf("a token of nobody: %d %s", a.status, a.body)
		}
		if s := must(p.reg.Status(ctx, p.uuid)); s.Waiting != 0 {
			t.Error("something was taken")
		}
	})
}

func TestAVoterHasOneCredentialAndACredentialOneVoter(t *testing.T) {
	pollEach(t, func(t *testing.T, p *polls) {
		if a := p.vote(0, 0, 1); a.status != http.StatusOK {
			t.Fatalf("%d %s", a.status, a.body)
		}
		p.pass(time.Minute)
		if a := p.vote(0, 1, 1); a.reason() != "other-credential" {
			t.Errorf("the same voter with another credential: %d %s", a.status, a.body)
		}
		p.pass(time.Minute)
		if a := p.vote(1, 0, 1); a.reason() != "other-voter" {
			t.Errorf("another voter with the same credential: %d %s", a.status, a.body)
		}
		p.pass(time.Minute)
		if a := p.vote(0, 0, 2); a.status != http.StatusOK {
			t.Errorf("the same voter again: %d %s", a.status, a.body)
		}
		if a := p.vote(1, 1, 2); a.status != http.StatusOK {
			t.Errorf("the other voter: %d %s", a.status, a.body)
		}
		if n := p.tick(batch); n != 2 {
			t.Errorf("%d ballots entered", n)
		}
	})
}

func TestTwoDevicesAtOnceCastOnce(t *testing.T) {
	pollEach(t, func(t *testing.T, p *polls) {
		token := p.pend(p.ballot(0, 0))
		code := p.voterCode(token, 0)
		answers := make([]asked, 8)
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() { answers[i] = p.confirm(token, code) })
		}
		all.Wait()
		for _, a := range answers {
			if a.status != http.StatusOK || string(a.body) != string(answers[0].body) {
				t.Errorf("%d %s", a.status, a.body)
			}
		}
		// Two credentials, one voter, at once: one is the voter's from then on.
		one, two := p.pend(p.ballot(1, 0)), p.pend(p.ballot(2, 0))
		first := p.voterCode(one, 4)
		second := p.voterCode(two, 4)
		all.Go(func() { answers[0] = p.confirm(one, first) })
		all.Go(func() { answers[1] = p.confirm(two, second) })
		all.Wait()
		if a, b := answers[0], answers[1]; !(a.status == 200 && b.reason() == "other-credential" || b.status == 200 && a.reason() == "other-credential") {
			t.Errorf("%d %s, %d %s", a.status, a.body, b.status, b.body)
		}
		if n := p.tick(batch); n != 2 {
			t.Errorf("%d ballots entered", n)
		}
	})
}

func TestAnUnknownVoterGetsTheSameAnswerAndNothingElse(t *testing.T) {
	pollEach(t, func(t *testing.T, p *polls) {
		token, other := p.pend(p.ballot(0, 0)), p.pend(p.ballot(1, 0))
		known, unknown := p.askCode(token, "v-0"), p.askCode(other, "v-99")
		form := regexp.MustCompile(`•••[0-9]{2}`)
		plain := func(a asked) string { return form.ReplaceAllString(string(a.body), "") }
		if known.status != unknown.status || plain(known) != plain(unknown) || !form.Match(unknown.body) {
			t.Errorf("%d %s, %d %s", known.status, known.body, unknown.status, unknown.body)
		}
		for name := range known.header {
			if name != "Date" && strings.Join(known.header[name], "") != strings.Join(unknown.header[name], "") {
				t.Errorf("header %s: %q, %q", name, known.header[name], unknown.header[name])
			}
		}
		p.deliver()
		if p.code(0) == "" || p.rows("message") != 1 {
			t.Error("the known voter has no code, or the unknown one has")
		}
		p.pass(31 * time.Second)
		if again := p.askCode(other, "v-99"); string(again.body) != string(unknown.body) {
			t.Errorf("again: %s", again.body)
		}
		if a := p.confirm(other, "123456"); a.reason() != "wrong-code" {
			t.Errorf("a code of nobody: %d %s", a.status, a.body)
		}
	})
}

func TestNobodyIsSentManyCodesNorKeptFromVotingByAnother(t *testing.T) {
	p := poll(newWorld(t, store.SQLite))
	count := func(voter int) int {
		p.phones.mu.Lock()
		defer p.phones.mu.Unlock()
		return len(p.phones.got[phoneOf(voter)])
	}
	if a := p.vote(7, 7, 0); a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	for credential := range 4 { // which name voter 7, who has voted
		for range 5 {
			p.pass(time.Minute)
			token := p.pend(p.ballot(credential, 0))
			p.voterCode(token, 7)
		}
	}
	if n := count(7); n > 1+5 {
		t.Errorf("the voter gets %d codes", n)
	}
	p.pass(time.Minute)
	if a := p.vote(7, 7, 1); a.status != http.StatusOK {
		t.Errorf("the voter is kept from voting again: %d %s", a.status, a.body)
	}
}

func TestWhatIsKnownOfVotersIsSealed(t *testing.T) {
	pollEach(t, func(t *testing.T, p *polls) {
		token := p.pend(p.ballot(2, 0))
		p.askCode(token, "v-2")
		must(p.casting.SendCodes(ctx))
		dump := p.dump("vote_voter", "voter, contact, coalesce(credential, '')") + p.dump("vote_cast", "token, coalesce(voter, ''), coalesce(code, '')") +
			p.dump("vote_sent", "subject, '', ''") + p.dump("message", "id, sealed, ''")
		p.deliver()
		for _, secret := range []string{"V-2", "v-2", phoneOf(2), phoneOf(2)[1:], token, p.code(2)} {
			if strings.Contains(dump, secret) {
				t.Errorf("the database holds %q", secret)
			}
		}
		if len(dump) < 1000 {
			t.Errorf("the dump is %q", dump)
		}
	})
}

func (p *polls) dump(table, columns string) string {
	p.tb.Helper()
	var text strings.Builder
	check(p.tb, p.cfg.DB.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.Query(ctx, "SELECT "+columns+" FROM "+table)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var a, b, c string
			if err := rows.Scan(&a, &b, &c); err != nil {
				return err
			}
			fmt.Fprintln(&text, a, b, c)
		}
		return rows.Err()
	}))
	return text.String()
}

func TestVotersListsAreReadStrictly(t *testing.T) {
	p := poll(newWorld(t, store.SQLite))
	if _, err := p.casting.LoadVoters(ctx, p.uuid, strings.NewReader("voter,phone\n1,+218912345678\n")); !errors.Is(err, vote.ErrHasBegun) {
		t.Errorf("after the opening: %v", err)
	}
	p.at(start)
	for list, want := range map[string]error{
		"": vote.ErrVoters, "voter\n1\n": vote.ErrVoters, "voter,phone\n1\n": vote.ErrVoters,
		"voter,phone\n1,0912345678\n": vote.ErrVoters, "voter,phone\n1,+218912345678\n١,+218912345679\n": vote.ErrVoters,
		"voter,phone,language\n1,+218912345678,fr\n": vote.ErrVoters, "voter,phone\n ,+218912345678\n": vote.ErrVoters,
		"voter,email\n1,a@b.ly\n": message.ErrNoSender,
	} {
		if _, err := p.casting.LoadVoters(ctx, p.uuid, strings.NewReader(list)); !errors.Is(err, want) {
			t.Errorf("%q: %v", list, err)
		}
	}
	if _, err := p.casting.LoadVoters(ctx, p.uuid, strings.NewReader("\xef\xbb\xbfVoter,Phone\n1,+218912345678\n")); err != nil {
		t.Error(err)
	}
}

func TestACredentialHolderWhoCastsWithoutEndIsSlowedDown(t *testing.T) {
	w := newWorld(t, store.SQLite)
	s := show(w)
	w.open()
	text := w.ballot(0, 0)
	slowed := false
	for range 12 {
		a := s.post(text)
		slowed = slowed || a.reason() == "too-many" && a.header.Get("Retry-After") == "1"
	}
	if !slowed {
		t.Error("twelve at once are taken")
	}
	if a := s.post(w.ballot(1, 0)); a.status != http.StatusOK {
		t.Errorf("another voter at the same address: %d %s", a.status, a.body)
	}
	junk := w.copied(text, 0, 2)
	for range 30 {
		if a := s.post(junk); a.reason() != "wrong-signature" {
			t.Fatalf("under another's name: %d %s", a.status, a.body)
		}
	}
	if a := s.post(w.ballot(2, 0)); a.status != http.StatusOK {
		t.Errorf("whoever was named: %d %s", a.status, a.body)
	}
}

func TestSignaturesAreCheckedAloneAsWithEverythingElse(t *testing.T) {
	n := theNation()
	for _, text := range [][]byte{n.copied(n.ballot(0, 0), 0, 1), n.stranger()} {
		b := must(ballot.ParseBallot(n.group, text))
		_, all := n.election.Verify(b, n.list)
		if _, err := n.election.CheckSignature(b, n.list); err == nil || all == nil || err.Error() != all.Error() {
			t.Errorf("%v, %v", err, all)
		}
	}
	if _, err := n.election.CheckSignature(must(ballot.ParseBallot(n.group, n.ballot(0, 0))), n.list); err != nil {
		t.Error(err)
	}
}
