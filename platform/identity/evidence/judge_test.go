package evidence_test

import (
	"context"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"bayyina/internal/forge"
	"bayyina/platform/identity/access"
	"bayyina/platform/identity/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/ledger/replay"
	"bayyina/platform/locale"

	"golang.org/x/mod/sumdb/note"
)

var (
	start  = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	centre = access.Scope{District: "3", Centre: "32014"}
	reason = read.Bilingual{AR: "سبب", EN: "A reason"}
)

// Entries of the story, by sequence.
const (
	genesis  = iota
	proposal // officer 1 proposes a rule
	rules    // officers 2 and 3 and the root decide it
	proposalOfGrant
	grant // person 7 becomes a recorder
	secondGrant
	revoke // of the second one
	proposalRefused
	refusal
	proposalExpired
	expiry
	firstReads
	secondReads
)

// story is a log in which things are proposed, decided and refused.
type story struct {
	*forge.Actors
	*forge.History
	tb    testing.TB
	drafs map[int]forge.Statement // what was proposed, by the sequence of its proposal
}

func tell(tb testing.TB) *story {
	tb.Helper()
	a, err := forge.NewActors("log.hnec.example/2026", start, rand.NewChaCha8([32]byte{1}))
	if err != nil {
		tb.Fatal(err)
	}
	s := &story{a, forge.New(a.Origin), tb, make(map[int]forge.Statement)}
	now := start
	publish := func() { s.Publish(now.Add(time.Second)); now = now.Add(time.Minute) }
	say := func(signed []byte) { s.Append(signed, now); publish() }
	say(s.say(read.KindGenesis, a.Genesis(), a.Root))

	rule := s.propose(read.KindRules, read.RulesChange{Rules: []read.Rule{}, Reason: reason})
	say(s.proposed(rule))
	say(s.sign(rule, a.Officers[1], a.Officers[2], a.Root))

	g := s.propose(evidence.KindGrant, evidence.Grant{Person: 7, Role: "recorder", Scope: centre, Reason: reason})
	say(s.proposed(g))
	say(s.sign(g, a.Officers[1], a.Officers[2]))
	say(s.say(evidence.KindGrant, evidence.Grant{Person: 8, Role: "auditor", Reason: reason}, a.Two()...))
	say(s.say(evidence.KindRevoke, evidence.Revoke{Person: 8, Role: "auditor", Reason: reason}, a.Two()...))

	refused := s.propose(read.KindRules, read.RulesChange{Rules: []read.Rule{}, Reason: reason})
	say(s.proposed(refused))
	say(s.say(evidence.KindEnd, evidence.End{
		Statement: refused.ID, Outcome: evidence.Refused, By: &evidence.Person{Role: "officer", Number: 2}, Reason: reason,
	}, a.Receipt))

	expired := s.propose(read.KindRules, read.RulesChange{Rules: []read.Rule{}, Reason: reason})
	expired.Until = now.Add(time.Second)
	say(s.proposed(expired))
	say(s.say(evidence.KindEnd, evidence.End{Statement: expired.ID, Outcome: evidence.Expired}, a.Receipt))

	for _, day := range []string{"2026-11-22", "2026-11-23"} {
		say(s.say(evidence.KindReads, evidence.Reads{Day: day, Count: 3, Digest: strings.Repeat("ab", 32)}, a.Receipt))
	}
	return s
}

func (s *story) must(err error) {
	s.tb.Helper()
	if err != nil {
		s.tb.Fatal(err)
	}
}

func (s *story) say(kind string, body any, signers ...note.Signer) []byte {
	s.tb.Helper()
	signed, err := s.Say(kind, body, signers...)
	s.must(err)
	return signed
}

func (s *story) sign(st forge.Statement, signers ...note.Signer) []byte {
	s.tb.Helper()
	signed, err := st.Sign(signers...)
	s.must(err)
	return signed
}

func (s *story) propose(kind string, body any) forge.Statement {
	s.tb.Helper()
	st, err := s.Actors.Statement(kind, body)
	s.must(err)
	return st
}

// proposed is the server's word that officer 1 proposed a statement.
func (s *story) proposed(st forge.Statement) []byte {
	s.tb.Helper()
	return s.say(evidence.KindProposal, evidence.Proposal{
		Statement: st.ID, Kind: st.Kind, Text: s.Attach(st.Text()),
		Proposer: evidence.Person{Role: "officer", Number: 1}, Keys: []string{s.Officers[0].Name()},
	}, s.Receipt)
}

// restate changes what an entry says, signed again by those who may.
func restate[B any](s *story, i int64, change func(*B), signers ...note.Signer) {
	s.tb.Helper()
	s.must(s.Restate(i, func(st *forge.Statement) {
		var b B
		s.must(read.DecodeBody(st.Body, &b))
		change(&b)
		s.must(st.Encode(b))
	}, signers...))
}

// judge replays the log as it stands.
func (s *story) judge() map[string]read.Claim {
	s.tb.Helper()
	dir := s.tb.TempDir()
	s.must(s.Write(dir, s.Keys()))
	source, err := read.OpenSource(context.Background(), dir)
	s.must(err)
	defer source.Close()
	policy, err := read.ParsePolicy(s.Policy())
	s.must(err)
	report, err := replay.Replay(context.Background(), source, policy, []read.Judge{evidence.NewJudge()}, replay.Options{})
	s.must(err)
	claims := make(map[string]read.Claim)
	for _, c := range report.Claims {
		claims[c.ID] = c
		for _, lang := range []string{locale.Arabic, locale.English} {
			l, err := locale.New(lang)
			s.must(err)
			for _, m := range append([]read.Message{c.Says, c.How, c.Belief}, says(c.Faults)...) {
				if m.ID != "" {
					_, err := l.Message(m)
					s.must(err)
				}
			}
		}
	}
	return claims
}

func says(faults []read.Fault) (list []read.Message) {
	for _, f := range faults {
		list = append(list, f.Says)
	}
	return list
}

// wrong lists what is not true, with the codes.
func wrong(claims map[string]read.Claim) string {
	var list []string
	for _, id := range slices.Sorted(maps.Keys(claims)) {
		c := claims[id]
		for _, f := range c.Faults {
			list = append(list, id+" "+f.Code)
		}
		if c.Verdict == read.NotShown {
			list = append(list, id+" not shown")
		}
	}
	return strings.Join(list, ", ")
}

func TestTheStoryOfAProposalIsTrue(t *testing.T) {
	s := tell(t)
	claims := s.judge()
	if w := wrong(claims); w != "" {
		t.Fatal(w)
	}
	for id, want := range map[string]string{
		"decision.foureyes": `{"Count":2,"Ended":2,"Open":0,"Proposals":4}`,
		"access.grants":     `{"Count":1,"Grants":2,"Revokes":1}`,
		"access.reads":      `{"Count":2,"Last":"2026-11-23","Reads":6}`,
	} {
		c, ok := claims[id]
		got, err := json.Marshal(c.How.Args)
		if !ok || c.Verdict != read.True || err != nil || string(got) != want {
			t.Errorf("%s: %v %s, want %s", id, c.Verdict, got, want)
		}
	}
	held, err := json.Marshal(claims["access.grants"].Data)
	if err != nil || string(held) != `[{"person":7,"role":"recorder","scope":{"district":"3","centre":"32014"}}]` {
		t.Errorf("held: %s, %v", held, err)
	}
}

func TestALogWithoutProposalsHasNoClaimsOnThem(t *testing.T) {
	s := tell(t)
	s.must(s.Truncate(proposal))
	for id := range s.judge() {
		if !strings.HasPrefix(id, "log.") {
			t.Errorf("there is a claim %s", id)
		}
	}
}

// Each lie is told by whoever holds the server's keys, and makes no other claim false
// than the one aimed at.
func TestEachLieAboutADecisionIsFound(t *testing.T) {
	for _, lie := range []struct {
		name, want string
		tell       func(s *story)
	}{
		{"the proposer approves", "decision.foureyes decision-own", func(s *story) {
			s.must(s.Restate(rules, func(*forge.Statement) {}, s.Officers[0], s.Officers[2], s.Root))
		}},
		{"another text than was proposed enters", "decision.foureyes decision-differs", func(s *story) {
			restate(s, rules, func(b *read.RulesChange) { b.Reason.EN = "Another" }, s.Officers[1], s.Officers[2], s.Root)
		}},
		{"what was refused enters", "decision.foureyes decision-ended", func(s *story) {
			var p evidence.Proposal
			st, err := s.History.Statement(proposalRefused)
			s.must(err)
			s.must(read.DecodeBody(st.Body, &p))
			signed, err := forge.Sign(s.Attachments[p.Text.SHA256], s.Officers[1], s.Officers[2], s.Root)
			s.must(err)
			s.Append(signed, s.Entries[secondReads].Time)
			s.Publish(s.Entries[secondReads].Time.Add(time.Second))
		}},
		{"the proposal comes after its decision", "decision.foureyes decision-before", func(s *story) { s.Swap(proposal, rules) }},
		{"a proposal names another kind", "decision.foureyes decision-text", func(s *story) {
			restate(s, proposal, func(b *evidence.Proposal) { b.Kind = read.KindKeys }, s.Receipt)
		}},
		{"the proposed text is withheld", "decision.foureyes decision-text, log.attachments attachment-missing", func(s *story) {
			var p evidence.Proposal
			st, err := s.History.Statement(proposal)
			s.must(err)
			s.must(read.DecodeBody(st.Body, &p))
			delete(s.Attachments, p.Text.SHA256)
		}},
		{"a thing is proposed twice", "decision.foureyes decision-proposed-twice", func(s *story) {
			var p evidence.Proposal
			st, err := s.History.Statement(proposal)
			s.must(err)
			s.must(read.DecodeBody(st.Body, &p))
			s.Insert(rules, s.say(evidence.KindProposal, p, s.Receipt))
		}},
		{"a proposal by nobody", "decision.foureyes decision-body", func(s *story) {
			restate(s, proposalRefused, func(b *evidence.Proposal) { b.Proposer.Number = 0 }, s.Receipt)
			s.Truncate(refusal)
		}},
		{"an officer says that something was proposed", "decision.foureyes signatures-missing, log.decisions signatures-missing", func(s *story) {
			s.must(s.Restate(proposal, func(*forge.Statement) {}, s.Officers[0]))
		}},
		{"it is refused after it was decided", "decision.foureyes decision-end-late", func(s *story) {
			var p evidence.Proposal
			st, err := s.History.Statement(proposal)
			s.must(err)
			s.must(read.DecodeBody(st.Body, &p))
			restate(s, refusal, func(b *evidence.End) { b.Statement = p.Statement }, s.Receipt)
		}},
		{"what nobody proposed is refused", "decision.foureyes decision-end-unknown", func(s *story) {
			restate(s, refusal, func(b *evidence.End) { b.Statement = strings.Repeat("0", 32) }, s.Receipt)
		}},
		{"nobody refused it", "decision.foureyes decision-body", func(s *story) {
			restate(s, refusal, func(b *evidence.End) { b.By = nil }, s.Receipt)
		}},
		{"it expired before its time", "decision.foureyes decision-end-early", func(s *story) {
			restate(s, refusal, func(b *evidence.End) { b.Outcome, b.By = evidence.Expired, nil }, s.Receipt)
		}},
		{"a role is granted by one officer", "access.grants signatures-missing, log.decisions signatures-missing", func(s *story) {
			s.must(s.Restate(grant, func(*forge.Statement) {}, s.Officers[1]))
		}},
		{"a role is granted twice", "access.grants access-granted-twice", func(s *story) {
			restate(s, secondGrant, func(b *evidence.Grant) { b.Person, b.Role, b.Scope = 7, "recorder", centre }, s.Two()...)
			s.Truncate(revoke)
		}},
		{"a role that nobody had is taken away", "access.grants access-not-granted", func(s *story) {
			restate(s, revoke, func(b *evidence.Revoke) { b.Person = 9 }, s.Two()...)
		}},
		{"a role is granted nowhere", "access.grants decision-body", func(s *story) {
			restate(s, secondGrant, func(b *evidence.Grant) { b.Scope.Centre = "every where" }, s.Two()...)
			s.Truncate(revoke)
		}},
		{"a day of the register of reads is left out", "access.reads access-reads-gap", func(s *story) {
			restate(s, firstReads, func(b *evidence.Reads) { b.Day = "2026-11-21" }, s.Receipt)
		}},
		{"a day of the register of reads is fixed twice", "access.reads access-reads-gap", func(s *story) {
			restate(s, secondReads, func(b *evidence.Reads) { b.Day = "2026-11-22" }, s.Receipt)
		}},
		{"a day is fixed before it is over", "access.reads access-reads-early", func(s *story) {
			restate(s, firstReads, func(b *evidence.Reads) { b.Day = "2026-11-24" }, s.Receipt)
			s.Truncate(secondReads)
		}},
	} {
		t.Run(lie.name, func(t *testing.T) {
			s := tell(t)
			lie.tell(s)
			if got := wrong(s.judge()); got != lie.want {
				t.Errorf("got %s, want %s", got, lie.want)
			}
		})
	}
}

func TestTheJudgeGoesOnFromASavedState(t *testing.T) {
	s := tell(t)
	s.must(s.Restate(rules, func(*forge.Statement) {}, s.Officers[0], s.Officers[2], s.Root))
	whole := s.judge()
	part := &story{s.Actors, s.Clone(), t, nil}
	s.must(part.Truncate(rules))
	state := t.TempDir() + "/state"
	var last map[string]read.Claim
	for _, log := range []*story{part, s} {
		dir := t.TempDir()
		s.must(log.Write(dir, s.Keys()))
		source, err := read.OpenSource(t.Context(), dir)
		s.must(err)
		defer source.Close()
		report, err := replay.Replay(t.Context(), source, nil, []read.Judge{evidence.NewJudge()}, replay.Options{State: state})
		s.must(err)
		last = make(map[string]read.Claim)
		for _, c := range report.Claims {
			last[c.ID] = c
		}
	}
	for _, id := range []string{"decision.foureyes", "access.grants", "access.reads"} {
		a, err := json.Marshal(whole[id])
		s.must(err)
		b, err := json.Marshal(last[id])
		s.must(err)
		if string(a) != string(b) {
			t.Errorf("%s\n%s, gone on:\n%s", id, a, b)
		}
	}
}
