package vote_test

import (
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"bayyina/core/canon"
	"bayyina/core/count"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity/access"
	"bayyina/platform/identity/account"
	"bayyina/platform/identity/decide"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	"bayyina/platform/store/seal/sealtest"
)

const window = time.Hour // in which one may complain

// complaintRules are those of the world's election.
func (w *world) complaintRules() evidence.ComplaintRules {
	return evidence.ComplaintRules{
		Election: w.uuid, Window: int64(window / time.Second), Body: read.Bilingual{AR: "لجنة الشكاوى", EN: "Complaints panel"},
		Grounds: []read.Bilingual{{AR: "خطأ في الفرز", EN: "A mistake in the count"}, {AR: "أهلية مرشح", EN: "A candidate's eligibility"}},
	}
}

// counted is the election with its result: the first answer has three votes, the second two, the third one.
func (w *world) counted() {
	w.tb.Helper()
	w.at(opens)
	for voter, answer := range []int{0, 0, 0, 1, 1, 2} {
		w.cast(w.ballot(voter, answer))
	}
	w.tick(batch)
	w.at(closes)
	must(w.reg.Close(ctx, w.uuid))
	w.drain()
	w.count(1, 2)
	must(w.reg.Seats(ctx, w.uuid))
	w.drain()
}

func (w *world) lodge(c *vote.Complaints, l vote.Lodging) (*vote.Acknowledged, error) {
	l.Election = w.uuid
	if l.Receipt == "" {
		l.Receipt = must(c.NewReceipt())
	}
	a, err := c.Lodge(ctx, l)
	w.drain()
	return a, err
}

// certifyVersion is the certification of a version, not entered yet.
func (w *world) certifyVersion(version int) error {
	w.tb.Helper()
	result := must(w.reg.Outcome(ctx, w.uuid))
	_, _, bel := w.replay()
	err := w.reg.Enter(ctx, must(w.Say(evidence.KindVersionCertify, evidence.VersionCertify{
		Election: w.uuid, Version: version, Result: vote.AttachmentOf(result), Archive: canon.Hex(bel), ArchiveSize: int64(len(bel)),
	}, w.Decision()...)), result)
	w.drain()
	return err
}

func TestAComplaintThatIsUpheldMakesAnotherVersionOfTheResult(t *testing.T) {
	slow(t)
	each(t, func(t *testing.T, w *world) {
		w.rules = []evidence.QuestionRule{{Question: 1, Rule: count.Rule{Name: "plurality"}}}
		w.setUp()
		keys := sealtest.New(t, w.cfg.DB)
		c := vote.NewComplaints(w.reg, keys)
		about := vote.Lodging{Ground: 2, About: evidence.Subject{Question: 1, Answer: 1}, Text: "هو قاضٍ", Name: "سالم", Contact: "salem@example.ly"}
		if _, err := w.lodge(c, about); !errors.Is(err, vote.ErrNoComplaints) {
			t.Errorf("a complaint without rules: %v", err)
		}
		w.enter(evidence.KindComplaintRules, w.complaintRules(), nil, w.Decision()...)
		if err := w.reg.Enter(ctx, must(w.Say(evidence.KindComplaintRules, w.complaintRules(), w.Decision()...))); err == nil {
			t.Error("rules of complaints are entered twice")
		}
		if _, err := w.lodge(c, about); !errors.Is(err, vote.ErrNotOpen) {
			t.Errorf("a complaint before the opening: %v", err)
		}
		w.enter(evidence.KindOpen, evidence.Open{Election: w.uuid, Opens: opens, Closes: closes, Batch: int64(batch / time.Second)}, nil, w.Decision()...)
		w.counted()

		// Two complaints in time; sent twice under one receipt, a complaint is one.
		about.Receipt = must(c.NewReceipt())
		first := must(w.lodge(c, about))
		again := must(w.lodge(c, about))
		if first.Number != 1 || again.Number != 1 || string(first.Note) != string(again.Note) || !first.Deadline.Equal(first.Lodged.Add(evidence.ComplaintTime)) {
			t.Errorf("%+v, then %+v", first, again)
		}
		if second := must(w.lodge(c, vote.Lodging{Ground: 1, Text: "أخطأتم", Name: "ليلى"})); second.Number != 2 {
			t.Errorf("%+v", second)
		}
		for what, wrong := range map[string]vote.Lodging{
			"a ground that is none":         {Ground: 3, Text: "x", Name: "x"},
			"an answer that does not exist": {Ground: 1, About: evidence.Subject{Question: 1, Answer: 4}, Text: "x", Name: "x"},
			"no text":                       {Ground: 1, Text: " ", Name: "x"},
			"nobody":                        {Ground: 1, Text: "x"},
			"too long a text":               {Ground: 1, Text: strings.Repeat("x", 4*vote.MaxComplaintText+1), Name: "x"},
		} {
			if _, err := w.lodge(c, wrong); !errors.Is(err, vote.ErrComplaint) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if o := must(c.Open(ctx, w.uuid, 1)); o.Text != "هو قاضٍ" || o.Name != "سالم" || o.Contact != "salem@example.ly" {
			t.Errorf("opened: %+v", o)
		}
		if _, err := c.Open(ctx, w.uuid, 3); !errors.Is(err, vote.ErrNoComplaint) {
			t.Errorf("a complaint that was refused: %v", err)
		}
		if _, err := c.Receipt(ctx, strings.Repeat("0", 32)); !errors.Is(err, vote.ErrNoComplaint) {
			t.Errorf("somebody else's receipt: %v", err)
		}
		w.opensTheSeal(first)

		// Rulings.
		rule := func(b evidence.Ruling) error {
			b.Election, b.Reason = w.uuid, read.Bilingual{AR: "لأنه", EN: "because"}
			err := w.reg.Enter(ctx, must(w.Say(evidence.KindRuling, b, w.Decision()...)))
			w.drain()
			return err
		}
		out := []evidence.Subject{{Question: 1, Answer: 1}}
		for what, wrong := range map[string]evidence.Ruling{
			"on nothing":               {Complaints: []int64{3}, Outcome: evidence.Dismissed},
			"that skips a version":     {Complaints: []int64{1}, Outcome: evidence.Excluded, Excluded: out, Version: 3},
			"that excludes nobody":     {Complaints: []int64{1}, Outcome: evidence.Excluded, Version: 2},
			"that excludes a question": {Complaints: []int64{1}, Outcome: evidence.Excluded, Excluded: []evidence.Subject{{Question: 1}}, Version: 2},
			"that leaves nobody":       {Complaints: []int64{1}, Outcome: evidence.Excluded, Excluded: []evidence.Subject{out[0], {Question: 1, Answer: 2}, {Question: 1, Answer: 3}}, Version: 2},
		} {
			if err := rule(wrong); !errors.Is(err, vote.ErrRuling) {
				t.Errorf("a ruling %s: %v", what, err)
			}
		}
		check(t, rule(evidence.Ruling{Complaints: []int64{1}, Outcome: evidence.Excluded, Excluded: out, Version: 2}))
		if err := rule(evidence.Ruling{Complaints: []int64{1}, Outcome: evidence.Dismissed}); !errors.Is(err, vote.ErrRuling) {
			t.Errorf("two rulings on a complaint: %v", err)
		}
		if got := must(w.reg.Seats(ctx, w.uuid)); len(got) != 1 || len(got[0].Seats) != 1 || got[0].Seats[0].Name != "ب" {
			t.Errorf("elected is %+v", got)
		}
		w.drain()

		// Nothing is certified before the window is over and everything is ruled on.
		if err := w.certifyVersion(2); !errors.Is(err, vote.ErrComplaints) {
			t.Errorf("certified in the window: %v", err)
		}
		w.pass(window + time.Minute)
		if err := w.certifyVersion(2); !errors.Is(err, vote.ErrComplaints) {
			t.Errorf("certified with a complaint that waits: %v", err)
		}
		check(t, rule(evidence.Ruling{Complaints: []int64{2}, Outcome: evidence.Dismissed}))
		late := must(w.lodge(c, vote.Lodging{Ground: 1, Text: "متأخرة", Name: "عمر"}))
		if err := rule(evidence.Ruling{Complaints: []int64{late.Number}, Outcome: evidence.Dismissed}); !errors.Is(err, vote.ErrRuling) {
			t.Errorf("a late complaint is ruled on as one in time: %v", err)
		}
		if err := w.certifyVersion(1); !errors.Is(err, vote.ErrVersion) {
			t.Errorf("an earlier version certified: %v", err)
		}
		check(t, w.certifyVersion(2))
		if _, err := w.lodge(c, about); err != nil { // it was lodged before
			t.Errorf("the receipt after the certification: %v", err)
		}
		if _, err := w.lodge(c, vote.Lodging{Ground: 1, Text: "x", Name: "x"}); !errors.Is(err, vote.ErrCertified) {
			t.Errorf("a complaint after the certification: %v", err)
		}
		report, judge, _ := w.replay()
		verdicts(t, report, nil)
		d := judge.Disputes(w.uuid)
		if len(d.Versions) != 2 || d.Standing.Certified != 2 || d.Standing.Late != 1 || !d.Find(late.Number).Late {
			t.Errorf("%+v", d.Standing)
		}
		for _, a := range []*vote.Acknowledged{first, late} {
			claim := judge.CheckAcknowledgements([]*read.Acknowledgement{must(read.ParseAcknowledgement(a.Note))}, w.clock())[0]
			if claim.Verdict != read.True {
				t.Errorf("the acknowledgement of %d is %s: %+v", a.Number, claim.Verdict, claim.Faults)
			}
		}
	})
}

func TestAComplaintSentTwiceAtOnceIsOne(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.setUp()
		w.enter(evidence.KindComplaintRules, w.complaintRules(), nil, w.Decision()...)
		w.enter(evidence.KindOpen, evidence.Open{Election: w.uuid, Opens: opens, Closes: closes, Batch: int64(batch / time.Second)}, nil, w.Decision()...)
		w.at(opens)
		c := vote.NewComplaints(w.reg, sealtest.New(t, w.cfg.DB))
		l := vote.Lodging{Election: w.uuid, Receipt: must(c.NewReceipt()), Ground: 1, Text: "x", Name: "x"}
		var numbers [8]int64
		var sent sync.WaitGroup
		for i := range numbers {
			sent.Go(func() {
				a, err := c.Lodge(ctx, l)
				if err != nil {
					t.Error(err)
					return
				}
				numbers[i] = a.Number
			})
		}
		sent.Wait()
		if numbers != [8]int64{1, 1, 1, 1, 1, 1, 1, 1} {
			t.Errorf("the complaint has the numbers %v", numbers)
		}
	})
}

// opensTheSeal shows what a complaint says, as its complainant can.
func (w *world) opensTheSeal(a *vote.Acknowledged) {
	w.tb.Helper()
	_, judge, _ := w.replay()
	c := judge.Disputes(w.uuid).Find(a.Number)
	entry := must(read.ParseEntry(must(w.log.Entry(ctx, uint64(c.Sequence)))))
	if entry.Statement.ID != a.Statement || strings.Contains(string(entry.Statement.Body), "قاضٍ") || strings.Contains(string(entry.Statement.Body), "سالم") {
		w.tb.Errorf("the log says %s", entry.Statement.Body)
	}
	for path, part := range map[string]struct{ salt, value string }{
		"text": {a.TextSalt, "هو قاضٍ"}, "complainant": {a.ComplainantSalt, "سالم\nsalem@example.ly"},
	} {
		salt := [read.SaltSize]byte(must(hex.DecodeString(part.salt)))
		check(w.tb, read.CheckSealed(must(read.SealedAt(entry.Statement.Body, path)), evidence.KindComplaint, a.Statement, path, salt, part.value))
	}
}

func TestNobodyRulesOnAComplaintOfTheirOwn(t *testing.T) {
	w := newWorld(t, store.SQLite)
	w.setUp()
	w.enter(evidence.KindComplaintRules, w.complaintRules(), nil, w.Decision()...)
	w.enter(evidence.KindOpen, evidence.Open{Election: w.uuid, Opens: opens, Closes: closes, Batch: int64(batch / time.Second)}, nil, w.Decision()...)
	w.counted()
	c := w.commission()
	complaints := vote.NewComplaints(w.reg, c.keys)
	panel := w.adjudicator(c)
	for _, person := range []int64{panel.ID, c.officers[0]} {
		must(w.lodge(complaints, vote.Lodging{Ground: 1, Text: "x", Name: "x", Person: person}))
	}
	ruling := func(number int64) decide.Draft {
		return decide.Draft{Kind: evidence.KindRuling, Body: evidence.Ruling{
			Election: w.uuid, Complaints: []int64{number}, Outcome: evidence.Dismissed, Reason: read.Bilingual{AR: "لا", EN: "no"},
		}}
	}
	if _, err := c.Propose(ctx, panel, ruling(1)); !errors.Is(err, decide.ErrOwnCase) {
		t.Errorf("the complainant proposes the ruling: %v", err)
	}
	if _, err := c.Propose(ctx, c.manager, ruling(2)); !errors.Is(err, decide.ErrForbidden) {
		t.Errorf("the manager proposes a ruling: %v", err)
	}
	id := must(c.Propose(ctx, panel, ruling(2)))
	if err := c.SignInSoftware(ctx, c.officers[0], id); !errors.Is(err, decide.ErrOwnCase) {
		t.Errorf("the complainant signs the ruling: %v", err)
	}
	check(t, c.SignInSoftware(ctx, c.officers[1], id))
}

// adjudicator is a member of the complaints panel.
func (w *world) adjudicator(c *commission) *access.Person {
	w.tb.Helper()
	id, _, err := c.accounts.Invite(ctx, nil, account.Newcomer{Name: "Panel", Address: "panel@example.ly", Organisation: "hnec"})
	check(w.tb, err)
	check(w.tb, w.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		return c.accounts.ApplyGrant(ctx, tx, id, access.Grant{Role: access.Adjudicator, Scope: access.Scope{Election: w.uuid}}, "panel")
	}))
	member := must(c.accounts.Member(ctx, id))
	return &member.Person
}
