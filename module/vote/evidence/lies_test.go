package evidence

import (
	"crypto/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"bayyina/core/ballot"
	"bayyina/core/canon"
	"bayyina/core/credential"
	"bayyina/core/trustee"
	"bayyina/platform/ledger/read"
)

// lie is told by somebody who holds every key of the server. Each names the only
// claim and fault that may come of it, unless others are bound to follow.
type lie struct {
	name        string
	edit        func(c *chapter)
	claim, code string
	follows     []string // claims that become false, too
}

// entry returns the n-th entry of a kind, from 0.
func (c *chapter) entry(kind string, n int) *read.Entry {
	for _, e := range c.entries {
		if e.Statement.Kind == kind {
			if n == 0 {
				return e
			}
			n--
		}
	}
	panic("no such entry: " + kind)
}

// at is the position of the n-th entry of a kind.
func (c *chapter) at(kind string, n int) int { return slices.Index(c.entries, c.entry(kind, n)) }

func (c *chapter) drop(kind string, n int) {
	at := c.at(kind, n)
	c.entries = slices.Delete(c.entries, at, at+1)
}

// exchange lets two entries change places.
func (c *chapter) exchange(i, j int) {
	c.entries[i], c.entries[j] = c.entries[j], c.entries[i]
}

// repeat enters an entry once more, at a position.
func (c *chapter) repeat(kind string, n, at int) {
	again := *c.entry(kind, n)
	c.entries = slices.Insert(c.entries, at, &again)
}

// renumber gives the entries their places' numbers.
func (c *chapter) renumber() {
	for i, e := range c.entries {
		e.Sequence = int64(i + 1)
	}
}

// rewrite replaces the n-th entry's body.
func rewrite[B body](c *chapter, kind string, n int, change func(*B)) {
	e := c.entry(kind, n)
	var b B
	if err := read.DecodeBody(e.Statement.Body, &b); err != nil {
		panic(err)
	}
	change(&b)
	e.Statement.Body = encode(b)
}

// replaceBallot puts another text in the place of the n-th ballot.
func replaceBallot(n int, text func(c *chapter) []byte) func(c *chapter) {
	return func(c *chapter) {
		rewrite(c, KindBallot, n, func(b *Ballot) { b.Ballot = c.attach(text(c)) })
	}
}

// swap changes the text of the second ballot, of which nobody votes again.
func swap(old, with string) func(c *chapter) []byte {
	return func(c *chapter) []byte {
		text := string(c.ballots[1])
		if !strings.Contains(text, old) {
			panic(old)
		}
		return []byte(strings.Replace(text, old, with, 1))
	}
}

// stranger is a ballot by somebody who is not on the list.
func stranger(c *chapter) []byte {
	p, err := credential.Generate(rand.Reader)
	if err != nil {
		panic(err)
	}
	d, err := c.election.Encrypt(rand.Reader, p.Public(uuid), ballot.Plaintext{{1, 0, 0, 0}, {0, 0}})
	if err != nil {
		panic(err)
	}
	b, err := d.Sign(rand.Reader, p.Key(uuid))
	if err != nil {
		panic(err)
	}
	return b.Bytes()
}

// spoil exchanges the first occurrence of a proof's digit after a mark.
func spoil(mark string) func(c *chapter) []byte {
	return func(c *chapter) []byte {
		text := slices.Clone(c.ballots[1])
		at := strings.Index(string(text), mark) + strings.Index(string(text[strings.Index(string(text), mark):]), `"challenge":"`) + len(`"challenge":"`) + 3
		text[at] = '0' + (text[at]-'0'+1)%10
		return text
	}
}

// other returns some bytes that are not a valid attachment.
func (c *chapter) other() read.Attachment { return c.attach([]byte("{}")) }

var (
	countsFollow  = []string{claimTally, claimArchive}
	archiveFollow = []string{claimArchive}
)

var lies = []lie{
	{name: "authority says another count", claim: claimSetup, code: "vote-credentials-count", edit: func(c *chapter) {
		rewrite(c, KindCredentials, 0, func(b *Credentials) { b.Count, b.Districts = 7, nil })
	}},
	{name: "authority says another weight", claim: claimSetup, code: "vote-credentials-weight", edit: func(c *chapter) {
		rewrite(c, KindCredentials, 0, func(b *Credentials) { b.Weight = 8 })
	}},
	{name: "districts do not add up", claim: claimSetup, code: "vote-districts", edit: func(c *chapter) {
		rewrite(c, KindCredentials, 0, func(b *Credentials) { b.Districts[0].Voters = 3 })
	}},
	{name: "districts add up by a negative one", claim: claimSetup, code: "vote-districts", edit: func(c *chapter) {
		rewrite(c, KindCredentials, 0, func(b *Credentials) { b.Districts[0].Voters, b.Districts[1].Voters = -2, 8 })
	}},
	{name: "credentials that the authority did not sign", claim: claimSetup, code: "vote-credentials-unsaid", edit: func(c *chapter) {
		c.drop(KindCredentials, 0)
	}},
	{name: "trustees did not say so", claim: claimSetup, code: "vote-trustees-unsaid", edit: func(c *chapter) {
		c.drop(KindTrustees, 0)
	}, follows: []string{claimDecryption}},
	{name: "a trustee did not sign", claim: claimSetup, code: "vote-trustees-unsigned", edit: func(c *chapter) {
		c.entry(KindTrustees, 0).SignedBy = names[:2]
	}},
	{name: "a trustee is named twice", claim: claimSetup, code: "vote-trustees-twice", edit: func(c *chapter) {
		rewrite(c, KindTrustees, 0, func(b *Trustees) { b.Names = []string{names[0], names[1], names[1]} })
	}, follows: []string{claimDecryption}}, // which must be signed by the key that was named
	{name: "a trustee's key is an officer's", claim: claimSetup, code: "vote-trustees-role", edit: func(c *chapter) {
		rewrite(c, KindTrustees, 0, func(b *Trustees) { b.Names = []string{names[0], "officer/1", names[2]} })
	}},
	{name: "a trustee too few is named", claim: claimSetup, code: "vote-trustees-names", edit: func(c *chapter) {
		rewrite(c, KindTrustees, 0, func(b *Trustees) { b.Names = b.Names[:2] })
	}, follows: []string{claimDecryption}},
	{name: "a member did not commit", claim: claimSetup, code: "vote-commitment-missing", edit: func(c *chapter) {
		c.drop(KindCommitment, 1)
	}},
	{name: "somebody else committed for a member", claim: claimSetup, code: "vote-commitment-missing", edit: func(c *chapter) {
		c.entry(KindCommitment, 1).SignedBy = names[:1]
	}},
	{name: "a member committed twice", claim: claimSetup, code: "vote-commitment-twice", edit: func(c *chapter) {
		c.repeat(KindCommitment, 1, c.at(KindTrustees, 0))
	}},
	{name: "a member committed after the trustees' statement", claim: claimSetup, code: "vote-commitment-late", edit: func(c *chapter) {
		c.exchange(c.at(KindCommitment, 2), c.at(KindTrustees, 0))
	}},
	{name: "a member chose other coefficients", claim: claimSetup, code: "vote-commitment-differs", edit: func(c *chapter) {
		rewrite(c, KindCommitment, 0, func(b *Commitment) { b.Coefexps = strings.Repeat("0", 64) })
	}},
	{name: "definition withheld", claim: claimSetup, code: "vote-attachment", edit: func(c *chapter) {
		delete(c.files, canon.Hex(c.election.Bytes()))
	}, follows: archiveFollow},
	{name: "definition of another election", claim: claimSetup, code: "vote-uuid", edit: func(c *chapter) {
		for _, e := range c.entries {
			e.Statement.Body = []byte(strings.ReplaceAll(string(e.Statement.Body), uuid, "Another1111111"))
		}
	}},
	{name: "definition is not one", claim: claimSetup, code: "vote-definition", edit: func(c *chapter) {
		rewrite(c, KindSetup, 0, func(b *Setup) { b.Definition = c.other() })
	}, follows: archiveFollow},
	{name: "trustees' record is not one", claim: claimSetup, code: "vote-trustees", edit: func(c *chapter) {
		rewrite(c, KindSetup, 0, func(b *Setup) { b.Trustees = c.other() })
	}, follows: archiveFollow},
	{name: "list of credentials is not one", claim: claimSetup, code: "vote-credentials", edit: func(c *chapter) {
		rewrite(c, KindSetup, 0, func(b *Setup) { b.Credentials = c.other() })
	}, follows: archiveFollow},
	{name: "a trustee's proof is wrong", claim: claimSetup, code: "vote-trustee", edit: func(c *chapter) {
		at := strings.LastIndex(string(c.trustees), `"response":"`) + len(`"response":"`) + 5
		text := slices.Clone(c.trustees)
		text[at] = '0' + (text[at]-'0'+1)%10
		rewrite(c, KindSetup, 0, func(b *Setup) { b.Trustees = c.attach(text) })
	}, follows: archiveFollow},
	{name: "the key is not the trustees'", claim: claimSetup, code: "vote-key", edit: func(c *chapter) {
		key, err := trustee.NewPrivateKey(rand.Reader)
		if err != nil {
			panic(err)
		}
		r := c.election.Record()
		r.PublicKey = key.Public()
		e, err := ballot.NewElection(r)
		if err != nil {
			panic(err)
		}
		rewrite(c, KindSetup, 0, func(b *Setup) { b.Definition = c.attach(e.Bytes()) })
	}, follows: []string{claimBallots, claimTally, claimDecryption, claimResult, claimArchive}},
	{name: "set up twice", claim: claimSetup, code: "vote-twice", edit: func(c *chapter) {
		c.repeat(KindSetup, 0, c.at(KindOpen, 0))
	}},
	{name: "setup without its second officer", claim: claimSetup, code: "decision-signatures", edit: func(c *chapter) {
		c.entry(KindSetup, 0).Faults = []read.Fault{{Code: "decision-signatures"}}
	}},
	{name: "credentials after the set-up", claim: claimSetup, code: "vote-order-late", edit: func(c *chapter) {
		c.repeat(KindCredentials, 0, c.at(KindOpen, 0))
	}},
	{name: "opened without its second officer", claim: claimOpened, code: "decision-signatures", edit: func(c *chapter) {
		c.entry(KindOpen, 0).Faults = []read.Fault{{Code: "decision-signatures"}}
	}},
	{name: "closes before it opens", claim: claimOpened, code: "vote-times", edit: func(c *chapter) {
		rewrite(c, KindOpen, 0, func(b *Open) { b.Closes = b.Opens })
	}, follows: []string{claimClosed, claimTally}},
	{name: "opened twice", claim: claimOpened, code: "vote-twice", edit: func(c *chapter) {
		c.repeat(KindOpen, 0, c.at(KindBallot, 0))
	}},
	{name: "ballot withheld", claim: claimBallots, code: "ballot-attachment", edit: func(c *chapter) {
		delete(c.files, canon.Hex(c.ballots[1]))
	}, follows: countsFollow},
	{name: "ballot damaged", claim: claimBallots, code: "ballot-attachment", edit: func(c *chapter) {
		c.files[canon.Hex(c.ballots[1])] = []byte("x")
	}, follows: countsFollow},
	{name: "ballot dropped", claim: claimClosed, code: "close-count", edit: func(c *chapter) {
		c.drop(KindBallot, 1)
	}, follows: countsFollow},
	{name: "ballot of somebody who is not on the list", claim: claimBallots, code: "ballot-stranger", edit: replaceBallot(1, stranger), follows: countsFollow},
	{name: "ballot with a space", claim: claimBallots, code: "ballot-form", edit: replaceBallot(1, swap(`,`, `, `)), follows: countsFollow},
	{name: "ballot of another election", claim: claimBallots, code: "ballot-election", edit: replaceBallot(1, swap(uuid, "Another1111111")), follows: countsFollow},
	{name: "ballot of an absentee, signed by somebody else", claim: claimBallots, code: "ballot-signature", edit: func(c *chapter) {
		replaceBallot(1, swap(c.secrets[1].Public(uuid).String(), c.secrets[5].Public(uuid).String()))(c)
	}, follows: countsFollow},
	{name: "ballot with its answers exchanged", claim: claimBallots, code: "ballot-signature", edit: replaceBallot(1, spoil("individual_proofs")), follows: countsFollow},
	{name: "ballot entered again", claim: claimOnce, code: "ballot-again", edit: func(c *chapter) {
		rewrite(c, KindBallot, 4, func(b *Ballot) { b.Ballot = c.attach(c.ballots[1]) })
	}, follows: countsFollow},
	{name: "ballot before the opening", claim: claimClosed, code: "ballot-early", edit: func(c *chapter) {
		c.entry(KindBallot, 0).Time = start.Add(time.Hour - time.Second)
	}},
	{name: "ballot after the close", claim: claimClosed, code: "ballot-late", edit: func(c *chapter) {
		c.entry(KindBallot, 5).Time = start.Add(2*time.Hour + time.Second)
		c.entry(KindClose, 0).Time = start.Add(2*time.Hour + time.Second)
	}, follows: []string{claimTally}}, // it does not count
	{name: "ballot after the box was closed", claim: claimClosed, code: "ballot-after-close", edit: func(c *chapter) {
		c.exchange(c.at(KindBallot, 5), c.at(KindClose, 0))
	}, follows: countsFollow},
	{name: "ballot that may be entered whenever", claim: claimClosed, code: "ballot-window", edit: func(c *chapter) {
		c.entry(KindBallot, 1).Statement.Until = start.Add(30 * time.Hour)
	}},
	{name: "two ballots of one credential in one batch", claim: claimBatches, code: "batch-credential", edit: func(c *chapter) {
		for i := range c.ballots {
			c.entry(KindBallot, i).Time = start.Add(70 * time.Minute)
		}
	}},
	{name: "a batch too early", claim: claimBatches, code: "batch-gap", edit: func(c *chapter) {
		for i, minutes := range []int{60, 60, 69, 80, 80, 80} {
			c.entry(KindBallot, i).Time = start.Add(time.Duration(minutes) * time.Minute)
		}
	}},
	{name: "closed before its time", claim: claimClosed, code: "close-early", edit: func(c *chapter) {
		c.entry(KindClose, 0).Time = start.Add(119 * time.Minute)
	}},
	{name: "another number of ballots at the close", claim: claimClosed, code: "close-count", edit: func(c *chapter) {
		rewrite(c, KindClose, 0, func(b *Close) { b.Ballots = 5 })
	}},
	{name: "tally withheld", claim: claimTally, code: "vote-attachment", edit: func(c *chapter) {
		rewrite(c, KindTally, 0, func(b *Tally) { delete(c.files, b.Tally.SHA256) })
	}, follows: []string{claimArchive}},
	{name: "tally is not one", claim: claimTally, code: "tally-form", edit: func(c *chapter) {
		rewrite(c, KindTally, 0, func(b *Tally) { b.Tally = c.other() })
	}, follows: archiveFollow},
	{name: "size of the tally is wrong", claim: claimTally, code: "tally-size", edit: func(c *chapter) {
		rewrite(c, KindTally, 0, func(b *Tally) { b.Payload = c.other() })
	}, follows: archiveFollow},
	{name: "tally before the close", claim: claimTally, code: "vote-order", edit: func(c *chapter) {
		c.exchange(c.at(KindTally, 0), c.at(KindClose, 0))
	}, follows: []string{claimDecryption, claimResult, claimCertified, claimArchive}}, // none has its turn
	{name: "decryption by another number", claim: claimDecryption, code: "decryption-trustee", edit: func(c *chapter) {
		rewrite(c, KindDecryption, 0, func(b *Decryption) { b.Trustee = 4 })
	}, follows: []string{claimResult, claimArchive}},
	{name: "decryption signed by somebody else", claim: claimDecryption, code: "decryption-signer", edit: func(c *chapter) {
		c.entry(KindDecryption, 0).SignedBy = names[:1]
	}},
	{name: "decryption of another trustee's", claim: claimDecryption, code: "decryption-proof", edit: func(c *chapter) {
		rewrite(c, KindDecryption, 0, func(b *Decryption) { b.Trustee = 2 })
		c.entry(KindDecryption, 0).SignedBy = names[1:2]
	}, follows: []string{claimResult, claimArchive}},
	{name: "decryption is not one", claim: claimDecryption, code: "decryption-form", edit: func(c *chapter) {
		rewrite(c, KindDecryption, 0, func(b *Decryption) { b.Decryption = c.other() })
	}, follows: []string{claimResult, claimArchive}},
	{name: "a trustee decrypts twice", claim: claimDecryption, code: "decryption-twice", edit: func(c *chapter) {
		c.repeat(KindDecryption, 0, c.at(KindResult, 0))
	}, follows: archiveFollow},
	{name: "a trustee decrypts after the result", claim: claimDecryption, code: "vote-order-late", edit: func(c *chapter) {
		c.repeat(KindDecryption, 0, c.at(KindCertify, 0))
	}},
	{name: "too few decryptions", claim: claimResult, code: "result-few", edit: func(c *chapter) {
		c.drop(KindDecryption, 1)
	}, follows: archiveFollow},
	{name: "another result", claim: claimResult, code: "result-differs", edit: func(c *chapter) {
		rewrite(c, KindResult, 0, func(b *Result) { b.Result = c.attach([]byte(`{"result":[[1,5,6,0],[6,0]]}`)) })
	}, follows: []string{claimCertified, claimArchive}},
	{name: "another result is certified", claim: claimCertified, code: "certify-result", edit: func(c *chapter) {
		rewrite(c, KindCertify, 0, func(b *Certify) { b.Result = c.attach([]byte(`{"result":[[1,5,6,0],[6,0]]}`)) })
	}},
	{name: "certified without the root key", claim: claimCertified, code: "decision-signatures", edit: func(c *chapter) {
		c.entry(KindCertify, 0).Faults = []read.Fault{{Code: "decision-signatures"}}
	}},
	{name: "another archive is certified", claim: claimArchive, code: "archive-differs", edit: func(c *chapter) {
		rewrite(c, KindCertify, 0, func(b *Certify) { b.ArchiveSize++ })
	}},
}

// chapter is the honest log with the lie in it.
func (l lie) chapter() *chapter {
	c := honest()
	l.edit(c)
	c.renumber()
	return c
}

func TestEachLieIsNamed(t *testing.T) {
	for _, l := range lies {
		t.Run(l.name, func(t *testing.T) {
			claims := l.chapter().judge(t)
			codes := func(id string) (list []string) {
				for _, f := range claims[id].Faults {
					list = append(list, f.Code)
				}
				return list
			}
			if claims[l.claim].Verdict != read.False || !slices.Contains(codes(l.claim), l.code) {
				t.Errorf("%s is %s with %v, want %s", l.claim, claims[l.claim].Verdict, codes(l.claim), l.code)
			}
			for _, id := range claimOrder {
				if claims[id].Verdict == read.False && id != l.claim && !slices.Contains(l.follows, id) {
					t.Errorf("%s is false, too: %+v", id, claims[id].Faults)
				}
				if slices.Contains(l.follows, id) && claims[id].Verdict == read.True {
					t.Errorf("%s is true", id)
				}
			}
		})
	}
}
