package demo

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"bayyina/core/ballot"
	"bayyina/core/credential"
	"bayyina/core/group"
	"bayyina/internal/forge"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
)

// Lie is a copy of the log in which somebody who holds the server's keys has changed
// one thing, and signed everything again.
type Lie struct {
	Name    string // of its folder; the catalogue has it as demo.lie.<Name>
	Log     string // the copy
	Policy  string // the policy to judge it by
	collude bool   // the witnesses' keys are held, too
	change  func(*liar) error
}

// liar is a lie on its way.
type liar struct {
	*forge.History
	country *Country
	at      map[string][]int64 // entries by kind
}

// Lies are the lies that can be told about the country.
func (c *Country) Lies() []Lie {
	lies := []Lie{
		{Name: "dropped", collude: true, change: (*liar).drop},
		{Name: "absentee", collude: true, change: (*liar).absentee},
		{Name: "replaced", collude: true, change: (*liar).replace},
		{Name: "shuffle", collude: true, change: (*liar).shuffle},
		{Name: "result", collude: true, change: (*liar).result},
		{Name: "seats", collude: true, change: (*liar).seats},
		{Name: "one-officer", collude: true, change: (*liar).oneOfficer},
		{Name: "withheld", collude: true, change: (*liar).withhold},
		{Name: "history", change: (*liar).history},
		{Name: "real", change: func(*liar) error { return nil }},
	}
	for i := range lies {
		lies[i].Log = filepath.Join(c.dir, "lies", lies[i].Name)
		lies[i].Policy = c.Policy
	}
	real := &lies[len(lies)-1]
	real.Log, real.Policy = c.Log, filepath.Join(c.dir, "lies", "real-policy.txt")
	return lies
}

// Tell writes the lie's copy of the log.
func (c *Country) Tell(lie Lie) error {
	if lie.Policy != c.Policy {
		return c.passOff(lie.Policy)
	}
	history, err := forge.Load(c.Log)
	if err != nil {
		return err
	}
	l := &liar{History: history, country: c, at: make(map[string][]int64)}
	for i := range history.Entries {
		s, err := history.Statement(int64(i))
		if err != nil {
			return err
		}
		l.at[s.Kind] = append(l.at[s.Kind], int64(i))
	}
	if err := lie.change(l); err != nil {
		return fmt.Errorf("lie %s: %w", lie.Name, err)
	}
	keys := forge.Keys{Checkpoint: c.people.checkpoint, Entry: c.people.entry}
	if lie.collude {
		for i, key := range c.people.witnesses {
			keys.Witnesses = append(keys.Witnesses, forge.NewWitness(witnessName(i), key))
		}
	}
	if err := l.Write(lie.Log, keys); err != nil {
		return err
	}
	hints := os.DirFS(filepath.Join(c.Log, "hints")) // some are of other ballots now, and only cost time
	return os.CopyFS(filepath.Join(lie.Log, "hints"), hints)
}

// passOff hands out a policy that does not say that this is a rehearsal.
func (c *Country) passOff(path string) error {
	policy, err := os.ReadFile(c.Policy)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, bytes.Replace(policy, []byte("#bayyina rehearsal\n"), nil, 1), 0o644)
}

// only is the one entry of a kind.
func (l *liar) only(kind string) int64 { return l.at[kind][0] }

// recount has the close say another number of ballots.
func (l *liar) recount(by int64) error {
	return forge.Resay(l.History, l.only(evidence.KindClose), func(b *evidence.Close) { b.Ballots += by }, l.country.people.receipt)
}

// drop removes the ballot whose voter holds a promise. By the time somebody looks,
// the promise is overdue.
func (l *liar) drop() error {
	l.Newest().Again(l.Newest().Time.Add(5 * time.Minute))
	if err := l.recount(-1); err != nil {
		return err
	}
	for _, i := range l.at[evidence.KindBallot] {
		b, err := forge.Said[evidence.Ballot](l.History, i)
		if err != nil {
			return err
		}
		if b.Ballot.SHA256 == l.country.promised {
			l.Drop(i)
			return nil
		}
	}
	return fmt.Errorf("the log lacks the ballot %s", l.country.promised)
}

// definition is the election record, as everybody reads it in the log.
func (l *liar) definition() (*ballot.Election, evidence.Setup, error) {
	setup, err := forge.Said[evidence.Setup](l.History, l.only(evidence.KindSetup))
	if err != nil {
		return nil, setup, err
	}
	e, err := ballot.ParseElection(l.Attachments[setup.Definition.SHA256])
	return e, setup, err
}

// absentee adds a ballot under the credential of a voter who did not vote, signed
// with a key of the server's own: it has no other.
func (l *liar) absentee() error {
	e, setup, err := l.definition()
	if err != nil {
		return err
	}
	list, err := credential.ParseList(group.Ed25519, l.Attachments[setup.Credentials.SHA256])
	if err != nil {
		return err
	}
	voted := make(map[string]bool)
	for _, i := range l.at[evidence.KindBallot] {
		text, err := l.ballot(i)
		if err != nil {
			return err
		}
		b, err := ballot.ParseBallot(group.Ed25519, text)
		if err != nil {
			return err
		}
		voted[b.Credential().String()] = true
	}
	absent := ""
	for i := range list.Len() {
		if name := list.At(i).Public.String(); !voted[name] {
			absent = name
		}
	}
	if absent == "" {
		return fmt.Errorf("everybody voted")
	}
	strange, err := l.stranger(e)
	if err != nil {
		return err
	}
	text := strings.ReplaceAll(string(strange.Bytes()), strange.Credential().String(), absent)
	last := l.at[evidence.KindBallot][len(l.at[evidence.KindBallot])-1]
	if err := l.recount(1); err != nil {
		return err
	}
	copied := l.Entries[last].Statement
	l.Insert(last, copied)
	return l.swapBallot(last+1, []byte(text))
}

// stranger is a ballot of somebody who made up a credential.
func (l *liar) stranger(e *ballot.Election) (*ballot.Ballot, error) {
	own, err := credential.Generate(l.country.random)
	if err != nil {
		return nil, err
	}
	vote := ballot.Plaintext{{0, 0, 1, 0}, {1, 1, 0, 0, 0, 0, 0, 0, 0}, {1, 2, 3, 4}}
	draft, err := e.Encrypt(l.country.random, own.Public(group.Ed25519, e.UUID()), vote)
	if err != nil {
		return nil, err
	}
	return draft.Sign(l.country.random, own.Key(group.Ed25519, e.UUID()))
}

// ballot returns the text of a ballot's entry.
func (l *liar) ballot(i int64) ([]byte, error) {
	b, err := forge.Said[evidence.Ballot](l.History, i)
	return l.Attachments[b.Ballot.SHA256], err
}

// swapBallot has a ballot's entry name another text, under an id of its own.
func (l *liar) swapBallot(i int64, text []byte) error {
	b, err := forge.Said[evidence.Ballot](l.History, i)
	if err != nil {
		return err
	}
	b.Ballot = l.Attach(text)
	s, err := l.Statement(i)
	if err != nil {
		return err
	}
	fresh, err := vote.Say(l.country.random, s.Origin, s.Kind, vote.Window{From: s.From, Until: s.Until}, b)
	if err != nil {
		return err
	}
	statement, err := forge.Sign(fresh, l.country.people.receipt)
	if err != nil {
		return err
	}
	l.Replace(i, statement)
	return nil
}

// replace puts one voter's encrypted answers under another voter's name.
func (l *liar) replace() error {
	ballots := l.at[evidence.KindBallot]
	victim, err := l.ballot(ballots[0])
	if err != nil {
		return err
	}
	donor, err := l.ballot(ballots[1])
	if err != nil {
		return err
	}
	const answers, signature = `"answers":`, `,"signature":`
	from, to := bytes.Index(donor, []byte(answers)), bytes.Index(donor, []byte(signature))
	start, end := bytes.Index(victim, []byte(answers)), bytes.Index(victim, []byte(signature))
	text := append(bytes.Clone(victim[:start]), donor[from:to]...)
	return l.swapBallot(ballots[0], append(text, victim[end:]...))
}

func (l *liar) oneOfficer() error {
	return l.Unsign(l.only(evidence.KindVersionCertify), l.country.people.officers[2].Name())
}

func (l *liar) withhold() error {
	b, err := forge.Said[evidence.Ballot](l.History, l.at[evidence.KindBallot][2])
	if err != nil {
		return err
	}
	delete(l.Attachments, b.Ballot.SHA256)
	return nil
}

// history tells two trustees' commitments in another order: a small thing, but not
// what the witnesses saw.
func (l *liar) history() error {
	commitments := l.at[evidence.KindCommitment]
	l.Swap(commitments[0], commitments[1])
	return nil
}
