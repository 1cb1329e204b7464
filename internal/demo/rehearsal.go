package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"bayyina/core/ballot"
	"bayyina/core/credential"
	"bayyina/core/tally"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger"
	"bayyina/platform/ledger/read"
)

// MinTestVoters is the least number of test voters of an election: whoever votes blank, with all
// answers, with the fewest, two who vote again, and one who does not vote.
const MinTestVoters = 6

// RehearsalConfig says which elections are rehearsed, and where.
type RehearsalConfig struct {
	Dir         string // a new folder
	Name        string // of the rehearsal: letters and digits, part of the log's origin
	Elections   []vote.Election
	Photo       func(hash string) ([]byte, error) // a candidate's picture, by its hex SHA-256
	Voters      int                               // of all elections together; each has MinTestVoters at least
	Litewitness string                            // the witnesses' program; without it nobody witnesses the log
	Random      io.Reader
	Now         func() time.Time
}

// Rehearsal is elections of drafts on their way, with test voters, in a log of their own. It
// has keys of its own, which are nowhere but in this process's memory.
type Rehearsal struct {
	cfg       RehearsalConfig
	scene     *scene
	elections []*rehearsed
	steps     []func(context.Context) (done bool, err error)
	next      int // step
	cast      int // ballots
	ballots   int // to be cast
	closes    time.Time
}

// rehearsed is one of its elections.
type rehearsed struct {
	*held
	planned []testBallot // in the order in which they are cast
	cast    int
	counted map[int]ballot.Plaintext // by voter: the last
	revotes int
	tied    int // questions whose ties dice decided
}

// testBallot is a ballot of a test voter.
type testBallot struct {
	voter int // place on the roll, from 0
	vote  ballot.Plaintext
}

// Rehearsed is what came out of one of the elections.
type Rehearsed struct {
	Election string // uuid
	Title    read.Bilingual
	Voters   int
	Ballots  int  // that were cast
	Revotes  int  // of them
	Tied     int  // questions whose ties dice decided
	Exact    bool // the result is what the test voters chose
}

// rehearsalHost stands in no network (RFC 2606): nothing there can be taken for something real.
const rehearsalHost = "rehearsal.invalid"

// NewRehearsal prepares a rehearsal. Step after Step holds it.
func NewRehearsal(cfg RehearsalConfig) (*Rehearsal, error) {
	if len(cfg.Elections) == 0 {
		return nil, errors.New("a rehearsal of no election")
	}
	r := &Rehearsal{cfg: cfg, scene: &scene{
		cfg: Config{Dir: cfg.Dir, Litewitness: cfg.Litewitness, Random: cfg.Random, Now: cfg.Now},
		place: place{
			host: rehearsalHost, origin: rehearsalHost + "/" + cfg.Name, others: "%s." + rehearsalHost + "/%s",
			name:     ledger.Bilingual{AR: "تجربة: لا يُحتسب هنا شيء", EN: "REHEARSAL: nothing here counts"},
			passkeys: ledger.Passkeys{RPID: rehearsalHost, Origins: []string{"https://" + rehearsalHost}},
		},
	}}
	random := rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	each := max(MinTestVoters, cfg.Voters/len(cfg.Elections))
	for i := range cfg.Elections {
		e, err := r.plan(&cfg.Elections[i], each, random)
		if err != nil {
			return nil, err
		}
		r.elections = append(r.elections, e)
		r.ballots += len(e.planned)
	}
	r.add(r.scene.build)
	for _, e := range r.elections {
		r.add(e.prepare)
	}
	r.add(r.open)
	r.steps = append(r.steps, r.vote, r.wait)
	for _, e := range r.elections {
		r.add(e.count)
	}
	r.add(r.end)
	return r, nil
}

// add adds a step that is done at once.
func (r *Rehearsal) add(do func(context.Context) error) {
	r.steps = append(r.steps, func(ctx context.Context) (bool, error) { return true, do(ctx) })
}

// Step goes on for some seconds at most, and says whether there is more to do. After an error
// the rehearsal is of no use, and closed.
func (r *Rehearsal) Step(ctx context.Context) (more bool, err error) {
	done, err := r.steps[r.next](ctx)
	if err != nil {
		return false, errors.Join(fmt.Errorf("rehearsal: %w", err), r.Close())
	}
	if done {
		r.next++
	}
	return r.next < len(r.steps), nil
}

// Progress tells how far it is; a ballot counts as a step does.
func (r *Rehearsal) Progress() (done, total int) {
	return r.next + r.cast, len(r.steps) + r.ballots
}

// Close stops the witnesses, and forgets the keys. It may be called again.
func (r *Rehearsal) Close() error {
	err := r.scene.close()
	r.scene.log, r.scene.db, r.scene.witnesses = nil, nil, nil
	return err
}

// plan makes an election out of a draft, with a name of its own, that says what it is.
func (r *Rehearsal) plan(from *vote.Election, voters int, random *rand.Rand) (*rehearsed, error) {
	e := &rehearsed{held: &held{scene: r.scene, draft: *from.Draft, photo: r.cfg.Photo}, counted: make(map[int]ballot.Plaintext)}
	var err error
	if e.uuid, err = vote.NewUUID(r.cfg.Random); err != nil {
		return nil, err
	}
	trial := func(b read.Bilingual) read.Bilingual {
		return read.Bilingual{AR: "تجربة: " + b.AR, EN: "REHEARSAL: " + b.EN}
	}
	e.draft.UUID, e.draft.Title = e.uuid, trial(e.draft.Title)
	e.draft.Name = e.draft.Title.AR + " · " + e.draft.Title.EN
	e.draft.Administrator, e.draft.CredentialAuthority = rehearsalHost, rehearsalHost
	for i := range voters {
		e.voters = append(e.voters, credential.Voter{ID: fmt.Sprint("test-", i+1), Weight: 1})
	}
	if len(from.Districts) > 0 {
		e.part = &evidence.Part{Contest: trial(from.Contest), Least: 1}
		for i, d := range from.Districts {
			share := voters / len(from.Districts)
			if i == 0 {
				share += voters % len(from.Districts)
			}
			e.part.Districts = append(e.part.Districts, d.Name)
			e.shares = append(e.shares, evidence.District{Name: d.Name, Voters: int64(share)})
		}
	}
	var questions []ballot.Question
	for _, q := range from.Draft.Questions {
		questions = append(questions, q.Question)
	}
	for i := range voters - 1 { // the last does not vote
		how := anyhow
		if i < 3 {
			how = []manner{blank, most, least}[i]
		}
		e.planned = append(e.planned, testBallot{i, testVote(random, questions, how)})
	}
	e.revotes = max(2, voters/10)
	for i := range e.revotes {
		e.planned = append(e.planned, testBallot{voters - 2 - i, testVote(random, questions, anyhow)})
	}
	return e, nil
}

// prepare makes keys and credentials, and sets the election up.
func (e *rehearsed) prepare(ctx context.Context) error {
	for _, step := range []func(context.Context) error{e.register, e.ceremony, e.agree, e.setUp} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// open opens all elections, for as long as this machine needs several times over: it has a server to run.
func (r *Rehearsal) open(ctx context.Context) error {
	var lasts time.Duration
	for _, e := range r.elections {
		each, err := e.estimate(func(random *rand.Rand, voter int) ballot.Plaintext {
			return e.planned[voter%len(e.planned)].vote
		})
		if err != nil {
			return err
		}
		lasts += 4 * each * time.Duration(len(e.planned))
	}
	r.closes = r.cfg.Now().UTC().Add(lasts + 8*time.Second + lastCall).Truncate(time.Second)
	for _, e := range r.elections {
		if err := e.openUntil(ctx, r.closes); err != nil {
			return err
		}
	}
	return nil
}

// together is how many test voters cast at once.
const together = 16

// vote lets some test voters vote, each of another credential, and enters the batches that are due.
func (r *Rehearsal) vote(ctx context.Context) (done bool, err error) {
	done = true
	for _, e := range r.elections {
		some := e.portion()
		var g errgroup.Group
		g.SetLimit(2 * runtime.GOMAXPROCS(0))
		for _, b := range some {
			e.counted[b.voter] = b.vote
			g.Go(func() error {
				_, _, err := e.held.cast(ctx, b.voter, b.vote)
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return false, err
		}
		e.cast += len(some)
		r.cast += len(some)
		done = done && e.cast == len(e.planned)
	}
	return done, r.batches(ctx)
}

// portion is the next ballots that can be cast at once: none replaces another of them.
func (e *rehearsed) portion() []testBallot {
	voters := make(map[int]bool)
	some := e.planned[e.cast:min(len(e.planned), e.cast+together)]
	for i, b := range some {
		if voters[b.voter] {
			return some[:i]
		}
		voters[b.voter] = true
	}
	return some
}

func (r *Rehearsal) batches(ctx context.Context) error {
	for _, e := range r.elections {
		if _, err := r.scene.registrar.Batch(ctx, e.uuid); err != nil {
			return err
		}
	}
	_, err := r.scene.log.Drain(ctx)
	return err
}

// wait waits for the close.
func (r *Rehearsal) wait(ctx context.Context) (done bool, err error) {
	if err := r.batches(ctx); err != nil {
		return false, err
	}
	if r.cfg.Now().After(r.closes.Add(time.Second)) {
		return true, nil
	}
	return false, wait(ctx, 250*time.Millisecond)
}

// count counts an election, and certifies its result.
func (e *rehearsed) count(ctx context.Context) error {
	_, encrypted, err := e.sum(ctx)
	if err != nil {
		return err
	}
	if encrypted, err = e.shuffle(ctx, encrypted, 0); err != nil {
		return err
	}
	if err := e.decrypt(ctx, encrypted); err != nil {
		return err
	}
	_, thrown, err := e.fill(ctx)
	if err != nil {
		return err
	}
	e.tied = len(thrown)
	_, err = e.sign(ctx, e.path(e.uuid+".bel"))
	return err
}

// end stops everything, and leaves of the folder what anybody could have, the log and the policy: no
// secret and no database.
func (r *Rehearsal) end(context.Context) error {
	if err := r.Close(); err != nil {
		return err
	}
	entries, err := os.ReadDir(r.cfg.Dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if name := entry.Name(); name != "log" && name != policyName {
			if err := os.RemoveAll(r.scene.path(name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Log and Policy are the folder of the public files, and the policy to judge them by.
func (r *Rehearsal) Log() string    { return r.scene.path("log") }
func (r *Rehearsal) Policy() string { return r.scene.path(policyName) }

// Witnessed says whether witnesses cosigned the log.
func (r *Rehearsal) Witnessed() bool { return len(r.scene.people.witnesses) > 0 }

// Elections tell what came out of each election, once it is over.
func (r *Rehearsal) Elections() (list []Rehearsed, err error) {
	for _, e := range r.elections {
		exact, err := e.exact()
		if err != nil {
			return nil, err
		}
		list = append(list, Rehearsed{e.uuid, e.draft.Title, len(e.voters), len(e.planned), e.revotes, e.tied, exact})
	}
	return list, nil
}

// exact says whether the result is what the test voters chose, whose votes are known here.
func (e *rehearsed) exact() (bool, error) {
	result, err := tally.ParseResult(e.election, e.result)
	if err != nil {
		return false, err
	}
	for i, q := range e.election.Questions() {
		if q.Shuffled() {
			var want, got [][]int
			for _, v := range e.counted {
				want = append(want, v[i])
			}
			for _, row := range result[i].Rows {
				numbers := make([]int, len(row))
				for j, n := range row {
					numbers[j] = int(n)
				}
				got = append(got, numbers)
			}
			slices.SortFunc(want, slices.Compare)
			slices.SortFunc(got, slices.Compare)
			if !slices.EqualFunc(want, got, slices.Equal) {
				return false, nil
			}
			continue
		}
		sums := make([]uint64, len(q.Labels()))
		for _, v := range e.counted {
			for j, n := range v[i] {
				sums[j] += uint64(n)
			}
		}
		if !slices.Equal(sums, result[i].Numbers()) {
			return false, nil
		}
	}
	return true, nil
}
