package read

import (
	"fmt"
	"slices"
)

// Roles of keys (docs/PROTOCOL.md section 6).
const (
	RoleRoot       = "root"       // the commission's offline key files
	RoleOfficer    = "officer"    // passkeys that decide
	RoleCheckpoint = "checkpoint" // the server's three
	RoleEntry      = "entry"
	RoleReceipt    = "receipt"
	RoleAuthority  = "authority" // credential authority
	RoleTrustee    = "trustee"
	RoleRegistry   = "registry"
)

var roles = []string{RoleRoot, RoleOfficer, RoleCheckpoint, RoleEntry, RoleReceipt, RoleAuthority, RoleTrustee, RoleRegistry}

// Kinds of statements that the log itself acts on.
const (
	KindGenesis   = "log.genesis/1"
	KindKeys      = "log.keys/1"
	KindWitnesses = "log.witnesses/1"
	KindRules     = "log.rules/1"
	KindClose     = "log.close/1"
)

// Rule says whose signatures a kind of statement needs.
type Rule struct {
	Kind string `json:"kind"`
	Need []Need `json:"need"`
}

// Need is a number of distinct keys of one role.
type Need struct {
	Role  string `json:"role"`
	Count int    `json:"count"`
}

var (
	twoOfficers = []Need{{RoleOfficer, 2}}
	decision    = []Need{{RoleOfficer, 2}, {RoleRoot, 1}}
	server      = []Need{{RoleReceipt, 1}}
	trustee     = []Need{{RoleTrustee, 1}}
)

// minimum is what no rule can lower. Which trustees must have signed is judged by
// the module whose kinds they are.
var minimum = map[string][]Need{
	KindKeys:      decision,
	KindWitnesses: decision,
	KindRules:     decision,
	KindClose:     decision,

	"vote.setup/1":       twoOfficers,
	"vote.open/1":        decision,
	"vote.certify/1":     decision,
	"vote.credentials/1": {{RoleAuthority, 1}},
	"vote.commitment/1":  trustee,
	"vote.trustees/1":    trustee,
	"vote.shuffle/1":     trustee,
	"vote.decryption/1":  trustee,
	"vote.ballot/1":      server,
	"vote.close/1":       server,
	"vote.tally/1":       server,
	"vote.result/1":      server,
	"vote.dice/1":        decision,
	"vote.booth/1":       decision,
	"vote.seats/1":       server,
	"vote.complaints/1":  decision,
	"vote.complaint/1":   server,
	"vote.ruling/1":      decision,
	"vote.seats/2":       server,
	"vote.certify/2":     decision,

	"decision.proposal/1": server,
	"decision.end/1":      server,
	"access.grant/1":      twoOfficers,
	"access.revoke/1":     twoOfficers,
	"access.erase/1":      twoOfficers,
	"access.reads/1":      server,
}

// Minimum returns the signatures that a kind needs whatever the rules of a log say.
func Minimum(kind string) []Need { return slices.Clone(minimum[kind]) }

// Lack is a need that a statement's good signatures leave open.
type Lack struct {
	Need
	Have int
}

// unmet returns the needs that keys of these roles, one entry per key, leave open.
func unmet(needs []Need, have []string) []Lack {
	var lacks []Lack
	for _, need := range needs {
		n := 0
		for _, role := range have {
			if role == need.Role {
				n++
			}
		}
		if n < need.Count {
			lacks = append(lacks, Lack{need, n})
		}
	}
	return lacks
}

// checkRules refuses rules that are malformed or ask for less than the minimum.
func checkRules(rules []Rule) []*Violation {
	var out []*Violation
	seen := make(map[string]bool)
	for _, r := range rules {
		switch {
		case len(r.Kind) > 64 || !kindForm.MatchString(r.Kind) || r.Kind == KindGenesis:
			out = append(out, violation(RuleMalformed, fmt.Sprintf("no rule can be made for kind %.80q", r.Kind), args{"Kind": r.Kind}))
		case seen[r.Kind]:
			out = append(out, violation(RuleMalformed, "two rules for "+r.Kind, args{"Kind": r.Kind}))
		default:
			seen[r.Kind] = true
			out = append(out, r.check()...)
		}
	}
	return out
}

func (r Rule) check() []*Violation {
	asked := make(map[string]int)
	for _, n := range r.Need {
		if !slices.Contains(roles, n.Role) || asked[n.Role] != 0 || n.Count < 1 || n.Count > maxSignatures {
			return []*Violation{violation(RuleMalformed, fmt.Sprintf("rule for %s: %d of role %.40q", r.Kind, n.Count, n.Role), args{"Kind": r.Kind})}
		}
		asked[n.Role] = n.Count
	}
	var out []*Violation
	for _, least := range minimum[r.Kind] {
		if asked[least.Role] < least.Count {
			out = append(out, violation(RuleWeakened,
				fmt.Sprintf("rule for %s asks for %d of role %s, the protocol for %d", r.Kind, asked[least.Role], least.Role, least.Count),
				args{"Kind": r.Kind, "Role": least.Role, "Have": asked[least.Role], "Need": least.Count}))
		}
	}
	return out
}
