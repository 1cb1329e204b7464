package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"bayyina/platform/store"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/sys/unix"
)

var (
	// ErrDatabaseBehind reports entries in the log that the database never
	// queued: it was restored from an old copy. [Reconcile] takes them over.
	ErrDatabaseBehind = errors.New("the database is behind its log")
	// ErrLogBehind reports a log that holds less than the database has seen in
	// it: the log was restored from an old copy. A mirror has the rest.
	ErrLogBehind = errors.New("the log is behind its database")
)

// Config says where a log lives and with which keys it is written.
type Config struct {
	Dir        string      // the data folder; the public files are in its folder log
	DB         *store.DB   // the database with the outbox
	Checkpoint note.Signer // key of role checkpoint; its name is the log's origin
	Entry      note.Signer // key of role entry
	Now        func() time.Time
	Client     *http.Client // asks the witnesses
	Log        *slog.Logger // what the operator should know
}

// Log is a log open for writing. There is one writer at a time, held by a lock
// in the database and one on the data folder.
type Log struct {
	cfg      Config
	origin   string
	public   string // the folder log
	tree     *tree
	lock     *store.Lock
	dirLock  *os.File
	wake     chan struct{}
	sequence sync.Mutex        // held while a batch is on its way
	publish  sync.Mutex        // held while a checkpoint is on its way
	known    map[string]uint64 // sizes that witnesses have seen; under publish
	loose    []loose           // under publish
	ahead    *batch            // the next batch, where it is prepared; under sequence

	mu        sync.Mutex // guards what follows
	dirty     bool       // the log may hold entries that the outbox does not know of
	published uint64     // size of the newest published checkpoint
	at        time.Time  // when it was published
	untold    bool       // the database does not know of it yet
	newest    *Published // since Open, nil before the first
	position
}

// Open opens a log for writing and settles what a crash may have left between
// log and outbox: an entry that is in the log but was not marked is found by its
// statement and marked.
//
// It refuses with [ErrDatabaseBehind] or [ErrLogBehind] where one of the two was
// restored from an old copy, and with [store.ErrLocked] where another writes.
func Open(ctx context.Context, cfg Config) (*Log, error) {
	return open(ctx, cfg, markKnown)
}

// Reconcile brings a database that is behind its log up to it: entries that it
// never queued are noted as entered. The private rows that once belonged to
// them are not brought back. It returns the number of entries taken over.
func Reconcile(ctx context.Context, cfg Config) (taken int, err error) {
	l, err := open(ctx, cfg, func(ctx context.Context, tx *store.Tx, found []entered) error {
		n, err := takeOver(ctx, tx, found)
		taken += n
		return err
	})
	if err != nil {
		return 0, err
	}
	return taken, l.Close()
}

// open locks, opens and settles; settle is given the entries of which the
// database does not know, in order.
func open(ctx context.Context, cfg Config, settle settler) (*Log, error) {
	l := &Log{
		cfg: cfg, origin: cfg.Checkpoint.Name(), public: filepath.Join(cfg.Dir, logDir),
		wake: make(chan struct{}, 1), known: make(map[string]uint64),
	}
	if err := l.open(ctx, settle); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func (l *Log) open(ctx context.Context, settle settler) error {
	if err := makeDirs(l.public); err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	var err error
	if l.dirLock, err = lockFolder(l.cfg.Dir); err != nil {
		return err
	}
	host, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	if l.lock, err = l.cfg.DB.Lock(ctx, "publisher", fmt.Sprintf("%s pid %d", host, os.Getpid()), l.cfg.Now()); err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	if l.tree, err = openTree(ctx, l.public, l.cfg.Checkpoint); err != nil {
		return err
	}
	if err := l.settle(ctx, settle); err != nil {
		return err
	}
	return l.findLoose()
}

// lockFolder makes sure that one process writes in the data folder.
func lockFolder(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		if errors.Is(err, unix.EWOULDBLOCK) {
			err = store.ErrLocked
		}
		return nil, errors.Join(fmt.Errorf("lock data folder %s: %w", dir, err), f.Close())
	}
	return f, nil
}

// Close gives the locks back. What is queued stays queued.
func (l *Log) Close() error {
	var errs []error
	if l.tree != nil {
		l.tree.close()
	}
	if l.lock != nil {
		errs = append(errs, l.lock.Release())
	}
	if l.dirLock != nil {
		errs = append(errs, l.dirLock.Close())
	}
	return errors.Join(errs...)
}

// Origin returns the log's origin.
func (l *Log) Origin() string { return l.origin }

// Size returns the number of entries in the log and the number that the newest
// published checkpoint covers.
func (l *Log) Size() (sequenced, published uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.size, l.published
}

// Newest returns the checkpoint that was published last since the log was opened, and
// when; nil where none was.
func (l *Log) Newest() (*Published, time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.newest, l.at
}

// Held returns an error unless this process still holds the lock on the log.
func (l *Log) Held(ctx context.Context) error {
	return l.cfg.DB.View(ctx, func(tx *store.Tx) error { return l.lock.Check(ctx, tx) })
}

// publication is the database's one row on its log.
type publication struct {
	size          uint64
	published     uint64
	publishedRoot []byte
	history       history
}

// readPublication returns the row, or sql.ErrNoRows.
func readPublication(ctx context.Context, tx *store.Tx) (p publication, err error) {
	var past string
	if err := tx.QueryRow(ctx, `SELECT size, published_size, published_root, history FROM publication`).
		Scan(&p.size, &p.published, &p.publishedRoot, &past); err != nil {
		return p, err
	}
	if err := json.Unmarshal([]byte(past), &p.history); err != nil {
		return p, fmt.Errorf("read publication: %w", err)
	}
	return p, nil
}

// Known returns how many entries the database knows to be in its log. The error is
// ErrNoLog where it has none.
func Known(ctx context.Context, tx *store.Tx) (uint64, error) {
	p, err := readPublication(ctx, tx)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNoLog
	}
	return p.size, err
}

// writeSize notes how far the database knows the log, and its history.
func writeSize(ctx context.Context, tx *store.Tx, size uint64, h history) error {
	past, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE publication SET size = ?1, history = ?2`, int64(size), string(past)); err != nil {
		return fmt.Errorf("write publication: %w", err)
	}
	return nil
}

// Entry returns entry number n, published or not.
func (l *Log) Entry(ctx context.Context, n uint64) ([]byte, error) {
	size, _ := l.Size()
	if n >= size {
		return nil, fmt.Errorf("entry %d: the log has %d", n, size)
	}
	return l.tree.entry(ctx, n, size)
}
