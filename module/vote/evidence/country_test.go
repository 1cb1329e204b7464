package evidence

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"bayyina/core/ballot"
	"bayyina/core/canon"
	"bayyina/core/credential"
	"bayyina/core/group"
	"bayyina/core/tally"
	"bayyina/core/trustee"
	"bayyina/platform/ledger/read"
)

const (
	uuid    = "Bayyina2Test11"
	threeOf = 3 // trustees, of whom two decrypt
)

// country is an honest election with all its secrets, so that lies can be told
// about it.
type country struct {
	secrets  []credential.Private
	list     *credential.List
	election *ballot.Election
	trustees []byte
	shares   []*trustee.PrivateKey
	ballots  [][]byte // six: voters 0 to 4, and voter 0 again
	commits  []Commitment
}

// theCountry is made once: keys take time.
var theCountry = sync.OnceValue(func() *country {
	homomorphic := []ballot.Question{
		ballot.Homomorphic{Text: "من؟", Answers: []string{"أ", "ب", "ج"}, Blank: true, Min: 1, Max: 2},
		ballot.Homomorphic{Text: "Yes?", Answers: []string{"yes", "no"}, Min: 0, Max: 1},
	}
	return newCountry(homomorphic, 2, func(i, voter int) ballot.Plaintext {
		if voter == 2 {
			return ballot.Plaintext{{1, 0, 0, 0}, {0, 0}}
		}
		return ballot.Plaintext{{0, 1, i % 2, 0}, {1, 0}}
	})
})

// newCountry holds an election of six voters, of weights up to the given one, with
// ballot i of a voter as vote says.
func newCountry(questions []ballot.Question, weights int, vote func(i, voter int) ballot.Plaintext) *country {
	c := new(country)
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	var voters []credential.Voter
	for i := range 6 {
		voters = append(voters, credential.Voter{ID: fmt.Sprint(i), Weight: uint64(1 + i%weights)})
	}
	var err error
	c.secrets, c.list, err = credential.Issue(rand.Reader, group.Ed25519, uuid, voters, true)
	must(err)
	must(c.ceremony())
	keys, err := trustee.Parse(group.Ed25519, c.trustees)
	must(err)
	c.election, err = ballot.NewElection(ballot.Record{
		Name: "انتخاب", UUID: uuid, PublicKey: keys.Key,
		Questions: questions,
	})
	must(err)
	for i, voter := range []int{0, 1, 2, 3, 4, 0} {
		c.ballots = append(c.ballots, c.cast(voter, vote(i, voter)))
	}
	return c
}

func (c *country) cast(voter int, vote ballot.Plaintext) []byte {
	draft, err := c.election.Encrypt(rand.Reader, c.secrets[voter].Public(group.Ed25519, uuid), vote)
	if err != nil {
		panic(err)
	}
	b, err := draft.Sign(rand.Reader, c.secrets[voter].Key(group.Ed25519, uuid))
	if err != nil {
		panic(err)
	}
	return b.Bytes()
}

// ceremony is the threshold set-up with commitments.
func (c *country) ceremony() error {
	var keys []*trustee.Key
	var certs [][]byte
	for i := range threeOf {
		seed, err := trustee.NewSeed(rand.Reader)
		if err != nil {
			return err
		}
		key, err := trustee.OpenSeed(group.Ed25519, seed)
		if err != nil {
			return err
		}
		cert, err := key.Certificate(threeOf, 2, i+1, rand.Reader)
		if err != nil {
			return err
		}
		keys, certs = append(keys, key), append(certs, cert)
	}
	ceremony, err := trustee.OpenCeremony(certs)
	if err != nil {
		return err
	}
	var polynomials, outputs [][]byte
	for _, key := range keys {
		p, err := ceremony.Polynomial(key, rand.Reader)
		if err != nil {
			return err
		}
		polynomials = append(polynomials, p)
	}
	inputs, err := ceremony.Inputs(polynomials)
	if err != nil {
		return err
	}
	for i, key := range keys {
		out, err := ceremony.Share(key, inputs[i], rand.Reader)
		if err != nil {
			return err
		}
		outputs = append(outputs, out)
	}
	block, shares, err := ceremony.Finish(polynomials, outputs)
	if err != nil {
		return err
	}
	for i, key := range keys {
		share, err := key.OpenShare(shares[i])
		if err != nil {
			return err
		}
		c.shares = append(c.shares, share)
	}
	if c.trustees, err = trustee.Record(group.Ed25519, trustee.Threshold(block)); err != nil {
		return err
	}
	messages, err := ThresholdMessages(c.trustees)
	for i := range threeOf {
		m := messages[i+1]
		m.Election = uuid
		c.commits = append(c.commits, m)
	}
	return err
}

// chapter is what the log of the test holds: entries and attachments.
type chapter struct {
	*country
	entries []*read.Entry
	files   map[string][]byte
	now     time.Time
}

var names = []string{"trustee/1", "trustee/2", "trustee/3"}

// start is when the honest log begins; voting is from one to two hours later.
var start = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)

func (c *chapter) Attachment(_ context.Context, a read.Attachment, _ int64) ([]byte, error) {
	data, ok := c.files[a.SHA256]
	if !ok {
		return nil, fmt.Errorf("%s: %w", a.SHA256, read.ErrMissing)
	}
	if canon.Hex(data) != a.SHA256 || int64(len(data)) != a.Size {
		return nil, fmt.Errorf("%s: %w", a.SHA256, read.ErrDamaged)
	}
	return data, nil
}

func (c *chapter) Key(name string) (string, bool) {
	if slices.Contains(names, name) {
		return "trustee", true
	}
	return "officer", true
}

func (c *chapter) Rehearsal() bool { return true }

func (c *chapter) attach(data []byte) read.Attachment {
	a := read.Attachment{SHA256: canon.Hex(data), Size: int64(len(data))}
	c.files[a.SHA256] = data
	return a
}

func encode(body any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(body); err != nil {
		panic(err)
	}
	return bytes.TrimSpace(b.Bytes())
}

// say appends an entry at the current time.
func (c *chapter) say(kind string, body any, signers ...string) *read.Entry {
	e := &read.Entry{
		Sequence: int64(len(c.entries) + 1), Time: c.now, SignedBy: signers,
		Statement: read.Statement{Kind: kind, From: start, Until: start.Add(24 * time.Hour), Body: encode(body)},
	}
	if kind == KindBallot {
		e.Statement.From, e.Statement.Until = start.Add(time.Hour), start.Add(2*time.Hour)
	}
	c.entries = append(c.entries, e)
	return e
}

// honest tells the whole election.
func honest() *chapter {
	c := theCountry().untilClose(0)
	encrypted, summary := c.count()
	c.finish(encrypted, summary, `{"result":[[1,6,5,0],[6,0]]}`)
	return c
}

// untilClose tells an election as far as its close.
func (land *country) untilClose(shuffles int) *chapter {
	c := &chapter{country: land, files: make(map[string][]byte), now: start}
	credentials, trustees := c.attach(c.list.Bytes()), c.attach(c.trustees)
	definition := c.attach(c.election.Bytes())
	c.say(KindCredentials, Credentials{
		Election: uuid, Credentials: credentials, Count: 6, Weight: int64(c.list.TotalWeight()),
		Districts: []District{{Name: read.Bilingual{AR: "غات", EN: "Ghat"}, Voters: 2}, {Name: read.Bilingual{AR: "سبها", EN: "Sabha"}, Voters: 4}},
	}, "authority")
	for i, m := range c.commits {
		c.say(KindCommitment, m, names[i])
	}
	c.say(KindTrustees, Trustees{Election: uuid, Trustees: trustees, Names: names}, names...)
	c.say(KindSetup, Setup{
		Election: uuid, Title: read.Bilingual{AR: "انتخاب", EN: "Election"},
		Definition: definition, Trustees: trustees, Credentials: credentials, Shuffles: shuffles,
	}, "officer/1", "officer/2")
	c.say(KindOpen, Open{Election: uuid, Opens: start.Add(time.Hour), Closes: start.Add(2 * time.Hour), Batch: 600}, "officer/1", "officer/2", "root")
	for i, text := range c.ballots {
		c.now = start.Add(time.Hour + time.Duration(i/3+1)*10*time.Minute)
		c.say(KindBallot, Ballot{Election: uuid, Ballot: c.attach(text)}, "receipt")
	}
	c.now = start.Add(2 * time.Hour)
	c.say(KindClose, Close{Election: uuid, Ballots: int64(len(c.ballots))}, "receipt")
	return c
}

// finish tells what follows the close.
func (c *chapter) finish(encrypted tally.Encrypted, summary tally.Summary, numbers string) {
	t, p := c.attach(encrypted.Bytes(c.election)), c.attach(summary.Bytes())
	c.say(KindTally, Tally{Election: uuid, Tally: t, Payload: p}, "receipt")
	c.open(encrypted, numbers)
}

// open tells the decryption and what follows it.
func (c *chapter) open(encrypted tally.Encrypted, numbers string) {
	for _, i := range []int{2, 0} {
		d, err := c.shares[i].Decrypt(c.election, encrypted, rand.Reader)
		if err != nil {
			panic(err)
		}
		c.say(KindDecryption, Decryption{Election: uuid, Trustee: i + 1, Decryption: c.attach(d)}, names[i])
	}
	result := c.attach([]byte(numbers))
	c.say(KindResult, Result{Election: uuid, Result: result}, "receipt")
	c.certify(result)
}

func (c *chapter) certify(result read.Attachment) {
	sum, size := c.project()
	c.say(KindCertify, Certify{Election: uuid, Result: result, Archive: sum, ArchiveSize: size}, "officer/1", "officer/2", "root")
}

// recount replaces what follows the close by another count of other ballots. The
// summary may be changed.
func (c *chapter) recount(numbers string, change func(*tally.Summary), ballots ...int) {
	own := *c.country
	own.ballots = nil
	for _, i := range ballots {
		own.ballots = append(own.ballots, c.ballots[i])
	}
	c.entries = c.entries[:c.at(KindTally, 0)]
	encrypted, summary := (&chapter{country: &own}).count()
	change(&summary)
	c.finish(encrypted, summary, numbers)
}

// recertify certifies the archive that the log now gives.
func (c *chapter) recertify() {
	result := c.entry(KindResult, 0)
	var b Result
	if err := read.DecodeBody(result.Statement.Body, &b); err != nil {
		panic(err)
	}
	c.entries = c.entries[:c.at(KindCertify, 0)]
	c.certify(b.Result)
}

// count is the tally that the ballots of the country give.
func (c *chapter) count() (tally.Encrypted, tally.Summary) {
	a := tally.NewAccumulator(c.election, c.list, func(hash [32]byte) ([]byte, error) {
		for _, text := range c.ballots {
			if ballot.TrackerOf(hash) == canon.B64(text) {
				return text, nil
			}
		}
		return nil, errors.New("no such ballot")
	})
	for _, text := range c.ballots {
		b, err := ballot.ParseBallot(group.Ed25519, text)
		if err != nil {
			panic(err)
		}
		v, err := c.election.Verify(b, c.list)
		if err != nil {
			panic(err)
		}
		if err := a.Add(v); err != nil {
			panic(err)
		}
	}
	return a.Tally()
}

// project asks a judge of the entries so far for the archive's hash.
func (c *chapter) project() (string, int64) {
	j := NewJudge()
	if err := j.Entries(context.Background(), c, c.entries); err != nil {
		panic(err)
	}
	sum, size, _ := j.Archive(uuid)
	return sum, size
}

// claims are what a judge says of the whole log.
func (c *chapter) claims(tb testing.TB) []read.Claim {
	tb.Helper()
	j := NewJudge()
	if err := j.Entries(context.Background(), c, c.entries); err != nil {
		tb.Fatal(err)
	}
	return j.Claims()
}

// judge returns the claims by id.
func (c *chapter) judge(tb testing.TB) map[string]read.Claim {
	tb.Helper()
	m := make(map[string]read.Claim)
	for _, claim := range c.claims(tb) {
		m[claim.ID] = claim
	}
	return m
}
