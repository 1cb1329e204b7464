// Package demo holds a whole election in an invented country, with everybody's keys
// in one hand and real witnesses on the same machine, and then tells lies about it.
// It shows what the program does; it proves nothing to anybody.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"bayyina/platform/ledger"
	"bayyina/platform/ledger/read"
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

// country is the place.
var country = place{
	host: host, origin: origin, others: "%s.example/%s",
	name:     ledger.Bilingual{AR: "سجل أدلة المفوضية الوطنية العليا للانتخابات (تجربة)", EN: "Evidence log of the High National Elections Commission (rehearsal)"},
	passkeys: ledger.Passkeys{RPID: rpID, Origins: []string{Signing}},
}

// holding is the country's election on its way.
type holding struct {
	*held
	roll []voter
	keep kept
}

// Hold holds the election, from the first key to the certified result, and tells of
// each step. What it leaves in the folder is what a verifier needs.
func Hold(ctx context.Context, cfg Config) (*Country, error) {
	if cfg.Voters < MinVoters {
		return nil, fmt.Errorf("%d voters: at least %d are needed for %d districts", cfg.Voters, MinVoters, len(districts))
	}
	h := &holding{held: &held{scene: &scene{cfg: cfg, place: country}}}
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
	if err := h.build(ctx); err != nil {
		return err
	}
	if err := h.keepKeys(); err != nil {
		return err
	}
	return h.tell("founded", "Origin", origin, "Officers", len(h.people.officers), "Witnesses", witnesses, "Quorum", quorum)
}
