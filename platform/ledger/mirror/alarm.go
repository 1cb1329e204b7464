package mirror

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"bayyina/platform/ledger/read"

	"golang.org/x/mod/sumdb/tlog"
)

// Kind says what a log did.
type Kind string

// What a mirror raises an alarm on.
const (
	// Fork: two checkpoints, both signed by the log, of histories of which neither
	// continues the other.
	Fork Kind = "fork"
	// Rollback: the log shows an older state than it did before.
	Rollback Kind = "rollback"
	// Stale: no quorum of witnesses has confirmed the log for too long.
	Stale Kind = "stale"
	// Broken: a promise to a voter was not kept.
	Broken Kind = "promise"
	// Unwitnessed: a checkpoint without the log's signature or a quorum of
	// cosignatures, or with one that does not verify.
	Unwitnessed Kind = "unwitnessed"
	// Damaged: files that the checkpoint covers are missing, or are other ones.
	Damaged Kind = "damaged"
	// Foreign: the log is not the one that the policy, or the mirror, is of.
	Foreign Kind = "foreign"
)

// Kinds lists all kinds of alarms.
func Kinds() []Kind { return []Kind{Fork, Rollback, Stale, Broken, Unwitnessed, Damaged, Foreign} }

// Alarm is misbehaviour of a log, with the files that prove it.
type Alarm struct {
	Kind     Kind
	Detail   string   // in English, for whoever digs
	Evidence []string // paths of the files kept as evidence
}

// Error returns the kind with the detail.
func (a *Alarm) Error() string { return string(a.Kind) + ": " + a.Detail }

func alarm(kind Kind, format string, args ...any) *Alarm {
	return &Alarm{Kind: kind, Detail: fmt.Sprintf(format, args...)}
}

// damagedOr turns a fault of the log's files into an alarm, and leaves any other
// error (a source that could not be read) as it is.
func damagedOr(err error) error {
	if errors.Is(err, read.ErrMissing) || errors.Is(err, read.ErrDamaged) {
		return alarm(Damaged, "%v", err)
	}
	return err
}

// contradiction shows that two checkpoints are of different histories: the first
// entries of the larger log, as many as the smaller one has, have another root
// than the smaller one, and the proof ties that root to the larger one. Anybody
// can check it (tlog.CheckTree, RFC 6962 section 2.1.2) without the log.
type contradiction struct {
	size  int64 // of the smaller checkpoint
	root  tlog.Hash
	proof tlog.TreeProof
}

func (c *contradiction) text() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "The first %d entries of the larger log have this root, which is not that of the smaller checkpoint,\n"+
		"by this consistency proof to the root of the larger checkpoint (RFC 6962, section 2.1.2):\n\n", c.size)
	fmt.Fprintf(&b, "size %d\nroot %s\n", c.size, base64.StdEncoding.EncodeToString(c.root[:]))
	for _, h := range c.proof {
		fmt.Fprintf(&b, "%s\n", base64.StdEncoding.EncodeToString(h[:]))
	}
	return b.Bytes()
}

// keepEvidence writes what proves an alarm into a folder below evidence, and names
// the files in the alarm. The folder's name is made from their content, so that an
// alarm which is raised again fills no disk.
func (m *Mirror) keepEvidence(a *Alarm, files map[string][]byte) error {
	h := sha256.New()
	names := slices.Sorted(maps.Keys(files))
	for _, name := range names {
		fmt.Fprintf(h, "%s %d\n", name, len(files[name]))
		h.Write(files[name])
	}
	dir := filepath.Join(m.cfg.Dir, "evidence", fmt.Sprintf("%s-%x", a.Kind, h.Sum(nil)[:8]))
	for _, name := range names {
		path := filepath.Join(dir, name)
		if err := writeFile(path, files[name]); err != nil {
			return fmt.Errorf("keep evidence: %w", err)
		}
		a.Evidence = append(a.Evidence, path)
	}
	return nil
}

// accuse keeps two checkpoints, and what shows that they contradict each other,
// as evidence of an alarm. There may be no checkpoint before.
func (m *Mirror) accuse(a *Alarm, before, after read.Checkpoint, c *contradiction) error {
	files := map[string][]byte{"2-after.checkpoint": after.Raw}
	if before.Size > 0 {
		files["1-before.checkpoint"] = before.Raw
	}
	if c != nil {
		files["3-contradiction.txt"] = c.text()
	}
	if err := m.keepEvidence(a, files); err != nil {
		return errors.Join(a, err)
	}
	return a
}

// ignoreMissing is for files that may be gone already.
func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
