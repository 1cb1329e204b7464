package main

import (
	"bufio"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"bayyina/core/archive"
	"bayyina/core/ballot"
	"bayyina/core/credential"
	"bayyina/core/group"
	"bayyina/core/hint"
	"bayyina/core/mix"
	"bayyina/core/tally"
	"bayyina/core/trustee"
)

// held is an election of one question in which everybody votes once.
type held struct {
	question ballot.Question
	vote     func(coin byte) []int // what a voter chooses by chance
	trustees int                   // each shuffles, where the question is one that is shuffled, and decrypts
	ballots  int
}

// hold writes the election's archive, and its hints beside it.
func (h held) hold(path string) error {
	bel, err := os.Create(path)
	if err != nil {
		return err
	}
	defer bel.Close()
	beside, err := os.Create(path + ".hints")
	if err != nil {
		return err
	}
	defer beside.Close()
	out, side := bufio.NewWriterSize(bel, 1<<20), bufio.NewWriterSize(beside, 1<<20)
	w, err := archive.NewWriter(out, time.Now().Unix())
	if err != nil {
		return err
	}
	hints, err := hint.NewWriter(side)
	if err != nil {
		return err
	}
	b, err := h.setup(w)
	if err != nil {
		return err
	}
	if err := b.count(w, hints); err != nil {
		return err
	}
	return errors.Join(out.Flush(), side.Flush(), bel.Close(), beside.Close())
}

// board is who is needed to count.
type board struct {
	held
	election *ballot.Election
	list     *credential.List
	secrets  []credential.Private
	keys     []*trustee.PrivateKey
	trustees *trustee.Trustees
}

// setup makes keys and credentials.
func (h held) setup(w *archive.Writer) (*board, error) {
	const uuid = "NationNationNation"
	b := &board{held: h}
	var singles [][]byte
	for range h.trustees {
		key, err := trustee.NewPrivateKey(group.Ed25519, rand.Reader)
		if err != nil {
			return nil, err
		}
		public, err := key.PublicKey("", rand.Reader)
		if err != nil {
			return nil, err
		}
		b.keys, singles = append(b.keys, key), append(singles, trustee.Single(public))
	}
	record, err := trustee.Record(group.Ed25519, singles...)
	if err != nil {
		return nil, err
	}
	if b.trustees, err = trustee.Parse(group.Ed25519, record); err != nil {
		return nil, err
	}
	if b.election, err = ballot.NewElection(ballot.Record{
		Name: "nation", UUID: uuid, PublicKey: b.trustees.Key, Questions: []ballot.Question{h.question},
	}); err != nil {
		return nil, err
	}
	voters := make([]credential.Voter, h.ballots)
	for i := range voters {
		voters[i] = credential.Voter{ID: fmt.Sprint(i), Weight: 1}
	}
	if b.secrets, b.list, err = credential.Issue(rand.Reader, group.Ed25519, uuid, voters, false); err != nil {
		return nil, err
	}
	return b, w.Setup(b.election.Bytes(), record, b.list.Bytes(), nil)
}

// count lets everybody vote, and writes everything up to the result.
func (b *board) count(w *archive.Writer, hints *hint.Writer) error {
	sum, err := b.box(w, hints)
	if err != nil {
		return err
	}
	encrypted, size := sum.Tally()
	if err := errors.Join(w.EndBallots(), w.EncryptedTally(encrypted.Bytes(b.election), size.Bytes())); err != nil {
		return err
	}
	if b.election.Shuffled() {
		if encrypted, err = b.shuffle(w, encrypted); err != nil {
			return err
		}
	}
	var decryptions []*trustee.Decryption
	for i, key := range b.keys {
		text, err := key.Decrypt(b.election, encrypted, rand.Reader)
		if err != nil {
			return err
		}
		d, err := b.trustees.Verify(i+1, text, b.election, encrypted)
		if err != nil {
			return err
		}
		decryptions = append(decryptions, d)
		if err := w.PartialDecryption(i+1, text); err != nil {
			return err
		}
	}
	plain, err := b.trustees.Combine(decryptions, encrypted)
	if err != nil {
		return err
	}
	result, err := tally.Solve(b.election, plain, b.list.TotalWeight())
	if err != nil {
		return err
	}
	return w.Result(result.Bytes())
}

// box takes everybody's ballot.
func (b *board) box(w *archive.Writer, hints *hint.Writer) (*tally.Accumulator, error) {
	sum := tally.NewAccumulator(b.election, b.list, nil) // nobody votes twice
	const atOnce = 8192
	for from := 0; from < b.ballots; from += atOnce {
		casts, err := b.cast(b.secrets[from:min(from+atOnce, b.ballots)])
		if err != nil {
			return nil, err
		}
		for i, o := range b.election.VerifyAll(rand.Reader, runtime.GOMAXPROCS(0), casts, b.list) {
			if o.Err != nil {
				return nil, o.Err
			}
			if err := errors.Join(sum.Add(o.Verified), w.Ballot(casts[i].Text), hints.Write(sha256.Sum256(casts[i].Text), casts[i].Hints)); err != nil {
				return nil, err
			}
		}
	}
	return sum, nil
}

// cast lets voters vote at random, on all cores.
func (b *board) cast(secrets []credential.Private) ([]ballot.Cast, error) {
	casts := make([]ballot.Cast, len(secrets))
	var coin [1]byte
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, secret := range secrets {
		if _, err := rand.Read(coin[:]); err != nil {
			return nil, err
		}
		vote := b.vote(coin[0])
		g.Go(func() error {
			draft, err := b.election.Encrypt(rand.Reader, secret.Public(group.Ed25519, b.election.UUID()), ballot.Plaintext{vote})
			if err != nil {
				return err
			}
			signed, err := draft.Sign(rand.Reader, secret.Key(group.Ed25519, b.election.UUID()))
			if err != nil {
				return err
			}
			hints, err := b.election.Hints(signed.Bytes())
			casts[i] = ballot.Cast{Text: signed.Bytes(), Hints: hints}
			return err
		})
	}
	return casts, g.Wait()
}

// shuffle lets each trustee shuffle.
func (b *board) shuffle(w *archive.Writer, t tally.Encrypted) (tally.Encrypted, error) {
	net := mix.New(b.election.Fingerprint(), b.election.KeyTable(), 0)
	for i := range b.keys {
		s, err := net.Shuffle(rand.Reader, t.Apart(b.election))
		if err != nil {
			return nil, err
		}
		if err := w.Shuffle(i+1, s.Bytes()); err != nil {
			return nil, err
		}
		t = t.WithApart(b.election, s.Ciphertexts)
	}
	return t, w.EndShuffles()
}
