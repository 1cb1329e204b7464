package ledger

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"bayyina/platform/store"

	"github.com/transparency-dev/tessera/client"
	"golang.org/x/mod/sumdb/note"
)

// Published is a checkpoint that a quorum of witnesses cosigned, with what each
// of them said.
type Published struct {
	Size       uint64
	Root       []byte
	Checkpoint []byte
	Answers    []Answer
}

// Publish asks the witnesses to cosign the log as it stands and, when a quorum
// has, publishes and keeps the checkpoint. Where nothing entered since the last
// one it makes the log's freshness known. Attachments are public before it.
//
// A [NoQuorumError] tells each witness's answer. While the log holds only a part
// of a batch it publishes nothing and returns [ErrPartOfBatch].
func (l *Log) Publish(ctx context.Context) (*Published, error) {
	l.publish.Lock()
	defer l.publish.Unlock()
	p, placed, err := l.cosign(ctx, false)
	if err != nil {
		return nil, err
	}
	if err := l.keep(ctx, p, placed); err != nil {
		return nil, fmt.Errorf("publish checkpoint of size %d: %w", p.Size, err)
	}
	return p, nil
}

// ErrPartOfBatch reports a log that holds only a part of a batch. The rest will
// get the same time, so no checkpoint may be witnessed between the two: it could
// be later than that time.
var ErrPartOfBatch = errors.New("the log holds a part of a batch, and the rest must enter first")

// cosign lets the witnesses cosign the log as it stands, with its attachments
// placed. part allows it for a checkpoint that is not to be published.
func (l *Log) cosign(ctx context.Context, part bool) (*Published, []Attachment, error) {
	l.mu.Lock()
	size, published, past, begun := l.size, l.published, l.history, l.begun
	l.mu.Unlock()
	if begun != 0 && !part {
		return nil, nil, fmt.Errorf("publish checkpoint: %w", ErrPartOfBatch)
	}
	if size == 0 {
		return nil, nil, errors.New("publish checkpoint: the log is empty")
	}
	in, err := past.at(size - 1)
	if err != nil {
		return nil, nil, fmt.Errorf("publish checkpoint: %w", err)
	}
	placed, err := l.place(ctx, published, size)
	if err != nil {
		return nil, nil, fmt.Errorf("publish checkpoint of size %d: %w", size, err)
	}
	root, err := l.tree.root(ctx, size)
	if err != nil {
		return nil, nil, fmt.Errorf("publish checkpoint: %w", err)
	}
	text := fmt.Sprintf("%s\n%d\n%s\n", l.origin, size, base64.StdEncoding.EncodeToString(root))
	signed, err := note.Sign(&note.Note{Text: text}, l.cfg.Checkpoint)
	if err != nil {
		return nil, nil, fmt.Errorf("publish checkpoint of size %d: %w", size, err)
	}
	r := request{client: l.cfg.Client, checkpoint: signed, size: size, prove: l.consistency(size)}
	p := &Published{Size: size, Root: root}
	if p.Answers, err = r.gather(ctx, in, l.known); err != nil {
		return nil, nil, fmt.Errorf("publish: %w", err)
	}
	p.Checkpoint = slices.Clone(signed)
	for _, a := range p.Answers {
		p.Checkpoint = append(p.Checkpoint, a.line...)
	}
	return p, placed, nil
}

// confirm publishes the log once more as it stands; where it holds a part of a
// batch it only hears the witnesses.
func (l *Log) confirm(ctx context.Context) (*Published, error) {
	p, err := l.Publish(ctx)
	if errors.Is(err, ErrPartOfBatch) {
		l.publish.Lock()
		defer l.publish.Unlock()
		p, _, err = l.cosign(ctx, true)
	}
	return p, err
}

// consistency proves that the log of a size continues an older one.
func (l *Log) consistency(size uint64) prover {
	return func(ctx context.Context, older uint64) ([][]byte, error) {
		b, err := client.NewProofBuilder(ctx, size, l.tree.reader.ReadTile)
		if err != nil {
			return nil, err
		}
		return b.ConsistencyProof(ctx, older, size)
	}
}

// keep writes the checkpoint's two files and tells the database.
func (l *Log) keep(ctx context.Context, p *Published, placed []Attachment) error {
	kept := filepath.Join(l.public, keptPath(p.Size))
	if _, err := os.Stat(kept); errors.Is(err, os.ErrNotExist) {
		err = writeFile(kept, p.Checkpoint)
		if err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	if err := writeFile(filepath.Join(l.public, checkpointName), p.Checkpoint); err != nil {
		return err
	}
	l.mu.Lock()
	l.published, l.at, l.untold, l.newest = p.Size, l.cfg.Now(), true, p
	l.mu.Unlock()
	err := l.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		if err := l.lock.Check(ctx, tx); err != nil {
			return err
		}
		if err := cover(ctx, tx, p.Size); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE publication SET published_size = ?1, published_root = ?2`, int64(p.Size), p.Root)
		return err
	})
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.untold = false
	l.mu.Unlock()
	if err := l.unstage(ctx, placed); err != nil {
		return err
	}
	return l.sweep(ctx, p.Size)
}

// grown tells whether the log holds whole batches that no published checkpoint
// covers, or the database does not know of the newest one.
func (l *Log) grown() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.size > 0 && l.begun == 0 && (l.size > l.published || l.untold)
}

// due tells whether a checkpoint should be published now.
func (l *Log) due(refresh time.Duration) bool {
	if l.grown() {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.size > 0 && l.begun == 0 && l.cfg.Now().Sub(l.at) >= refresh
}
