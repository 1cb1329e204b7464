package vote_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"bayyina/internal/forge"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity/access"
	"bayyina/platform/identity/account"
	"bayyina/platform/identity/decide"
	"bayyina/platform/identity/softkey"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	sealing "bayyina/platform/store/seal"
	"bayyina/platform/store/seal/sealtest"
)

// commission are the people who decide about an election: its manager proposes, two
// officers sign with software passkeys, the root key signs offline.
type commission struct {
	*decide.Decisions
	keys     *sealing.Keys
	accounts *account.Accounts
	manager  *access.Person
	officers []int64
}

func (w *world) commission() *commission {
	w.tb.Helper()
	keys := sealtest.New(w.tb, w.cfg.DB)
	accounts := must(account.New(ctx, account.Config{
		DB: w.cfg.DB, Keys: keys, Name: read.Bilingual{AR: "بيّنة", EN: "Bayyina"}, Origin: "https://vote.test", Now: w.clock, Random: rand.Reader,
		Log: slog.New(slog.DiscardHandler), Demo: true,
	}))
	check(w.tb, accounts.AddOrganisation(ctx, account.Organisation{Code: "hnec", Kind: account.Commission, Name: read.Bilingual{AR: "المفوضية", EN: "Commission"}}))
	c := &commission{keys: keys, accounts: accounts}
	soft := make(map[int64]*softkey.Key)
	for i := range 3 {
		id, _, err := accounts.Invite(ctx, nil, account.Newcomer{Name: fmt.Sprint("Person ", i), Address: fmt.Sprint(i, "@example.ly"), Organisation: "hnec"})
		check(w.tb, err)
		if i < 2 {
			check(w.tb, accounts.Install(ctx, id, access.Officer))
			soft[id], c.officers = w.Officers[i].Key, append(c.officers, id)
			continue
		}
		check(w.tb, w.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
			return accounts.ApplyGrant(ctx, tx, id, access.Grant{Role: access.ElectionManager, Scope: access.Scope{Election: w.uuid}}, "test")
		}))
		member := must(accounts.Member(ctx, id))
		c.manager = &member.Person
	}
	c.Decisions = must(decide.New(ctx, decide.Config{
		DB: w.cfg.DB, Keys: keys, Dir: w.cfg.Dir, Public: filepath.Join(w.cfg.Dir, "log"), Receipt: w.Receipt, People: accounts, Now: w.clock, Random: rand.Reader,
		Signing: forge.PageOrigin, Software: soft,
	}))
	for kind, effect := range w.reg.Decisions() {
		c.Register(kind, effect)
	}
	for id, key := range soft {
		check(w.tb, c.Bind(ctx, id, key.VerifierKey(), true))
	}
	return c
}

// decide has a proposal signed by everybody who must, and entered.
func (w *world) decide(c *commission, draft decide.Draft) {
	w.tb.Helper()
	id, err := c.Propose(ctx, c.manager, draft)
	check(w.tb, err)
	for _, officer := range c.officers {
		check(w.tb, c.SignInSoftware(ctx, officer, id))
	}
	p := must(c.Proposal(ctx, c.manager, id))
	if n, err := c.Due(ctx); err != nil {
		w.tb.Fatal(err)
	} else if n == 0 {
		signed, err := forge.Sign(p.Statement.Text, w.Root)
		check(w.tb, err)
		_, err = c.AddOffline(ctx, c.manager, id, signed)
		check(w.tb, err)
		if n, err := c.Due(ctx); err != nil || n != 1 {
			w.tb.Fatalf("%s does not enter: %v", draft.Kind, err)
		}
	}
	w.drain()
}

func TestAnElectionIsDecidedAboutByProposals(t *testing.T) {
	w := newWorld(t, store.SQLite)
	c := w.commission()
	// Nothing is opened, or certified, before it is set up.
	opening := decide.Draft{Kind: evidence.KindOpen, Body: evidence.Open{Election: w.uuid, Opens: opens, Closes: closes, Batch: int64(batch / time.Second)}}
	if _, err := c.Propose(ctx, c.manager, opening); !errors.Is(err, vote.ErrUnknownElection) {
		t.Errorf("an unknown election is opened: %v", err)
	}
	w.prepared()
	setup := must(vote.SetupStatement(read.Bilingual{AR: "انتخاب", EN: "Election"}, w.definition, w.record, w.list.Bytes(), 0))
	another := opening
	another.Body = evidence.Open{Election: "Another1111111", Opens: opens, Closes: closes}
	if _, err := c.Propose(ctx, c.manager, another); !errors.Is(err, decide.ErrForbidden) {
		t.Errorf("the manager of one election opens another: %v", err)
	}
	w.decide(c, decide.Draft{Kind: evidence.KindSetup, Body: setup, Attachments: attachments(w.definition, w.record, w.list.Bytes())})
	w.decide(c, opening)
	if _, err := c.Propose(ctx, c.manager, opening); err == nil {
		t.Error("it is opened twice")
	}
	certify := decide.Draft{Kind: evidence.KindCertify, Body: evidence.Certify{Election: w.uuid, Result: vote.AttachmentOf([]byte("x"))}, Attachments: attachments([]byte("x"))}
	if _, err := c.Propose(ctx, c.manager, certify); !errors.Is(err, vote.ErrTooEarly) {
		t.Errorf("it is certified before it has a result: %v", err)
	}
	s := must(w.reg.Status(ctx, w.uuid))
	if !s.Opens.Equal(opens) || !s.Closes.Equal(closes) {
		t.Errorf("the registrar knows %+v", s)
	}
	w.at(opens)
	w.cast(w.ballot(0, 1))
	report, _, _ := w.replay()
	for _, claim := range report.Claims {
		if claim.Verdict == read.False || (claim.ID == "vote.setup" || claim.ID == "vote.opened") && claim.Verdict != read.True {
			t.Errorf("%s is %s: %+v", claim.ID, claim.Verdict, claim.Faults)
		}
	}
}
