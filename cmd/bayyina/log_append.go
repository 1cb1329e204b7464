package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"bayyina/platform/identity"
	"bayyina/platform/ledger"
	"bayyina/platform/store"
)

type logAppendCmd struct {
	Statement []string      `arg:"" help:"A signed statement; several are entered in this order."`
	Attach    []string      `sep:"none" placeholder:"FILE" help:"An attachment that a statement names; may be repeated."`
	Queue     bool          `help:"Leave it to bayyina log run, which is writing this log, to enter the statements."`
	Timeout   time.Duration `default:"2m" placeholder:"DURATION" help:"With --queue: wait at most so long (${default})."`
	serverFlags
}

func (*logAppendCmd) Help() string {
	return "A statement is a text that its authors have signed (bayyina key sign). It is checked before it is entered: " +
		"its form, the log that it is meant for, its window of validity, its attachments, and its signatures by the keys and " +
		"rules now in force. Before anything is entered " +
		"the witnesses must confirm the log as it stands, so that a log restored from an old copy never grows a second history.\n\n" +
		"Examples:\n\n" +
		"    bayyina log append --data server opening.signed\n\n" +
		"    bayyina log append --data server setup.signed --attach election.json --attach trustees.json --attach credentials.json"
}

// appended is the answer of log append.
type appended struct {
	Entries    []appendedEntry `json:"entries"`
	Checkpoint string          `json:"checkpoint"` // one that covers them
	Witnesses  []witnessAnswer `json:"witnesses,omitempty"`
}

type appendedEntry struct {
	Sequence uint64 `json:"sequence"`
	Kind     string `json:"kind"`
	ID       string `json:"id"`
}

func (c *logAppendCmd) Run(e *env) (err error) {
	items, answer, err := c.items(e)
	if err != nil {
		return err
	}
	if c.Queue {
		return c.wait(e, items, answer)
	}
	s, err := c.open(e)
	if errors.Is(err, store.ErrLocked) {
		return fmt.Errorf("%w (is bayyina log run writing this log? then use --queue)", err)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if _, err := s.Log.Confirm(e.ctx); err != nil {
		return fmt.Errorf("nothing is entered: the witnesses do not confirm the log as it stands: %w", err)
	}
	if err := c.enqueue(e, s.DB, items); err != nil {
		return err
	}
	p, err := s.Log.Drain(e.ctx)
	if err != nil {
		return err
	}
	if p != nil { // else nothing could enter, and why is told below
		answer.Checkpoint, answer.Witnesses = string(p.Checkpoint), newWitnessAnswers(p.Answers)
	}
	return answer.tell(e, s.DB)
}

// items reads the statements with their attachments, and refuses what would be
// a fault in the log.
func (c *logAppendCmd) items(e *env) ([]ledger.Item, *appended, error) {
	admitted, err := newAdmission(e, c.Data)
	if err != nil {
		return nil, nil, err
	}
	staged, err := c.stage()
	if err != nil {
		return nil, nil, err
	}
	items := make([]ledger.Item, len(c.Statement))
	answer := &appended{Entries: make([]appendedEntry, len(items))}
	used := make(map[ledger.Attachment]bool)
	for i, path := range c.Statement {
		signed, err := identity.Read(path, ledger.MaxNote)
		if err != nil {
			return nil, nil, err
		}
		s, named, err := ledger.ParseStatement(signed)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", path, err)
		}
		if strings.HasPrefix(s.Kind, "vote.") { // the registrar must learn of it
			return nil, nil, fmt.Errorf("%s: a statement on an election (%s) enters with bayyina vote enter", path, s.Kind)
		}
		if err := admitted.judge(signed); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", path, err)
		}
		items[i].Statement = signed
		for _, a := range named {
			if _, ok := staged[a]; !ok {
				return nil, nil, fmt.Errorf("%s: it names the attachment %s of %d bytes, which no --attach gives", path, a.SHA256, a.Size)
			}
			items[i].Staged, used[a] = append(items[i].Staged, a), true
		}
		answer.Entries[i] = appendedEntry{Kind: s.Kind, ID: s.ID}
	}
	for a, path := range staged {
		if !used[a] {
			return nil, nil, fmt.Errorf("%s: no statement names this attachment (%s, %d bytes)", path, a.SHA256, a.Size)
		}
	}
	return items, answer, nil
}

// stage hashes the attachments; they are copied once everything fits.
func (c *logAppendCmd) stage() (map[ledger.Attachment]string, error) {
	staged := make(map[ledger.Attachment]string)
	for _, path := range c.Attach {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		h := sha256.New()
		n, err := io.Copy(h, f)
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		staged[ledger.Attachment{SHA256: hex.EncodeToString(h.Sum(nil)), Size: n}] = path
	}
	return staged, nil
}

// enqueue queues the statements, all or none, each for itself.
func (c *logAppendCmd) enqueue(e *env, db *store.DB, items []ledger.Item) error {
	if err := c.copyAttachments(); err != nil {
		return err
	}
	return db.Tx(e.ctx, func(tx *store.Tx) error {
		for _, item := range items {
			if err := ledger.Enqueue(e.ctx, tx, e.now(), item); err != nil {
				return err
			}
		}
		return nil
	})
}

// wait queues the statements, and waits until the process that writes the log
// has entered and published them.
func (c *logAppendCmd) wait(e *env, items []ledger.Item, answer *appended) (err error) {
	db, err := c.openDatabase(e)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := c.enqueue(e, db, items); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(e.ctx, c.Timeout)
	defer cancel()
	for _, entry := range answer.Entries {
		for {
			s, err := lookup(ctx, db, entry.ID)
			if err == nil && s.Refused != "" {
				err = fmt.Errorf("statement %s was refused: %s", entry.ID, s.Refused)
			}
			if err == nil && !s.Published {
				select {
				case <-time.After(waitInterval):
					continue
				case <-ctx.Done():
					err = errors.New("the statements are queued, but not published yet: is bayyina log run running?")
				}
			}
			if err != nil {
				return err
			}
			break
		}
	}
	v, err := ledger.OpenView(filepath.Join(c.Data, publicDir))
	if err != nil {
		return err
	}
	answer.Checkpoint = string(v.Checkpoint())
	return answer.tell(e, db)
}

// waitInterval is how often the database is asked whether a statement entered.
const waitInterval = 200 * time.Millisecond

// lookup tells where a statement stands.
func lookup(ctx context.Context, db *store.DB, id string) (s ledger.Status, err error) {
	err = db.View(ctx, func(tx *store.Tx) error {
		s, err = ledger.Lookup(ctx, tx, id)
		return err
	})
	return s, err
}

// tell looks up the statements' numbers, and answers.
func (a *appended) tell(e *env, db *store.DB) error {
	for i := range a.Entries {
		s, err := lookup(e.ctx, db, a.Entries[i].ID)
		if err != nil {
			return err
		}
		if s.Refused != "" {
			return fmt.Errorf("statement %s was refused: %s", a.Entries[i].ID, s.Refused)
		}
		a.Entries[i].Sequence = s.Sequence
	}
	return e.answer(a, func(w io.Writer) error {
		for _, entry := range a.Entries {
			fmt.Fprintf(w, e.tr("entry %d: %s %s\n", "القيد %d: %s %s\n"), entry.Sequence, entry.Kind, entry.ID)
		}
		e.writeWitnesses(e.stderr, a.Witnesses)
		_, err := fmt.Fprintf(w, "\n%s", a.Checkpoint)
		return err
	})
}

// copyAttachments puts the attachments into the data folder.
func (c *logAppendCmd) copyAttachments() error {
	for _, path := range c.Attach {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		_, err = ledger.Stage(c.Data, f)
		if err := errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}
