package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"bayyina/core/archive"
	"bayyina/core/ballot"
	"bayyina/core/credential"
	"bayyina/core/group"
	"bayyina/core/trustee"
	"bayyina/internal/belenios"
)

// vote measures ballots with five and with twenty answers to choose from, and whole
// archives beside belenios-tool, where BAYYINA_BELENIOS_TOOL or the PATH has it.
var vote = table{
	title:  "Vote",
	header: []string{"what", "ballots", "measured"},
	rows:   voteRows,
}

func voteRows(_ context.Context, dir string, full bool, row func(cells ...any)) error {
	ballots := 500
	if full {
		ballots = 5000
	}
	for _, choices := range []int{5, 20} {
		if err := choiceRows(dir, choices, ballots*5/choices, row); err != nil {
			return err
		}
	}
	return nil
}

func choiceRows(dir string, choices, ballots int, row func(cells ...any)) error {
	uuid := strings.NewReplacer(" ", "1", "0", "z").Replace(fmt.Sprintf("Bench%9d", choices)) // in base 58, which has no zero
	dir = filepath.Join(dir, uuid)
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	path := filepath.Join(dir, uuid+".bel")
	encrypting, err := writeArchive(path, uuid, choices, ballots)
	if err != nil {
		return err
	}
	perBallot := func(d time.Duration) string {
		return fmt.Sprintf("%.2f ms a ballot", d.Seconds()*1000/float64(ballots))
	}
	row(fmt.Sprintf("encrypt and sign, %d choices, one core", choices), ballots, perBallot(encrypting))
	one, err := verifyOn(1, path)
	if err != nil {
		return err
	}
	row(fmt.Sprintf("verify the archive, %d choices, one core", choices), ballots, perBallot(one))
	if cores := runtime.NumCPU(); cores > 1 {
		all, err := verifyOn(cores, path)
		if err != nil {
			return err
		}
		row(fmt.Sprintf("the same on %d cores", cores), ballots, fmt.Sprintf("%s, %.2f × one core", perBallot(all), one.Seconds()/all.Seconds()))
	}
	tools, err := belenios.Tools("Ed25519")
	if err != nil {
		return err
	}
	if len(tools) == 0 {
		row("belenios-tool on the same archive", ballots, "NOT MEASURED: not on the PATH, nor named by BAYYINA_BELENIOS_TOOL")
	}
	for _, tool := range tools {
		start := time.Now()
		if err := tool.Verify(dir); err != nil {
			return err
		}
		theirs := time.Since(start)
		row(tool.String()+" on the same archive, one core", ballots, fmt.Sprintf("%s, %.1f × ours", perBallot(theirs), theirs.Seconds()/one.Seconds()))
	}
	return nil
}

// verifyOn verifies an archive on so many cores.
func verifyOn(cores int, path string) (time.Duration, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	start := time.Now()
	_, err = archive.Verify(f, info.Size(), archive.Options{})
	return time.Since(start), err
}

// writeArchive holds an election of one question, with one ballot per voter, and
// returns how long the ballots took.
func writeArchive(path, uuid string, choices, ballots int) (time.Duration, error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	took, err := writeElection(f, uuid, choices, ballots)
	if err != nil {
		return 0, err
	}
	return took, f.Close()
}

func writeElection(out io.Writer, uuid string, choices, ballots int) (took time.Duration, err error) {
	key, err := trustee.NewPrivateKey(group.Ed25519, rand.Reader)
	if err != nil {
		return 0, err
	}
	public, err := key.PublicKey("", rand.Reader)
	if err != nil {
		return 0, err
	}
	trustees, err := trustee.Record(group.Ed25519, trustee.Single(public))
	if err != nil {
		return 0, err
	}
	question := ballot.Homomorphic{Text: "?", Min: 0, Max: 1}
	voters := make([]credential.Voter, ballots)
	for i := range choices {
		question.Answers = append(question.Answers, fmt.Sprint(i))
	}
	for i := range voters {
		voters[i] = credential.Voter{ID: fmt.Sprint(i), Weight: 1}
	}
	secrets, list, err := credential.Issue(rand.Reader, group.Ed25519, uuid, voters, false)
	if err != nil {
		return 0, err
	}
	election, err := ballot.NewElection(ballot.Record{Name: "bench", UUID: uuid, PublicKey: key.Public(), Questions: []ballot.Question{question}})
	if err != nil {
		return 0, err
	}
	w, err := archive.NewWriter(out, time.Now().Unix())
	if err != nil {
		return 0, err
	}
	if err := w.Setup(election.Bytes(), trustees, list.Bytes(), nil); err != nil {
		return 0, err
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	start := time.Now()
	for i, secret := range secrets {
		choice := make([]int, choices)
		choice[i%choices] = 1
		draft, err := election.Encrypt(rand.Reader, secret.Public(group.Ed25519, uuid), ballot.Plaintext{choice})
		if err != nil {
			return 0, err
		}
		b, err := draft.Sign(rand.Reader, secret.Key(group.Ed25519, uuid))
		if err != nil {
			return 0, err
		}
		if err := w.Ballot(b.Bytes()); err != nil {
			return 0, err
		}
	}
	return time.Since(start), nil
}
