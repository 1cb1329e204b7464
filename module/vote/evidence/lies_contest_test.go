package evidence

import (
	"testing"

	"bayyina/core/ballot"
	"bayyina/platform/ledger/read"
)

var (
	president = read.Bilingual{AR: "الرئاسة", EN: "President"}
	council   = read.Bilingual{AR: "المجلس", EN: "Council"}
	ghat      = read.Bilingual{AR: "غات", EN: "Ghat"}
	sabha     = read.Bilingual{AR: "سبها", EN: "Sabha"}
	tripoli   = read.Bilingual{AR: "طرابلس", EN: "Tripoli"}
)

// partOf makes the election, which is of Ghat and Sabha, one of several.
func partOf(c *chapter, contest read.Bilingual, least int64, districts ...read.Bilingual) {
	rewrite(c, KindSetup, 0, func(b *Setup) {
		b.Part = &Part{Contest: contest, Districts: append([]read.Bilingual{}, districts...), Least: least}
	})
}

// another sets up one more election with the same six voters and trustees, under another name.
func (c *chapter) another(name, asks string, part Part) {
	r := c.election.Record()
	r.UUID = name
	if asks != "" {
		r.Questions = []ballot.Question{ballot.Homomorphic{Text: asks, Answers: []string{"أ", "ب"}, Min: 1, Max: 1}}
	}
	e, err := ballot.NewElection(r)
	if err != nil {
		panic(err)
	}
	list, record := c.attach(c.list.Bytes()), c.attach(c.trustees)
	districts := []District{{Name: part.Districts[0], Voters: 6}}
	for _, d := range part.Districts[1:] {
		districts = append(districts, District{Name: d})
	}
	c.say(KindCredentials, Credentials{Election: name, Credentials: list, Count: 6, Weight: int64(c.list.TotalWeight()), Districts: districts}, "authority")
	for i, m := range c.commits {
		m.Election = name
		c.say(KindCommitment, m, names[i])
	}
	c.say(KindTrustees, Trustees{Election: name, Trustees: record, Names: names}, names...)
	c.say(KindSetup, Setup{
		Election: name, Title: part.Contest, Definition: c.attach(e.Bytes()), Trustees: record, Credentials: list, Part: &part,
	}, "officer/1", "officer/2")
}

const second, third = "Bayyina2Test12", "Bayyina2Test13"

var contestLies = []lie{
	{"a contest without its name in Arabic", func(c *chapter) {
		partOf(c, read.Bilingual{EN: "President"}, 5, ghat, sabha)
	}, only(claimSetup, "vote-part")},
	{"a contest without a least number", func(c *chapter) { partOf(c, president, 0, ghat, sabha) }, only(claimSetup, "vote-part")},
	{"a part without districts", func(c *chapter) { partOf(c, president, 5) }, only(claimSetup, "vote-part vote-part-districts")},
	{"a district left out", func(c *chapter) { partOf(c, president, 5, ghat) }, only(claimSetup, "vote-part-districts")},
	{"a district exchanged", func(c *chapter) { partOf(c, president, 5, ghat, tripoli) }, only(claimSetup, "vote-part-districts")},
	{"a district twice in an election", func(c *chapter) {
		partOf(c, president, 5, ghat, ghat)
		rewrite(c, KindCredentials, 0, func(b *Credentials) { b.Districts[1].Name = ghat })
	}, only(claimSetup, "vote-part-twice")},
	{"a district votes twice in a contest", func(c *chapter) {
		partOf(c, president, 5, ghat, sabha)
		c.another(second, "", Part{president, []read.Bilingual{tripoli, ghat}, 5})
	}, only(claimSetup, "vote-part-twice")},
	{"two least numbers in a contest", func(c *chapter) {
		partOf(c, president, 5, ghat, sabha)
		c.another(second, "", Part{president, []read.Bilingual{tripoli}, 4})
	}, only(claimSetup, "vote-part-least")},
	{"a small election was not merged with one before it", func(c *chapter) {
		partOf(c, president, 5, ghat, sabha)
		c.another(second, "", Part{president, []read.Bilingual{tripoli}, 7})
	}, only(claimSetup, "vote-part-least vote-part-small")},
	{"a small election was not merged with one after it", func(c *chapter) {
		partOf(c, president, 7, ghat, sabha)
		c.another(second, "", Part{president, []read.Bilingual{tripoli}, 6})
	}, only(claimSetup, "vote-part-least vote-part-small")},
}

// Parts of a contest in order, other contests, other questions, and a small one that is all
// of its kind: nothing of it is a fault.
func TestElectionsOfContestsAreTrueTogether(t *testing.T) {
	c := honest()
	partOf(c, president, 7, ghat, sabha)
	c.another(second, "من؟", Part{president, []read.Bilingual{tripoli}, 7})
	c.another(third, "", Part{council, []read.Bilingual{ghat, tripoli}, 6})
	c.renumber()
	if lies := found(c.claims(t)); len(lies) > 0 {
		t.Errorf("false: %v", lies)
	}
	for _, claim := range c.claims(t) {
		if claim.ID == claimSetup && (claim.Verdict != read.True || claim.Data.(SetupData).Part == nil) {
			t.Errorf("set-up of %s is %s: %+v", claim.Subject, claim.Verdict, claim.Data)
		}
	}
	same(t, c, c.at(KindSetup, 1), c.at(KindSetup, 2))
}
