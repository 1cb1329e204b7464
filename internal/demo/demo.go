// Package demo holds a whole election in an invented country, with everybody's keys
// in one hand and real witnesses on the same machine, and then tells lies about it.
// It shows what the program does; it proves nothing to anybody.
package demo

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/sumdb/note"

	"bayyina/core/ballot"
	"bayyina/core/credential"
	"bayyina/module/vote"
	"bayyina/platform/ledger"
	"bayyina/platform/ledger/localwitness"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
)

// MinVoters is the least number of voters: some for each district.
const MinVoters = 50

// Config says what election to hold, and where.
type Config struct {
	Dir         string // a new folder: the server's data folder, and what the actors keep
	Database    string // an empty PostgreSQL database, postgres://…; the folder's own file where empty
	Voters      int    // on the roll; as many ballots are cast
	Litewitness string // the witnesses' program
	Random      io.Reader
	Now         func() time.Time
	Tell        func(read.Message) error // the story, one sentence at a time
	Progress    func(done, of int)       // ballots cast; called by several goroutines
}

// Country is where the election was held.
type Country struct {
	UUID    string
	Log     string // folder with the public files
	Policy  string // file
	Archive string // .bel file
	Promise string // file: the promise to one of the voters
	Receipt string // file: that voter's inclusion proof
	Tracker string // of that voter's ballot

	dir      string
	people   *people
	promised string // the hash of that voter's ballot
	random   io.Reader
}

// holding is an election on its way.
type holding struct {
	cfg       Config
	people    *people
	uuid      string
	db        *store.DB
	log       *ledger.Log
	server    ledger.Config
	registrar *vote.Registrar
	witnesses []*localwitness.Witness

	voters      []voter
	secrets     []credential.Private
	list        *credential.List
	trustees    []byte // the record
	credentials []byte // the public list
	election    *ballot.Election
	closes      time.Time
	result      []byte
	keep        kept
}

// Hold holds the election, from the first key to the certified result, and tells of
// each step. What it leaves in the folder is what a verifier needs.
func Hold(ctx context.Context, cfg Config) (*Country, error) {
	if cfg.Voters < MinVoters {
		return nil, fmt.Errorf("%d voters: at least %d are needed for %d districts", cfg.Voters, MinVoters, len(districts))
	}
	h := &holding{cfg: cfg}
	c, err := h.hold(ctx)
	return c, errors.Join(err, h.close())
}

func (h *holding) hold(ctx context.Context) (*Country, error) {
	for _, step := range []func(context.Context) error{
		h.found, h.prepare, h.open, h.vote, h.count, h.certify, h.handOut,
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return &Country{
		UUID: h.uuid, Log: filepath.Join(h.cfg.Dir, "log"), Policy: h.path(policyName), Archive: h.path(archiveName),
		Promise: h.path(promiseName), Receipt: h.path(receiptName), Tracker: h.keep.tracker,
		dir: h.cfg.Dir, people: h.people, promised: h.keep.hash, random: h.cfg.Random,
	}, nil
}

// Names of what is left in the folder.
const (
	policyName  = "policy.txt"
	archiveName = "election.bel"
	promiseName = "promise.txt"
	receiptName = "receipt.txt"
)

func (h *holding) path(name string) string { return filepath.Join(h.cfg.Dir, name) }

// tell tells a sentence of the story; the arguments come in pairs.
func (h *holding) tell(id string, pairs ...any) error {
	args := make(map[string]any)
	for i := 0; i+1 < len(pairs); i += 2 {
		args[pairs[i].(string)] = pairs[i+1]
	}
	return h.cfg.Tell(read.Message{ID: "demo." + id, Args: args})
}

// found makes the keys, starts the witnesses, and the log with its genesis.
func (h *holding) found(ctx context.Context) error {
	var err error
	if err := os.Mkdir(h.cfg.Dir, 0o755); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if h.people, err = gather(h.cfg.Random); err != nil {
		return err
	}
	for i, key := range h.people.witnesses {
		w, err := h.witness(ctx, i, key)
		if err != nil {
			return err
		}
		h.witnesses = append(h.witnesses, w)
	}
	if h.db, err = store.Open(ctx, cmp.Or(h.cfg.Database, "sqlite:"+h.path("bayyina.db"))); err != nil {
		return err
	}
	h.server = ledger.Config{
		Dir: h.cfg.Dir, DB: h.db, Checkpoint: h.people.checkpoint, Entry: h.people.entry, Now: h.cfg.Now,
		Client: http.DefaultClient, Log: slog.New(slog.DiscardHandler),
	}
	genesis, err := h.genesis()
	if err != nil {
		return err
	}
	if _, err := ledger.Create(ctx, h.server, genesis); err != nil {
		return err
	}
	if h.log, err = ledger.Open(ctx, h.server); err != nil {
		return err
	}
	if h.registrar, err = vote.NewRegistrar(ctx, vote.Config{
		DB: h.db, Dir: h.cfg.Dir, Origin: origin, Receipt: h.people.receipt, Now: h.cfg.Now, Random: h.cfg.Random,
	}); err != nil {
		return err
	}
	if err := os.WriteFile(h.path(policyName), []byte(h.policy()), 0o644); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if err := h.keepKeys(); err != nil {
		return err
	}
	return h.tell("founded", "Origin", origin, "Officers", len(h.people.officers), "Witnesses", witnesses, "Quorum", quorum)
}

func (h *holding) witness(ctx context.Context, i int, key ed25519.PrivateKey) (*localwitness.Witness, error) {
	return localwitness.Start(ctx, localwitness.Config{
		Binary: h.cfg.Litewitness, Dir: witnessDir(h.cfg.Dir, i), Name: witnessName(i),
		Key: key, Origin: origin, LogKey: h.people.checkpoint.VerifierKey(),
	})
}

// say signs what the commission or one of its helpers says.
func (h *holding) say(kind string, body any, signers ...note.Signer) ([]byte, error) {
	now := h.cfg.Now()
	text, err := vote.Say(h.cfg.Random, origin, kind, vote.Window{From: now, Until: now.Add(24 * time.Hour)}, body)
	if err != nil {
		return nil, err
	}
	return signed(text, signers...)
}

func (h *holding) genesis() ([]byte, error) {
	body := ledger.Genesis{
		Name:      ledger.Bilingual{AR: "سجل أدلة المفوضية الوطنية العليا للانتخابات (تجربة)", EN: "Evidence log of the High National Elections Commission (rehearsal)"},
		Rehearsal: true,
		Passkeys:  ledger.Passkeys{RPID: rpID, Origins: []string{Signing}},
		Quorum:    quorum,
		Rules:     []ledger.Rule{},
	}
	p := h.people
	add := func(role, key string, software bool) {
		body.Keys = append(body.Keys, ledger.GenesisKey{Role: role, Key: key, Software: software})
	}
	add("root", p.root.VerifierKey(), false)
	for _, k := range p.officers {
		add("officer", k.VerifierKey(), true)
	}
	add("checkpoint", p.checkpoint.VerifierKey(), false)
	add("entry", p.entry.VerifierKey(), false)
	add("receipt", p.receipt.VerifierKey(), false)
	add("authority", p.authority.VerifierKey(), false)
	for _, k := range p.trustees {
		add("trustee", k.VerifierKey(), false)
	}
	for _, w := range h.witnesses {
		body.Witnesses = append(body.Witnesses, ledger.Witness{Key: w.VerifierKey, URL: w.URL})
	}
	return h.say("log.genesis/1", body, p.root)
}

// policy is what the commission prints and hands out: where trust starts.
func (h *holding) policy() string {
	text := "log " + h.people.checkpoint.VerifierKey() + "\n"
	var names string
	for i, w := range h.witnesses {
		text += fmt.Sprintf("witness w%d %s %s\n", i+1, w.VerifierKey, w.URL)
		names += fmt.Sprintf(" w%d", i+1)
	}
	return text + fmt.Sprintf("group witnesses %d%s\nquorum witnesses\n", quorum, names) +
		"#bayyina genesis " + h.people.root.VerifierKey() + "\n#bayyina rehearsal\n"
}

// enter brings what somebody said to the server, which publishes it.
func (h *holding) enter(ctx context.Context, kind string, body any, contents [][]byte, signers ...note.Signer) error {
	statement, err := h.say(kind, body, signers...)
	if err != nil {
		return err
	}
	if err := h.registrar.Enter(ctx, statement, contents...); err != nil {
		return err
	}
	_, err = h.log.Drain(ctx)
	return err
}

func (h *holding) close() error {
	var errs []error
	if h.log != nil {
		errs = append(errs, h.log.Close())
	}
	if h.db != nil {
		errs = append(errs, h.db.Close())
	}
	for _, w := range h.witnesses {
		errs = append(errs, w.Stop())
	}
	return errors.Join(errs...)
}
