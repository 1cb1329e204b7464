package main

import (
	"fmt"
	"io"
	"strings"

	"bayyina/core/group"
	"bayyina/core/trustee"
	"bayyina/module/vote"
	"bayyina/platform/identity"
)

// voteTrusteeCmd groups the set-up of trustees' keys, in its order.
type voteTrusteeCmd struct {
	Single     trusteeSingleCmd     `cmd:"" help:"Single trustee: make a key, without which the result cannot be decrypted."`
	Cert       trusteeCertCmd       `cmd:"" help:"Member, step 1: make a secret, and the certificate that the others need."`
	Group      trusteeGroupCmd      `cmd:"" help:"Everybody, step 2: check the members' certificates and compare fingerprints."`
	Polynomial trusteePolynomialCmd `cmd:"" help:"Member, step 3: draw the polynomial, whose values go to the others."`
	Commit     trusteeCommitCmd     `cmd:"" help:"Member: the statement that commits to step 3, before anybody shows theirs."`
	Inputs     trusteeInputsCmd     `cmd:"" help:"Server, step 4: make from all polynomials what each member needs."`
	Share      trusteeShareCmd      `cmd:"" help:"Member, step 5: check what the others sent and make the share of the key."`
	Finish     trusteeFinishCmd     `cmd:"" help:"Server, step 6: make the group's public key, and each member's sealed share."`
	Record     trusteeRecordCmd     `cmd:"" help:"Commission: list all trustees in one record, which fixes the election's key."`
	Agree      trusteeAgreeCmd      `cmd:"" help:"Trustees: the statement, signed by all, that these are their keys."`
}

type trusteeSingleCmd struct {
	Name string `placeholder:"NAME" help:"Who the trustee is, as voters see it."`
	Out  string `required:"" placeholder:"FILE" help:"Write the sealed key to FILE, and the public key to FILE.pubkey; neither may exist."`
	groupFlags
	sealFlags
}

func (*trusteeSingleCmd) Help() string {
	return "Run it on a machine that never had a network. The election's votes are encrypted under the product of " +
		"all trustees' keys: who loses this file, or its passphrase, makes the result impossible. " +
		"FILE.pubkey is for the commission.\n\n" +
		"Example:\n\n    bayyina vote trustee single --name \"Bar association\" --out bar.key"
}

// groupFlags say in which group a trustee's keys are.
type groupFlags struct {
	CryptoGroup string `default:"Ed25519" enum:"Ed25519,BELENIOS-2048,RFC-3526-2048" placeholder:"NAME" help:"Group of the election's keys, as its draft says: Ed25519 (the default), or BELENIOS-2048 or RFC-3526-2048 for software of before Belenios 2.1."`
}

func (f *groupFlags) group() *group.Group {
	g, _ := group.ByName(f.CryptoGroup) // one of the names above
	return g
}

// trusteeFiles is the answer of the steps that make a trustee's secret.
type trusteeFiles struct {
	Secret string `json:"secret"` // sealed file
	Public string `json:"public"` // file for the others
	Key    string `json:"key"`    // 64 hexadecimal digits
}

func (c *trusteeSingleCmd) Run(e *env) error {
	recipients, err := c.recipients(e, c.Out)
	if err != nil {
		return err
	}
	key, err := trustee.NewPrivateKey(c.group(), e.rand)
	if err != nil {
		return err
	}
	public, err := key.PublicKey(c.Name, e.rand)
	if err != nil {
		return err
	}
	text := key.Text()
	defer clear(text)
	sealed, err := identity.SealSecret(vote.LabelSingle, text, recipients...)
	if err != nil {
		return err
	}
	answer := trusteeFiles{Secret: c.Out, Public: c.Out + ".pubkey", Key: key.Public().String()}
	if err := createAll(file{name: answer.Public, content: line(public), mode: 0o644}, file{name: answer.Secret, content: sealed, mode: 0o600}); err != nil {
		return err
	}
	return e.answer(answer, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, e.tr("Public key: %s\n%s: for the commission\n%s: stays with you\n",
			"المفتاح العام: %s\n%s: يُسلَّم إلى المفوضية\n%s: يبقى لديك\n"), answer.Key, answer.Public, answer.Secret)
		return err
	})
}

// line is a message as a file holds it.
func line(message []byte) []byte { return append(message, '\n') }

type trusteeCertCmd struct {
	Members   int    `required:"" placeholder:"N" help:"How many members the group has."`
	Threshold int    `required:"" placeholder:"T" help:"How many of them must decrypt; fewer can read nothing."`
	Index     int    `required:"" placeholder:"I" help:"Your place among the members, from 1."`
	Out       string `required:"" placeholder:"FILE" help:"Write the sealed secret to FILE, and the certificate to FILE.cert; neither may exist."`
	groupFlags
	sealFlags
}

func (*trusteeCertCmd) Help() string {
	return "Run it on a machine that never had a network. FILE.cert goes to all other members.\n\n" +
		"Example:\n\n    bayyina vote trustee cert --members 3 --threshold 2 --index 1 --out member1.key"
}

func (c *trusteeCertCmd) Run(e *env) error {
	seed, err := trustee.NewSeed(e.rand)
	if err != nil {
		return err
	}
	defer clear(seed)
	key, err := trustee.OpenSeed(c.group(), seed)
	if err != nil {
		return err
	}
	cert, err := key.Certificate(c.Members, c.Threshold, c.Index, e.rand)
	if err != nil {
		return err
	}
	recipients, err := c.recipients(e, c.Out)
	if err != nil {
		return err
	}
	sealed, err := identity.SealSecret(vote.LabelSeed, seed, recipients...)
	if err != nil {
		return err
	}
	answer := trusteeFiles{Secret: c.Out, Public: c.Out + ".cert", Key: key.Verification.String()}
	if err := createAll(file{name: answer.Public, content: line(cert), mode: 0o644}, file{name: answer.Secret, content: sealed, mode: 0o600}); err != nil {
		return err
	}
	return e.answer(answer, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, e.tr("Verification key: %s\n%s: for the other members\n%s: stays with you\n",
			"مفتاح التحقق: %s\n%s: يُسلَّم إلى سائر الأعضاء\n%s: يبقى لديك\n"), answer.Key, answer.Public, answer.Secret)
		return err
	})
}

// certFlags name the certificates of a group. Later steps embed them.
type certFlags struct {
	Cert []string `sep:"none" required:"" placeholder:"FILE" help:"Certificate of a member, in the members' order; repeated, or one file with a line for each."`
}

func (f *certFlags) ceremony() (*trustee.Ceremony, error) {
	certs, err := readMessages(f.Cert)
	if err != nil {
		return nil, err
	}
	return trustee.OpenCeremony(certs)
}

type trusteeGroupCmd struct{ certFlags }

func (*trusteeGroupCmd) Help() string {
	return "Checks that the certificates are for one group and are signed, and shows their fingerprints. Compare each " +
		"with its member over another channel, by telephone for instance: nothing else keeps a stranger from taking a member's place.\n\n" +
		"Example:\n\n    bayyina vote trustee group --cert member1.key.cert --cert member2.key.cert --cert member3.key.cert"
}

// groupMembers is the answer of trustee group.
type groupMembers struct {
	Members []string `json:"members"` // fingerprints of the certificates, hexadecimal SHA-256
}

func (c *trusteeGroupCmd) Run(e *env) error {
	ceremony, err := c.ceremony()
	if err != nil {
		return err
	}
	answer := groupMembers{ceremony.Fingerprints()}
	return e.answer(answer, func(w io.Writer) error {
		for i, f := range answer.Members {
			if _, err := fmt.Fprintf(w, e.tr("Member %d: %s\n", "العضو %d: %s\n"), i+1, inFours(f)); err != nil {
				return err
			}
		}
		return nil
	})
}

// inFours writes a hash as people read it aloud.
func inFours(hash string) string {
	var parts []string
	for i := 0; i < len(hash); i += 4 {
		parts = append(parts, hash[i:min(i+4, len(hash))])
	}
	return strings.Join(parts, " ")
}

// openSeed opens a member's sealed secret, or reads Belenios' own file of it.
func (f *unlockFlags) openSeed(e *env, g *group.Group, path string) (*trustee.Key, error) {
	seed, err := f.openTrustee(e, vote.LabelSeed, path)
	if err != nil {
		return nil, err
	}
	defer clear(seed)
	key, err := trustee.OpenSeed(g, seed)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return key, nil
}

// openTrustee returns the content of a trustee's key file: a sealed one, or the
// open one that belenios-tool makes. The caller clears it.
func (f *unlockFlags) openTrustee(e *env, label, path string) ([]byte, error) {
	data, err := identity.Read(path, identity.MaxKeyFile)
	if err != nil || !identity.IsSealed(data) {
		return data, err
	}
	ids, err := f.identities(e, path)
	if err != nil {
		return nil, err
	}
	secret, err := identity.OpenSecret(label, data, ids...)
	if err != nil {
		return nil, fmt.Errorf("key file %s: %w", path, err)
	}
	return secret, nil
}

type trusteePolynomialCmd struct {
	File string `arg:"" help:"Your sealed secret of step 1."`
	Out  string `required:"" placeholder:"FILE" help:"Write the polynomial file to FILE, which may not exist."`
	certFlags
	unlockFlags
}

func (*trusteePolynomialCmd) Help() string {
	return "The file holds a value for each member, sealed to that member, and public commitments to them. " +
		"Before you hand it over, enter your commitment in the log (bayyina vote trustee commit), so that no member can " +
		"choose after having seen the others'.\n\n" +
		"Example:\n\n    bayyina vote trustee polynomial member1.key --cert certs --out member1.polynomial"
}

func (c *trusteePolynomialCmd) Run(e *env) error {
	ceremony, err := c.ceremony()
	if err != nil {
		return err
	}
	key, err := c.openSeed(e, ceremony.Group(), c.File)
	if err != nil {
		return err
	}
	polynomial, err := ceremony.Polynomial(key, e.rand)
	if err != nil {
		return err
	}
	return e.create(c.Out, line(polynomial), e.tr("for the server, after your commitment is in the log", "يُسلَّم إلى الخادم بعد إدخال تعهدك في سجل الأدلة"))
}

type trusteeShareCmd struct {
	File  string `arg:"" help:"Your sealed secret of step 1."`
	Input string `required:"" placeholder:"FILE" help:"What the server made for you in step 4."`
	Out   string `required:"" placeholder:"FILE" help:"Write the share, sealed to you, with its public part to FILE, which may not exist."`
	certFlags
	unlockFlags
}

func (*trusteeShareCmd) Help() string {
	return "Checks each value that the others sent against their public commitments, names the member whose is wrong, and makes " +
		"your share. The server keeps it for you, sealed so that only your secret opens it.\n\n" +
		"Example:\n\n    bayyina vote trustee share member1.key --cert certs --input inputs/1.json --out member1.output"
}

func (c *trusteeShareCmd) Run(e *env) error {
	ceremony, err := c.ceremony()
	if err != nil {
		return err
	}
	input, err := identity.Read(c.Input, maxMessages)
	if err != nil {
		return err
	}
	key, err := c.openSeed(e, ceremony.Group(), c.File)
	if err != nil {
		return err
	}
	output, err := ceremony.Share(key, input, e.rand)
	if err != nil {
		return err
	}
	return e.create(c.Out, line(output), e.tr("for the server", "يُسلَّم إلى الخادم"))
}
