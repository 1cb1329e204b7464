package evidence

import (
	"strings"

	"bayyina/core/canon"
	"bayyina/core/group"
	"bayyina/core/tally"
	"bayyina/platform/ledger/read"
)

func nothing(*tally.Summary) {}

var countLies = []lie{
	{"tally of other ballots", func(c *chapter) {
		c.recount(`{"result":[[1,4,3,0],[4,0]]}`, nothing, 0, 2, 3, 4, 5)
	}, only(claimTally, "tally-differs tally-size")},
	{"tally of a voter's first ballot", func(c *chapter) {
		c.recount(`{"result":[[1,6,4,0],[6,0]]}`, nothing, 5, 1, 2, 3, 4, 0)
	}, only(claimTally, "tally-differs")},
	{"tally says more ballots", func(c *chapter) {
		c.recount(`{"result":[[1,6,5,0],[6,0]]}`, func(s *tally.Summary) { s.NumTallied++ }, 0, 1, 2, 3, 4, 5)
	}, only(claimTally, "tally-size")},
	{"tally says another weight", func(c *chapter) {
		c.recount(`{"result":[[1,6,5,0],[6,0]]}`, func(s *tally.Summary) { s.TotalWeight++ }, 0, 1, 2, 3, 4, 5)
	}, only(claimTally, "tally-size")},
	{"size of another tally", func(c *chapter) {
		c.recount(`{"result":[[1,6,5,0],[6,0]]}`, func(s *tally.Summary) { s.Hash = strings.Repeat("0", 64) }, 0, 1, 2, 3, 4, 5)
	}, only(claimTally, "tally-size")},
	{"tally withheld", withhold(KindTally, 0, func(b Tally) read.Attachment { return b.Tally }), map[string]string{
		claimTally: "vote-attachment", claimArchive: "archive-incomplete",
	}},
	{"size of the tally withheld", withhold(KindTally, 0, func(b Tally) read.Attachment { return b.Payload }), map[string]string{
		claimTally: "vote-attachment", claimArchive: "archive-incomplete",
	}},
	{"tally above the limit", oversize(KindTally, func(b *Tally) *read.Attachment { return &b.Tally }, MaxTally), map[string]string{
		claimTally: "vote-attachment", claimArchive: "archive-incomplete",
	}},
	{"tally is not one", func(c *chapter) {
		rewrite(c, KindTally, 0, func(b *Tally) { b.Tally = c.other() })
		c.recertify()
	}, only(claimTally, "tally-form")},
	{"tally without a good signature", unsigned(KindTally, 0), only(claimTally, envelopeFault)},
	{"tally of an impossible number", func(c *chapter) {
		encrypted, summary := c.count()
		encrypted[0][1].Beta = encrypted[0][1].Beta.Add(group.Ed25519.BaseMult(group.Ed25519.NewScalar(1 << 40)))
		summary.Hash = canon.Hex(encrypted.Bytes(c.election))
		c.entries = c.entries[:c.at(KindTally, 0)]
		c.finish(encrypted, summary, `{"result":[[1,6,5,0],[6,0]]}`)
	}, map[string]string{claimTally: "tally-differs", claimResult: "result-none"}},
	{"decryption by a trustee beyond the last", func(c *chapter) {
		rewrite(c, KindDecryption, 0, func(b *Decryption) { b.Trustee = 4 })
		c.recertify()
	}, map[string]string{claimDecryption: "decryption-trustee", claimResult: "result-few"}},
	{"decryption by trustee 0", func(c *chapter) {
		rewrite(c, KindDecryption, 0, func(b *Decryption) { b.Trustee = 0 })
		c.recertify()
	}, map[string]string{claimDecryption: "decryption-trustee", claimResult: "result-few"}},
	{"decryption signed by somebody else", func(c *chapter) {
		c.entry(KindDecryption, 0).SignedBy = names[:1]
	}, only(claimDecryption, "decryption-signer")},
	{"decryption of another trustee's", func(c *chapter) {
		rewrite(c, KindDecryption, 0, func(b *Decryption) { b.Trustee = 2 })
		c.entry(KindDecryption, 0).SignedBy = names[1:2]
		c.recertify()
	}, map[string]string{claimDecryption: "decryption-proof", claimResult: "result-few"}},
	{"decryption is not one", func(c *chapter) {
		rewrite(c, KindDecryption, 0, func(b *Decryption) { b.Decryption = c.other() })
		c.recertify()
	}, map[string]string{claimDecryption: "decryption-form", claimResult: "result-few"}},
	{"decryption withheld", withhold(KindDecryption, 1, func(b Decryption) read.Attachment { return b.Decryption }), map[string]string{
		claimDecryption: "vote-attachment", claimResult: "result-few", claimArchive: "archive-incomplete",
	}},
	{"decryption above the limit", oversize(KindDecryption, func(b *Decryption) *read.Attachment { return &b.Decryption }, MaxDecryption), map[string]string{
		claimDecryption: "vote-attachment", claimResult: "result-few", claimArchive: "archive-incomplete",
	}},
	{"decryption without a good signature", unsigned(KindDecryption, 1), only(claimDecryption, envelopeFault)},
	{"a trustee decrypts twice", func(c *chapter) {
		c.repeat(KindDecryption, 0, KindResult)
		c.recertify()
	}, only(claimDecryption, "decryption-twice")},
	{"too few decryptions", func(c *chapter) {
		c.drop(KindDecryption, 1)
		c.recertify()
	}, only(claimResult, "result-few")},
	{"another result", func(c *chapter) {
		rewrite(c, KindResult, 0, func(b *Result) { b.Result = c.attach([]byte(`{"result":[[1,5,6,0],[6,0]]}`)) })
		c.recertify()
	}, only(claimResult, "result-differs")},
	{"result in another spelling", func(c *chapter) {
		rewrite(c, KindResult, 0, func(b *Result) { b.Result = c.attach([]byte(`{"result":[[1,6,5,0],[6, 0]]}`)) })
		c.recertify()
	}, only(claimResult, "result-differs")},
	{"result withheld", withhold(KindResult, 0, func(b Result) read.Attachment { return b.Result }), map[string]string{
		claimResult: "vote-attachment", claimArchive: "archive-incomplete",
	}},
	{"result above the limit", oversize(KindResult, func(b *Result) *read.Attachment { return &b.Result }, MaxResult), map[string]string{
		claimResult: "vote-attachment", claimCertified: "certify-result", claimArchive: "archive-incomplete",
	}},
	{"result without a good signature", unsigned(KindResult, 0), only(claimResult, envelopeFault)},
	{"another result is certified", func(c *chapter) {
		rewrite(c, KindCertify, 0, func(b *Certify) { b.Result = c.attach([]byte(`{"result":[[1,5,6,0],[6,0]]}`)) })
	}, only(claimCertified, "certify-result")},
	{"an archive of another size is certified", func(c *chapter) {
		rewrite(c, KindCertify, 0, func(b *Certify) { b.ArchiveSize++ })
	}, only(claimArchive, "archive-differs")},
	{"an archive of another hash is certified", func(c *chapter) {
		rewrite(c, KindCertify, 0, func(b *Certify) { b.Archive = canon.Hex(nil) })
	}, only(claimArchive, "archive-differs")},
}
