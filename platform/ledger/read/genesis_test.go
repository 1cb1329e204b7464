package read_test

import (
	"reflect"
	"strings"
	"testing"

	"bayyina/platform/ledger/read"
)

func TestGenesisBeginsTheHistory(t *testing.T) {
	c := begun(t)
	h := c.history
	if h.Origin() != origin || !h.Rehearsal() || h.Genesis().Name.EN != "log" || len(h.Members()) != 10 || !reflect.DeepEqual(h.Passkeys(), parties) {
		t.Errorf("%+v", h)
	}
	if k, err := h.Checkpoint(); err != nil || k.String() != c.vkeys[origin] {
		t.Errorf("checkpoint key %v, %v", k, err)
	}
	if m := h.Member("officer-3"); m == nil || m.Role != read.RoleOfficer || m.Since != 0 || m.Until != 0 || h.Member("nobody") != nil {
		t.Errorf("%+v", m)
	}
	if _, ok := h.Closed(); ok {
		t.Error("it is closed")
	}
}

func TestNothingIsKnownBeforeTheGenesis(t *testing.T) {
	h := read.NewKeyHistory(origin)
	if _, err := h.Checkpoint(); err == nil || h.Genesis() != nil || h.Rehearsal() || h.Passkeys().RPID != "" || !h.QuorumAt(1).None() || len(h.Members()) > 0 {
		t.Errorf("%+v", h)
	}
}

func TestFaultyGenesisIsRefused(t *testing.T) {
	cases := []struct {
		name   string
		change func(*commission)
		by     []string
		want   []string
	}{
		{"unsigned by its root", func(*commission) {}, []string{"officer-1"}, []string{read.GenesisSignature}},
		{"signed by one root of two", func(c *commission) { c.genesis.Keys = append(c.genesis.Keys, c.grant("root", "root-2")) }, []string{"root"}, []string{read.GenesisSignature}},
		{"without root", func(c *commission) { c.genesis.Keys = c.genesis.Keys[1:] }, []string{"root"}, []string{read.GenesisKeys}},
		{"without entry key", func(c *commission) { c.drop("entry") }, []string{"root"}, []string{read.GenesisKeys, read.EntrySignature}},
		{"without checkpoint key", func(c *commission) { c.drop("checkpoint") }, []string{"root"}, []string{read.GenesisKeys}},
		{"two checkpoint keys", func(c *commission) { c.genesis.Keys = append(c.genesis.Keys, c.grant("checkpoint", "other")) }, []string{"root"}, []string{read.GenesisKeys, read.GenesisKeys}},
		{"checkpoint key of another name", func(c *commission) {
			c.drop("checkpoint")
			c.genesis.Keys = append(c.genesis.Keys, c.grant("checkpoint", "other"))
		}, []string{"root"}, []string{read.GenesisKeys}},
		{"key that is none", func(c *commission) { c.genesis.Keys[7].Key = "authority" }, []string{"root"}, []string{read.KeyMalformed}},
		{"unknown role", func(c *commission) { c.genesis.Keys[7].Role = "king" }, []string{"root"}, []string{read.KeyRole}},
		{"officer with a key file", func(c *commission) { c.genesis.Keys[7].Role = "officer" }, []string{"root"}, []string{read.KeyRole}},
		{"checkpoint key that is none", func(c *commission) { c.genesis.Keys[4].Key = "checkpoint" }, []string{"root"}, []string{read.KeyMalformed}},
		{"one key twice", func(c *commission) { c.genesis.Keys = append(c.genesis.Keys, c.genesis.Keys[7]) }, []string{"root"}, []string{read.KeyNameReused}},
		{"one public key under two names", func(c *commission) { c.genesis.Keys = append(c.genesis.Keys, c.again("officer-3", "officer-4")) }, []string{"root"}, []string{read.KeyReused}},
		{"software key file", func(c *commission) { c.genesis.Keys[7].Software = true }, []string{"root"}, []string{read.KeySoftware}},
		{"software passkey in a real log", func(c *commission) { c.genesis.Rehearsal = false; c.genesis.Keys[1].Software = true }, []string{"root"}, []string{read.SoftwarePasskey}},
		{"passkeys without relying party", func(c *commission) { c.genesis.Passkeys.RPID = "" }, []string{"root"}, []string{read.GenesisPasskeys}},
		{"passkeys without origins", func(c *commission) { c.genesis.Passkeys.Origins = []string{} }, []string{"root"}, []string{read.GenesisPasskeys}},
		{"passkeys with an empty origin", func(c *commission) { c.genesis.Passkeys.Origins = []string{"https://sign.example", ""} }, []string{"root"}, []string{read.GenesisPasskeys}},
		{"quorum of more than there are", func(c *commission) { c.genesis.Quorum = 4 }, []string{"root"}, []string{read.WitnessesMalformed}},
		{"quorum of none", func(c *commission) { c.genesis.Quorum = 0 }, []string{"root"}, []string{read.WitnessesMalformed}},
		{"one witness twice", func(c *commission) { c.genesis.Witnesses[1] = c.genesis.Witnesses[0] }, []string{"root"}, []string{read.WitnessesMalformed}},
		{"weak rule", func(c *commission) {
			c.genesis.Rules = []read.Rule{{Kind: "vote.setup/1", Need: []read.Need{{Role: "officer", Count: 1}}}}
		}, []string{"root"}, []string{read.RuleWeakened}},
		{"previous log without size", func(c *commission) {
			c.genesis.Previous = &read.Previous{Origin: "log.example/2025", Root: make([]byte, 32)}
		}, []string{"root"}, []string{read.GenesisPrevious}},
		{"previous log of the same name", func(c *commission) {
			c.genesis.Previous = &read.Previous{Origin: origin, Size: 1, Root: make([]byte, 32)}
		}, []string{"root"}, []string{read.GenesisPrevious}},
		{"previous root of 31 bytes", func(c *commission) {
			c.genesis.Previous = &read.Previous{Origin: "log.example/2025", Size: 1, Root: make([]byte, 31)}
		}, []string{"root"}, []string{read.GenesisPrevious}},
	}
	for _, k := range cases {
		t.Run(k.name, func(t *testing.T) {
			c := newCommission(t)
			k.change(c)
			c.want(c.enter(read.KindGenesis, c.genesis, k.by...), k.want...)
		})
	}
}

func TestGenesisWithFurtherPartsIsGood(t *testing.T) {
	for name, change := range map[string]func(*commission){
		"no passkeys, and nowhere for them": func(c *commission) { c.drop("officer"); c.genesis.Passkeys = read.Passkeys{Origins: []string{}} },
		"software passkeys in a rehearsal":  func(c *commission) { c.genesis.Keys[1].Software = true },
		"a sealed holder":                   func(c *commission) { c.genesis.Keys[1].Holder = &read.Sealed{Hash: strings.Repeat("0", 64)} },
		"no witnesses":                      func(c *commission) { c.genesis.Witnesses, c.genesis.Quorum = []read.Witness{}, 0 },
		"a previous log": func(c *commission) {
			c.genesis.Previous = &read.Previous{Origin: "log.example/2025", Size: 1, Root: make([]byte, 32)}
		},
		"a real log": func(c *commission) { c.genesis.Rehearsal = false },
		"a strict rule": func(c *commission) {
			c.genesis.Rules = []read.Rule{{Kind: "vote.setup/1", Need: []read.Need{{Role: "officer", Count: 3}, {Role: "root", Count: 1}}}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCommission(t)
			change(c)
			c.want(c.begin())
		})
	}
}

func TestLogWithoutGenesisIsRefused(t *testing.T) {
	c := newCommission(t)
	c.want(c.enter("vote.setup/1", "{}", "root"), read.GenesisMissing)
	c.want(c.enter("vote.setup/1", "{}", "root"), read.GenesisMissing, read.EntrySignature, read.SignaturesMissing)
	c = newCommission(t)
	c.want(c.enter(read.KindGenesis, `{"name":{}}`, "root"), read.GenesisMissing)
	c = newCommission(t)
	c.want(c.enter("log.other/1", c.genesis, "root"), read.GenesisMissing)
	c = begun(t)
	c.want(c.enter(read.KindGenesis, c.genesis, "root"), read.GenesisAgain)
}

func TestPolicyIsHeldAgainstTheGenesis(t *testing.T) {
	c := begun(t)
	_, other := signer(t, origin)
	_, stranger := signer(t, "stranger.example")
	_, elsewhere := signer(t, "other.example/2026")
	policy := func(log string, rest ...string) *read.Policy {
		return mustPolicy(t, "log "+log+"\nquorum none\n"+strings.Join(rest, "\n")+"\n")
	}
	root, rehearsal := "#bayyina genesis "+c.vkeys["root"], "#bayyina rehearsal"
	cases := []struct {
		name   string
		policy *read.Policy
		want   []string
	}{
		{"this log's", policy(c.vkeys[origin], root, rehearsal), nil},
		{"of another log", policy(elsewhere, root, rehearsal), []string{read.PolicyOrigin, read.PolicyCheckpointKey}},
		{"with another checkpoint key", policy(other, root, rehearsal), []string{read.PolicyCheckpointKey}},
		{"with another root", policy(c.vkeys[origin], "#bayyina genesis "+stranger, rehearsal), []string{read.PolicyGenesis}},
		{"with a root more", policy(c.vkeys[origin], root, "#bayyina genesis "+stranger, rehearsal), []string{read.PolicyGenesis}},
		{"with a key that is no root", policy(c.vkeys[origin], root, "#bayyina genesis "+c.vkeys["authority"], rehearsal), []string{read.PolicyGenesis}},
		{"for a real log", policy(c.vkeys[origin], root), []string{read.RehearsalAsReal}},
	}
	for _, k := range cases {
		t.Run(k.name, func(t *testing.T) { c.want(codes(c.history.CheckPolicy(k.policy)), k.want...) })
	}
	fit := policy(c.vkeys[origin], root, rehearsal)
	c.want(codes(read.NewKeyHistory(origin).CheckPolicy(fit)), read.GenesisMissing)

	real := newCommission(t)
	real.genesis.Rehearsal = false
	real.want(real.begin())
	real.want(codes(real.history.CheckPolicy(policy(real.vkeys[origin], "#bayyina genesis "+real.vkeys["root"]))))
	real.want(codes(real.history.CheckPolicy(policy(real.vkeys[origin], "#bayyina genesis "+real.vkeys["root"], rehearsal))), read.RealAsRehearsal)

	unsigned := newCommission(t)
	unsigned.want(unsigned.enter(read.KindGenesis, unsigned.genesis, "officer-1"), read.GenesisSignature)
	unsigned.want(codes(unsigned.history.CheckPolicy(policy(unsigned.vkeys[origin], "#bayyina genesis "+unsigned.vkeys["root"], rehearsal))), read.PolicyGenesis)
}
