package read

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Genesis is the body of entry 0, KindGenesis (docs/PROTOCOL.md section 6).
type Genesis struct {
	Name      Bilingual  `json:"name"`
	Rehearsal bool       `json:"rehearsal"`
	Keys      []KeyGrant `json:"keys"`
	Passkeys  Passkeys   `json:"passkeys"`
	Witnesses []Witness  `json:"witnesses"`
	Quorum    int        `json:"quorum"`
	Rules     []Rule     `json:"rules"`
	Previous  *Previous  `json:"previous,omitempty"`
}

// KeyGrant gives a key its role.
type KeyGrant struct {
	Role     string  `json:"role"`
	Key      string  `json:"key"` // verifier key
	Holder   *Sealed `json:"holder,omitempty"`
	Software bool    `json:"software,omitempty"` // a passkey that is no hardware: rehearsals only
}

// Previous names the last checkpoint of the log that this one succeeds.
type Previous struct {
	Origin string `json:"origin"`
	Size   int64  `json:"size"`
	Root   []byte `json:"root"`
}

// KeysChange is the body of KindKeys: keys enter and leave.
type KeysChange struct {
	Add    []KeyGrant `json:"add"`
	Remove []string   `json:"remove"` // key names
	Reason Bilingual  `json:"reason"`
}

// WitnessesChange is the body of KindWitnesses: it replaces witnesses and quorum.
type WitnessesChange struct {
	Witnesses []Witness `json:"witnesses"`
	Quorum    int       `json:"quorum"`
	Reason    Bilingual `json:"reason"`
}

// RulesChange is the body of KindRules: it replaces the rules.
type RulesChange struct {
	Rules  []Rule    `json:"rules"`
	Reason Bilingual `json:"reason"`
}

// Close is the body of KindClose: the log ends.
type Close struct {
	Successor string    `json:"successor"` // origin of the log that goes on
	Reason    Bilingual `json:"reason"`
}

// check refuses a genesis under which no log can be judged. Its keys, witnesses and
// rules one by one are checked where they enter the history.
func (g *Genesis) check(origin string) []*Violation {
	var out []*Violation
	count := make(map[string]int)
	passkeys := false
	for _, k := range g.Keys {
		count[k.Role]++
		key, err := ParseKey(k.Key)
		passkeys = passkeys || err == nil && key.IsPasskey()
		if k.Role == RoleCheckpoint && err == nil && key.Name() != origin {
			out = append(out, violation(GenesisKeys, fmt.Sprintf("checkpoint key %s does not bear the origin's name", key.Name()), args{"Role": RoleCheckpoint}))
		}
	}
	for _, role := range []string{RoleRoot, RoleCheckpoint, RoleEntry} {
		if n := count[role]; n == 0 || role == RoleCheckpoint && n > 1 {
			out = append(out, violation(GenesisKeys, fmt.Sprintf("%d keys of role %s", n, role), args{"Role": role}))
		}
	}
	if passkeys && !g.Passkeys.usable() {
		out = append(out, violation(GenesisPasskeys, "passkeys, and no relying-party id or no origin for them", nil))
	}
	if p := g.Previous; p != nil && (p.Origin == "" || p.Origin == origin || p.Size < 1 || len(p.Root) != tlog.HashSize) {
		out = append(out, violation(GenesisPrevious, "the previous log is no other log's checkpoint", nil))
	}
	return out
}

// usable reports whether an assertion can be good at all.
func (p Passkeys) usable() bool {
	for _, origin := range p.Origins {
		if origin == "" {
			return false
		}
	}
	return p.RPID != "" && len(p.Origins) > 0
}
