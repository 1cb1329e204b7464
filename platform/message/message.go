// Package message sends people short texts: by e-mail through a mail server (SMTP, RFC
// 5321), and to phones through Kannel's HTTP interface.
//
// What is to be sent is queued in the caller's transaction and is sent at least once,
// however the process ends; what nobody needs any more is not sent. Texts and addresses
// lie sealed in the database, until they are sent, and are in no log.
package message

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Channel is how a message reaches somebody.
type Channel string

// The channels.
const (
	SMS   Channel = "sms"
	Email Channel = "email"
)

// Limits, in bytes.
const (
	maxAddress = 254 // RFC 5321 section 4.5.3.1.3, less the angle brackets
	maxSubject = 200
	maxText    = 4096
)

var (
	// ErrRefused is wrapped where sending again would not help.
	ErrRefused = errors.New("refused for good")
	// ErrNoSender reports a channel by which this server sends nothing.
	ErrNoSender = errors.New("this server does not send by this channel")
	// ErrMalformed reports an address or a message that cannot be sent.
	ErrMalformed = errors.New("malformed")
)

// Message is what one person is sent.
type Message struct {
	Channel Channel   `json:"channel"`
	To      string    `json:"to"`                // as [Address] gives it
	Subject string    `json:"subject,omitempty"` // of an e-mail
	Text    string    `json:"text"`
	Until   time.Time `json:"until"` // afterwards nobody needs it
}

// Check refuses what cannot be sent.
func (m Message) Check() error {
	to, err := Address(m.Channel, m.To)
	switch {
	case err != nil:
		return err
	case to != m.To:
		return fmt.Errorf("message: the address is not in its usual form: %w", ErrMalformed)
	case m.Text == "" || len(m.Text) > maxText || !utf8.ValidString(m.Text):
		return fmt.Errorf("message: a text of %d bytes: %w", len(m.Text), ErrMalformed)
	case len(m.Subject) > maxSubject || !utf8.ValidString(m.Subject) || strings.ContainsFunc(m.Subject, unicode.IsControl):
		return fmt.Errorf("message: the subject: %w", ErrMalformed)
	case m.Channel == Email && m.Subject == "":
		return fmt.Errorf("message: an e-mail without a subject: %w", ErrMalformed)
	}
	return nil
}

// Sender hands messages of its channel over to those who deliver them. The error of Send
// wraps ErrRefused where sending again would not help; it does not hold the address.
type Sender interface {
	Send(ctx context.Context, id string, m Message) error
	// Check tells whether messages would be taken, and sends none.
	Check(ctx context.Context) error
}

// Address is an address in its usual form: a phone number as E.164 has it, "+" and
// digits, from the ways in which people write one; an e-mail address without a name.
func Address(c Channel, text string) (string, error) {
	switch c {
	case SMS:
		return phone(text)
	case Email:
		a, err := mail.ParseAddress(text)
		if err != nil || a.Name != "" || len(a.Address) > maxAddress || a.Address != strings.TrimSpace(text) || !ascii(a.Address) {
			return "", fmt.Errorf("an e-mail address: %w", ErrMalformed)
		}
		return a.Address, nil
	}
	return "", fmt.Errorf("channel %.20q: %w", c, ErrMalformed)
}

func ascii(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

// phone reads an international number: "+218 91-234 5678", "00218912345678", in any digits.
func phone(text string) (string, error) {
	var digits strings.Builder
	plus := false
	for i, r := range strings.TrimSpace(text) {
		switch {
		case i == 0 && r == '+':
			plus = true
		case '0' <= r && r <= '9':
			digits.WriteRune(r)
		case '٠' <= r && r <= '٩':
			digits.WriteRune(r - '٠' + '0')
		case '۰' <= r && r <= '۹':
			digits.WriteRune(r - '۰' + '0')
		case strings.ContainsRune(" -()\u200e\u200f\u202a\u202c", r):
		default:
			return "", fmt.Errorf("a phone number: %w", ErrMalformed)
		}
	}
	number := digits.String()
	if !plus {
		var international bool
		if number, international = strings.CutPrefix(number, "00"); !international {
			return "", fmt.Errorf("a phone number without its country's code: %w", ErrMalformed)
		}
	}
	if len(number) < 8 || len(number) > 15 || number[0] == '0' { // ITU-T E.164
		return "", fmt.Errorf("a phone number: %w", ErrMalformed)
	}
	return "+" + number, nil
}
