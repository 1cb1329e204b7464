package mirror

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bayyina/internal/forge"
	"bayyina/platform/identity"
	"bayyina/platform/ledger/read"

	"golang.org/x/mod/sumdb/tlog"
)

func isAlarm(err error) bool {
	_, ok := errors.AsType[*Alarm](err)
	return ok
}

// evidence returns a file of an alarm's evidence.
func evidence(tb testing.TB, a *Alarm, name string) string {
	tb.Helper()
	i := slices.IndexFunc(a.Evidence, func(path string) bool { return filepath.Base(path) == name })
	if i < 0 {
		tb.Fatalf("no %s among the evidence %v", name, a.Evidence)
	}
	data, err := os.ReadFile(a.Evidence[i])
	if err != nil {
		tb.Fatal(err)
	}
	return string(data)
}

// checkpoint reads a checkpoint in the evidence, which the log must have signed.
func (r *rig) checkpoint(a *Alarm, name string) read.Checkpoint {
	r.tb.Helper()
	c, err := read.ParseCheckpoint([]byte(evidence(r.tb, a, name)))
	if err != nil {
		r.tb.Fatal(err)
	}
	if err := c.SignedBy(r.cfg.Policy.Log()); err != nil {
		r.tb.Fatal(err)
	}
	return c
}

// TestForkIsProvedToAnybody checks the evidence as a judge would, who has neither
// the log nor the mirror.
func TestForkIsProvedToAnybody(t *testing.T) {
	for name, c := range map[string]struct{ before, after int64 }{
		"grown on": {20, 300}, "of the same size": {300, 300}, "shorter": {300, 260}, "short after long": {260, 10}, "by one": {20, 30},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.write(r.upTo(c.before))
			r.mustSync()
			r.history.Swap(8, 9) // what the mirror saw changes
			r.write(r.upTo(c.after))
			a := r.alarmed(Fork, "neither history continues the other")
			before, after := r.checkpoint(a, "1-before.checkpoint"), r.checkpoint(a, "2-after.checkpoint")
			if before.Size != c.before || after.Size != c.after {
				t.Fatalf("evidence of sizes %d and %d", before.Size, after.Size)
			}
			if before.Size == after.Size {
				if before.Root == after.Root {
					t.Error("the two checkpoints agree")
				}
				return
			}
			smaller, larger := before, after
			if before.Size > after.Size {
				smaller, larger = after, before
			}
			size, root, proof := parseContradiction(t, evidence(t, a, "3-contradiction.txt"))
			if size != smaller.Size || root == smaller.Root {
				t.Errorf("it speaks of size %d, root %v", size, root)
			}
			if err := tlog.CheckTree(proof, larger.Size, larger.Root, size, root); err != nil {
				t.Error(err)
			}
		})
	}
}

// parseContradiction reads the evidence as its text says.
func parseContradiction(tb testing.TB, text string) (size int64, root tlog.Hash, proof tlog.TreeProof) {
	tb.Helper()
	_, data, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(strings.TrimSuffix(data, "\n"), "\n")
	if _, err := fmt.Sscanf(lines[0], "size %d", &size); err != nil {
		tb.Fatal(err)
	}
	for i, line := range lines[1:] {
		b, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(line, "root "))
		if err != nil || len(b) != tlog.HashSize {
			tb.Fatalf("line %q", line)
		}
		if i == 0 {
			root = tlog.Hash(b)
		} else {
			proof = append(proof, tlog.Hash(b))
		}
	}
	return size, root, proof
}

func TestForkWithoutItsWitnessesIsAForkAllTheSame(t *testing.T) {
	r := newRig(t)
	r.write(r.upTo(20))
	r.mustSync()
	r.history.Swap(8, 9)
	r.history.Newest().Without = 3
	r.write(r.history)
	r.alarmed(Fork, "")
}

func TestKeptCheckpointOfAnotherHistoryIsAFork(t *testing.T) {
	r := newRig(t)
	r.history.At(50).Root = &tlog.Hash{1, 2, 3}
	r.write(r.history)
	a := r.alarmed(Fork, "of size 50 and 300")
	_, _, _ = r.checkpoint(a, "1-before.checkpoint"), r.checkpoint(a, "2-after.checkpoint"), evidence(t, a, "3-contradiction.txt")
}

func TestRollbackIsNoticed(t *testing.T) {
	r := newRig(t)
	r.write(r.history)
	r.mustSync()
	r.write(r.upTo(250))
	a := r.alarmed(Rollback, "the log had 300 entries, now it shows 250")
	if again := r.alarmed(Rollback, ""); !slices.Equal(a.Evidence, again.Evidence) {
		t.Errorf("the same evidence is kept twice: %v, %v", a.Evidence, again.Evidence)
	}
	if c := r.checkpoint(a, "2-after.checkpoint"); c.Size != 250 {
		t.Errorf("evidence of size %d", c.Size)
	}
	r.write(r.history) // an old copy was shown, no more
	r.mustSync()
}

func TestCheckpointThatDoesNotCountIsRefused(t *testing.T) {
	stranger, err := identity.NewKey("log.hnec.example/2026", strings.NewReader(strings.Repeat("x", 32)))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(r *rig, h *forge.History)
		text   string
	}{
		"too few witnesses":         {func(_ *rig, h *forge.History) { h.Newest().Without = 2 }, "no quorum"},
		"another key":               {func(_ *rig, h *forge.History) { h.Newest().Signer = stranger }, "not signed by the log's key"},
		"kept, too few witnesses":   {func(_ *rig, h *forge.History) { h.At(200).Without = 2 }, "checkpoint of size 200"},
		"kept, signed by a strange": {func(_ *rig, h *forge.History) { h.At(200).Signer = stranger }, "checkpoint of size 200"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.write(r.upTo(20))
			r.mustSync()
			c.change(r, r.history)
			r.write(r.history)
			r.alarmed(Unwitnessed, c.text)
		})
	}
	t.Run("cosignature changed", func(t *testing.T) {
		r := newRig(t)
		damage(t, filepath.Join(r.write(r.history), "checkpoint"), func(data []byte) []byte {
			i := strings.Index(string(data), "— witness2.example ") + len("— witness2.example ") + 60
			if data[i] == 'A' {
				data[i] = 'B'
			} else {
				data[i] = 'A'
			}
			return data
		})
		r.alarmed(Unwitnessed, "witness2.example: it does not verify")
	})
}

func TestFilesThatAreMissingOrChangedAreNoticed(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED in short runs: it takes long")
	}
	sum := func(r *rig, i int) string { // where the attachment of entry i stands
		s, err := read.ParseStatement(r.history.Entries[i].Statement)
		if err != nil {
			r.tb.Fatal(err)
		}
		return read.LoosePath(s.Attachments[0])
	}
	for name, c := range map[string]struct {
		path   func(r *rig) string
		change func([]byte) []byte
		text   string
	}{
		"attachment missing":    {func(r *rig) string { return sum(r, 299) }, remove, "missing from the log"},
		"attachment changed":    {func(r *rig) string { return sum(r, 299) }, flip, "damaged"},
		"attachment cut":        {func(r *rig) string { return sum(r, 299) }, func(b []byte) []byte { return b[1:] }, "damaged"},
		"pack missing":          {func(*rig) string { return "pack/000" }, remove, "missing from the log"},
		"packed changed":        {func(*rig) string { return "pack/000" }, flip, "damaged"},
		"pack longer":           {func(*rig) string { return "pack/000" }, func(b []byte) []byte { return append(b, 0) }, "something follows"},
		"pack index":            {func(*rig) string { return "pack/000" }, func(b []byte) []byte { b[40] ^= 1; return b }, "index"},
		"bundle missing":        {func(*rig) string { return "tile/entries/000" }, remove, "missing from the log"},
		"entry changed":         {func(*rig) string { return "tile/entries/001.p/44" }, flip, "have the root"},
		"bundle cut":            {func(*rig) string { return "tile/entries/001.p/44" }, func(b []byte) []byte { return b[:len(b)-1] }, "cut off"},
		"kept checkpoint":       {func(*rig) string { return "checkpoints/200" }, remove, "missing from the log"},
		"newest not kept":       {func(*rig) string { return "checkpoints/300" }, remove, "missing from the log"},
		"kept checkpoint other": {func(*rig) string { return "checkpoints/200" }, func([]byte) []byte { return []byte("x\n") }, "damaged"},
		"checkpoint malformed":  {func(*rig) string { return "checkpoint" }, func(b []byte) []byte { return b[:20] }, "damaged"},
		"checkpoint missing":    {func(*rig) string { return "checkpoint" }, remove, "missing from the log"},
		"tile missing":          {func(*rig) string { return "tile/0/000" }, remove, "missing from the log"},
		"tile changed":          {func(*rig) string { return "tile/0/000" }, flip, "inconsistent tile"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.write(r.upTo(20))
			r.mustSync()
			dir := r.write(r.history)
			path := c.path(r)
			damage(t, filepath.Join(dir, path), c.change)
			r.alarmed(Damaged, c.text)
			r.write(r.history) // mended
			r.mustSync()
			r.same("tile/0/000.p/", "tile/entries/000.p/", "attachment/")
		})
	}
}

func TestLogOfAnotherPolicyIsRefused(t *testing.T) {
	r := newRig(t)
	r.write(r.history)
	other, err := forge.NewActors("log.other.example/2026", start, strings.NewReader(strings.Repeat("randomness", 1000)))
	if err != nil {
		t.Fatal(err)
	}
	policy := func(change func(string) string) *read.Policy {
		p, err := read.ParsePolicy([]byte(change(string(r.actors.Policy()))))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	honest := r.cfg.Policy
	r.cfg.Policy = policy(func(text string) string {
		return strings.Replace(text, r.actors.Checkpoint.VerifierKey(), other.Checkpoint.VerifierKey(), 1)
	})
	r.alarmed(Foreign, `the checkpoint is of the log "log.hnec.example/2026", not "log.other.example/2026"`)
	r.cfg.Policy = policy(func(text string) string {
		return strings.Replace(text, r.actors.Root.VerifierKey(), other.Root.VerifierKey(), 1)
	})
	r.alarmed(Foreign, read.PolicyGenesis)
	r.cfg.Policy = policy(func(text string) string { return strings.Replace(text, "#bayyina rehearsal\n", "", 1) })
	r.alarmed(Foreign, read.RehearsalAsReal)
	r.cfg.Policy = honest
	r.mustSync()
	r.cfg.Policy = policy(func(text string) string { return strings.Replace(text, "#bayyina rehearsal\n", "", 1) })
	r.alarmed(Foreign, read.RehearsalAsReal) // a mirror that was there before is judged as well
}

func TestSilentWitnessesMakeTheLogStale(t *testing.T) {
	r := newRig(t)
	r.write(r.history)
	last := r.mustSync().Witnessed.Time
	r.cfg.Stale = time.Hour
	at := last.Add(time.Hour)
	r.cfg.Now = func() time.Time { return at }
	r.mustSync()
	at = at.Add(time.Second)
	r.alarmed(Stale, "confirmed the log last at "+last.Format(time.RFC3339)+", 1h0m1s ago")
}

func TestFollowerOfASilentSourceRaisesAnAlarmInTime(t *testing.T) {
	r := newRig(t)
	dir := r.write(r.history)
	last := r.mustSync().Witnessed.Time
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	at := last
	r.cfg.Stale, r.cfg.Now = time.Hour, func() time.Time { at = at.Add(20 * time.Minute); return at }
	m, err := Open(ctx, r.cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	rounds := 0
	err = m.Follow(ctx, time.Microsecond, func(r *Report, err error) {
		if rounds++; err == nil || r != nil {
			t.Errorf("round %d: %+v", rounds, r)
		}
	})
	if a, ok := errors.AsType[*Alarm](err); !ok || a.Kind != Stale || rounds != 4 {
		t.Errorf("after %d rounds: %v", rounds, err)
	}
}
