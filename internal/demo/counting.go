package demo

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"bayyina/core/ballot"
	"bayyina/core/mix"
	"bayyina/core/tally"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/ledger/replay"
)

// count closes the election, adds the ballots up under encryption, has two trustees
// shuffle the rankings, which are not added up, and lets two of the three decrypt.
func (h *holding) count(ctx context.Context) error {
	ballots, err := h.registrar.Close(ctx, h.uuid)
	if err != nil {
		return err
	}
	if _, err := h.log.Drain(ctx); err != nil {
		return err
	}
	if err := h.tell("closed", "Count", ballots); err != nil {
		return err
	}
	text, err := h.registrar.Tally(ctx, h.uuid)
	if err != nil {
		return err
	}
	if _, err := h.log.Drain(ctx); err != nil {
		return err
	}
	encrypted, err := tally.ParseEncrypted(h.election, text)
	if err != nil {
		return err
	}
	if encrypted, err = h.shuffle(ctx, encrypted); err != nil {
		return err
	}
	if err := h.decrypt(ctx, encrypted); err != nil {
		return err
	}
	return h.seats(ctx)
}

// shuffle has the first trustees shuffle the rankings, one after the other.
func (h *holding) shuffle(ctx context.Context, t tally.Encrypted) (tally.Encrypted, error) {
	net := mix.New(h.election.Fingerprint(), h.election.KeyTable(), 0)
	for i, mixer := range h.people.trustees[:mixers] {
		s, err := net.Shuffle(h.cfg.Random, t.Apart(h.election))
		if err != nil {
			return nil, err
		}
		text := s.Bytes()
		body := evidence.Shuffle{Election: h.uuid, Trustee: i + 1, Shuffle: vote.AttachmentOf(text)}
		if err := h.enter(ctx, evidence.KindShuffle, body, [][]byte{text}, mixer.Key); err != nil {
			return nil, err
		}
		t = t.WithApart(h.election, s.Ciphertexts)
	}
	return t, h.tell("shuffled", "First", h.people.trustees[0].Name(), "Second", h.people.trustees[1].Name())
}

// decrypt lets two trustees decrypt, and computes the result.
func (h *holding) decrypt(ctx context.Context, encrypted tally.Encrypted) error {
	var names []string
	for _, owner := range []int{1, 3} { // the second is on a journey
		t := h.people.trustees[owner-1]
		partial, err := t.share.Decrypt(h.election, encrypted, h.cfg.Random)
		if err != nil {
			return err
		}
		body := evidence.Decryption{Election: h.uuid, Trustee: owner, Decryption: vote.AttachmentOf(partial)}
		if err := h.enter(ctx, evidence.KindDecryption, body, [][]byte{partial}, t.Key); err != nil {
			return err
		}
		names = append(names, t.Name())
	}
	result, err := h.registrar.Result(ctx, h.uuid)
	if err != nil {
		return err
	}
	if _, err := h.log.Drain(ctx); err != nil {
		return err
	}
	h.result = result.Bytes()
	return h.tell("counted", "First", names[0], "Second", names[1])
}

// seats turns votes into seats by the rules that were fixed before the vote. Where a
// count stops at a tie, the commission throws dice.
func (h *holding) seats(ctx context.Context) error {
	counts, err := h.registrar.Seats(ctx, h.uuid)
	if err != nil {
		return err
	}
	tied := false
	for i, c := range counts {
		if c.Tie == nil {
			continue
		}
		tied = true
		seed := make([]byte, 4)
		if _, err := io.ReadFull(h.cfg.Random, seed); err != nil {
			return err
		}
		dice := evidence.Dice{Election: h.uuid, Question: rules[i].Question, Seed: hex.EncodeToString(seed)}
		if err := h.enter(ctx, evidence.KindDice, dice, nil, h.people.commission()...); err != nil {
			return err
		}
		if err := h.tell("dice", "Question", dice.Question, "Seed", dice.Seed); err != nil {
			return err
		}
	}
	if tied {
		if counts, err = h.registrar.Seats(ctx, h.uuid); err != nil {
			return err
		}
	}
	if _, err := h.log.Drain(ctx); err != nil {
		return err
	}
	seats := 0
	for _, c := range counts {
		seats += len(c.Seats)
	}
	return h.tell("seats", "Count", seats, "Questions", len(counts))
}

// certify has the commission make the archive from the log, as anybody can, and sign
// for it and for the result.
func (h *holding) certify(ctx context.Context) error {
	source, err := read.OpenSource(ctx, filepath.Join(h.cfg.Dir, "log"))
	if err != nil {
		return err
	}
	defer source.Close()
	file, err := os.Create(h.path(archiveName))
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer file.Close()
	judge := evidence.NewJudge()
	judge.Export(h.uuid, file)
	if err := h.hints(ctx, source); err != nil {
		return err
	}
	judge.UseHints(func(path string) (io.ReadCloser, error) { return source.Open(ctx, path, 0, -1) })
	defer judge.Close()
	if _, err := replay.Replay(ctx, source, nil, []read.Judge{judge}, replay.Options{}); err != nil {
		return err
	}
	sum, size, ok := judge.Archive(h.uuid)
	if !ok {
		return fmt.Errorf("the archive of election %s cannot be made from the log", h.uuid)
	}
	body := evidence.Certify{Election: h.uuid, Result: vote.AttachmentOf(h.result), Archive: sum, ArchiveSize: size}
	if err := h.enter(ctx, evidence.KindCertify, body, [][]byte{h.result}, h.people.commission()...); err != nil {
		return err
	}
	return h.tell("certified", "Archive", sum)
}

// hints makes what saves verifiers time, beside the log and beside the archive. Nobody
// signs it and nobody has to believe it.
func (h *holding) hints(ctx context.Context, log read.Source) error {
	definition, err := h.registrar.Definition(ctx, h.uuid)
	if err != nil {
		return err
	}
	election, err := ballot.ParseElection(definition)
	if err != nil {
		return err
	}
	published, err := read.Newest(ctx, log)
	if err != nil {
		return err
	}
	var file bytes.Buffer
	for m := new(evidence.HintMaker); !m.Whole; {
		if err := m.Bundle(ctx, log, published.Size, h.uuid, election, runtime.GOMAXPROCS(0), &file); err != nil {
			return err
		}
	}
	beside := filepath.Join(h.path("log"), evidence.HintsPath(h.uuid))
	if err := os.MkdirAll(filepath.Dir(beside), 0o755); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	for _, path := range []string{beside, h.path(archiveName + ".hints")} {
		if err := os.WriteFile(path, file.Bytes(), 0o644); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
	}
	return nil
}
