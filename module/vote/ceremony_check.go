package vote

import (
	"encoding/json"
	"errors"
	"fmt"

	"bayyina/core/canon"
	"bayyina/core/credential"
	"bayyina/core/trustee"
	"bayyina/module/vote/evidence"
)

// check says whether what a party says in a step is right, and in time.
func (c *Ceremony) check(p Party, step Step, content []byte) error {
	if step == StepComplaint {
		_, err := c.complaint(p, content)
		return err
	}
	if next, turn := c.Next(p); (next != step || !turn) && (step != StepCredentials || p.Kind != Authority) {
		return fmt.Errorf("%w: %s by party %d", ErrTooEarly, step, p.Place)
	}
	g := c.CryptoGroup()
	switch step {
	case StepKey:
		_, err := trustee.Record(g, trustee.Single(content))
		return err
	case StepCertificate:
		return c.checkCertificate(p, content)
	case StepPolynomial:
		return c.checkPolynomial(p, content)
	case StepShare:
		block, err := c.Block(p.Group)
		if err != nil {
			return err
		}
		polynomials, _ := c.contents(StepPolynomial, p.Group) // it is the share's turn
		return block.CheckOutput(polynomials, c.index(p), content)
	case StepCredentials:
		_, err := credential.ParseList(g, content)
		return err
	}
	return nil
}

// checkCertificate checks the last one of a group together with the others', too.
func (c *Ceremony) checkCertificate(p Party, content []byte) error {
	members := c.Members(p.Group)
	if err := trustee.CheckCertificate(c.CryptoGroup(), content, len(members), c.Thresholds[p.Group-1], c.index(p)); err != nil {
		return err
	}
	certs := make([][]byte, len(members))
	for i, m := range members {
		certs[i] = content
		if s := c.Has(StepCertificate, m.Place); s != nil {
			certs[i] = s.Content
		} else if m.Place != p.Place {
			return nil
		}
	}
	_, err := trustee.OpenCeremony(certs)
	return err
}

// checkPolynomial compares with the commitment, too.
func (c *Ceremony) checkPolynomial(p Party, content []byte) error {
	block, err := c.Block(p.Group)
	if err != nil {
		return err
	}
	if err := block.CheckPolynomial(c.index(p), content); err != nil {
		return err
	}
	return c.Committed(p, content)
}

// Committed says whether a member's polynomial is the one that it committed to.
func (c *Ceremony) Committed(p Party, polynomial []byte) error {
	made, err := CommitmentStatement(c.Election, p.Place, c.Has(StepCertificate, p.Place).Content, polynomial)
	if err != nil {
		return err
	}
	var said evidence.Commitment
	if err := bodyOf(c.Has(StepCommitment, p.Place).Note, &said); err != nil {
		return err
	}
	if made != said {
		return fmt.Errorf("the polynomial of trustee %d is not the one that it committed to", p.Place)
	}
	return nil
}

// Complaint is what a trustee says whom another one's message does not suit.
type Complaint struct {
	Against int    `json:"against"` // place
	Reason  string `json:"reason"`
}

// maxReason bounds a complaint's reason in bytes.
const maxReason = 1000

func (c *Ceremony) complaint(p Party, content []byte) (Complaint, error) {
	var said Complaint
	if err := json.Unmarshal(content, &said); err != nil {
		return said, fmt.Errorf("complaint: %w", err)
	}
	against, err := c.Party(said.Against)
	switch {
	case err != nil:
		return said, err
	case p.Kind != Member || against.Group != p.Group || against.Place == p.Place:
		return said, errors.New("a complaint is by a member of a group against another one of the same group")
	case len(said.Reason) > maxReason || !canon.ValidString(said.Reason):
		return said, fmt.Errorf("a complaint's reason is a text of at most %d bytes", maxReason)
	}
	return said, nil
}

// Complaints are what members complain about, in the order of who complains.
func (c *Ceremony) Complaints() map[int]Complaint {
	list := make(map[int]Complaint)
	for place, s := range c.said[StepComplaint] {
		p, err := c.Party(place)
		if err != nil {
			continue
		}
		if said, err := c.complaint(p, s.Content); err == nil {
			list[place] = said
		}
	}
	return list
}
