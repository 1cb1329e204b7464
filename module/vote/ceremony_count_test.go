package vote_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"bayyina/core/ballot"
	"bayyina/core/credential"
	"bayyina/core/group"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/module/vote/letter"
	"bayyina/module/vote/local"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	"bayyina/platform/web/webtest"
)

// tallied is a hall whose election was held with two of three trustees' keys made in its ceremony:
// four votes are in, and added up.
func tallied(t *testing.T) *hall {
	t.Helper()
	h := newHall(t, newWorld(t, store.SQLite))
	h.begin(t, false)
	h.elect(t)
	return h
}

// elect holds the ceremony that has begun, and the election.
func (h *hall) elect(t *testing.T) {
	t.Helper()
	h.hold(t)
	h.vote(t, h.issue(t))
}

// vote holds the election of a ceremony that is complete, up to the tally: four votes.
func (h *hall) vote(t *testing.T, list *credential.List) {
	t.Helper()
	c := must(h.ceremonies.Ceremony(ctx, h.draft))
	record := must(c.Record())
	definition := must(must(c.Template()).Definition(record))
	h.nation = &nation{
		group: group.Ed25519, uuid: h.draft, secrets: h.secrets, list: list, record: record,
		definition: definition, election: must(ballot.ParseElection(definition)),
	}
	setup := must(vote.SetupStatement(read.Bilingual{AR: "انتخاب", EN: "Election"}, definition, record, list.Bytes(), 0))
	h.enter(evidence.KindSetup, setup, attachments(definition, record, list.Bytes()), h.Two()...)
	h.enter(evidence.KindOpen, evidence.Open{Election: h.draft, Opens: opens, Closes: closes, Batch: int64(batch / time.Second)}, nil, h.Decision()...)
	h.at(opens)
	for voter, answer := range []int{0, 1, 1, 2} {
		h.cast(h.world.ballot(voter, answer))
	}
	h.tick(batch)
	h.at(closes)
	must(h.reg.Close(ctx, h.draft))
	h.drain()
	must(h.reg.Tally(ctx, h.draft))
	h.drain()
}

func ignore(int64, int64) {}

// decrypts has a trustee verify the election and decrypt.
func (h *hall) decrypts(t *testing.T, i int) {
	t.Helper()
	d := h.ask(t, i)
	check(t, d.Verify(ctx, "", must(read.ParsePolicy(h.Policy())), ignore))
	check(t, d.Count(ctx, []byte(passphrase), ignore))
	must(d.Send(ctx))
	h.drain()
}

func TestTheThresholdOfTrusteesDecryptsWhatTheyVerified(t *testing.T) {
	slow(t)
	h := tallied(t)
	d := h.ask(t, 0)
	if _, err := d.Ready(); !errors.Is(err, local.ErrNothingYet) {
		t.Errorf("ready before anything was verified: %v", err)
	}
	// Whoever stops it can begin again, and loses nothing.
	stopped, stop := context.WithCancel(ctx)
	stop()
	if err := d.Verify(stopped, "", nil, ignore); !errors.Is(err, context.Canceled) {
		t.Errorf("a verification that was stopped: %v", err)
	}
	check(t, d.Verify(ctx, "", must(read.ParsePolicy(h.Policy())), ignore))
	if r := must(d.Ready()); r.Step != vote.StepDecryption || r.Ballots != 4 || r.Voters != 4 {
		t.Errorf("ready for %+v", r)
	}
	if err := d.Count(stopped, []byte(passphrase), ignore); !errors.Is(err, context.Canceled) {
		t.Errorf("a decryption that was stopped: %v", err)
	}
	var mu sync.Mutex // several goroutines tell
	var told int64
	check(t, d.Count(ctx, []byte(passphrase), func(done, total int64) {
		if total != 4 {
			t.Errorf("%d ciphertexts", total)
		}
		mu.Lock()
		defer mu.Unlock()
		told = max(told, done)
	}))
	if told != 4 {
		t.Errorf("told of %d ciphertexts", told)
	}
	must(d.Send(ctx))
	h.drain()
	if _, err := h.reg.Result(ctx, h.draft); err == nil {
		t.Error("a single trustee decrypted the result")
	}
	// The second one is lost for good; the third one suffices.
	h.decrypts(t, 2)
	result := must(h.reg.Result(ctx, h.draft))
	if !slices.Equal(result[0].Votes, []uint64{0, 1, 2, 1}) {
		t.Errorf("result %v", result[0].Votes)
	}
}

func TestOfEachGroupOfTrusteesEnoughMustDecrypt(t *testing.T) {
	slow(t)
	h := newHall(t, newWorldWith(t, store.SQLite, theNation(), 5))
	must(h.ceremonies.Begin(ctx, groups(h.world, h.text(), []int{2, 1}, 3, 2)))
	h.elect(t)
	for _, i := range []int{0, 2} { // enough of the first group
		h.decrypts(t, i)
	}
	if _, err := h.reg.Result(ctx, h.draft); err == nil {
		t.Error("one group alone decrypted the result")
	}
	h.decrypts(t, 4)
	result := must(h.reg.Result(ctx, h.draft))
	if !slices.Equal(result[0].Votes, []uint64{0, 1, 2, 1}) {
		t.Errorf("result %v", result[0].Votes)
	}
}

func TestAnElectionIsHeldByUSBStick(t *testing.T) {
	slow(t)
	h := newHall(t, newWorld(t, store.SQLite))
	h.begin(t, false)
	phrase := []byte(passphrase)
	stick := func() []byte { // from the server's machine
		var file bytes.Buffer
		check(t, must(h.ceremonies.Ceremony(ctx, h.draft)).WriteFile(&file))
		return file.Bytes()
	}
	carry := func(d *local.Desk, step vote.Step) { // and to it
		must(h.ceremonies.Take(ctx, h.draft, bytes.NewReader(must(d.Parcel(step)))))
		h.drain()
	}
	var trustees []*local.Trustee
	for _, key := range h.Trustees {
		cfg := h.keyed(t, key)
		cfg.Client = nil
		trustees = append(trustees, must(local.NewTrustee(cfg)))
	}
	for range 5 { // steps
		for _, trustee := range trustees {
			d := must(trustee.Import(stick()))
			step, turn := d.Next(d.Me)
			if !turn {
				t.Fatalf("trustee %d waits for %s", d.Me.Place, step)
			}
			switch step {
			case vote.StepCommitment:
				check(t, d.Compare())
			case vote.StepAgreement:
				check(t, d.Restore(must(d.Sealed()), phrase))
			}
			check(t, d.Do(step, phrase))
			carry(d, step)
		}
	}
	cfg := h.keyed(t, h.Authority)
	cfg.Client = nil
	authority := must(local.NewAuthority(cfg))
	d := must(authority.Import(stick()))
	check(t, d.Issue([]byte(reachable), phrase))
	check(t, d.RestoreList(must(d.Sealed()), phrase))
	check(t, d.Publish(phrase))
	carry(d, vote.StepCredentials)
	d = must(authority.Import(stick()))
	check(t, d.SetWording(letter.Election{UUID: h.draft, Opens: opens, Closes: closes, Booth: "https://vote.test/booth/"}))
	check(t, d.Print(ctx, phrase, ignore))
	lettersAre(t, d, local.Printed, "", 4)
	h.secrets = nil
	for _, voter := range []string{"1", "2", "3", "4"} {
		h.secrets = append(h.secrets, must(credential.ParsePrivate(secretOf(t, d, voter))))
	}
	h.vote(t, must(credential.ParseList(group.Ed25519, contentOf(must(d.Parcel(vote.StepCredentials))))))

	log := filepath.Join(t.TempDir(), "log") // a copy of the log on the stick
	check(t, os.CopyFS(log, os.DirFS(filepath.Join(h.cfg.Dir, "log"))))
	for _, i := range []int{2, 1} {
		d := must(trustees[i].Import(stick()))
		check(t, d.Verify(ctx, log, must(read.ParsePolicy(h.Policy())), ignore))
		check(t, d.Count(ctx, phrase, ignore))
		carry(d, vote.StepDecryption)
	}
	result := must(h.reg.Result(ctx, h.draft))
	if !slices.Equal(result[0].Votes, []uint64{0, 1, 2, 1}) {
		t.Errorf("result %v", result[0].Votes)
	}
}

func TestNothingIsDecryptedOfAnElectionOfOtherKeys(t *testing.T) {
	slow(t)
	h := tallied(t)
	d := h.ask(t, 0)
	check(t, d.Verify(ctx, "", nil, ignore))
	// As if this trustee had signed other keys than those of the election.
	path := filepath.Join(h.papers[0], h.draft, "round-1", "trustees.json")
	check(t, os.WriteFile(path, theNation().record, 0o600))
	if err := d.Verify(ctx, "", nil, ignore); !errors.Is(err, local.ErrOtherKeys) {
		t.Errorf("an election of other keys is verified: %v", err)
	}
	if err := d.Count(ctx, []byte(passphrase), ignore); !errors.Is(err, local.ErrOtherKeys) {
		t.Errorf("an election of other keys is decrypted: %v", err)
	}
}

func TestATrusteeWhoseMachineIsLostDecryptsFromACopy(t *testing.T) {
	slow(t)
	h := tallied(t)
	sealed, others := must(h.ask(t, 0).Sealed()), must(h.ask(t, 1).Sealed())
	h.programs[0] = h.program(t, h.Trustees[0])
	d := h.ask(t, 0)
	if !d.Lost() {
		t.Fatal("the new machine does not see that another one spoke")
	}
	if err := d.Recover(others, []byte(passphrase)); !errors.Is(err, local.ErrOtherSecret) {
		t.Errorf("another trustee's copy: %v", err)
	}
	check(t, d.Recover(sealed, []byte(passphrase)))
	if d.Lost() {
		t.Error("lost after the recovery")
	}
	h.decrypts(t, 0)
	h.decrypts(t, 1)
	must(h.reg.Result(ctx, h.draft))
}

func TestATrusteeDecryptsInABrowser(t *testing.T) {
	t.Parallel()
	h := tallied(t)
	b := desktop(t, h.programs[1])
	page := "/ceremonies/" + h.draft
	b.Page(t, "/ar"+page)
	b.Follow(t, "main form[action$='/verify'] button")
	await(t, b, page, "form[action$='/count']")
	b.Look(t, "trustee-ready", page)
	b.Page(t, "/en"+page)
	b.Type(t, "#passphrase", passphrase)
	b.Follow(t, "main form[action$='/count'] button")
	await(t, b, page, ".verdict.true")
	b.Look(t, "trustee-decrypted", page)
	h.drain()
	h.decrypts(t, 2)
	must(h.reg.Result(ctx, h.draft))
}

// await opens the page until it shows something.
func await(t *testing.T, b *webtest.Browser, page, selector string) {
	t.Helper()
	for range 600 {
		b.Page(t, "/en"+page)
		if webtest.Ask[bool](t, b, "document.querySelector("+strconv.Quote("main "+selector)+") != null") {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("%s never shows %s", page, selector)
}
