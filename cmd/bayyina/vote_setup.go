package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"bayyina/core/ballot"
	"bayyina/core/credential"
	"bayyina/core/trustee"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity"
	"bayyina/platform/ledger/read"
)

type voteDraftCmd struct {
	Template string `arg:"" help:"The questions, as JSON; a template of belenios-tool is one, too. Or FILE.toml, an election's file as the server's pages write it."`
	Out      string `required:"" placeholder:"FILE" help:"Write the template with the election's name to FILE, which may not exist."`
}

func (*voteDraftCmd) Help() string {
	return "Checks the questions and gives the election its name, a random one, on which credentials, trustees' statements and " +
		"ballots depend. A template has title (Arabic and English), name, description and questions:\n\n" +
		"    {\"title\":{\"ar\":\"انتخاب المجلس البلدي\",\"en\":\"Municipal council\"},\"name\":\"…\",\"description\":\"…\",\n" +
		"     \"questions\":[{\"question\":\"…\",\"answers\":[\"…\",\"…\"],\"min\":1,\"max\":1,\"blank\":true}]}\n\n" +
		"A member rules says by which rules votes become seats, such as [{\"question\":1,\"rule\":{\"rule\":\"sntv\",\"seats\":2}}] (bayyina count --help).\n\n" +
		"Examples:\n\n    bayyina vote draft template.json --out draft.json\n    bayyina vote draft election.toml --out draft.json"
}

// voteDraft is the answer of vote draft.
type voteDraft struct {
	Election  string `json:"election"`
	Questions int    `json:"questions"`
	Out       string `json:"out"`
}

func (c *voteDraftCmd) Run(e *env) error {
	t, err := c.named(e)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(t); err != nil {
		return err
	}
	if err := identity.Create(c.Out, out.Bytes(), 0o644); err != nil {
		return err
	}
	answer := voteDraft{t.UUID, len(t.Questions), c.Out}
	return e.answer(answer, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, e.tr("Election %s, questions: %d\n%s: draft, for the credential authority and the trustees\n",
			"الانتخاب %s، عدد الأسئلة: %d\n%s: المسودة، لجهة إصدار رموز الاقتراع ولأمناء المفاتيح\n"), answer.Election, answer.Questions, c.Out)
		return err
	})
}

// photosIn are the pictures that an election's definition names, in a folder.
func photosIn(dir string, definition []byte) ([]read.Attachment, error) {
	list, _, err := vote.SetupPhotos(definition, func(hash string) ([]byte, error) {
		return identity.Read(filepath.Join(dir, hash+".jpg"), evidence.MaxPhoto)
	})
	return list, err
}

// named reads the questions, and gives the election its name.
func (c *voteDraftCmd) named(e *env) (*vote.Template, error) {
	if isOutline(c.Template) {
		elections, err := readOutline(e, c.Template)
		if err == nil && len(elections[0].Districts) > 0 {
			err = usageError(c.Template + " has districts, each with an election: bayyina vote plan draft makes them")
		}
		if err != nil {
			return nil, err
		}
		return elections[0].Draft, nil
	}
	t, err := readTemplate(c.Template)
	if err != nil {
		return nil, err
	}
	if t.UUID != "" {
		return nil, fmt.Errorf("%s: this election has its name already, %s", c.Template, t.UUID)
	}
	t.UUID, err = vote.NewUUID(e.rand)
	return t, err
}

func readTemplate(path string) (*vote.Template, error) {
	data, err := identity.Read(path, vote.MaxTemplate)
	if err != nil {
		return nil, err
	}
	t, err := vote.ParseTemplate(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

// readDraft reads a template that has its name.
func readDraft(path string) (*vote.Template, error) {
	t, err := readTemplate(path)
	if err == nil && t.UUID == "" {
		err = fmt.Errorf("%s has no name for the election yet: bayyina vote draft gives one", path)
	}
	return t, err
}

type voteSetupCmd struct {
	Draft       string `arg:"" help:"The draft of the election."`
	Trustees    string `required:"" placeholder:"FILE" help:"The trustees' record."`
	Credentials string `required:"" placeholder:"FILE" help:"The public credentials, from the authority."`
	Shuffles    int    `placeholder:"N" help:"How many trustees shuffle the answers to ranked questions, where there are any, before they are decrypted: from 1 to all of them."`
	Photos      string `placeholder:"DIR" help:"The folder of the candidates' pictures that the questions name, each as HASH.jpg."`
	Out         string `required:"" placeholder:"FILE" help:"Write the election's definition to FILE, which may not exist."`
	statementFlags
}

func (*voteSetupCmd) Help() string {
	return "Puts questions, trustees and credentials together: the definition binds the questions to the trustees' key, and the " +
		"statement vote.setup, which two officers sign, binds all three. The statements of the authority and of the trustees must be in the log before it.\n\n" +
		"Example:\n\n    bayyina vote setup draft.json --trustees trustees.json --credentials public.json " +
		"--out election.json --origin log.hnec.example/2026 --statement setup.txt"
}

// voteSetup is the answer of vote setup.
type voteSetup struct {
	Election    string      `json:"election"`
	Fingerprint string      `json:"fingerprint"` // of the definition, base64
	Voters      int         `json:"voters"`
	Trustees    trusteeList `json:"trustees"`
	Out         string      `json:"out"`
}

func (c *voteSetupCmd) Run(e *env) error {
	if err := c.checkIfAny(); err != nil {
		return err
	}
	t, err := readDraft(c.Draft)
	if err != nil {
		return err
	}
	if c.Statement != "" && (t.Title.AR == "" || t.Title.EN == "") {
		return fmt.Errorf("%s: the statement needs the election's title in Arabic and in English", c.Draft)
	}
	g, err := t.CryptoGroup()
	if err != nil {
		return fmt.Errorf("%s: %w", c.Draft, err)
	}
	record, err := identity.Read(c.Trustees, evidence.MaxTrustees)
	if err != nil {
		return err
	}
	trustees, err := trustee.Parse(g, record)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Trustees, err)
	}
	credentials, err := identity.Read(c.Credentials, evidence.MaxCredentials)
	if err != nil {
		return err
	}
	list, err := credential.ParseList(g, credentials)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Credentials, err)
	}
	definition, err := t.Definition(record)
	if err != nil {
		return err
	}
	election, err := ballot.ParseElection(definition)
	if err != nil {
		return err
	}
	body, err := t.SetupStatement(definition, record, credentials, c.Shuffles)
	if err != nil {
		return err
	}
	if body.Photos, err = photosIn(c.Photos, definition); err != nil {
		return err
	}
	files, err := c.addTo([]file{{name: c.Out, content: definition, mode: 0o644}}, e, evidence.KindSetup, body)
	if err != nil {
		return err
	}
	if err := createAll(files...); err != nil {
		return err
	}
	answer := voteSetup{t.UUID, election.Fingerprint(), list.Len(), newTrusteeList(trustees), c.Out}
	return e.answer(answer, func(w io.Writer) error {
		var text strings.Builder
		fmt.Fprintf(&text, e.tr("Election %s, fingerprint %s\n", "الانتخاب %s، بصمة تعريفه %s\n"), t.UUID, answer.Fingerprint)
		fmt.Fprintf(&text, e.tr("Voters: %d\n", "عدد الناخبين: %d\n"), answer.Voters)
		for i, q := range election.Questions() {
			fmt.Fprintf(&text, e.tr("Question %d: %s\n", "السؤال %d: %s\n"), i+1, visible(q.Title()))
			for j := range q.Labels() {
				fmt.Fprintf(&text, "  %d. %s\n", j+1, label(e, q, j))
			}
		}
		if _, err := io.WriteString(w, text.String()); err != nil {
			return err
		}
		if err := answer.Trustees.tell(e, w); err != nil {
			return err
		}
		return c.tellStatement(e, w)
	})
}

// openFlags say when an election is open.
type openFlags struct {
	Opens  time.Time     `required:"" placeholder:"TIME" help:"From when ballots are accepted, such as 2026-11-24T08:00:00Z."`
	Closes time.Time     `required:"" placeholder:"TIME" help:"Until when they enter the log."`
	Batch  time.Duration `default:"10m" help:"Least time between two batches of ballots; inside a batch nobody sees who came first."`
}

// opening is the decision to open an election, if the times can be.
func (c *openFlags) opening(e *env, uuid string) (evidence.Open, error) {
	return vote.OpenStatement(uuid, c.Opens, c.Closes, c.Batch, e.now())
}

type voteOpenCmd struct {
	Election string `required:"" placeholder:"UUID" help:"The election's name."`
	openFlags
	statementFlags
}

func (*voteOpenCmd) Help() string {
	return "Writes the statement vote.open, which two officers and a root key sign.\n\n" +
		"Example:\n\n    bayyina vote open --election 8QrCAeS5xbQKAY --opens 2026-11-24T08:00:00Z --closes 2026-11-24T18:00:00Z " +
		"--origin log.hnec.example/2026 --statement opening.txt"
}

func (c *voteOpenCmd) Run(e *env) error {
	if err := checkUUID(c.Election); err != nil {
		return err
	}
	body, err := c.opening(e, c.Election)
	if err != nil {
		return err
	}
	if err := c.write(e, evidence.KindOpen, body); err != nil {
		return err
	}
	return e.answer(body, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, e.tr("Election %s: open from %s to %s, batches at least %s apart\n",
			"الانتخاب %s: الاقتراع من %s إلى %s، وبين كل دفعتين من الأوراق %s على الأقل\n"),
			c.Election, body.Opens.Format(time.RFC3339), body.Closes.Format(time.RFC3339), c.Batch)
		return errors.Join(err, c.tellStatement(e, w))
	})
}
