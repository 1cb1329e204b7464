package read

import (
	"bytes"
	"fmt"
	"slices"
)

// MaxKeys is the most keys that a log may ever name.
const MaxKeys = 1000

// Member is a key in the history of a log.
type Member struct {
	Key      Key
	Role     string
	Software bool  // a passkey that is no hardware
	Since    int64 // first sequence at which it is valid
	Until    int64 // first sequence at which it is not any more; 0 for still valid
}

// ValidAt reports whether the key is valid at a sequence.
func (m *Member) ValidAt(sequence int64) bool {
	return m.Since <= sequence && (m.Until == 0 || sequence < m.Until)
}

// Same reports whether two keys are one public key, whatever their names.
func (k Key) Same(other Key) bool {
	if k.point == nil || other.point == nil {
		return k.point == other.point && bytes.Equal(k.edd, other.edd)
	}
	return k.point.Equal(other.point)
}

// keyring is every key that a log ever named.
type keyring struct {
	members []*Member
	byName  map[string]*Member
}

// find returns the member that a signature line names.
func (r *keyring) find(s Signature) *Member {
	if m := r.byName[s.Name]; m != nil && m.Key.Made(s) {
		return m
	}
	return nil
}

// add lets a key enter; from is the first sequence at which it is valid.
func (r *keyring) add(m *Member) {
	r.members = append(r.members, m)
	r.byName[m.Key.name] = m
}

// admit checks a grant against the keys that there ever were, among them those of
// the same statement, and returns the member that it would make.
func (r *keyring) admit(g KeyGrant, rehearsal bool, from int64) (*Member, *Violation) {
	key, err := ParseKey(g.Key)
	if err != nil {
		return nil, violation(KeyMalformed, err.Error(), args{"Key": fmt.Sprintf("%.80s", g.Key)})
	}
	name := key.name
	switch {
	case !slices.Contains(roles, g.Role):
		return nil, violation(KeyRole, fmt.Sprintf("key %s has the unknown role %.40q", name, g.Role), args{"Key": name, "Role": g.Role})
	case !fits(key, g.Role):
		return nil, violation(KeyRole, fmt.Sprintf("key %s is of type %02x, which role %s does not sign with", name, key.typ, g.Role), args{"Key": name, "Role": g.Role})
	case g.Software && !key.IsPasskey():
		return nil, violation(KeySoftware, fmt.Sprintf("key %s is no passkey and marked as a software one", name), args{"Key": name})
	case g.Software && !rehearsal:
		return nil, violation(SoftwarePasskey, fmt.Sprintf("passkey %s is no hardware, and this is no rehearsal", name), args{"Key": name})
	case r.byName[name] != nil:
		return nil, violation(KeyNameReused, fmt.Sprintf("a key was named %s before", name), args{"Key": name})
	case len(r.members) >= MaxKeys:
		return nil, violation(TooManyKeys, fmt.Sprintf("more than %d keys", MaxKeys), args{"Limit": MaxKeys})
	}
	for _, m := range r.members {
		if m.Key.Same(key) {
			return nil, violation(KeyReused, fmt.Sprintf("keys %s and %s are one public key", m.Key.name, name), args{"Key": name, "Other": m.Key.name})
		}
	}
	return &Member{Key: key, Role: g.Role, Software: g.Software, Since: from}, nil
}

// fits reports whether keys of a role are of the key's type: officers decide with
// passkeys, everybody else signs with an Ed25519 key.
func fits(k Key, role string) bool {
	if role == RoleOfficer {
		return k.typ == typePasskey
	}
	return k.typ == typeEd25519
}
