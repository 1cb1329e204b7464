package read_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"bayyina/platform/ledger/read"

	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"
)

// commission is a log's parties with all their keys, and the history of their log.
type commission struct {
	tb      testing.TB
	keys    map[string]note.Signer // by name
	vkeys   map[string]string
	genesis read.Genesis
	history *read.KeyHistory
	next    int64
	ids     int
}

// newCommission makes keys and a genesis of a rehearsal, nothing entered yet.
func newCommission(tb testing.TB) *commission {
	tb.Helper()
	c := &commission{tb: tb, keys: make(map[string]note.Signer), vkeys: make(map[string]string), history: read.NewKeyHistory(origin)}
	c.genesis = read.Genesis{
		Name: read.Bilingual{AR: "سجل", EN: "log"}, Rehearsal: true, Passkeys: parties, Quorum: 2, Rules: []read.Rule{},
		Keys: []read.KeyGrant{
			c.grant("root", "root"), c.grant("officer", "officer-1"), c.grant("officer", "officer-2"), c.grant("officer", "officer-3"),
			c.grant("checkpoint", origin), c.grant("entry", "entry"), c.grant("receipt", "receipt"),
			c.grant("authority", "authority"), c.grant("trustee", "trustee-1"), c.grant("trustee", "trustee-2"),
		},
	}
	for i := range 3 {
		c.genesis.Witnesses = append(c.genesis.Witnesses, read.Witness{Key: newCosigner(tb, fmt.Sprintf("w%d.example", i)).vkey})
	}
	return c
}

// grant makes a key of the type that its role signs with.
func (c *commission) grant(role, name string) read.KeyGrant {
	if role == "officer" {
		p := newES256(c.tb, name)
		if strings.HasSuffix(name, "3") {
			p = newEdDSA(c.tb, name)
		}
		c.keys[name], c.vkeys[name] = noteSigner{p}, p.vkey
	} else {
		c.keys[name], c.vkeys[name] = signer(c.tb, name)
	}
	return read.KeyGrant{Role: role, Key: c.vkeys[name]}
}

func (c *commission) signers(names ...string) (out []note.Signer) {
	for _, n := range names {
		out = append(out, c.keys[n])
	}
	return out
}

// statement is a statement signed by the keys of these names.
func (c *commission) statement(kind string, body any, by ...string) []byte {
	encoded, ok := body.(string)
	if !ok {
		b, err := read.EncodeBody(body)
		if err != nil {
			c.tb.Fatal(err)
		}
		encoded = string(b)
	}
	c.ids++
	text := fmt.Sprintf("bayyina.statement/1\n%s\n%s\n%032x\n2026-01-01T00:00:00Z 2027-01-01T00:00:00Z\n%s\n", origin, kind, c.ids, encoded)
	return signed(c.tb, text, c.signers(by...)...)
}

// entry is the next entry, sealed by the keys of these names.
func (c *commission) entry(statement []byte, by ...string) *read.Entry {
	c.tb.Helper()
	raw := signed(c.tb, fmt.Sprintf("bayyina.entry/1\n%s\n%d\n2026-11-24T12:00:00Z\n0\n\n%s", origin, c.next, statement), c.signers(by...)...)
	c.next++
	e, err := read.ParseEntry(raw)
	if err != nil {
		c.tb.Fatal(err)
	}
	return e
}

// enter enters a statement and returns the codes of the violations.
func (c *commission) enter(kind string, body any, by ...string) []string {
	c.tb.Helper()
	return codes(c.history.Enter(c.entry(c.statement(kind, body, by...), "entry"), read.Checked{}))
}

func codes(violations []*read.Violation) []string {
	var out []string
	for _, v := range violations {
		if !slices.Contains(read.Violations(), v.Code) || v.Detail == "" || !strings.HasPrefix(v.Error(), v.Code+": ") {
			out = append(out, "not listed or not explained: "+v.Code)
		}
		out = append(out, v.Code)
	}
	return out
}

// begin enters the genesis, signed by the root.
func (c *commission) begin() []string {
	c.tb.Helper()
	return c.enter(read.KindGenesis, c.genesis, "root")
}

// begun is a log with a good genesis.
func begun(tb testing.TB) *commission {
	tb.Helper()
	c := newCommission(tb)
	if bad := c.begin(); bad != nil {
		tb.Fatal(bad)
	}
	return c
}

func (c *commission) want(got []string, want ...string) {
	c.tb.Helper()
	if !slices.Equal(got, want) {
		c.tb.Errorf("violations %v, want %v", got, want)
	}
}

// deciders are the signers of a decision.
var deciders = []string{"officer-1", "officer-3", "root"}

var why = read.Bilingual{AR: "سبب", EN: "reason"}

func add(grants ...read.KeyGrant) read.KeysChange {
	return read.KeysChange{Add: grants, Remove: []string{}, Reason: why}
}

func remove(names ...string) read.KeysChange {
	return read.KeysChange{Add: []read.KeyGrant{}, Remove: names, Reason: why}
}

// drop leaves a role out of the genesis.
func (c *commission) drop(role string) {
	c.genesis.Keys = slices.DeleteFunc(c.genesis.Keys, func(k read.KeyGrant) bool { return k.Role == role })
}

// again is an officer's key of another under a new name.
func (c *commission) again(name, as string) read.KeyGrant {
	data := append([]byte{0xff}, publicOf(c.vkeys[name])...)
	return read.KeyGrant{Role: "officer", Key: vkeyOf(as, data)}
}

// spoiled is a signed note with the last byte of one key's signature changed.
func spoiled(raw []byte, name string) []byte {
	lines := strings.SplitAfter(string(raw), "\n")
	for i, l := range lines {
		if rest, ok := strings.CutPrefix(l, "— "+name+" "); ok {
			b, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(rest, "\n"))
			if err != nil {
				panic(err)
			}
			b[len(b)-1] ^= 1
			lines[i] = "— " + name + " " + base64.StdEncoding.EncodeToString(b) + "\n"
		}
	}
	return []byte(strings.Join(lines, ""))
}

// state is the history as it is saved, but for the number of entries.
func state(tb rapid.TB, h *read.KeyHistory) string {
	tb.Helper()
	b, err := json.Marshal(h)
	if err != nil {
		tb.Fatal(err)
	}
	return nextForm.ReplaceAllString(string(b), "")
}

var nextForm = regexp.MustCompile(`"next":[0-9]+,`)
