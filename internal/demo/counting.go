package demo

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"bayyina/core/ballot"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
)

// count closes the election, adds the ballots up under encryption, has two trustees
// shuffle the rankings, which are not added up, and lets two of the three decrypt.
func (h *holding) count(ctx context.Context) error {
	ballots, encrypted, err := h.sum(ctx)
	if err != nil {
		return err
	}
	if err := h.tell("closed", "Count", ballots); err != nil {
		return err
	}
	if err := h.complain(ctx); err != nil {
		return err
	}
	if encrypted, err = h.shuffle(ctx, encrypted, 0); err != nil {
		return err
	}
	names := h.people.names()
	if err := h.tell("shuffled", "First", names[0], "Second", names[1]); err != nil {
		return err
	}
	if err := h.decrypt(ctx, encrypted); err != nil {
		return err
	}
	if err := h.tell("counted", "First", names[decrypters[0]-1], "Second", names[decrypters[1]-1]); err != nil {
		return err
	}
	if err := h.seats(ctx); err != nil {
		return err
	}
	return h.rule(ctx)
}

// seats turns votes into seats.
func (h *holding) seats(ctx context.Context) error {
	counts, thrown, err := h.fill(ctx)
	if err != nil {
		return err
	}
	for _, dice := range thrown {
		if err := h.tell("dice", "Question", dice.Question, "Seed", dice.Seed); err != nil {
			return err
		}
	}
	seats := 0
	for _, c := range counts {
		seats += len(c.Seats)
	}
	return h.tell("seats", "Count", seats, "Questions", len(counts))
}

// certify has the commission certify the result.
func (h *holding) certify(ctx context.Context) error {
	if err := h.hints(ctx); err != nil {
		return err
	}
	sum, err := h.sign(ctx, h.path(archiveName))
	if err != nil {
		return err
	}
	return h.tell("certified", "Archive", sum)
}

// hints makes what saves verifiers time, beside the log and beside the archive. Nobody
// signs it and nobody has to believe it.
func (h *holding) hints(ctx context.Context) error {
	log, err := read.OpenSource(ctx, h.path("log"))
	if err != nil {
		return err
	}
	defer log.Close()
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
