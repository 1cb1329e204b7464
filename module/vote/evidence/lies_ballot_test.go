package evidence

import (
	"bytes"
	"strings"
	"time"

	"bayyina/core/ballot"
	"bayyina/core/canon"
	"bayyina/core/group"
	"bayyina/platform/ledger/read"
)

// badBallot is what becomes false where a ballot that cannot count stands in the place
// of a good one: the tally holds the good one.
func badBallot(code string) map[string]string {
	return map[string]string{claimBallots: code, claimTally: "tally-differs tally-size"}
}

// exchanged is a ballot whose two answers changed places.
func exchanged(text []byte) []byte {
	a := bytes.Index(text, []byte(`"answers":[`)) + len(`"answers":[`)
	b := bytes.Index(text[a:], []byte(`,{"choices"`)) + a
	end := bytes.Index(text, []byte(`],"signature"`))
	var out []byte
	for _, part := range [][]byte{text[:a], text[b+1 : end], []byte(","), text[a:b], text[end:]} {
		out = append(out, part...)
	}
	return out
}

// at lets the ballots be entered so many minutes after the first hour.
func timed(minutes ...int) func(c *chapter) {
	return func(c *chapter) {
		for i, m := range minutes {
			c.entry(KindBallot, i).Time = start.Add(time.Hour + time.Duration(m)*time.Minute)
		}
	}
}

var ballotLies = []lie{
	{"ballot withheld", withhold(KindBallot, 1, func(b Ballot) read.Attachment { return b.Ballot }), map[string]string{
		claimBallots: "ballot-attachment", claimTally: "tally-differs tally-size", claimArchive: "archive-incomplete",
	}},
	{"ballot damaged", func(c *chapter) { c.files[canon.Hex(c.ballots[1])] = []byte("x") }, map[string]string{
		claimBallots: "ballot-attachment", claimTally: "tally-differs tally-size", claimArchive: "archive-incomplete",
	}},
	{"ballot above the limit", func(c *chapter) {
		rewrite(c, KindBallot, 1, func(b *Ballot) { b.Ballot = c.attach(bytes.Repeat([]byte(" "), MaxBallot+1)) })
	}, map[string]string{
		claimBallots: "ballot-attachment", claimTally: "tally-differs tally-size", claimArchive: "archive-incomplete",
	}},
	{"ballot whose hash is none", func(c *chapter) {
		rewrite(c, KindBallot, 1, func(b *Ballot) { b.Ballot.SHA256 = strings.Repeat("../", 50) })
	}, map[string]string{
		claimBallots: "ballot-attachment", claimTally: "tally-differs tally-size", claimArchive: "archive-incomplete",
	}},
	{"ballot dropped", func(c *chapter) {
		c.drop(KindBallot, 1)
		c.recertify()
	}, map[string]string{claimClosed: "close-count", claimTally: "tally-differs tally-size"}},
	{"ballot dropped, and not counted", func(c *chapter) {
		c.drop(KindBallot, 1)
		c.recount(`{"result":[[1,4,3,0],[4,0]]}`, nothing, 0, 2, 3, 4, 5)
	}, only(claimClosed, "close-count")},
	{"ballot added after the count", func(c *chapter) {
		e := c.say(KindBallot, Ballot{Election: uuid, Ballot: c.attach(c.cast(5, ballot.Plaintext{{0, 1, 0, 0}, {1, 0}}))}, "receipt")
		c.entries = c.entries[:len(c.entries)-1]
		e.Time = c.entry(KindBallot, 5).Time
		at := c.at(KindClose, 0)
		c.entries = append(c.entries[:at:at], append([]*read.Entry{e}, c.entries[at:]...)...)
		c.recertify()
	}, map[string]string{claimClosed: "close-count", claimTally: "tally-differs tally-size"}},
	{"ballot of somebody who is not on the list", replaceBallot(func(c *chapter) []byte {
		text, _ := c.stranger()
		return text
	}), badBallot("ballot-stranger")},
	{"ballot with a space", replaceBallot(swap(`,`, `, `)), badBallot("ballot-form")},
	{"ballot with a number of another spelling", replaceBallot(func(c *chapter) []byte {
		return c.resigned(1, swap(`"response":"`, `"response":"0`)(c))
	}), badBallot("ballot-form")},
	{"ballot without a signature", replaceBallot(func(c *chapter) []byte {
		text, _, _ := bytes.Cut(c.ballots[1], []byte(`,"signature"`))
		return append(text[:len(text):len(text)], '}')
	}), badBallot("ballot-form")},
	{"ballot of another election", replaceBallot(func(c *chapter) []byte {
		return c.resigned(1, swap(uuid, "Another1111111")(c))
	}), badBallot("ballot-election")},
	{"ballot of an absentee, signed by somebody else", replaceBallot(func(c *chapter) []byte {
		return c.resigned(1, swap(c.secrets[1].Public(group.Ed25519, uuid).String(), c.secrets[5].Public(group.Ed25519, uuid).String())(c))
	}), badBallot("ballot-signature")},
	{"ballot changed after it was signed", replaceBallot(func(c *chapter) []byte {
		return spoilt(c.ballots[1], "individual_proofs", 0)
	}), badBallot("ballot-signature")},
	{"ballot with a choice that is neither yes nor no", replaceBallot(func(c *chapter) []byte {
		return c.resigned(1, spoilt(c.ballots[1], "individual_proofs", 2))
	}), badBallot("ballot-proof")},
	{"ballot with too many choices", replaceBallot(func(c *chapter) []byte {
		return c.resigned(1, spoilt(c.ballots[1], "overall_proof", 0))
	}), badBallot("ballot-bounds")},
	{"ballot blank and not blank", replaceBallot(func(c *chapter) []byte {
		return c.resigned(1, spoilt(c.ballots[1], "blank_proof", 0))
	}), badBallot("ballot-bounds")},
	{"ballot that answers other questions", replaceBallot(func(c *chapter) []byte {
		return c.resigned(1, exchanged(c.ballots[1]))
	}), badBallot("ballot-shape")},
	{"ballot without a good signature of the server", unsigned(KindBallot, 3), only(claimBallots, envelopeFault)},
	{"ballot entered again", func(c *chapter) {
		e := *c.entry(KindBallot, 1)
		e.Time = c.entry(KindBallot, 5).Time
		at := c.at(KindClose, 0)
		c.entries = append(c.entries[:at:at], append([]*read.Entry{&e}, c.entries[at:]...)...)
		rewrite(c, KindClose, 0, func(b *Close) { b.Ballots = 7 })
		c.recertify()
	}, only(claimOnce, "ballot-again")},
	{"an earlier ballot entered again, to replace the later", func(c *chapter) {
		e := *c.entry(KindBallot, 0)
		e.Time = start.Add(90 * time.Minute)
		at := c.at(KindClose, 0)
		c.entries = append(c.entries[:at:at], append([]*read.Entry{&e}, c.entries[at:]...)...)
		rewrite(c, KindClose, 0, func(b *Close) { b.Ballots = 7 })
		c.recount(`{"result":[[1,6,4,0],[6,0]]}`, nothing, 0, 1, 2, 3, 4)
	}, map[string]string{claimOnce: "ballot-again", claimTally: "tally-differs"}},
	{"ballot before the opening", func(c *chapter) {
		c.entry(KindBallot, 0).Time = start.Add(time.Hour - time.Second)
	}, only(claimClosed, "ballot-early")},
	{"ballot after the close", func(c *chapter) {
		c.entry(KindBallot, 5).Time = start.Add(2*time.Hour + time.Second)
		c.entry(KindClose, 0).Time = start.Add(2*time.Hour + time.Second)
	}, map[string]string{claimClosed: "ballot-late", claimTally: "tally-differs"}}, // it does not count
	{"ballot that may be entered later", func(c *chapter) {
		c.entry(KindBallot, 1).Statement.Until = start.Add(30 * time.Hour)
	}, only(claimClosed, "ballot-window")},
	{"ballot that may be entered earlier", func(c *chapter) {
		c.entry(KindBallot, 1).Statement.From = start
	}, only(claimClosed, "ballot-window")},
	{"two ballots of one credential in one batch", timed(10, 10, 10, 10, 10, 10), only(claimBatches, "batch-credential")},
	{"a batch too early", timed(0, 0, 9, 20, 20, 20), only(claimBatches, "batch-gap")},
	{"a second batch too early, and the last one, too", timed(0, 9, 9, 20, 20, 21), only(claimBatches, "batch-gap")},
}
