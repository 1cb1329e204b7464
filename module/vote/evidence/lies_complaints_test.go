package evidence

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"bayyina/core/canon"
	"bayyina/core/count"
	"bayyina/platform/ledger/read"
)

// window is how long one may complain in the disputed election, after the result two hours after the start.
const window = 30 * time.Minute

// after is some minutes after the result.
func after(minutes int) time.Time {
	return start.Add(2*time.Hour + time.Duration(minutes)*time.Minute)
}

// disputed is the honest election with rules of complaints and what follows from them: two complaints in time, of which one
// is dismissed and one excludes the first answer; another out of time; and the certification of the second version.
func disputed(c *chapter) { disputedBy(c, Excluded) }

func disputedBy(c *chapter, outcome Outcome) {
	rewrite(c, KindSetup, 0, func(b *Setup) { b.Rules = seatRules[:1] })
	before := c.uncertify()
	c.now = start
	c.say(KindComplaintRules, ComplaintRules{
		Election: uuid, Window: int64(window / time.Second), Grounds: []read.Bilingual{{AR: "مخالفة في الفرز", EN: "a breach in the count"}, {AR: "أهلية مرشح", EN: "a candidate's eligibility"}},
		Body: read.Bilingual{AR: "لجنة الشكاوى", EN: "the complaints panel"},
	}, "officer/1", "officer/2", "root")
	c.move(KindComplaintRules, 0, KindOpen)
	c.now = after(0)
	c.seat(seatRules[0], "")
	c.now = after(10)
	c.complain(1, Subject{Question: 1, Answer: 1})
	c.complain(2, Subject{})
	c.now = after(20)
	c.rule(Ruling{Complaints: []int64{2}, Outcome: Dismissed})
	first := Ruling{Complaints: []int64{1}, Outcome: outcome, Version: 2}
	if outcome == Excluded {
		first.Excluded = []Subject{{Question: 1, Answer: 1}}
	}
	c.rule(first)
	if outcome == Excluded {
		c.seatIn(Version{Number: 2, Excluded: first.Excluded})
	}
	c.now = after(40)
	c.complain(3, Subject{Question: 2})
	c.rule(Ruling{Complaints: []int64{3}, Outcome: Inadmissible})
	c.now = after(50)
	c.certifyVersion(2, before)
}

// uncertify takes the certification out. The archive is the same whatever is said of complaints.
func (c *chapter) uncertify() (b Certify) {
	if err := read.DecodeBody(c.entry(KindCertify, 0).Statement.Body, &b); err != nil {
		panic(err)
	}
	c.drop(KindCertify, 0)
	return b
}

func (c *chapter) complain(number int64, about Subject) *read.Entry {
	return c.say(KindComplaint, Complaint{
		Election: uuid, Number: number, Lodged: c.now.Add(-time.Minute), Ground: 1, About: about,
		Text: read.Sealed{Hash: canon.Hex([]byte("text"))}, Complainant: read.Sealed{Hash: canon.Hex([]byte("who"))},
	}, "receipt")
}

func (c *chapter) rule(b Ruling) *read.Entry {
	b.Election, b.Reason = uuid, read.Bilingual{AR: "الأسباب", EN: "the reasons"}
	return c.say(KindRuling, b, "officer/1", "officer/2", "root")
}

// seatIn says the seats of the first question in a later version.
func (c *chapter) seatIn(v Version) *read.Entry {
	right, err := CountVersion(uuid, c.election.Bytes(), c.files[c.result().SHA256], seatRules[0], "", v)
	if err != nil {
		panic(err)
	}
	text, err := right.Bytes()
	if err != nil {
		panic(err)
	}
	return c.say(KindVersionSeats, VersionSeats{
		Election: uuid, Version: v.Number, Question: 1, Rule: seatRules[0].Rule, Seats: c.attach(text),
	}, "receipt")
}

func (c *chapter) certifyVersion(version int, b Certify) {
	c.say(KindVersionCertify, VersionCertify{uuid, version, b.Result, b.Archive, b.ArchiveSize}, "officer/1", "officer/2", "root")
}

// without lets the rules of complaints have no effect: nothing that rests on them has one.
func without(codes string) map[string]string {
	return map[string]string{claimComplaints: codes + " complaint-rules", claimSeats: "seats-version", claimCertified: "certify-kind"}
}

// unfair is the disputed election with a ruling changed.
func unfair(n int, change func(*Ruling)) func(c *chapter) {
	return func(c *chapter) {
		disputed(c)
		rewrite(c, KindRuling, n, change)
	}
}

var complaintLies = []lie{
	{"rules of complaints before the set-up", func(c *chapter) {
		disputed(c)
		c.move(KindComplaintRules, 0, KindSetup)
	}, without("vote-order")},
	{"rules of complaints once voting is open", func(c *chapter) {
		disputed(c)
		c.move(KindComplaintRules, 0, KindBallot)
		c.entry(KindComplaintRules, 0).Time = start.Add(time.Hour)
	}, without("complaints-late")},
	{"rules of complaints twice", func(c *chapter) {
		disputed(c)
		c.repeat(KindComplaintRules, 0, KindOpen)
		rewrite(c, KindComplaintRules, 1, func(b *ComplaintRules) { b.Window = 1 })
	}, only(claimComplaints, "vote-twice")},
	{"no time to complain", func(c *chapter) {
		disputed(c)
		rewrite(c, KindComplaintRules, 0, func(b *ComplaintRules) { b.Window = 0 })
	}, without("complaints-form")},
	{"no ground to complain", func(c *chapter) {
		disputed(c)
		rewrite(c, KindComplaintRules, 0, func(b *ComplaintRules) { b.Grounds = []read.Bilingual{} })
	}, without("complaints-form")},
	{"a ground in one language", func(c *chapter) {
		disputed(c)
		rewrite(c, KindComplaintRules, 0, func(b *ComplaintRules) { b.Grounds[1].AR = "" })
	}, without("complaints-form")},
	{"nobody who rules on complaints", func(c *chapter) {
		disputed(c)
		rewrite(c, KindComplaintRules, 0, func(b *ComplaintRules) { b.Body.EN = "" })
	}, without("complaints-form")},
	{"rules of complaints without the root key", func(c *chapter) {
		disputed(c)
		unsigned(KindComplaintRules, 0)(c)
	}, only(claimComplaints, envelopeFault)},

	{"a complaint without rules", func(c *chapter) {
		c.complain(1, Subject{})
	}, only(claimComplaints, "complaint-rules")},
	{"a ruling without rules", func(c *chapter) {
		c.rule(Ruling{Complaints: []int64{1}, Outcome: Dismissed})
	}, only(claimComplaints, "complaint-rules")},
	{"a complaint before the opening", func(c *chapter) {
		disputed(c)
		c.move(KindComplaint, 0, KindOpen)
	}, only(claimComplaints, "vote-order complaint-number ruling-nothing")},
	{"a complaint left out", func(c *chapter) {
		disputed(c)
		c.drop(KindComplaint, 0)
	}, only(claimComplaints, "complaint-number ruling-nothing")},
	{"two complaints of one number", func(c *chapter) {
		disputed(c)
		c.repeat(KindComplaint, 0, KindRuling)
	}, only(claimComplaints, "complaint-number")},
	{"a complaint on a ground that is none", func(c *chapter) {
		disputed(c)
		rewrite(c, KindComplaint, 1, func(b *Complaint) { b.Ground = 3 })
	}, only(claimComplaints, "complaint-form")},
	{"a complaint about a question that does not exist", func(c *chapter) {
		disputed(c)
		rewrite(c, KindComplaint, 1, func(b *Complaint) { b.About = Subject{Question: 3} })
	}, only(claimComplaints, "complaint-form")},
	{"a complaint about an answer that does not exist", func(c *chapter) {
		disputed(c)
		rewrite(c, KindComplaint, 1, func(b *Complaint) { b.About = Subject{Question: 1, Answer: 4} })
	}, only(claimComplaints, "complaint-form")},
	{"a complaint about an answer to no question", func(c *chapter) {
		disputed(c)
		rewrite(c, KindComplaint, 1, func(b *Complaint) { b.About = Subject{Answer: 1} })
	}, only(claimComplaints, "complaint-form")},
	{"a complaint that is not sealed", func(c *chapter) {
		disputed(c)
		rewrite(c, KindComplaint, 1, func(b *Complaint) { b.Text.Hash = "they cheated" })
	}, only(claimComplaints, "complaint-form")},
	{"a complaint lodged at half a second", func(c *chapter) {
		disputed(c)
		rewrite(c, KindComplaint, 1, func(b *Complaint) { b.Lodged = b.Lodged.Add(time.Second / 2) })
	}, only(claimComplaints, "complaint-form")},
	{"a complaint that was lodged later", func(c *chapter) {
		disputed(c)
		rewrite(c, KindComplaint, 1, func(b *Complaint) { b.Lodged = after(11) })
	}, only(claimComplaints, "complaint-time")},
	{"a complaint dated back into the window", func(c *chapter) {
		disputed(c)
		e := c.entry(KindComplaint, 2)
		e.Time = after(50)
		rewrite(c, KindComplaint, 2, func(b *Complaint) { b.Lodged = after(-11) })
	}, only(claimComplaints, "complaint-time")},
	{"a complaint without a good signature", func(c *chapter) {
		disputed(c)
		unsigned(KindComplaint, 1)(c)
	}, only(claimComplaints, envelopeFault)},

	{"a ruling before the result", func(c *chapter) {
		disputed(c)
		for range 2 {
			c.move(KindComplaint, 0, KindResult)
		}
		for _, e := range c.entries {
			if e.Statement.Kind == KindComplaint && e.Time.Equal(after(10)) {
				e.Time = after(0)
			}
		}
		for n := range 2 {
			rewrite(c, KindComplaint, n, func(b *Complaint) { b.Lodged = after(0) })
		}
		c.move(KindRuling, 0, KindResult)
	}, only(claimComplaints, "vote-order certify-waiting")},
	{"a ruling after the certification", func(c *chapter) {
		disputed(c)
		c.rule(Ruling{Complaints: []int64{1}, Outcome: Dismissed})
	}, only(claimComplaints, "vote-order-late")},
	{"a ruling on no complaint in the log", unfair(0, func(b *Ruling) { b.Complaints = []int64{2, 9} }), only(claimComplaints, "ruling-nothing")},
	{"two rulings on a complaint", unfair(1, func(b *Ruling) { b.Complaints = []int64{1, 2} }), only(claimComplaints, "ruling-twice")},
	{"a complaint out of time counted as timely", unfair(2, func(b *Ruling) { b.Outcome = Dismissed }), only(claimComplaints, "ruling-late")},
	{"an outcome that is none", unfair(0, func(b *Ruling) { b.Outcome = "postponed" }), only(claimComplaints, "ruling-form certify-waiting")},
	{"a ruling without reasons in Arabic", unfair(0, func(b *Ruling) { b.Reason.AR = "" }), only(claimComplaints, "ruling-form certify-waiting")},
	{"a ruling on nothing", unfair(0, func(b *Ruling) { b.Complaints = []int64{} }), only(claimComplaints, "ruling-form certify-waiting")},
	{"a dismissal that excludes", unfair(0, func(b *Ruling) { b.Excluded = []Subject{{Question: 2, Answer: 1}} }), only(claimComplaints, "ruling-form certify-waiting")},
	{"a dismissal that makes a version", unfair(0, func(b *Ruling) { b.Version = 2 }), only(claimComplaints, "ruling-form certify-waiting")},
	{"nobody is excluded who exists", unfair(1, func(b *Ruling) {
		b.Excluded = append(b.Excluded, Subject{Question: 2, Answer: 3})
	}), only(claimComplaints, "ruling-excluded")},
	{"a whole question is excluded", unfair(1, func(b *Ruling) {
		b.Excluded = append(b.Excluded, Subject{Question: 2})
	}), only(claimComplaints, "ruling-excluded")},
	{"somebody is excluded twice", unfair(1, func(b *Ruling) {
		b.Excluded = append(b.Excluded, b.Excluded[0])
	}), only(claimComplaints, "ruling-excluded")},
	{"a version is skipped", unfair(1, func(b *Ruling) { b.Version = 3 }), only(claimComplaints, "ruling-version")},
	{"whoever lodged it rules on it", func(c *chapter) {
		disputed(c)
		rewrite(c, KindComplaint, 0, func(b *Complaint) { b.Keys = []string{"officer/2"} })
	}, only(claimComplaints, "ruling-own")},
	{"a ruling without the root key", func(c *chapter) {
		disputed(c)
		unsigned(KindRuling, 1)(c)
	}, only(claimComplaints, envelopeFault)},

	{"certified before the window's end", func(c *chapter) {
		disputed(c)
		rewrite(c, KindComplaintRules, 0, func(b *ComplaintRules) { b.Window = 50 * 60 })
	}, only(claimComplaints, "certify-window")},
	{"certified before a complaint is ruled on", func(c *chapter) {
		disputed(c)
		c.drop(KindRuling, 0)
	}, only(claimComplaints, "certify-waiting")},
	{"a complaint kept back until the certification", func(c *chapter) {
		disputed(c)
		c.complain(4, Subject{})
		rewrite(c, KindComplaint, 3, func(b *Complaint) { b.Lodged = after(30) })
	}, only(claimComplaints, "certify-waiting")},
	{"certified as if nobody could complain", func(c *chapter) {
		disputed(c)
		c.drop(KindVersionCertify, 0)
		c.certify(c.result())
	}, only(claimCertified, "certify-kind")},
	{"a version certified where nobody may complain", func(c *chapter) {
		c.certifyVersion(1, c.uncertify())
	}, only(claimCertified, "certify-kind")},
	{"an earlier version certified", func(c *chapter) {
		disputed(c)
		rewrite(c, KindVersionCertify, 0, func(b *VersionCertify) { b.Version = 1 })
	}, only(claimCertified, "certify-version")},
	{"another result certified in a version", func(c *chapter) {
		disputed(c)
		rewrite(c, KindVersionCertify, 0, func(b *VersionCertify) { b.Result = c.other() })
	}, only(claimCertified, "certify-result")},

	{"seats of a version that does not exist", func(c *chapter) {
		disputed(c)
		c.repeatLast(KindVersionSeats, 0)
		rewrite(c, KindVersionSeats, 1, func(b *VersionSeats) { b.Version = 3 })
	}, only(claimSeats, "seats-version")},
	{"seats of the first version as a later one", func(c *chapter) {
		disputed(c)
		c.repeatLast(KindVersionSeats, 0)
		rewrite(c, KindVersionSeats, 1, func(b *VersionSeats) { b.Version = 1 })
	}, only(claimSeats, "seats-version")},
	{"seats of a version with those who were excluded", func(c *chapter) {
		disputed(c)
		var first Seats
		if err := read.DecodeBody(c.entry(KindSeats, 0).Statement.Body, &first); err != nil {
			panic(err)
		}
		rewrite(c, KindVersionSeats, 0, func(b *VersionSeats) { b.Seats = first.Seats })
	}, only(claimSeats, "seats-differ")},
	{"seats of a version before the result", func(c *chapter) {
		disputed(c)
		c.move(KindVersionSeats, 0, KindResult)
	}, only(claimSeats, "vote-order")},
	{"seats of an annulled election", func(c *chapter) {
		disputedBy(c, Annulled)
		c.seatIn(Version{Number: 2})
	}, only(claimSeats, "seats-annulled")},
}

func TestADisputedElectionIsTrueAndItsVersionsAreKept(t *testing.T) {
	c := honest()
	disputed(c)
	c.renumber()
	claims := c.judge(t)
	for id, claim := range claims {
		hasValues(t, claim.Says, claim.How, claim.Belief)
		if claim.Verdict != read.True {
			t.Errorf("%s is %s: %+v %+v", id, claim.Verdict, claim.How, claim.Faults)
		}
	}
	want := Standing{Ends: after(30), Complaints: 3, Late: 1, Version: 2, Excluded: []Subject{{Question: 1, Answer: 1}}, Certified: 2}
	if got := claims[claimComplaints].Data; !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	d := judged(t, c).Disputes(uuid)
	if len(d.Versions) != 2 || len(d.Versions[1].Excluded) != 1 || d.Complaints[0].Ruling != 2 || !d.Complaints[2].Late {
		t.Errorf("%+v", d)
	}
	if r := d.RulingOn(*d.Find(2)); r == nil || r.Outcome != Dismissed || d.Find(4) != nil {
		t.Errorf("the ruling on the second complaint is %+v", r)
	}
	j := judged(t, c)
	names := func(v Version) (list []string) {
		for _, w := range j.CountsOf(uuid, v)[0].Seats {
			list = append(list, w.Name)
		}
		return list
	}
	if first, second := names(d.Versions[0]), names(d.Versions[1]); !slices.Equal(first, []string{"أ", "ب"}) || !slices.Equal(second, []string{"ب", "ج"}) {
		t.Errorf("elected are %v, then %v", first, second)
	}
	stops := make([]int, len(c.entries))
	for i := range stops {
		stops[i] = i
	}
	same(t, c, stops...)
}

func TestNobodyHasSeatsInAnAnnulledElection(t *testing.T) {
	c := honest()
	disputedBy(c, Annulled)
	c.renumber()
	claims := c.judge(t)
	if s := claims[claimSeats]; s.Verdict != read.NotShown || s.How.ID != "vote.seats-annulled" || s.Data != nil {
		t.Errorf("%s: %+v %+v", s.Verdict, s.How, s.Data)
	}
	if d := claims[claimComplaints]; d.Verdict != read.True || !d.Data.(Standing).Annulled {
		t.Errorf("%s: %+v", d.Verdict, d.Data)
	}
}

func TestComplaintsAreNotShownBeforeTheCertification(t *testing.T) {
	c := honest()
	disputed(c)
	c.drop(KindVersionCertify, 0)
	c.drop(KindRuling, 0)
	c.renumber()
	d := c.judge(t)[claimComplaints]
	if d.Verdict != read.NotShown || d.Data.(Standing).Waiting != 1 {
		t.Errorf("%s: %+v", d.Verdict, d.Data)
	}
}

func TestComplaintsAreBounded(t *testing.T) {
	c := honest()
	disputed(c)
	j := judged(t, c)
	j.byUUID[uuid].Disputes.Lodged = make([]Lodged, MaxComplaints)
	one := *c.entry(KindComplaint, 0)
	if err := j.Entries(t.Context(), c, []*read.Entry{&one}); err != nil {
		t.Fatal(err)
	}
	if got := found(j.Claims())[claimComplaints]; got != "complaint-many" {
		t.Errorf("false is %v", got)
	}
}

func TestExcludedMembersGiveWayToTheNextOnTheirList(t *testing.T) {
	votes := &count.Votes{
		Choices: []count.Choice{
			{Name: "A", Members: []count.Member{{Name: "a1"}, {Name: "a2"}, {Name: "a3"}}},
			{Name: "B", Members: []count.Member{{Name: "b1"}}},
		},
		Tally: []int64{20, 9},
	}
	exclude(votes, 2, []Subject{{Question: 2, Answer: 1, Member: 1}, {Question: 1, Answer: 2}})
	r, err := count.Count(votes, count.Rule{Name: "dhondt", Seats: 3}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, w := range r.Seats {
		names = append(names, w.Member)
	}
	if got := strings.Join(names, " "); got != "a2 a3 b1" {
		t.Errorf("seats of %s", got)
	}
	exclude(votes, 2, []Subject{{Question: 2, Answer: 2}})
	if r, err = count.Count(votes, count.Rule{Name: "dhondt", Seats: 2}, nil); err != nil || r.Seats[1].Member != "a3" {
		t.Errorf("seats of %+v: %v", r, err)
	}
}

func TestAcknowledgementsOfComplaintsAreKeptBrokenOrOpen(t *testing.T) {
	c := honest()
	disputed(c)
	c.renumber()
	c.entry(KindComplaint, 1).Statement.Text = []byte("the second complaint")
	j := judged(t, c)
	hash := canon.Hex([]byte("the second complaint"))
	entered := after(10)
	for _, test := range []struct {
		name      string
		number    int64
		statement string
		deadline  time.Time
		asOf      time.Time
		verdict   read.Verdict
	}{
		{"the complaint is there", 2, hash, entered, time.Time{}, read.True},
		{"the complaint came too late", 2, hash, entered.Add(-time.Second), entered.Add(time.Hour), read.False},
		{"another complaint has its number", 1, hash, entered, entered.Add(time.Hour), read.False},
		{"another text has its number", 2, canon.Hex(nil), entered, entered.Add(time.Hour), read.False},
		{"it is not there yet", 4, hash, entered, entered, read.NotShown},
	} {
		got := j.CheckAcknowledgements([]*read.Acknowledgement{{
			Election: uuid, Number: test.number, Statement: test.statement, Lodged: after(0), Deadline: test.deadline,
		}}, test.asOf)[0]
		hasValues(t, got.Says, got.How)
		for _, f := range got.Faults {
			hasValues(t, f.Says)
		}
		if got.Verdict != test.verdict {
			t.Errorf("%s: %s", test.name, got.Verdict)
		}
	}
}
