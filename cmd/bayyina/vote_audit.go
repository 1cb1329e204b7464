package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"bayyina/core/ballot"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity"
)

// maxOpening bounds an opening: a ballot, and as much randomness again.
const maxOpening = 4 * evidence.MaxBallot

type voteAuditBallotCmd struct {
	File       string `arg:"" help:"The opening that bayyina vote cast wrote."`
	Commitment string `required:"" placeholder:"TEXT" help:"The commitment that was shown before you chose to check, as you noted it."`
	Credential string `required:"" placeholder:"HEX" help:"Your public credential, as it stands on your slip."`
	electionFlags
}

func (*voteAuditBallotCmd) Help() string {
	return "On another machine than the one that encrypted. Encrypts the choices again with the randomness of the opening and compares: the " +
		"ballot to which the other machine had committed held exactly the choices shown here. Whether they are the ones you made, only you can say. " +
		"Exit code 1: it held something else.\n\n" +
		"Example:\n\n    bayyina vote audit-ballot opening.json --commitment qMQMe+uIbwNBa+k4ei63wxSFZS9JphJbJovxiXlcA9s " +
		"--credential 3ae00b28ecb52df7c07ce4ae874cc5cba29b0951d3747d47eab4dd2c7a42260c --definition election.json --credentials public.json"
}

// ballotAudit is the answer of vote audit-ballot.
type ballotAudit struct {
	Right   bool            `json:"right"`
	Fault   string          `json:"fault,omitempty"`
	Choices json.RawMessage `json:"choices,omitempty"`
	vote    ballot.Plaintext
}

func (c *voteAuditBallotCmd) Run(e *env) error {
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
	answer := ballotAudit{Right: err == nil}
	if err != nil {
		answer.Fault = err.Error()
	} else {
		answer.Choices = el.FormatPlaintext(opening.Plaintext)
		answer.vote = opening.Plaintext
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
