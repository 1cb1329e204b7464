package main

import (
	"fmt"
	"io"
	"strings"

	"bayyina/core/trustee"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity"
)

type trusteeCommitCmd struct {
	Election   string `required:"" placeholder:"UUID" help:"The election's name, from its draft."`
	Owner      int    `required:"" placeholder:"N" help:"Your place in the whole list of trustees, from 1."`
	Own        string `required:"" name:"own-cert" placeholder:"FILE" help:"Your certificate of step 1."`
	Polynomial string `required:"" placeholder:"FILE" help:"Your polynomial file of step 3."`
	statementFlags
}

func (*trusteeCommitCmd) Help() string {
	return "Writes the statement vote.commitment, which names the hashes of your certificate and of your public coefficients " +
		"and shows neither. Sign it with your key of role trustee.\n\n" +
		"Example:\n\n    bayyina vote trustee commit --election 8QrCAeS5xbQKAY --owner 1 --own-cert member1.key.cert " +
		"--polynomial member1.polynomial --origin log.hnec.example/2026 --statement commitment1.txt"
}

func (c *trusteeCommitCmd) Run(e *env) error {
	if err := checkUUID(c.Election); err != nil {
		return err
	}
	if c.Owner < 1 {
		return usageError("--owner counts from 1")
	}
	cert, err := identity.Read(c.Own, maxMessages)
	if err != nil {
		return err
	}
	polynomial, err := identity.Read(c.Polynomial, maxMessages)
	if err != nil {
		return err
	}
	body, err := vote.CommitmentStatement(c.Election, c.Owner, cert, polynomial)
	if err != nil {
		return err
	}
	if err := c.write(e, evidence.KindCommitment, body); err != nil {
		return err
	}
	return e.answer(body, func(w io.Writer) error { return c.tellStatement(e, w) })
}

type trusteeInputsCmd struct {
	certFlags
	Polynomial []string `sep:"none" required:"" placeholder:"FILE" help:"Polynomial file of a member, in the members' order; repeated, or one file with a line for each."`
	Out        string   `required:"" placeholder:"DIR" help:"Write what member I needs to DIR/I.json; DIR may not exist."`
}

func (*trusteeInputsCmd) Help() string {
	return "Checks the members' signatures and hands each one what the others sealed to it.\n\n" +
		"Example:\n\n    bayyina vote trustee inputs --cert certs --polynomial polynomials --out inputs"
}

func (c *trusteeInputsCmd) Run(e *env) error {
	ceremony, err := c.ceremony()
	if err != nil {
		return err
	}
	polynomials, err := readMessages(c.Polynomial)
	if err != nil {
		return err
	}
	inputs, err := ceremony.Inputs(polynomials)
	if err != nil {
		return err
	}
	files := make([]file, len(inputs))
	for i, input := range inputs {
		files[i] = file{fmt.Sprintf("%d.json", i+1), line(input), 0o644, fmt.Sprintf(e.tr("for member %d", "للعضو رقم %d"), i+1)}
	}
	return e.createFolder(c.Out, files)
}

type trusteeFinishCmd struct {
	certFlags
	Polynomial []string `sep:"none" required:"" placeholder:"FILE" help:"Polynomial file of a member, in the members' order."`
	Output     []string `sep:"none" required:"" placeholder:"FILE" help:"What a member made in step 5, in the members' order."`
	Out        string   `required:"" placeholder:"DIR" help:"Write the group to DIR/group.json and member I's sealed share to DIR/I.dkey; DIR may not exist."`
}

func (*trusteeFinishCmd) Help() string {
	return "Makes the public record of the group, checks it as a stranger would, and gives each member's share, which only " +
		"that member's secret opens, back for keeping: it is needed to decrypt.\n\n" +
		"Example:\n\n    bayyina vote trustee finish --cert certs --polynomial polynomials --output outputs --out group"
}

func (c *trusteeFinishCmd) Run(e *env) error {
	ceremony, err := c.ceremony()
	if err != nil {
		return err
	}
	polynomials, err := readMessages(c.Polynomial)
	if err != nil {
		return err
	}
	outputs, err := readMessages(c.Output)
	if err != nil {
		return err
	}
	group, shares, err := ceremony.Finish(polynomials, outputs)
	if err != nil {
		return err
	}
	var files []file
	for i, share := range shares {
		files = append(files, file{
			fmt.Sprintf("%d.dkey", i+1), line(share), 0o644,
			fmt.Sprintf(e.tr("sealed share of member %d", "الحصة المختومة للعضو رقم %d"), i+1),
		})
	}
	files = append(files, file{"group.json", line(group), 0o644, e.tr("the group's public record", "البيان العام للمجموعة")})
	return e.createFolder(c.Out, files)
}

type trusteeRecordCmd struct {
	Single []string `sep:"none" placeholder:"FILE" help:"Public key of a single trustee (.pubkey); may be repeated."`
	Group  []string `sep:"none" placeholder:"FILE" help:"Threshold group (group.json); may be repeated. Groups follow the single trustees."`
	Out    string   `required:"" placeholder:"FILE" help:"Write the record to FILE, which may not exist."`
	groupFlags
}

func (*trusteeRecordCmd) Help() string {
	return "Numbers the trustees: the single ones first, then the members of each group. Each single trustee is needed to decrypt, " +
		"and of each group its threshold. The election's key is the product of all.\n\n" +
		"Example:\n\n    bayyina vote trustee record --single bar.key.pubkey --group group/group.json --out trustees.json"
}

// trusteeList is the answer of trustee record.
type trusteeList struct {
	Out      string         `json:"out"`
	Key      string         `json:"key"` // the election's public key
	Trustees []trusteeOwner `json:"trustees"`
}

type trusteeOwner struct {
	Number    int    `json:"number"`
	Name      string `json:"name,omitempty"`
	Key       string `json:"key"`
	Threshold int    `json:"threshold,omitempty"` // of the group; absent for a single trustee
}

func newTrusteeList(t *trustee.Trustees) trusteeList {
	answer := trusteeList{Key: t.Key.String()}
	for i, o := range t.Owners {
		answer.Trustees = append(answer.Trustees, trusteeOwner{i + 1, o.Name, o.Key.String(), o.Threshold})
	}
	return answer
}

func (c *trusteeRecordCmd) Run(e *env) error {
	if len(c.Single)+len(c.Group) == 0 {
		return usageError("a record needs at least one trustee: --single or --group")
	}
	singles, err := readMessages(c.Single)
	if err != nil {
		return err
	}
	groups, err := readMessages(c.Group)
	if err != nil {
		return err
	}
	var entries [][]byte
	for _, s := range singles {
		entries = append(entries, trustee.Single(s))
	}
	for _, g := range groups {
		entries = append(entries, trustee.Threshold(g))
	}
	record, err := trustee.Record(c.group(), entries...)
	if err != nil {
		return err
	}
	parsed, err := trustee.Parse(c.group(), record)
	if err != nil {
		return err
	}
	if err := identity.Create(c.Out, record, 0o644); err != nil {
		return err
	}
	answer := newTrusteeList(parsed)
	answer.Out = c.Out
	return e.answer(answer, func(w io.Writer) error { return answer.tell(e, w) })
}

func (t trusteeList) tell(e *env, w io.Writer) error {
	var text strings.Builder
	for _, o := range t.Trustees {
		needed := e.tr("single, always needed", "منفرد، لا غنى عنه")
		if o.Threshold > 0 {
			needed = fmt.Sprintf(e.tr("member of a group, %d of them suffice", "عضو في مجموعة يكفي منها %d"), o.Threshold)
		}
		fmt.Fprintf(&text, e.tr("Trustee %d: %s %s(%s)\n", "أمين المفتاح %d: %s %s(%s)\n"), o.Number, o.Key, spaced(visible(o.Name)), needed)
	}
	fmt.Fprintf(&text, e.tr("Election key: %s\n", "مفتاح الانتخاب: %s\n"), t.Key)
	_, err := io.WriteString(w, text.String())
	return err
}

func spaced(name string) string {
	if name == "" {
		return ""
	}
	return name + " "
}

type trusteeAgreeCmd struct {
	Election string   `required:"" placeholder:"UUID" help:"The election's name, from its draft."`
	Trustees string   `required:"" placeholder:"FILE" help:"The trustees' record."`
	Name     []string `required:"" sep:"none" placeholder:"NAME" help:"Name of the key in the log of trustee 1, 2, …; repeated, once for each."`
	groupFlags
	statementFlags
}

func (*trusteeAgreeCmd) Help() string {
	return "Writes the statement vote.trustees, which every trustee signs with the key of role trustee that is named there.\n\n" +
		"Example:\n\n    bayyina vote trustee agree --election 8QrCAeS5xbQKAY --trustees trustees.json --name bar.example/trustee " +
		"--origin log.hnec.example/2026 --statement trustees.txt"
}

func (c *trusteeAgreeCmd) Run(e *env) error {
	if err := checkUUID(c.Election); err != nil {
		return err
	}
	record, err := identity.Read(c.Trustees, evidence.MaxTrustees)
	if err != nil {
		return err
	}
	parsed, err := trustee.Parse(c.group(), record)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Trustees, err)
	}
	if len(c.Name) != len(parsed.Owners) {
		return fmt.Errorf("%d names for %d trustees", len(c.Name), len(parsed.Owners))
	}
	body := evidence.Trustees{Election: c.Election, Trustees: vote.AttachmentOf(record), Names: c.Name}
	if err := c.write(e, evidence.KindTrustees, body); err != nil {
		return err
	}
	return e.answer(body, func(w io.Writer) error {
		if err := newTrusteeList(parsed).tell(e, w); err != nil {
			return err
		}
		return c.tellStatement(e, w)
	})
}
