package evidence

import (
	"crypto/rand"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"bayyina/core/ballot"
	"bayyina/core/group"
	"bayyina/core/mix"
	"bayyina/core/tally"
	"bayyina/core/trustee"
	"bayyina/platform/ledger/read"
)

// theRankedCountry has a ranked question, and one whose answers are added up.
var theRankedCountry = sync.OnceValue(func() *country {
	questions := []ballot.Question{
		ballot.Homomorphic{Text: "Yes?", Answers: []string{"yes", "no"}, Min: 0, Max: 1},
		ballot.NonHomomorphic{Text: "رتّب", Answers: []string{"أ", "ب", "ج"}},
	}
	return newCountry(questions, 1, func(i, voter int) ballot.Plaintext { return ballot.Plaintext{{1, 0}, {voter, i, 3}} })
})

// mixing is the part of a ranked election that follows the tally, as it is told.
type mixing struct {
	*chapter
	net     *mix.Mixnet
	counted tally.Encrypted // with what the last shuffle gave
}

// mixingFrom tells an election as far as its tally.
func mixingFrom(promised int) *mixing {
	c := theRankedCountry().untilClose(promised)
	encrypted, summary := c.count()
	c.say(KindTally, Tally{Election: uuid, Tally: c.attach(encrypted.Bytes(c.election)), Payload: c.attach(summary.Bytes())}, "receipt")
	return &mixing{c, mix.New(c.election.Fingerprint(), c.election.KeyTable(), 0), encrypted}
}

// make makes an honest shuffle.
func (m *mixing) make() *mix.Shuffle {
	s, err := m.net.Shuffle(rand.Reader, m.counted.Apart(m.election))
	if err != nil {
		panic(err)
	}
	return s
}

// shuffle tells a shuffle by a trustee. What follows starts from it.
func (m *mixing) shuffle(owner int, s *mix.Shuffle) *read.Entry {
	m.counted = m.counted.WithApart(m.election, s.Ciphertexts)
	return m.say(KindShuffle, Shuffle{Election: uuid, Trustee: owner, Shuffle: m.attach(s.Bytes())}, names[owner-1])
}

// end tells the decryption of what there is, the result that it gives, and the
// certification.
func (m *mixing) end() {
	keys, err := trustee.Parse(m.election.Group(), m.trustees)
	if err != nil {
		panic(err)
	}
	var list []*trustee.Decryption
	for _, i := range []int{0, 2} {
		text, err := m.shares[i].Decrypt(m.election, m.counted, rand.Reader)
		if err != nil {
			panic(err)
		}
		d, err := keys.Verify(i+1, text, m.election, m.counted)
		if err != nil {
			panic(err)
		}
		list = append(list, d)
	}
	plain, err := keys.Combine(list, m.counted)
	if err != nil {
		panic(err)
	}
	result, err := tally.Solve(m.election, plain, 6)
	if err != nil {
		panic(err)
	}
	m.open(m.counted, string(result.Bytes()))
}

func TestShufflesOfAnHonestElectionAreTrue(t *testing.T) {
	m := mixingFrom(2)
	m.shuffle(3, m.make())
	m.shuffle(1, m.make())
	m.end()
	claims := m.judge(t)
	for id, claim := range claims {
		if claim.Verdict != read.True {
			t.Errorf("%s is %v: %v", id, claim.Verdict, claim.Faults)
		}
	}
	how := claims[claimShuffles].How.Args
	if how["Count"] != int64(2) || how["Trustees"] != "trustee/3, trustee/1" || how["Proofs"] != int64(2) {
		t.Errorf("how: %v", how)
	}
}

// An election whose answers are all added up has nothing to say about shuffles.
func TestNothingIsSaidOfShufflesWhereThereAreNone(t *testing.T) {
	if _, told := honest().judge(t)[claimShuffles]; told {
		t.Error("a claim about shuffles")
	}
}

// shuffleLies are told by somebody who holds every key of the server and can do
// whatever the mixers' machines can, but for their log keys.
var shuffleLies = []struct {
	name  string
	tell  func() *mixing
	false map[string]string
}{
	{"an answer is replaced by a copy of another", func() *mixing {
		m := mixingFrom(1)
		s := m.make()
		s.Ciphertexts[0][1] = s.Ciphertexts[0][2]
		m.shuffle(3, s)
		m.end()
		return m
	}, only(claimShuffles, "shuffle-proof")},
	{"an answer is replaced by another's making, before the proof", func() *mixing {
		m := mixingFrom(1)
		others := m.counted.Apart(m.election)
		others = [][]group.Ciphertext{slices.Clone(others[0])}
		others[0][0] = group.EncryptElement(m.election.KeyTable(), must(group.Ed25519.RandomScalar(rand.Reader)), must(group.Ed25519.EncodeIntegers([]int{9, 9, 9})))
		s := must(m.net.Shuffle(rand.Reader, others))
		m.shuffle(3, s)
		m.end()
		return m
	}, only(claimShuffles, "shuffle-proof")},
	{"an answer is dropped", func() *mixing {
		m := mixingFrom(1)
		fewer := [][]group.Ciphertext{m.counted.Apart(m.election)[0][1:]}
		s := must(m.net.Shuffle(rand.Reader, fewer))
		m.say(KindShuffle, Shuffle{Election: uuid, Trustee: 3, Shuffle: m.attach(s.Bytes())}, names[2])
		m.end()
		return m
	}, only(claimShuffles, "shuffle-form")},
	{"the second shuffle starts from the tally, not from the first", func() *mixing {
		m := mixingFrom(2)
		s := m.make()
		m.shuffle(3, m.make())
		m.shuffle(1, s)
		m.end()
		return m
	}, only(claimShuffles, "shuffle-proof")},
	{"a shuffle is signed by another", func() *mixing {
		m := mixingFrom(1)
		m.shuffle(3, m.make()).SignedBy = names[:1]
		m.end()
		return m
	}, only(claimShuffles, "shuffle-signer")},
	{"no key is named for who shuffles", func() *mixing {
		m := mixingFrom(1)
		rewrite(m.chapter, KindTrustees, 0, func(b *Trustees) { b.Names = b.Names[:2] })
		m.shuffle(3, m.make())
		m.end()
		return m
	}, map[string]string{
		claimSetup: "vote-trustees-names", claimShuffles: "shuffle-unnamed", claimDecryption: "decryption-unnamed",
	}},
	{"a shuffle by one who is no trustee", func() *mixing {
		m := mixingFrom(1)
		e := m.shuffle(3, m.make())
		rewriteAt(m.chapter, e, func(b *Shuffle) { b.Trustee = 4 })
		m.end()
		return m
	}, only(claimShuffles, "shuffle-trustee")},
	{"one trustee shuffles twice", func() *mixing {
		m := mixingFrom(2)
		m.shuffle(3, m.make())
		m.shuffle(3, m.make())
		m.end()
		return m
	}, only(claimShuffles, "shuffle-twice")},
	{"a shuffle is withheld", func() *mixing {
		m := mixingFrom(1)
		e := m.shuffle(3, m.make())
		rewriteAt(m.chapter, e, func(b *Shuffle) { delete(m.files, b.Shuffle.SHA256) })
		m.counted = tallyOf(m.chapter)
		m.end()
		return m
	}, map[string]string{claimShuffles: "vote-attachment", claimArchive: "archive-incomplete"}},
	{"a shuffle without a good signature", func() *mixing {
		m := mixingFrom(1)
		e := m.shuffle(3, m.make())
		e.Faults = []read.Fault{{Code: envelopeFault, Sequence: e.Sequence, Kind: KindShuffle}}
		m.end()
		return m
	}, only(claimShuffles, envelopeFault)},
	{"a promised shuffle is missing", func() *mixing {
		m := mixingFrom(2)
		m.shuffle(3, m.make())
		m.end()
		return m
	}, map[string]string{claimDecryption: "vote-order", claimResult: "vote-order", claimCertified: "vote-order"}},
	{"one shuffle more than promised", func() *mixing {
		m := mixingFrom(1)
		m.shuffle(3, m.make())
		before := m.counted
		m.shuffle(1, m.make())
		m.counted = before
		m.end()
		return m
	}, only(claimShuffles, "vote-order-late")},
	{"a shuffle before the tally", func() *mixing {
		m := mixingFrom(1)
		s := m.make()
		m.shuffle(3, s)
		m.move(KindShuffle, 0, KindTally)
		m.shuffle(1, s)
		m.end()
		return m
	}, only(claimShuffles, "vote-order")},
	{"no shuffle is promised", func() *mixing {
		m := mixingFrom(0)
		m.end()
		return m
	}, only(claimSetup, "vote-shuffles")},
	{"more shuffles are promised than there are trustees", func() *mixing {
		return mixingFrom(4)
	}, only(claimSetup, "vote-shuffles")},
}

func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

// tallyOf is the tally that was entered.
func tallyOf(c *chapter) tally.Encrypted {
	encrypted, _ := c.count()
	return encrypted
}

// rewriteAt replaces the body of an entry.
func rewriteAt[B body](c *chapter, e *read.Entry, change func(*B)) {
	var b B
	if err := read.DecodeBody(e.Statement.Body, &b); err != nil {
		panic(err)
	}
	change(&b)
	e.Statement.Body = encode(b)
}

func TestEachLieAboutShufflesIsNamed(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED in short runs: many lies, judged one after another")
	}
	for _, l := range shuffleLies {
		t.Run(strings.ReplaceAll(l.name, " ", "-"), func(t *testing.T) {
			m := l.tell()
			m.renumber()
			claims := m.claims(t)
			if got := found(claims); !maps.Equal(got, l.false) {
				t.Errorf("false is %v, want %v", got, l.false)
			}
			for _, claim := range claims {
				hasValues(t, claim.Says, claim.How, claim.Belief)
				for _, f := range claim.Faults {
					hasValues(t, f.Says)
				}
			}
		})
	}
}
