package evidence

import (
	"slices"
	"strings"
	"testing"

	"bayyina/core/count"
	"bayyina/platform/ledger/read"
)

// The honest result is [[1,6,5,0],[6,0]]: of the first question two seats, without a tie; of the second one.
var seatRules = []QuestionRule{{1, count.Rule{Name: "sntv", Seats: 2}}, {2, count.Rule{Name: "plurality"}}}

// seated is the honest election with rules and the seats that follow from them.
func seated(c *chapter, rules ...QuestionRule) {
	rewrite(c, KindSetup, 0, func(b *Setup) { b.Rules = rules })
	for _, q := range rules {
		c.seat(q, "")
	}
}

// seat says the seats of a question as they are.
func (c *chapter) seat(q QuestionRule, dice string) *read.Entry {
	right, err := CountSeats(uuid, c.election.Bytes(), c.files[c.result().SHA256], q, dice)
	if err != nil {
		panic(err)
	}
	text, err := right.Bytes()
	if err != nil {
		panic(err)
	}
	return c.say(KindSeats, Seats{Election: uuid, Question: q.Question, Rule: q.Rule, Dice: dice, Seats: c.attach(text)}, "receipt")
}

// result is the attachment of the result.
func (c *chapter) result() read.Attachment {
	var b Result
	if err := read.DecodeBody(c.entry(KindResult, 0).Statement.Body, &b); err != nil {
		panic(err)
	}
	return b.Result
}

var seatsLies = []lie{
	{"seats without a rule", func(c *chapter) {
		c.seat(seatRules[0], "")
	}, only(claimSeats, "seats-rule")},
	{"seats by another rule", func(c *chapter) {
		seated(c, seatRules[0])
		c.drop(KindSeats, 0)
		c.seat(QuestionRule{1, count.Rule{Name: "sntv", Seats: 1}}, "")
	}, only(claimSeats, "seats-rule")},
	{"seats for somebody else", func(c *chapter) {
		seated(c, seatRules...)
		rewrite(c, KindSeats, 0, func(b *Seats) {
			text := strings.Replace(string(c.files[b.Seats.SHA256]), `"choice":1`, `"choice":2`, 1)
			b.Seats = c.attach([]byte(text))
		})
	}, only(claimSeats, "seats-differ")},
	{"seats withheld", func(c *chapter) {
		seated(c, seatRules...)
		withhold(KindSeats, 0, func(b Seats) read.Attachment { return b.Seats })(c)
	}, only(claimSeats, "vote-attachment")},
	{"seats above the limit", func(c *chapter) {
		seated(c, seatRules...)
		oversize(KindSeats, func(b *Seats) *read.Attachment { return &b.Seats }, MaxSeats)(c)
	}, only(claimSeats, "vote-attachment")},
	{"seats said twice", func(c *chapter) {
		seated(c, seatRules...)
		c.repeatLast(KindSeats, 0)
	}, only(claimSeats, "seats-twice")},
	{"seats before the result", func(c *chapter) {
		seated(c, seatRules...)
		c.move(KindSeats, 0, KindResult)
	}, only(claimSeats, "vote-order")},
	{"seats without a good signature", func(c *chapter) {
		seated(c, seatRules...)
		unsigned(KindSeats, 0)(c)
	}, only(claimSeats, envelopeFault)},
	{"seats by dice that nobody decided on", func(c *chapter) {
		seated(c, seatRules[0])
		c.drop(KindSeats, 0)
		c.seat(seatRules[0], "31")
	}, only(claimSeats, "seats-dice")},
	{"seats of votes that the rule does not count", func(c *chapter) {
		seated(c, seatRules[0])
		rule := count.Rule{Name: "schulze"}
		rewrite(c, KindSetup, 0, func(b *Setup) { b.Rules[0].Rule = rule })
		rewrite(c, KindSeats, 0, func(b *Seats) { b.Rule = rule })
	}, only(claimSeats, "seats-none")},
	{"a rule that does not exist", func(c *chapter) {
		rewrite(c, KindSetup, 0, func(b *Setup) { b.Rules = []QuestionRule{{1, count.Rule{Name: "mine"}}} })
	}, only(claimSetup, "vote-rules")},
	{"a rule of a question that does not exist", func(c *chapter) {
		rewrite(c, KindSetup, 0, func(b *Setup) { b.Rules = []QuestionRule{{3, count.Rule{Name: "plurality"}}} })
	}, only(claimSetup, "vote-rules")},
	{"two rules of a question", func(c *chapter) {
		rewrite(c, KindSetup, 0, func(b *Setup) { b.Rules = []QuestionRule{seatRules[0], seatRules[0]} })
	}, only(claimSetup, "vote-rules")},
	{"dice before the result", func(c *chapter) {
		seated(c, seatRules...)
		c.say(KindDice, Dice{uuid, 1, "31"}, "officer/1", "officer/2", "root")
		c.move(KindDice, 0, KindResult)
	}, only(claimSeats, "vote-order")},
	{"dice of a question without a rule", func(c *chapter) {
		seated(c, seatRules[0])
		c.say(KindDice, Dice{uuid, 2, "31"}, "officer/1", "officer/2", "root")
	}, only(claimSeats, "seats-rule")},
	{"dice that are no number", func(c *chapter) {
		seated(c, seatRules...)
		c.say(KindDice, Dice{uuid, 1, "3A"}, "officer/1", "officer/2", "root")
	}, only(claimSeats, "dice-form")},
	{"dice thrown twice", func(c *chapter) {
		seated(c, seatRules...)
		c.say(KindDice, Dice{uuid, 1, "31"}, "officer/1", "officer/2", "root")
		c.say(KindDice, Dice{uuid, 1, "32"}, "officer/1", "officer/2", "root")
	}, only(claimSeats, "dice-twice")},
}

func TestHonestSeatsAreTrue(t *testing.T) {
	c := honest()
	seated(c, seatRules...)
	c.renumber()
	claims := c.judge(t)
	if s := claims[claimSeats]; s.Verdict != read.True || s.How.Args["Count"] != int64(2) {
		t.Errorf("%s: %+v %+v", s.Verdict, s.How, s.Faults)
	}
	data, ok := claims[claimSeats].Data.(SeatsData)
	if !ok || len(data.Questions) != 2 {
		t.Fatalf("data: %+v", claims[claimSeats].Data)
	}
	for i, q := range data.Questions {
		if q.Question == "" || q.Rule != seatRules[i].Rule.Name || len(q.Seats) != max(1, seatRules[i].Rule.Seats) || q.Tied {
			t.Errorf("seats of question %d: %+v", i+1, q)
		}
	}
	if lies := found(c.claims(t)); len(lies) > 0 {
		t.Errorf("false: %v", lies)
	}
	if _, told := honest().judge(t)[claimSeats]; told {
		t.Error("an election without rules has a claim on seats")
	}
}

func TestSeatsThatNobodyHasSaidAreNotShown(t *testing.T) {
	c := honest()
	seated(c, seatRules...)
	c.drop(KindSeats, 1)
	c.renumber()
	if s := c.judge(t)[claimSeats]; s.Verdict != read.NotShown || s.How.ID != "vote.seats-unsaid" || s.How.Args["Question"] != int64(2) {
		t.Errorf("%s: %+v", s.Verdict, s.How)
	}
}

func TestATieWaitsForDiceAndIsDecidedByThem(t *testing.T) {
	c := honest()
	// The ballots of voters 1 and 3 choose answers 1 and 2: both have all their votes.
	q := QuestionRule{1, count.Rule{Name: "plurality"}}
	c.recount(`{"result":[[0,4,4,0],[4,0]]}`, nothing, 1, 3)
	seated(c, q)
	c.renumber()
	if s := c.judge(t)[claimSeats]; s.Verdict != read.NotShown || s.How.ID != "vote.seats-tied" {
		t.Fatalf("%s: %+v %+v", s.Verdict, s.How, s.Faults)
	} else if d, ok := s.Data.(SeatsData); !ok || !d.Questions[0].Tied || len(d.Questions[0].Seats) > 0 {
		t.Errorf("data of a tie: %+v", s.Data)
	}
	c.say(KindDice, Dice{uuid, 1, "31415926"}, "officer/1", "officer/2", "root")
	c.seat(q, "31415926")
	c.renumber()
	if s := c.judge(t)[claimSeats]; s.Verdict != read.True {
		t.Errorf("%s: %+v %+v", s.Verdict, s.How, s.Faults)
	}
	stops := make([]int, len(c.entries))
	for i := range stops {
		stops[i] = i
	}
	same(t, c, stops...)
	if slices.ContainsFunc(c.claims(t), func(c read.Claim) bool { return c.ID == claimResult && c.Verdict == read.False }) {
		t.Error("the result is false")
	}
}
