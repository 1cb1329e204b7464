package evidence

import (
	"crypto/sha256"
	"slices"

	"bayyina/core/ballot"
	"bayyina/platform/ledger/read"
)

// Part says which part of a contest an election is: a country's contest is an election of
// its own in each district, or in several that are merged because one is too small.
type Part struct {
	Contest   read.Bilingual   `json:"contest"`
	Districts []read.Bilingual `json:"districts"` // those of the credentials' statement
	Least     int64            `json:"least"`     // of so many voters at least, where other districts have the same questions
}

// contests are those that set-ups named, by name. They are part of the judge's state.
type contests map[read.Bilingual]*contest

type contest struct {
	Least  int64
	First  string                    // the election that said so
	Placed map[read.Bilingual]string // election of a district
	Asked  map[[sha256.Size]byte]*asked
}

// asked are the elections of a contest with the same questions.
type asked struct {
	First string // the first one
	Small string // the first one with too few voters
}

// agreePart compares the part that an election is with what the authority said of it.
func (e *election) agreePart(entry *read.Entry, part *Part, authority *said[Credentials]) {
	if part == nil {
		return
	}
	if part.Contest.AR == "" || part.Contest.EN == "" || len(part.Districts) == 0 || part.Least < 1 {
		e.against(claimSetup, entry, "vote-part", nil, nil)
	} else {
		e.Figures.Part = part
	}
	if authority == nil {
		return
	}
	if !slices.EqualFunc(part.Districts, authority.Body.Districts, func(name read.Bilingual, d District) bool { return name == d.Name }) {
		e.against(claimSetup, entry, "vote-part-districts", nil, nil)
	}
}

// place compares a set-up with those of the same contest before it: a district votes once,
// the least number of voters is one for all, and elections with the same questions are
// merged rather than that one has fewer.
func (cs contests) place(e *election, entry *read.Entry) {
	if e.Setup == nil || e.Setup.Sequence != entry.Sequence || e.Setup.Body.Part == nil {
		return
	}
	part := e.Setup.Body.Part
	c := cs[part.Contest]
	if c == nil {
		c = &contest{part.Least, e.UUID, make(map[read.Bilingual]string), make(map[[sha256.Size]byte]*asked)}
		cs[part.Contest] = c
	}
	if part.Least != c.Least {
		e.against(claimSetup, entry, "vote-part-least", args{"Said": part.Least, "Least": c.Least, "Other": c.First}, nil)
	}
	for _, district := range part.Districts {
		if other, ok := c.Placed[district]; ok {
			e.against(claimSetup, entry, "vote-part-twice", args{"District": district, "Other": other}, nil)
			continue
		}
		c.Placed[district] = e.UUID
	}
	if e.rules == nil {
		return
	}
	questions := questionsOf(e.rules.election)
	small := int64(e.rules.credentials.Len()) < part.Least
	a := c.Asked[questions]
	switch {
	case a == nil:
		a = &asked{First: e.UUID}
		c.Asked[questions] = a
	case small:
		e.against(claimSetup, entry, "vote-part-small", args{"Election": e.UUID, "Least": part.Least, "Other": a.First}, nil)
	case a.Small != "":
		e.against(claimSetup, entry, "vote-part-small", args{"Election": a.Small, "Least": part.Least, "Other": e.UUID}, nil)
	}
	if small && a.Small == "" {
		a.Small = e.UUID
	}
}

// questionsOf is equal for elections with the same questions.
func questionsOf(e *ballot.Election) [sha256.Size]byte {
	h := sha256.New()
	for _, q := range e.Questions() {
		text := sha256.Sum256(ballot.QuestionText(q))
		h.Write(text[:])
	}
	return [sha256.Size]byte(h.Sum(nil))
}
