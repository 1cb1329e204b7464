package decide_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bayyina/platform/identity/access"
	"bayyina/platform/identity/decide"
	"bayyina/platform/identity/evidence"
	"bayyina/platform/identity/softkey"
	"bayyina/platform/ledger/read"
)

var ctx = context.Background()

func refusedBy(t *testing.T, want, got error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func state(w *world, id string) decide.State {
	w.t.Helper()
	p, err := w.Proposal(ctx, w.who(w.officers[0]), id)
	w.must(err)
	return p.State
}

func TestADecisionEntersTheLogOnceEnoughOthersHaveSigned(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.propose(w.officers[0], w.rules())
		if n := w.settle(); n != 0 {
			t.Fatal("it enters without a signature")
		}
		w.must(w.sign(w.officers[1], id))
		w.must(w.sign(w.officers[2], id))
		if n := w.settle(); n != 0 {
			t.Fatal("it enters without the offline signature")
		}
		w.signOffline(id)
		if n := w.settle(); n != 1 || state(w, id) != decide.Entered {
			t.Fatalf("%d entered", n)
		}
		if n := w.settle(); n != 0 {
			t.Error("it enters again")
		}
		claims := w.verify()
		how := claims["decision.foureyes"].How.Args
		if claims["decision.foureyes"].Verdict != read.True || how["Count"] != int64(1) || claims["log.decisions"].Verdict != read.True {
			t.Errorf("%v %v", claims["decision.foureyes"], claims["log.decisions"])
		}
	})
}

func TestARoleIsHeldFromTheDecisionOn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.propose(w.officers[0], w.grant())
		w.must(w.sign(w.officers[1], id))
		w.must(w.sign(w.officers[2], id))
		observer := access.Grant{Role: access.Observer}
		holds := func() bool {
			for _, g := range w.who(w.clerk).Grants {
				if g == observer {
					return true
				}
			}
			return false
		}
		if holds() {
			t.Error("the role is held before it is decided")
		}
		if w.settle() != 1 || !holds() {
			t.Error("the role is not held")
		}
		held, err := w.Opened(ctx, id)
		if want := (decide.Opened{Path: "name", Value: "Clerk"}); err != nil || !areSealed(held, want) {
			t.Errorf("opened: %v, %v", held, err)
		}
		id = w.propose(w.officers[1], decide.Draft{Kind: evidence.KindRevoke, Body: evidence.Revoke{Person: w.clerk, Role: "observer", Reason: reason}})
		w.must(w.sign(w.officers[0], id))
		w.must(w.sign(w.officers[2], id))
		if w.settle() != 1 || holds() {
			t.Error("the role is still held")
		}
		if c := w.verify()["access.grants"]; c.Verdict != read.True || c.How.Args["Revokes"] != int64(1) {
			t.Errorf("%+v", c)
		}
	})
}

func TestNobodySignsTheirOwnProposal(t *testing.T) {
	w := small(t)
	id := w.propose(w.officers[0], w.rules())
	refusedBy(t, decide.ErrOwn, w.sign(w.officers[0], id))
	refusedBy(t, decide.ErrOwn, w.SignInSoftware(ctx, w.officers[0], id))
	refusedBy(t, decide.ErrOwn, w.Refuse(ctx, w.officers[0], id, reason))
	// A second key of the proposer is the proposer's, too.
	second, err := softkey.New("hnec.example/officer-1b", read.PasskeyES256, strings.NewReader(strings.Repeat("b", 64)))
	w.must(err)
	w.must(w.Bind(ctx, w.officers[0], second.VerifierKey(), true))
	refusedBy(t, decide.ErrOwn, w.Sign(ctx, w.officers[0], id, w.assert(second, id, nil)))
}

func TestWhoeverMayNotSignDoesNot(t *testing.T) {
	w := small(t)
	id := w.propose(w.officers[0], w.rules())
	for _, person := range []int64{w.clerk, w.reader} {
		refusedBy(t, decide.ErrForbidden, w.Sign(ctx, person, id, w.assert(w.soft[w.officers[1]], id, nil)))
		refusedBy(t, decide.ErrForbidden, w.Refuse(ctx, person, id, reason))
		refusedBy(t, decide.ErrForbidden, w.Withdraw(ctx, person, id, reason))
	}
	// With another's key nobody signs, not even an officer.
	refusedBy(t, decide.ErrSignature, w.Sign(ctx, w.officers[1], id, w.assert(w.soft[w.officers[2]], id, nil)))
	w.must(w.sign(w.officers[1], id))
	refusedBy(t, decide.ErrSignedTwice, w.sign(w.officers[1], id))
	if _, err := w.Propose(ctx, w.who(w.clerk), w.rules()); !errors.Is(err, decide.ErrForbidden) {
		t.Errorf("a clerk proposes rules: %v", err)
	}
	if _, err := w.Propose(ctx, w.who(w.reader), w.grant()); !errors.Is(err, decide.ErrForbidden) {
		t.Errorf("an auditor proposes a grant: %v", err)
	}
	if _, err := w.Propose(ctx, nil, w.grant()); !errors.Is(err, decide.ErrForbidden) {
		t.Errorf("nobody proposes a grant: %v", err)
	}
}

// Every lie is signed by the right person's key.
func TestAnAssertionMadeOtherwiseIsRefused(t *testing.T) {
	w := small(t)
	id, other := w.propose(w.officers[0], w.rules()), w.propose(w.officers[0], w.grant())
	elsewhere, err := w.Proposal(ctx, w.who(w.officers[0]), other)
	w.must(err)
	for name, lie := range map[string]func(*softkey.Ceremony){
		"origin of the site":      func(c *softkey.Ceremony) { c.Origin = "https://vote.test" },
		"origin of another":       func(c *softkey.Ceremony) { c.Origin = signOrigin + ".evil" },
		"plain http":              func(c *softkey.Ceremony) { c.Origin = "http://" + signHost },
		"relying party":           func(c *softkey.Ceremony) { c.RPID = "vote.test" },
		"type":                    func(c *softkey.Ceremony) { c.Type = "webauthn.create" },
		"framed":                  func(c *softkey.Ceremony) { c.CrossOrigin = true },
		"nobody present":          func(c *softkey.Ceremony) { c.Flags = softkey.UserVerified },
		"nobody verified":         func(c *softkey.Ceremony) { c.Flags = softkey.UserPresent },
		"a challenge to sign in":  func(c *softkey.Ceremony) { c.Challenge = []byte("sixteen bytes!!!") },
		"another proposal's text": func(c *softkey.Ceremony) { c.Challenge = softkey.Signing(elsewhere.Statement.Text, "", "").Challenge },
	} {
		t.Run(name, func(t *testing.T) {
			refusedBy(t, decide.ErrSignature, w.Sign(ctx, w.officers[1], id, w.assert(w.soft[w.officers[1]], id, lie)))
		})
	}
	// An approval is not one of something else.
	good := w.assert(w.soft[w.officers[1]], id, nil)
	refusedBy(t, decide.ErrSignature, w.Sign(ctx, w.officers[1], other, good))
	w.must(w.Sign(ctx, w.officers[1], id, good))
	refusedBy(t, decide.ErrSignedTwice, w.Sign(ctx, w.officers[1], id, good))
}

func TestAProposalOfAnotherScopeIsNotSeen(t *testing.T) {
	w := small(t)
	id := w.propose(w.officers[0], w.rules())
	for _, person := range []int64{w.clerk} { // reads decisions on one election only
		if _, err := w.Proposal(ctx, w.who(person), id); !errors.Is(err, decide.ErrUnknown) {
			t.Errorf("a proposal of another scope is seen: %v", err)
		}
		open, settled, err := w.Proposals(ctx, w.who(person))
		if err != nil || len(open)+len(settled) != 0 {
			t.Errorf("%d and %d are listed, %v", len(open), len(settled), err)
		}
	}
	scoped, err := w.DraftGrant(ctx, evidence.Grant{Person: w.reader, Role: string(access.Observer), Scope: access.Scope{Election: election}, Reason: reason})
	w.must(err)
	own := w.propose(w.officers[0], scoped)
	if _, err := w.Proposal(ctx, w.who(w.clerk), own); err != nil {
		t.Errorf("the manager of the election does not see its decisions: %v", err)
	}
	if _, err := w.Proposal(ctx, nil, own); !errors.Is(err, decide.ErrUnknown) {
		t.Errorf("nobody sees it: %v", err)
	}
	if open, _, err := w.Proposals(ctx, w.who(w.reader)); err != nil || len(open) != 2 {
		t.Errorf("the auditor sees %d, %v", len(open), err)
	}
}

func TestWhatIsRefusedOrWithdrawnNeverEnters(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		refused, withdrawn := w.propose(w.officers[0], w.grant()), w.propose(w.officers[0], w.grant())
		w.must(w.sign(w.officers[1], refused))
		refusedBy(t, decide.ErrNoReason, w.Refuse(ctx, w.officers[2], refused, read.Bilingual{AR: " \r\n"}))
		w.must(w.Refuse(ctx, w.officers[2], refused, reason))
		refusedBy(t, decide.ErrForbidden, w.Withdraw(ctx, w.officers[1], withdrawn, reason))
		w.must(w.Withdraw(ctx, w.officers[0], withdrawn, reason))
		for _, id := range []string{refused, withdrawn} {
			refusedBy(t, decide.ErrNotOpen, w.sign(w.officers[2], id))
			refusedBy(t, decide.ErrNotOpen, w.Refuse(ctx, w.officers[2], id, reason))
			refusedBy(t, decide.ErrNotOpen, w.Withdraw(ctx, w.officers[0], id, reason))
		}
		if w.settle() != 0 || state(w, refused) != decide.Refused || state(w, withdrawn) != decide.Withdrawn {
			t.Errorf("%s, %s", state(w, refused), state(w, withdrawn))
		}
		if how := w.verify()["decision.foureyes"].How.Args; how["Ended"] != int64(2) || how["Proposals"] != int64(2) {
			t.Errorf("%v", how)
		}
	})
}

func TestADecisionWaitsForItsTimeAndExpiresAfterIt(t *testing.T) {
	w := small(t)
	later := w.grant()
	later.From = w.Now().Add(24 * time.Hour)
	late := w.propose(w.officers[0], later)
	w.must(w.sign(w.officers[1], late))
	w.must(w.sign(w.officers[2], late))
	if w.settle() != 0 {
		t.Error("it enters before its window")
	}
	w.pass(25 * time.Hour)
	if w.settle() != 1 {
		t.Error("it does not enter in its window")
	}
	forgotten := w.propose(w.officers[0], w.rules())
	w.settle()
	w.pass(decide.Window + time.Hour)
	refusedBy(t, decide.ErrNotOpen, w.sign(w.officers[1], forgotten))
	if w.settle() != 0 || state(w, forgotten) != decide.Expired {
		t.Errorf("it is %s", state(w, forgotten))
	}
	w.verify()
}

func TestWhatTheLogForbidsIsNotProposed(t *testing.T) {
	w := small(t)
	for name, draft := range map[string]decide.Draft{
		"a weaker rule": {Kind: read.KindRules, Body: read.RulesChange{Rules: []read.Rule{{Kind: "vote.open/1", Need: []read.Need{}}}, Reason: reason}},
		"a key that is not there": {Kind: read.KindKeys, Body: read.KeysChange{
			Add: []read.KeyGrant{}, Remove: []string{"nobody"}, Reason: reason,
		}},
		"a log that succeeds itself": {Kind: read.KindClose, Body: read.Close{Successor: origin, Reason: reason}},
	} {
		_, err := w.Propose(ctx, w.who(w.officers[0]), draft)
		if _, ok := errors.AsType[*decide.Inadmissible](err); !ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := w.Propose(ctx, w.who(w.officers[0]), decide.Draft{Kind: "vote.ballot/1", Body: struct{}{}})
	refusedBy(t, decide.ErrKind, err)
	over := w.grant()
	over.From, over.Until = w.Now().Add(-2*time.Hour), w.Now().Add(-time.Hour)
	if _, err := w.Propose(ctx, w.who(w.officers[0]), over); err == nil {
		t.Error("what is over is proposed")
	}
}

// A signature by a key that has left the log since counts no more.
func TestASignatureIsJudgedByTheKeysInForceWhenItEnters(t *testing.T) {
	w := small(t)
	id := w.propose(w.officers[0], w.grant())
	w.must(w.sign(w.officers[1], id))
	removal, err := w.DraftKeys(ctx, nil, []string{w.soft[w.officers[1]].Name()}, reason)
	w.must(err)
	gone := w.propose(w.clerkMadeOfficer(), removal)
	w.must(w.sign(w.officers[0], gone))
	w.must(w.sign(w.officers[2], gone))
	w.signOffline(gone)
	if w.settle() != 1 {
		t.Fatal("the key is not removed")
	}
	w.must(w.sign(w.officers[2], id))
	if w.settle() != 0 || state(w, id) != decide.Open {
		t.Error("the signature of a removed key counts")
	}
	refusedBy(t, decide.ErrSignedTwice, w.sign(w.officers[1], id))
	other := w.propose(w.officers[0], w.grant())
	refusedBy(t, decide.ErrNoKey, w.sign(w.officers[1], other))
	w.verify()
}

// clerkMadeOfficer is one more who may propose.
func (w *world) clerkMadeOfficer() int64 {
	w.t.Helper()
	w.must(w.accounts.Install(ctx, w.clerk, access.Officer))
	return w.clerk
}

// Many act at once: each person signs once, and a proposal is decided, refused or
// withdrawn, one of them.
func TestActsAtOnceAreTakenInSomeOrder(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for round := range 4 {
			draft := w.grant()
			if round > 0 { // the role may be held by now
				draft = decide.Draft{Kind: evidence.KindGrant, Body: evidence.Grant{
					Person: w.reader, Role: "observer", Scope: access.Scope{District: fmt.Sprint("d", round)}, Reason: reason,
				}}
			}
			id := w.propose(w.officers[0], draft)
			good := map[int64]decide.Assertion{}
			for _, person := range w.officers[1:] {
				good[person] = w.assert(w.soft[person], id, nil)
			}
			var signed, ended, entered atomic.Int64
			var wg sync.WaitGroup
			act := func(n *atomic.Int64, fn func() error) {
				wg.Go(func() {
					err := fn()
					switch {
					case err == nil:
						n.Add(1)
					case !errors.Is(err, decide.ErrSignedTwice) && !errors.Is(err, decide.ErrNotOpen):
						t.Error(err)
					}
				})
			}
			for _, person := range w.officers[1:] {
				for range 3 {
					act(&signed, func() error { return w.Sign(ctx, person, id, good[person]) })
				}
			}
			for range 3 {
				wg.Go(func() {
					n, err := w.Due(ctx)
					if err != nil {
						t.Error(err)
					}
					entered.Add(int64(n))
				})
			}
			if round%2 == 1 {
				act(&ended, func() error { return w.Refuse(ctx, w.officers[1], id, reason) })
				act(&ended, func() error { return w.Withdraw(ctx, w.officers[0], id, reason) })
			}
			wg.Wait()
			entered.Add(int64(w.settle()))
			if signed.Load() > 2 || entered.Load()+ended.Load() != 1 {
				t.Errorf("round %d: %d signed, %d entered, %d ended", round, signed.Load(), entered.Load(), ended.Load())
			}
		}
		w.verify()
	})
}
