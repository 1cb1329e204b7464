package evidence

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"bayyina/core/count"
	"bayyina/platform/ledger/read"
)

// ComplaintTime is how long a complaint may take from the server's acknowledgement into the log.
const ComplaintTime = time.Hour

// maxKeys bounds the deciding keys of one complainant.
const maxKeys = 32

// disputes are the complaints about an election, where one may complain.
type disputes struct {
	Rules   said[ComplaintRules]
	Lodged  []Lodged // by number
	Rulings []Ruled
}

// Lodged is a complaint as the log has it.
type Lodged struct {
	Number    int64
	Sequence  int64
	Entered   time.Time
	Lodged    time.Time
	Ground    int
	About     Subject
	Keys      []string
	Statement [sha256.Size]byte // the statement's hash
	Ruling    int               // place in the rulings, from 1; 0 before there is one
	Late      bool              // lodged after the end of the window
}

// Ruled is a ruling as the log has it.
type Ruled struct {
	Sequence int64
	Time     time.Time
	SignedBy []string
	Ruling
}

// Version is a version of the result. The votes are the same in all of them: the first is the provisional result, and each
// ruling that excludes somebody or annuls the election makes another.
type Version struct {
	Number   int       `json:"version"`  // from 1
	Sequence int64     `json:"sequence"` // of the entry that made it: the result, or a ruling
	Time     time.Time `json:"time"`
	Excluded []Subject `json:"excluded,omitempty"` // who does not stand any more, all of them
	Annulled bool      `json:"annulled,omitempty"` // nobody is elected
}

// Standing is how the result of an election stands where one may complain, and the Data of the claim vote.complaints.
type Standing struct {
	Ends       time.Time `json:"ends,omitzero"` // of the window; zero before there is a result
	Complaints int64     `json:"complaints"`
	Late       int64     `json:"late"`                // of them lodged after the window
	Waiting    int64     `json:"waiting"`             // lodged in time, and not ruled on
	Version    int       `json:"version"`             // the newest one; 0 before there is a result
	Excluded   []Subject `json:"excluded,omitempty"`  // in that version
	Annulled   bool      `json:"annulled,omitempty"`  // in that version
	Certified  int       `json:"certified,omitempty"` // which version
}

// disputed says whether there is anything to say of complaints.
func (e *election) disputed() bool { return e.Disputes != nil || e.Findings[claimComplaints] != nil }

// Check says whether the rules can be.
func (b ComplaintRules) Check() error {
	complete := func(t read.Bilingual) bool { return t.AR != "" && t.EN != "" }
	switch {
	case b.Window < 1 || b.Window > MaxWindow:
		return fmt.Errorf("a window of %d seconds, between 1 and %d are allowed", b.Window, MaxWindow)
	case len(b.Grounds) < 1 || len(b.Grounds) > MaxGrounds:
		return fmt.Errorf("%d grounds, between 1 and %d are allowed", len(b.Grounds), MaxGrounds)
	case !complete(b.Body):
		return errors.New("whoever rules on complaints is not named in both languages")
	}
	for i, g := range b.Grounds {
		if !complete(g) {
			return fmt.Errorf("ground %d is not told in both languages", i+1)
		}
	}
	return nil
}

// complaintRules takes the decision on who may complain. Nobody changes it once voters vote.
func (e *election) complaintRules(_ context.Context, _ read.Log, entry *read.Entry, b ComplaintRules) error {
	err := b.Check()
	switch {
	case e.Step < setUp:
		e.against(claimComplaints, entry, "vote-order", args{"Step": "vote.complaints", "Missing": setUp.String()}, nil)
	case e.Disputes != nil:
		e.against(claimComplaints, entry, "vote-twice", args{"Step": "vote.complaints"}, nil)
	case e.Open != nil && !entry.Time.Before(e.Open.Body.Opens):
		e.against(claimComplaints, entry, "complaints-late", args{"Opens": e.Open.Body.Opens}, nil)
	case err != nil:
		e.against(claimComplaints, entry, "complaints-form", nil, err)
	default:
		e.Disputes = &disputes{Rules: heard(entry, b)}
		e.envelope(claimComplaints, entry.Faults)
	}
	return nil
}

// ends is the end of the window, zero before there is a result.
func (e *election) ends() time.Time {
	if e.Disputes == nil || e.Result == nil {
		return time.Time{}
	}
	return e.Result.Time.Add(time.Duration(e.Disputes.Rules.Body.Window) * time.Second)
}

// late says whether a complaint was lodged after the window.
func (e *election) late(c Lodged) bool {
	ends := e.ends()
	return !ends.IsZero() && c.Lodged.After(ends)
}

// Check says whether a complaint has the form of one under these rules.
func (b Complaint) Check(rules ComplaintRules, definition []byte) error {
	switch {
	case b.Ground < 1 || b.Ground > len(rules.Grounds):
		return fmt.Errorf("ground %d of %d", b.Ground, len(rules.Grounds))
	case !isHash(b.Text.Hash) || !isHash(b.Complainant.Hash):
		return errors.New("its text or its complainant is not sealed")
	case len(b.Keys) > maxKeys:
		return fmt.Errorf("%d keys of one complainant", len(b.Keys))
	case !whole(b.Lodged):
		return errors.New("it was not lodged at a whole second in UTC")
	}
	return b.About.Check(definition)
}

// complaint takes a complaint. It counts as one whatever is wrong with it, so that it is ruled on.
func (e *election) complaint(_ context.Context, _ read.Log, entry *read.Entry, b Complaint) error {
	d := e.Disputes
	values := args{"Number": b.Number}
	switch {
	case d == nil:
		e.against(claimComplaints, entry, "complaint-rules", nil, nil)
		return nil
	case e.Step < opened:
		e.against(claimComplaints, entry, "vote-order", args{"Step": "vote.complaint", "Missing": opened.String()}, nil)
		return nil
	case len(d.Lodged) == MaxComplaints:
		e.against(claimComplaints, entry, "complaint-many", args{"Count": int64(MaxComplaints)}, nil)
		return nil
	}
	e.envelope(claimComplaints, entry.Faults)
	last := int64(0)
	if n := len(d.Lodged); n > 0 {
		last = d.Lodged[n-1].Number
	}
	if b.Number != last+1 {
		e.against(claimComplaints, entry, "complaint-number", args{"Number": b.Number, "Next": last + 1}, nil)
		if b.Number <= last {
			return nil
		}
	}
	if err := b.Check(d.Rules.Body, e.Definition); err != nil {
		e.against(claimComplaints, entry, "complaint-form", values, err)
	}
	if entry.Time.Before(b.Lodged) || entry.Time.Sub(b.Lodged) > ComplaintTime {
		e.against(claimComplaints, entry, "complaint-time", args{"Number": b.Number, "Lodged": b.Lodged}, nil)
	}
	c := Lodged{
		Number: b.Number, Sequence: entry.Sequence, Entered: entry.Time, Lodged: b.Lodged, Ground: b.Ground, About: b.About, Keys: slices.Clone(b.Keys),
		Statement: sha256.Sum256(entry.Statement.Text),
	}
	if e.Step == certified && !e.late(c) {
		e.against(claimComplaints, entry, "certify-waiting", values, nil)
	}
	d.Lodged = append(d.Lodged, c)
	return nil
}

// Check says whether a ruling has the form of one.
func (b Ruling) Check() error {
	switch {
	case !slices.Contains(Outcomes, b.Outcome):
		return fmt.Errorf("the outcome is %.40q", b.Outcome)
	case len(b.Complaints) == 0 || !slices.IsSorted(b.Complaints) || len(slices.Compact(slices.Clone(b.Complaints))) < len(b.Complaints):
		return errors.New("complaints are named in order, each once, at least one")
	case b.Reason.AR == "" || b.Reason.EN == "":
		return errors.New("the reasons are not told in both languages")
	case (len(b.Excluded) > 0) != (b.Outcome == Excluded):
		return errors.New("whoever is excluded is named where somebody is, and nowhere else")
	case (b.Version > 0) != b.Outcome.Changes():
		return errors.New("a version is named where the result changes, and nowhere else")
	}
	return nil
}

// CheckExcluded says whether everybody whom a ruling excludes stands, in a version of the result.
func (b Ruling) CheckExcluded(definition []byte, v Version) error {
	for i, s := range b.Excluded {
		err := s.Check(definition)
		if err == nil && (s.Answer == 0 || slices.Contains(v.Excluded, s) || slices.Contains(b.Excluded[:i], s)) {
			err = errors.New("it excludes nobody, or somebody who was excluded before")
		}
		if err != nil {
			return fmt.Errorf("question %d, answer %d, member %d: %w", s.Question, s.Answer, s.Member, err)
		}
	}
	return nil
}

// find is a complaint by its number, nil where there is none.
func (d *disputes) find(number int64) *Lodged {
	at, ok := slices.BinarySearchFunc(d.Lodged, number, func(c Lodged, number int64) int { return cmp.Compare(c.Number, number) })
	if !ok {
		return nil
	}
	return &d.Lodged[at]
}

// ruling judges a ruling. One that has its form has its effect, so that the rest is judged by it.
func (e *election) ruling(_ context.Context, _ read.Log, entry *read.Entry, b Ruling) error {
	d := e.Disputes
	switch {
	case d == nil:
		e.against(claimComplaints, entry, "complaint-rules", nil, nil)
		return nil
	case e.Step < resulted:
		e.against(claimComplaints, entry, "vote-order", args{"Step": "vote.ruling", "Missing": resulted.String()}, nil)
		return nil
	case e.Step == certified:
		e.against(claimComplaints, entry, "vote-order-late", args{"Step": "vote.ruling", "After": certified.String()}, nil)
		return nil
	}
	e.envelope(claimComplaints, entry.Faults)
	if err := b.Check(); err != nil {
		e.against(claimComplaints, entry, "ruling-form", nil, err)
		return nil
	}
	for _, number := range b.Complaints {
		e.ruleOn(entry, b, number)
	}
	if err := b.CheckExcluded(e.Definition, e.newest()); err != nil {
		e.against(claimComplaints, entry, "ruling-excluded", nil, err)
	}
	if next := e.newest().Number + 1; b.Outcome.Changes() && b.Version != next {
		e.against(claimComplaints, entry, "ruling-version", args{"Said": int64(b.Version), "Version": int64(next)}, nil)
	}
	d.Rulings = append(d.Rulings, Ruled{entry.Sequence, entry.Time, slices.Clone(entry.SignedBy), b})
	return nil
}

// ruleOn settles one complaint by a ruling, which is added afterwards.
func (e *election) ruleOn(entry *read.Entry, b Ruling, number int64) {
	values := args{"Number": number}
	c := e.Disputes.find(number)
	switch {
	case c == nil:
		e.against(claimComplaints, entry, "ruling-nothing", values, nil)
		return
	case c.Ruling > 0:
		e.against(claimComplaints, entry, "ruling-twice", values, nil)
		return
	case e.late(*c) && b.Outcome != Inadmissible:
		e.against(claimComplaints, entry, "ruling-late", args{"Number": number, "Ends": e.ends()}, nil)
	}
	for _, key := range c.Keys {
		if signedBy(entry, key) {
			e.against(claimComplaints, entry, "ruling-own", args{"Number": number, "Name": key}, nil)
		}
	}
	c.Ruling = len(e.Disputes.Rulings) + 1
}

// versions are all versions of the result, none before there is one.
func (e *election) versions() []Version {
	if e.Result == nil {
		return nil
	}
	list := []Version{{Number: 1, Sequence: e.Result.Sequence, Time: e.Result.Time}}
	if e.Disputes == nil {
		return list
	}
	for _, r := range e.Disputes.Rulings {
		if !r.Outcome.Changes() {
			continue
		}
		v := list[len(list)-1].After(r.Ruling)
		v.Sequence, v.Time = r.Sequence, r.Time
		list = append(list, v)
	}
	return list
}

// After is the version that a ruling makes of another one.
func (v Version) After(b Ruling) Version {
	return Version{Number: v.Number + 1, Excluded: slices.Concat(v.Excluded, b.Excluded), Annulled: v.Annulled || b.Outcome == Annulled}
}

// newest is the version of the result that stands, the zero one before there is a result.
func (e *election) newest() Version {
	if list := e.versions(); len(list) > 0 {
		return list[len(list)-1]
	}
	return Version{}
}

// settled judges whether a version may be certified: after the window, once every complaint that was lodged in it is ruled on.
func (e *election) settled(entry *read.Entry, version int) {
	d := e.Disputes
	if (d == nil) != (version == 0) {
		e.against(claimCertified, entry, "certify-kind", nil, nil)
	}
	if d == nil {
		return
	}
	if newest := e.newest().Number; version > 0 && version != newest {
		e.against(claimCertified, entry, "certify-version", args{"Said": int64(version), "Version": int64(newest)}, nil)
	}
	if ends := e.ends(); !entry.Time.After(ends) {
		e.against(claimComplaints, entry, "certify-window", args{"Ends": ends}, nil)
	}
	for _, c := range d.Lodged {
		if c.Ruling == 0 && !e.late(c) {
			e.against(claimComplaints, entry, "certify-waiting", args{"Number": c.Number}, nil)
		}
	}
}

// standing is how the result stands, nil where nobody may complain.
func (e *election) standing() *Standing {
	if e.Disputes == nil {
		return nil
	}
	v := e.newest()
	s := &Standing{Ends: e.ends(), Complaints: int64(len(e.Disputes.Lodged)), Version: v.Number, Excluded: v.Excluded, Annulled: v.Annulled, Certified: e.CertifiedAs}
	for _, c := range e.Disputes.Lodged {
		switch {
		case e.late(c):
			s.Late++
		case c.Ruling == 0:
			s.Waiting++
		}
	}
	return s
}

// Disputes are the complaints about an election and what became of them.
type Disputes struct {
	Rules      ComplaintRules
	Standing   Standing
	Complaints []Lodged // by number
	Rulings    []Ruled  // in log order
	Versions   []Version
}

// Disputes returns the complaints about an election; nil where nobody may complain.
func (j *Judge) Disputes(uuid string) *Disputes {
	e := j.byUUID[uuid]
	if e == nil || e.Disputes == nil {
		return nil
	}
	d := &Disputes{
		Rules: e.Disputes.Rules.Body, Standing: *e.standing(), Complaints: slices.Clone(e.Disputes.Lodged),
		Rulings: slices.Clone(e.Disputes.Rulings), Versions: e.versions(),
	}
	for i := range d.Complaints {
		d.Complaints[i].Late = e.late(d.Complaints[i])
	}
	return d
}

// Find is a complaint by its number, nil where there is none.
func (d *Disputes) Find(number int64) *Lodged {
	return (&disputes{Lodged: d.Complaints}).find(number)
}

// RulingOn is the ruling on a complaint, nil where there is none.
func (d *Disputes) RulingOn(c Lodged) *Ruled {
	if c.Ruling == 0 {
		return nil
	}
	return &d.Rulings[c.Ruling-1]
}

// exclude takes those who do not stand any more out of the votes for a question.
func exclude(v *count.Votes, question int, out []Subject) {
	for _, s := range out {
		switch {
		case s.Question != question || s.Answer < 1 || s.Answer > len(v.Choices) || slices.Contains(v.Withdrawn, s.Answer-1):
		case s.Member == 0:
			v.Withdrawn = append(v.Withdrawn, s.Answer-1)
		default:
			if v.Struck == nil {
				v.Struck = make([][]int, len(v.Choices))
			}
			v.Struck[s.Answer-1] = append(v.Struck[s.Answer-1], s.Member-1)
		}
	}
}
