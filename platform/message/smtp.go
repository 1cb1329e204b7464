package message

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/smtp"
	"net/textproto"
	"strings"
	"time"
)

// SMTP sends e-mail through a mail server.
type SMTP struct {
	Host     string // host:port
	TLS      string // "starttls", "tls" from the first byte, or "none" on this machine
	User     string // "" to send without signing in
	Password string
	From     mail.Address
	Now      func() time.Time
	Config   *tls.Config // nil for the system's certificates
}

// smtpTimeout bounds the whole conversation with the server.
const smtpTimeout = 30 * time.Second

// Send sends one e-mail.
func (s *SMTP) Send(ctx context.Context, id string, m Message) error {
	if err := m.Check(); err != nil || m.Channel != Email {
		return errors.Join(ErrRefused, err)
	}
	c, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := s.hand(c, m.To, s.compose(id, m)); err != nil {
		return err
	}
	_ = c.Quit() // it has the message already
	return nil
}

func (s *SMTP) hand(c *smtp.Client, to string, content []byte) error {
	if err := c.Mail(s.From.Address); err != nil {
		return s.failed("sender", err)
	}
	if err := c.Rcpt(to); err != nil {
		return s.failed("recipient", err)
	}
	w, err := c.Data()
	if err != nil {
		return s.failed("message", err)
	}
	if _, err = w.Write(content); err == nil {
		err = w.Close()
	}
	if err != nil {
		return s.failed("message", err)
	}
	return nil
}

// failed tells what the server did not take. Its own words may repeat the address, so
// only its code is told (RFC 5321 section 4.2.1: 5yz is for good).
func (s *SMTP) failed(what string, err error) error {
	var answer *textproto.Error
	if !errors.As(err, &answer) {
		return fmt.Errorf("mail server: %s: the connection broke", what)
	}
	if answer.Code >= 500 {
		return fmt.Errorf("mail server: %s: answer %d: %w", what, answer.Code, ErrRefused)
	}
	return fmt.Errorf("mail server: %s: answer %d", what, answer.Code)
}

// Check signs in and leaves again.
func (s *SMTP) Check(ctx context.Context) error {
	c, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	return c.Quit()
}

// dial connects and signs in. Without encryption it signs in nowhere, and goes to no
// other machine.
func (s *SMTP) dial(ctx context.Context) (*smtp.Client, error) {
	host, _, err := net.SplitHostPort(s.Host)
	if err != nil {
		return nil, fmt.Errorf("mail server: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, smtpTimeout)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.Host)
	if err != nil {
		return nil, fmt.Errorf("mail server: %w", err)
	}
	secure := s.Config.Clone()
	if secure == nil {
		secure = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	secure.ServerName = host
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	if s.TLS == "tls" {
		conn = tls.Client(conn, secure)
	}
	c, err := smtp.NewClient(conn, host)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("mail server: %w", err), conn.Close())
	}
	if err := s.greet(c, secure); err != nil {
		return nil, errors.Join(fmt.Errorf("mail server: %w", err), c.Close())
	}
	return c, nil
}

func (s *SMTP) greet(c *smtp.Client, secure *tls.Config) error {
	_, domain, _ := strings.Cut(s.From.Address, "@")
	if err := c.Hello(domain); err != nil {
		return err
	}
	if s.TLS == "starttls" {
		if err := c.StartTLS(secure); err != nil {
			return fmt.Errorf("STARTTLS: %w", err)
		}
	}
	if s.User == "" {
		return nil
	}
	return c.Auth(smtp.PlainAuth("", s.User, s.Password, secure.ServerName))
}

// compose writes the message as RFC 5322 has it.
func (s *SMTP) compose(id string, m Message) []byte {
	var b bytes.Buffer
	_, domain, _ := strings.Cut(s.From.Address, "@")
	for _, field := range [][2]string{
		{"From", s.From.String()},
		{"To", (&mail.Address{Address: m.To}).String()},
		{"Subject", mime.QEncoding.Encode("utf-8", m.Subject)},
		{"Date", s.Now().Format(time.RFC1123Z)},
		{"Message-ID", "<" + id + "@" + domain + ">"},
		{"Auto-Submitted", "auto-generated"}, // RFC 3834
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "quoted-printable"},
	} {
		b.WriteString(field[0] + ": " + field[1] + "\r\n")
	}
	b.WriteString("\r\n")
	w := quotedprintable.NewWriter(&b)
	// A bytes.Buffer takes everything.
	_, _ = w.Write([]byte(strings.ReplaceAll(m.Text, "\n", "\r\n")))
	_ = w.Close()
	return b.Bytes()
}
