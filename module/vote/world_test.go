package vote_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"bayyina/core/ballot"
	"bayyina/core/credential"
	"bayyina/core/group"
	"bayyina/core/tally"
	"bayyina/core/trustee"
	"bayyina/internal/forge"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity"
	"bayyina/platform/ledger"
	"bayyina/platform/ledger/read"
	"bayyina/platform/ledger/replay"
	"bayyina/platform/store"
	"bayyina/platform/store/storetest"
)

const (
	origin  = "log.hnec.example/2026"
	members = 3 // trustees, of whom two decrypt
	voters  = 8
	batch   = 10 * time.Minute
)

// Voting is from one to two hours after the start.
var (
	ctx    = context.Background()
	start  = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	opens  = start.Add(time.Hour)
	closes = start.Add(2 * time.Hour)
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// nation is what is made before an election: keys take time, so it is made once.
type nation struct {
	group       *group.Group
	uuid        string
	secrets     []credential.Private
	list        *credential.List
	record      []byte // of the trustees
	commitments []evidence.Commitment
	shares      []*trustee.PrivateKey
	draft       *vote.Template
	definition  []byte
	election    *ballot.Election
}

var theNation = sync.OnceValue(func() *nation { return newNation(group.Ed25519) })

func newNation(g *group.Group) *nation { return newNationOf(g, voters) }

func newNationOf(g *group.Group, voters int) *nation {
	n := &nation{group: g, uuid: must(vote.NewUUID(rand.Reader))}
	var roll []credential.Voter
	for i := range voters {
		roll = append(roll, credential.Voter{ID: fmt.Sprint(i), Weight: 1})
	}
	var err error
	n.secrets, n.list, err = credential.Issue(rand.Reader, n.group, n.uuid, roll, false)
	must(0, err)
	n.ceremony()
	n.draft = must(vote.ParseTemplate([]byte(`{"name":"انتخاب تجريبي","description":"",` +
		`"questions":[{"question":"من؟","answers":["أ","ب","ج"],"min":1,"max":2,"blank":true}]}`)))
	n.draft.UUID, n.draft.Group = n.uuid, g.Name()
	n.definition = must(n.draft.Definition(n.record))
	n.election = must(ballot.ParseElection(n.definition))
	return n
}

// ceremony makes the trustees' shared key.
func (n *nation) ceremony() {
	var keys []*trustee.Key
	var certs, polynomials, outputs [][]byte
	for i := range members {
		key := must(trustee.OpenSeed(n.group, must(trustee.NewSeed(rand.Reader))))
		keys, certs = append(keys, key), append(certs, must(key.Certificate(members, 2, i+1, rand.Reader)))
	}
	ceremony := must(trustee.OpenCeremony(certs))
	for i, key := range keys {
		polynomials = append(polynomials, must(ceremony.Polynomial(key, rand.Reader)))
		n.commitments = append(n.commitments, must(vote.CommitmentStatement(n.uuid, i+1, certs[i], polynomials[i])))
	}
	inputs := must(ceremony.Inputs(polynomials))
	for i, key := range keys {
		outputs = append(outputs, must(ceremony.Share(key, inputs[i], rand.Reader)))
	}
	block, shares, err := ceremony.Finish(polynomials, outputs)
	must(0, err)
	for i, key := range keys {
		n.shares = append(n.shares, must(key.OpenShare(shares[i])))
	}
	n.record = must(trustee.Record(n.group, trustee.Threshold(block)))
}

// ballot encrypts a vote for one of the three answers.
func (n *nation) ballot(voter, answer int) []byte {
	vote := ballot.Plaintext{{0, 0, 0, 0}}
	vote[0][1+answer] = 1
	draft := must(n.election.Encrypt(rand.Reader, n.secrets[voter].Public(n.group, n.uuid), vote))
	return must(draft.Sign(rand.Reader, n.secrets[voter].Key(n.group, n.uuid))).Bytes()
}

// world is a log by the real writer with its witnesses, and the registrar on it. Time
// passes only when it is told to.
type world struct {
	*nation
	*forge.Actors
	tb  testing.TB
	cfg ledger.Config
	log *ledger.Log
	reg *vote.Registrar

	rules    []evidence.QuestionRule // of the set-up
	shuffles int                     // that it promises
	part     *evidence.Part          // of a contest
	roll     []evidence.District     // what the authority says of it
	photos   map[string][]byte       // of candidates, by their hashes

	mu   sync.Mutex
	now  time.Time
	away bool // the witnesses are
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// RoundTrip is the witnesses' answer to a checkpoint: they cosign it at the world's time.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	away := w.away
	w.mu.Unlock()
	if away {
		return nil, errors.New("nobody is there")
	}
	_, checkpoint, _ := bytes.Cut(body, []byte("\n\n"))
	text := checkpoint[:bytes.LastIndex(checkpoint, []byte("\n\n"))+1]
	for _, witness := range w.Witnesses {
		if strings.HasPrefix(r.URL.Host, witness.Name()) {
			line := witness.Cosign(text, w.clock())
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(line)), Header: http.Header{}, Request: r}, nil
		}
	}
	return nil, errors.New("no such witness")
}

func newWorld(tb testing.TB, dialect store.Dialect) *world {
	tb.Helper()
	return newWorldOf(tb, dialect, theNation())
}

func newWorldOf(tb testing.TB, dialect store.Dialect, n *nation) *world {
	tb.Helper()
	return newWorldWith(tb, dialect, n, members)
}

// newWorldWith is a world whose log has so many trustees' keys, three or more.
func newWorldWith(tb testing.TB, dialect store.Dialect, n *nation, trustees int) *world {
	tb.Helper()
	w := &world{nation: n, tb: tb, now: start, Actors: must(forge.NewActors(origin, start, rand.Reader))}
	for i := len(w.Trustees); i < trustees; i++ {
		w.Trustees = append(w.Trustees, must(identity.NewKey(fmt.Sprintf("trustee.example/%d", i+1), rand.Reader)))
	}
	w.cfg = ledger.Config{
		Dir: tb.TempDir(), DB: storetest.Open(tb, storetest.DSN(tb, dialect)), Checkpoint: w.Checkpoint, Entry: w.Entry,
		Now: w.clock, Client: &http.Client{Transport: w}, Log: slog.New(slog.DiscardHandler),
	}
	must(ledger.Create(ctx, w.cfg, must(w.Say("log.genesis/1", w.Genesis(), w.Root))))
	w.start()
	tb.Cleanup(func() { check(tb, w.log.Close()) })
	return w
}

// start opens log and registrar.
func (w *world) start() {
	w.tb.Helper()
	w.log = must(ledger.Open(ctx, w.cfg))
	w.reg = w.registrar(w.Receipt)
}

func (w *world) registrar(receipt note.Signer) *vote.Registrar {
	w.tb.Helper()
	return must(vote.NewRegistrar(ctx, vote.Config{
		DB: w.cfg.DB, Dir: w.cfg.Dir, Origin: origin, Receipt: receipt, Now: w.clock, Random: rand.Reader,
	}))
}

// crash loses everything that is not in the database and the log.
func (w *world) crash() {
	w.tb.Helper()
	check(w.tb, w.log.Close())
	w.start()
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) at(t time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = t
}

func (w *world) drain() {
	w.tb.Helper()
	_, err := w.log.Drain(ctx)
	check(w.tb, err)
}

// tick lets time pass, as the server does: it asks for the next batch, and the log
// takes in what is queued. It returns how many ballots were in the batch.
func (w *world) tick(d time.Duration) int {
	w.tb.Helper()
	w.pass(d)
	n, err := w.reg.Batch(ctx, w.uuid)
	check(w.tb, err)
	w.drain()
	_, err = w.reg.Batch(ctx, w.uuid) // which sees that the batch is in the log
	check(w.tb, err)
	return n
}

// enter has something said about the election, and lets the log take it.
func (w *world) enter(kind string, body any, contents [][]byte, signers ...note.Signer) {
	w.tb.Helper()
	check(w.tb, w.reg.Enter(ctx, must(w.Say(kind, body, signers...)), contents...))
	w.drain()
}

func attachments(contents ...[]byte) [][]byte { return contents }

// setUp prepares the election.
func (w *world) setUp() {
	w.tb.Helper()
	w.prepared()
	setup := must(vote.SetupStatement(read.Bilingual{AR: "انتخاب", EN: "Election"}, w.definition, w.record, w.list.Bytes(), w.shuffles))
	setup.Rules, setup.Part = w.rules, w.part
	photos, contents, err := vote.SetupPhotos(w.definition, func(hash string) ([]byte, error) { return w.photos[hash], nil })
	check(w.tb, err)
	setup.Photos = photos
	w.enter(evidence.KindSetup, setup, append(attachments(w.definition, w.record, w.list.Bytes()), contents...), w.Two()...)
}

// prepared is all that others say before the commission sets the election up.
func (w *world) prepared() {
	w.tb.Helper()
	w.enter(evidence.KindCredentials, vote.CredentialsStatement(w.uuid, w.list, w.roll), attachments(w.list.Bytes()), w.Authority)
	names := make([]string, members)
	all := make([]note.Signer, members)
	for i, c := range w.commitments {
		w.enter(evidence.KindCommitment, c, nil, w.Trustees[i])
		names[i], all[i] = w.Trustees[i].Name(), w.Trustees[i]
	}
	w.enter(evidence.KindTrustees, evidence.Trustees{Election: w.uuid, Trustees: vote.AttachmentOf(w.record), Names: names}, attachments(w.record), all...)
}

// open prepares and opens the election, and waits for the opening.
// decided is an election that will open.
func (w *world) decided() {
	w.tb.Helper()
	w.setUp()
	w.enter(evidence.KindOpen, evidence.Open{Election: w.uuid, Opens: opens, Closes: closes, Batch: int64(batch / time.Second)}, nil, w.Decision()...)
}

func (w *world) open() {
	w.tb.Helper()
	w.decided()
	w.at(opens)
}

func (w *world) cast(text []byte) *vote.Accepted {
	w.tb.Helper()
	a, err := w.reg.Cast(ctx, w.uuid, text)
	check(w.tb, err)
	return a
}

// count tallies, decrypts by the trustees and enters the result.
func (w *world) count(trustees ...int) []uint64 {
	w.tb.Helper()
	text, err := w.reg.Tally(ctx, w.uuid)
	check(w.tb, err)
	w.drain()
	for _, i := range trustees {
		w.decrypt(i, text)
	}
	result, err := w.reg.Result(ctx, w.uuid)
	check(w.tb, err)
	w.drain()
	return result[0].Votes
}

func (w *world) decrypt(number int, encrypted []byte) {
	w.tb.Helper()
	d := must(w.shares[number-1].Decrypt(w.election, must(tally.ParseEncrypted(w.election, encrypted)), rand.Reader))
	w.enter(evidence.KindDecryption, evidence.Decryption{Election: w.uuid, Trustee: number, Decryption: vote.AttachmentOf(d)},
		attachments(d), w.Trustees[number-1])
}

// replay judges the public files as a stranger does. It returns the report, the judge
// and the election's archive. Other modules' judges may be given.
func (w *world) replay(others ...read.Judge) (*replay.Report, *evidence.Judge, []byte) {
	w.tb.Helper()
	src := must(read.OpenSource(ctx, filepath.Join(w.cfg.Dir, "log")))
	defer src.Close()
	judge := evidence.NewJudge()
	var bel bytes.Buffer
	judge.Export(w.uuid, &bel)
	report, err := replay.Replay(ctx, src, must(read.ParsePolicy(w.Policy())), append(others, judge), replay.Options{})
	check(w.tb, err)
	return report, judge, bel.Bytes()
}

// verdicts fails unless all claims of the log and the election are true but those
// named.
func verdicts(tb testing.TB, report *replay.Report, others map[string]read.Verdict) {
	tb.Helper()
	for _, c := range report.Claims {
		want, named := others[c.ID]
		if !named {
			want = read.True
		}
		if c.Verdict != want {
			tb.Errorf("%s is %s, want %s: %v %+v", c.ID, c.Verdict, want, c.How, c.Faults)
		}
	}
}
