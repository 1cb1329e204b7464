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
	"bayyina/core/trustee"
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
	if err := h.register(ctx); err != nil {
		return err
	}
	if err := h.ceremony(ctx); err != nil {
		return err
	}
	body := evidence.Trustees{Election: h.uuid, Trustees: vote.AttachmentOf(h.trustees), Names: h.people.names()}
	if err := h.enter(ctx, evidence.KindTrustees, body, [][]byte{h.trustees},
		h.people.trustees[0], h.people.trustees[1], h.people.trustees[2]); err != nil {
		return err
	}
	if err := h.tell("keys", "Trustees", members, "Threshold", threshold); err != nil {
		return err
	}
	keys, err := trustee.Parse(group.Ed25519, h.trustees)
	if err != nil {
		return err
	}
	h.election, err = ballot.NewElection(ballot.Record{
		Name: title.AR + " · " + title.EN, Description: "تجربة · rehearsal", UUID: h.uuid, PublicKey: keys.Key,
		Questions: questions, Administrator: host, CredentialAuthority: "authority.example",
	})
	if err != nil {
		return err
	}
	setup, err := vote.SetupStatement(title, h.election.Bytes(), h.trustees, h.credentials, mixers)
	if err != nil {
		return err
	}
	setup.Rules = rules
	if err := h.enter(ctx, evidence.KindSetup, setup, [][]byte{h.election.Bytes(), h.trustees, h.credentials}, h.people.commission()[:2]...); err != nil {
		return err
	}
	return h.tell("setup", "Title", title, "Questions", len(questions), "Mixers", mixers)
}

// register makes the roll and a secret credential for each voter. The log learns
// only the public halves, in an order that tells nothing, and the districts' numbers.
func (h *holding) register(ctx context.Context) error {
	h.voters = roll(h.cfg.Voters, rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())))
	counts := make([]int64, len(districts))
	var list []credential.Voter
	for _, v := range h.voters {
		counts[v.district]++
		list = append(list, credential.Voter{ID: fmt.Sprint(v.number), Weight: 1})
	}
	var shares []evidence.District
	for i, d := range districts {
		shares = append(shares, evidence.District{Name: d.name, Voters: counts[i]})
	}
	var err error
	if h.secrets, h.list, err = credential.Issue(h.cfg.Random, group.Ed25519, h.uuid, list, false); err != nil {
		return err
	}
	h.credentials = h.list.Bytes()
	err = h.enter(ctx, evidence.KindCredentials, vote.CredentialsStatement(h.uuid, h.list, shares), [][]byte{h.credentials}, h.people.authority)
	if err != nil {
		return err
	}
	return h.tell("roll", "Count", len(h.voters), "Districts", len(districts))
}

// batchSeconds is the least time between two batches of ballots.
const batchSeconds = 2

// open has the commission decide when votes are taken: long enough for all of this
// machine's voters, twice over, as it has witnesses and a log to serve besides.
func (h *holding) open(ctx context.Context) error {
	voting, err := h.estimate()
	if err != nil {
		return err
	}
	opens := h.cfg.Now().UTC().Truncate(time.Second)
	h.closes = opens.Add(2*voting + 4*time.Second + lastCall).Truncate(time.Second)
	body := evidence.Open{Election: h.uuid, Opens: opens, Closes: h.closes, Batch: batchSeconds}
	if err := h.enter(ctx, evidence.KindOpen, body, nil, h.people.commission()...); err != nil {
		return err
	}
	return h.tell("opened", "Seconds", h.closes.Sub(opens))
}

// estimate is how long this machine takes to make and check a ballot for each voter,
// found by making and checking some that are not cast.
func (h *holding) estimate() (time.Duration, error) {
	const each = 8 // ballots a core
	var g errgroup.Group
	start := time.Now()
	for range runtime.GOMAXPROCS(0) {
		g.Go(func() error {
			random := rand.New(rand.NewPCG(1, 2))
			for i := range each {
				draft, err := h.election.Encrypt(h.cfg.Random, h.secrets[i].Public(group.Ed25519, h.uuid), choose(random, i))
				if err != nil {
					return err
				}
				b, err := draft.Sign(h.cfg.Random, h.secrets[i].Key(group.Ed25519, h.uuid))
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
	return time.Since(start) * time.Duration(h.cfg.Voters) / time.Duration(each*runtime.GOMAXPROCS(0)), err
}
