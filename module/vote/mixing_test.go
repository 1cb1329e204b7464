package vote_test

import (
	"crypto/rand"
	"errors"
	"sync"
	"testing"

	"bayyina/core/ballot"
	"bayyina/core/group"
	"bayyina/core/mix"
	"bayyina/core/tally"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
)

// theRankedNation is theNation with a ranked question instead.
var theRankedNation = sync.OnceValue(func() *nation {
	n := *theNation()
	draft := must(vote.ParseTemplate([]byte(`{"name":"انتخاب تجريبي","description":"",` +
		`"questions":[{"type":"NonHomomorphic","value":{"question":"رتّب","answers":["أ","ب"]}}]}`)))
	draft.UUID = n.uuid
	n.definition = must(draft.Definition(n.record))
	n.election = must(ballot.ParseElection(n.definition))
	return &n
})

// rank encrypts ranks.
func (n *nation) rank(voter int, ranks ...int) []byte {
	draft := must(n.election.Encrypt(rand.Reader, n.secrets[voter].Public(group.Ed25519, n.uuid), ballot.Plaintext{ranks}))
	return must(draft.Sign(rand.Reader, n.secrets[voter].Key(group.Ed25519, n.uuid))).Bytes()
}

// mixer shuffles what is to be shuffled next.
type mixer struct {
	*world
	net   *mix.Mixnet
	tally tally.Encrypted
}

func (m *mixer) shuffle() *mix.Shuffle {
	return must(m.net.Shuffle(rand.Reader, m.tally.Apart(m.election)))
}

func (m *mixer) enterShuffle(number int, s *mix.Shuffle) error {
	text := s.Bytes()
	return m.reg.Enter(ctx, must(m.Say(evidence.KindShuffle, evidence.Shuffle{
		Election: m.uuid, Trustee: number, Shuffle: vote.AttachmentOf(text),
	}, m.Trustees[number-1])), text)
}

func TestRankedElectionIsShuffledBeforeItIsDecrypted(t *testing.T) {
	slow(t)
	each(t, func(t *testing.T, w *world) {
		w.nation, w.shuffles = theRankedNation(), 2
		w.open()
		w.cast(w.rank(0, 1, 2))
		w.cast(w.rank(1, 9, 9))
		w.tick(batch)
		w.cast(w.rank(1, 2, 1)) // instead of 9, 9
		w.tick(batch)
		w.at(closes)
		must(w.reg.Close(ctx, w.uuid))
		w.drain()
		m := &mixer{w, mix.New(w.election.Fingerprint(), w.election.KeyTable(), 0), tally.NewEncrypted(w.election)}
		if err := m.enterShuffle(2, m.shuffle()); !errors.Is(err, vote.ErrTooEarly) {
			t.Errorf("shuffle without a tally: %v", err)
		}
		m.tally = must(tally.ParseEncrypted(w.election, must(w.reg.Tally(ctx, w.uuid))))
		w.drain()
		decrypt := func() []byte { return must(w.shares[0].Decrypt(w.election, m.tally, rand.Reader)) }

		first, stale, changed := m.shuffle(), m.shuffle(), m.shuffle()
		changed.Ciphertexts[0][0] = changed.Ciphertexts[0][1]
		refused(t, "shuffle that replaces an answer", m.enterShuffle(2, changed), "equation")
		refused(t, "shuffle of nobody's", w.reg.Enter(ctx, must(w.Say(evidence.KindShuffle, evidence.Shuffle{
			Election: w.uuid, Trustee: 4, Shuffle: vote.AttachmentOf(first.Bytes()),
		}, w.Trustees[0])), first.Bytes()), "there is no trustee 4")
		check(t, m.enterShuffle(2, first))
		refused(t, "shuffle of what was shuffled already", m.enterShuffle(1, stale), "equation")
		if err := w.decryption(1, decrypt()); !errors.Is(err, vote.ErrTooEarly) {
			t.Errorf("decryption after one shuffle of two: %v", err)
		}
		m.tally = m.tally.WithApart(w.election, first.Ciphertexts)
		refused(t, "second shuffle of a trustee", m.enterShuffle(2, m.shuffle()), "already")
		w.drain()
		w.crash()
		second := m.shuffle()
		check(t, m.enterShuffle(1, second))
		before := decrypt()
		m.tally = m.tally.WithApart(w.election, second.Ciphertexts)
		refused(t, "third shuffle of two", m.enterShuffle(3, m.shuffle()), "promises 2")
		refused(t, "decryption of the first shuffle", w.decryption(1, before), "trustee 1")
		check(t, w.decryption(1, decrypt()))
		check(t, w.decryption(2, must(w.shares[1].Decrypt(w.election, m.tally, rand.Reader))))
		result := must(w.reg.Result(ctx, w.uuid))
		if rows := result[0].Rows; len(rows) != 2 || rows[0][0]+rows[1][0] != 3 || rows[0][1]+rows[1][1] != 3 {
			t.Errorf("result is %v", rows)
		}
		w.drain()
		_, _, bel := w.replay()
		w.certify(result.Bytes(), bel)
		report, _, _ := w.replay()
		verdicts(t, report, nil)
	})
}
