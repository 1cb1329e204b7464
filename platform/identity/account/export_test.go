package account

import (
	"context"

	"bayyina/platform/store"
)

// VisitorOf is who a sign-in belongs to, as a request with its session finds it.
func (a *Accounts) VisitorOf(ctx context.Context, signIn int64) (v *Visitor, err error) {
	err = a.cfg.DB.View(ctx, func(tx *store.Tx) error {
		v, err = a.loadVisitor(ctx, tx, signIn, a.cfg.Now())
		return err
	})
	return v, err
}
