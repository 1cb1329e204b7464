package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"bayyina/core/ballot"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity"
)

// maxOpening bounds an opening: a ballot, and as much randomness again.
const maxOpening = 4 * evidence.MaxBallot

type voteAuditBallotCmd struct {
	File       string `arg:"" optional:"" help:"The opening that bayyina vote cast wrote, or that the booth saved."`
	URL        string `name:"url" placeholder:"LINK" help:"The link for checking that the booth showed: the server gives the opened ballot, unless there is a file, and the election."`
	Server     string `placeholder:"URL" help:"Ask this server instead of the one in the link."`
	Commitment string `placeholder:"TEXT" help:"The commitment that was shown before you chose to check, as you noted it."`
	Credential string `placeholder:"HEX" help:"Your public credential, as it stands on your slip."`
	electionFlags
}

func (*voteAuditBallotCmd) Help() string {
	return "On another machine than the one that encrypted. Encrypts the choices again with the randomness of the opening and compares: the " +
		"ballot to which the other machine had committed held exactly the choices shown here. Whether they are the ones you made, only you can say. " +
		"Exit code 1: it held something else.\n\n" +
		"Example:\n\n    bayyina vote audit-ballot opening.json --commitment qMQMe+uIbwNBa+k4ei63wxSFZS9JphJbJovxiXlcA9s " +
		"--credential 3ae00b28ecb52df7c07ce4ae874cc5cba29b0951d3747d47eab4dd2c7a42260c --definition election.json --credentials public.json\n" +
		"    bayyina vote audit-ballot --url https://vote.hnec.example/ar/check-ballot#8QrCAeS5xbQKAY/…"
}

// ballotAudit is the answer of vote audit-ballot.
type ballotAudit struct {
	Right   bool            `json:"right"`
	Fault   string          `json:"fault,omitempty"`
	Choices json.RawMessage `json:"choices,omitempty"`
	vote    ballot.Plaintext
}

func (c *voteAuditBallotCmd) Run(e *env) error {
	switch {
	case c.URL != "":
		return c.audit(e)
	case c.File == "" || c.Commitment == "" || c.Credential == "":
		return usageError("give --url, or a file with --commitment and --credential")
	}
	el, list, err := c.electionFlags.read()
	if err != nil {
		return err
	}
	public, err := el.Group().ParseElement([]byte(c.Credential))
	if err != nil {
		return fmt.Errorf("--credential: %w", err)
	}
	if _, ok := list.Find(public); !ok {
		return ballot.ErrUnknownCredential
	}
	data, err := identity.Read(c.File, maxOpening)
	if err != nil {
		return err
	}
	opening, err := ballot.ParseOpening(el.Group(), data)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	err = el.CheckOpening(c.Commitment, public, opening)
	if err != nil && !errors.Is(err, ballot.ErrOpening) {
		return err
	}
	return tellAudit(e, el, opening.Plaintext, err)
}

// audit checks the ballot that a link of the booth names.
func (c *voteAuditBallotCmd) audit(e *env) error {
	link, err := vote.ParseCheckLink(c.URL)
	if err != nil {
		return fmt.Errorf("--url: %w", err)
	}
	server := c.Server
	if server == "" {
		address, err := url.Parse(c.URL)
		if err != nil || address.Host == "" {
			return usageError("--url names no server: give it with --server")
		}
		server = address.Scheme + "://" + address.Host
	}
	var file []byte
	if c.File != "" {
		if file, err = identity.Read(c.File, maxOpening); err != nil {
			return err
		}
	}
	checked, err := vote.CheckOpened(e.ctx, vote.NewRemote(server), &link, file)
	if err != nil {
		return err
	}
	return tellAudit(e, checked.Election, checked.Plaintext, checked.Fault)
}

// tellAudit answers with what an opened ballot holds, or why it is not what was claimed.
func tellAudit(e *env, el *ballot.Election, plain ballot.Plaintext, fault error) error {
	answer := ballotAudit{Right: fault == nil, vote: plain}
	if fault != nil {
		answer.Fault = fault.Error()
	} else {
		answer.Choices = el.FormatPlaintext(plain)
	}
	if err := e.answer(answer, func(w io.Writer) error { return answer.tell(e, w, el) }); err != nil {
		return err
	}
	if !answer.Right {
		return errClaimFalse
	}
	return nil
}

func (a ballotAudit) tell(e *env, w io.Writer, el *ballot.Election) error {
	if !a.Right {
		_, err := fmt.Fprintf(w, e.tr("FALSE: %s.\nDo not vote with that machine, and report it.\n",
			"خطأ: ليست الورقة المفتوحة ما التزم به ذلك الجهاز (%s).\nلا تقترع به، وأبلغ عنه.\n"), a.Fault)
		return err
	}
	var text strings.Builder
	text.WriteString(e.tr("The ballot held exactly these choices:\n", "احتوت الورقة على هذه الاختيارات بعينها:\n"))
	for i, q := range el.Questions() {
		fmt.Fprintf(&text, "%s\n%s", visible(q.Title()), describe(e, q, a.vote[i]))
	}
	text.WriteString(e.tr("If they are not yours, do not vote with that machine, and report it.\n",
		"إن لم تكن اختياراتك فلا تقترع بذلك الجهاز، وأبلغ عنه.\n"))
	_, err := io.WriteString(w, text.String())
	return err
}
