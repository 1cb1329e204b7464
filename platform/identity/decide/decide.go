// Package decide takes decisions from proposal to log.
//
// A decision is a statement that needs the signatures of several people
// (docs/PROTOCOL.md sections 6 and 9a). Somebody proposes it, which the log says at once;
// everybody who may sees what it would change; enough others sign its very text, each with
// their deciding passkey, and the keepers of offline keys with theirs; then it enters the log,
// at once or when its window begins. Nobody signs what they proposed themselves.
//
// Whose signatures are enough is said by the log's own rules, and judged by the keys that
// are in force there. What a kind of decision does is told by an [Effect], which the module of
// that kind gives.
package decide

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"bayyina/platform/identity/access"
	"bayyina/platform/identity/softkey"
	"bayyina/platform/ledger"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	"bayyina/platform/store/seal"

	"golang.org/x/mod/sumdb/note"
)

//go:embed migrations
var migrations embed.FS

// Reasons why something is refused.
var (
	ErrUnknown     = errors.New("there is no such proposal")
	ErrForbidden   = errors.New("this person may not")
	ErrOwn         = errors.New("nobody signs what they proposed themselves")
	ErrNotOpen     = errors.New("the proposal is not open any more")
	ErrOwnCase     = errors.New("nobody decides on their own case")
	ErrSignedTwice = errors.New("this person has signed it already")
	ErrSignature   = errors.New("the signature is not good for this proposal")
	ErrNoKey       = errors.New("this person has no deciding key that is in force")
	ErrNoReason    = errors.New("a reason is needed")
	ErrKind        = errors.New("this kind of decision is not made here")
	ErrLink        = errors.New("the link to the signing page is not good, or not any more")
	ErrDeparted    = errors.New("only somebody whose account has ended can be erased, and once")
	ErrTooLarge    = errors.New("the attachments are too large")
	ErrEffect      = errors.New("what it would change cannot be")
)

// Inadmissible reports a statement that would be a fault in the log as it stands.
type Inadmissible struct{ Violations []*read.Violation }

func (e *Inadmissible) Error() string { return "it may not enter the log: " + e.Violations[0].Error() }

// Limits.
const (
	Window         = 14 * 24 * time.Hour // that a statement has unless it says otherwise
	MaxAttachments = 64 << 20            // bytes of all attachments of a proposal
	maxReason      = 2000                // bytes of a reason in one language
)

// People tells who somebody is, and gives and takes roles by decisions.
type People interface {
	// Who returns who has a number, with the roles that they hold now.
	Who(ctx context.Context, tx *store.Tx, id int64) (*access.Person, error)
	// Find returns at most so many people, by name, whom by may see and whose name, or whose
	// body's, contains the words; and always the chosen one, if there is one. It comes with the
	// names of the bodies that by may see, by code. That they were read is noted.
	Find(ctx context.Context, by *access.Person, words string, chosen int64, most int) ([]access.Person, map[string]read.Bilingual, error)
	// ApplyGrant and ApplyRevoke give a role and take it, by the decision with this id.
	ApplyGrant(ctx context.Context, tx *store.Tx, person int64, g access.Grant, statement string) error
	ApplyRevoke(ctx context.Context, tx *store.Tx, person int64, g access.Grant, statement string) error
	// SealKey is the data key under which whatever tells of a person is sealed.
	SealKey(ctx context.Context, tx *store.Tx, person int64) (seal.KeyID, error)
	// Named returns the numbers of all people by name, erased ones left out.
	Named(ctx context.Context) (map[string][]int64, error)
	// Departed returns a person whose account has ended, and who was not erased; nil where
	// there is none of this number.
	Departed(ctx context.Context, tx *store.Tx, id int64) (*access.Person, error)
	// ApplyErase gives up a person's data key, by a decision; DestroyErased destroys those
	// that were given up, once that is committed.
	ApplyErase(ctx context.Context, tx *store.Tx, person int64) error
	DestroyErased(ctx context.Context) error
}

// Config is what decisions are made with.
type Config struct {
	DB      *store.DB
	Keys    *seal.Keys  // seal the openings of sealed values
	Dir     string      // data folder of the log
	Public  string      // folder of the log's public files
	Receipt note.Signer // key of role receipt
	People  People
	Now     func() time.Time
	Random  io.Reader
	Site    string // origin of the site, to which the signing host leads back
	// Signing is the origin of the signing host, one of those that the genesis names; empty
	// where no host signs, and keys are neither made nor used but in software.
	Signing string
	// Software holds the software passkeys of a demonstration's officers, by person; nil
	// everywhere else.
	Software map[int64]*softkey.Key
}

// Row is one line of what a decision changes.
type Row struct {
	What, Before, After read.Message   // Before and After may be empty
	List                []read.Message // what After is made of, one by one; nil for most
}

// Contents reads the attachments of a statement, in no order.
type Contents func() ([][]byte, error)

// Effect is what decisions of one kind do.
type Effect struct {
	Name  read.Message // of the kind
	Right access.Right // that proposing it needs
	// Scope tells where the right is needed, and who sees it. Nil for the whole country.
	Scope func(ctx context.Context, s read.Statement) (access.Scope, error)
	// Describe tells what would change, now. It refuses what cannot be. It is asked whenever a
	// page shows the proposal: what it makes of large contents it should remember.
	Describe func(ctx context.Context, now *read.KeyHistory, s read.Statement, contents Contents) ([]Row, error)
	// Barred are the people whose own case it is: they neither propose nor sign it. Nil where there are none.
	Barred func(ctx context.Context, tx *store.Tx, s read.Statement) ([]int64, error)
	// Enter gives the decision its effect in the transaction in which it is decided. Nil for
	// one whose only effect is that the log has it.
	Enter func(ctx context.Context, tx *store.Tx, signed []byte, contents [][]byte) error
	// Entered is called when that is committed, unless the server is stopped in between; it
	// may be nil.
	Entered func(ctx context.Context) error
}

// Decisions are the decisions of one server. Its methods may be called by several
// goroutines at once.
type Decisions struct {
	cfg     Config
	effects map[string]Effect

	mu      sync.Mutex
	history *read.KeyHistory
}

// New brings the package's tables up to date. It knows the kinds of the log itself;
// others are added by [Decisions.Register].
func New(ctx context.Context, cfg Config) (*Decisions, error) {
	if err := cfg.DB.Migrate(ctx, "decide", store.Migrations{FS: migrations, Dir: "migrations"}); err != nil {
		return nil, err
	}
	d := &Decisions{cfg: cfg, effects: make(map[string]Effect)}
	for kind, e := range logEffects() {
		d.Register(kind, e)
	}
	d.registerAccess()
	d.registerErase()
	if err := d.sealClear(ctx); err != nil {
		return nil, err
	}
	if _, err := d.now(ctx); err != nil {
		return nil, err
	}
	return d, nil
}

// Register says what decisions of a kind do. It is called before any is made.
func (d *Decisions) Register(kind string, e Effect) { d.effects[kind] = e }

// clock is the time in whole seconds, as the log has it.
func (d *Decisions) clock() time.Time { return d.cfg.Now().UTC().Truncate(time.Second) }

// now returns a copy of the keys and rules that the published log has now.
func (d *Decisions) now(ctx context.Context) (*read.KeyHistory, error) {
	src, err := read.OpenSource(ctx, d.cfg.Public)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.history == nil {
		c, err := read.Newest(ctx, src)
		if err != nil {
			return nil, err
		}
		d.history = read.NewKeyHistory(c.Origin)
	}
	if err := d.history.Follow(ctx, src); err != nil {
		d.history = nil // half of a bundle may have entered
		return nil, err
	}
	return d.history.Clone(), nil
}

// unsigned are the faults of a statement that nobody has signed yet.
var unsigned = []string{read.EntrySignature, read.SignaturesMissing, read.SignatureMissing}

// try refuses a statement that would be a fault as the log's next entry.
func try(h *read.KeyHistory, s read.Statement, expected ...string) error {
	if _, bad := h.After(s, expected...); len(bad) > 0 {
		return &Inadmissible{bad}
	}
	return nil
}

// effect returns what decisions of a kind do.
func (d *Decisions) effect(kind string) (Effect, error) {
	e, ok := d.effects[kind]
	if !ok {
		return e, fmt.Errorf("%w: %s", ErrKind, kind)
	}
	return e, nil
}

// scope tells where a statement belongs.
func (e Effect) scope(ctx context.Context, s read.Statement) (access.Scope, error) {
	if e.Scope == nil {
		return access.Scope{}, nil
	}
	return e.Scope(ctx, s)
}

// item is a signed statement with its attachments on its way into the log.
func (d *Decisions) item(signed []byte, contents [][]byte) (ledger.Item, error) {
	item := ledger.Item{Statement: signed}
	for _, content := range contents {
		if len(content) <= ledger.MaxInline {
			item.Contents = append(item.Contents, content)
			continue
		}
		a, err := ledger.Stage(d.cfg.Dir, bytes.NewReader(content))
		if err != nil {
			return item, err
		}
		item.Staged = append(item.Staged, a)
	}
	return item, nil
}

// enqueue is the effect that every decision has: it enters the log.
func (d *Decisions) enqueue(ctx context.Context, tx *store.Tx, signed []byte, contents [][]byte) error {
	item, err := d.item(signed, contents)
	if err != nil {
		return err
	}
	return ledger.Enqueue(ctx, tx, d.clock(), item)
}
