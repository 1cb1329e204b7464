package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"

	"bayyina/platform/identity"
	"bayyina/platform/ledger"
	"bayyina/platform/ledger/read"
)

type logInitCmd struct {
	Genesis string `placeholder:"FILE" xor:"step" required:"" help:"Start the log with this genesis, signed by each of its root keys."`
	Draft   bool   `xor:"step" required:"" help:"Only write the genesis as a text to sign, from the flags below."`
	Policy  string `placeholder:"FILE" help:"With --genesis: write the policy to FILE, which may not exist, instead of to standard output."`
	serverFlags
	draftFlags
}

func (*logInitCmd) Help() string {
	return "A log begins with its genesis: who may do what in it, which witnesses watch it, and which three keys the " +
		"server has. It is made in three steps: a draft, the signatures of the root keys on machines that are never " +
		"online (bayyina key sign), and the start. The start prints the policy: the few lines where everybody's trust " +
		"begins. Print it in newspapers, hand it over on paper; bayyina verify --policy needs it.\n\n" +
		"The server's keys must be in DIR/keys: checkpoint.key, whose name becomes the log's origin, entry.key and " +
		"receipt.key. Witnesses are listed in a C2SP tlog-policy file, or one per line as KEY URL.\n\n" +
		"Examples:\n\n" +
		"    bayyina log init --draft --data server --name-ar 'انتخابات' --name-en 'Elections' " +
		"--key root=root.key.pub --key officer=o1.key.pub --key officer=o2.key.pub " +
		"--rp-id sign.hnec.example --passkey-origin https://sign.hnec.example " +
		"--witnesses witnesses.txt --quorum 2 --out genesis.txt\n\n" +
		"    bayyina key sign root.key --in genesis.txt --out genesis.signed\n\n" +
		"    bayyina log init --data server --genesis genesis.signed --policy policy.txt"
}

func (c *logInitCmd) Run(e *env) error {
	if c.Draft {
		if c.Policy != "" {
			return usageError("--policy belongs to --genesis, not to --draft")
		}
		return c.draft(e, c.Data)
	}
	if !reflect.ValueOf(c.draftFlags).IsZero() {
		return usageError("the flags that describe a genesis belong to --draft: what is signed is not changed")
	}
	return c.start(e)
}

// started is the answer of log init --genesis.
type started struct {
	Origin     string          `json:"origin"`
	Rehearsal  bool            `json:"rehearsal"`
	Size       uint64          `json:"size"`
	Checkpoint string          `json:"checkpoint"`
	Witnesses  []witnessAnswer `json:"witnesses"`
	Policy     string          `json:"policy"`
	PolicyFile string          `json:"policy_file,omitempty"`
}

// start makes the log.
func (c *logInitCmd) start(e *env) (err error) {
	signed, err := identity.Read(c.Genesis, ledger.MaxNote)
	if err != nil {
		return err
	}
	statement, genesis, err := e.readGenesis(signed)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Genesis, err)
	}
	policy := policyText(statement.Origin, genesis)
	if _, err := read.ParsePolicy([]byte(policy)); err != nil {
		return fmt.Errorf("%s: no policy can be made of it: %w", c.Genesis, err)
	}
	if c.Policy != "" {
		if _, err := os.Stat(c.Policy); err == nil {
			return fmt.Errorf("%s exists already: nothing is overwritten", c.Policy)
		}
	}
	s, err := c.prepare(e)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	p, err := ledger.Create(e.ctx, s.Config, signed)
	if err != nil {
		return err
	}
	answer := started{
		Origin: statement.Origin, Rehearsal: genesis.Rehearsal, Size: p.Size, Checkpoint: string(p.Checkpoint),
		Witnesses: newWitnessAnswers(p.Answers), Policy: policy, PolicyFile: c.Policy,
	}
	if c.Policy != "" {
		if err := identity.Create(c.Policy, []byte(answer.Policy), 0o644); err != nil {
			return err
		}
	}
	return e.answer(answer, func(w io.Writer) error {
		if genesis.Rehearsal {
			fmt.Fprintln(e.stderr, e.tr("REHEARSAL", "تجربة"))
		}
		fmt.Fprintf(e.stderr, e.tr("The log %s is made, with one entry.\n", "أُنشئ السجل %s، وفيه قيد واحد.\n"), visible(statement.Origin))
		e.writeWitnesses(e.stderr, answer.Witnesses)
		if c.Policy != "" {
			_, err := fmt.Fprintf(w, e.tr("%s: the policy to hand out\n", "%s: السياسة التي تُوزَّع\n"), c.Policy)
			return err
		}
		_, err := io.WriteString(w, answer.Policy)
		return err
	})
}

// readGenesis reads a signed genesis and judges it as every reader of the log
// will: what is entered cannot be mended.
func (e *env) readGenesis(signed []byte) (ledger.Statement, ledger.Genesis, error) {
	var g ledger.Genesis
	s, _, err := ledger.ParseStatement(signed)
	if err != nil {
		return s, g, err
	}
	if s.Kind != read.KindGenesis {
		return s, g, fmt.Errorf("it is %s, not %s", s.Kind, read.KindGenesis)
	}
	if err := (&admission{e, read.NewKeyHistory(s.Origin)}).judge(signed); err != nil {
		return s, g, err
	}
	if err := json.Unmarshal(s.Body, &g); err != nil {
		return s, g, fmt.Errorf("genesis: %w", err)
	}
	return s, g, nil
}

// policyText is the policy (c2sp.org/tlog-policy, with the lines of
// docs/PROTOCOL.md section 8) by which the log with this genesis is checked.
func policyText(origin string, g ledger.Genesis) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# سياسة التحقق من سجل الأدلة %s\n# The policy by which the log %s is verified.\n", origin, origin)
	for _, k := range g.Keys {
		if k.Role == "checkpoint" {
			fmt.Fprintf(&b, "log %s\n", k.Key)
		}
	}
	names := make([]string, len(g.Witnesses))
	for i, w := range g.Witnesses {
		names[i], _, _ = strings.Cut(w.Key, "+")
		b.WriteString(strings.TrimSpace(fmt.Sprintf("witness %s %s %s", names[i], w.Key, w.URL)) + "\n")
	}
	if len(names) == 0 {
		b.WriteString("quorum none\n")
	} else {
		fmt.Fprintf(&b, "group witnesses %d %s\nquorum witnesses\n", g.Quorum, strings.Join(names, " "))
	}
	for _, k := range g.Keys {
		if k.Role == "root" {
			fmt.Fprintf(&b, "#bayyina genesis %s\n", k.Key)
		}
	}
	if g.Rehearsal {
		b.WriteString("#bayyina rehearsal\n")
	}
	return b.String()
}
