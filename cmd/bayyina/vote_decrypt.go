package main

import (
	"errors"
	"fmt"
	"io"

	"bayyina/core/canon"
	"bayyina/core/election"
	"bayyina/core/group"
	"bayyina/core/trustee"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity"
)

type voteDecryptCmd struct {
	trusteeKeyFlags
	Archive string `arg:"" help:"The election's archive (.bel) as far as its tally."`
	Out     string `required:"" placeholder:"FILE" help:"Write the partial decryption to FILE, which may not exist."`
	statementFlags
}

// trusteeKeyFlags name a trustee's key. Commands that decrypt embed them.
type trusteeKeyFlags struct {
	Key   string `arg:"" help:"Your sealed key, or belenios-tool's: of a single trustee (.privkey), or of a member (.key), who needs --share."`
	Share string `placeholder:"FILE" help:"Member of a group: your sealed share (.dkey)."`
	Yes   bool   `help:"Do not show what is decrypted and ask: it has been read before."`
	unlockFlags
}

func (*voteDecryptCmd) Help() string {
	return "For a trustee, on a machine that never had a network. Verifies the whole archive first: trustees, credentials, every ballot, and that " +
		"the tally is their sum, so that nothing else is ever decrypted, least of all a single ballot. Then shows what it is about to decrypt, and " +
		"asks. The statement vote.decryption is signed with your key of role trustee.\n\n" +
		"Examples:\n\n    bayyina vote decrypt bar.key 8QrCAeS5xbQKAY.bel --out decryption-1.json --origin log.hnec.example/2026 --statement decryption-1.txt\n" +
		"    bayyina vote decrypt member1.key 8QrCAeS5xbQKAY.bel --share group/1.dkey --out decryption-2.json"
}

// voteDecrypt is the answer of vote decrypt.
type voteDecrypt struct {
	Election string `json:"election"`
	Trustee  int    `json:"trustee"`
	Tally    string `json:"tally"` // SHA-256 of the encrypted tally, base64
	Ballots  int    `json:"ballots"`
	Counted  int    `json:"counted"`
	Weight   uint64 `json:"weight"`
	Out      string `json:"out"`
}

func (c *voteDecryptCmd) Run(e *env) error {
	if err := c.checkIfAny(); err != nil {
		return err
	}
	box, f, err := openArchive(c.Archive)
	if err != nil {
		return err
	}
	defer f.Close()
	answer, err := newDecrypt(box)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Archive, err)
	}
	answer.Out = c.Out
	if !c.Yes {
		if err := askToDecrypt(e, answer.shown(e, box)); err != nil {
			return err
		}
	}
	key, err := c.open(e, box.Election.Group())
	if err != nil {
		return err
	}
	text, body, err := vote.Decrypt(e.rand, box, key)
	if err != nil {
		return err
	}
	answer.Trustee = body.Trustee
	files, err := c.addTo([]file{{name: c.Out, content: text, mode: 0o644}}, e, evidence.KindDecryption, body)
	if err != nil {
		return err
	}
	if err := createAll(files...); err != nil {
		return err
	}
	return e.answer(answer, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, e.tr("%s: partial decryption by trustee %d\n", "%s: الفكّ الجزئي لتشفير الحصيلة، من أمين المفتاح رقم %d\n"), c.Out, answer.Trustee)
		return errors.Join(err, c.tellStatement(e, w))
	})
}

// newDecrypt describes what is about to be decrypted.
func newDecrypt(box *vote.Box) (voteDecrypt, error) {
	if box.Report.Phase != election.Tallied {
		return voteDecrypt{}, fmt.Errorf("the election is %s; only what is tallied and has no result is decrypted", box.Report.Phase)
	}
	return voteDecrypt{
		Election: box.Report.UUID, Tally: canon.B64(box.Report.Tally.Bytes(box.Election)), Ballots: box.Report.Ballots,
		Counted: box.Report.Counted, Weight: box.Report.TotalWeight,
	}, nil
}

// shown is what a trustee reads before the answer.
func (a voteDecrypt) shown(e *env, box *vote.Box) string {
	return fmt.Sprintf(e.tr(
		"Election %s: %s\nVerified: ballots %d, of which the last of each of %d voters counts, total weight %d.\nTally: %s\n",
		"الانتخاب %s: %s\nفُحص الأرشيف كله: عدد الأوراق %d، تُحتسب منها آخر ورقة لكل مقترع؛ عدد المقترعين %d، والوزن الكلي %d.\nبصمة الحصيلة: %s\n"),
		a.Election, visible(box.Report.Name), a.Ballots, a.Counted, a.Weight, a.Tally)
}

// askToDecrypt shows what is about to be decrypted, and returns nil only on a yes.
func askToDecrypt(e *env, text string) error {
	yes, err := e.confirm(text, e.tr("Decrypt this tally? Type yes:", "أتفكّ تشفير هذه الحصيلة؟ اكتب نعم:"))
	if err == nil && !yes {
		err = errors.New(e.tr("not decrypted: the answer was not yes", "لم يُفكّ التشفير: لم يكن الجواب نعم"))
	}
	return err
}

// open reads the trustee's private key.
func (c *trusteeKeyFlags) open(e *env, g *group.Group) (*trustee.PrivateKey, error) {
	if c.Share == "" {
		text, err := c.openTrustee(e, vote.LabelSingle, c.Key)
		if err != nil {
			return nil, err
		}
		defer clear(text)
		key, err := trustee.ParsePrivateKey(g, text)
		if err != nil {
			return nil, fmt.Errorf("key file %s: %w", c.Key, err)
		}
		return key, nil
	}
	share, err := identity.Read(c.Share, maxMessages)
	if err != nil {
		return nil, err
	}
	seed, err := c.openSeed(e, g, c.Key)
	if err != nil {
		return nil, err
	}
	key, err := seed.OpenShare(share)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Share, err)
	}
	return key, nil
}
