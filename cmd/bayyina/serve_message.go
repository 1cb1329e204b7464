package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/mail"
	"time"

	"bayyina/cmd/bayyina/config"
	"bayyina/platform/identity"
	"bayyina/platform/identity/access"
	"bayyina/platform/message"
	"bayyina/platform/store"
	"bayyina/platform/store/seal"
)

// maxPassword bounds a file with a password in bytes.
const maxPassword = 1 << 10

// receiptsPath is where Kannel tells what became of a message.
const receiptsPath = "/messages/"

// senders are those of the settings, by channel.
func senders(c *config.Config, now func() time.Time) (map[message.Channel]message.Sender, error) {
	all := make(map[message.Channel]message.Sender)
	if m := c.Mail; m.Server != "" {
		from, err := mail.ParseAddress(m.From)
		if err != nil {
			return nil, fmt.Errorf("mail.from: %w", err)
		}
		password, err := readPassword(m.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("mail.password_file: %w", err)
		}
		all[message.Email] = &message.SMTP{Host: m.Server, TLS: m.TLS, User: m.User, Password: password, From: *from, Now: now}
	}
	if k := c.Kannel; k.URL != "" {
		password, err := readPassword(k.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("kannel.password_file: %w", err)
		}
		sender := &message.Kannel{URL: k.URL, User: k.User, Password: password, From: k.From, Client: http.DefaultClient}
		if k.Receipts != "" {
			sender.Receipts = k.Receipts + receiptsPath
		}
		all[message.SMS] = sender
	}
	return all, nil
}

func readPassword(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	text, err := identity.Read(path, maxPassword)
	return string(bytes.TrimRight(text, "\r\n")), err
}

// newOutbox is the queue of what the server sends people.
func newOutbox(e *env, cfg *config.Config, db *store.DB, keys *seal.Keys, log *slog.Logger) (*message.Outbox, error) {
	all, err := senders(cfg, e.now)
	if err != nil {
		return nil, err
	}
	return message.NewOutbox(e.ctx, message.Config{DB: db, Keys: keys, Senders: all, Now: e.now, Log: log})
}

// mountReceipts lets Kannel tell what became of a message. Who knows the id of one has it
// from this server, and can do no more than that.
func (r *running) mountReceipts() {
	r.site.Serve(http.MethodGet, receiptsPath+"{id}", access.Public, message.Receipts(func(ctx context.Context, id string, delivered bool) error {
		err := r.outbox.Receipt(ctx, id, delivered)
		if err != nil {
			r.log.Error("a receipt", "error", err)
		}
		return err
	}))
}

// messages asks the mail server and Kannel whether they would take messages.
func (d *doctor) messages() {
	all, err := senders(d.settings, d.now)
	if err != nil {
		d.ill("messages", reason{"لا تُقرأ كلمة سرّ الإرسال: " + err.Error(), err.Error()}, reason{"صحّح الملف المذكور", "Correct the file that is named"})
		return
	}
	for _, c := range []struct {
		channel message.Channel
		place   string
	}{{message.Email, "mail"}, {message.SMS, "kannel"}} {
		sender := all[c.channel]
		if sender == nil {
			continue
		}
		ctx, cancel := context.WithTimeout(d.ctx, doctorTimeout)
		err := sender.Check(ctx)
		cancel()
		if err != nil {
			d.ill(c.place, reason{"لا تُرسل الرسائل: " + err.Error(), "messages would not be sent: " + err.Error()},
				reason{"راجع إعدادات " + c.place + " والخادم الذي تسمّيه", "Look at the settings of " + c.place + ", and at the server they name"})
			continue
		}
		d.well(c.place, "يقبل الرسائل", "takes messages")
	}
}
