package read

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Limits of a policy file.
const (
	MaxPolicy          = 64 << 10 // bytes
	maxPolicyWitnesses = 100      // of whom a log may have some
	maxGroups          = 100
)

// Policy is where trust starts: which log, whose genesis, which witnesses. It is a
// c2sp.org/tlog-policy file with the lines of docs/PROTOCOL.md section 8, obtained
// outside the log.
type Policy struct {
	text      string
	log       Key
	url       string
	genesis   []Key
	rehearsal bool
	quorum    Quorum
}

// ParsePolicy reads a policy file. It refuses what tlog-policy forbids, more or
// fewer than one log, no genesis line, and a #bayyina line that it does not know.
func ParsePolicy(text []byte) (*Policy, error) {
	if len(text) > MaxPolicy {
		return nil, fmt.Errorf("policy: %d bytes, more than %d", len(text), MaxPolicy)
	}
	body, ok := bytes.CutSuffix(text, []byte("\n"))
	if !ok {
		return nil, errors.New("policy: its last line does not end with a newline: was it cut off?")
	}
	r := policyReader{policy: &Policy{text: string(text)}, names: make(map[string]*group)}
	for i, line := range strings.Split(string(body), "\n") {
		if err := r.line(line); err != nil {
			return nil, fmt.Errorf("policy: line %d: %w", i+1, err)
		}
	}
	p := r.policy
	switch {
	case p.log.text == "":
		return nil, errors.New("policy: no log line")
	case !r.decided:
		return nil, errors.New("policy: no quorum line")
	case len(p.genesis) == 0:
		return nil, errors.New("policy: no “#bayyina genesis” line: it does not say who may begin the log")
	}
	return p, nil
}

// String returns the policy's text.
func (p *Policy) String() string { return p.text }

// Origin returns the origin of the log that the policy is for.
func (p *Policy) Origin() string { return p.log.name }

// Log returns the log's checkpoint key.
func (p *Policy) Log() Key { return p.log }

// URL returns the address on the log line, empty where there is none.
func (p *Policy) URL() string { return p.url }

// Genesis returns the root keys that must have signed the genesis.
func (p *Policy) Genesis() []Key { return slices.Clone(p.genesis) }

// Rehearsal reports whether the policy is for a rehearsal.
func (p *Policy) Rehearsal() bool { return p.rehearsal }

// Quorum returns the witnesses and the rule which of them are enough.
func (p *Policy) Quorum() *Quorum { return &p.quorum }

// policyReader is a policy half read.
type policyReader struct {
	policy  *Policy
	names   map[string]*group // witnesses and groups
	member  []string          // names that are a member already
	groups  int
	decided bool // a quorum line was read
}

func (r *policyReader) line(line string) error {
	for i := range len(line) {
		if b := line[i]; b < 0x20 && b != '\t' || b == 0x7f {
			return fmt.Errorf("control character %02x", b)
		}
	}
	// Only space and tab separate: the file is octets, not Unicode text.
	words := strings.FieldsFunc(line, func(c rune) bool { return c == ' ' || c == '\t' })
	switch {
	case len(words) == 0:
		return nil
	case words[0] == "#bayyina":
		return r.own(words[1:])
	case strings.HasPrefix(words[0], "#"):
		return nil
	}
	args := words[1:]
	switch words[0] {
	case "log":
		return r.log(args)
	case "witness":
		return r.witness(args)
	case "group":
		return r.group(args)
	case "quorum":
		return r.quorum(args)
	}
	return fmt.Errorf("unknown keyword %.40q", words[0])
}

// own reads a line of the protocol's own.
func (r *policyReader) own(args []string) error {
	switch {
	case len(args) == 2 && args[0] == "genesis":
		key, err := ParseKey(args[1])
		if err != nil {
			return err
		}
		if key.typ != typeEd25519 {
			return fmt.Errorf("genesis key %s is no Ed25519 key", key.name)
		}
		if slices.ContainsFunc(r.policy.genesis, key.Same) {
			return fmt.Errorf("genesis key %s stands twice", key.name)
		}
		r.policy.genesis = append(r.policy.genesis, key)
		return nil
	case len(args) == 1 && args[0] == "rehearsal":
		r.policy.rehearsal = true
		return nil
	}
	return fmt.Errorf("unknown line “#bayyina %.80s”", strings.Join(args, " "))
}

func (r *policyReader) log(args []string) error {
	if len(args) < 1 || len(args) > 2 {
		return errors.New("not of the form “log KEY [URL]”")
	}
	if r.policy.log.text != "" {
		return errors.New("a second log: a policy of Bayyina is for one")
	}
	key, err := ParseKey(args[0])
	if err != nil {
		return err
	}
	if key.typ != typeEd25519 {
		return fmt.Errorf("log key %s is no Ed25519 key", key.name)
	}
	r.policy.log = key
	if len(args) == 2 {
		r.policy.url = args[1]
	}
	return nil
}

func (r *policyReader) witness(args []string) error {
	if len(args) < 2 || len(args) > 3 {
		return errors.New("not of the form “witness NAME KEY [URL]”")
	}
	q := &r.policy.quorum
	if len(q.witnesses) == maxPolicyWitnesses {
		return fmt.Errorf("more than %d witnesses", maxPolicyWitnesses)
	}
	if err := q.add(args[1]); err != nil {
		return err
	}
	return r.define(args[0], &group{witness: len(q.witnesses) - 1})
}

func (r *policyReader) group(args []string) error {
	if len(args) < 3 {
		return errors.New("not of the form “group NAME all|any|K MEMBER…”")
	}
	members := args[2:]
	g := &group{}
	switch args[1] {
	case "any":
		g.k = 1
	case "all":
		g.k = len(members)
	default:
		k, err := parseDecimal(args[1])
		if err != nil || k < 1 || k > int64(len(members)) {
			return fmt.Errorf("%.20q of %d members", args[1], len(members))
		}
		g.k = int(k)
	}
	for _, name := range members {
		m, ok := r.names[name]
		if !ok {
			return fmt.Errorf("member %.80q is not defined above", name)
		}
		if slices.Contains(r.member, name) {
			return fmt.Errorf("%.80q is a member already", name)
		}
		r.member = append(r.member, name)
		g.members = append(g.members, m)
	}
	if r.groups++; r.groups > maxGroups {
		return fmt.Errorf("more than %d groups", maxGroups)
	}
	return r.define(args[0], g)
}

// define gives a witness or group its name, one for ever.
func (r *policyReader) define(name string, g *group) error {
	if _, ok := r.names[name]; ok || name == "none" {
		return fmt.Errorf("the name %.80q is taken", name)
	}
	r.names[name] = g
	return nil
}

func (r *policyReader) quorum(args []string) error {
	if len(args) != 1 {
		return errors.New("not of the form “quorum NAME”")
	}
	if r.decided {
		return errors.New("a second quorum")
	}
	r.decided = true
	if args[0] == "none" {
		return nil
	}
	g, ok := r.names[args[0]]
	if !ok {
		return fmt.Errorf("quorum %.80q is not defined above", args[0])
	}
	r.policy.quorum.rule = g
	return nil
}
