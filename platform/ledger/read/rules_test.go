package read_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"bayyina/platform/ledger/read"
)

// Every kind with a minimum, with one signature of a role too few and those of all
// other roles beside it.
func TestEachSignatureOfTheMinimumIsNeeded(t *testing.T) {
	have := map[string][]string{
		"officer": {"officer-1", "officer-2"}, "root": {"root"}, "receipt": {"receipt"}, "authority": {"authority"},
		"trustee": {"trustee-1"}, "entry": {"entry"}, "checkpoint": {origin},
	}
	minimum := map[string]string{ // the table of docs/PROTOCOL.md section 6
		"log.keys/1": "2 officer 1 root", "log.witnesses/1": "2 officer 1 root", "log.rules/1": "2 officer 1 root", "log.close/1": "2 officer 1 root",
		"vote.setup/1": "2 officer", "vote.open/1": "2 officer 1 root", "vote.certify/1": "2 officer 1 root", "vote.credentials/1": "1 authority",
		"vote.commitment/1": "1 trustee", "vote.trustees/1": "1 trustee", "vote.decryption/1": "1 trustee",
		"vote.ballot/1": "1 receipt", "vote.close/1": "1 receipt", "vote.tally/1": "1 receipt", "vote.result/1": "1 receipt",
		"vote.dice/1": "2 officer 1 root", "vote.seats/1": "1 receipt",
	}
	for kind, table := range minimum {
		need := read.Minimum(kind)
		var words []string
		for _, n := range need {
			words = append(words, fmt.Sprint(n.Count), n.Role)
		}
		if strings.Join(words, " ") != table {
			t.Errorf("%s needs %v, want %s", kind, need, table)
		}
		for _, lacking := range need {
			var by []string
			for role, names := range have {
				if role == lacking.Role {
					names = names[:lacking.Count-1]
				}
				by = append(by, names...)
			}
			c := begun(t)
			v := c.history.Enter(c.entry(c.statement(kind, "{}", by...), "entry"), read.Checked{})
			if len(v) != 1 || v[0].Code != read.SignaturesMissing || v[0].Args["Kind"] != kind || v[0].Args["Role"] != lacking.Role ||
				v[0].Args["Have"] != lacking.Count-1 || v[0].Args["Need"] != lacking.Count {
				t.Errorf("%s with %v: %v", kind, by, v)
			}
		}
	}
}

func TestOneOfficerTwiceIsOne(t *testing.T) {
	c := begun(t)
	raw := c.statement("vote.setup/1", "{}", "officer-1")
	line := string(raw[strings.LastIndex(string(raw), "\n\n")+2:])
	e := c.entry(append(raw, line...), "entry")
	c.want(codes(c.history.Enter(e, read.Checked{})), read.SignaturesMissing)
	if !slices.Equal(e.SignedBy, []string{"officer-1"}) {
		t.Errorf("signed by %v", e.SignedBy)
	}
}

func TestKindsThatNobodyKnowsNeedOneValidKey(t *testing.T) {
	c := begun(t)
	c.grant("trustee", "stranger")
	c.want(c.enter("survey.answer/1", "{}", "stranger"), read.SignatureMissing)
	c.want(c.enter("survey.answer/1", "{}", "trustee-2"))
	c.want(c.enter(read.KindKeys, remove("trustee-2"), deciders...))
	c.want(c.enter("survey.answer/1", "{}", "trustee-2"), read.SignatureMissing)
	c.want(c.enter(read.KindRules, read.RulesChange{Rules: []read.Rule{{Kind: "survey.answer/1", Need: []read.Need{{Role: "registry", Count: 1}}}}, Reason: why}, deciders...))
	c.want(c.enter("survey.answer/1", "{}", "trustee-1"), read.SignaturesMissing)
}

func TestDecisionThatLacksASignatureHasNoEffect(t *testing.T) {
	c := begun(t)
	before := state(t, c.history)
	for kind, body := range map[string]any{
		read.KindKeys:      remove("trustee-1"),
		read.KindWitnesses: read.WitnessesChange{Witnesses: []read.Witness{}, Reason: why},
		read.KindRules:     read.RulesChange{Rules: []read.Rule{}, Reason: why},
		read.KindClose:     read.Close{Successor: "log.example/2027", Reason: why},
	} {
		c.want(c.enter(kind, body, "officer-1", "root"), read.SignaturesMissing)
		e := c.entry(c.statement(kind, body, deciders...), "entry")
		e.Faults = []read.Fault{{Code: "statement-origin"}} // the replay found that it is meant for another log
		c.want(codes(c.history.Enter(e, read.Checked{})))
	}
	if after := state(t, c.history); after != before {
		t.Errorf("it had an effect:\n%s\n%s", before, after)
	}
}

func TestRulesBelowTheMinimumAreRefused(t *testing.T) {
	for _, kind := range []string{"log.keys/1", "log.rules/1", "vote.setup/1", "vote.open/1", "vote.credentials/1", "vote.ballot/1", "vote.decryption/1"} {
		for i, need := range read.Minimum(kind) {
			weak := read.Minimum(kind)
			weak[i].Count--
			if weak[i].Count == 0 {
				weak = append(slices.Delete(weak, i, i+1), read.Need{Role: "registry", Count: 5})
			}
			c := begun(t)
			v := c.history.Enter(c.entry(c.statement(read.KindRules, read.RulesChange{Rules: []read.Rule{{Kind: kind, Need: weak}}, Reason: why}, deciders...), "entry"), read.Checked{})
			if len(v) != 1 || v[0].Code != read.RuleWeakened || v[0].Args["Role"] != need.Role || v[0].Args["Have"] != need.Count-1 || v[0].Args["Need"] != need.Count || v[0].Args["Kind"] != kind {
				t.Errorf("%s: %v", kind, v)
			}
			if !reflect.DeepEqual(c.history.Need(kind), read.Minimum(kind)) {
				t.Errorf("%s: the rule is in force", kind)
			}
		}
	}
}

func TestMalformedRulesAreRefused(t *testing.T) {
	one := []read.Need{{Role: "root", Count: 1}}
	cases := map[string][]read.Rule{
		"no kind":           {{Kind: "", Need: one}},
		"no version":        {{Kind: "survey.answer", Need: one}},
		"long kind":         {{Kind: "a." + strings.Repeat("k", 62) + "/1", Need: one}},
		"genesis":           {{Kind: read.KindGenesis, Need: one}},
		"two for a kind":    {{Kind: "a.b/1", Need: one}, {Kind: "a.b/1", Need: one}},
		"unknown role":      {{Kind: "a.b/1", Need: []read.Need{{Role: "king", Count: 1}}}},
		"a role twice":      {{Kind: "a.b/1", Need: []read.Need{{Role: "root", Count: 1}, {Role: "root", Count: 1}}}},
		"none of a role":    {{Kind: "a.b/1", Need: []read.Need{{Role: "root", Count: 0}}}},
		"fewer than none":   {{Kind: "a.b/1", Need: []read.Need{{Role: "root", Count: -1}}}},
		"more than fit one": {{Kind: "a.b/1", Need: []read.Need{{Role: "root", Count: 33}}}},
	}
	for name, rules := range cases {
		t.Run(name, func(t *testing.T) {
			c := begun(t)
			c.want(c.enter(read.KindRules, read.RulesChange{Rules: rules, Reason: why}, deciders...), read.RuleMalformed)
			c = newCommission(t)
			c.genesis.Rules = append(rules, read.Rule{Kind: "survey.plan/1", Need: one})
			c.want(c.begin(), read.RuleMalformed)
			if len(c.history.Need("survey.plan/1")) > 0 {
				t.Error("the genesis' rules are in force")
			}
		})
	}
}

func TestRulesOfOtherMembersAreRefused(t *testing.T) {
	c := begun(t)
	c.want(c.enter(read.KindRules, `{"rules":[]}`, deciders...), read.BodyMalformed)
}

func TestRulesInForceAskForMore(t *testing.T) {
	c := begun(t)
	strict := []read.Need{{Role: "officer", Count: 3}, {Role: "authority", Count: 1}}
	c.want(c.enter(read.KindRules, read.RulesChange{Rules: []read.Rule{{Kind: "vote.setup/1", Need: strict}}, Reason: why}, deciders...))
	c.want(c.enter("vote.setup/1", "{}", "officer-1", "officer-2"), read.SignaturesMissing, read.SignaturesMissing)
	c.want(c.enter("vote.setup/1", "{}", "officer-1", "officer-2", "officer-3", "authority"))
	c.want(c.enter(read.KindRules, read.RulesChange{Rules: []read.Rule{}, Reason: why}, deciders...)) // replaced, not added to
	c.want(c.enter("vote.setup/1", "{}", "officer-1", "officer-2"))
}

func TestLackingTellsWhoIsStillToSign(t *testing.T) {
	c := begun(t)
	c.want(c.enter(read.KindKeys, remove("officer-2"), deciders...))
	lacks := func(kind string, names ...string) string { return fmt.Sprint(c.history.Lacking(kind, names)) }
	for _, k := range []struct{ got, want string }{
		{lacks("vote.open/1"), "[{{officer 2} 0} {{root 1} 0}]"},
		{lacks("vote.open/1", "officer-1", "officer-1"), "[{{officer 2} 1} {{root 1} 0}]"},
		{lacks("vote.open/1", "officer-1", "officer-2", "root"), "[{{officer 2} 1}]"},
		{lacks("vote.open/1", "officer-1", "nobody", "officer-3", "root"), "[]"},
		{lacks("unknown.kind/1"), "[]"},
	} {
		if k.got != k.want {
			t.Errorf("lacks %s, want %s", k.got, k.want)
		}
	}
}
