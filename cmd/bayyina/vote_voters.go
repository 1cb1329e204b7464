package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"bayyina/cmd/bayyina/config"
	"bayyina/module/vote"
	"bayyina/platform/store"
	"bayyina/platform/store/seal"
)

type voteVotersCmd struct {
	Election string `arg:"" help:"The election's name."`
	List     string `arg:"" help:"The voters' list: CSV with the columns voter, phone (or email) and, if you like, language (ar or en)."`
	peopleFlags
}

func (*voteVotersCmd) Help() string {
	return "Takes the voters' list of an election: what names each voter on their letter, and the phone number (with its country's code) or e-mail address " +
		"to which one-time codes are sent. From then on the server takes ballots of this election only with a code. The list has no credentials; it is sealed in the " +
		"database, takes the place of an earlier one, and stays as it is once voting has opened.\n\n" +
		"Example:\n\n    bayyina vote voters 8QrCAeS5xbQKAY voters.csv --data server"
}

// voteVoters is the answer of vote voters.
type voteVoters struct {
	Election string `json:"election"`
	Voters   int    `json:"voters"`
}

func (c *voteVotersCmd) Run(e *env) error {
	return c.opened(e, func(cfg *config.Config, db *store.DB, keys *seal.Keys) (err error) {
		f, err := os.Open(c.List)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		outbox, err := newOutbox(e, cfg, db, keys, slog.New(slog.NewTextHandler(e.stderr, nil)))
		if err != nil {
			return err
		}
		r, err := vote.NewRegistrar(e.ctx, vote.Config{DB: db, Dir: c.Data, Now: e.now, Random: e.rand})
		if err != nil {
			return err
		}
		n, err := vote.NewCasting(vote.CastingConfig{Registrar: r, DB: db, Keys: keys, Outbox: outbox}).LoadVoters(e.ctx, c.Election, f)
		if err != nil {
			return fmt.Errorf("%s: %w", c.List, err)
		}
		answer := voteVoters{c.Election, n}
		return e.answer(answer, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, e.tr("Voters on the list: %d. Ballots of election %s are taken with a one-time code from now on.\n",
				"الناخبون في القائمة: %d. من الآن لا تُقبل أوراق الانتخاب %s إلا برمز المرة الواحدة.\n"), n, c.Election)
			return err
		})
	})
}
