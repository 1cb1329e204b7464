package vote

import (
	"context"
	"time"

	"bayyina/core/count"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/board"
	"bayyina/platform/ledger/read"
)

// ElectionIn is the election that an address names.
type ElectionIn struct {
	UUID string `path:"uuid" maxLength:"64" pattern:"^[0-9A-Za-z]+$"`
}

// electionOut is an election as far as the log has told it.
type electionOut struct {
	UUID     string               `json:"uuid"`
	Title    read.Bilingual       `json:"title"`
	Step     string               `json:"step" doc:"The last step that was taken; empty before the set-up" example:"vote.open"`
	Verdict  string               `json:"verdict" enum:"true,false,not shown" doc:"Of all claims on it together"`
	Opens    time.Time            `json:"opens,omitzero"`
	Closes   time.Time            `json:"closes,omitzero"`
	SetUp    *evidence.SetupData  `json:"setup,omitempty"`
	Ballots  *evidence.BallotData `json:"ballots,omitempty"`
	Standing *evidence.Standing   `json:"standing,omitempty" doc:"How the result stands, where one may complain of it"`
}

type electionsOut struct {
	Elections []electionOut `json:"elections" doc:"In the order in which the log first names them; at most 1,000"`
}

func newElectionOut(f found) electionOut {
	out := electionOut{UUID: f.UUID, Title: f.Title, Step: f.Step, Verdict: f.Verdict.String(), SetUp: f.SetUp, Ballots: f.Votes, Standing: f.Standing}
	if f.Open != nil {
		out.Opens, out.Closes = f.Open.Opens, f.Open.Closes
	}
	return out
}

type seatsOut struct {
	Questions []seatsOf `json:"questions"`
}

type seatsOf struct {
	Question int          `json:"question" doc:"From 1"`
	Title    string       `json:"title"`
	Rule     count.Rule   `json:"rule"`
	Dice     string       `json:"dice,omitempty"`
	Seats    []count.Won  `json:"seats" doc:"In the order in which they were filled"`
	Steps    []count.Step `json:"steps" doc:"The count, step by step (docs/COUNTING.md)"`
	Tied     bool         `json:"tied"`
}

type trackersIn struct {
	ElectionIn
	board.Limit
	Prefix string `query:"prefix" required:"true" minLength:"1" maxLength:"43" pattern:"^[0-9A-Za-z+/]+$" doc:"How the tracker begins: eight characters are enough for one ballot"`
}

type trackersOut struct {
	Ballots []ballotOut `json:"ballots"`
	More    bool        `json:"more" doc:"There are others: ask for a longer prefix"`
}

type ballotOut struct {
	Tracker  string          `json:"tracker" doc:"Base64 without padding of the ballot's SHA-256"`
	Ballot   read.Attachment `json:"ballot"`
	Sequence int64           `json:"sequence" doc:"Its entry in the log"`
	Time     time.Time       `json:"time" doc:"Of its batch"`
	Fate     evidence.Fate   `json:"fate" enum:"counts,replaced,refused"`
}

type turnoutOut struct {
	Voters int64      `json:"voters" doc:"On the roll"`
	Points []pointOut `json:"points" doc:"Each at least ten voters after the one before"`
}

type pointOut struct {
	Time   time.Time `json:"time"`
	Voters int64     `json:"voters" doc:"Who had voted by then"`
}

// complaintsOut are the complaints about an election: never who lodged them, nor what they say.
type complaintsOut struct {
	Standing   *evidence.Standing `json:"standing,omitempty" doc:"Absent where nobody may complain"`
	Window     int64              `json:"window,omitempty" doc:"Seconds after the entry of the result"`
	Grounds    []read.Bilingual   `json:"grounds"`
	Body       read.Bilingual     `json:"body" doc:"Who rules"`
	Complaints []complaintOut     `json:"complaints" doc:"By number"`
	Rulings    []rulingOut        `json:"rulings" doc:"In the order of the log"`
	More       bool               `json:"more" doc:"There are others: ask for those after the last number"`
}

type complaintOut struct {
	Number   int64            `json:"number"`
	Sequence int64            `json:"sequence" doc:"Its entry in the log"`
	Lodged   time.Time        `json:"lodged"`
	Ground   int              `json:"ground" doc:"Of the grounds, from 1"`
	About    evidence.Subject `json:"about" doc:"Without members the whole election"`
	Late     bool             `json:"late" doc:"Lodged after the window"`
	Ruling   int              `json:"ruling,omitempty" doc:"Of the rulings, from 1"`
}

type rulingOut struct {
	Sequence   int64              `json:"sequence"`
	Time       time.Time          `json:"time"`
	Complaints []int64            `json:"complaints"`
	Outcome    evidence.Outcome   `json:"outcome" enum:"inadmissible,dismissed,upheld,excluded,annulled"`
	Excluded   []evidence.Subject `json:"excluded,omitempty"`
	Version    int                `json:"version,omitempty" doc:"Of the result that it makes"`
	Reason     read.Bilingual     `json:"reason"`
}

type complaintsIn struct {
	ElectionIn
	board.Limit
	After int64 `query:"after" minimum:"0" doc:"The number after which to begin"`
}

type versionsOut struct {
	Versions []versionOut `json:"versions" doc:"The provisional result first; none before there is a result, or where nobody may complain"`
}

type versionOut struct {
	evidence.Version
	Certified bool      `json:"certified"`
	Questions []seatsOf `json:"questions" doc:"Who has the seats in this version"`
}

func newComplaintsOut(d *evidence.Disputes, in *complaintsIn) complaintsOut {
	out := complaintsOut{Grounds: []read.Bilingual{}, Complaints: []complaintOut{}, Rulings: []rulingOut{}}
	if d == nil {
		return out
	}
	out.Standing, out.Window, out.Grounds, out.Body = &d.Standing, d.Rules.Window, d.Rules.Grounds, d.Rules.Body
	for _, c := range d.Complaints {
		switch {
		case c.Number <= in.After:
			continue
		case len(out.Complaints) == in.Limit.Limit:
			out.More = true
		default:
			out.Complaints = append(out.Complaints, complaintOut{c.Number, c.Sequence, c.Lodged, c.Ground, c.About, c.Late, c.Ruling})
		}
	}
	for _, r := range d.Rulings {
		out.Rulings = append(out.Rulings, rulingOut{r.Sequence, r.Time, r.Complaints, r.Outcome, r.Excluded, r.Version, r.Reason})
	}
	return out
}

// seatsOfAll are counts as programs read them.
func seatsOfAll(counts []evidence.Counted) []seatsOf {
	list := []seatsOf{}
	for _, c := range counts {
		list = append(list, seatsOf{c.Question, c.Title, c.Rule, c.Dice, c.Seats, c.Steps, c.Tie != nil})
	}
	return list
}

// MountAPI adds elections to the interface for programs.
func (p *Pages) MountAPI(a *board.API) {
	const one = "/elections/8QrCAeS5xbQKAY"
	board.Get(a, "/elections", "All elections of the log", "/elections", func(_ context.Context, s *board.Snapshot, _ *struct{}) (electionsOut, error) {
		out := electionsOut{Elections: []electionOut{}}
		for _, f := range all(s, judgeOf(s)) {
			out.Elections = append(out.Elections, newElectionOut(f))
		}
		return out, nil
	})
	board.Get(a, "/elections/{uuid}", "One election", one, func(_ context.Context, s *board.Snapshot, in *ElectionIn) (electionOut, error) {
		f, err := foundIn(s, in.UUID)
		return newElectionOut(f), err
	})
	board.Get(a, "/elections/{uuid}/result", "The result, as recomputed", one+"/result", func(_ context.Context, s *board.Snapshot, in *ElectionIn) (evidence.ResultData, error) {
		f, err := foundIn(s, in.UUID)
		if err == nil && f.Result == nil {
			err = board.ErrBeyond
		}
		if err != nil {
			return evidence.ResultData{}, err
		}
		return *f.Result, nil
	})
	board.Get(a, "/elections/{uuid}/seats", "The seats, counted again step by step; none where the set-up has no rule", one+"/seats", func(_ context.Context, s *board.Snapshot, in *ElectionIn) (seatsOut, error) {
		out := seatsOut{Questions: []seatsOf{}}
		if _, err := foundIn(s, in.UUID); err != nil {
			return out, err
		}
		out.Questions = seatsOfAll(judgeOf(s).Counts(in.UUID))
		return out, nil
	})
	board.Get(a, "/elections/{uuid}/complaints", "The register of complaints, with rulings and their reasons", one+"/complaints", func(_ context.Context, s *board.Snapshot, in *complaintsIn) (complaintsOut, error) {
		if _, err := foundIn(s, in.UUID); err != nil {
			return complaintsOut{}, err
		}
		return newComplaintsOut(judgeOf(s).Disputes(in.UUID), in), nil
	})
	board.Get(a, "/elections/{uuid}/versions", "All versions of the result, each with who has the seats", one+"/versions", func(_ context.Context, s *board.Snapshot, in *ElectionIn) (versionsOut, error) {
		out := versionsOut{Versions: []versionOut{}}
		if _, err := foundIn(s, in.UUID); err != nil {
			return out, err
		}
		d := judgeOf(s).Disputes(in.UUID)
		if d == nil {
			return out, nil
		}
		for _, v := range d.Versions {
			out.Versions = append(out.Versions, versionOut{v, d.Standing.Certified == v.Number, seatsOfAll(judgeOf(s).CountsOf(in.UUID, v))})
		}
		return out, nil
	})
	board.Get(a, "/elections/{uuid}/trackers", "Ballots by how their trackers begin", one+"/trackers?prefix=A", func(_ context.Context, s *board.Snapshot, in *trackersIn) (trackersOut, error) {
		out := trackersOut{Ballots: []ballotOut{}}
		if _, err := foundIn(s, in.UUID); err != nil {
			return out, err
		}
		list, more := p.trackersOf(s, judgeOf(s), in.UUID).Find(in.Prefix, in.Limit.Limit)
		for _, b := range list {
			out.Ballots = append(out.Ballots, ballotOut{b.Tracker, b.Ballot, b.Sequence, b.Time, b.Fate})
		}
		out.More = more
		return out, nil
	})
	board.Get(a, "/elections/{uuid}/turnout", "Turnout over time", one+"/turnout", func(_ context.Context, s *board.Snapshot, in *ElectionIn) (turnoutOut, error) {
		f, err := foundIn(s, in.UUID)
		if err == nil && f.Votes == nil {
			err = board.ErrBeyond
		}
		if err != nil {
			return turnoutOut{}, err
		}
		out := turnoutOut{Voters: f.Votes.Voters, Points: []pointOut{}}
		for _, t := range turnout(judgeOf(s).Batches(in.UUID), f.Votes) {
			out.Points = append(out.Points, pointOut{t.Time, t.Voters})
		}
		return out, nil
	})
}
