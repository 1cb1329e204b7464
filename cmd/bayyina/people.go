package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"bayyina/cmd/bayyina/config"
	"bayyina/platform/identity/access"
	"bayyina/platform/identity/account"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	"bayyina/platform/store/seal"
)

type peopleCmd struct {
	Organisation peopleOrganisationCmd `cmd:"" help:"Add an organisation that people belong to."`
	Invite       peopleInviteCmd       `cmd:"" help:"Invite somebody from the server's machine: the first officers, or whoever has lost every way in."`
}

// peopleFlags say which server's people are meant.
type peopleFlags struct {
	Data   string `required:"" placeholder:"DIR" help:"The server's data folder."`
	Config string `placeholder:"FILE" help:"The settings; by default bayyina.toml in the data folder, if it is there."`
}

// with opens the accounts, in the way the server does, and calls fn.
func (f *peopleFlags) with(e *env, fn func(*account.Accounts) error) error {
	return f.opened(e, func(cfg *config.Config, db *store.DB, keys *seal.Keys) error {
		accounts, err := account.New(e.ctx, account.Config{
			DB: db, Keys: keys, Name: read.Bilingual{AR: cfg.Site.NameAR, EN: cfg.Site.NameEN}, Origin: cfg.Site.Origin, Now: e.now, Random: e.rand,
			Log: slog.New(slog.NewTextHandler(e.stderr, nil)),
		})
		if err != nil {
			return err
		}
		return fn(accounts)
	})
}

// opened opens the server's database, and the keys of what is sealed in it, and calls fn.
func (f *peopleFlags) opened(e *env, fn func(*config.Config, *store.DB, *seal.Keys) error) (err error) {
	path := f.Config
	if path == "" {
		path = filepath.Join(f.Data, config.Name)
	}
	cfg, err := config.Read(path, f.Config != "", e.environ)
	if err != nil {
		return err
	}
	server := serverFlags{Data: f.Data, settings: cfg}
	if _, err := os.Stat(f.Data); err != nil {
		return err
	}
	db, err := server.openDatabase(e)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	keys, err := seal.Open(e.ctx, sealConfig(e, db, f.Data, cfg, true))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, keys.Close()) }()
	return fn(cfg, db, keys)
}

// organisationKinds are the kinds of organisations, as the command line takes them.
func organisationKinds() string {
	var kinds []string
	for _, k := range account.Kinds {
		kinds = append(kinds, string(k))
	}
	return strings.Join(kinds, ",")
}

type peopleOrganisationCmd struct {
	Code   string `required:"" placeholder:"CODE" help:"Small Latin letters, digits and hyphens."`
	Kind   string `required:"" placeholder:"KIND" enum:"${organisations}" help:"One of ${enum}."`
	NameAR string `name:"name-ar" required:"" placeholder:"NAME" help:"Its name in Arabic."`
	NameEN string `name:"name-en" required:"" placeholder:"NAME" help:"Its name in English."`
	peopleFlags
}

func (*peopleOrganisationCmd) Help() string {
	return "Officers add organisations on the site; the first one, their own, is added here.\n\nExample:\n\n    bayyina people organisation --data server --code hnec " +
		"--kind commission --name-ar 'المفوضية الوطنية العليا للانتخابات' --name-en 'High National Elections Commission'"
}

func (c *peopleOrganisationCmd) Run(e *env) error {
	return c.with(e, func(a *account.Accounts) error {
		err := a.AddOrganisation(e.ctx, account.Organisation{
			Code: c.Code, Kind: account.Kind(c.Kind), Name: read.Bilingual{AR: c.NameAR, EN: c.NameEN},
		})
		if err != nil {
			return err
		}
		return e.answer(map[string]string{"organisation": c.Code}, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, e.tr("The organisation %s was added.\n", "أُضيفت الجهة %s.\n"), c.Code)
			return err
		})
	})
}

type peopleInviteCmd struct {
	Name         string   `placeholder:"NAME" help:"The person's name."`
	Address      string   `placeholder:"ADDRESS" help:"An e-mail address or a staff number that nobody else has."`
	Organisation string   `placeholder:"CODE" help:"The organisation that they belong to."`
	Role         []string `enum:"officer,operator" placeholder:"ROLE" help:"Give this role at once (${enum}): without a decision, as only the first people need it. Pages say so."`
	Again        int64    `placeholder:"NUMBER" help:"Invite the person of this number again: taking it up makes void whatever they signed in with."`
	peopleFlags
}

func (*peopleInviteCmd) Help() string {
	return "Prints a link with which one person, once and within three days, makes a passkey for signing in. It is not kept: give it to them in a safe way. " +
		"Whoever can run this command on the server's machine is trusted with that; deciding keys are another matter, and are enrolled by decisions.\n\n" +
		"Example:\n\n    bayyina people invite --data server --name 'سالم المقريف' --address salem@hnec.example --organisation hnec --role officer"
}

func (c *peopleInviteCmd) Run(e *env) error {
	if given := c.Name != "" || c.Address != "" || c.Organisation != ""; (c.Again != 0) == given {
		return usageError("say either whom to invite (--name, --address, --organisation) or whom to invite --again")
	}
	return c.with(e, func(a *account.Accounts) error {
		person, secret, err := c.invite(e, a)
		if err != nil {
			return err
		}
		link := a.InvitationLink(e.lang, secret)
		return e.answer(struct {
			Person     int64  `json:"person"`
			Invitation string `json:"invitation"`
		}{person, link}, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, e.tr("Person %d takes this invitation up at\n\n    %s\n\nonce, within three days.\n",
				"يقبل الشخص %d هذه الدعوة على\n\n    %s\n\nمرة واحدة، خلال ثلاثة أيام.\n"), person, link)
			return err
		})
	})
}

func (c *peopleInviteCmd) invite(e *env, a *account.Accounts) (person int64, secret string, err error) {
	if c.Again != 0 {
		person = c.Again
		secret, err = a.InviteAgain(e.ctx, nil, person)
	} else {
		person, secret, err = a.Invite(e.ctx, nil, account.Newcomer{Name: c.Name, Address: c.Address, Organisation: c.Organisation})
	}
	if err != nil {
		return 0, "", err
	}
	for _, role := range c.Role {
		if err := a.Install(e.ctx, person, access.Role(role)); err != nil {
			return 0, "", err
		}
	}
	return person, secret, nil
}
