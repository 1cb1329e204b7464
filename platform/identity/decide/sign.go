package decide

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"

	"bayyina/platform/identity/access"
	"bayyina/platform/identity/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
)

func attachmentOf(content []byte) read.Attachment {
	sum := sha256.Sum256(content)
	return read.Attachment{SHA256: hex.EncodeToString(sum[:]), Size: int64(len(content))}
}

// Assertion is what an authenticator answers when it is asked to sign (WebAuthn level 2,
// section 5.2.2).
type Assertion struct {
	AuthenticatorData, ClientData, Signature []byte
}

// encode writes an assertion as a note's signature has it (docs/PROTOCOL.md section 2).
func (a Assertion) encode() ([]byte, error) {
	if len(a.AuthenticatorData) > math.MaxUint16 || len(a.ClientData) > math.MaxUint16 || len(a.Signature) > 1024 {
		return nil, fmt.Errorf("%w: the assertion is too long", ErrSignature)
	}
	out := binary.BigEndian.AppendUint16(nil, uint16(len(a.AuthenticatorData)))
	out = append(out, a.AuthenticatorData...)
	out = binary.BigEndian.AppendUint16(out, uint16(len(a.ClientData)))
	out = append(out, a.ClientData...)
	return append(out, a.Signature...), nil
}

// Sign takes a person's signature on a proposal: an assertion over its text by a deciding key
// of that person which is in force in the log.
func (d *Decisions) Sign(ctx context.Context, person int64, id string, a Assertion) error {
	signature, err := a.encode()
	if err != nil {
		return err
	}
	return d.sign(ctx, person, id, func(key read.Key, _ []byte) ([]byte, error) { return signature, nil })
}

// SignInSoftware signs with the software passkey that a demonstration holds for a person.
func (d *Decisions) SignInSoftware(ctx context.Context, person int64, id string) error {
	soft := d.cfg.Software[person]
	h, err := d.now(ctx)
	if err == nil && (soft == nil || len(h.Passkeys().Origins) == 0) {
		err = ErrNoKey
	}
	if err != nil {
		return err
	}
	return d.sign(ctx, person, id, func(_ read.Key, text []byte) ([]byte, error) {
		return soft.At(h.Passkeys().RPID, h.Passkeys().Origins[0]).Sign(text)
	})
}

// sign keeps the first signature that make gives and that is good for one of the person's keys.
func (d *Decisions) sign(ctx context.Context, person int64, id string, make func(read.Key, []byte) ([]byte, error)) error {
	h, err := d.now(ctx)
	if err != nil {
		return err
	}
	err = d.cfg.DB.Tx(ctx, func(tx *store.Tx) error { return d.signIn(ctx, tx, h, person, id, make) })
	if err != nil {
		return fmt.Errorf("sign %.40q: %w", id, err)
	}
	return nil
}

func (d *Decisions) signIn(ctx context.Context, tx *store.Tx, h *read.KeyHistory, person int64, id string, make func(read.Key, []byte) ([]byte, error)) error {
	p, err := take(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := d.maySign(ctx, tx, p, person); err != nil {
		return err
	}
	keys, err := inForce(ctx, tx, h, person)
	if err != nil {
		return err
	}
	var bad error = ErrNoKey
	for _, key := range keys {
		signature, err := make(key, p.Statement.Text)
		if err == nil {
			err = key.Verify(p.Statement.Text, signature, h.Passkeys())
		}
		if err != nil {
			bad = fmt.Errorf("%w: %w", ErrSignature, err)
			continue
		}
		return addSignature(ctx, tx, id, key.Name(), person, signatureOf(key, signature), d.clock())
	}
	return bad
}

// maySign refuses whoever may not sign, or refuse, an open proposal.
func (d *Decisions) maySign(ctx context.Context, tx *store.Tx, p *Proposal, person int64) error {
	who, err := d.cfg.People.Who(ctx, tx, person)
	switch {
	case err != nil:
		return err
	case !who.May(access.DecisionSign, p.Scope):
		return ErrForbidden
	case p.Proposer == person:
		return ErrOwn
	case p.signedBy(person):
		return ErrSignedTwice
	case d.clock().After(p.Statement.Until):
		return fmt.Errorf("%w: its window is over", ErrNotOpen)
	}
	return d.ownCase(ctx, tx, p.Statement, person)
}

// ownCase refuses somebody who would decide on their own case.
func (d *Decisions) ownCase(ctx context.Context, tx *store.Tx, s read.Statement, person int64) error {
	effect, err := d.effect(s.Kind)
	if err != nil || effect.Barred == nil {
		return err
	}
	barred, err := effect.Barred(ctx, tx, s)
	if err == nil && slices.Contains(barred, person) {
		err = ErrOwnCase
	}
	return err
}

// inForce are the deciding keys of a person that the log has in force.
func inForce(ctx context.Context, tx *store.Tx, h *read.KeyHistory, person int64) ([]read.Key, error) {
	own, err := keysOf(ctx, tx, person)
	if err != nil {
		return nil, err
	}
	var list []read.Key
	for _, k := range own {
		if m := h.Member(k.Name); m != nil && m.Until == 0 && m.Role == read.RoleOfficer && m.Key.String() == k.Public {
			list = append(list, m.Key)
		}
	}
	return list, nil
}

// AddOffline takes the statement as keepers of offline keys have signed it (bayyina key
// sign), and keeps each signature of theirs that is new.
func (d *Decisions) AddOffline(ctx context.Context, by *access.Person, id string, signed []byte) (added int, err error) {
	s, err := read.ParseStatement(signed)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	h, err := d.now(ctx)
	if err != nil {
		return 0, err
	}
	err = d.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		added = 0
		p, err := take(ctx, tx, id)
		if err != nil {
			return err
		}
		if !by.May(access.DecisionRead, p.Scope) {
			return ErrForbidden
		}
		if string(s.Text) != string(p.Statement.Text) {
			return fmt.Errorf("%w: it is another text", ErrSignature)
		}
		for _, line := range s.Signatures {
			m := h.Member(line.Name)
			if m == nil || !m.Key.Made(line) || m.Until != 0 || m.Key.IsPasskey() || slices.Contains(p.signers(), line.Name) {
				continue // of nobody, or there already
			}
			if err := m.Key.Verify(s.Text, line.Bytes, h.Passkeys()); err != nil {
				return fmt.Errorf("%w: %w", ErrSignature, err)
			}
			if err := addSignature(ctx, tx, id, line.Name, 0, signatureOf(m.Key, line.Bytes), d.clock()); err != nil {
				return err
			}
			added++
		}
		if added == 0 {
			return fmt.Errorf("%w: no new signature by an offline key of this log", ErrSignature)
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("add offline signature: %w", err)
	}
	return added, nil
}

// Refuse ends a proposal for good: one of those who could sign it says why not.
func (d *Decisions) Refuse(ctx context.Context, person int64, id string, reason read.Bilingual) error {
	return d.end(ctx, person, id, Refused, reason, func(tx *store.Tx, p *Proposal) error {
		if err := d.maySign(ctx, tx, p, person); !errors.Is(err, ErrSignedTwice) { // second thoughts are allowed
			return err
		}
		return nil
	})
}

// Withdraw ends a proposal by its proposer.
func (d *Decisions) Withdraw(ctx context.Context, person int64, id string, reason read.Bilingual) error {
	return d.end(ctx, person, id, Withdrawn, reason, func(_ *store.Tx, p *Proposal) error {
		if p.Proposer != person {
			return ErrForbidden
		}
		return nil
	})
}

// end ends a proposal by somebody, and queues that into the log.
func (d *Decisions) end(ctx context.Context, person int64, id string, how State, reason read.Bilingual, may func(*store.Tx, *Proposal) error) error {
	reason, err := checkReason(reason)
	if err != nil {
		return err
	}
	err = d.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		p, err := take(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := may(tx, p); err != nil {
			return err
		}
		who, err := d.cfg.People.Who(ctx, tx, person)
		if err != nil {
			return err
		}
		right := access.DecisionSign
		if how == Withdrawn {
			e, err := d.effect(p.Statement.Kind)
			if err != nil {
				return err
			}
			right = e.Right
		}
		role, ok := roleFor(who, right, p.Scope)
		if !ok {
			return ErrForbidden
		}
		if err := settle(ctx, tx, id, how, person, d.clock(), reason); err != nil {
			return err
		}
		return d.tellEnd(ctx, tx, p, how, who, role, reason)
	})
	if err != nil {
		return fmt.Errorf("end %.40q: %w", id, err)
	}
	return nil
}

// tellEnd queues that a proposal has ended, by somebody in a role or by nobody.
func (d *Decisions) tellEnd(ctx context.Context, tx *store.Tx, p *Proposal, how State, by *access.Person, role access.Role, reason read.Bilingual) error {
	return d.say(ctx, tx, evidence.KindEnd, "by.name", by, func(sealed *read.Sealed) any {
		end := evidence.End{Statement: p.Statement.ID, Outcome: string(how), Reason: reason}
		if by != nil {
			end.By = &evidence.Person{Role: string(role), Number: by.ID, Name: sealed}
		}
		return end
	}, p.Statement.Origin)
}
