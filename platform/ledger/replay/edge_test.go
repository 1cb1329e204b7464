package replay_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bayyina/internal/forge"
	"bayyina/platform/ledger/read"
	"bayyina/platform/ledger/replay"
)

// find returns a claim of a report.
func find(tb testing.TB, r *replay.Report, id string) read.Claim {
	tb.Helper()
	for _, c := range r.Claims {
		if c.ID == id {
			return c
		}
	}
	tb.Fatalf("no claim %s", id)
	return read.Claim{}
}

// publish writes a checkpoint of the log's key over whatever lies in a folder.
func (l told) publish(tb testing.TB, dir string, size int64) {
	tb.Helper()
	text := fmt.Appendf(nil, "%s\n%d\n%s=\n", origin, size, strings.Repeat("A", 43))
	signed, err := forge.Sign(text, l.Checkpoint)
	if err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "checkpoint"), signed, 0o644); err != nil {
		tb.Fatal(err)
	}
}

func TestEmptyLogHasNoGenesis(t *testing.T) {
	l := tell(t)
	for _, policy := range []*read.Policy{nil, l.policy(t)} {
		dir := t.TempDir()
		l.publish(t, dir, 0)
		report := run(t, dir, policy, replay.Options{})
		if f := find(t, report, "log.genesis").Faults; len(f) != 1 || f[0].Code != read.GenesisMissing {
			t.Errorf("faults %+v", f)
		}
	}
}

func TestLogOfAnUnbelievableSizeIsReadAsFarAsItGoes(t *testing.T) {
	l := tell(t)
	for _, size := range []int64{1<<63 - 1, 1 << 62, 1 << 40} {
		dir := l.write(t, l.History)
		l.publish(t, dir, size)
		report := run(t, dir, l.policy(t), replay.Options{}, &ballots{})
		f := find(t, report, "log.consistent").Faults
		if report.Replayed != 256 || len(f) == 0 || f[len(f)-1].Code != "bundle-missing" || f[len(f)-1].Sequence != 256 {
			t.Errorf("size %d: %d replayed, %+v", size, report.Replayed, f)
		}
	}
}

func TestWithoutJudgesAttachmentsAreCheckedAndKindsAreNotShown(t *testing.T) {
	l := tell(t)
	dir := l.write(t, l.History)
	report := run(t, dir, l.policy(t), replay.Options{})
	allTrue(t, report, "log.kinds")
	kinds := find(t, report, "log.kinds")
	if kinds.Verdict != read.NotShown || kinds.How.Args["Count"] != int64(295) || kinds.How.Args["Kinds"] != "vote.ballot/1, vote.open/1" {
		t.Errorf("kinds: %s, %v", kinds.Verdict, kinds.How)
	}
	if n := find(t, report, "log.attachments").How.Args["Count"]; n != int64(294) {
		t.Errorf("%v attachments were checked", n)
	}
	pack := filepath.Join(dir, "pack/000")
	data, err := os.ReadFile(pack)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(pack, oneBit(data), 0o644); err != nil {
		t.Fatal(err)
	}
	if v := find(t, run(t, dir, l.policy(t), replay.Options{}), "log.attachments").Verdict; v != read.False {
		t.Errorf("a damaged attachment of a kind that nobody judges: %s", v)
	}
}

func TestFaultsAreCappedAndCounted(t *testing.T) {
	l := tell(t)
	for i := range l.Entries[100:200] {
		l.Entries[100+i].Skew = 5
	}
	judge := &ballots{}
	c := find(t, run(t, l.write(t, l.History), l.policy(t), replay.Options{}, judge), "log.consistent")
	if len(c.Faults) != 20 || c.How.ID != "log.faults" || c.How.Args["Count"] != int64(100) {
		t.Errorf("%d faults, %v", len(c.Faults), c.How)
	}
	for i, f := range c.Faults {
		if f.Sequence != int64(100+i) || f.Kind != "vote.ballot/1" || len(f.SignedBy) != 1 || f.Time.IsZero() || f.Says.Args["Claimed"] != f.Sequence+5 {
			t.Errorf("fault %d: %+v", i, f)
		}
	}
	if len(judge.bad) != 100 || judge.bad[150][0] != "entry-sequence" || len(judge.Seen) != 295 || judge.Seen[294] != 299 {
		t.Errorf("the judge was told of %d, saw %d", len(judge.bad), len(judge.Seen))
	}
}

// partly is a source of which one file cannot be read.
type partly struct {
	read.Source
	path string
}

var errDisk = errors.New("disk error")

func (s partly) Open(ctx context.Context, path string, offset, length int64) (io.ReadCloser, error) {
	if strings.HasPrefix(path, s.path) {
		return nil, errDisk
	}
	return s.Source.Open(ctx, path, offset, length)
}

func TestLogThatCannotBeReadIsNotJudged(t *testing.T) {
	l := tell(t)
	src := open(t, l.write(t, l.History))
	for _, path := range []string{"checkpoint", "checkpoints/150", "tile/0/000", "tile/1/", "tile/entries/001", "pack/", "attachment/"} {
		if report, err := replay.Replay(ctx, partly{src, path}, l.policy(t), nil, replay.Options{}); !errors.Is(err, errDisk) {
			t.Errorf("%s: %v, %v", path, report, err)
		}
	}
	if _, err := replay.Replay(ctx, open(t, t.TempDir()), nil, nil, replay.Options{}); !errors.Is(err, read.ErrMissing) {
		t.Errorf("a folder that is no log: %v", err)
	}
}

// broken is a judge that cannot go on.
type broken struct{ ballots }

func (*broken) Entries(context.Context, read.Log, []*read.Entry) error { return errDisk }

func TestJudgeThatCannotGoOnEndsTheReplay(t *testing.T) {
	l := tell(t)
	state := filepath.Join(t.TempDir(), "state")
	_, err := replay.Replay(ctx, open(t, l.write(t, l.History)), nil, []read.Judge{&broken{}}, replay.Options{State: state})
	if !errors.Is(err, errDisk) {
		t.Error(err)
	}
	if _, err := os.Stat(state); err == nil {
		t.Error("half a bundle was saved")
	}
}

// curious is a judge that asks for what it may not have.
type curious struct {
	ballots
	tb testing.TB
}

func (c *curious) Entries(ctx context.Context, log read.Log, entries []*read.Entry) error {
	a := entries[len(entries)-1].Statement.Attachments[0]
	other := a
	other.Size++
	unknown := read.Attachment{SHA256: strings.Repeat("7", 64), Size: 1}
	for _, test := range []struct {
		a     read.Attachment
		limit int64
		want  error
	}{{a, a.Size, nil}, {a, a.Size - 1, read.ErrDamaged}, {other, 100, read.ErrDamaged}, {unknown, 100, read.ErrMissing}, {read.Attachment{SHA256: "7", Size: 1}, 100, read.ErrMissing}} {
		if data, err := log.Attachment(ctx, test.a, test.limit); !errors.Is(err, test.want) || err == nil && int64(len(data)) != a.Size {
			c.tb.Errorf("%v up to %d: %d bytes, %v", test.a, test.limit, len(data), err)
		}
	}
	if role, ok := log.Key("hnec.example/root"); role != read.RoleRoot || !ok || !log.Rehearsal() {
		c.tb.Errorf("root key: %s, %v", role, ok)
	}
	if _, ok := log.Key("nobody"); ok {
		c.tb.Error("nobody has a key")
	}
	return nil
}

func TestJudgeIsGivenOnlyWhatEntriesName(t *testing.T) {
	l := tell(t)
	run(t, l.write(t, l.History), nil, replay.Options{}, &curious{tb: t})
}

func TestTimesAreJudgedByTheCheckpointThatTheNextEntryNames(t *testing.T) {
	// The newest checkpoint is confirmed an hour later: the times of its entries are
	// judged by the kept one as soon as an entry names it.
	l := tell(t)
	short := l.until(t, 250)
	short.Newest().Again(short.Newest().Time.Add(time.Hour))
	late := short.Clone()
	late.Entries[249].Time = late.Entries[249].Time.Add(5 * time.Minute)
	report := run(t, l.write(t, late), l.policy(t), replay.Options{}, &ballots{})
	allTrue(t, report)
	grown := l.Clone()
	grown.Entries[249].Time = grown.Entries[249].Time.Add(5 * time.Minute)
	c := find(t, run(t, l.write(t, grown), l.policy(t), replay.Options{}, &ballots{}), "log.times")
	if len(c.Faults) != 1 || c.Faults[0].Code != "time-too-late" || c.Faults[0].Sequence != 249 {
		t.Errorf("faults %+v", c.Faults)
	}
}
