package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"bayyina/core/group"
	"bayyina/core/mix"
)

var shuffles = table{
	title:  "Shuffle",
	header: []string{"what", "ciphertexts", "measured"},
	rows: func(_ context.Context, _ string, full bool, row func(cells ...any)) error {
		sizes := []int{1_000, 10_000}
		if full {
			sizes = append(sizes, 100_000)
		}
		for _, n := range sizes {
			if err := measureShuffle(n, row); err != nil {
				return err
			}
		}
		return nil
	},
}

// measureShuffle shuffles n ciphertexts, reads the shuffle's text and verifies it, each
// time with everything that it takes, generators included.
func measureShuffle(n int, row func(cells ...any)) error {
	g := group.Ed25519
	secret, err := g.RandomScalar(rand.Reader)
	if err != nil {
		return err
	}
	key := group.NewTable(g.BaseMult(secret))
	input := [][]group.Ciphertext{make([]group.Ciphertext, n)}
	for i := range input[0] {
		r, err := g.RandomScalar(rand.Reader)
		if err != nil {
			return err
		}
		c := group.Encrypt(key, r, g.NewScalar(1))
		normal := group.Normalize(c.Alpha, c.Beta) // as of ballots that were read
		input[0][i] = group.Ciphertext{Alpha: normal[0], Beta: normal[1]}
	}
	each := func(d time.Duration) string {
		return fmt.Sprintf("%.0f µs a ciphertext", float64(d.Microseconds())/float64(n))
	}

	start := time.Now()
	s, err := mix.New("bench", key, 1).Shuffle(rand.Reader, input)
	if err != nil {
		return err
	}
	row("shuffle and prove, one core", n, each(time.Since(start)))

	text := s.Bytes()
	verify := func(workers int, text []byte) (time.Duration, error) {
		start := time.Now()
		net := mix.New("bench", key, workers)
		s, err := net.Parse(rand.Reader, input, text)
		if err == nil {
			err = net.Verify(rand.Reader, input, s)
		}
		return time.Since(start), err
	}
	one, err := verify(1, text)
	if err != nil {
		return err
	}
	row("read and verify, one core", n, each(one))
	two, err := verify(2, text)
	if err != nil {
		return err
	}
	row("the same on 2 cores", n, fmt.Sprintf("%s, %.2f × one core", each(two), one.Seconds()/two.Seconds()))

	last := &s.Proofs[0].SHat[n-1]
	*last = last.Add(g.NewScalar(1))
	wrong, err := verify(1, s.Bytes())
	if !errors.Is(err, mix.ErrProof) {
		return fmt.Errorf("a false equation was overlooked: %w", err)
	}
	row("the same with the last equation false: each is looked at", n, fmt.Sprintf("%s, %.1f × the time", each(wrong), wrong.Seconds()/one.Seconds()))
	return nil
}
