package config

import (
	"errors"
	"strings"
	"testing"
)

func TestWhatMessagesAreSentThroughIsCheckedBeforeItIsUsed(t *testing.T) {
	const site = "[site]\norigin = 'https://vote.hnec.example'\n"
	const mail = "[mail]\nserver = 'mail.example:587'\nfrom = 'HNEC <vote@hnec.example>'\n"
	const kannel = "[kannel]\nurl = 'http://127.0.0.1:13013/cgi-bin/sendsms'\nuser = 'vote'\npassword_file = 'p'\nfrom = 'HNEC'\n"
	if c, err := with(t, site+mail+kannel); err != nil || c.Mail.TLS != "starttls" {
		t.Errorf("%+v, %v", c, err)
	}
	for name, text := range map[string]string{
		"no port":                     strings.Replace(mail, ":587", "", 1),
		"no sender":                   strings.Replace(mail, "vote@hnec.example", "", 1),
		"a sender of two lines":       strings.Replace(mail, "'HNEC <vote@hnec.example>'", `"a@b.c\r\nBcc: d@e.f"`, 1),
		"a user without a password":   mail + "user = 'vote'\n",
		"no TLS over the network":     mail + "tls = 'none'\n",
		"an unknown way of TLS":       mail + "tls = 'ssl'\n",
		"Kannel in the clear":         strings.Replace(kannel, "127.0.0.1", "sms.example", 1),
		"a password in the address":   strings.Replace(kannel, "127.0.0.1", "u:p@127.0.0.1", 1),
		"Kannel without a user":       strings.Replace(kannel, "user = 'vote'\n", "", 1),
		"receipts that have no place": kannel + "receipts = 'http://127.0.0.1:8080/x'\n",
	} {
		if _, err := with(t, site+text); !errors.Is(err, ErrSetting) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
