package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"bayyina/core/archive"
	"bayyina/core/ballot"
	"bayyina/core/credential"
	"bayyina/core/group"
	"bayyina/core/hint"
	"bayyina/core/tally"
	"bayyina/core/trustee"
)

// nation measures a whole election as large as a country's, from its set-up to its
// result, that a stranger verifies from a folder with the archive and its hints.
var nation = table{
	title:  "A nation",
	header: []string{"what", "ballots", "measured", "memory at most"},
	rows:   nationRows,
}

func nationRows(_ context.Context, dir string, full bool, row func(cells ...any)) error {
	ballots := 20_000
	if full {
		ballots = 1_000_000
	}
	path := filepath.Join(dir, "nation.bel")
	start := time.Now()
	if err := holdNation(path, ballots); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	cores := runtime.GOMAXPROCS(0)
	row(fmt.Sprintf("made: a yes-or-no question, encrypted, signed, checked, added up, decrypted, with hints, %d cores", cores), ballots,
		fmt.Sprintf("%s, %d MB", time.Since(start).Round(time.Second), info.Size()/1e6), "")
	for _, beside := range []string{path + ".hints", ""} {
		name := "verified, without hints"
		if beside != "" {
			name = "verified, with hints"
		}
		forgetPeak()
		start := time.Now()
		if err := verifyNation(path, info.Size(), beside, ballots); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		took := time.Since(start)
		row(fmt.Sprintf("%s, %d cores", name, cores), ballots,
			fmt.Sprintf("%s, %.3f ms a ballot", took.Round(100*time.Millisecond), took.Seconds()*1e3/float64(ballots)), peak())
	}
	return nil
}

func verifyNation(path string, size int64, hints string, ballots int) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var options archive.Options
	if hints != "" {
		h, err := os.Open(hints)
		if err != nil {
			return err
		}
		defer h.Close()
		options.Hints = hint.NewReader(bufio.NewReaderSize(h, 1<<20))
	}
	report, err := archive.Verify(f, size, options)
	if err == nil && report.Result == nil {
		return errors.New("there is no result")
	}
	return err
}

// holdNation writes the archive of an election in which everybody votes once, and its
// hints beside it.
func holdNation(path string, ballots int) error {
	const uuid = "NationNationNation"
	key, err := trustee.NewPrivateKey(group.Ed25519, rand.Reader)
	if err != nil {
		return err
	}
	public, err := key.PublicKey("", rand.Reader)
	if err != nil {
		return err
	}
	record, err := trustee.Record(group.Ed25519, trustee.Single(public))
	if err != nil {
		return err
	}
	election, err := ballot.NewElection(ballot.Record{
		Name: "nation", UUID: uuid, PublicKey: key.Public(),
		Questions: []ballot.Question{ballot.Homomorphic{Text: "?", Answers: []string{"yes", "no"}, Min: 0, Max: 1}},
	})
	if err != nil {
		return err
	}
	voters := make([]credential.Voter, ballots)
	for i := range voters {
		voters[i] = credential.Voter{ID: fmt.Sprint(i), Weight: 1}
	}
	secrets, list, err := credential.Issue(rand.Reader, group.Ed25519, uuid, voters, false)
	if err != nil {
		return err
	}
	bel, err := os.Create(path)
	if err != nil {
		return err
	}
	defer bel.Close()
	beside, err := os.Create(path + ".hints")
	if err != nil {
		return err
	}
	defer beside.Close()
	out, side := bufio.NewWriterSize(bel, 1<<20), bufio.NewWriterSize(beside, 1<<20)
	w, err := archive.NewWriter(out, time.Now().Unix())
	if err != nil {
		return err
	}
	h, err := hint.NewWriter(side)
	if err != nil {
		return err
	}
	if err := w.Setup(election.Bytes(), record, list.Bytes(), nil); err != nil {
		return err
	}
	sum := tally.NewAccumulator(election, list, nil) // nobody votes twice
	const atOnce = 8192
	for from := 0; from < ballots; from += atOnce {
		casts, err := castNation(election, secrets[from:min(from+atOnce, ballots)])
		if err != nil {
			return err
		}
		for i, o := range election.VerifyAll(rand.Reader, runtime.GOMAXPROCS(0), casts, list) {
			if o.Err != nil {
				return o.Err
			}
			if err := errors.Join(sum.Add(o.Verified), w.Ballot(casts[i].Text), h.Write(sha256.Sum256(casts[i].Text), casts[i].Hints)); err != nil {
				return err
			}
		}
	}
	encrypted, size := sum.Tally()
	decryption, err := key.Decrypt(election, encrypted, rand.Reader)
	if err != nil {
		return err
	}
	trustees, err := trustee.Parse(group.Ed25519, record)
	if err != nil {
		return err
	}
	d, err := trustees.Verify(1, decryption, election, encrypted)
	if err != nil {
		return err
	}
	plain, err := trustees.Combine([]*trustee.Decryption{d}, encrypted)
	if err != nil {
		return err
	}
	result, err := tally.Solve(election, plain, list.TotalWeight())
	if err != nil {
		return err
	}
	err = errors.Join(w.EndBallots(), w.EncryptedTally(encrypted.Bytes(election), size.Bytes()), w.PartialDecryption(1, decryption), w.Result(result.Bytes()))
	return errors.Join(err, out.Flush(), side.Flush(), bel.Close(), beside.Close())
}

// castNation lets voters vote at random, on all cores.
func castNation(election *ballot.Election, secrets []credential.Private) ([]ballot.Cast, error) {
	casts := make([]ballot.Cast, len(secrets))
	var coins [1]byte
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, secret := range secrets {
		if _, err := rand.Read(coins[:]); err != nil {
			return nil, err
		}
		yes := int(coins[0] & 1)
		g.Go(func() error {
			draft, err := election.Encrypt(rand.Reader, secret.Public(group.Ed25519, election.UUID()), ballot.Plaintext{{yes, 1 - yes}})
			if err != nil {
				return err
			}
			b, err := draft.Sign(rand.Reader, secret.Key(group.Ed25519, election.UUID()))
			if err != nil {
				return err
			}
			hints, err := election.Hints(b.Bytes())
			casts[i] = ballot.Cast{Text: b.Bytes(), Hints: hints}
			return err
		})
	}
	return casts, g.Wait()
}

// forgetPeak starts to measure anew how much memory the program takes at most.
func forgetPeak() {
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // Linux only, like peak
}

// peak is how much memory the program took at most since then.
func peak() string {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "not known here"
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			return strings.TrimSpace(value)
		}
	}
	return "not known here"
}
