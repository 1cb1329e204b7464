package archive

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"bayyina/core/ballot"
	"bayyina/core/canon"
	"bayyina/core/credential"
	"bayyina/core/election"
	"bayyina/core/group"
	"bayyina/core/mix"
	"bayyina/core/tally"
	"bayyina/core/trustee"
	"bayyina/internal/belenios"
	"bayyina/internal/peerdata"
)

// box continues an election that belenios-tool began, as its organisers would,
// with the keys and credentials that it made.
type box struct {
	tb       testing.TB
	dir      string
	election *ballot.Election
	list     *credential.List
	trustees *trustee.Trustees
	creds    map[string]string // voter → private credential
	votes    *tally.Accumulator
	texts    map[[32]byte][]byte
	out      bytes.Buffer
	archive  *Writer
}

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

// reopen copies the set-up and the first ballots of a peer's archive.
func reopen(tb testing.TB, name string, ballots int) *box {
	tb.Helper()
	b := &box{tb: tb, dir: peerdata.Dir(tb, "belenios", name), texts: make(map[[32]byte][]byte)}
	if content := b.file("private_creds.json"); content[0] == '{' {
		check(tb, json.Unmarshal(content, &b.creds))
	} else {
		b.creds = oldPrivateCreds(content)
	}
	r := must(NewReader(bytes.NewReader(peer(tb, name))))
	b.archive = must(NewWriter(&b.out, r.Timestamp()+60))
	for {
		step, err := r.Next()
		if errors.Is(err, io.EOF) || (err == nil && step.Height > int64(ballots)) {
			return b
		}
		check(tb, err)
		switch step.Type {
		case Setup:
			b.election = must(ballot.ParseElection(step.Data[0]))
			b.trustees = must(trustee.Parse(b.election.Group(), step.Data[1]))
			b.list = must(credential.ParseList(b.election.Group(), step.Data[2]))
			b.votes = tally.NewAccumulator(b.election, b.list, func(hash [32]byte) ([]byte, error) { return b.texts[hash], nil })
			check(tb, b.archive.Setup(step.Data[0], step.Data[1], step.Data[2], nil))
		case Ballot:
			b.cast(step.Data[0])
		default:
			tb.Fatalf("event %d is %s", step.Height, step.Type)
		}
	}
}

func (b *box) file(name string) []byte {
	b.tb.Helper()
	return must(os.ReadFile(filepath.Join(b.dir, name)))
}

func (b *box) cast(text []byte) {
	b.tb.Helper()
	parsed := must(ballot.ParseBallot(b.election.Group(), text))
	b.texts[parsed.Hash()] = text
	check(b.tb, b.votes.Add(must(b.election.Verify(parsed, b.list))))
	check(b.tb, b.archive.Ballot(text))
}

func (b *box) vote(voter string, vote ballot.Plaintext) {
	b.tb.Helper()
	private := must(credential.ParsePrivate(b.creds[voter]))
	draft := must(b.election.Encrypt(rand.Reader, private.Public(b.election.Group(), b.election.UUID()), vote))
	b.cast(must(draft.Sign(rand.Reader, private.Key(b.election.Group(), b.election.UUID()))).Bytes())
}

// single is the key of a single trustee, member the share of a threshold one.
func (b *box) single(n int) *trustee.PrivateKey {
	return must(trustee.ParsePrivateKey(b.election.Group(), b.file(fmt.Sprintf("single-%d.privkey", n))))
}

func (b *box) member(n int) *trustee.PrivateKey {
	key := must(trustee.OpenSeed(b.election.Group(), b.file(fmt.Sprintf("threshold-%d.key", n))))
	return must(key.OpenShare(b.file(fmt.Sprintf("threshold-%d.dkey", n))))
}

// close counts, has the owners of the keys shuffle where there is something to shuffle,
// decrypts with the keys, by owner number, and returns the archive of the whole
// election.
func (b *box) close(keys map[int]*trustee.PrivateKey) []byte {
	b.tb.Helper()
	check(b.tb, b.archive.EndBallots())
	encrypted, summary := b.votes.Tally()
	check(b.tb, b.archive.EncryptedTally(encrypted.Bytes(b.election), summary.Bytes()))
	if b.election.Shuffled() {
		net := mix.New(b.election.Fingerprint(), b.election.KeyTable(), 0)
		for owner := range keys {
			shuffle := must(net.Shuffle(rand.Reader, encrypted.Apart(b.election)))
			encrypted = encrypted.WithApart(b.election, shuffle.Ciphertexts)
			check(b.tb, b.archive.Shuffle(owner, shuffle.Bytes()))
		}
		check(b.tb, b.archive.EndShuffles())
	}
	texts := make(map[int][]byte)
	for owner, key := range keys {
		texts[owner] = must(key.Decrypt(b.election, encrypted, rand.Reader))
	}
	check(b.tb, b.archive.Result(b.combine(texts, encrypted, summary).Bytes()))
	return b.out.Bytes()
}

// combine enters partial decryptions, by owner number, and returns the result.
func (b *box) combine(texts map[int][]byte, encrypted tally.Encrypted, summary tally.Summary) tally.Result {
	b.tb.Helper()
	var decryptions []*trustee.Decryption
	for owner, text := range texts {
		decryptions = append(decryptions, must(b.trustees.Verify(owner, text, b.election, encrypted)))
		check(b.tb, b.archive.PartialDecryption(owner, text))
	}
	return must(tally.Solve(b.election, must(b.trustees.Combine(decryptions, encrypted)), summary.TotalWeight))
}

// judge lets the tool verify the archive.
func (b *box) judge(t *testing.T, bel []byte) {
	dir := t.TempDir()
	check(t, os.WriteFile(filepath.Join(dir, b.election.UUID()+".bel"), bel, 0o600))
	belenios.Each(t, b.election.Group().Name(), func(t *testing.T, tool belenios.Tool) { check(t, tool.Verify(dir)) })
}

func TestPeersElectionsAreContinued(t *testing.T) {
	for _, c := range []struct {
		name    string
		peer    string
		ballots int // of the peer that are kept
		votes   map[string]ballot.Plaintext
		keys    func(b *box) map[int]*trustee.PrivateKey
		counted int
		result  tally.Result
	}{
		{
			"still open", "15-not-closed", 3, // three votes for the first answer
			map[string]ballot.Plaintext{"4": {{0, 1}}, "2": {{0, 1}}},
			func(b *box) map[int]*trustee.PrivateKey { return map[int]*trustee.PrivateKey{1: b.single(1)} },
			4,
			tally.Result{{Votes: []uint64{2, 2}}},
		},
		{
			"only set up", "16-setup-only", 0,
			map[string]ballot.Plaintext{"1": {{1, 0}}, "2": {{1, 0}}, "3": {{0, 1}}},
			func(b *box) map[int]*trustee.PrivateKey {
				return map[int]*trustee.PrivateKey{1: b.single(1), 2: b.single(2)}
			},
			3,
			tally.Result{{Votes: []uint64{2, 1}}},
		},
		{
			"reopened before its end", "01-one-trustee", 5, // [[1,1,0,1,2]]
			map[string]ballot.Plaintext{},
			func(b *box) map[int]*trustee.PrivateKey { return map[int]*trustee.PrivateKey{1: b.single(1)} },
			5,
			tally.Result{{Votes: []uint64{1, 1, 0, 1, 2}}},
		},
		{
			"members 2 and 3", "03-threshold-2-of-3", 7, // [[3,4,6]], voter 6 voted [1,0,0]
			map[string]ballot.Plaintext{"6": {{0, 1, 1}}},
			func(b *box) map[int]*trustee.PrivateKey {
				return map[int]*trustee.PrivateKey{2: b.member(2), 3: b.member(3)}
			},
			7,
			tally.Result{{Votes: []uint64{2, 5, 7}}},
		},
		{
			"all three members", "03-threshold-2-of-3", 0,
			map[string]ballot.Plaintext{"1": {{1, 0, 0}}},
			func(b *box) map[int]*trustee.PrivateKey {
				return map[int]*trustee.PrivateKey{1: b.member(1), 2: b.member(2), 3: b.member(3)}
			},
			1,
			tally.Result{{Votes: []uint64{1, 0, 0}}},
		},
		{
			"weights", "09-big-weights", 5, // votes as the peer's
			map[string]ballot.Plaintext{},
			func(b *box) map[int]*trustee.PrivateKey { return map[int]*trustee.PrivateKey{1: b.single(1)} },
			5,
			tally.Result{{Votes: []uint64{6000000000, 0}}, {Votes: []uint64{93000000000, 4000000000, 3000000000}}},
		},
		{
			"in a field", "14-field-belenios", 2,
			map[string]ballot.Plaintext{"4": {{0, 0, 1, 0}}},
			func(b *box) map[int]*trustee.PrivateKey { return map[int]*trustee.PrivateKey{1: b.single(1)} },
			3,
			tally.Result{{Votes: []uint64{1, 1, 1, 1}}},
		},
		{
			"of Belenios 2.0", "20-debian-2.0-homomorphic", 4, // [[1,1,2,1]]
			map[string]ballot.Plaintext{"2": {{0, 0, 0, 1}}},
			func(b *box) map[int]*trustee.PrivateKey {
				return map[int]*trustee.PrivateKey{1: b.single(1), 2: b.single(2)}
			},
			4,
			tally.Result{{Votes: []uint64{0, 1, 2, 2}}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := reopen(t, c.peer, c.ballots)
			for voter, vote := range c.votes {
				b.vote(voter, vote)
			}
			bel := b.close(c.keys(b))
			report, err := verify(bel, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if report.Phase != election.Finished || report.Counted != c.counted || report.Ballots != c.ballots+len(c.votes) {
				t.Errorf("report is %+v", report)
			}
			if !reflect.DeepEqual(report.Result, c.result) {
				t.Errorf("result is %v, want %v", report.Result, c.result)
			}
			b.judge(t, bel)
		})
	}
}

// Voters of these vote again as another voter did; the result is that of a plain count.
func TestPeersElectionsWithRanksAndListsAreContinued(t *testing.T) {
	for _, c := range []struct {
		peer    string
		singles int
		members []int // by number in their block
	}{
		{"07-ranked-two-shuffles", 2, nil},
		{"08-lists-weights", 3, nil},
		{"12-everything", 1, []int{2, 4}},
		{"13-field-rfc3526", 1, nil},
	} {
		t.Run(c.peer, func(t *testing.T) {
			votes := castVotes(t, c.peer)
			b := reopen(t, c.peer, len(votes))
			last := make(map[string]ballot.Plaintext)
			for _, v := range votes {
				last[v.Voter] = must(b.election.ParsePlaintext(v.Choice))
			}
			for _, v := range votes[:2] {
				last[v.Voter] = must(b.election.ParsePlaintext(votes[len(votes)-1].Choice))
				b.vote(v.Voter, last[v.Voter])
			}
			keys := make(map[int]*trustee.PrivateKey)
			for n := range c.singles {
				keys[n+1] = b.single(n + 1)
			}
			for _, n := range c.members {
				keys[c.singles+n] = b.member(n)
			}
			bel := b.close(keys)
			report, err := verify(bel, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if want := b.plainCount(last); report.Phase != election.Finished || !reflect.DeepEqual(sortRows(b.election, report.Result), sortRows(b.election, want)) {
				t.Errorf("result is %s, want %s", report.Result.Bytes(), want.Bytes())
			}
			b.judge(t, bel)
		})
	}
}

// castVote is a vote that a peer's voter cast.
type castVote struct {
	Voter  string
	Choice json.RawMessage
}

func castVotes(tb testing.TB, name string) (votes []castVote) {
	tb.Helper()
	check(tb, json.Unmarshal(must(os.ReadFile(filepath.Join(peerdata.Dir(tb, "belenios", name), "votes.json"))), &votes))
	return votes
}

// plainCount counts the last vote of each voter.
func (b *box) plainCount(last map[string]ballot.Plaintext) tally.Result {
	result := make(tally.Result, len(b.election.Questions()))
	for i, q := range b.election.Questions() {
		sums := make([]uint64, len(q.Labels()))
		for voter, vote := range last {
			at, _ := b.list.Find(must(credential.ParsePrivate(b.creds[voter])).Public(b.election.Group(), b.election.UUID()))
			row := make([]uint64, len(sums))
			for j, n := range vote[i] {
				row[j] = uint64(n)
				sums[j] += uint64(n) * b.list.At(at).Weight
			}
			if q.Shuffled() {
				result[i].Rows = append(result[i].Rows, row)
			}
		}
		switch sizes := q.Nesting(); {
		case q.Shuffled():
		case sizes == nil:
			result[i].Votes = sums
		default:
			for _, n := range sizes {
				result[i].Rows = append(result[i].Rows, sums[:n])
				sums = sums[n:]
			}
		}
	}
	return result
}

// sortRows sorts the ballots that were shuffled.
func sortRows(e *ballot.Election, result tally.Result) tally.Result {
	for i, q := range e.Questions() {
		if q.Shuffled() {
			slices.SortFunc(result[i].Rows, slices.Compare)
		}
	}
	return result
}

func TestCertificateOfAnExternalAuthorityIsChecked(t *testing.T) {
	r := must(NewReader(bytes.NewReader(peer(t, "16-setup-only"))))
	step := must(r.Next())
	e, list := must(ballot.ParseElection(step.Data[0])), must(credential.ParseList(group.Ed25519, step.Data[2]))
	key := must(trustee.OpenSeed(group.Ed25519, must(trustee.NewSeed(rand.Reader))))
	bel := func(credentials int) []byte {
		certificate := must(key.Certify(trustee.Authority{UUID: e.UUID(), Credentials: credentials, ListHash: canon.Hex(step.Data[2])}, rand.Reader))
		var out bytes.Buffer
		check(t, must(NewWriter(&out, r.Timestamp())).Setup(step.Data[0], step.Data[1], step.Data[2], certificate))
		return out.Bytes()
	}
	if report, err := verify(bel(list.Len()), Options{}); err != nil || report.Phase != election.Open {
		t.Errorf("right certificate: %v", err)
	}
	_, err := verify(bel(list.Len()+1), Options{})
	var f *election.Fault
	if !errors.As(err, &f) || f.Stage != election.StageCredentials || f.Culprit != "credential authority" || f.Height != 0 {
		t.Errorf("certificate for another number of credentials: %v", err)
	}
	if again := must(copyArchive(bel(3))); !bytes.Contains(again, []byte("credentials_certificate")) {
		t.Error("certificate was lost in writing")
	}
}

func TestReadingThatFailsIsNoFaultOfTheArchive(t *testing.T) {
	bel := peer(t, "16-setup-only")
	broken := io.NewSectionReader(failing{}, 0, int64(len(bel)))
	_, err := Verify(broken, int64(len(bel)), Options{})
	var f *election.Fault
	if errors.As(err, &f) || !errors.Is(err, errDisk) {
		t.Errorf("error is %v", err)
	}
}

var errDisk = errors.New("disk is gone")

type failing struct{}

func (failing) ReadAt([]byte, int64) (int, error) { return 0, errDisk }

// BenchmarkVerifyBig verifies 500 ballots of 20 candidates.
func BenchmarkVerifyBig(b *testing.B) {
	bel := peer(b, "17-big-500x20")
	b.SetBytes(int64(len(bel)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := verify(bel, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
