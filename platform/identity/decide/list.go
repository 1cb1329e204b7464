package decide

import (
	"context"

	"bayyina/platform/identity/access"
	"bayyina/platform/store"
)

// Proposal returns a proposal to somebody who may see it. To anybody else there is none.
func (d *Decisions) Proposal(ctx context.Context, p *access.Person, id string) (found *Proposal, err error) {
	err = d.cfg.DB.View(ctx, func(tx *store.Tx) error {
		found, err = readProposal(ctx, tx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !found.visibleTo(p) {
		return nil, ErrUnknown
	}
	return found, nil
}

func (p *Proposal) visibleTo(who *access.Person) bool {
	return who != nil && (who.May(access.DecisionRead, p.Scope) || who.ID == p.Proposer)
}

// WaitsFor says whether somebody may sign a proposal that another made, and has not yet.
func (p *Proposal) WaitsFor(who *access.Person) bool {
	return who != nil && p.State == Open && p.Proposer != who.ID && !p.signedBy(who.ID) && who.May(access.DecisionSign, p.Scope)
}

// maxListed bounds a list of decided proposals.
const maxListed = 200

// Proposals lists those that somebody may see: the open ones, and the newest of the others.
func (d *Decisions) Proposals(ctx context.Context, p *access.Person) (open, settled []*Proposal, err error) {
	err = d.cfg.DB.View(ctx, func(tx *store.Tx) error {
		open, settled = nil, nil
		all, err := listProposals(ctx, tx, `state = 'open'`)
		if err != nil {
			return err
		}
		others, err := listProposals(ctx, tx, `id IN (SELECT id FROM decide_proposal WHERE state <> 'open' ORDER BY settled DESC, id LIMIT ?1)`, maxListed)
		if err != nil {
			return err
		}
		for _, one := range all {
			if one.visibleTo(p) {
				open = append(open, one)
			}
		}
		for _, one := range others {
			if one.visibleTo(p) {
				settled = append(settled, one)
			}
		}
		return nil
	})
	return open, settled, err
}
