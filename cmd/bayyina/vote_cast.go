package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/boombuler/barcode/qr"

	"bayyina/core/archive"
	"bayyina/core/ballot"
	"bayyina/core/credential"
	"bayyina/core/election"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity"
)

// electionFlags say where an election's definition and credentials are read from.
type electionFlags struct {
	Definition  string `placeholder:"FILE" help:"The election's definition."`
	Credentials string `placeholder:"FILE" help:"Its public credentials."`
	Archive     string `placeholder:"FILE" help:"Read both from this archive (.bel) instead."`
}

func (f *electionFlags) read() (*ballot.Election, *credential.List, error) {
	var records election.Records
	var err error
	switch {
	case (f.Archive != "") == (f.Definition != "" || f.Credentials != ""), (f.Definition == "") != (f.Credentials == ""):
		return nil, nil, usageError("give either --definition and --credentials, or --archive")
	case f.Archive != "":
		records, err = readSetup(f.Archive)
	default:
		if records.Election, err = identity.Read(f.Definition, evidence.MaxDefinition); err == nil {
			records.Credentials, err = identity.Read(f.Credentials, evidence.MaxCredentials)
		}
	}
	if err != nil {
		return nil, nil, err
	}
	e, err := ballot.ParseElection(records.Election)
	if err != nil {
		return nil, nil, err
	}
	list, err := credential.ParseList(e.Group(), records.Credentials)
	return e, list, err
}

// readSetup reads an archive's first event.
func readSetup(path string) (election.Records, error) {
	f, err := os.Open(path)
	if err != nil {
		return election.Records{}, err
	}
	defer f.Close()
	r, err := archive.NewReader(bufio.NewReader(f))
	if err != nil {
		return election.Records{}, fmt.Errorf("%s: %w", path, err)
	}
	step, err := r.Next()
	if err == nil && step.Type != archive.Setup {
		err = errors.New("the first event is no set-up")
	}
	if err != nil {
		return election.Records{}, fmt.Errorf("%s: %w", path, err)
	}
	return vote.SetupRecords(step), nil
}

type voteCastCmd struct {
	electionFlags
	CredentialFile string `placeholder:"FILE" help:"Read your private credential from the first line of FILE instead of asking for it."`
	Choices        string `placeholder:"FILE" help:"Read the choices from FILE instead of asking for them: [[1,0],[2,1,3],[[1,1],[0,0,0]]] has for each question 1 for each answer chosen, in their order, a blank vote being answer 0; or the number given to each; or of lists, for each 1 if it is chosen and then its candidates."`
	Cast           bool   `xor:"then" help:"Sign the ballot without asking."`
	Check          bool   `xor:"then" help:"Open the ballot for checking without asking. A machine that knows so beforehand can behave well: a real check is the one chosen when asked."`
	Out            string `default:"ballot.json" placeholder:"FILE" help:"Write the signed ballot to FILE, which may not exist."`
	Opening        string `default:"opening.json" placeholder:"FILE" help:"Write the opening of a ballot that is checked to FILE, which may not exist."`
	QR             string `name:"qr" placeholder:"FILE" help:"Write the tracker as a QR code, too, to FILE, which may not exist: NAME.svg or NAME.png."`
}

func (*voteCastCmd) Help() string {
	return "For the voter, on a machine of the voter's choice. Asks for the private credential and the choices, encrypts them, and shows the " +
		"ballot's commitment. Then you choose: cast signs the ballot and shows its tracker; check opens it, so that bayyina vote audit-ballot " +
		"on another machine tells whether this one encrypted what you chose. An opened ballot is never signed; cast another one.\n\n" +
		"Hand the signed ballot in (bayyina vote submit) and keep the tracker.\n\n" +
		"Examples:\n\n    bayyina vote cast --definition election.json --credentials public.json\n" +
		"    bayyina vote cast --archive 8QrCAeS5xbQKAY.bel --credential-file mine --choices choices.json --cast --out ballot.json"
}

// voteCast is the answer of vote cast. Out and Tracker are of a signed ballot,
// Opening is of one that was opened.
type voteCast struct {
	Election   string `json:"election"`
	Credential string `json:"credential"` // public
	Commitment string `json:"commitment"`
	Tracker    string `json:"tracker,omitempty"`
	Out        string `json:"out,omitempty"`
	Opening    string `json:"opening,omitempty"`
	QR         string `json:"qr,omitempty"`
}

func (c *voteCastCmd) Run(e *env) error {
	if err := checkQRFile(c.QR); err != nil {
		return err
	}
	el, list, err := c.electionFlags.read()
	if err != nil {
		return err
	}
	private, err := readCredential(e, c.CredentialFile)
	if err != nil {
		return err
	}
	public := private.Public(el.Group(), el.UUID())
	if _, ok := list.Find(public); !ok {
		return ballot.ErrUnknownCredential
	}
	choice, err := c.choose(e, el)
	if err != nil {
		return err
	}
	draft, err := el.Encrypt(e.rand, public, choice)
	if err != nil {
		return err
	}
	answer := voteCast{Election: el.UUID(), Credential: public.String(), Commitment: draft.Commitment()}
	check := c.Check
	if !c.Check && !c.Cast {
		if check, err = askCastOrCheck(e, answer.Commitment); err != nil {
			return err
		}
	}
	if check {
		return c.open(e, draft, answer)
	}
	return c.sign(e, el, list, draft, private, answer)
}

// readCredential reads a private credential from a file, or asks for it.
func readCredential(e *env, path string) (credential.Private, error) {
	var typed []byte
	var err error
	if path != "" {
		typed, err = identity.Read(path, maxPassphraseFile)
		typed, _, _ = bytes.Cut(typed, []byte("\n"))
	} else {
		typed, err = e.readSecret(e.tr("Your voting credential (it is not shown):", "رمز الاقتراع الخاص بك (لا يظهر أثناء كتابته):"))
	}
	defer clear(typed)
	if err != nil {
		return credential.Private{}, err
	}
	return credential.ParsePrivate(string(bytes.TrimSpace(typed)))
}

func (c *voteCastCmd) choose(e *env, el *ballot.Election) (ballot.Plaintext, error) {
	if c.Choices == "" {
		return askChoices(e, el)
	}
	data, err := identity.Read(c.Choices, vote.MaxTemplate)
	if err != nil {
		return nil, err
	}
	choice, err := el.ParsePlaintext(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Choices, err)
	}
	return choice, nil
}

// open writes the opening of a ballot that is checked.
func (c *voteCastCmd) open(e *env, draft *ballot.Draft, answer voteCast) error {
	opening, err := draft.Open()
	if err != nil {
		return err
	}
	if err := identity.Create(c.Opening, opening.Bytes(), 0o600); err != nil {
		return err
	}
	answer.Opening = c.Opening
	return e.answer(answer, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, e.tr(
			"%s: the opened ballot. It can never be cast.\nCheck it on another machine:\n  bayyina vote audit-ballot %s --commitment %s --credential %s\n",
			"%s: الورقة المفتوحة. لا يمكن الإدلاء بها أبدًا.\nافحصها على جهاز آخر:\n  bayyina vote audit-ballot %s --commitment %s --credential %s\n"),
			c.Opening, c.Opening, answer.Commitment, answer.Credential)
		return err
	})
}

// sign makes the ballot to be handed in, and checks it as the server will.
func (c *voteCastCmd) sign(e *env, el *ballot.Election, list *credential.List, draft *ballot.Draft, private credential.Private, answer voteCast) error {
	signed, err := draft.Sign(e.rand, private.Key(el.Group(), el.UUID()))
	if err != nil {
		return err
	}
	if _, err := el.Verify(signed, list); err != nil {
		return err
	}
	if err := identity.Create(c.Out, signed.Bytes(), 0o600); err != nil {
		return err
	}
	answer.Tracker, answer.Out, answer.QR = signed.Tracker(), c.Out, c.QR
	code, err := newQRCode(answer.Tracker, qr.M, qr.Auto)
	if err != nil {
		return err
	}
	if c.QR != "" {
		if err := code.create(c.QR, qrCaption{"رقم تتبع ورقة اقتراع:", "Tracker of a ballot:", answer.Tracker}); err != nil {
			return err
		}
	}
	return e.answer(answer, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, e.tr("%s: the signed ballot, to be handed in\n%sTracker: %s\nKeep it: with it you find your ballot in the log.\n",
			"%s: ورقة الاقتراع الموقّعة، جاهزة للتسليم\n%sرقم التتبع: %s\nاحتفظ به: فبه تجد ورقتك في سجل الأدلة.\n"), c.Out, code.text(), answer.Tracker)
		return err
	})
}
