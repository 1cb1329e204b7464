package main

import (
	"bayyina/module/vote/local"
	"bayyina/platform/ledger/read"
)

type authorityCmd struct {
	Key    string `required:"" placeholder:"FILE" help:"Your sealed signing key of role authority, as bayyina key new wrote it; FILE.pub stands beside it."`
	Dir    string `default:"authority" placeholder:"DIR" help:"Where the sealed credentials and your papers are kept; it is made if it is not there."`
	Server string `placeholder:"URL" help:"The election server, such as https://vote.hnec.example. Without it everything goes by files, on a USB stick."`
}

func (*authorityCmd) Help() string {
	return "For the credential authority, on a machine of its own. Serves pages to this machine only, on which voters' credentials are made from a CSV file, " +
		"their public list is signed and published, and letters with the credentials are written as PDF files for the printer. The credentials stay in DIR, sealed " +
		"with the passphrase of your key, and never reach the server. The first address that is printed lets its holder in: do not pass it on.\n\n" +
		"Examples:\n\n    bayyina authority --server https://vote.hnec.example --key authority.key\n    bayyina authority --key authority.key --dir /media/usb/authority"
}

func (c *authorityCmd) Run(e *env) error {
	cfg := local.ProgramConfig{Dir: c.Dir, Key: c.Key, WorkFactor: e.workFactor, Random: e.rand, Now: e.now}
	if c.Server != "" {
		var err error
		if cfg.Client, err = local.NewClient(c.Server); err != nil {
			return err
		}
	}
	program, err := local.NewAuthority(cfg)
	if err != nil {
		return err
	}
	return e.serveLocally(read.Bilingual{AR: "برنامج جهة رموز الاقتراع", EN: "Credential authority's program"}, program.Mount)
}
