package evidence

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/gob"
	"fmt"
	"io"
	"runtime"
	"time"

	"bayyina/core/hint"
	"bayyina/platform/ledger/read"
)

// Judge recomputes the claims on every election of a log. It implements
// read.Judge.
type Judge struct {
	elections []*election // in the order in which the log first names them
	byUUID    map[string]*election
	contests  contests
	booth     *boothState // the newest one, nil where none was decided
	unread    finding     // entries that cannot be given to an election
	exports   map[string]io.Writer

	workers   int
	openHints func(path string) (io.ReadCloser, error)
	hints     map[string]*hint.Reader // by election; nil where there are none
	hintFiles []io.Closer
	checked   Checked
}

// NewJudge returns a judge that has seen nothing.
func NewJudge() *Judge {
	return &Judge{byUUID: make(map[string]*election), contests: make(contests), workers: runtime.GOMAXPROCS(0)}
}

// UseWorkers sets how many ballots are checked at a time; if 0, it stays one for each
// core.
func (j *Judge) UseWorkers(n int) {
	if n > 0 {
		j.workers = n
	}
}

// Kinds lists the kinds that the judge understands.
func (j *Judge) Kinds() []string {
	return []string{
		KindCredentials, KindCommitment, KindTrustees, KindSetup, KindOpen, KindBallot,
		KindClose, KindTally, KindShuffle, KindDecryption, KindResult, KindCertify, KindDice, KindSeats, KindBooth,
		KindComplaintRules, KindComplaint, KindRuling, KindVersionSeats, KindVersionCertify,
	}
}

// Entries takes the next entries in log order. Runs of ballots are verified on
// all cores.
func (j *Judge) Entries(ctx context.Context, log read.Log, entries []*read.Entry) error {
	for len(entries) > 0 {
		run := 0
		for run < len(entries) && run < ballotsAtOnce && entries[run].Statement.Kind == KindBallot {
			run++
		}
		var err error
		if run > 0 {
			err = j.ballots(ctx, log, entries[:run])
		} else {
			run = 1
			err = j.entry(ctx, log, entries[0])
		}
		if err != nil {
			return err
		}
		entries = entries[run:]
	}
	return nil
}

// entry takes one entry that is no ballot.
func (j *Judge) entry(ctx context.Context, log read.Log, entry *read.Entry) error {
	switch entry.Statement.Kind {
	case KindCredentials:
		return take(ctx, j, log, entry, (*election).credentials)
	case KindCommitment:
		return take(ctx, j, log, entry, (*election).commitment)
	case KindTrustees:
		return take(ctx, j, log, entry, (*election).trustees)
	case KindSetup:
		return take(ctx, j, log, entry, func(e *election, ctx context.Context, log read.Log, entry *read.Entry, b Setup) error {
			if err := e.setup(ctx, log, entry, b); err != nil {
				return err
			}
			j.contests.place(e, entry)
			return nil
		})
	case KindOpen:
		return take(ctx, j, log, entry, (*election).open)
	case KindClose:
		return take(ctx, j, log, entry, (*election).close)
	case KindTally:
		return take(ctx, j, log, entry, (*election).tally)
	case KindShuffle:
		return take(ctx, j, log, entry, (*election).shuffle)
	case KindDecryption:
		return take(ctx, j, log, entry, (*election).decryption)
	case KindResult:
		return take(ctx, j, log, entry, (*election).result)
	case KindCertify:
		return take(ctx, j, log, entry, (*election).certify)
	case KindDice:
		return take(ctx, j, log, entry, (*election).dice)
	case KindSeats:
		return take(ctx, j, log, entry, (*election).seats)
	case KindBooth:
		return j.takeBooth(ctx, log, entry)
	case KindComplaintRules:
		return take(ctx, j, log, entry, (*election).complaintRules)
	case KindComplaint:
		return take(ctx, j, log, entry, (*election).complaint)
	case KindRuling:
		return take(ctx, j, log, entry, (*election).ruling)
	case KindVersionSeats:
		return take(ctx, j, log, entry, (*election).versionSeats)
	case KindVersionCertify:
		return take(ctx, j, log, entry, (*election).certifyVersion)
	}
	return fmt.Errorf("entry %d: kind %s is not this judge's", entry.Sequence, entry.Statement.Kind)
}

// body is what every entry about an election has.
type body interface{ election() string }

func (b Credentials) election() string { return b.Election }
func (b Commitment) election() string  { return b.Election }
func (b Trustees) election() string    { return b.Election }
func (b Setup) election() string       { return b.Election }
func (b Open) election() string        { return b.Election }
func (b Ballot) election() string      { return b.Election }
func (b Close) election() string       { return b.Election }
func (b Tally) election() string       { return b.Election }
func (b Shuffle) election() string     { return b.Election }
func (b Decryption) election() string  { return b.Election }
func (b Result) election() string      { return b.Election }
func (b Certify) election() string     { return b.Election }
func (b Dice) election() string        { return b.Election }
func (b Seats) election() string       { return b.Election }

func (b ComplaintRules) election() string { return b.Election }
func (b Complaint) election() string      { return b.Election }
func (b Ruling) election() string         { return b.Election }
func (b VersionSeats) election() string   { return b.Election }
func (b VersionCertify) election() string { return b.Election }

// take reads an entry's body and hands it to its election.
func take[B body](ctx context.Context, j *Judge, log read.Log, entry *read.Entry,
	apply func(*election, context.Context, read.Log, *read.Entry, B) error,
) error {
	e, b, ok := decode[B](j, entry)
	if !ok {
		return nil
	}
	e.hear(entry, trusteeOf(b))
	if err := apply(e, ctx, log, entry, b); err != nil {
		return fmt.Errorf("entry %d, %s: %w", entry.Sequence, entry.Statement.Kind, err)
	}
	return nil
}

// trusteeOf is the trustee whose part a statement is, 0 where it is nobody's.
func trusteeOf(b body) int {
	switch b := b.(type) {
	case Commitment:
		return b.Trustee
	case Shuffle:
		return b.Trustee
	case Decryption:
		return b.Trustee
	}
	return 0
}

// decode reads an entry's body and finds its election, a new one if the log has
// not named it before.
func decode[B body](j *Judge, entry *read.Entry) (e *election, b B, ok bool) {
	if err := read.DecodeBody(entry.Statement.Body, &b); err != nil {
		j.unreadable(entry, "vote-body", args{"Kind": entry.Statement.Kind}, err)
		return nil, b, false
	}
	uuid := b.election()
	e = j.byUUID[uuid]
	if e != nil {
		return e, b, true
	}
	if len(j.elections) == MaxElections {
		j.unreadable(entry, "vote-too-many", args{"Election": uuid, "Count": int64(MaxElections)}, nil)
		return nil, b, false
	}
	e = newElection(uuid)
	e.export = j.exports[uuid]
	j.elections = append(j.elections, e)
	j.byUUID[uuid] = e
	return e, b, true
}

func (j *Judge) unreadable(entry *read.Entry, code string, values args, detail error) {
	j.unread.add(newFault(entry, code, values, detail))
}

// judgeState is the judge's state. It is written by encoding/gob, which keeps the
// types of the values in messages.
type judgeState struct {
	Elections []*election
	Contests  contests
	Unread    finding
	Booth     *boothState
}

func init() {
	gob.Register(time.Time{})
	gob.Register(read.Bilingual{})
}

// State returns all that a later run needs to go on after the last entry.
func (j *Judge) State() ([]byte, error) {
	for _, e := range j.elections {
		e.keepSum()
	}
	var state bytes.Buffer
	if err := gob.NewEncoder(&state).Encode(judgeState{j.elections, j.contests, j.unread, j.booth}); err != nil {
		return nil, fmt.Errorf("state of the judge of elections: %w", err)
	}
	return state.Bytes(), nil
}

// Restore goes back to a state that State returned.
func (j *Judge) Restore(state []byte) error {
	var s judgeState
	if err := gob.NewDecoder(bytes.NewReader(state)).Decode(&s); err != nil {
		return fmt.Errorf("restore the judge of elections: %w", err)
	}
	// What the judge was told of this run stays: workers, hints, exports.
	j.elections, j.byUUID, j.unread, j.booth = s.Elections, make(map[string]*election), s.Unread, s.Booth
	if j.contests = s.Contests; j.contests == nil {
		j.contests = make(contests)
	}
	for _, c := range j.contests { // gob leaves out what is empty
		if c.Placed == nil {
			c.Placed = make(map[read.Bilingual]string)
		}
		if c.Asked == nil {
			c.Asked = make(map[[sha256.Size]byte]*asked)
		}
	}
	for _, e := range j.elections {
		if e.Findings == nil {
			e.Findings = make(map[string]*finding)
		}
		j.byUUID[e.UUID] = e
	}
	return nil
}
