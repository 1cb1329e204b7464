package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"bayyina/core/ballot"
	"bayyina/core/credential"
	"bayyina/core/tally"
	"bayyina/internal/forge"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
)

// forger is a dishonest operator, who has the log of a finished election and all keys of
// the server, and none of anybody else.
type forger struct {
	*forge.History
	keys    forge.Keys
	receipt note.Signer

	uuid     string
	at       map[string][]int64 // the election's entries by kind
	election *ballot.Election
	list     *credential.List
}

// newForger reads what the operator has.
func newForger(h *forge.History, keys forge.Keys, receipt note.Signer, uuid string) (*forger, error) {
	f := &forger{History: h, keys: keys, receipt: receipt, uuid: uuid, at: make(map[string][]int64)}
	for i := range h.Entries {
		s, err := h.Statement(int64(i))
		if err != nil {
			return nil, err
		}
		if bytes.Contains(s.Body, []byte(`"election":"`+uuid+`"`)) {
			f.at[s.Kind] = append(f.at[s.Kind], int64(i))
		}
	}
	setup, err := forge.Said[evidence.Setup](f.History, f.only(evidence.KindSetup))
	if err != nil {
		return nil, err
	}
	if f.election, err = ballot.ParseElection(f.Attachments[setup.Definition.SHA256]); err != nil {
		return nil, err
	}
	f.list, err = credential.ParseList(f.election.Group(), f.Attachments[setup.Credentials.SHA256])
	return f, err
}

func (f *forger) only(kind string) int64 { return f.at[kind][0] }

// insert enters a statement of the server's before entry i, with the window of another one.
func (f *forger) insert(i int64, like int64, kind string, body any) error {
	other, err := f.Statement(like)
	if err != nil {
		return err
	}
	text, err := vote.Say(rand.Reader, f.Origin, kind, vote.Window{From: other.From, Until: other.Until}, body)
	if err != nil {
		return err
	}
	signed, err := forge.Sign(text, f.receipt)
	if err == nil {
		f.Insert(i, signed)
	}
	return err
}

// enter enters a ballot after the last one, and has the close count it.
func (f *forger) enter(text []byte) error {
	last := f.at[evidence.KindBallot][len(f.at[evidence.KindBallot])-1]
	if err := f.recount(1); err != nil {
		return err
	}
	return f.insert(last+1, last, evidence.KindBallot, evidence.Ballot{Election: f.uuid, Ballot: f.Attach(text)})
}

func (f *forger) recount(by int64) error {
	return forge.Resay(f.History, f.only(evidence.KindClose), func(c *evidence.Close) { c.Ballots += by }, f.receipt)
}

// texts are the ballots as they entered.
func (f *forger) texts() (list [][]byte, err error) {
	for _, i := range f.at[evidence.KindBallot] {
		b, err := forge.Said[evidence.Ballot](f.History, i)
		if err != nil {
			return nil, err
		}
		list = append(list, f.Attachments[b.Ballot.SHA256])
	}
	return list, nil
}

// made is a ballot with a credential of the operator's own.
func (f *forger) made() (*credential.Private, *ballot.Ballot, error) {
	own, err := credential.Generate(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	var choice []int
	for i := range f.election.Record().Questions[0].(ballot.Homomorphic).Answers { //nolint:forcetypeassert // all that these elections ask
		choice = append(choice, 1-min(i, 1))
	}
	g := f.election.Group()
	draft, err := f.election.Encrypt(rand.Reader, own.Public(g, f.uuid), ballot.Plaintext{append([]int{0}, choice...)})
	if err != nil {
		return nil, nil, err
	}
	b, err := draft.Sign(rand.Reader, own.Key(g, f.uuid))
	return &own, b, err
}

// addBallot votes in a voter's name.
func (f *forger) addBallot() error {
	_, b, err := f.made()
	if err != nil {
		return err
	}
	voter := f.list.At(0).Public.String()
	return f.enter(bytes.ReplaceAll(b.Bytes(), []byte(b.Credential().String()), []byte(voter)))
}

// dropBallot loses a vote.
func (f *forger) dropBallot() error {
	ballots := f.at[evidence.KindBallot]
	if err := f.recount(-1); err != nil {
		return err
	}
	f.Drop(ballots[len(ballots)-1])
	return nil
}

// errNoRevote reports a log in which no voter has two ballots.
var errNoRevote = errors.New("nobody voted twice")

// earlierBallot has a voter's earlier ballot count instead of the last one.
func (f *forger) earlierBallot() error {
	texts, err := f.texts()
	if err != nil {
		return err
	}
	seen := make(map[string]int64)
	for n, text := range texts {
		b, err := ballot.ParseBallot(f.election.Group(), text)
		if err != nil {
			return err
		}
		at := f.at[evidence.KindBallot][n]
		if before, again := seen[b.Credential().String()]; again {
			f.Swap(before, at)
			return nil
		}
		seen[b.Credential().String()] = at
	}
	return errNoRevote
}

// addCredential makes up a voter once the election is open, who votes by the book.
func (f *forger) addCredential() error {
	_, b, err := f.made()
	if err != nil {
		return err
	}
	if err := f.enter(b.Bytes()); err != nil {
		return err
	}
	list := append(bytes.TrimSuffix(f.list.Bytes(), []byte("]")), []byte(`,"`+b.Credential().String()+`"]`)...)
	n := int64(f.list.Len() + 1)
	first := f.at[evidence.KindBallot][0]
	return f.insert(first, f.only(evidence.KindCredentials), evidence.KindCredentials,
		evidence.Credentials{Election: f.uuid, Credentials: f.Attach(list), Count: n, Weight: n})
}

// otherTally adds up all ballots but the last.
func (f *forger) otherTally() error {
	texts, err := f.texts()
	if err != nil {
		return err
	}
	known := make(map[[32]byte][]byte)
	votes := tally.NewAccumulator(f.election, f.list, func(hash [32]byte) ([]byte, error) { return known[hash], nil })
	for _, text := range texts[:len(texts)-1] {
		b, err := ballot.ParseBallot(f.election.Group(), text)
		if err != nil {
			return err
		}
		known[b.Hash()] = text
		v, err := f.election.Verify(b, f.list)
		if err == nil {
			err = votes.Add(v)
		}
		if err != nil {
			return err
		}
	}
	encrypted, summary := votes.Tally()
	return forge.Resay(f.History, f.only(evidence.KindTally), func(t *evidence.Tally) {
		t.Tally, t.Payload = f.Attach(encrypted.Bytes(f.election)), f.Attach(summary.Bytes())
	}, f.receipt)
}

// otherDecryption changes a trustee's decryption, which only the trustee can sign.
func (f *forger) otherDecryption() error {
	return forge.Resay(f.History, f.only(evidence.KindDecryption), func(d *evidence.Decryption) {
		text := bytes.Clone(f.Attachments[d.Decryption.SHA256])
		at := bytes.Index(text, []byte(`"response":"`)) + len(`"response":"`)
		text[at] = '1' + (text[at]-'0')%9
		d.Decryption = f.Attach(text)
	})
}

// otherResult gives the first candidate all votes but none.
func (f *forger) otherResult() error {
	return forge.Resay(f.History, f.only(evidence.KindResult), func(r *evidence.Result) {
		text := string(f.Attachments[r.Result.SHA256])
		open, end := strings.Index(text, "[[")+2, strings.Index(text, "]]")
		votes := strings.Split(text[open:end], ",")
		slices.Reverse(votes[1:])
		if changed := strings.Join(votes, ","); changed != text[open:end] {
			r.Result = f.Attach([]byte(text[:open] + changed + text[end:]))
			return
		}
		votes[0], votes[1] = votes[1], votes[0]
		r.Result = f.Attach([]byte(text[:open] + strings.Join(votes, ",") + text[end:]))
	}, f.receipt)
}

// closeEarly closes before the time that was decided.
func (f *forger) closeEarly() error {
	i := f.only(evidence.KindClose)
	f.Entries[i].Time = f.Entries[i-1].Time
	return nil
}

// certify certifies without the commission.
func (f *forger) certify() error {
	return forge.Resay(f.History, f.only(evidence.KindCertify), func(*evidence.Certify) {}, f.receipt)
}

// rewrite tells everything from the first ballot on a second later, and signs all of it again.
func (f *forger) rewrite() error {
	for i := f.at[evidence.KindBallot][0]; i < int64(len(f.Entries)); i++ {
		f.Entries[i].Time = f.Entries[i].Time.Add(time.Second)
	}
	return nil
}

// equivocate shows another result under the very checkpoints that the witnesses signed.
func (f *forger) equivocate() error {
	for i := range f.Checkpoints {
		f.Checkpoints[i].Frozen = true
	}
	return f.otherResult()
}

// forgeries are what the server's keys can be used for, and what convicts it: the claim
// that is false besides that of the witnesses, who signed none of it, and its words.
var forgeries = []struct {
	name  string
	do    func(*forger) error
	claim string
	says  string
}{
	{"adds a ballot", (*forger).addBallot, "vote.ballots", "somebody else made it"},
	{"drops a ballot", (*forger).dropBallot, "vote.tally", "is not the sum of the ballots that count"},
	{"counts an earlier ballot", (*forger).earlierBallot, "vote.tally", "is not the sum of the ballots that count"},
	{"adds a credential after the opening", (*forger).addCredential, "vote.ballots", "which is not on the list"},
	{"changes the tally", (*forger).otherTally, "vote.tally", "is not the sum of the ballots that count"},
	{"changes the result", (*forger).otherResult, "vote.result", "is not what the tally contains"},
	{"changes a decryption", (*forger).otherDecryption, "vote.decryption", "The partial decryption of trustee"},
	{"closes early", (*forger).closeEarly, "vote.closed", "The ballot box was closed before"},
	{"certifies without a decision", (*forger).certify, "log.decisions", "officer"},
	{"rewrites the log from a ballot on", (*forger).rewrite, "log.witnessed", "has no quorum of witnesses"},
	{"shows two logs", (*forger).equivocate, "log.consistent", "two histories are told"},
}

// convicts forges the log in each of the ways, and has verify judge it by the policy. What is
// false of the log as it is is none of the forger's doing.
func convicts(t *testing.T, e *env, log, policy string, keys forge.Keys, receipt note.Signer, uuid string) {
	t.Helper()
	honest, err := forge.Load(log)
	if err != nil {
		t.Fatal(err)
	}
	for _, forgery := range forgeries {
		t.Run(forgery.name, func(t *testing.T) {
			f, err := newForger(honest.Clone(), keys, receipt, uuid)
			if err == nil {
				err = forgery.do(f)
			}
			if errors.Is(err, errNoRevote) {
				t.Skip("SKIPPED: of the voter who voted again only the last ballot entered")
			}
			dir := filepath.Join(t.TempDir(), "log")
			if err == nil {
				err = f.Write(dir, keys)
			}
			if _, none := os.Stat(filepath.Join(log, "hints")); err == nil && none == nil {
				err = os.CopyFS(filepath.Join(dir, "hints"), os.DirFS(filepath.Join(log, "hints"))) // they only save time
			}
			if err != nil {
				t.Fatal(err)
			}
			code, verdict := verified(t, e, dir, policy)
			var wrong, words []string
			for _, c := range verdict.Claims {
				if c.Verdict != read.False.String() || c.Subject != "" && c.Subject != uuid {
					continue
				}
				wrong = append(wrong, c.ID)
				for _, fault := range c.Faults {
					if c.ID == forgery.claim {
						words = append(words, fault.Says.EN)
					}
				}
			}
			if code != 1 || !slices.ContainsFunc(words, func(w string) bool { return strings.Contains(w, forgery.says) }) {
				t.Errorf("verify ends with %d; false is %v; of %s it says %q, not %q", code, wrong, forgery.claim, words, forgery.says)
			}
			if forgery.claim != "log.consistent" && !slices.Contains(wrong, "log.witnessed") {
				t.Errorf("false is %v: the witnesses signed this?", wrong)
			}
			t.Logf("false: %s", strings.Join(wrong, ", "))
		})
	}
}

// judgment is what bayyina verify says of a log.
type judgment struct {
	Claims []struct {
		ID, Subject, Verdict string
		Faults               []struct{ Says struct{ EN string } }
	}
}

func verified(t *testing.T, e *env, log, policy string) (code int, said judgment) {
	t.Helper()
	world := *e
	var out, told bytes.Buffer
	world.stdout, world.stderr, world.ctx = &out, &told, t.Context()
	code = run([]string{"verify", log, "--policy", policy, "--json"}, &world)
	if err := json.Unmarshal(out.Bytes(), &said); err != nil {
		t.Fatalf("verify ends with %d: %v\n%s%s", code, err, &told, &out)
	}
	return code, said
}

func TestTheServersOwnKeysForgeNothing(t *testing.T) {
	a, err := forge.NewActors("log.hnec.example/2026", time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	election := newSmallElection()
	history, err := election.tell(a, honestResult)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	log, policy := filepath.Join(dir, "log"), filepath.Join(dir, "policy.txt")
	if err := history.Write(log, a.Keys()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(policy, a.Policy(), 0o600); err != nil {
		t.Fatal(err)
	}
	e := theWorld()
	if code, said := verified(t, e, log, policy); code != 0 {
		t.Fatalf("the log as it is: %d %+v", code, said)
	}
	convicts(t, e, log, policy, forge.Keys{Checkpoint: a.Checkpoint, Entry: a.Entry}, a.Receipt, election.election.UUID())
}
