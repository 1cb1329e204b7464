package main

import (
	"fmt"

	"filippo.io/age"

	"bayyina/core/credential"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity"
)

type planCredentialsCmd struct {
	planFlags
	Voters  string `required:"" placeholder:"FILE" help:"The voters, as CSV: on each line an id, the district's name in Arabic or English, and a weight if there are weights."`
	Public  string `required:"" placeholder:"DIR" help:"Write the public credentials to DIR/ID.json; DIR may not exist."`
	Private string `required:"" placeholder:"DIR" help:"Write the sealed private credentials to DIR/ID.age; DIR may not exist."`
	planStatements
	sealFlags
}

func (*planCredentialsCmd) Help() string {
	return "For the credential authority, on a machine that never had a network. Each voter gets one private credential, which serves all contests of the " +
		"district; the public ones of two contests do not show that they belong to one voter. Print the slips of one contest (bayyina vote slips): the same codes are in the files of the others.\n\n" +
		"Example:\n\n    bayyina vote plan credentials plan --voters voters.csv --public public --private private " +
		"--origin log.hnec.example/2026 --statements credentials"
}

// electorate is the voters of one district with their private credentials.
type electorate struct {
	voters   []credential.Voter
	privates []credential.Private
}

func (c *planCredentialsCmd) Run(e *env) error {
	elections, err := c.elections()
	if err != nil {
		return err
	}
	districts, weighted, err := c.read(e, elections)
	if err != nil {
		return err
	}
	recipients, err := c.recipients(e, c.Private)
	if err != nil {
		return err
	}
	public, private := folder{dir: c.Public}, folder{dir: c.Private}
	statements, err := c.say(e, evidence.KindCredentials, elections, func(el *vote.Election) (any, error) {
		var all electorate
		for _, d := range el.Districts {
			all.voters = append(all.voters, districts[d.Name.EN].voters...)
			all.privates = append(all.privates, districts[d.Name.EN].privates...)
		}
		g, err := el.Draft.CryptoGroup()
		if err != nil {
			return nil, err
		}
		list, err := credential.Publish(g, el.Election, all.voters, all.privates, weighted)
		if err != nil {
			return nil, err
		}
		sealed, err := all.seal(el.Election, recipients)
		if err != nil {
			return nil, err
		}
		public.files = append(public.files, file{name: el.Election + ".json", content: list.Bytes(), mode: 0o644})
		private.files = append(private.files, file{name: el.Election + ".age", content: sealed, mode: 0o600})
		return vote.CredentialsStatement(el.Election, list, el.Districts), nil
	})
	if err != nil {
		return err
	}
	return c.done(e, elections, public, private, statements)
}

// seal seals the private credentials as vote credentials does.
func (v *electorate) seal(uuid string, recipients []age.Recipient) ([]byte, error) {
	text := vote.PrivateList(v.voters, v.privates)
	defer clear(text)
	return identity.SealSecret(vote.PrivateLabel(uuid), text, recipients...)
}

// read reads the voters by English names of districts, whose numbers must be those of the
// plan, and makes their private credentials.
func (c *planCredentialsCmd) read(e *env, elections []vote.Election) (districts map[string]*electorate, weighted bool, err error) {
	districts = make(map[string]*electorate)
	english := make(map[string]string)
	voters := make(map[string]int64)
	for _, el := range elections {
		for _, d := range el.Districts {
			districts[d.Name.EN], voters[d.Name.EN] = new(electorate), d.Voters
			english[d.Name.AR], english[d.Name.EN] = d.Name.EN, d.Name.EN
		}
	}
	seen := make(map[string]bool)
	weighted, err = eachVoter(c.Voters, 1, func(row int, v credential.Voter, more []string) error {
		district := districts[english[more[0]]]
		if district == nil {
			return fmt.Errorf("line %d: there is no election in district %q", row, more[0])
		}
		if seen[v.ID] { // in another district, perhaps: a voter has one
			return fmt.Errorf("line %d: voter %q stands there twice", row, v.ID)
		}
		seen[v.ID] = true
		district.voters = append(district.voters, v)
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	for name, d := range districts {
		if int64(len(d.voters)) != voters[name] {
			return nil, false, fmt.Errorf("%s: %d voters in district %q, of which the plan says %d: make the plan with the roll's numbers", c.Voters, len(d.voters), name, voters[name])
		}
		if d.privates, err = credential.GenerateAll(e.rand, len(d.voters)); err != nil {
			return nil, false, err
		}
	}
	return districts, weighted, nil
}
