package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"bayyina/module/vote"
	"bayyina/module/vote/booth"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity"
)

type voteBoothCmd struct {
	Server  string `required:"" placeholder:"URL" help:"The server that takes the ballots, such as https://vote.hnec.example, without a slash at its end."`
	Receipt string `required:"" placeholder:"FILE" help:"The public key with which the server signs promises: receipt.pub in the folder of its keys."`
	Out     string `placeholder:"DIR" help:"Write the booth into this new folder, which any host may serve."`
	statementFlags
	Manifest string `placeholder:"FILE" help:"Write the manifest, the attachment of the statement, to FILE, which may not exist."`
}

func (*voteBoothCmd) Help() string {
	return "The booth is the same for all elections of a server, which serves it below /booth/. Another host may serve it as well: what is in the folder names all " +
		"that it loads by its hash, and needs no settings of the host. The statement vote.booth, which two officers and a root key sign, says that voters are " +
		"given this booth: anybody compares it with what is served (bayyina verify --booth).\n\n" +
		"Example:\n\n    bayyina vote booth --server https://vote.hnec.example --receipt server/keys/receipt.pub --origin log.hnec.example/2026 --out booth\n" +
		"    bayyina vote booth --server https://vote.hnec.example --receipt server/keys/receipt.pub --origin log.hnec.example/2026 --statement booth.txt --manifest booth.manifest"
}

func (c *voteBoothCmd) Run(e *env) error {
	switch {
	case c.Origin == "":
		return usageError("--origin is missing: the log in which the server enters ballots")
	case c.Out == "" && c.Statement == "":
		return usageError("give --out, or --statement and --manifest")
	case (c.Statement == "") != (c.Manifest == ""):
		return usageError("--statement and --manifest stand together: the one names the other")
	}
	public, err := identity.Read(c.Receipt, maxPassphraseFile)
	if err != nil {
		return err
	}
	receipt, _, err := identity.ParsePublic(public)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Receipt, err)
	}
	b, err := booth.New(booth.Settings{Server: c.Server, Log: c.Origin, Receipt: receipt})
	if err != nil {
		return err
	}
	var answer created
	if c.Statement != "" {
		statement, err := c.file(e, evidence.KindBooth, evidence.Booth{Booth: vote.AttachmentOf(b.Manifest())})
		if err != nil {
			return err
		}
		if err := createAll(file{name: c.Manifest, content: b.Manifest(), mode: 0o644}, statement); err != nil {
			return err
		}
		answer.Files = append(answer.Files, c.Manifest, c.Statement)
	}
	if c.Out != "" {
		if err := b.Write(c.Out); err != nil {
			return err
		}
		for _, f := range b.Files() {
			answer.Files = append(answer.Files, filepath.Join(c.Out, f.Path))
		}
	}
	return e.answer(answer, func(w io.Writer) error {
		var errs []error
		if c.Out != "" {
			_, err := fmt.Fprintf(w, e.tr("%s: the booth, %d files\n", "%s: مكتب الاقتراع، وعدد ملفاته %d\n"), c.Out, len(b.Files()))
			errs = append(errs, err)
		}
		return errors.Join(append(errs, c.tellStatement(e, w))...)
	})
}
