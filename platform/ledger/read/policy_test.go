package read_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"bayyina/platform/ledger/read"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"
)

// country is the keys that policies of these tests name.
type country struct {
	log       note.Signer
	logKey    string
	root      note.Signer
	rootKey   string
	witnesses []*cosigner
}

func newCountry(tb testing.TB, witnesses int) *country {
	tb.Helper()
	c := &country{}
	c.log, c.logKey = signer(tb, origin)
	c.root, c.rootKey = signer(tb, "root.example")
	for i := range witnesses {
		c.witnesses = append(c.witnesses, newCosigner(tb, fmt.Sprintf("witness%d.example", i)))
	}
	return c
}

// policy writes a policy file with the witnesses W0, W1, … and the lines.
func (c *country) policy(lines ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# handed over on paper\nlog %s https://log.example/\n#bayyina genesis %s\n\n", c.logKey, c.rootKey)
	for i, w := range c.witnesses {
		fmt.Fprintf(&b, "witness W%d %s\n", i, w.vkey)
	}
	for _, l := range lines {
		b.WriteString(l + "\n")
	}
	return b.String()
}

// checkpoint is one that the log signed and some witnesses cosigned.
func (c *country) checkpoint(tb rapid.TB, size int64, root string, lines ...string) []byte {
	tb.Helper()
	return append(signed(tb, checkpointText(size, root), c.log), strings.Join(lines, "")...)
}

func checkpointText(size int64, root string) string {
	return fmt.Sprintf("%s\n%d\n%s\n", origin, size, root)
}

const someRoot = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="

func mustPolicy(tb rapid.TB, text string) *read.Policy {
	tb.Helper()
	p, err := read.ParsePolicy([]byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func mustCheckpoint(tb rapid.TB, raw []byte) read.Checkpoint {
	tb.Helper()
	c, err := read.ParseCheckpoint(raw)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func TestPolicyTellsLogGenesisAndWitnesses(t *testing.T) {
	c := newCountry(t, 2)
	text := c.policy("group both all W0 W1", "quorum both", " \t#bayyina rehearsal")
	p := mustPolicy(t, text)
	if p.Origin() != origin || p.Log().String() != c.logKey || p.URL() != "https://log.example/" || !p.Rehearsal() || p.String() != text {
		t.Errorf("origin %s, log %s, URL %s, rehearsal %v", p.Origin(), p.Log(), p.URL(), p.Rehearsal())
	}
	if g := p.Genesis(); len(g) != 1 || g[0].String() != c.rootKey {
		t.Errorf("genesis keys %v", g)
	}
	if w := p.Quorum().Witnesses(); len(w) != 2 || w[1].String() != c.witnesses[1].vkey || p.Quorum().None() {
		t.Errorf("witnesses %v", w)
	}
	if p := mustPolicy(t, c.policy("quorum W1")); p.Rehearsal() {
		t.Error("a policy that does not say rehearsal is for one")
	}
}

// The example of c2sp.org/tlog-policy: two of three X and one of three Y.
func TestTheSpecificationsPolicyIsJudged(t *testing.T) {
	c := newCountry(t, 6)
	p := mustPolicy(t, c.policy("group X-witnesses 2 W0 W1 W2", "group Y-witnesses any W3 W4 W5", "group X-and-Y all X-witnesses Y-witnesses", "quorum X-and-Y"))
	cases := []struct {
		at   map[int]int // witness: seconds after noon
		want int         // the witnessed time, -1 for none
	}{
		{map[int]int{}, -1},
		{map[int]int{0: 1, 1: 2, 2: 3}, -1},
		{map[int]int{0: 1, 3: 2, 4: 3, 5: 4}, -1},
		{map[int]int{0: 9, 2: 3, 5: 5}, 9},
		{map[int]int{0: 9, 1: 8, 2: 3, 5: 5}, 8},
		{map[int]int{0: 1, 1: 2, 2: 3, 3: 30, 4: 20, 5: 25}, 20},
	}
	for _, k := range cases {
		var lines []string
		for i, s := range k.at {
			lines = append(lines, c.witnesses[i].line(checkpointText(5, someRoot), noon.Add(time.Duration(s)*time.Second)))
		}
		w := p.Quorum().Judge(mustCheckpoint(t, c.checkpoint(t, 5, someRoot, lines...)))
		if w.Met != (k.want >= 0) || len(w.By) != len(k.at) || len(w.Bad) > 0 {
			t.Errorf("%v: %+v", k.at, w)
		}
		if k.want >= 0 && !w.Time.Equal(noon.Add(time.Duration(k.want)*time.Second)) || k.want < 0 && !w.Time.IsZero() {
			t.Errorf("%v: witnessed at %v, want %d s", k.at, w.Time, k.want)
		}
	}
}

func TestMalformedPoliciesAreRefused(t *testing.T) {
	c := newCountry(t, 3)
	good := c.policy("quorum W0")
	with := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	passkey := newES256(t, "officer").vkey
	same := vkeyOf("other.example", append([]byte{4}, publicOf(c.witnesses[0].vkey)...))
	cases := []struct{ name, policy, words string }{
		{"empty", "", "does not end with a newline"},
		{"a newline", "\n", "no log line"},
		{"cut off", good[:len(good)-1], "cut off"},
		{"carriage returns", with("\n\n", "\r\n\r\n"), "control character 0d"},
		{"DEL", with("# handed", "# \x7f"), "control character 7f"},
		{"no log", with("log "+c.logKey+" https://log.example/", ""), "no log line"},
		{"two logs", good + "log " + peterKey + "\n", "a second log"},
		{"log without key", with(c.logKey+" https://log.example/", ""), "not of the form “log"},
		{"log with two addresses", with("log.example/\n", "log.example/ more\n"), "not of the form “log"},
		{"log key that is no key", with(c.logKey, "log+1+2"), "key"},
		{"log key of a cosigner", with(c.logKey, c.witnesses[0].vkey), "no Ed25519 key"},
		{"no genesis", with("#bayyina genesis", "# bayyina genesis"), "no “#bayyina genesis” line"},
		{"genesis without key", with("genesis "+c.rootKey, "genesis"), "unknown line"},
		{"genesis with a passkey", with(c.rootKey, passkey), "no Ed25519 key"},
		{"genesis with a broken key", with(c.rootKey, "k+1+2"), "illegal base64"},
		{"one genesis key twice", with("#bayyina", "#bayyina genesis "+c.rootKey+"\n#bayyina"), "stands twice"},
		{"rehearsal misspelt", good + "#bayyina rehersal\n", "unknown line"},
		{"rehearsal and more", good + "#bayyina rehearsal no\n", "unknown line"},
		{"our mark alone", good + "#bayyina\n", "unknown line"},
		{"unknown keyword", good + "quorums W1\n", "unknown keyword"},
		{"keyword in capitals", with("quorum", "QUORUM"), "unknown keyword"},
		{"comment behind a line", with("quorum W0", "quorum W0 # one"), "not of the form “quorum"},
		{"no quorum", with("quorum W0\n", ""), "no quorum line"},
		{"two quorums", good + "quorum W1\n", "a second quorum"},
		{"quorum none and another", with("quorum W0", "quorum none\nquorum W0"), "a second quorum"},
		{"quorum of nobody known", with("quorum W0", "quorum W9"), "not defined above"},
		{"quorum before its group", with("quorum W0", "quorum g\ngroup g any W0"), "not defined above"},
		{"witness without key", with("quorum", "witness W9\nquorum"), "not of the form “witness"},
		{"witness with two addresses", with("quorum", "witness W9 "+newCosigner(t, "w9").vkey+" a b\nquorum"), "not of the form “witness"},
		{"witness that is a log", with(c.witnesses[0].vkey, c.logKey), "no cosigner's"},
		{"one witness twice", with("quorum", "witness W9 "+c.witnesses[0].vkey+"\nquorum"), "are one key"},
		{"one witness under two names", with("quorum", "witness W9 "+same+"\nquorum"), "are one key"},
		{"two witnesses of one name", with("witness W1", "witness W0"), "is taken"},
		{"witness named none", with("witness W1", "witness none"), "is taken"},
		{"group named as a witness", with("quorum", "group W0 any W1\nquorum"), "is taken"},
		{"group named none", with("quorum", "group none any W1\nquorum"), "is taken"},
		{"group without members", with("quorum", "group g any\nquorum"), "not of the form “group"},
		{"group of nobody known", with("quorum", "group g any W9\nquorum"), "not defined above"},
		{"group of none", with("quorum", "group g any none\nquorum"), "not defined above"},
		{"group of itself", with("quorum", "group g any g\nquorum"), "not defined above"},
		{"group of 0", with("quorum", "group g 0 W0 W1\nquorum"), "of 2 members"},
		{"group of more than it has", with("quorum", "group g 3 W0 W1\nquorum"), "of 2 members"},
		{"group with a signed number", with("quorum", "group g +1 W0 W1\nquorum"), "of 2 members"},
		{"group with a leading zero", with("quorum", "group g 01 W0 W1\nquorum"), "of 2 members"},
		{"one member twice", with("quorum", "group g 2 W0 W0\nquorum"), "is a member already"},
		{"a member of two groups", with("quorum", "group g any W0 W1\ngroup h any W1 W2\nquorum"), "is a member already"},
		{"more than 64 KiB", good + "#" + strings.Repeat("x", 64<<10) + "\n", "more than 65536"},
		{"101 witnesses", newCountry(t, 101).policy("quorum none"), "more than 100 witnesses"},
		{"101 groups", good + groups(101), "more than 100 groups"},
	}
	for _, k := range cases {
		t.Run(k.name, func(t *testing.T) {
			_, err := read.ParsePolicy([]byte(k.policy))
			tells(t, err, k.words)
		})
	}
	mustPolicy(t, good+groups(100))
}

// groups is a chain of n groups.
func groups(n int) string {
	var b strings.Builder
	last := "W2"
	for i := range n {
		fmt.Fprintf(&b, "group g%d all %s\n", i, last)
		last = fmt.Sprintf("g%d", i)
	}
	return b.String()
}

func TestNamesAreOctetsAndWhitespaceIsSpaceAndTab(t *testing.T) {
	c := newCountry(t, 2)
	kelvin := strings.ReplaceAll(c.policy("group\tK  any \t W0 ", "group \u212a any W1", "quorum\tK"), "W1 ", "W\u00a01 ")
	kelvin = strings.ReplaceAll(kelvin, "any W1", "any W\u00a01")
	w := mustPolicy(t, kelvin).Quorum().Judge(mustCheckpoint(t, c.checkpoint(t, 1, someRoot, c.witnesses[0].line(checkpointText(1, someRoot), noon))))
	if !w.Met {
		t.Errorf("%+v", w)
	}
}

func TestQuorumNoneIsMetAndHasNoTime(t *testing.T) {
	c := newCountry(t, 1)
	p := mustPolicy(t, c.policy("quorum none"))
	w := p.Quorum().Judge(mustCheckpoint(t, c.checkpoint(t, 1, someRoot, c.witnesses[0].line(checkpointText(1, someRoot), noon))))
	if !p.Quorum().None() || !w.Met || !w.Time.IsZero() || len(w.By) != 1 {
		t.Errorf("%+v", w)
	}
}

func TestCosignaturesCountOnceAndBadOnesAreTold(t *testing.T) {
	c := newCountry(t, 2)
	q := mustPolicy(t, c.policy("group g 2 W0 W1", "quorum g")).Quorum()
	text := checkpointText(1, someRoot)
	a, b := c.witnesses[0], c.witnesses[1]
	stranger := newCosigner(t, a.name)
	cases := []struct {
		name  string
		lines []string
		met   bool
		at    time.Time
		bad   int
	}{
		{"both", []string{a.line(text, noon), b.line(text, noon.Add(time.Second))}, true, noon.Add(time.Second), 0},
		{"one twice", []string{a.line(text, noon), a.line(text, noon.Add(time.Second))}, false, time.Time{}, 0},
		{"one twice and the other: the earliest of each", []string{a.line(text, noon.Add(time.Minute)), a.line(text, noon), b.line(text, noon)}, true, noon, 0},
		{"one of another checkpoint", []string{a.line(text, noon), b.line(checkpointText(2, someRoot), noon)}, false, time.Time{}, 1},
		{"a good and a bad one by the same", []string{a.line(text, noon), b.line(text, noon), b.line("x\n", noon)}, true, noon, 1},
		{"a stranger of the same name", []string{a.line(text, noon), b.line(text, noon), stranger.line("x\n", noon)}, true, noon, 0},
	}
	for _, k := range cases {
		t.Run(k.name, func(t *testing.T) {
			w := q.Judge(mustCheckpoint(t, c.checkpoint(t, 1, someRoot, k.lines...)))
			if w.Met != k.met || !w.Time.Equal(k.at) || len(w.Bad) != k.bad {
				t.Errorf("%+v", w)
			}
		})
	}
}

func TestPlainQuorumIsTheSmallestTimes(t *testing.T) {
	c := newCountry(t, 5)
	var witnesses []read.Witness
	for _, w := range c.witnesses {
		witnesses = append(witnesses, read.Witness{Key: w.vkey})
	}
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(1, 5).Draw(t, "quorum")
		q, err := read.NewQuorum(witnesses, k)
		if err != nil {
			t.Fatal(err)
		}
		seconds := rapid.SliceOfN(rapid.IntRange(0, 9), 0, 5).Draw(t, "times")
		var lines []string
		for i, s := range seconds {
			lines = append(lines, c.witnesses[i].line(checkpointText(1, someRoot), noon.Add(time.Duration(s)*time.Second)))
		}
		w := q.Judge(mustCheckpoint(t, c.checkpoint(t, 1, someRoot, lines...)))
		slices.Sort(seconds)
		if w.Met != (len(seconds) >= k) || w.Met && !w.Time.Equal(noon.Add(time.Duration(seconds[k-1])*time.Second)) {
			t.Fatalf("%+v of %v", w, seconds)
		}
	})
}

func TestQuorumsThatCannotBeAreRefused(t *testing.T) {
	c := newCountry(t, 2)
	a, b := read.Witness{Key: c.witnesses[0].vkey}, read.Witness{Key: c.witnesses[1].vkey}
	same := read.Witness{Key: vkeyOf("other.example", append([]byte{4}, publicOf(a.Key)...))}
	cases := []struct {
		name      string
		witnesses []read.Witness
		k         int
		words     string
	}{
		{"negative", nil, -1, "a quorum of -1"},
		{"more than there are", []read.Witness{a, b}, 3, "a quorum of 3"},
		{"none of some", []read.Witness{a, b}, 0, "a quorum of 0"},
		{"one twice", []read.Witness{a, a}, 2, "one key"},
		{"one under two names", []read.Witness{a, same}, 2, "one key"},
		{"no cosigner", []read.Witness{{Key: peterKey}}, 1, "no cosigner's"},
		{"no key", []read.Witness{{Key: "w"}}, 1, "not of the form"},
		{"101", make([]read.Witness, 101), 1, "more than 31"},
	}
	for _, k := range cases {
		t.Run(k.name, func(t *testing.T) {
			_, err := read.NewQuorum(k.witnesses, k.k)
			tells(t, err, k.words)
		})
	}
	if q, err := read.NewQuorum(nil, 0); err != nil || !q.None() {
		t.Errorf("no witnesses at all: %v", err)
	}
}

// The library that real witnesses use reads the same files and gives the same
// verdicts. It knows no witnessed time: that is the earliest time from which on it
// is content with the cosignatures made up to then.
func TestPoliciesAreJudgedAsTorchwoodDoes(t *testing.T) {
	c := newCountry(t, 7)
	text := checkpointText(3, someRoot)
	rapid.Check(t, func(t *rapid.T) {
		free := []string{"W0", "W1", "W2", "W3", "W4", "W5", "W6"}
		var lines []string
		for g := range rapid.IntRange(0, 5).Draw(t, "groups") {
			n := rapid.IntRange(1, len(free)).Draw(t, "members")
			members := rapid.Permutation(free).Draw(t, "who")[:n]
			k := rapid.SampledFrom([]string{"any", "all", fmt.Sprint(rapid.IntRange(1, n).Draw(t, "k"))}).Draw(t, "threshold")
			name := fmt.Sprintf("g%d", g)
			lines = append(lines, "group "+name+" "+k+" "+strings.Join(members, " "))
			free = append(slices.DeleteFunc(slices.Clone(free), func(f string) bool { return slices.Contains(members, f) }), name)
		}
		lines = append(lines, "quorum "+rapid.SampledFrom(append(free, "none")).Draw(t, "quorum"))
		file := c.policy(lines...)
		ours := mustPolicy(t, file)
		theirs, err := torchwood.ParsePolicy([]byte(file))
		if err != nil {
			t.Fatal(err)
		}
		type stamp struct {
			line string
			at   int
		}
		var stamps []stamp
		for _, w := range c.witnesses {
			if at := rapid.IntRange(-3, 9).Draw(t, "seconds"); at >= 0 {
				stamps = append(stamps, stamp{w.line(text, noon.Add(time.Duration(at)*time.Second)), at})
			}
		}
		upTo := func(at int) (out []string) {
			for _, s := range stamps {
				if s.at <= at {
					out = append(out, s.line)
				}
			}
			return out
		}
		content := func(at int) bool {
			_, _, err := torchwood.VerifyCheckpoint(c.checkpoint(t, 3, someRoot, upTo(at)...), theirs)
			return err == nil
		}
		w := ours.Quorum().Judge(mustCheckpoint(t, c.checkpoint(t, 3, someRoot, upTo(9)...)))
		if w.Met != content(9) {
			t.Fatalf("met %v, torchwood %v:\n%s", w.Met, !w.Met, file)
		}
		if !w.Met || ours.Quorum().None() {
			return
		}
		at := int(w.Time.Sub(noon) / time.Second)
		if !content(at) || at > 0 && content(at-1) {
			t.Fatalf("witnessed at %d s:\n%s", at, file)
		}
	})
}

func TestCheckpointMustBeSignedByTheLog(t *testing.T) {
	c := newCountry(t, 0)
	log := key(t, c.logKey)
	text := checkpointText(3, someRoot)
	other, _ := signer(t, origin)
	good := string(signed(t, text, c.log))
	line := good[len(text)+1:]
	bad := signatureLine(origin, log.ID(), make([]byte, 64))
	if err := mustCheckpoint(t, []byte(good)).SignedBy(log); err != nil {
		t.Error(err)
	}
	tells(t, mustCheckpoint(t, signed(t, text, other)).SignedBy(log), "not signed by the log's key")
	tells(t, mustCheckpoint(t, []byte(text+"\n"+bad+line)).SignedBy(log), "does not verify")
	tells(t, mustCheckpoint(t, []byte(text+"\n"+line+bad)).SignedBy(log), "does not verify")
	tells(t, mustCheckpoint(t, []byte(checkpointText(4, someRoot)+"\n"+line)).SignedBy(log), "does not verify")
}

func TestMalformedCheckpointsAreRefused(t *testing.T) {
	c := newCountry(t, 0)
	good := checkpointText(3, someRoot)
	for name, k := range map[string]struct{ text, words string }{
		"two lines":                   {origin + "\n3\n", "fewer than three lines"},
		"empty origin":                {"\n3\n" + someRoot + "\n", "line 1 is empty"},
		"empty extension":             {good + "\nmore\n", "line 4 is empty"},
		"size with a leading zero":    {origin + "\n03\n" + someRoot + "\n", "size"},
		"size beyond 63 bits":         {origin + "\n9223372036854775808\n" + someRoot + "\n", "size"},
		"root of 31 bytes":            {origin + "\n3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n", "root"},
		"root in base64 of addresses": {origin + "\n3\n" + strings.ReplaceAll(someRoot, "/", "_") + "\n", "root"},
	} {
		_, err := read.ParseCheckpoint(signed(t, k.text, c.log))
		if err == nil || !strings.Contains(err.Error(), k.words) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if p := mustCheckpoint(t, signed(t, good+"an extension\n", c.log)); p.Size != 3 || p.Root.String() != someRoot || p.Origin != origin {
		t.Errorf("%+v", p)
	}
	if _, err := read.ParseCheckpoint([]byte(good)); err == nil {
		t.Error("accepted one without signatures")
	}
}
