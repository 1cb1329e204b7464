package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"bayyina/core/trustee"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity"
)

// votePlanCmd groups what is done for all elections of a plan at once.
type votePlanCmd struct {
	Draft       planDraftCmd       `cmd:"" default:"withargs" help:"Commission: make the plan's elections, one for each contest and district, small districts merged."`
	Credentials planCredentialsCmd `cmd:"" help:"Authority: make one credential for each voter, which serves all contests."`
	Commit      planCommitCmd      `cmd:"" help:"Member: the statements that commit to step 3 of the one ceremony."`
	Agree       planAgreeCmd       `cmd:"" help:"Trustees: the statements, signed by all, that these are their keys."`
	Setup       planSetupCmd       `cmd:"" help:"Commission: the decisions to hold the elections, with their definitions."`
	Open        planOpenCmd        `cmd:"" help:"Commission: the decisions to open them."`
	Run         planRunCmd         `cmd:"" help:"Server: take ballots into the log, batch by batch, until the close."`
	Close       planCloseCmd       `cmd:"" help:"Server: say that the time is over, and how many ballots were entered."`
	Tally       planTallyCmd       `cmd:"" help:"Server: add the ballots up, without opening them."`
	Export      planExportCmd      `cmd:"" help:"Anybody: write the Belenios archives of all elections from a log."`
	Shuffle     planShuffleCmd     `cmd:"" help:"Trustee: verify the elections and shuffle the answers to ranked questions of all."`
	Decrypt     planDecryptCmd     `cmd:"" help:"Trustee: verify the elections and decrypt all tallies, partially, with the key opened once."`
	Result      planResultCmd      `cmd:"" help:"Server: compute the results from the trustees' partial decryptions."`
	Seats       planSeatsCmd       `cmd:"" help:"Server: count the seats of all elections from their results."`
	Dice        planDiceCmd        `cmd:"" help:"Commission: the decisions on dice that decide ties between seats."`
	Certify     planCertifyCmd     `cmd:"" help:"Commission: recompute everything, and the decisions to certify the results."`
}

// planFile is the file of a plan's folder that lists its elections.
const planFile = "plan.json"

type planDraftCmd struct {
	Plan string `arg:"" help:"The plan, as JSON. Or FILE.toml, an election's file with districts as the server's pages write it."`
	Out  string `required:"" placeholder:"DIR" help:"Write the plan's elections to DIR/plan.json, and the draft of each to DIR/ID.json; DIR may not exist."`
}

func (*planDraftCmd) Help() string {
	return "A plan has districts, with the numbers of voters on the roll and the districts near them, and contests, with the questions and " +
		"the districts that share them:\n\n" +
		"    {\"merge_below\":50,\n" +
		"     \"districts\":[{\"name\":{\"ar\":\"غات\",\"en\":\"Ghat\"},\"voters\":30,\"near\":[\"Murzuq\"]},…],\n" +
		"     \"contests\":[{\"title\":{\"ar\":\"…\",\"en\":\"…\"},\"ballots\":[{\"districts\":[\"Ghat\",\"Murzuq\"],\"description\":\"…\",\"questions\":[…]}]}]}\n\n" +
		"A ballot without districts is for all. Each contest is one election in each district, all under the trustees' one key. While a district has fewer voters than " +
		"merge_below, the smallest joins the smallest near it that shares the ballot, or the smallest of all if none is near; what was merged is told.\n\n" +
		"Example:\n\n    bayyina vote plan draft elections.json --out plan"
}

func (c *planDraftCmd) Run(e *env) error {
	list, err := c.elections(e)
	if err != nil {
		return err
	}
	answer := vote.Planned{Elections: list}
	var files []file
	add := func(name string, value any) error {
		var text bytes.Buffer
		enc := json.NewEncoder(&text)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		files = append(files, file{name: name, mode: 0o644})
		err := enc.Encode(value)
		files[len(files)-1].content = text.Bytes()
		return err
	}
	if err := add(planFile, answer); err != nil {
		return err
	}
	for _, el := range list {
		if err := add(el.Election+".json", el.Draft); err != nil {
			return err
		}
	}
	if err := writeFolder(c.Out, files); err != nil {
		return err
	}
	return e.answer(answer, func(w io.Writer) error {
		var text strings.Builder
		for i := range list {
			tellPlanned(e, &text, &list[i])
		}
		fmt.Fprintf(&text, e.tr("%s: elections: %d, for the credential authority and the trustees\n",
			"%s: عدد الانتخابات %d، لجهة إصدار رموز الاقتراع ولأمناء المفاتيح\n"), c.Out, len(list))
		_, err := io.WriteString(w, text.String())
		return err
	})
}

// elections reads the plan, and gives its elections their names.
func (c *planDraftCmd) elections(e *env) ([]vote.Election, error) {
	if isOutline(c.Plan) {
		list, err := readOutline(e, c.Plan)
		if err == nil && len(list[0].Districts) == 0 {
			err = usageError(c.Plan + " has no districts, and one election: bayyina vote draft makes it")
		}
		return list, err
	}
	data, err := identity.Read(c.Plan, vote.MaxPlan)
	if err != nil {
		return nil, err
	}
	p, err := vote.ParsePlan(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Plan, err)
	}
	list, err := p.Elections(e.rand)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Plan, err)
	}
	return list, nil
}

// tellPlanned tells an election of a plan, what was merged in it, and whether it is too small.
func tellPlanned(e *env, w io.Writer, el *vote.Election) {
	fmt.Fprintf(w, e.tr("%s: %s. Voters: %d\n", "%s: %s. عدد الناخبين: %d\n"),
		el.Election, visible(e.tr(el.Draft.Title.EN, el.Draft.Title.AR)), el.Voters())
	for _, m := range el.Merges {
		small, into := votersOf(e, m.Districts), votersOf(e, m.Into)
		fmt.Fprintf(w, e.tr("  fewer than %d voters: %s joins %s\n", "  أقل من %d ناخبًا: ضُمّ %s إلى %s\n"), el.Least, small, into)
	}
	if el.Voters() < el.Least {
		fmt.Fprintf(w, e.tr("  fewer than %d voters, and no other district has this ballot: the result will tell much about few\n",
			"  أقل من %d ناخبًا، ولا دائرة أخرى لها هذه الورقة: ستكشف النتيجة الكثير عن قلة من الناس\n"), el.Least)
	}
}

// votersOf lists districts with their voters.
func votersOf(e *env, districts []evidence.District) string {
	var parts []string
	for _, d := range districts {
		parts = append(parts, fmt.Sprintf("%s (%d)", visible(e.tr(d.Name.EN, d.Name.AR)), d.Voters))
	}
	return strings.Join(parts, " + ")
}

// planFlags name a plan. Commands on all its elections embed them.
type planFlags struct {
	Dir string `arg:"" name:"plan" help:"The folder of the plan's elections."`
}

// elections reads the plan's elections.
func (f *planFlags) elections() ([]vote.Election, error) {
	path := filepath.Join(f.Dir, planFile)
	data, err := identity.Read(path, vote.MaxPlanned)
	if err != nil {
		return nil, err
	}
	elections, err := vote.ParsePlanned(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return elections, nil
}

// planStatements say where a plan's statements go, one for each election.
type planStatements struct {
	Origin     string        `required:"" placeholder:"ORIGIN" help:"The log that the statements are for, as its checkpoints name it."`
	Statements string        `required:"" placeholder:"DIR" help:"Write the statement on each election to DIR/ID.txt, for bayyina key sign; DIR may not exist."`
	Valid      time.Duration `default:"168h" help:"How long the statements may wait to enter the log."`
}

// folder is a folder with files, which a command makes.
type folder struct {
	dir   string
	files []file
}

// say makes the folder of statements, where body makes that of an election.
func (f *planStatements) say(e *env, kind string, elections []vote.Election, body func(*vote.Election) (any, error)) (folder, error) {
	out := folder{dir: f.Statements}
	for i := range elections {
		uuid := elections[i].Election
		b, err := body(&elections[i])
		if err != nil {
			return folder{}, fmt.Errorf("election %s: %w", uuid, err)
		}
		one := statementFlags{Origin: f.Origin, Statement: uuid + ".txt", Valid: f.Valid}
		statement, err := one.file(e, kind, b)
		if err != nil {
			return folder{}, err
		}
		out.files = append(out.files, statement)
	}
	return out, nil
}

// write makes the folder of statements and tells of it.
func (f *planStatements) write(e *env, kind string, elections []vote.Election, body func(*vote.Election) (any, error)) error {
	statements, err := f.say(e, kind, elections, body)
	if err != nil {
		return err
	}
	return f.done(e, elections, statements)
}

// planDone is the answer of commands that make something for each election of a plan.
type planDone struct {
	Elections  int      `json:"elections"`
	Statements string   `json:"statements,omitempty"`
	Out        []string `json:"out,omitempty"` // other folders
}

// done makes the folders, of which the last is that of the statements, and tells of it.
func (f *planStatements) done(e *env, elections []vote.Election, folders ...folder) error {
	answer := planDone{Elections: len(elections), Statements: f.Statements}
	for i, made := range folders {
		if err := writeFolder(made.dir, made.files); err != nil {
			for _, before := range folders[:i] {
				err = errors.Join(err, os.RemoveAll(before.dir))
			}
			return err
		}
		if made.dir != f.Statements {
			answer.Out = append(answer.Out, made.dir)
		}
	}
	return e.answer(answer, func(w io.Writer) error {
		for _, dir := range answer.Out {
			if _, err := fmt.Fprintf(w, e.tr("%s: a file for each election\n", "%s: ملف لكل انتخاب\n"), dir); err != nil {
				return err
			}
		}
		_, err := fmt.Fprintf(w, e.tr("%s: statements: %d, to be signed at once with bayyina key sign\n",
			"%s: عدد الإفادات %d، يُوقَّع عليها معًا بالأمر bayyina key sign\n"), f.Statements, len(elections))
		return err
	})
}

type planCommitCmd struct {
	planFlags
	Owner      int    `required:"" placeholder:"N" help:"Your place in the whole list of trustees, from 1."`
	Own        string `required:"" name:"own-cert" placeholder:"FILE" help:"Your certificate of step 1."`
	Polynomial string `required:"" placeholder:"FILE" help:"Your polynomial file of step 3."`
	planStatements
}

func (*planCommitCmd) Help() string {
	return "One ceremony gives the key of all elections of a plan; each election has its commitment to it.\n\n" +
		"Example:\n\n    bayyina vote plan commit plan --owner 1 --own-cert member1.key.cert --polynomial member1.polynomial " +
		"--origin log.hnec.example/2026 --statements commit1"
}

func (c *planCommitCmd) Run(e *env) error {
	if c.Owner < 1 {
		return usageError("--owner counts from 1")
	}
	elections, err := c.elections()
	if err != nil {
		return err
	}
	cert, err := identity.Read(c.Own, maxMessages)
	if err != nil {
		return err
	}
	polynomial, err := identity.Read(c.Polynomial, maxMessages)
	if err != nil {
		return err
	}
	return c.write(e, evidence.KindCommitment, elections, func(el *vote.Election) (any, error) {
		return vote.CommitmentStatement(el.Election, c.Owner, cert, polynomial)
	})
}

type planAgreeCmd struct {
	planFlags
	Trustees string   `required:"" placeholder:"FILE" help:"The trustees' record."`
	Name     []string `required:"" sep:"none" placeholder:"NAME" help:"Name of the key in the log of trustee 1, 2, …; repeated, once for each."`
	planStatements
}

func (*planAgreeCmd) Help() string {
	return "Writes the statements vote.trustees of all elections, which every trustee signs.\n\n" +
		"Example:\n\n    bayyina vote plan agree plan --trustees trustees.json --name bar.example/trustee " +
		"--origin log.hnec.example/2026 --statements agreed"
}

func (c *planAgreeCmd) Run(e *env) error {
	elections, err := c.elections()
	if err != nil {
		return err
	}
	record, err := identity.Read(c.Trustees, evidence.MaxTrustees)
	if err != nil {
		return err
	}
	return c.write(e, evidence.KindTrustees, elections, func(el *vote.Election) (any, error) {
		g, err := el.Draft.CryptoGroup()
		if err != nil {
			return nil, err
		}
		parsed, err := trustee.Parse(g, record)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Trustees, err)
		}
		if len(c.Name) != len(parsed.Owners) {
			return nil, fmt.Errorf("%d names for %d trustees", len(c.Name), len(parsed.Owners))
		}
		return evidence.Trustees{Election: el.Election, Trustees: vote.AttachmentOf(record), Names: c.Name}, nil
	})
}

type planSetupCmd struct {
	planFlags
	Trustees    string `required:"" placeholder:"FILE" help:"The trustees' record."`
	Credentials string `required:"" placeholder:"DIR" help:"The folder of public credentials, from the authority."`
	Photos      string `placeholder:"DIR" help:"The folder of the candidates' pictures that the questions name, each as HASH.jpg."`
	Out         string `required:"" placeholder:"DIR" help:"Write the elections' definitions to DIR/ID.json; DIR may not exist."`
	planStatements
}

func (*planSetupCmd) Help() string {
	return "Puts questions, trustees and credentials of each election together, as vote setup does for one. Two officers sign the statements at once.\n\n" +
		"Example:\n\n    bayyina vote plan setup plan --trustees trustees.json --credentials public --out definitions " +
		"--origin log.hnec.example/2026 --statements setup"
}

func (c *planSetupCmd) Run(e *env) error {
	elections, err := c.elections()
	if err != nil {
		return err
	}
	record, err := identity.Read(c.Trustees, evidence.MaxTrustees)
	if err != nil {
		return err
	}
	definitions := folder{dir: c.Out}
	statements, err := c.say(e, evidence.KindSetup, elections, func(el *vote.Election) (any, error) {
		credentials, err := identity.Read(filepath.Join(c.Credentials, el.Election+".json"), evidence.MaxCredentials)
		if err != nil {
			return nil, err
		}
		definition, err := el.Draft.Definition(record)
		if err != nil {
			return nil, err
		}
		definitions.files = append(definitions.files, file{name: el.Election + ".json", content: definition, mode: 0o644})
		body, err := el.Draft.SetupStatement(definition, record, credentials, el.Shuffles)
		if err != nil {
			return nil, err
		}
		body.Part = el.Part()
		body.Photos, err = photosIn(c.Photos, definition)
		return body, err
	})
	if err != nil {
		return err
	}
	return c.done(e, elections, definitions, statements)
}
