package main

import (
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/board"
	"bayyina/platform/webhook"
)

// webhookKinds are the kinds of entries of which others' servers may be told, in the order in
// which they are offered.
var webhookKinds = []webhook.Kind{
	{Entry: evidence.KindOpen, Event: "election.opened"},
	{Entry: evidence.KindClose, Event: "election.closed"},
	{Entry: evidence.KindResult, Event: "result.provisional"},
	{Entry: evidence.KindComplaint, Event: "complaint.registered"},
	{Entry: evidence.KindRuling, Event: "complaint.ruled"},
	{Entry: evidence.KindCertify, Event: "result.certified"},
	{Entry: evidence.KindVersionCertify, Event: "version.certified"},
}

// mountWebhooks adds what tells others' servers of what is new in the log.
func (r *running) mountWebhooks(api *board.API) (err error) {
	r.hooks, err = webhook.New(r.ctx, webhook.Config{
		DB: r.DB, Keys: r.keys, Accounts: r.accounts, Board: r.board, Receipt: r.Receipt, Origin: r.Log.Origin(), Site: r.settings.Site.Origin,
		Kinds: webhookKinds, Loopback: r.demo != nil, Now: r.now, Log: r.log,
	})
	if err != nil {
		return err
	}
	r.hooks.Mount(r.site)
	r.hooks.MountAPI(api)
	return nil
}
