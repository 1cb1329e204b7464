package archive

import (
	"bytes"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bayyina/core/ballot"
	"bayyina/core/credential"
	"bayyina/core/election"
	"bayyina/core/group"
	"bayyina/core/mix"
	"bayyina/core/tally"
	"bayyina/core/trustee"
	"bayyina/internal/belenios"
)

// poll is an election that is held anew, from keys to result.
type poll struct {
	name      string
	groups    []*group.Group
	questions []ballot.Question
	singles   int      // trustees who are all needed
	threshold [2]int   // t of n more, none if n is 0
	absent    []int    // trustees who do not decrypt
	mixers    []int    // trustees who shuffle
	weights   []uint64 // of the voters
	votes     []vote   // as cast
	result    string   // with shuffled ballots in order
}

// vote is a plaintext that a voter, counted from 0, casts.
type vote struct {
	voter int
	plain string
}

var (
	board   = ballot.Homomorphic{Text: "Who <are> its \"members\"?\u007f\u2028", Answers: []string{"D", "E"}, Min: 1, Max: 2, Blank: true}
	graded  = ballot.Homomorphic{Text: "?", Answers: []string{"D", "E"}, Min: 1, Max: 2, Blank: true, Extra: []byte(`{}`)}
	ranking = ballot.NonHomomorphic{Text: "رتّب", Answers: []string{"أ", "ب", "ج"}, Extra: []byte(`{"method":"Schulze","blank":false}`)}
	parties = ballot.Lists{Text: "?", Lists: []ballot.List{{Name: "L", Candidates: []string{"a", "b"}}, {Name: "M", Candidates: []string{"c"}}}}
)

// Version 2.0 of the tool refuses lists, and extra with a homomorphic question.
var polls = []poll{
	{
		name: "blank votes, revotes and two trustees", groups: []*group.Group{group.Ed25519, group.Belenios2048},
		questions: []ballot.Question{ballot.Homomorphic{Text: "من يرأس اللجنة؟", Answers: []string{"أ", "ب"}, Min: 1, Max: 1}, board},
		singles:   2, weights: []uint64{1, 1, 1, 1},
		votes: []vote{
			{0, `[[1,0],[0,1,1]]`},
			{1, `[[1,0],[1,0,0]]`},
			{0, `[[0,1],[0,1,0]]`},
			{2, `[[0,1],[1,0,0]]`},
			{1, `[[0,1],[0,1,1]]`},
		},
		result: `{"result":[[0,3],[1,2,1]]}`,
	},
	{
		name: "weights", groups: []*group.Group{group.Ed25519, group.Belenios2048},
		questions: []ballot.Question{ballot.Homomorphic{Text: "?", Answers: []string{"a", "b"}, Min: 0, Max: 2}},
		singles:   1, weights: []uint64{1 << 30, 3, 0},
		votes:  []vote{{0, `[[1,0]]`}, {1, `[[1,1]]`}, {2, `[[0,1]]`}},
		result: `{"result":[["1073741827",3]]}`,
	},
	{
		name: "nobody votes", groups: group.Groups(),
		questions: []ballot.Question{board},
		singles:   1, weights: []uint64{1, 1},
		result: `{"result":[[0,0,0]]}`,
	},
	{
		name: "ranked, shuffled twice", groups: []*group.Group{group.Ed25519, group.RFC3526},
		questions: []ballot.Question{ranking, board},
		singles:   2, mixers: []int{1, 2}, weights: []uint64{1, 1, 1},
		votes:  []vote{{0, `[[1,2,3],[0,1,1]]`}, {1, `[[3,1,2],[0,0,1]]`}, {2, `[[0,0,255],[0,1,0]]`}, {1, `[[3,2,1],[1,0,0]]`}},
		result: `{"result":[[[0,0,255],[1,2,3],[3,2,1]],[1,2,1]]}`,
	},
	full(group.Ed25519),
	full(group.RFC3526),
	{
		name: "a single trustee and two of three", groups: []*group.Group{group.Belenios2048},
		questions: []ballot.Question{board},
		singles:   1, threshold: [2]int{2, 3}, absent: []int{3}, weights: []uint64{1, 1},
		votes:  []vote{{0, `[[0,0,1]]`}, {1, `[[1,0,0]]`}},
		result: `{"result":[[1,0,1]]}`,
	},
	{
		name: "lists with weights", groups: []*group.Group{group.Ed25519},
		questions: []ballot.Question{parties},
		singles:   1, weights: []uint64{2, 3, 1},
		votes:  []vote{{0, `[[[1,1,1],[0,0]]]`}, {1, `[[[0,0,0],[1,1]]]`}, {2, `[[[1,0,1],[0,0]]]`}},
		result: `{"result":[[[3,2,3],[3,3]]]}`,
	},
	{
		name: "every kind, a single trustee and two of three", groups: []*group.Group{group.Ed25519},
		questions: []ballot.Question{parties, graded, ballot.NonHomomorphic{Text: "?", Answers: []string{"a"}}, ranking},
		singles:   1, threshold: [2]int{2, 3}, absent: []int{3}, mixers: []int{1, 4}, weights: []uint64{1, 1, 1},
		votes: []vote{
			{0, `[[[1,1,0],[0,0]],[0,1,0],[1],[1,2,3]]`},
			{1, `[[[1,0,1],[0,0]],[1,0,0],[0],[2,1,3]]`},
			{2, `[[[0,0,0],[1,1]],[0,1,1],[2],[3,1,2]]`},
			{0, `[[[0,0,0],[1,1]],[1,0,0],[3],[1,3,2]]`},
		},
		result: `{"result":[[[1,0,1],[2,2]],[2,1,1],[[0],[2],[3]],[[1,3,2],[2,1,3],[3,1,2]]]}`,
	},
}

// full is a poll whose question has as many answers as an element of the group holds.
func full(g *group.Group) poll {
	n := g.MaxIntegers()
	of := func(first, others string) string { return "[" + first + strings.Repeat(","+others, n-1) + "]" }
	return poll{
		name: "as many ranks as an element holds", groups: []*group.Group{g},
		questions: []ballot.Question{ballot.NonHomomorphic{Text: "?", Answers: slices.Repeat([]string{"a"}, n)}},
		singles:   1, mixers: []int{1}, weights: []uint64{1, 1},
		votes:  []vote{{0, "[" + of("254", "255") + "]"}, {1, "[" + of("0", "0") + "]"}},
		result: `{"result":[[` + of("0", "0") + "," + of("254", "255") + `]]}`,
	}
}

// hall is where a poll is held.
type hall struct {
	*box
	poll   poll
	group  *group.Group
	tool   *belenios.Tool        // takes part; nil where there is none
	file   string                // of the archive, in a folder of its own
	theirs map[int]func() []byte // make partial decryptions, of trustees who use the tool
	ours   map[int]*trustee.PrivateKey
	voted  map[int]bool
}

// enter makes keys and credentials. The tool, if there is one, serves the first
// trustee and the first member of a block, and every other voter has a credential
// from it.
func (p poll) enter(t *testing.T, g *group.Group, tool *belenios.Tool) *hall {
	const uuid = "Poe1hM9RTaXvCz"
	h := &hall{
		box: &box{tb: t, creds: make(map[string]string), texts: make(map[[32]byte][]byte)}, poll: p, group: g, tool: tool,
		file:   filepath.Join(t.TempDir(), uuid+".bel"),
		theirs: make(map[int]func() []byte), ours: make(map[int]*trustee.PrivateKey), voted: make(map[int]bool),
	}
	record := h.trust()
	h.trustees = must(trustee.Parse(g, record))
	entries, explicit := make([]credential.Entry, len(p.weights)), false
	for i, weight := range p.weights {
		private, public := h.credential(i, uuid)
		h.creds[strconv.Itoa(i)] = private
		entries[i] = credential.Entry{Public: public, Weight: weight}
		explicit = explicit || weight != 1
	}
	h.list = must(credential.NewList(entries, explicit))
	h.election = must(ballot.NewElection(ballot.Record{
		Name: "انتخاب", Description: p.name, UUID: uuid, PublicKey: h.trustees.Key, Questions: p.questions,
		Administrator: "المفوضية", CredentialAuthority: "الهيئة", Language: ballot.Language{Code: "ar", Direction: "rtl"},
	}))
	h.votes = tally.NewAccumulator(h.election, h.list, func(hash [32]byte) ([]byte, error) { return h.texts[hash], nil })
	h.archive = must(NewWriter(&h.out, 1795000000))
	check(t, h.archive.Setup(h.election.Bytes(), record, h.list.Bytes(), nil))
	return h
}

// trust makes the trustees' keys and returns their record.
func (h *hall) trust() []byte {
	var entries [][]byte
	for i := range h.poll.singles {
		var public []byte
		if i == 0 && h.tool != nil {
			var private []byte
			private, public = h.tool.Key(h.tb, h.group.Name())
			h.theirs[1] = func() []byte { return h.tool.Decrypt(h.tb, h.save(), 1, private) }
		} else {
			key := must(trustee.NewPrivateKey(h.group, rand.Reader))
			h.ours[i+1] = key
			public = must(key.PublicKey("أمين", rand.Reader))
		}
		entries = append(entries, trustee.Single(public))
	}
	if n := h.poll.threshold[1]; n > 0 {
		var keys []*trustee.Key
		var seeds, certs, polynomials, outputs [][]byte
		for i := range n {
			seeds = append(seeds, must(trustee.NewSeed(rand.Reader)))
			key := must(trustee.OpenSeed(h.group, seeds[i]))
			keys = append(keys, key)
			certs = append(certs, must(key.Certificate(n, h.poll.threshold[0], i+1, rand.Reader)))
		}
		ceremony := must(trustee.OpenCeremony(certs))
		for _, key := range keys {
			polynomials = append(polynomials, must(ceremony.Polynomial(key, rand.Reader)))
		}
		for i, input := range must(ceremony.Inputs(polynomials)) {
			outputs = append(outputs, must(ceremony.Share(keys[i], input, rand.Reader)))
		}
		block, shares, err := ceremony.Finish(polynomials, outputs)
		check(h.tb, err)
		for i, share := range shares {
			owner := h.poll.singles + i + 1
			if i == 0 && h.tool != nil && !h.tool.Old() { // version 2.0 seals shares otherwise
				h.theirs[owner] = func() []byte { return h.tool.DecryptShare(h.tb, h.save(), owner, seeds[i], share) }
			} else {
				h.ours[owner] = must(keys[i].OpenShare(share))
			}
		}
		entries = append(entries, trustee.Threshold(block))
	}
	for _, owner := range h.poll.absent {
		delete(h.ours, owner)
	}
	return must(trustee.Record(h.group, entries...))
}

// hasTool tells whether a voter has a credential from the tool.
func (h *hall) hasTool(voter int) bool { return h.tool != nil && voter%2 == 1 }

func (h *hall) credential(voter int, uuid string) (private string, public *group.Element) {
	if h.hasTool(voter) {
		private, text := h.tool.Credential(h.tb, h.group.Name(), uuid)
		return private, must(h.group.ParseElement([]byte(text)))
	}
	p := must(credential.Generate(rand.Reader))
	return p.Reveal(), p.Public(h.group, uuid)
}

// save writes the archive as it is, and returns its folder.
func (h *hall) save() string {
	h.tb.Helper()
	check(h.tb, os.WriteFile(h.file, h.out.Bytes(), 0o600))
	return filepath.Dir(h.file)
}

// vote casts a vote, with the tool where that made the credential and it is not used
// yet: revotes are all ours.
func (h *hall) vote(v vote) {
	h.tb.Helper()
	if h.hasTool(v.voter) && !h.voted[v.voter] {
		h.voted[v.voter] = true
		h.cast(must(h.tool.Ballot(h.tb, h.save(), h.creds[strconv.Itoa(v.voter)], v.plain)))
		return
	}
	h.box.vote(strconv.Itoa(v.voter), must(h.election.ParsePlaintext([]byte(v.plain))))
}

// count closes the box, decrypts and returns the result. What the tool computes of
// public data must be what we do, to the byte.
func (h *hall) count() tally.Result {
	h.tb.Helper()
	check(h.tb, h.archive.EndBallots())
	encrypted, summary := h.votes.Tally()
	if h.tool != nil {
		h.same("encrypted tally", h.tool.Tally(h.tb, h.save()), encrypted.Bytes(h.election))
	}
	check(h.tb, h.archive.EncryptedTally(encrypted.Bytes(h.election), summary.Bytes()))
	if len(h.poll.mixers) > 0 {
		encrypted = h.shuffle(encrypted)
	}
	texts := make(map[int][]byte)
	for owner, decrypt := range h.theirs {
		texts[owner] = decrypt()
	}
	for owner, key := range h.ours {
		texts[owner] = must(key.Decrypt(h.election, encrypted, rand.Reader))
	}
	result := h.combine(texts, encrypted, summary)
	if h.tool != nil {
		h.same("result", h.tool.Result(h.tb, h.save()), result.Bytes())
	}
	return result
}

// shuffle lets the mixers shuffle, the first of them with the tool.
func (h *hall) shuffle(encrypted tally.Encrypted) tally.Encrypted {
	h.tb.Helper()
	mixing := mix.New(h.election.Fingerprint(), h.election.KeyTable(), 0)
	for i, owner := range h.poll.mixers {
		input := encrypted.Apart(h.election)
		var text []byte
		if i == 0 && h.tool != nil {
			text = h.tool.Shuffle(h.tb, h.save(), owner)
		} else {
			text = must(mixing.Shuffle(rand.Reader, input)).Bytes()
		}
		check(h.tb, h.archive.Shuffle(owner, text))
		encrypted = encrypted.WithApart(h.election, must(mixing.Parse(rand.Reader, input, text)).Ciphertexts)
	}
	check(h.tb, h.archive.EndShuffles())
	return encrypted
}

func (h *hall) same(what string, theirs, ours []byte) {
	h.tb.Helper()
	if !bytes.Equal(theirs, ours) {
		h.tb.Errorf("%s of %s:\n%s\nours:\n%s", what, h.tool, theirs, ours)
	}
}

// hold holds the poll, with the tool as a party if there is one, lets our verifier
// judge it and returns the folder of the archive.
func (p poll) hold(t *testing.T, g *group.Group, tool *belenios.Tool) string {
	t.Helper()
	h := p.enter(t, g, tool)
	for _, v := range p.votes {
		h.vote(v)
	}
	check(t, h.archive.Result(h.count().Bytes()))
	report, err := verify(h.out.Bytes(), Options{})
	check(t, err)
	result := string(sortRows(h.election, report.Result).Bytes())
	if report.Phase != election.Finished || report.Ballots != len(p.votes) || result != p.result {
		t.Errorf("%d ballots, phase %v, result %s, want %d and %s", report.Ballots, report.Phase, result, len(p.votes), p.result)
	}
	return h.save()
}

// each runs a test for each poll in each of its groups.
func each(t *testing.T, test func(t *testing.T, p poll, g *group.Group)) {
	for _, p := range polls {
		for _, g := range p.groups {
			t.Run(p.name+" in "+g.Name(), func(t *testing.T) { test(t, p, g) })
		}
	}
}

func TestElectionsMadeHereAreGoodForTheTool(t *testing.T) {
	each(t, func(t *testing.T, p poll, g *group.Group) {
		dir := p.hold(t, g, nil)
		belenios.Each(t, g.Name(), func(t *testing.T, tool belenios.Tool) { check(t, tool.Verify(dir)) })
	})
}

func TestElectionsHeldTogetherWithTheToolAreGoodForBoth(t *testing.T) {
	each(t, func(t *testing.T, p poll, g *group.Group) {
		belenios.Each(t, g.Name(), func(t *testing.T, tool belenios.Tool) { check(t, tool.Verify(p.hold(t, g, &tool))) })
	})
}

// The tool makes such an election, and finds nothing wrong with it until somebody votes.
func TestAnElectionWithMoreRanksThanAnElementHoldsIsRefusedAndTheToolCannotVoteInIt(t *testing.T) {
	for _, g := range []*group.Group{group.Ed25519, group.RFC3526} {
		t.Run(g.Name(), func(t *testing.T) {
			h := full(g).enter(t, g, nil)
			longer := bytes.Replace(h.election.Bytes(), []byte(`"answers":[`), []byte(`"answers":["b",`), 1)
			h.out.Reset()
			archive := must(NewWriter(&h.out, 1795000000))
			check(t, archive.Setup(longer, must(trustee.Record(g, trustee.Single(must(h.ours[1].PublicKey("", rand.Reader))))), h.list.Bytes(), nil))
			var wrong *election.Fault
			if _, err := verify(h.out.Bytes(), Options{}); !errors.As(err, &wrong) || !errors.Is(err, ballot.ErrElection) {
				t.Errorf("error is %v, want one of the election's record", err)
			}
			dir := h.save()
			belenios.Each(t, g.Name(), func(t *testing.T, tool belenios.Tool) {
				check(t, tool.Verify(dir))
				if tool.Old() { // it looks for such an element for ever
					return
				}
				vote := strings.Replace(h.poll.votes[0].plain, "[[", "[[255,", 1)
				if _, err := tool.Ballot(t, dir, h.creds["0"], vote); err == nil || !strings.Contains(err.Error(), "encoding error") {
					t.Errorf("error is %v, want one of encoding", err)
				}
			})
		})
	}
}

func TestTheToolRefusesAnotherResult(t *testing.T) {
	p := poll{
		questions: []ballot.Question{ballot.Homomorphic{Text: "?", Answers: []string{"a"}, Min: 0, Max: 1}},
		singles:   1, weights: []uint64{1},
	}
	for _, g := range group.Groups() {
		t.Run(g.Name(), func(t *testing.T) {
			h := p.enter(t, g, nil)
			h.vote(vote{0, `[[1]]`})
			result := h.count()
			result[0].Votes[0]--
			check(t, h.archive.Result(result.Bytes()))
			dir := h.save()
			belenios.Each(t, g.Name(), func(t *testing.T, tool belenios.Tool) {
				if tool.Verify(dir) == nil {
					t.Errorf("%s is accepted", result.Bytes())
				}
			})
		})
	}
}
