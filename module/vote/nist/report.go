package nist

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"bayyina/core/ballot"
	"bayyina/core/count"
	"bayyina/module/vote/evidence"
	"bayyina/platform/locale"
)

// Report is the result of one election.
type Report struct{ report report }

// Source is what a report is made of: what the log tells of an election, and what was recomputed.
type Source struct {
	Log       string // its origin
	Rehearsal bool
	Told      evidence.Told
	Figures   evidence.Figures
}

// ErrNoResult: the election has no result that was recomputed.
var ErrNoResult = errors.New("this election has no result yet")

// whole is the unit of all districts.
const whole = "unit-all"

// maker makes a report.
type maker struct {
	source   Source
	ar, en   *locale.Locale
	election *election
	parties  []party
	out      map[[3]string]bool // who was excluded: question, list (or nothing) and answer
}

// New makes the report of an election that has a result.
func New(s Source) (*Report, error) {
	f := s.Figures
	if f.Setup == nil || f.Ballots == nil || f.Result == nil || s.Told.Open == nil {
		return nil, ErrNoResult
	}
	definition, err := ballot.ParseElection(s.Told.Definition)
	if err != nil {
		return nil, fmt.Errorf("election %s: %w", s.Told.UUID, err)
	}
	m := &maker{source: s, out: excluded(s.Told)}
	if m.ar, err = locale.New(locale.Arabic); err != nil {
		return nil, err
	}
	if m.en, err = locale.New(locale.English); err != nil {
		return nil, err
	}
	title := text{Kind: "InternationalizedText", Text: []textString{
		{"LanguageString", s.Told.Title.AR, locale.Arabic}, {"LanguageString", s.Told.Title.EN, locale.English},
	}}
	m.election = &election{
		Kind: "Election", ElectionScopeID: whole, Name: title, Type: "general",
		StartDate: day(s.Told.Open.Opens), EndDate: day(s.Told.Open.Closes),
		ExternalIdentifier: []externalIdentifier{{"ExternalIdentifier", "other", "belenios-uuid", s.Told.UUID}},
		BallotCounts:       []ballotCounts{{"BallotCounts", whole, "total", f.Ballots.Counted}},
	}
	for i, q := range definition.Questions() {
		if i < len(f.Result.Questions) {
			m.contest(i+1, q, f.Result.Questions[i])
		}
	}
	r := report{
		Kind: "ElectionReport", Format: "summary-contest", GeneratedDate: m.generated(), Issuer: s.Log, IssuerAbbreviation: s.Log,
		SequenceStart: 1, SequenceEnd: 1, Status: "unofficial-complete", VendorApplicationID: "bayyina", IsTest: s.Rehearsal,
		Party: m.parties, GpUnit: m.units(), Election: []election{*m.election},
	}
	if at := s.Told.Standing; at != nil {
		r.Notes = fmt.Sprintf("version %d of the result", at.Version)
		if at.Version > 1 {
			r.Status = "correction"
		}
		if at.Annulled {
			r.Notes += ": annulled by a ruling on complaints, nobody is elected"
		} else if s.Told.Certified == nil {
			r.Notes += ": provisional, complaints are taken until " + at.Ends.UTC().Format(time.RFC3339)
		}
	}
	if s.Told.Certified != nil {
		r.Status = "certified"
	}
	if s.Rehearsal {
		r.TestType = "rehearsal"
	}
	return &Report{r}, nil
}

// excluded are those who do not stand in the newest version of the result.
func excluded(t evidence.Told) map[[3]string]bool {
	if t.Standing == nil {
		return nil
	}
	out, naming := make(map[[3]string]bool), evidence.NewNaming(t.Definition)
	for _, s := range t.Standing.Excluded {
		switch names := naming.Of(s); len(names) {
		case 2:
			out[[3]string{names[0], "", names[1]}] = true
		case 3:
			out[[3]string{names[0], names[1], names[2]}] = true
		}
	}
	return out
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// generated is the time of the last entry about the election: the same for everybody.
func (m *maker) generated() string {
	acts := m.source.Told.Acts
	if len(acts) == 0 {
		return m.source.Told.Open.Closes.UTC().Format(time.RFC3339)
	}
	return acts[len(acts)-1].Time.UTC().Format(time.RFC3339)
}

// units are the districts, and all of them together. Votes are counted for all together only.
func (m *maker) units() []unit {
	f := m.source.Figures
	all := unit{
		ID: whole, Kind: "ReportingUnit", Type: "other", OtherType: "electorate", VotersParticipated: &f.Ballots.Counted, VotersRegistered: f.Setup.Voters,
	}
	var list []unit
	for i, d := range f.Setup.Districts {
		u := unit{ID: fmt.Sprintf("district-%d", i+1), Kind: "ReportingUnit", Type: "other", OtherType: "district", VotersRegistered: d.Voters}
		u.Name = &text{"InternationalizedText", []textString{
			{"LanguageString", d.Name.AR, locale.Arabic}, {"LanguageString", d.Name.EN, locale.English},
		}}
		list = append(list, u)
		all.ComposingGpUnitIDs = append(all.ComposingGpUnitIDs, u.ID)
	}
	return append([]unit{all}, list...)
}

// text is a text of the ballot in its languages.
func (m *maker) text(both string) text {
	ar, en := m.ar.Half(both), m.en.Half(both)
	if ar == en {
		return text{"InternationalizedText", []textString{{"LanguageString", both, "und"}}}
	}
	return text{"InternationalizedText", []textString{{"LanguageString", ar, locale.Arabic}, {"LanguageString", en, locale.English}}}
}

// contest adds question n with its answers and votes.
func (m *maker) contest(n int, q ballot.Question, result evidence.QuestionResult) {
	c := contest{
		ID: fmt.Sprintf("contest-%d", n), Kind: "CandidateContest", BallotTitle: m.text(q.Title()), Name: q.Title(), ElectionDistrictID: whole,
		SequenceOrder: n, VoteVariation: "n-of-m", VotesAllowed: result.Max,
	}
	seats := m.seats(q.Title())
	if seats != nil {
		c.NumberElected = len(seats.Seats)
	}
	switch q.(type) {
	case ballot.Lists:
		c.Kind, c.VoteVariation, c.VotesAllowed, c.NumberElected = "PartyContest", "proportional", 0, 0
		m.lists(&c, result, seats)
	case ballot.NonHomomorphic:
		c.VoteVariation, c.VotesAllowed = "other", len(q.Labels())
		c.OtherVoteVariation = result.Rule
		if c.OtherVoteVariation == "" {
			c.OtherVoteVariation = "ranking"
		}
		for _, p := range result.Places {
			m.candidate(&c, evidence.AnswerResult{Answer: p.Answer}, "", seats, []voteCounts{
				{"VoteCounts", whole, "other", "first-preferences", p.Best}, {"VoteCounts", whole, "other", "place", int64(p.Place)},
			})
		}
	default:
		if result.Max == 1 {
			c.VoteVariation = "plurality"
		}
		for _, a := range result.Answers {
			if a.Blank {
				c.OtherCounts = append(c.OtherCounts, otherCounts{"OtherCounts", whole, a.Votes})
				continue
			}
			m.candidate(&c, a, "", seats, []voteCounts{{"VoteCounts", whole, "total", "", a.Votes}})
		}
	}
	m.election.Contest = append(m.election.Contest, c)
}

// lists adds lists, each before its candidates.
func (m *maker) lists(c *contest, result evidence.QuestionResult, seats *evidence.QuestionSeats) {
	of := ""
	for _, a := range result.Answers {
		votes := []voteCounts{{"VoteCounts", whole, "total", "", a.Votes}}
		if a.List != "" {
			m.candidate(c, a, of, seats, votes)
			continue
		}
		of = fmt.Sprintf("party-%d", len(m.parties)+1)
		m.parties = append(m.parties, party{of, "Party", m.text(a.Answer)})
		if seats != nil {
			won := voteCounts{"VoteCounts", whole, "seats", "", 0}
			for _, w := range seats.Seats {
				if w.Name == a.Answer {
					won.Count++
				}
			}
			votes = append(votes, won)
		}
		at := len(c.ContestSelection) + 1
		c.ContestSelection = append(c.ContestSelection, selection{
			ID: fmt.Sprintf("%s-%d", c.ID, at), Kind: "PartySelection", SequenceOrder: at, VoteCounts: votes, PartyIDs: refs{of},
		})
	}
}

// candidate adds an answer; of is the party of the list that it is on.
func (m *maker) candidate(c *contest, a evidence.AnswerResult, of string, seats *evidence.QuestionSeats, votes []voteCounts) {
	who := candidate{ID: fmt.Sprintf("candidate-%d", len(m.election.Candidate)+1), Kind: "Candidate", BallotName: m.text(a.Answer), PartyID: of}
	switch {
	case m.out[[3]string{c.Name, a.List, a.Answer}] || m.out[[3]string{c.Name, "", a.List}]:
		who.PostElectionStatus = "withdrawn"
	case seats != nil && !seats.Tied:
		who.PostElectionStatus = status(a, seats)
	}
	m.election.Candidate = append(m.election.Candidate, who)
	at := len(c.ContestSelection) + 1
	c.ContestSelection = append(c.ContestSelection, selection{
		ID: fmt.Sprintf("%s-%d", c.ID, at), Kind: "CandidateSelection", SequenceOrder: at, VoteCounts: votes, CandidateIDs: refs{who.ID},
	})
}

// status is what became of a candidate, "" where seats went to lists and not to their candidates.
func status(a evidence.AnswerResult, seats *evidence.QuestionSeats) string {
	for _, w := range seats.Seats {
		if a.List == "" && w.Name == a.Answer || a.List != "" && w.Name == a.List && w.Member == a.Answer {
			return "winner"
		}
	}
	switch {
	case slices.Contains(seats.RunOff, a.Answer):
		return "advanced-to-runoff"
	case a.List != "" && !slices.ContainsFunc(seats.Seats, func(w count.Won) bool { return w.Member != "" }):
		return ""
	}
	return "defeated"
}

// seats are those of a question, nil where it has none.
func (m *maker) seats(question string) *evidence.QuestionSeats {
	if m.source.Figures.Seats == nil {
		return nil
	}
	for i := range m.source.Figures.Seats.Questions {
		if q := &m.source.Figures.Seats.Questions[i]; q.Question == question {
			return q
		}
	}
	return nil
}
