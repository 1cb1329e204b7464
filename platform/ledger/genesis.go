package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/note"
)

// Kinds of statements that the log itself acts on.
const (
	kindGenesis   = "log.genesis/1"
	kindWitnesses = "log.witnesses/1"
	kindClose     = "log.close/1"
)

// Bilingual is a text in Arabic and English.
type Bilingual struct {
	AR string `json:"ar"`
	EN string `json:"en"`
}

// Genesis is the body of entry 0 (docs/PROTOCOL.md section 6).
type Genesis struct {
	Name      Bilingual    `json:"name"`
	Rehearsal bool         `json:"rehearsal"`
	Keys      []GenesisKey `json:"keys"`
	Passkeys  Passkeys     `json:"passkeys"`
	Witnesses []Witness    `json:"witnesses"`
	Quorum    int          `json:"quorum"`
	Rules     []Rule       `json:"rules"`
	Previous  *Previous    `json:"previous,omitempty"`
}

// GenesisKey is one key with its role.
type GenesisKey struct {
	Role     string  `json:"role"`
	Key      string  `json:"key"` // verifier key
	Holder   *Sealed `json:"holder,omitempty"`
	Software bool    `json:"software,omitempty"` // a passkey that is no hardware
}

// Sealed is a value of which the log holds only the commitment.
type Sealed struct {
	Hash string `json:"sealed"` // hex
}

// Passkeys says where passkey assertions of this log are made.
type Passkeys struct {
	RPID    string   `json:"rp_id"`
	Origins []string `json:"origins"`
}

// Witness is a witness of the log, and where it takes checkpoints.
type Witness struct {
	Key string `json:"key"`           // verifier key, type 04
	URL string `json:"url,omitempty"` // submission prefix
}

// Rule asks for more signatures on a kind than the protocol does.
type Rule struct {
	Kind string `json:"kind"`
	Need []Need `json:"need"`
}

// Need is a number of distinct keys of one role.
type Need struct {
	Role  string `json:"role"`
	Count int    `json:"count"`
}

// Previous names the last checkpoint of the log that this one succeeds.
type Previous struct {
	Origin string `json:"origin"`
	Size   uint64 `json:"size"`
	Root   []byte `json:"root"`
}

// checkServerKeys makes sure that the genesis names the two keys with which
// this server writes.
func (g Genesis) checkServerKeys(checkpoint, entry note.Signer) error {
	for role, signer := range map[string]note.Signer{"checkpoint": checkpoint, "entry": entry} {
		if !slices.ContainsFunc(g.Keys, func(k GenesisKey) bool {
			v, err := note.NewVerifier(k.Key)
			return k.Role == role && err == nil && v.Name() == signer.Name() && v.KeyHash() == signer.KeyHash()
		}) {
			return fmt.Errorf("genesis: it does not name this server's %s key %s+%08x", role, signer.Name(), signer.KeyHash())
		}
	}
	return nil
}

// checkGenesis refuses a genesis that this server could not write under.
func checkGenesis(s Statement, cfg Config) error {
	var g Genesis
	if err := json.Unmarshal(s.Body, &g); err != nil {
		return fmt.Errorf("genesis: %w", err)
	}
	if err := (reign{Witnesses: g.Witnesses, Quorum: g.Quorum}).check(); err != nil {
		return fmt.Errorf("genesis: %w", err)
	}
	return g.checkServerKeys(cfg.Checkpoint, cfg.Entry)
}

// reign is the witnesses and quorum in force from one sequence on.
type reign struct {
	From      uint64    `json:"from"`
	Witnesses []Witness `json:"witnesses"`
	Quorum    int       `json:"quorum"`
}

// history is what the writer itself must know of the log's past.
type history struct {
	Reigns []reign `json:"reigns,omitempty"`
	Closed bool    `json:"closed,omitempty"`
}

// at returns the witnesses in force at a sequence.
func (h history) at(sequence uint64) (reign, error) {
	for _, r := range slices.Backward(h.Reigns) {
		if r.From <= sequence {
			return r, nil
		}
	}
	return reign{}, errors.New("the log has no genesis")
}

// after returns the history once the statement has entered at sequence.
func (h history) after(sequence uint64, s Statement) (history, error) {
	from := sequence
	switch s.Kind {
	case kindGenesis: // its own witnesses cosign the checkpoint that covers it
	case kindWitnesses:
		from++
	case kindClose:
		h.Closed = true
		return h, nil
	default:
		return h, nil
	}
	r := reign{From: from}
	if err := json.Unmarshal(s.Body, &r); err != nil {
		return history{}, fmt.Errorf("%s: %w", s.Kind, err)
	}
	r.From = from
	if err := r.check(); err != nil {
		return history{}, fmt.Errorf("%s: %w", s.Kind, err)
	}
	h.Reigns = append(slices.Clone(h.Reigns), r)
	return h, nil
}

// check refuses witnesses that could never cosign.
func (r reign) check() error {
	if len(r.Witnesses) > maxWitnesses {
		return fmt.Errorf("%d witnesses, more than %d", len(r.Witnesses), maxWitnesses)
	}
	if r.Quorum < 0 || r.Quorum > len(r.Witnesses) || r.Quorum == 0 && len(r.Witnesses) > 0 {
		return fmt.Errorf("a quorum of %d among %d witnesses", r.Quorum, len(r.Witnesses))
	}
	for _, w := range r.Witnesses {
		if _, err := w.verifier(); err != nil {
			return err
		}
	}
	return nil
}
