package read_test

import (
	"fmt"
	"slices"
	"testing"

	"bayyina/platform/ledger/read"
)

func TestSignersAreTheValidKeysWithGoodSignatures(t *testing.T) {
	c := begun(t)
	c.grant("trustee", "stranger")
	e := c.entry(c.statement("vote.setup/1", "{}", "stranger", "officer-2", "trustee-1", "officer-1"), "stranger", "entry")
	c.want(codes(c.history.Enter(e, read.Checked{})))
	if !slices.Equal(e.SignedBy, []string{"officer-2", "trustee-1", "officer-1"}) {
		t.Errorf("signed by %v", e.SignedBy)
	}
}

func TestBadSignatureOfAKnownKeyIsRefused(t *testing.T) {
	c := begun(t)
	for _, name := range []string{"officer-1", "officer-3", "trustee-1"} {
		statement := spoiled(c.statement("vote.setup/1", "{}", "officer-1", "officer-2", "officer-3", "trustee-1"), name)
		v := c.history.Enter(c.entry(statement, "entry"), read.Checked{})
		if len(v) != 1 || v[0].Code != read.StatementSignature || v[0].Args["Key"] != name {
			t.Errorf("%s: %v", name, v)
		}
	}
	namesake, _ := signer(t, "trustee-1")
	c.keys["namesake"] = namesake // a key of a known name and another id is unknown
	c.want(codes(c.history.Enter(c.entry(c.statement("vote.setup/1", "{}", "officer-1", "officer-2", "namesake"), "entry"), read.Checked{})))
	c.grant("trustee", "stranger")
	c.want(codes(c.history.Enter(c.entry(spoiled(c.statement("vote.setup/1", "{}", "officer-1", "officer-2", "stranger"), "stranger"), "entry"), read.Checked{})))
}

func TestEntryIsSealedByAValidEntryKey(t *testing.T) {
	c := begun(t)
	good := func() []byte { return c.statement("vote.setup/1", "{}", "officer-1", "officer-2") }
	c.grant("entry", "stranger")
	for _, by := range []string{"receipt", "root", "officer-1", origin, "stranger"} {
		c.want(codes(c.history.Enter(c.entry(good(), by), read.Checked{})), read.EntrySignature)
	}
	for _, name := range []string{"entry", "receipt"} {
		c.next = 7
		raw := spoiled(c.entry(good(), "entry", "receipt").Raw, name)
		e, err := read.ParseEntry(raw)
		if err != nil {
			t.Fatal(err)
		}
		v := c.history.Enter(e, read.Checked{})
		if len(v) != 1 || v[0].Code != read.EntrySignature || v[0].Args["Key"] != name {
			t.Errorf("%s: %v", name, v)
		}
	}
}

func TestKeysAreValidFromTheNextEntryOn(t *testing.T) {
	c := begun(t)
	fourth := c.grant("officer", "officer-4")
	c.want(c.enter("vote.setup/1", "{}", "officer-1", "officer-4"), read.SignaturesMissing)
	c.want(c.enter(read.KindKeys, add(fourth), "officer-1", "officer-4", "root"), read.SignaturesMissing)
	c.want(c.enter(read.KindKeys, add(fourth), deciders...))
	c.want(c.enter("vote.setup/1", "{}", "officer-1", "officer-4"))
	c.want(c.enter(read.KindKeys, remove("officer-4"), "officer-1", "officer-4", "root")) // still valid at its own removal
	c.want(c.enter("vote.setup/1", "{}", "officer-1", "officer-4"), read.SignaturesMissing)
	if m := c.history.Member("officer-4"); m.Since != 4 || m.Until != 6 || m.ValidAt(3) || !m.ValidAt(4) || !m.ValidAt(5) || m.ValidAt(6) {
		t.Errorf("%+v", m)
	}
	c.want(c.enter(read.KindKeys, add(c.grant("entry", "entry-2")), deciders...))
	c.want(c.enter(read.KindKeys, remove("entry"), deciders...))
	c.want(c.enter("vote.setup/1", "{}", "officer-1", "officer-2"), read.EntrySignature)
	c.want(codes(c.history.Enter(c.entry(c.statement("vote.setup/1", "{}", "officer-1", "officer-2"), "entry-2"), read.Checked{})))
}

func TestFaultyChangesOfKeysAreRefusedAndHaveNoEffect(t *testing.T) {
	cases := []struct {
		name   string
		change func(*commission) any
		want   []string
	}{
		{"name of a valid key", func(c *commission) any { return add(c.grant("trustee", "trustee-1")) }, []string{read.KeyNameReused}},
		{"name of a key that left", func(c *commission) any {
			c.want(c.enter(read.KindKeys, remove("trustee-1"), deciders...))
			return add(c.grant("trustee", "trustee-1"))
		}, []string{read.KeyNameReused}},
		{"name of a key that leaves now", func(c *commission) any {
			return read.KeysChange{Add: []read.KeyGrant{c.grant("trustee", "trustee-1")}, Remove: []string{"trustee-1"}, Reason: why}
		}, []string{read.KeyNameReused}},
		{"one name twice", func(c *commission) any { return add(c.grant("trustee", "new"), c.grant("trustee", "new")) }, []string{read.KeyNameReused}},
		{"an officer's passkey again", func(c *commission) any { return add(c.again("officer-1", "officer-4")) }, []string{read.KeyReused}},
		{"a checkpoint key more", func(c *commission) any { return add(c.grant("checkpoint", "other")) }, []string{read.CheckpointChange}},
		{"the checkpoint key out", func(*commission) any { return remove(origin) }, []string{read.CheckpointChange}},
		{"nobody out", func(*commission) any { return remove("nobody") }, []string{read.KeyUnknown}},
		{"one out twice", func(*commission) any { return remove("trustee-1", "trustee-1") }, []string{read.KeyUnknown}},
		{"one out that left", func(c *commission) any {
			c.want(c.enter(read.KindKeys, remove("trustee-1"), deciders...))
			return remove("trustee-1")
		}, []string{read.KeyUnknown}},
		{"one in and out", func(c *commission) any {
			return read.KeysChange{Add: []read.KeyGrant{c.grant("trustee", "new")}, Remove: []string{"new"}, Reason: why}
		}, []string{read.KeyUnknown}},
		{"a key file for an officer", func(c *commission) any {
			g := c.grant("trustee", "new")
			g.Role = "officer"
			return add(g)
		}, []string{read.KeyRole}},
		{"a cosigner for a trustee", func(c *commission) any {
			return add(read.KeyGrant{Role: "trustee", Key: newCosigner(c.tb, "new").vkey})
		}, []string{read.KeyRole}},
		{"a good and a bad one", func(c *commission) any {
			return add(c.grant("trustee", "new"), read.KeyGrant{Role: "trustee", Key: "bad"})
		}, []string{read.KeyMalformed}},
		{"a body of other members", func(*commission) any { return `{"add":[]}` }, []string{read.BodyMalformed}},
		{"members in another order", func(*commission) any { return `{"add":[],"remove":[],"reason":{"en":"reason","ar":"سبب"}}` }, []string{read.BodyMalformed}},
	}
	for _, k := range cases {
		t.Run(k.name, func(t *testing.T) {
			c := begun(t)
			body := k.change(c)
			before := state(t, c.history)
			c.want(c.enter(read.KindKeys, body, deciders...), k.want...)
			if after := state(t, c.history); after != before {
				t.Errorf("it had an effect:\n%s\n%s", before, after)
			}
		})
	}
}

func TestWitnessesChangeFromTheNextEntryOn(t *testing.T) {
	c := begun(t)
	old := c.history.QuorumAt(1).Witnesses()
	c.want(c.enter("vote.setup/1", "{}", "officer-1", "officer-2"))
	w := newCosigner(t, "new.example")
	c.want(c.enter(read.KindWitnesses, read.WitnessesChange{Witnesses: []read.Witness{{Key: w.vkey, URL: "https://new.example"}}, Quorum: 1, Reason: why}, deciders...))
	for size, want := range map[int64]string{1: old[0].String(), 2: old[0].String(), 3: old[0].String(), 4: w.vkey, 9: w.vkey} {
		if got := c.history.QuorumAt(size).Witnesses()[0].String(); got != want {
			t.Errorf("at size %d %s, want %s", size, got, want)
		}
	}
	if w, k := c.history.WitnessesAt(4); len(w) != 1 || w[0].URL != "https://new.example" || k != 1 {
		t.Errorf("%v, %d", w, k)
	}
	if w, k := c.history.WitnessesAt(3); len(w) != 3 || k != 2 {
		t.Errorf("%v, %d", w, k)
	}
	c.want(c.enter(read.KindWitnesses, read.WitnessesChange{Witnesses: []read.Witness{{Key: w.vkey}}, Quorum: 2, Reason: why}, deciders...), read.WitnessesMalformed)
	c.want(c.enter(read.KindWitnesses, `{"witnesses":[],"quorum":0}`, deciders...), read.BodyMalformed)
}

func TestNothingFollowsTheClose(t *testing.T) {
	c := begun(t)
	c.want(c.enter(read.KindClose, read.Close{Reason: why}, deciders...), read.CloseMalformed)
	c.want(c.enter(read.KindClose, read.Close{Successor: origin, Reason: why}, deciders...), read.CloseMalformed)
	c.want(c.enter(read.KindClose, "{}", deciders...), read.BodyMalformed)
	c.want(c.enter(read.KindClose, read.Close{Successor: "log.example/2027", Reason: why}, deciders...))
	if s, ok := c.history.Closed(); !ok || s != "log.example/2027" {
		t.Errorf("closed %v, for %q", ok, s)
	}
	c.want(c.enter("vote.setup/1", "{}", "officer-1", "officer-2"), read.EntryAfterClose)
	c.want(c.enter(read.KindKeys, remove("trustee-1"), deciders...), read.EntryAfterClose)
	if c.history.Member("trustee-1").Until != 0 {
		t.Error("a key left after the close")
	}
}

func TestKeysUpToTheLimitEnter(t *testing.T) {
	c := begun(t)
	made := 0
	many := func(n int) read.KeysChange {
		change := add()
		change.Add = []read.KeyGrant{}
		for range n {
			made++
			data := append([]byte{1}, fmt.Sprintf("%032d", made)...)
			change.Add = append(change.Add, read.KeyGrant{Role: "trustee", Key: vkeyOf(fmt.Sprintf("many-%d", made), data)})
		}
		return change
	}
	c.want(c.enter(read.KindKeys, many(500), deciders...))
	c.want(c.enter(read.KindKeys, many(490), deciders...))
	c.want(c.enter(read.KindKeys, many(1), deciders...), read.TooManyKeys)
}
