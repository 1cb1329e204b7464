package replay_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bayyina/internal/forge"
	"bayyina/platform/ledger/read"
	"bayyina/platform/ledger/replay"
	"bayyina/platform/locale"

	"golang.org/x/mod/sumdb/note"
)

// fraud is a log on its way to being forged, with everybody's keys. By default
// everybody helps to write it, the witnesses too, so that only the check aimed at
// can find the lie.
type fraud struct {
	*testing.T
	*forge.History
	*forge.Actors
	keys   forge.Keys
	policy []byte // nil: none
	damage func(dir string)
}

// original is the honest log, told once.
var original = sync.OnceValues(func() (*fraud, error) {
	a, err := forge.NewActors("log.hnec.example/2026", time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC), rand.NewChaCha8([32]byte{1}))
	if err != nil {
		return nil, err
	}
	told, err := forge.Honest(a)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "honest")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := told.Write(dir, a.Keys()); err != nil {
		return nil, err
	}
	h, err := forge.Load(dir)
	return &fraud{History: h, Actors: a, keys: a.Keys(), policy: a.Policy()}, err
})

func newFraud(t *testing.T) *fraud {
	t.Helper()
	o, err := original()
	if err != nil {
		t.Fatal(err)
	}
	f := *o
	f.T, f.History = t, o.Clone()
	f.Actors = f.actors()
	return &f
}

// actors returns the same actors, to be changed, with random numbers of their own.
func (f *fraud) actors() *forge.Actors {
	a := *f.Actors
	a.Officers = slices.Clone(a.Officers)
	a.Random = rand.NewChaCha8(sha256.Sum256([]byte(f.Name())))
	return &a
}

// founders returns the actors who began the honest log.
func (f *fraud) founders() *forge.Actors {
	a := f.actors()
	a.Officers = slices.Clip(a.Officers[:3])
	return a
}

// must ends the test where the forger's own work fails.
func (f *fraud) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

// say has somebody else's statement signed.
func (f *fraud) say(kind string, body any, signers ...note.Signer) []byte {
	f.Helper()
	s, err := f.Say(kind, body, signers...)
	f.must(err)
	return s
}

// serverAlone takes the witnesses' keys away.
func (f *fraud) serverAlone() { f.keys.Witnesses = nil }

// change rewrites a file after the log was written.
func (f *fraud) change(path string, edit func([]byte) []byte) {
	before := f.damage
	f.damage = func(dir string) {
		if before != nil {
			before(dir)
		}
		path := filepath.Join(dir, filepath.FromSlash(path))
		data, err := os.ReadFile(path)
		f.must(err)
		f.must(os.WriteFile(path, edit(data), 0o644))
	}
}

// remove deletes a file after the log was written.
func (f *fraud) remove(path string) {
	f.damage = func(dir string) { f.must(os.Remove(filepath.Join(dir, filepath.FromSlash(path)))) }
}

// copyFile puts a file in another's place after the log was written.
func (f *fraud) copyFile(from, to string) {
	f.damage = func(dir string) {
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(from)))
		f.must(err)
		f.must(os.WriteFile(filepath.Join(dir, filepath.FromSlash(to)), data, 0o644))
	}
}

// attachment is the hash of the first attachment that an entry names.
func (f *fraud) attachment(i int64) string {
	f.Helper()
	s, err := read.ParseStatement(f.Entries[i].Statement)
	f.must(err)
	return s.Attachments[0].SHA256
}

func (f *fraud) attachmentPath(i int64) string {
	hash := f.attachment(i)
	return "attachment/" + hash[:2] + "/" + hash
}

// flip changes one bit of a byte.
func flip(at int) func([]byte) []byte {
	return func(data []byte) []byte {
		if at < 0 {
			at += len(data)
		}
		data[at] ^= 1
		return data
	}
}

// flipLine exchanges one letter in the middle of a note's line.
func flipLine(prefix string) func([]byte) []byte {
	return func(data []byte) []byte {
		at := bytes.Index(data, []byte(prefix))
		at += bytes.IndexByte(data[at:], '\n') - 40
		if data[at] == 'A' {
			data[at] = 'B'
		} else {
			data[at] = 'A'
		}
		return data
	}
}

// clerk stands for the judges of modules: it knows the kinds of the honest log and
// claims nothing.
type clerk struct{}

func (clerk) Kinds() []string                                        { return []string{"vote.open/1", "vote.ballot/1"} }
func (clerk) Entries(context.Context, read.Log, []*read.Entry) error { return nil }
func (clerk) Claims() []read.Claim                                   { return nil }
func (clerk) State() ([]byte, error)                                 { return []byte("{}"), nil }
func (clerk) Restore([]byte) error                                   { return nil }

// replayed writes the log and replays it.
func (f *fraud) replayed() *replay.Report {
	f.Helper()
	dir := f.TempDir()
	f.must(f.Write(dir, f.keys))
	if f.damage != nil {
		f.damage(dir)
	}
	return f.read(dir, "")
}

func (f *fraud) read(dir, state string) *replay.Report {
	f.Helper()
	r, err := f.tryRead(dir, state)
	f.must(err)
	return r
}

func (f *fraud) tryRead(dir, state string) (*replay.Report, error) {
	f.Helper()
	source, err := read.OpenSource(f.Context(), dir)
	f.must(err)
	defer source.Close()
	var policy *read.Policy
	if f.policy != nil {
		policy, err = read.ParsePolicy(f.policy)
		f.must(err)
	}
	return replay.Replay(f.Context(), source, policy, []read.Judge{clerk{}}, replay.Options{State: state})
}

// outcome tells a report in short: for each claim that is not true its verdict, and
// for each code of its faults "claim code@sequence", with the first sequence and the
// number of faults where there are several.
func outcome(r *replay.Report) []string {
	var out []string
	for _, c := range r.Claims {
		switch c.Verdict {
		case read.True:
		case read.NotShown:
			out = append(out, c.ID+" not shown")
		case read.False:
			count := make(map[string]int)
			first := make(map[string]int64)
			for _, f := range c.Faults {
				if count[f.Code]++; count[f.Code] == 1 {
					first[f.Code] = f.Sequence
				}
			}
			for _, code := range slices.Sorted(maps.Keys(count)) {
				line := fmt.Sprintf("%s %s@%d", c.ID, code, first[code])
				if count[code] > 1 {
					line += fmt.Sprintf(" ×%d", count[code])
				}
				out = append(out, line)
			}
			if len(c.Faults) == 0 {
				out = append(out, c.ID+" false")
			}
		}
	}
	slices.Sort(out)
	return out
}

// tellable renders everything that a report says in both languages.
func tellable(t *testing.T, r *replay.Report) {
	t.Helper()
	for _, lang := range []string{locale.Arabic, locale.English} {
		l, err := locale.New(lang)
		if err != nil {
			t.Fatal(err)
		}
		tell := func(m read.Message) {
			if m.ID == "" {
				return
			}
			if _, err := l.Message(m); err != nil {
				t.Errorf("%s: %v", lang, err)
			}
		}
		for _, c := range r.Claims {
			tell(c.Says)
			tell(c.How)
			tell(c.Belief)
			for _, f := range c.Faults {
				tell(f.Says)
			}
		}
	}
}

func compare(t *testing.T, r *replay.Report, want ...string) {
	t.Helper()
	got := outcome(r)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
		for _, c := range r.Claims {
			for i, f := range c.Faults {
				if i < 3 {
					t.Logf("%s %s@%d by %v: %s", c.ID, f.Code, f.Sequence, f.SignedBy, f.Detail)
				}
			}
		}
	}
	tellable(t, r)
}
