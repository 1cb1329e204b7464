// Package evidence is what a stranger needs to judge who decided what in a log, and
// who may do what: the kinds of entries with their fields, and the claims that are
// recomputed from them (docs/PROTOCOL.md section 9a). It links no database, no server
// and no clock.
package evidence

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
)

// The kinds of entries, with version.
const (
	KindProposal = "decision.proposal/1"
	KindEnd      = "decision.end/1"
	KindGrant    = "access.grant/1"
	KindRevoke   = "access.revoke/1"
	KindErase    = "access.erase/1"
	KindReads    = "access.reads/1"
)

// Limits (docs/PROTOCOL.md section 12).
const (
	MaxProposals = 100_000 // in a log
	MaxGrants    = 100_000
	maxKeys      = 32 // of one proposer
)

// Person is somebody as the log knows people: by role and number. The name is sealed.
type Person struct {
	Role   string       `json:"role"`
	Number int64        `json:"number"` // from 1
	Name   *read.Sealed `json:"name,omitempty"`
}

// Proposal says that somebody proposes a statement, whose text stands beside the
// entry before anybody has signed it.
type Proposal struct {
	Statement string          `json:"statement"` // id of the statement
	Kind      string          `json:"kind"`
	Text      read.Attachment `json:"text"` // the statement's text, byte for byte
	Proposer  Person          `json:"proposer"`
	Keys      []string        `json:"keys"` // names of the proposer's deciding keys, none of which may sign it
}

// Outcomes of a proposal that did not become a decision.
const (
	Refused   = "refused"
	Withdrawn = "withdrawn"
	Expired   = "expired" // its window ended first
)

// End says that a proposal is no longer open, and that its statement must never enter.
type End struct {
	Statement string         `json:"statement"`
	Outcome   string         `json:"outcome"`
	By        *Person        `json:"by,omitempty"` // absent when it expired
	Reason    read.Bilingual `json:"reason"`
}

// Grant gives a person a role in a scope.
type Grant struct {
	Person int64          `json:"person"` // from 1
	Name   *read.Sealed   `json:"name,omitempty"`
	Role   string         `json:"role"`
	Scope  access.Scope   `json:"scope"` // without members: the whole country
	Reason read.Bilingual `json:"reason"`
}

// Revoke takes it away.
type Revoke struct {
	Person int64          `json:"person"`
	Role   string         `json:"role"`
	Scope  access.Scope   `json:"scope"`
	Reason read.Bilingual `json:"reason"`
}

// Erase says that what was sealed about somebody is erased: the key that opened it is
// destroyed. The log does not say of whom.
type Erase struct {
	Subject read.Sealed    `json:"subject"`
	Reason  read.Bilingual `json:"reason"`
}

// Reads commits to the register of who read personal data on one day.
type Reads struct {
	Day    string `json:"day"` // 2026-11-24, UTC
	Count  int64  `json:"count"`
	Digest string `json:"digest"` // hex SHA-256 of the day's register
}

var (
	idForm   = regexp.MustCompile(`^[0-9a-f]{32}$`)
	hashForm = regexp.MustCompile(`^[0-9a-f]{64}$`)
	roleForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)
)

func (p Person) check() error {
	if p.Number < 1 || !roleForm.MatchString(p.Role) {
		return fmt.Errorf("person %d of role %.40q", p.Number, p.Role)
	}
	return nil
}

func (p Proposal) check() error {
	switch {
	case !idForm.MatchString(p.Statement):
		return fmt.Errorf("statement id %.40q", p.Statement)
	case p.Text.Size > read.MaxNote:
		return fmt.Errorf("a text of %d bytes", p.Text.Size)
	case len(p.Keys) > maxKeys:
		return fmt.Errorf("%d keys of one person", len(p.Keys))
	}
	return p.Proposer.check()
}

func (e End) check() error {
	switch e.Outcome {
	case Refused, Withdrawn:
		if e.By == nil {
			return errors.New("nobody ended it")
		}
		return e.By.check()
	case Expired:
		if e.By != nil {
			return errors.New("somebody let it expire")
		}
		return nil
	}
	return fmt.Errorf("outcome %.40q", e.Outcome)
}

// Held is a role that a person has, and where.
type Held struct {
	Person int64        `json:"person"`
	Role   string       `json:"role"`
	Scope  access.Scope `json:"scope"`
}

func (h Held) check() error {
	if err := h.Scope.Check(); err != nil {
		return err
	}
	return Person{Role: h.Role, Number: h.Person}.check()
}

func (e Erase) check() error {
	if !hashForm.MatchString(e.Subject.Hash) {
		return fmt.Errorf("sealed value %.80q", e.Subject.Hash)
	}
	return nil
}

func (r Reads) check() error {
	day, err := time.Parse(time.DateOnly, r.Day)
	switch {
	case err != nil || day.Format(time.DateOnly) != r.Day:
		return fmt.Errorf("day %.40q", r.Day)
	case r.Count < 0 || !hashForm.MatchString(r.Digest):
		return fmt.Errorf("%d reads with the digest %.80q", r.Count, r.Digest)
	}
	return nil
}
