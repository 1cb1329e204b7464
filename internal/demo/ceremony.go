package demo

import (
	"context"
	"fmt"

	"bayyina/core/group"
	"bayyina/core/trustee"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
)

// ceremony makes the election's key: nobody ever holds it, and any two of the three
// members can decrypt. Each commits in the log to what it will say, before it has
// seen what the others say.
func (h *held) ceremony(ctx context.Context) error {
	var certificates, polynomials, outputs [][]byte
	var keys []*trustee.Key
	for i := range h.people.trustees {
		seed, err := trustee.NewSeed(h.cfg.Random)
		if err != nil {
			return err
		}
		key, err := trustee.OpenSeed(group.Ed25519, seed)
		if err != nil {
			return err
		}
		keys = append(keys, key)
		certificate, err := key.Certificate(members, threshold, i+1, h.cfg.Random)
		if err != nil {
			return err
		}
		certificates = append(certificates, certificate)
	}
	c, err := trustee.OpenCeremony(certificates)
	if err != nil {
		return err
	}
	for i, t := range h.people.trustees {
		polynomial, err := c.Polynomial(keys[i], h.cfg.Random)
		if err != nil {
			return err
		}
		polynomials = append(polynomials, polynomial)
		body, err := vote.CommitmentStatement(h.uuid, i+1, certificates[i], polynomial)
		if err != nil {
			return err
		}
		if err := h.enter(ctx, evidence.KindCommitment, body, nil, t); err != nil {
			return err
		}
	}
	inputs, err := c.Inputs(polynomials)
	if err != nil {
		return err
	}
	for i, key := range keys {
		output, err := c.Share(key, inputs[i], h.cfg.Random)
		if err != nil {
			return err
		}
		outputs = append(outputs, output)
	}
	block, shares, err := c.Finish(polynomials, outputs)
	if err != nil {
		return err
	}
	for i, key := range keys {
		share, err := key.OpenShare(shares[i])
		if err != nil {
			return fmt.Errorf("trustee %d: %w", i+1, err)
		}
		h.keys = append(h.keys, share)
	}
	h.trustees, err = trustee.Record(group.Ed25519, trustee.Threshold(block))
	return err
}
