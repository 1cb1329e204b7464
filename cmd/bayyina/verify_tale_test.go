package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/sumdb/note"

	"bayyina/core/ballot"
	"bayyina/core/canon"
	"bayyina/core/group"
	"bayyina/internal/forge"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
)

// tale tells the small election in a log.
type tale struct {
	*forge.Actors
	*forge.History
	now time.Time
	err error
}

// say appends an entry at the tale's time, valid from one time until another.
func (t *tale) say(kind string, body any, from, until time.Time, signers ...note.Signer) {
	s, err := t.Actors.Statement(kind, body)
	s.From, s.Until = from, until
	raw, signErr := s.Sign(signers...)
	t.err = errors.Join(t.err, err, signErr)
	t.Append(raw, t.now)
}

func (t *tale) publish() {
	t.Publish(t.now.Add(2 * time.Second))
	t.now = t.now.Add(10 * time.Minute)
}

// tell tells the election: six ballots in two batches, then the given result.
func (e *smallElection) tell(a *forge.Actors, result string) (*forge.History, error) {
	t := &tale{a, forge.New(a.Origin), a.Start, nil}
	uuid, end := e.election.UUID(), a.Start.Add(7*24*time.Hour)
	say := func(kind string, body any, signers ...note.Signer) { t.say(kind, body, a.Start, end, signers...) }
	say(read.KindGenesis, a.Genesis(), a.Root)
	t.publish()
	credentials, trustees := t.Attach(e.credentials.Bytes()), t.Attach(e.trustees)
	say(evidence.KindCredentials, evidence.Credentials{
		Election: uuid, Credentials: credentials, Count: 5, Weight: 5,
		Districts: []evidence.District{{Name: read.Bilingual{AR: "غات", EN: "Ghat"}, Voters: 2}, {Name: read.Bilingual{AR: "سبها", EN: "Sabha"}, Voters: 3}},
	}, a.Authority)
	say(evidence.KindTrustees, evidence.Trustees{Election: uuid, Trustees: trustees, Names: []string{a.Trustees[0].Name()}}, a.Trustees[0])
	say(evidence.KindSetup, evidence.Setup{
		Election: uuid, Title: read.Bilingual{AR: "المجلس البلدي", EN: "Municipal council"},
		Definition: t.Attach(e.election.Bytes()), Trustees: trustees, Credentials: credentials,
	}, a.Two()...)
	setUp := t.now
	opens, closes := t.now.Add(10*time.Minute), t.now.Add(40*time.Minute)
	say(evidence.KindOpen, evidence.Open{Election: uuid, Opens: opens, Closes: closes, Batch: 600}, a.Decision()...)
	t.publish()
	for i, text := range e.ballots {
		if i == 3 {
			t.publish()
		}
		t.say(evidence.KindBallot, evidence.Ballot{Election: uuid, Ballot: t.Attach(text)}, opens, closes, a.Receipt)
	}
	t.publish()
	t.now = closes
	say(evidence.KindClose, evidence.Close{Election: uuid, Ballots: int64(len(e.ballots))}, a.Receipt)
	encrypted, summary := e.count()
	say(evidence.KindTally, evidence.Tally{Election: uuid, Tally: t.Attach(encrypted.Bytes(e.election)), Payload: t.Attach(summary.Bytes())}, a.Receipt)
	say(evidence.KindDecryption, evidence.Decryption{Election: uuid, Trustee: 1, Decryption: t.Attach(e.decryption)}, a.Trustees[0])
	published := t.Attach([]byte(result))
	say(evidence.KindResult, evidence.Result{Election: uuid, Result: published}, a.Receipt)
	archive := e.archive(setUp.Unix(), e.ballots, result)
	say(evidence.KindCertify, evidence.Certify{Election: uuid, Result: published, Archive: canon.Hex(archive), ArchiveSize: int64(len(archive))}, a.Decision()...)
	t.publish()
	return t.History, t.err
}

// writeLogs writes the election's logs, the honest one and one with another result; and
// what others hold of it: policies, and promises of which one was broken and one is nobody's.
func (e *smallElection) writeLogs(dir string) error {
	a, err := forge.NewActors("log.hnec.example/2026", time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC), rand.NewChaCha8([32]byte{7}))
	if err != nil {
		return err
	}
	for name, result := range map[string]string{"honest": honestResult, "result": `{"result":[[0,2,3]]}`} {
		history, err := e.tell(a, result)
		if err != nil {
			return err
		}
		if err := history.Write(filepath.Join(dir, name), a.Keys()); err != nil {
			return err
		}
	}
	stranger, err := forge.NewActors(a.Origin, a.Start, rand.NewChaCha8([32]byte{8}))
	if err != nil {
		return err
	}
	files := map[string][]byte{"policy.txt": a.Policy(), "stranger.txt": stranger.Policy()}
	files["kept.txt"], err = e.promise(a, a.Receipt, e.ballots[1], e.ballots[1])
	var broken, nobody error
	files["broken.txt"], broken = e.promise(a, a.Receipt, e.ballots[1], e.decryption)
	files["nobody.txt"], nobody = e.promise(a, stranger.Receipt, e.ballots[1], e.ballots[1])
	for name, data := range files {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, name), data, 0o644))
	}
	return errors.Join(err, broken, nobody)
}

// promise is the promise to a ballot's voter to enter a text as the ballot, issued after the
// second batch where the text is another one.
func (e *smallElection) promise(a *forge.Actors, by note.Signer, of, text []byte) ([]byte, error) {
	b, err := ballot.ParseBallot(group.Ed25519, of)
	if err != nil {
		return nil, err
	}
	issued := a.Start.Add(12 * time.Minute)
	if string(of) != string(text) {
		issued = a.Start.Add(35 * time.Minute)
	}
	hash := canon.Hex(text)
	return forge.Sign(fmt.Appendf(nil, "bayyina.promise/1\n%s\n%s\n%s\n%s\n%s\n%s\n", a.Origin, e.election.UUID(), b.Credential().String(), hash,
		issued.Format(time.RFC3339), issued.Add(10*time.Minute).Format(time.RFC3339)), by)
}
