// Package webhook tells the servers of observers, journalists and platforms that the log
// has something new, as Standard Webhooks says
// (https://github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md).
//
// A message points to what the log says, and nothing in it need be believed. It is signed
// all the same (v1a, Ed25519), so that nobody else wakes a receiver; the key is one of its
// own, which the server's receipt key vouches for.
//
// The server calls addresses that strangers choose. It calls public ones only, by https, as they
// were resolved and checked, and follows no redirect (address.go).
//
// Deliveries have a queue of their own and are no jobs (package job): a receiver that hangs
// holds up its own messages and no others', each is tried by a clock of its own over three
// days, and no operator need look after them.
package webhook

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"embed"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"golang.org/x/mod/sumdb/note"

	"bayyina/platform/identity/account"
	"bayyina/platform/ledger/board"
	"bayyina/platform/store"
	"bayyina/platform/store/seal"
	"bayyina/platform/web"
)

var (
	//go:embed migrations
	migrations embed.FS
	//go:embed pages/*.html
	pageFiles embed.FS
)

// Event is something that a receiver may ask to be told of.
type Event string

// The events that every log has; others are those of its kinds of entries.
const (
	Decided      Event = "decision.entered" // an entry that people decided
	Checkpointed Event = "log.checkpoint"   // the log has grown; at most once an hour
	tested       Event = "webhook.test"
)

// Kind says what an entry of some kind is to those who follow.
type Kind struct {
	Entry string // "vote.open/1"
	Event Event
}

// Limits.
const (
	maxOwn     = 5    // receivers of one person
	maxAll     = 1000 // of all
	maxWaiting = 500  // messages that wait for one receiver: it is switched off then
	maxURL     = 500  // bytes
	atOnce     = 16   // receivers that are called side by side
	perRound   = 256  // entries that are looked at before messages are sent again
)

const (
	pollInterval       = time.Second
	checkpointInterval = time.Hour
	keepFor            = 14 * 24 * time.Hour // how long it is known what became of a message
	testInterval       = 10 * time.Second
)

// Reasons why something is refused.
var (
	ErrAddress = errors.New("not an address that this server calls")
	ErrMany    = errors.New("there are as many receivers as one may have")
	ErrUnknown = errors.New("there is no such receiver")
	ErrTooSoon = errors.New("a test was sent just now")
)

// Config is what webhooks work with.
type Config struct {
	DB       *store.DB
	Keys     *seal.Keys        // seal addresses, which may hold a secret, and the key
	Accounts *account.Accounts // whose receivers they are
	Board    *board.Board      // what is told is what the board has recomputed
	Receipt  note.Signer       // vouches for the key
	Origin   string            // of the log
	Site     string            // where the log can be read: "https://vote.hnec.example"
	Kinds    []Kind            // in the order in which they are offered
	// Loopback lets this machine be called, too: in a demonstration, which nobody else reaches, and in tests.
	Loopback bool
	Roots    *x509.CertPool // nil: the system's
	// Resolve looks up the addresses of a host; nil: as the system does.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	Now     func() time.Time
	Log     *slog.Logger
}

// Hooks are the receivers and what is sent them.
type Hooks struct {
	cfg    Config
	client *http.Client
	views  *web.Views
	key    ed25519.PrivateKey
	wake   chan struct{}
}

// New brings the tables up to date, and makes the key where there is none yet. Run sends.
func New(ctx context.Context, cfg Config) (*Hooks, error) {
	if err := cfg.DB.Migrate(ctx, "webhook", store.Migrations{FS: migrations, Dir: "migrations"}); err != nil {
		return nil, err
	}
	h := &Hooks{cfg: cfg, wake: make(chan struct{}, 1)}
	h.client = h.newClient()
	var err error
	if h.views, err = web.ParseViews(pageFiles, "pages"); err != nil {
		return nil, err
	}
	if h.key, err = h.loadKey(ctx); err != nil {
		return nil, err
	}
	return h, nil
}

// Run queues messages as the log grows, and sends them, until ctx ends; it returns why it did.
func (h *Hooks) Run(ctx context.Context) error {
	for {
		more, err := h.Feed(ctx)
		n, failed := h.Step(ctx)
		if err := errors.Join(err, failed); err != nil && ctx.Err() == nil {
			h.cfg.Log.Error("webhooks", "error", err)
		} else if more || n > 0 {
			continue
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-h.wake:
		case <-time.After(pollInterval):
		}
	}
}

// events are those that are offered, each once.
func (h *Hooks) events() []Event {
	var all []Event
	seen := make(map[Event]bool)
	for _, k := range append(h.cfg.Kinds[:len(h.cfg.Kinds):len(h.cfg.Kinds)], Kind{Event: Decided}, Kind{Event: Checkpointed}) {
		if !seen[k.Event] {
			seen[k.Event] = true
			all = append(all, k.Event)
		}
	}
	return all
}
