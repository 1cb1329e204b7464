package main

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/boombuler/barcode/qr"

	"bayyina/core/group"
	"bayyina/module/vote"
	"bayyina/platform/identity"
)

//go:embed vote_slip.html
var slipHTML string

var slipTemplate = template.Must(template.New("slip").Parse(slipHTML))

type voteSlipsCmd struct {
	Private string   `arg:"" help:"The sealed private credentials, or belenios-tool's private_creds.json."`
	Draft   string   `required:"" placeholder:"FILE" help:"The draft of the election."`
	Voter   []string `sep:"none" placeholder:"ID" help:"Only this voter's slip; may be repeated."`
	Out     string   `required:"" placeholder:"DIR" help:"Write one page per voter to DIR, which may not exist, numbered as the voters' file is."`
	unlockFlags
}

func (*voteSlipsCmd) Help() string {
	return "For the credential authority. Each page has the private credential as text and as a QR code, and how to use it, in Arabic and " +
		"English; any browser prints it. Whoever reads a page can vote with it: print on a machine without a network, hand the pages over " +
		"in closed envelopes, and destroy the folder.\n\n" +
		"Example:\n\n    bayyina vote slips private.age --draft draft.json --out slips"
}

// slip is one voter's page.
type slip struct {
	Title, TitleAR string
	Election       string
	Voter          string
	Credential     string
	Public         string
	QR             template.URL
}

// voteSlips is the answer of vote slips.
type voteSlips struct {
	Slips int    `json:"slips"`
	Out   string `json:"out"`
}

func (c *voteSlipsCmd) Run(e *env) error {
	draft, err := readDraft(c.Draft)
	if err != nil {
		return err
	}
	g, err := draft.CryptoGroup()
	if err != nil {
		return err
	}
	holders, err := c.holders(e, draft.UUID)
	if err != nil {
		return err
	}
	if err := os.Mkdir(c.Out, 0o700); errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s exists already: nothing is overwritten", c.Out)
	} else if err != nil {
		return err
	}
	answer := voteSlips{Out: c.Out}
	for i, h := range holders {
		if len(c.Voter) > 0 && !slices.Contains(c.Voter, h.ID) {
			continue
		}
		page, err := newSlip(g, draft, h)
		if err == nil {
			err = identity.Create(filepath.Join(c.Out, fmt.Sprintf("%07d.html", i+1)), page, 0o600)
		}
		if err != nil {
			return errors.Join(err, os.RemoveAll(c.Out))
		}
		answer.Slips++
	}
	if answer.Slips == 0 || len(c.Voter) > answer.Slips {
		return errors.Join(errors.New("a voter was asked for who has no credential"), os.RemoveAll(c.Out))
	}
	return e.answer(answer, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, e.tr("%s: slips: %d. Whoever reads one can vote with it.\n",
			"%s: عدد القسائم: %d. من قرأ قسيمة استطاع أن يقترع بها.\n"), c.Out, answer.Slips)
		return err
	})
}

func (c *voteSlipsCmd) holders(e *env, uuid string) ([]vote.Holder, error) {
	data, err := identity.Read(c.Private, 2*identity.MaxSecret) // sealed text is longer
	if err != nil {
		return nil, err
	}
	if identity.IsSealed(data) {
		ids, err := c.identities(e, c.Private)
		if err != nil {
			return nil, err
		}
		if data, err = identity.OpenSecret(vote.PrivateLabel(uuid), data, ids...); err != nil {
			return nil, fmt.Errorf("%s: %w", c.Private, err)
		}
	}
	defer clear(data)
	holders, err := vote.ParsePrivateList(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Private, err)
	}
	return holders, nil
}

func newSlip(g *group.Group, draft *vote.Template, h vote.Holder) ([]byte, error) {
	code, err := newQRCode(h.Private.Reveal(), qr.M, qr.Auto)
	if err != nil {
		return nil, err
	}
	picture, err := code.png(6)
	if err != nil {
		return nil, err
	}
	s := slip{
		Title: draft.Title.EN, TitleAR: draft.Title.AR, Election: draft.UUID, Voter: h.ID,
		Credential: h.Private.Reveal(), Public: h.Private.Public(g, draft.UUID).String(),
		QR: template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(picture)),
	}
	if s.Title == "" {
		s.Title, s.TitleAR = draft.Name, draft.Name
	}
	var page bytes.Buffer
	if err := slipTemplate.Execute(&page, s); err != nil {
		return nil, fmt.Errorf("slip: %w", err)
	}
	return page.Bytes(), nil
}
