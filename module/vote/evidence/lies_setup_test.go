package evidence

import (
	"crypto/rand"
	"strings"

	"bayyina/core/ballot"
	"bayyina/core/credential"
	"bayyina/core/group"
	"bayyina/core/trustee"
	"bayyina/platform/ledger/read"
)

func only(claim, codes string) map[string]string { return map[string]string{claim: codes} }

// redefine sets the election up with another definition.
func redefine(change func(r *ballot.Record)) func(c *chapter) {
	return func(c *chapter) {
		r := c.election.Record()
		change(&r)
		e, err := ballot.NewElection(r)
		if err != nil {
			panic(err)
		}
		rewrite(c, KindSetup, 0, func(b *Setup) { b.Definition = c.attach(e.Bytes()) })
	}
}

// illustrate gives the first answer of the first question a picture, of which the set-up then tells
// something else. The log ends with the set-up: the questions are others.
func illustrate(c *chapter, lie func(b *Setup)) {
	photo := c.attach([]byte("\xff\xd8 a picture"))
	redefine(func(r *ballot.Record) {
		q := r.Questions[0].(ballot.Homomorphic)
		q.Extra = []byte(`{"photos":["` + photo.SHA256 + `"]}`)
		r.Questions = append([]ballot.Question{q}, r.Questions[1:]...)
	})(c)
	rewrite(c, KindSetup, 0, func(b *Setup) {
		b.Photos = []read.Attachment{photo}
		lie(b)
	})
	c.entries = c.entries[:c.at(KindOpen, 0)]
}

// secondList is the list of credentials with one more, whose holder votes.
func secondList(c *chapter) {
	text, public := c.stranger()
	var entries []credential.Entry
	for i := range c.list.Len() {
		entries = append(entries, c.list.At(i))
	}
	list, err := credential.NewList(append(entries, credential.Entry{Public: public, Weight: 1}), true)
	if err != nil {
		panic(err)
	}
	rewrite(c, KindSetup, 0, func(b *Setup) { b.Credentials = c.attach(list.Bytes()) })
	own := *c.country
	own.list, own.ballots = list, append(own.ballots[:5:5], own.ballots[5], text)
	c.country = &own
	e := *c.entry(KindBallot, 5)
	e.Statement.Body = encode(Ballot{Election: uuid, Ballot: c.attach(text)})
	at := c.at(KindClose, 0)
	c.entries = append(c.entries[:at:at], append([]*read.Entry{&e}, c.entries[at:]...)...)
	rewrite(c, KindClose, 0, func(b *Close) { b.Ballots++ })
	c.entries = c.entries[:c.at(KindTally, 0)]
	encrypted, summary := c.count()
	c.finish(encrypted, summary, `{"result":[[2,6,5,0],[6,0]]}`)
}

var setupLies = []lie{
	{"authority says another count", func(c *chapter) {
		rewrite(c, KindCredentials, 0, func(b *Credentials) { b.Count, b.Districts = 7, nil })
	}, only(claimSetup, "vote-credentials-count")},
	{"authority says another weight", func(c *chapter) {
		rewrite(c, KindCredentials, 0, func(b *Credentials) { b.Weight = 8 })
	}, only(claimSetup, "vote-credentials-weight")},
	{"authority says a negative weight", func(c *chapter) {
		rewrite(c, KindCredentials, 0, func(b *Credentials) { b.Weight = -9 })
	}, only(claimSetup, "vote-credentials-weight")},
	{"districts do not add up", func(c *chapter) {
		rewrite(c, KindCredentials, 0, func(b *Credentials) { b.Districts[0].Voters = 3 })
	}, only(claimSetup, "vote-districts")},
	{"districts add up by a negative one", func(c *chapter) {
		rewrite(c, KindCredentials, 0, func(b *Credentials) { b.Districts[0].Voters, b.Districts[1].Voters = -2, 8 })
	}, only(claimSetup, "vote-districts")},
	{"credentials that the authority did not sign", func(c *chapter) { c.drop(KindCredentials, 0) }, only(claimSetup, "vote-credentials-unsaid")},
	{"set up with another list of credentials", secondList, only(claimSetup, "vote-credentials-unsaid")},
	{"trustees did not say so", func(c *chapter) { c.drop(KindTrustees, 0) }, map[string]string{
		claimSetup: "vote-trustees-unsaid", claimDecryption: "decryption-unnamed",
	}},
	{"a trustee did not sign", func(c *chapter) { c.entry(KindTrustees, 0).SignedBy = names[:2] }, only(claimSetup, "vote-trustees-unsigned")},
	{"a trustee is named twice", func(c *chapter) {
		rewrite(c, KindTrustees, 0, func(b *Trustees) { b.Names = []string{names[0], names[1], names[1]} })
	}, map[string]string{
		claimSetup: "vote-trustees-twice vote-commitment-missing", claimDecryption: "decryption-signer",
	}},
	{"a trustee's key is an officer's", func(c *chapter) {
		rewrite(c, KindTrustees, 0, func(b *Trustees) { b.Names = []string{names[0], "officer/1", names[2]} })
		c.entry(KindTrustees, 0).SignedBy = []string{names[0], "officer/1", names[2]}
		c.entry(KindCommitment, 1).SignedBy = []string{"officer/1"}
	}, only(claimSetup, "vote-trustees-role")},
	{"a trustee too few is named", func(c *chapter) {
		rewrite(c, KindTrustees, 0, func(b *Trustees) { b.Names = b.Names[:2] })
	}, map[string]string{claimSetup: "vote-trustees-names", claimDecryption: "decryption-unnamed"}},
	{"a member did not commit", func(c *chapter) { c.drop(KindCommitment, 1) }, only(claimSetup, "vote-commitment-missing")},
	{"somebody else committed for a member", func(c *chapter) {
		c.entry(KindCommitment, 1).SignedBy = names[:1]
	}, only(claimSetup, "vote-commitment-missing")},
	{"a member committed for another", func(c *chapter) {
		rewrite(c, KindCommitment, 1, func(b *Commitment) { b.Trustee = 1 })
	}, only(claimSetup, "vote-commitment-missing")},
	{"a member committed twice", func(c *chapter) { c.repeat(KindCommitment, 1, KindTrustees) }, only(claimSetup, "vote-commitment-twice")},
	{"a member committed after the trustees' statement", func(c *chapter) {
		c.move(KindCommitment, 2, KindSetup)
	}, only(claimSetup, "vote-commitment-late")},
	{"a member chose other coefficients", func(c *chapter) {
		rewrite(c, KindCommitment, 0, func(b *Commitment) { b.Coefexps = strings.Repeat("0", 64) })
	}, only(claimSetup, "vote-commitment-differs")},
	{"a member made another certificate", func(c *chapter) {
		rewrite(c, KindCommitment, 0, func(b *Commitment) { b.Cert = strings.Repeat("0", 64) })
	}, only(claimSetup, "vote-commitment-differs")},
	{"definition withheld", withhold(KindSetup, 0, func(b Setup) read.Attachment { return b.Definition }), map[string]string{
		claimSetup: "vote-attachment", claimArchive: "archive-incomplete",
	}},
	{"trustees' record withheld", withhold(KindSetup, 0, func(b Setup) read.Attachment { return b.Trustees }), map[string]string{
		claimSetup: "vote-attachment", claimArchive: "archive-incomplete",
	}},
	{"list of credentials withheld", withhold(KindSetup, 0, func(b Setup) read.Attachment { return b.Credentials }), map[string]string{
		claimSetup: "vote-attachment", claimArchive: "archive-incomplete",
	}},
	{"definition above the limit", oversize(KindSetup, func(b *Setup) *read.Attachment { return &b.Definition }, MaxDefinition), map[string]string{
		claimSetup: "vote-attachment", claimArchive: "archive-incomplete",
	}},
	{"definition of another election", func(c *chapter) {
		for _, e := range c.entries {
			e.Statement.Body = []byte(strings.ReplaceAll(string(e.Statement.Body), uuid, "Another1111111"))
		}
	}, only(claimSetup, "vote-uuid")},
	{"definition is not one", func(c *chapter) {
		rewrite(c, KindSetup, 0, func(b *Setup) { b.Definition = c.other() })
		c.recertify()
	}, only(claimSetup, "vote-definition")},
	{"trustees' record is not one", func(c *chapter) {
		rewrite(c, KindSetup, 0, func(b *Setup) { b.Trustees = c.other() })
		rewrite(c, KindTrustees, 0, func(b *Trustees) { b.Trustees = c.other() })
		c.recertify()
	}, only(claimSetup, "vote-trustees")},
	{"list of credentials is not one", func(c *chapter) {
		rewrite(c, KindSetup, 0, func(b *Setup) { b.Credentials = c.other() })
		rewrite(c, KindCredentials, 0, func(b *Credentials) { b.Credentials = c.other() })
		c.recertify()
	}, only(claimSetup, "vote-credentials")},
	{"a trustee's proof is wrong", func(c *chapter) {
		text := spoilt(c.trustees, "[", 0)
		rewrite(c, KindSetup, 0, func(b *Setup) { b.Trustees = c.attach(text) })
		rewrite(c, KindTrustees, 0, func(b *Trustees) { b.Trustees = c.attach(text) })
		c.recertify()
	}, only(claimSetup, "vote-trustee")},
	{"a trustee is exchanged", func(c *chapter) {
		key, err := trustee.NewPrivateKey(group.Ed25519, rand.Reader)
		if err != nil {
			panic(err)
		}
		public, err := key.PublicKey("", rand.Reader)
		if err != nil {
			panic(err)
		}
		record, err := trustee.Record(group.Ed25519, trustee.Single(public))
		if err != nil {
			panic(err)
		}
		rewrite(c, KindSetup, 0, func(b *Setup) { b.Trustees = c.attach(record) })
		redefine(func(r *ballot.Record) { r.PublicKey = key.Public() })(c)
		c.entries = c.entries[:c.at(KindBallot, 0)]
	}, only(claimSetup, "vote-trustees-unsaid")},
	{"the key is not the trustees'", func(c *chapter) {
		key, err := trustee.NewPrivateKey(group.Ed25519, rand.Reader)
		if err != nil {
			panic(err)
		}
		redefine(func(r *ballot.Record) { r.PublicKey = key.Public() })(c)
		c.entries = c.entries[:c.at(KindBallot, 0)]
	}, only(claimSetup, "vote-key")},
	{"a picture is exchanged", func(c *chapter) { illustrate(c, func(b *Setup) { b.Photos[0] = c.other() }) }, only(claimSetup, "vote-photos")},
	{"a picture is left out", func(c *chapter) { illustrate(c, func(b *Setup) { b.Photos = nil }) }, only(claimSetup, "vote-photos")},
	{"a picture is too large", func(c *chapter) {
		illustrate(c, func(b *Setup) { b.Photos[0].Size = MaxPhoto + 1 })
	}, only(claimSetup, "vote-attachment")},
	{"a picture that nobody asked for", func(c *chapter) {
		rewrite(c, KindSetup, 0, func(b *Setup) { b.Photos = append(b.Photos, c.other()) })
	}, only(claimSetup, "vote-photos")},
	{"setup without its second officer", unsigned(KindSetup, 0), only(claimSetup, envelopeFault)},
	{"credentials without the authority's signature", unsigned(KindCredentials, 0), only(claimSetup, envelopeFault)},
	{"trustees' statement without a good signature", unsigned(KindTrustees, 0), only(claimSetup, envelopeFault)},
	{"commitment without a good signature", unsigned(KindCommitment, 2), only(claimSetup, envelopeFault)},
	{"opened without its second officer", unsigned(KindOpen, 0), only(claimOpened, envelopeFault)},
}
