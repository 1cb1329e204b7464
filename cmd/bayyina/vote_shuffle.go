package main

import (
	"errors"
	"fmt"
	"io"

	"bayyina/core/canon"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
)

type voteShuffleCmd struct {
	Archive string `arg:"" help:"The election's archive (.bel) as far as its tally, or as the shuffle before yours."`
	Trustee int    `required:"" placeholder:"N" help:"Your number among the trustees."`
	Out     string `required:"" placeholder:"FILE" help:"Write the shuffle to FILE, which may not exist."`
	statementFlags
}

func (*voteShuffleCmd) Help() string {
	return "For a trustee, on a machine that never had a network and runs nothing else. Verifies the whole archive first, then puts the answers to " +
		"ranked questions into a random order and encrypts each anew, so that nobody can tell which was whose, and proves that none was added, dropped " +
		"or changed. The order is kept nowhere. The statement vote.shuffle is signed with your key of role trustee.\n\n" +
		"Example:\n\n    bayyina vote shuffle 8QrCAeS5xbQKAY.bel --trustee 2 --out shuffle-2.json --origin log.hnec.example/2026 --statement shuffle-2.txt"
}

// voteShuffle is the answer of vote shuffle.
type voteShuffle struct {
	Election string `json:"election"`
	Trustee  int    `json:"trustee"`
	Ballots  int    `json:"ballots"`
	Shuffle  string `json:"shuffle"` // SHA-256, base64
	Out      string `json:"out"`
}

func (c *voteShuffleCmd) Run(e *env) error {
	if err := c.checkIfAny(); err != nil {
		return err
	}
	box, f, err := openArchive(c.Archive)
	if err != nil {
		return err
	}
	defer f.Close()
	text, body, err := vote.ShuffleBy(e.rand, box, c.Trustee)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Archive, err)
	}
	answer := voteShuffle{Election: box.Report.UUID, Trustee: c.Trustee, Ballots: box.Report.Counted, Shuffle: canon.B64(text), Out: c.Out}
	files, err := c.addTo([]file{{name: c.Out, content: text, mode: 0o644}}, e, evidence.KindShuffle, body)
	if err != nil {
		return err
	}
	if err := createAll(files...); err != nil {
		return err
	}
	return e.answer(answer, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, e.tr("%s: shuffle by trustee %d, ballots: %d. Fingerprint: %s\n", "%s: خلط أمين المفتاح رقم %d، عدد الأوراق: %d. البصمة: %s\n"),
			c.Out, answer.Trustee, answer.Ballots, answer.Shuffle)
		return errors.Join(err, c.tellStatement(e, w))
	})
}
