package main

import (
	"fmt"

	"bayyina/module/vote"
	"bayyina/module/vote/booth"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity"
	"bayyina/platform/ledger/read"
)

// booth compares the booth that this server gives to voters with the one in the log.
func (d *doctor) booth() {
	const ar, en = "اقترحه في الصفحة /elections/booth/propose، أو شغّل إصدار البرنامج الذي قررت المفوضية مكتبه", "Propose it at /elections/booth/propose, or run the version of the program whose booth the commission decided on"
	own, err := d.ownBooth()
	if err != nil {
		return // told with the keys
	}
	decided, at, err := d.decidedBooth()
	switch {
	case err != nil: // told with the log
	case at < 0:
		d.well("booth", "لم يتقرر مكتب اقتراع في السجل بعد: اقترحه في /elections/booth/propose قبل أن يُفتح الاقتراع",
			"the log names no booth yet: propose it at /elections/booth/propose before voting opens")
	case decided != vote.AttachmentOf(own.Manifest()):
		d.ill("booth", reason{
			fmt.Sprintf("مكتب الاقتراع الذي يقدّمه هذا الخادم ليس الذي في القيد %d", at),
			fmt.Sprintf("the booth that this server serves is not the one of entry %d", at),
		}, reason{ar, en})
	default:
		d.well("booth", fmt.Sprintf("مكتب الاقتراع الذي يقدّمه هذا الخادم هو الذي في القيد %d", at), fmt.Sprintf("the booth that this server serves is the one of entry %d", at))
	}
}

// ownBooth is the booth as serve makes it of the settings.
func (d *doctor) ownBooth() (*booth.Booth, error) {
	history, err := d.history()
	if err != nil {
		return nil, err
	}
	public, err := identity.Read(d.path(keysDir+"/receipt.key.pub"), identity.MaxKeyFile)
	if err != nil {
		return nil, err
	}
	key, err := parsePublic(public)
	if err != nil {
		return nil, err
	}
	return booth.New(booth.Settings{Server: d.settings.Site.Origin, Log: history.Origin(), Receipt: key.VerifierKey})
}

// decidedBooth is the manifest that the log's last decision on a booth names, and its entry; -1
// where there is none.
func (d *doctor) decidedBooth() (manifest read.Attachment, at int64, err error) {
	at = -1
	err = d.entries(func(raw []byte) error {
		if string(read.EntryKind(raw)) != evidence.KindBooth {
			return nil
		}
		entry, err := read.ParseEntry(raw)
		if err != nil {
			return err
		}
		var b evidence.Booth // one that cannot be read names no booth
		_ = read.DecodeBody(entry.Statement.Body, &b)
		manifest, at = b.Booth, entry.Sequence
		return nil
	})
	return manifest, at, err
}
