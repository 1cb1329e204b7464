package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"runtime"
	"slices"
	"time"

	"bayyina/core/ballot"
	"bayyina/core/credential"
	"bayyina/core/group"
	"bayyina/core/trustee"
)

// proofs measures ballots verified from their text: one by one, together, and together
// with hints. A ballot of n choices has n proofs that each is 0 or 1, one of their sum,
// and a signature.
var proofs = table{
	title:  "Proofs",
	header: []string{"what", "ballots", "measured, median of five", "beside one by one"},
	rows:   proofRows,
}

const rounds = 5

func proofRows(_ context.Context, _ string, full bool, row func(cells ...any)) error {
	ballots := 4096
	if full {
		ballots = 8192
	}
	for _, choices := range []int{5, 20} {
		h, err := newHall(choices, ballots*5/choices)
		if err != nil {
			return err
		}
		if err := h.rows(row); err != nil {
			return err
		}
	}
	return nil
}

// hall is an election with its ballots. There are few different ones, which cost as much
// to verify as if all were different.
type hall struct {
	election       *ballot.Election
	list           *credential.List
	choices        int
	plain, hinted  []ballot.Cast
	proofs, sample int
}

func newHall(choices, ballots int) (*hall, error) {
	const different = 32
	uuid := "BenchBenchBench"
	key, err := trustee.NewPrivateKey(group.Ed25519, rand.Reader)
	if err != nil {
		return nil, err
	}
	question := ballot.Homomorphic{Text: "?", Min: 0, Max: 1}
	for i := range choices {
		question.Answers = append(question.Answers, fmt.Sprint(i))
	}
	h := &hall{choices: choices, proofs: choices + 2, sample: min(ballots, 256)}
	h.election, err = ballot.NewElection(ballot.Record{Name: "bench", UUID: uuid, PublicKey: key.Public(), Questions: []ballot.Question{question}})
	if err != nil {
		return nil, err
	}
	voters := make([]credential.Voter, different)
	for i := range voters {
		voters[i] = credential.Voter{ID: fmt.Sprint(i), Weight: 1}
	}
	secrets, list, err := credential.Issue(rand.Reader, group.Ed25519, uuid, voters, false)
	if err != nil {
		return nil, err
	}
	h.list = list
	for i, secret := range secrets {
		choice := make([]int, choices)
		choice[i%choices] = 1
		draft, err := h.election.Encrypt(rand.Reader, secret.Public(group.Ed25519, uuid), ballot.Plaintext{choice})
		if err != nil {
			return nil, err
		}
		b, err := draft.Sign(rand.Reader, secret.Key(group.Ed25519, uuid))
		if err != nil {
			return nil, err
		}
		hints, err := h.election.Hints(b.Bytes())
		if err != nil {
			return nil, err
		}
		h.plain = append(h.plain, ballot.Cast{Text: b.Bytes()})
		h.hinted = append(h.hinted, ballot.Cast{Text: b.Bytes(), Hints: hints})
	}
	for i := different; i < ballots; i++ {
		h.plain, h.hinted = append(h.plain, h.plain[i%different]), append(h.hinted, h.hinted[i%different])
	}
	return h, nil
}

func (h *hall) rows(row func(cells ...any)) error {
	ways := []struct {
		name    string
		ballots int
		run     func() error
	}{
		{"one by one", h.sample, h.oneByOne},
		{"together, without hints", len(h.plain), func() error { return h.together(1, h.plain) }},
		{"together, with hints", len(h.hinted), func() error { return h.together(1, h.hinted) }},
		{"the same on two cores", len(h.hinted), func() error { return h.together(2, h.hinted) }},
	}
	took := make([][]float64, len(ways)) // seconds per ballot
	for range rounds {
		for i, way := range ways {
			if runtime.NumCPU() < 2 && i == 3 {
				continue
			}
			start := time.Now()
			if err := way.run(); err != nil {
				return fmt.Errorf("%s: %w", way.name, err)
			}
			took[i] = append(took[i], time.Since(start).Seconds()/float64(way.ballots))
		}
	}
	for i, way := range ways {
		if took[i] == nil {
			continue
		}
		// Ways took turns: a ratio is of one round, and the median of those.
		ratios := make([]float64, rounds)
		for j := range ratios {
			ratios[j] = took[0][j] / took[i][j]
		}
		ballot := median(took[i])
		row(fmt.Sprintf("%d choices, %s", h.choices, way.name), way.ballots,
			fmt.Sprintf("%.3f ms a ballot, %.1f µs a proof", ballot*1e3, ballot*1e6/float64(h.proofs)), fmt.Sprintf("%.1f ×", median(ratios)))
	}
	return nil
}

func median(list []float64) float64 {
	return slices.Sorted(slices.Values(list))[len(list)/2]
}

func (h *hall) oneByOne() error {
	for _, c := range h.plain[:h.sample] {
		b, err := ballot.ParseBallot(h.election.Group(), c.Text)
		if err != nil {
			return err
		}
		if _, err := h.election.Verify(b, h.list); err != nil {
			return err
		}
	}
	return nil
}

func (h *hall) together(workers int, casts []ballot.Cast) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
	for _, o := range h.election.VerifyAll(rand.Reader, workers, casts, h.list) {
		if o.Err != nil {
			return o.Err
		}
	}
	return nil
}
