package main

import (
	"fmt"
	"net/url"

	"bayyina/cmd/bayyina/config"
	"bayyina/module/vote/local"
	"bayyina/platform/ledger/read"
	"bayyina/platform/message"
)

type authorityCmd struct {
	Key      string `required:"" placeholder:"FILE" help:"Your sealed signing key of role authority, as bayyina key new wrote it; FILE.pub stands beside it."`
	Dir      string `default:"authority" placeholder:"DIR" help:"Where the sealed credentials and your papers are kept; it is made if it is not there."`
	Server   string `placeholder:"URL" help:"The election server, such as https://vote.hnec.example. Without it everything goes by files, on a USB stick."`
	Settings string `placeholder:"FILE" help:"Your own settings, with [mail] or [kannel] as bayyina serve has them, to send credentials by e-mail or SMS. Without it there are printed letters only."`
}

func (*authorityCmd) Help() string {
	return "For the credential authority, on a machine of its own. Serves pages to this machine only, on which voters' credentials are made from a CSV file, " +
		"their public list is signed and published, and letters with the credentials are written as PDF files for the printer, or sent by e-mail and SMS. The credentials stay in DIR, sealed " +
		"with the passphrase of your key, and never reach the server. The first address that is printed lets its holder in: do not pass it on.\n\n" +
		"Examples:\n\n    bayyina authority --server https://vote.hnec.example --key authority.key\n    bayyina authority --key authority.key --dir /media/usb/authority\n" +
		"    bayyina authority --server https://vote.hnec.example --key authority.key --settings authority.toml"
}

func (c *authorityCmd) Run(e *env) error {
	cfg := local.ProgramConfig{Dir: c.Dir, Key: c.Key, WorkFactor: e.workFactor, Random: e.rand, Now: e.now}
	if c.Server != "" {
		var err error
		if cfg.Client, err = local.NewClient(c.Server); err != nil {
			return err
		}
	}
	var kannel *message.Kannel
	if c.Settings != "" {
		settings, err := config.Read(c.Settings, true, e.environ)
		if err != nil {
			return err
		}
		if settings.Kannel.Receipts != "" {
			return usageError("kannel.receipts is for a server: leave it out, a Kannel on this machine is told where this program listens")
		}
		if cfg.Senders, err = senders(settings, e.now); err != nil {
			return fmt.Errorf("%s: %w", c.Settings, err)
		}
		kannel, _ = cfg.Senders[message.SMS].(*message.Kannel)
	}
	program, err := local.NewAuthority(cfg)
	if err != nil {
		return err
	}
	return e.serveLocally(read.Bilingual{AR: "برنامج جهة رموز الاقتراع", EN: "Credential authority's program"}, func(shell *local.Shell) error {
		if kannel != nil && onThisMachine(kannel.URL) {
			kannel.Receipts = shell.Receipts()
		}
		return program.Mount(shell)
	})
}

// onThisMachine says whether an address is one of this machine, which reaches programs that listen on it only.
func onThisMachine(address string) bool {
	u, err := url.Parse(address)
	return err == nil && config.Loopback(u.Host)
}
