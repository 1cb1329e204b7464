package evidence

import (
	"crypto/rand"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"bayyina/core/ballot"
	"bayyina/core/canon"
	"bayyina/core/credential"
	"bayyina/core/group"
	"bayyina/core/proof"
	"bayyina/platform/ledger/read"
)

// lie is told by somebody who holds every key of the server. The lies are the
// package's table of mutations: for each rule of docs/PROTOCOL.md section 9 there is
// a log that is right in everything else, so that without the rule the lie would pass.
type lie struct {
	name string
	edit func(c *chapter)
	// false has, for each claim that becomes false, the codes of its faults. All
	// others stay true, or are not shown where their turn never comes.
	false map[string]string
}

var lies = slices.Concat(setupLies, contestLies, ballotLies, orderLies, countLies, seatsLies, boothLies, complaintLies)

// chapter is the honest log with the lie in it.
func (l lie) chapter() *chapter {
	c := honest()
	l.edit(c)
	c.renumber()
	return c
}

// found returns the codes of the faults of each false claim.
func found(claims []read.Claim) map[string]string {
	m := make(map[string]string)
	for _, c := range claims {
		if c.Verdict != read.False {
			continue
		}
		var codes []string
		for _, f := range c.Faults {
			codes = append(codes, f.Code)
		}
		m[c.ID] = strings.Join(slices.Compact(codes), " ")
	}
	return m
}

func TestEachLieIsNamed(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED in short runs: many lies, judged one after another")
	}
	for _, l := range lies {
		t.Run(l.name, func(t *testing.T) {
			c := l.chapter()
			claims := c.claims(t)
			if got := found(claims); !maps.Equal(got, l.false) {
				t.Errorf("false is %v, want %v", got, l.false)
			}
			for _, claim := range claims {
				hasValues(t, claim.Says, claim.How, claim.Belief)
				for _, f := range claim.Faults {
					hasValues(t, f.Says)
					if f.Sequence < 1 || f.Sequence > int64(len(c.entries)) || f.Kind != c.entries[f.Sequence-1].Statement.Kind {
						t.Errorf("%s is placed at entry %d, a %s", f.Code, f.Sequence, f.Kind)
					}
				}
			}
		})
	}
}

func TestNothingFollowsFromATallyThatCannotBeRead(t *testing.T) {
	for _, l := range lies {
		if l.name != "tally withheld" && l.name != "tally is not one" {
			continue
		}
		for _, claim := range l.chapter().claims(t) {
			if follows := claim.ID == claimDecryption || claim.ID == claimResult; follows && claim.Verdict != read.NotShown {
				t.Errorf("%s: %s is %s", l.name, claim.ID, claim.Verdict)
			}
		}
	}
}

// Every fault that this package can find has its words, and a lie that needs it.
func TestEachFaultHasWordsAndALie(t *testing.T) {
	told := map[string]bool{
		"promise-broken": true, "vote-too-many": true, "booth-missing": true, "booth-differs": true,
		"complaint-many": true, "complaint-swallowed": true,
	} // in tests of their own
	for _, l := range lies {
		for _, codes := range l.false {
			for _, code := range strings.Fields(codes) {
				told[code] = true
			}
		}
	}
	for _, l := range shuffleLies {
		for _, codes := range l.false {
			for _, code := range strings.Fields(codes) {
				told[code] = true
			}
		}
	}
	delete(told, envelopeFault)
	for _, language := range []string{"ar", "en"} {
		text, err := os.ReadFile("../../../platform/locale/catalogue/" + language + "/vote.toml")
		if err != nil {
			t.Fatal(err)
		}
		_, section, _ := strings.Cut(string(text), "\n[fault]\n")
		worded := make(map[string]bool)
		for _, m := range regexp.MustCompile(`(?m)^([a-z-]+) = "`).FindAllStringSubmatch(section, -1) {
			worded[m[1]] = true
		}
		for code := range told {
			if !worded[code] {
				t.Errorf("%s: no words for %s", language, code)
			}
		}
		for code := range worded {
			if !told[code] {
				t.Errorf("%s: %s is in no lie", language, code)
			}
		}
	}
}

// wanted are the values that the catalogues' words ask for, by message.
var wanted = sync.OnceValue(func() map[string][]string {
	words := make(map[string][]string)
	asks := regexp.MustCompile(`\{\{\.([A-Za-z0-9]+)\}\}`)
	header := regexp.MustCompile(`^\["?([a-z.-]+)"?\]`)
	member := regexp.MustCompile(`^"?([a-z.-]+)"? = "`)
	for _, language := range []string{"ar", "en"} {
		text, err := os.ReadFile("../../../platform/locale/catalogue/" + language + "/vote.toml")
		if err != nil {
			panic(err)
		}
		table := ""
		for line := range strings.Lines(string(text)) {
			if m := header.FindStringSubmatch(line); m != nil {
				table = m[1]
			}
			m := member.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			id := strings.TrimPrefix(table+"."+m[1], ".")
			if slices.Contains([]string{"zero", "one", "two", "few", "many", "other"}, m[1]) {
				id = table
			}
			for _, name := range asks.FindAllStringSubmatch(line, -1) {
				words[id] = append(words[id], name[1])
			}
		}
	}
	return words
})

// hasValues fails where a message lacks a value that its words ask for.
func hasValues(tb testing.TB, messages ...read.Message) {
	tb.Helper()
	for _, m := range messages {
		for _, name := range wanted()[m.ID] {
			if v, ok := m.Args[name]; !ok || v == "" {
				tb.Errorf("%s asks for %s, which is %v", m.ID, name, v)
			}
		}
	}
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

// move takes an entry to before another.
func (c *chapter) move(kind string, n int, before string) {
	e := c.entry(kind, n)
	c.drop(kind, n)
	c.entries = slices.Insert(c.entries, c.at(before, 0), e)
}

// repeat enters an entry once more, before another.
func (c *chapter) repeat(kind string, n int, before string) {
	again := *c.entry(kind, n)
	c.entries = slices.Insert(c.entries, c.at(before, 0), &again)
}

// repeatLast enters an entry once more, at the end.
func (c *chapter) repeatLast(kind string, n int) {
	again := *c.entry(kind, n)
	c.entries = append(c.entries, &again)
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

// envelopeFault is what the replay may find wrong with an entry's signatures.
const envelopeFault = "decision-signatures"

// unsigned is what the replay hands over where signatures are missing.
func unsigned(kind string, n int) func(c *chapter) {
	return func(c *chapter) {
		c.entry(kind, n).Faults = []read.Fault{{Code: envelopeFault, Sequence: int64(c.at(kind, n) + 1), Kind: kind}}
	}
}

// other returns some bytes that are not a valid attachment.
func (c *chapter) other() read.Attachment { return c.attach([]byte("{}")) }

// withhold deletes an attachment of the n-th entry of a kind.
func withhold[B body](kind string, n int, which func(B) read.Attachment) func(c *chapter) {
	return func(c *chapter) {
		rewrite(c, kind, n, func(b *B) { delete(c.files, which(*b).SHA256) })
	}
}

// oversize names an attachment of more bytes than are allowed.
func oversize[B body](kind string, which func(*B) *read.Attachment, limit int64) func(c *chapter) {
	return func(c *chapter) {
		rewrite(c, kind, 0, func(b *B) { which(b).Size = limit + 1 })
	}
}

// spoilt is a text with one digit of the n-th challenge after a mark changed.
func spoilt(text []byte, mark string, n int) []byte {
	text = slices.Clone(text)
	at := strings.Index(string(text), mark)
	for range n + 1 {
		at += strings.Index(string(text[at:]), `"challenge":"`) + len(`"challenge":"`)
	}
	at += 3
	text[at] = '0' + (text[at]-'0'+1)%10
	return text
}

// resigned is a ballot's text with a fresh signature by one of the voters.
func (c *chapter) resigned(voter int, text []byte) []byte {
	at := strings.Index(string(text), `,"signature"`)
	hash := canon.B64(append(slices.Clone(text[:at]), '}'))
	p, err := proof.ProveKnowledge(rand.Reader, proof.BallotSignature, []byte(hash), c.secrets[voter].Key(group.Ed25519, uuid))
	if err != nil {
		panic(err)
	}
	var w canon.Writer
	w.Begin('{').Key("hash").String(hash).Key("proof")
	p.Write(&w)
	return slices.Concat(text[:at], []byte(`,"signature":`), w.End('}').Bytes(), []byte("}"))
}

// stranger is a ballot by somebody who is not on the list, and the credential.
func (c *chapter) stranger() ([]byte, *group.Element) {
	p, err := credential.Generate(rand.Reader)
	if err != nil {
		panic(err)
	}
	d, err := c.election.Encrypt(rand.Reader, p.Public(group.Ed25519, uuid), ballot.Plaintext{{1, 0, 0, 0}, {0, 0}})
	if err != nil {
		panic(err)
	}
	b, err := d.Sign(rand.Reader, p.Key(group.Ed25519, uuid))
	if err != nil {
		panic(err)
	}
	return b.Bytes(), p.Public(group.Ed25519, uuid)
}

// replaceBallot puts another text in the place of the second ballot, of which nobody
// votes again, and certifies the archive that comes of it.
func replaceBallot(text func(c *chapter) []byte) func(c *chapter) {
	return func(c *chapter) {
		rewrite(c, KindBallot, 1, func(b *Ballot) { b.Ballot = c.attach(text(c)) })
		c.recertify()
	}
}

// swap changes the text of the second ballot.
func swap(old, with string) func(c *chapter) []byte {
	return func(c *chapter) []byte {
		text := string(c.ballots[1])
		if !strings.Contains(text, old) {
			panic(old)
		}
		return []byte(strings.Replace(text, old, with, 1))
	}
}
