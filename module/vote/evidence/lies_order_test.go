package evidence

import "time"

// never are the claims that are false because the turn of their step never comes.
func never(claims map[string]string, steps ...string) map[string]string {
	for _, s := range steps {
		claims[s] = "vote-order"
	}
	return claims
}

// tooEarly lets an entry come before another.
func tooEarly(kind, before string) func(c *chapter) {
	return func(c *chapter) { c.move(kind, 0, before) }
}

var orderLies = []lie{
	{"credentials after the set-up", func(c *chapter) { c.repeat(KindCredentials, 0, KindOpen) }, only(claimSetup, "vote-order-late")},
	{"a commitment after the set-up", func(c *chapter) { c.repeat(KindCommitment, 0, KindOpen) }, only(claimSetup, "vote-order-late")},
	{"trustees' statement after the set-up", func(c *chapter) { c.repeat(KindTrustees, 0, KindOpen) }, only(claimSetup, "vote-order-late")},
	{"trustees' statement only after the set-up", func(c *chapter) { c.move(KindTrustees, 0, KindOpen) }, map[string]string{
		claimSetup: "vote-trustees-unsaid vote-order-late", claimDecryption: "decryption-unnamed",
	}},
	{"set up twice", func(c *chapter) {
		c.repeat(KindSetup, 0, KindOpen)
		rewrite(c, KindSetup, 1, func(b *Setup) { b.Credentials = c.other() })
	}, only(claimSetup, "vote-twice")},
	{"opened before the set-up", tooEarly(KindOpen, KindSetup), never(map[string]string{claimClosed: "vote-order"},
		claimOpened, claimTally, claimDecryption, claimResult, claimCertified)},
	{"opened twice", func(c *chapter) {
		c.repeat(KindOpen, 0, KindBallot)
		rewrite(c, KindOpen, 1, func(b *Open) { b.Opens = b.Opens.Add(time.Hour) })
	}, only(claimOpened, "vote-twice")},
	{"ballot before it was opened", func(c *chapter) { c.move(KindBallot, 1, KindOpen) }, map[string]string{
		claimClosed: "vote-order close-count", claimTally: "tally-differs tally-size", claimArchive: "archive-differs",
	}},
	{"ballot after the box was closed", func(c *chapter) { c.move(KindBallot, 5, KindTally) }, map[string]string{
		claimClosed: "close-count ballot-after-close", claimTally: "tally-differs", claimArchive: "archive-differs",
	}},
	{"closed before it was opened", tooEarly(KindClose, KindOpen), never(map[string]string{claimClosed: "vote-order"},
		claimTally, claimDecryption, claimResult, claimCertified)},
	{"closed before its time", func(c *chapter) { c.entry(KindClose, 0).Time = start.Add(119 * time.Minute) }, only(claimClosed, "close-early")},
	{"another number of ballots at the close", func(c *chapter) {
		rewrite(c, KindClose, 0, func(b *Close) { b.Ballots = 5 })
	}, only(claimClosed, "close-count")},
	{"closed twice", func(c *chapter) { c.repeat(KindClose, 0, KindTally) }, only(claimClosed, "vote-twice")},
	{"tally before the close", tooEarly(KindTally, KindClose), never(map[string]string{}, claimTally, claimDecryption, claimResult, claimCertified)},
	{"tally twice", func(c *chapter) { c.repeat(KindTally, 0, KindDecryption) }, only(claimTally, "vote-twice")},
	{"a decryption before the tally", tooEarly(KindDecryption, KindTally), map[string]string{
		claimDecryption: "vote-order", claimResult: "result-few", claimArchive: "archive-differs",
	}},
	{"result before the decryptions", tooEarly(KindResult, KindDecryption), never(map[string]string{}, claimResult, claimCertified)},
	{"a trustee decrypts after the result", func(c *chapter) { c.repeat(KindDecryption, 0, KindCertify) }, only(claimDecryption, "vote-order-late")},
	{"result twice", func(c *chapter) { c.repeat(KindResult, 0, KindCertify) }, only(claimResult, "vote-twice")},
	{"certified before the result", tooEarly(KindCertify, KindResult), only(claimCertified, "vote-order")},
	{"certified twice", func(c *chapter) { c.repeatLast(KindCertify, 0) }, only(claimCertified, "vote-twice")},
	{"closes when it opens", func(c *chapter) {
		rewrite(c, KindOpen, 0, func(b *Open) { b.Closes = b.Opens })
		for _, e := range c.entries {
			if e.Statement.Kind == KindBallot {
				e.Statement.Until = start.Add(time.Hour)
				e.Time = start.Add(time.Hour)
			}
		}
		c.drop(KindBallot, 5)
		rewrite(c, KindClose, 0, func(b *Close) { b.Ballots = 5 })
		c.recount(`{"result":[[1,6,4,0],[6,0]]}`, nothing, 0, 1, 2, 3, 4)
	}, only(claimOpened, "vote-times")},
	{"opens at half a second", func(c *chapter) {
		rewrite(c, KindOpen, 0, func(b *Open) { b.Opens = b.Opens.Add(time.Second / 2) })
	}, map[string]string{claimOpened: "vote-times", claimClosed: "ballot-window"}},
	{"closes at half a second", func(c *chapter) {
		rewrite(c, KindOpen, 0, func(b *Open) { b.Closes = b.Closes.Add(-time.Second / 2) })
	}, map[string]string{claimOpened: "vote-times", claimClosed: "ballot-window"}},
	{"opens in another zone", func(c *chapter) {
		rewrite(c, KindOpen, 0, func(b *Open) { b.Opens = b.Opens.In(time.FixedZone("", 7200)) })
	}, only(claimOpened, "vote-times")},
	{"batches less than no time apart", func(c *chapter) {
		rewrite(c, KindOpen, 0, func(b *Open) { b.Batch = -1 })
	}, only(claimOpened, "vote-times")},
	{"a decision with a member too many", func(c *chapter) {
		c.repeatLast(KindOpen, 0)
		e := c.entries[len(c.entries)-1]
		e.Statement.Body = append(e.Statement.Body[:len(e.Statement.Body)-1:len(e.Statement.Body)-1], `,"more":1}`...)
	}, only(claimEntries, "vote-body")},
	{"a ballot's entry with a member too many", func(c *chapter) {
		c.repeatLast(KindBallot, 0)
		e := c.entries[len(c.entries)-1]
		e.Statement.Body = append(e.Statement.Body[:len(e.Statement.Body)-1:len(e.Statement.Body)-1], `,"more":1}`...)
	}, only(claimEntries, "vote-body")},
	{"closed without a good signature", unsigned(KindClose, 0), only(claimClosed, envelopeFault)},
	{"certified without the root key", unsigned(KindCertify, 0), only(claimCertified, envelopeFault)},
}
