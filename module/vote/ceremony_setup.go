package vote

import (
	"context"
	"errors"

	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
)

// made returns what a complete ceremony is for: the trustees' record and the public credentials.
func (r *Registrar) made(ctx context.Context, c *Ceremony) (record, credentials []byte, err error) {
	if !c.Complete() {
		return nil, nil, ErrTooEarly
	}
	if record, err = c.Record(); err != nil {
		return nil, nil, err
	}
	err = r.cfg.DB.View(ctx, func(tx *store.Tx) error {
		credentials, err = getRecord(ctx, tx, c.Has(StepCredentials, 0).SHA256)
		return err
	})
	return record, credentials, err
}

// ErrListReplaced: the set-up is with another list of credentials than the authority's last.
var ErrListReplaced = errors.New("the authority has published another list of credentials since")

// listHolds refuses a set-up with another list than the last one of the election's ceremony, if there
// was one: letters with credentials of the last list are on their way.
func (r *Registrar) listHolds(ctx context.Context, tx *store.Tx, b evidence.Setup) error {
	c, err := readCeremony(ctx, tx, r.cfg.Origin, b.Election)
	if errors.Is(err, ErrUnknownCeremony) {
		return nil
	}
	if err != nil {
		return err
	}
	if said := c.Has(StepCredentials, 0); said != nil && said.SHA256 != b.Credentials.SHA256 {
		return ErrListReplaced
	}
	return nil
}

// trusteesNames are those of the ceremony in which the trustees' keys of a set-up were made, in the
// record's order; none where they were made elsewhere.
func (r *Registrar) trusteesNames(ctx context.Context, b evidence.Setup) (names []read.Bilingual, err error) {
	c, err := r.ceremony(ctx, b.Election)
	if errors.Is(err, ErrUnknownCeremony) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	record, err := c.Record()
	if errors.Is(err, ErrTooEarly) || err == nil && AttachmentOf(record).SHA256 != b.Trustees.SHA256 {
		return nil, nil
	}
	for _, p := range c.Trustees() {
		names = append(names, p.Name)
	}
	return names, err
}
