package evidence

import (
	"cmp"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"bayyina/core/ballot"
	"bayyina/core/count"
	"bayyina/platform/ledger/read"
)

// Told is what the log has told of one election so far: for whoever shows it, beside
// the claims, which say what of it is right.
type Told struct {
	UUID       string
	Title      read.Bilingual
	Step       string // the last one that was taken, such as "vote.open"; empty before the set-up
	Setup      *Setup
	Definition []byte // the election record, nil where there is none that can be read
	Open       *Open
	Certified  *Certify
	Standing   *Standing // how the result stands; nil where nobody may complain
	Ballots    int64     // entries
	Acts       []Act     // all its entries but the ballots, in log order
	Work       []Work    // what each trustee has done
}

// Act is an entry about an election.
type Act struct {
	Sequence int64
	Time     time.Time
	Kind     string
	Trustee  int // whose part it is, 0 where it is nobody's
	SignedBy []string
}

// Work is what a trustee has done for an election: the entries, -1 where there are none.
type Work struct {
	Trustee
	Committed, Signed, Shuffled, Decrypted int64
}

// maxActs bounds the acts that are kept of an election.
const maxActs = maxPreparations + 1000

// hear keeps an act.
func (e *election) hear(entry *read.Entry, trustee int) {
	if len(e.Acts) < maxActs {
		e.Acts = append(e.Acts, Act{entry.Sequence, entry.Time, entry.Statement.Kind, trustee, slices.Clone(entry.SignedBy)})
	}
}

// Elections returns what was told of each election, in the order in which the log
// first names them.
func (j *Judge) Elections() []Told {
	list := make([]Told, len(j.elections))
	for i, e := range j.elections {
		list[i] = e.told()
	}
	return list
}

// Election returns what was told of one election.
func (j *Judge) Election(uuid string) (Told, bool) {
	e := j.byUUID[uuid]
	if e == nil {
		return Told{}, false
	}
	return e.told(), true
}

func (e *election) told() Told {
	t := Told{UUID: e.UUID, Step: e.Step.String(), Definition: e.Definition, Ballots: int64(len(e.Box.casts)), Acts: slices.Clone(e.Acts)}
	if e.Setup != nil {
		t.Title, t.Setup = e.Setup.Body.Title, &e.Setup.Body
	}
	if e.Open != nil {
		t.Open = &e.Open.Body
	}
	if e.Certified != nil {
		t.Certified = &e.Certified.Body
	}
	t.Standing = e.standing()
	for _, trustee := range e.Figures.Trustees {
		t.Work = append(t.Work, Work{
			trustee, t.last(KindCommitment, trustee.Number), t.last(KindTrustees, 0),
			t.last(KindShuffle, trustee.Number), t.last(KindDecryption, trustee.Number),
		})
	}
	return t
}

// last is the newest entry of a kind by a trustee.
func (t *Told) last(kind string, trustee int) int64 {
	for _, a := range slices.Backward(t.Acts) {
		if a.Kind == kind && a.Trustee == trustee {
			return a.Sequence
		}
	}
	return -1
}

// Batch is the ballots that entered at one time.
type Batch struct {
	Time    time.Time
	Ballots int64
	Voters  int64 // credentials that had not voted before
}

// Batches returns an election's batches of ballots.
func (j *Judge) Batches(uuid string) []Batch {
	e := j.byUUID[uuid]
	if e == nil {
		return nil
	}
	var list []Batch
	for _, c := range e.Box.casts {
		if len(list) == 0 || list[len(list)-1].Time.Unix() != c.Time {
			list = append(list, Batch{Time: time.Unix(c.Time, 0).UTC()})
		}
		b := &list[len(list)-1]
		b.Ballots++
		if c.Valid && c.Prev < 0 {
			b.Voters++
		}
	}
	return list
}

// Fate is what became of a ballot.
type Fate string

// The fates.
const (
	Counts   Fate = "counts"   // it is the last right one of its credential so far
	Replaced Fate = "replaced" // by a later one of the same credential
	Refused  Fate = "refused"  // it is not right
)

// Tracked is a ballot in the box.
type Tracked struct {
	Tracker  string // base64 without padding
	Ballot   read.Attachment
	Sequence int64
	Time     time.Time // of its batch
	Fate     Fate
}

// Trackers are an election's ballots in the order of their trackers.
type Trackers struct {
	box   *box
	order []int64 // places in the box
}

// Trackers puts an election's ballots into the order of their trackers, which takes
// time: keep them as long as the judge.
func (j *Judge) Trackers(uuid string) *Trackers {
	e := j.byUUID[uuid]
	if e == nil {
		return &Trackers{box: new(box)}
	}
	t := &Trackers{&e.Box, make([]int64, len(e.Box.casts))}
	for i := range t.order {
		t.order[i] = int64(i)
	}
	slices.SortFunc(t.order, func(a, b int64) int {
		return cmp.Or(slices.Compare(t.box.casts[a].Tracker[:], t.box.casts[b].Tracker[:]), cmp.Compare(a, b))
	})
	return t
}

// Len is how many there are.
func (t *Trackers) Len() int { return len(t.order) }

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// Find returns at most so many ballots whose tracker begins so, in order; more says that
// there are others. What cannot begin a tracker finds nothing.
func (t *Trackers) Find(prefix string, most int) (list []Tracked, more bool) {
	if len(prefix) > base64.RawStdEncoding.EncodedLen(len(cast{}.Tracker)) || strings.Trim(prefix, base64Digits) != "" {
		return nil, false
	}
	// The order of the bytes is that of the digits' values, not of their letters.
	at, _ := slices.BinarySearchFunc(t.order, prefix, func(place int64, prefix string) int {
		text := ballot.TrackerOf(t.box.casts[place].Tracker)
		for i := range len(prefix) {
			if c := cmp.Compare(strings.IndexByte(base64Digits, text[i]), strings.IndexByte(base64Digits, prefix[i])); c != 0 {
				return c
			}
		}
		return 1 // the first one that begins so, or what would follow it
	})
	for ; at < len(t.order); at++ {
		found := t.tracked(t.order[at])
		if !strings.HasPrefix(found.Tracker, prefix) {
			break
		}
		if len(list) == most {
			return list, true
		}
		list = append(list, found)
	}
	return list, false
}

func (t *Trackers) tracked(place int64) Tracked {
	c := t.box.casts[place]
	fate := Refused
	if c.Valid {
		fate = Replaced
		if t.box.last[c.Credential] == place {
			fate = Counts
		}
	}
	return Tracked{ballot.TrackerOf(c.Tracker), c.attachment(), c.Sequence, time.Unix(c.Time, 0).UTC(), fate}
}

// Counted are the seats of one question, counted again, step by step.
type Counted struct {
	Question int // from 1
	Dice     string
	*count.Result
}

// Counts counts the seats that were said of the newest version, of each question with a rule.
func (j *Judge) Counts(uuid string) []Counted {
	e := j.byUUID[uuid]
	if e == nil {
		return nil
	}
	return j.CountsOf(uuid, e.newest())
}

// CountsOf is Counts of any version.
func (j *Judge) CountsOf(uuid string, v Version) []Counted {
	e := j.byUUID[uuid]
	if e == nil || e.Setup == nil || e.Outcome == nil || v.Annulled {
		return nil
	}
	return e.countAgain(v)
}
