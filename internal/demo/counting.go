package demo

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"bayyina/core/tally"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/ledger/replay"
)

// count closes the election, adds the ballots up under encryption, and lets two of
// the three trustees decrypt the sum.
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
	if _, err := replay.Replay(ctx, source, nil, []read.Judge{judge}, replay.Options{}); err != nil {
		return err
	}
	sum, size, ok := judge.Archive(h.uuid)
	if !ok {
		return fmt.Errorf("the archive of election %s cannot be made from the log", h.uuid)
	}
	if err := file.Sync(); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	body := evidence.Certify{Election: h.uuid, Result: vote.AttachmentOf(h.result), Archive: sum, ArchiveSize: size}
	if err := h.enter(ctx, evidence.KindCertify, body, [][]byte{h.result}, h.people.commission()...); err != nil {
		return err
	}
	return h.tell("certified", "Archive", sum)
}
