package demo

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/sumdb/note"

	"bayyina/module/vote"
	"bayyina/platform/ledger"
	"bayyina/platform/ledger/localwitness"
	"bayyina/platform/store"
)

// place is where elections are held, by the names that the log has.
type place struct {
	host     string // that the keys are named after
	others   string // a format for the names of whoever is not of the commission, by what they are called
	origin   string // of the log
	name     ledger.Bilingual
	passkeys ledger.Passkeys
}

// scene is a server with everybody's keys in one hand, on which elections are held.
type scene struct {
	cfg       Config
	place     place
	people    *people
	db        *store.DB
	log       *ledger.Log // nil on a server that publishes by itself
	server    ledger.Config
	registrar *vote.Registrar
	witnesses []*localwitness.Witness
}

// build makes the keys, starts the witnesses, and the log with its genesis.
func (s *scene) build(ctx context.Context) error {
	var err error
	if err := os.Mkdir(s.cfg.Dir, 0o755); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	if s.people, err = gather(s.place, s.cfg.Random); err != nil {
		return err
	}
	if s.cfg.Litewitness == "" { // then nobody witnesses
		s.people.witnesses = nil
	}
	for i, key := range s.people.witnesses {
		w, err := s.witness(ctx, i, key)
		if err != nil {
			return err
		}
		s.witnesses = append(s.witnesses, w)
	}
	if s.db, err = store.Open(ctx, cmp.Or(s.cfg.Database, "sqlite:"+s.path("bayyina.db"))); err != nil {
		return err
	}
	s.server = ledger.Config{
		Dir: s.cfg.Dir, DB: s.db, Checkpoint: s.people.checkpoint, Entry: s.people.entry, Now: s.cfg.Now,
		Client: http.DefaultClient, Log: slog.New(slog.DiscardHandler),
	}
	genesis, err := s.genesis()
	if err != nil {
		return err
	}
	if _, err := ledger.Create(ctx, s.server, genesis); err != nil {
		return err
	}
	if s.log, err = ledger.Open(ctx, s.server); err != nil {
		return err
	}
	if s.registrar, err = vote.NewRegistrar(ctx, vote.Config{
		DB: s.db, Dir: s.cfg.Dir, Origin: s.place.origin, Receipt: s.people.receipt, Now: s.cfg.Now, Random: s.cfg.Random,
	}); err != nil {
		return err
	}
	if err := os.WriteFile(s.path(policyName), []byte(s.policy()), 0o644); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	return nil
}

func (s *scene) path(name string) string { return filepath.Join(s.cfg.Dir, name) }

func (s *scene) witness(ctx context.Context, i int, key ed25519.PrivateKey) (*localwitness.Witness, error) {
	return localwitness.Start(ctx, localwitness.Config{
		Binary: s.cfg.Litewitness, Dir: witnessDir(s.cfg.Dir, i), Name: witnessName(i),
		Key: key, Origin: s.place.origin, LogKey: s.people.checkpoint.VerifierKey(),
	})
}

// quorum is how many witnesses must cosign.
func (s *scene) quorum() int { return min(quorum, len(s.people.witnesses)) }

// say signs what the commission or one of its helpers says.
func (s *scene) say(kind string, body any, signers ...note.Signer) ([]byte, error) {
	now := s.cfg.Now()
	text, err := vote.Say(s.cfg.Random, s.place.origin, kind, vote.Window{From: now, Until: now.Add(24 * time.Hour)}, body)
	if err != nil {
		return nil, err
	}
	return signed(text, signers...)
}

func (s *scene) genesis() ([]byte, error) {
	body := ledger.Genesis{
		Name:      s.place.name,
		Rehearsal: true,
		Passkeys:  s.place.passkeys,
		Quorum:    s.quorum(),
		Witnesses: []ledger.Witness{},
		Rules:     []ledger.Rule{},
	}
	p := s.people
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
	for _, w := range s.witnesses {
		body.Witnesses = append(body.Witnesses, ledger.Witness{Key: w.VerifierKey, URL: w.URL})
	}
	return s.say("log.genesis/1", body, p.root)
}

// policy is what the commission prints and hands out: where trust starts.
func (s *scene) policy() string {
	text := "log " + s.people.checkpoint.VerifierKey() + "\n"
	var names string
	for i, w := range s.witnesses {
		text += fmt.Sprintf("witness w%d %s %s\n", i+1, w.VerifierKey, w.URL)
		names += fmt.Sprintf(" w%d", i+1)
	}
	if names == "" {
		text += "quorum none\n"
	} else {
		text += fmt.Sprintf("group witnesses %d%s\nquorum witnesses\n", s.quorum(), names)
	}
	return text + "#bayyina genesis " + s.people.root.VerifierKey() + "\n#bayyina rehearsal\n"
}

// enter brings what somebody said to the server, which publishes it.
func (s *scene) enter(ctx context.Context, kind string, body any, contents [][]byte, signers ...note.Signer) error {
	statement, err := s.say(kind, body, signers...)
	if err != nil {
		return err
	}
	if err := s.registrar.Enter(ctx, statement, contents...); err != nil || s.log == nil {
		return err
	}
	_, err = s.log.Drain(ctx)
	return err
}

func (s *scene) close() error {
	var errs []error
	if s.log != nil {
		errs = append(errs, s.log.Close())
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	for _, w := range s.witnesses {
		errs = append(errs, w.Stop())
	}
	return errors.Join(errs...)
}
