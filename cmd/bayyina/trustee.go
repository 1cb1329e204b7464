package main

import (
	"fmt"
	"io"
	"log/slog"

	"bayyina/module/vote/local"
	"bayyina/platform/ledger/read"
)

type trusteeCmd struct {
	Key    string `required:"" placeholder:"FILE" help:"Your sealed signing key of role trustee, as bayyina key new wrote it; FILE.pub stands beside it."`
	Dir    string `default:"trustee" placeholder:"DIR" help:"Where your sealed secrets and papers are kept; it is made if it is not there."`
	Policy string `placeholder:"FILE" help:"Judge the log by this policy before decrypting: who must have written and witnessed it."`
	Server string `placeholder:"URL" help:"The election server, such as https://vote.hnec.example. Without it everything goes by files, on a USB stick."`
}

func (*trusteeCmd) Help() string {
	return "For a trustee, on a machine that is the trustee's own. Serves pages to this machine only, which lead through the ceremony in which the election's " +
		"key is made, and later through its shuffle and decryption. What is secret stays in DIR, sealed with the passphrase of your key, " +
		"which is asked for on these pages and nowhere else. The first address that is printed lets its holder in: do not pass it on.\n\n" +
		"Examples:\n\n    bayyina trustee --server https://vote.hnec.example --key trustee.key\n    bayyina trustee --key trustee.key --dir /media/usb/trustee"
}

func (c *trusteeCmd) Run(e *env) error {
	cfg := local.ProgramConfig{Dir: c.Dir, Key: c.Key, WorkFactor: e.workFactor, Random: e.rand, Now: e.now}
	if c.Server != "" {
		var err error
		if cfg.Client, err = local.NewClient(c.Server); err != nil {
			return err
		}
	}
	if c.Policy != "" {
		var err error
		if cfg.Policy, err = readPolicy(c.Policy); err != nil {
			return err
		}
	}
	program, err := local.NewTrustee(cfg)
	if err != nil {
		return err
	}
	return e.serveLocally(read.Bilingual{AR: "برنامج أمين المفتاح", EN: "Trustee's program"}, program.Mount)
}

// localAddress is the answer of programs that serve pages to this machine, before they serve them.
type localAddress struct {
	URL string `json:"url"`
}

// serveLocally serves pages to this machine until the program is stopped.
func (e *env) serveLocally(name read.Bilingual, mount func(*local.Shell) error) error {
	shell, err := local.Listen(local.Config{Name: name, Random: e.rand, Log: slog.New(slog.NewTextHandler(e.stderr, nil))})
	if err != nil {
		return err
	}
	if err := mount(shell); err != nil {
		return err
	}
	answer := localAddress{shell.URL()}
	err = e.answer(answer, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, e.tr("Open this address in a browser on this machine:\n%s\nStop with Ctrl+C.\n",
			"افتح هذا العنوان في متصفح على هذا الجهاز:\n%s\nللإيقاف: Ctrl+C.\n"), answer.URL)
		return err
	})
	if err != nil {
		return err
	}
	return shell.Serve(e.ctx)
}
