package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"bayyina/platform/identity"
)

type voteImportCmd struct {
	Archive string `arg:"" help:"A Belenios archive (.bel)."`
	Out     string `required:"" placeholder:"DIR" help:"The folder to continue it in, which may not exist."`
	Reopen  bool   `help:"Keep the set-up and the ballots only, as if the voting had not ended: for rehearsals."`
}

func (*voteImportCmd) Help() string {
	return "Verifies the archive whole and opens it for continuing without a log: ballots (vote box cast), the end (vote box close), " +
		"the tally (vote box tally), the trustees' decryptions with their own key files, Belenios' too (vote decrypt), and the result (vote box result). " +
		"DIR holds election.bel and, for voters and trustees, election.json, credentials.json and trustees.json.\n\n" +
		"Example:\n\n    bayyina vote import RFTpi5KtbDJZnz.bel --out box"
}

func (c *voteImportCmd) Run(e *env) error {
	box, f, err := openArchive(c.Archive)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := os.Mkdir(c.Out, 0o755); err != nil {
		return err
	}
	for _, record := range []struct {
		name    string
		content []byte
	}{
		{"election.json", box.Records.Election},
		{"trustees.json", box.Records.Trustees},
		{"credentials.json", box.Records.Credentials},
	} {
		if err := identity.Create(filepath.Join(c.Out, record.name), record.content, 0o644); err != nil {
			return errors.Join(err, os.RemoveAll(c.Out))
		}
	}
	path := filepath.Join(c.Out, boxArchive)
	err = writeArchive(path, func(w io.Writer) error {
		if c.Reopen {
			return box.Reopen(w)
		}
		return box.Copy(w)
	})
	if err != nil {
		return errors.Join(err, os.RemoveAll(c.Out))
	}
	box, g, err := openArchive(path)
	if err != nil {
		return err
	}
	defer g.Close()
	answer := newBoxState(box)
	return e.answer(answer, func(w io.Writer) error { return answer.tell(e, w, box.Election) })
}
