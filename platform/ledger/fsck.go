package ledger

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/api/layout"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
)

// maxProblems bounds the problems that one check lists.
const maxProblems = 100

// Problem is something wrong with the files of a log.
type Problem struct {
	Where string `json:"where"` // a path, or an entry
	What  string `json:"what"`
}

// Report is what a check of the files found.
type Report struct {
	Origin      string    `json:"origin"`
	Size        uint64    `json:"size"`
	Root        []byte    `json:"root"`
	Attachments int       `json:"attachments"` // read and hashed
	Checkpoints int       `json:"checkpoints"` // kept ones, compared with the entries
	Problems    []Problem `json:"problems"`
	More        int       `json:"more,omitempty"` // problems beyond those listed
}

// Fsck recomputes everything that is recorded twice in a log's files: each tile
// and root from the entries, each attachment's and pack's hashes, each kept
// checkpoint. It takes the log's own word on its keys and does not judge what the
// entries say; that is what verify is for.
func (v *View) Fsck(ctx context.Context) (*Report, error) {
	c := &checker{
		view: v, frontier: rangeFactory.NewEmptyRange(0), kept: make(map[uint64][]byte), missing: make(map[uint64]bool),
		report: &Report{Origin: v.origin, Size: v.size, Root: v.root, Problems: []Problem{}},
	}
	if err := c.readKept(); err != nil {
		return nil, fmt.Errorf("check log: %w", err)
	}
	key, err := v.checkpointKey(ctx)
	if err != nil {
		return nil, fmt.Errorf("check log: %w", err)
	}
	c.checkSignatures(key)
	quiet()
	check := fsck.New(v.origin, key, client.FileFetcher{Root: v.dir}, func(bundle []byte) ([][]byte, error) { return c.bundle(ctx, bundle) }, fsck.Opts{N: 2})
	if err := check.Check(ctx); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		c.problem("tiles", err.Error())
	}
	for size := range c.kept {
		if size > c.frontier.End() {
			c.problem(keptPath(size), fmt.Sprintf("its size is above the %d entries that were read", c.frontier.End()))
		}
	}
	return c.report, nil
}

// checkpointKey is the key that the genesis names for checkpoints.
func (v *View) checkpointKey(ctx context.Context) (note.Verifier, error) {
	entry, err := v.Entry(ctx, 0)
	if err != nil {
		return nil, err
	}
	e, _, err := openEnvelope(entry)
	if err != nil {
		return nil, err
	}
	s, _, err := ParseStatement(e.Statement)
	if err != nil {
		return nil, fmt.Errorf("genesis: %w", err)
	}
	var g Genesis
	if err := json.Unmarshal(s.Body, &g); err != nil {
		return nil, fmt.Errorf("genesis: %w", err)
	}
	for _, k := range g.Keys {
		if k.Role == "checkpoint" {
			return note.NewVerifier(k.Key)
		}
	}
	return nil, errors.New("the genesis names no checkpoint key")
}

// checker walks through the entries once.
type checker struct {
	view     *View
	frontier *compact.Range
	kept     map[uint64][]byte // root by size
	missing  map[uint64]bool   // kept checkpoints already found missing
	report   *Report
}

func (c *checker) problem(where, what string) {
	if len(c.report.Problems) == maxProblems {
		c.report.More++
		return
	}
	c.report.Problems = append(c.report.Problems, Problem{where, what})
}

// readKept reads the kept checkpoints.
func (c *checker) readKept() error {
	return c.view.walk("checkpoints", func(path string, _ fs.FileInfo) error {
		raw, err := readLimited(filepath.Join(c.view.dir, path), maxCheckpoint)
		if err != nil {
			return err
		}
		named, err := parseNumberPath(strings.TrimPrefix(path, "checkpoints/"))
		if err != nil {
			c.problem(path, err.Error())
			return nil
		}
		origin, size, root, err := parseCheckpoint(raw)
		switch {
		case err != nil:
			c.problem(path, err.Error())
		case origin != c.view.origin:
			c.problem(path, fmt.Sprintf("it is of the log %q", origin))
		case size != named:
			c.problem(path, fmt.Sprintf("it has size %d", size))
		case size <= c.view.size: // the log may have grown meanwhile
			c.kept[size] = root
		}
		return nil
	})
}

// checkSignatures verifies the log's own signature on the checkpoints.
func (c *checker) checkSignatures(key note.Verifier) {
	for size := range c.kept {
		raw, err := readLimited(filepath.Join(c.view.dir, keptPath(size)), maxCheckpoint)
		if err == nil {
			_, err = note.Open(raw, note.VerifierList(key))
		}
		if err != nil {
			c.problem(keptPath(size), err.Error())
		}
	}
	if _, ok := c.kept[c.view.size]; !ok {
		c.problem(keptPath(c.view.size), "the newest checkpoint was not kept")
	}
}

// bundle checks the entries of the next bundle and returns their leaf hashes.
func (c *checker) bundle(ctx context.Context, raw []byte) ([][]byte, error) {
	var b api.EntryBundle
	if err := b.UnmarshalText(raw); err != nil {
		return nil, err
	}
	first := c.frontier.End()
	hashes := make([][]byte, len(b.Entries))
	for i, entry := range b.Entries {
		n := first + uint64(i)
		hashes[i] = rfc6962.DefaultHasher.HashLeaf(entry)
		if n >= c.view.size {
			continue
		}
		if err := c.frontier.Append(hashes[i], nil); err != nil {
			return nil, err
		}
		c.checkEntry(n, entry)
		if err := c.checkRoot(n + 1); err != nil {
			return nil, err
		}
	}
	entries := b.Entries[:min(uint64(len(b.Entries)), c.view.size-first)]
	named, err := namedBy(entries)
	if err != nil {
		c.problem(fmt.Sprintf("entry bundle %d", first/layout.EntryBundleWidth), err.Error())
		return hashes, nil
	}
	c.checkAttachments(first/layout.EntryBundleWidth, len(entries) == layout.EntryBundleWidth, named)
	return hashes, ctx.Err()
}

// checkEntry checks what the envelope says of its place.
func (c *checker) checkEntry(n uint64, entry []byte) {
	where := fmt.Sprintf("entry %d", n)
	e, origin, err := openEnvelope(entry)
	switch {
	case err != nil:
		c.problem(where, err.Error())
		return
	case origin != c.view.origin:
		c.problem(where, fmt.Sprintf("it is of the log %q", origin))
	case e.Sequence != n:
		c.problem(where, fmt.Sprintf("it calls itself number %d", e.Sequence))
	}
	if _, ok := c.kept[e.After]; !ok && e.After > 0 && !c.missing[e.After] {
		c.missing[e.After] = true
		c.problem(keptPath(e.After), fmt.Sprintf("entry %d names this checkpoint, and it was not kept", n))
	}
}

// checkRoot compares the root at a size with the checkpoint kept at it.
func (c *checker) checkRoot(size uint64) error {
	want, ok := c.kept[size]
	if !ok {
		return nil
	}
	have, err := c.frontier.GetRootHash(nil)
	if err != nil {
		return err
	}
	c.report.Checkpoints++
	if !bytes.Equal(have, want) {
		c.problem(keptPath(size), fmt.Sprintf("its root is %s, the entries have %s",
			base64.StdEncoding.EncodeToString(want), base64.StdEncoding.EncodeToString(have)))
	}
	return nil
}

// checkAttachments reads a bundle's pack and loose attachments.
func (c *checker) checkAttachments(bundle uint64, full bool, named []Attachment) {
	var packed []Attachment
	for _, a := range named {
		if full && a.Size <= maxPacked {
			packed = append(packed, a)
			continue
		}
		path := loosePath(a.SHA256)
		if err := c.checkLoose(path, a); err != nil {
			c.problem(path, err.Error())
		}
		c.report.Attachments++
	}
	if len(packed) == 0 {
		return
	}
	if err := c.checkPack(packPath(bundle), packed); err != nil {
		c.problem(packPath(bundle), err.Error())
	}
	c.report.Attachments += len(packed)
}

func (c *checker) checkLoose(path string, a Attachment) error {
	f, err := os.Open(filepath.Join(c.view.dir, path))
	if err != nil {
		return err
	}
	defer f.Close()
	return copyChecked(io.Discard, f, a)
}

// checkPack compares a pack with the one that its bundle's entries determine.
func (c *checker) checkPack(path string, packed []Attachment) error {
	f, err := os.Open(filepath.Join(c.view.dir, path))
	if err != nil {
		return err
	}
	defer f.Close()
	want, err := packIndex(packed)
	if err != nil {
		return err
	}
	have := make([]byte, len(want))
	if _, err := io.ReadFull(f, have); err != nil {
		return fmt.Errorf("its index: %w", err)
	}
	if !bytes.Equal(have, want) {
		return fmt.Errorf("its index does not list the %d attachments that the entries name, in their order", len(packed))
	}
	for _, a := range packed {
		if err := copyChecked(io.Discard, io.LimitReader(f, a.Size), a); err != nil {
			return err
		}
	}
	if n, err := f.Read(make([]byte, 1)); n > 0 || err != io.EOF {
		return errors.New("something follows the last attachment")
	}
	return nil
}
