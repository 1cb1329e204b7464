package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"bayyina/core/ballot"
	"bayyina/core/credential"
	"bayyina/core/group"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
)

// prepare makes the roll, the credentials, the election's key and the questions, and
// the commission decides to hold the election.
func (h *holding) prepare(ctx context.Context) error {
	var err error
	if h.uuid, err = vote.NewUUID(h.cfg.Random); err != nil {
		return err
	}
	h.draft = vote.Template{
		UUID: h.uuid, Title: title, Name: title.AR + " · " + title.EN, Description: "تجربة · rehearsal", Rules: rules,
		Administrator: host, CredentialAuthority: "authority.example",
	}
	for _, q := range questions {
		h.draft.Questions = append(h.draft.Questions, vote.TemplateQuestion{Question: q})
	}
	h.enrol()
	if err := h.register(ctx); err != nil {
		return err
	}
	if err := h.tell("roll", "Count", len(h.roll), "Districts", len(districts)); err != nil {
		return err
	}
	if err := h.ceremony(ctx); err != nil {
		return err
	}
	if err := h.agree(ctx); err != nil {
		return err
	}
	if err := h.tell("keys", "Trustees", members, "Threshold", threshold); err != nil {
		return err
	}
	if err := h.setUp(ctx); err != nil {
		return err
	}
	if err := h.allowComplaints(ctx); err != nil {
		return err
	}
	return h.tell("setup", "Title", title, "Questions", len(questions), "Mixers", mixers)
}

// enrol makes the roll.
func (h *holding) enrol() {
	h.roll = roll(h.cfg.Voters, rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())))
	counts := make([]int64, len(districts))
	for _, v := range h.roll {
		counts[v.district]++
		h.voters = append(h.voters, credential.Voter{ID: fmt.Sprint(v.number), Weight: 1})
	}
	for i, d := range districts {
		h.shares = append(h.shares, evidence.District{Name: d.name, Voters: counts[i]})
	}
}

// batchSeconds is the least time between two batches of ballots.
const batchSeconds = 2

// open has the commission decide when votes are taken: long enough for all of this
// machine's voters, twice over, as it has witnesses and a log to serve besides.
func (h *holding) open(ctx context.Context) error {
	voting, err := h.estimate(choose)
	if err != nil {
		return err
	}
	opens := h.cfg.Now().UTC().Truncate(time.Second)
	if err := h.openUntil(ctx, opens.Add(2*voting*time.Duration(len(h.voters))+4*time.Second+lastCall).Truncate(time.Second)); err != nil {
		return err
	}
	return h.tell("opened", "Seconds", h.closes.Sub(opens))
}

// estimate is how long this machine takes to make and check a ballot, found by making and
// checking some that are not cast, of voters who choose so.
func (h *held) estimate(choose func(random *rand.Rand, voter int) ballot.Plaintext) (time.Duration, error) {
	const each = 8 // ballots a core
	var g errgroup.Group
	start := time.Now()
	for range runtime.GOMAXPROCS(0) {
		g.Go(func() error {
			random := rand.New(rand.NewPCG(1, 2))
			for i := range each {
				secret := h.secrets[i%len(h.secrets)]
				draft, err := h.election.Encrypt(h.cfg.Random, secret.Public(group.Ed25519, h.uuid), choose(random, i))
				if err != nil {
					return err
				}
				b, err := draft.Sign(h.cfg.Random, secret.Key(group.Ed25519, h.uuid))
				if err != nil {
					return err
				}
				if _, err := h.election.Verify(b, h.list); err != nil {
					return err
				}
			}
			return nil
		})
	}
	err := g.Wait()
	return time.Since(start) / time.Duration(each*runtime.GOMAXPROCS(0)), err
}
