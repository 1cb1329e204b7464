package message_test

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"testing"
	"time"

	"bayyina/internal/sendtest"
	"bayyina/platform/message"
)

func email(to string) message.Message {
	return message.Message{
		Channel: message.Email, To: to, Subject: "رمز التحقق للتصويت", Text: "رمزك: 123456\n.\nلا تُعطه أحدا.\n", Until: time.Now().Add(time.Minute),
	}
}

func TestAMailServerTakesEmailInArabic(t *testing.T) {
	for _, mode := range []string{"starttls", "tls", "none"} {
		t.Run(mode, func(t *testing.T) {
			s, mails := sendtest.Mail(t, mode)
			if mode == "none" {
				s.User = ""
			}
			if err := s.Check(t.Context()); err != nil {
				t.Fatal(err)
			}
			m := email("amal@example.ly")
			if err := s.Send(t.Context(), "0123", m); err != nil {
				t.Fatal(err)
			}
			got := <-mails
			if got.From != "vote@hnec.example" || len(got.To) != 1 || got.To[0] != m.To || got.TLS != (mode != "none") && mode != "tls" {
				t.Errorf("%+v", got)
			}
			read, err := mail.ReadMessage(strings.NewReader(got.Text))
			if err != nil {
				t.Fatal(err)
			}
			subject, err := new(mime.WordDecoder).DecodeHeader(read.Header.Get("Subject"))
			if err != nil || subject != m.Subject {
				t.Errorf("subject %q, %v", subject, err)
			}
			from, err := read.Header.AddressList("From")
			if err != nil || from[0].Name != "المفوضية" || read.Header.Get("Message-ID") != "<0123@hnec.example>" {
				t.Errorf("header %v, %v", read.Header, err)
			}
			body, err := io.ReadAll(quotedprintable.NewReader(read.Body))
			if err != nil || strings.ReplaceAll(string(body), "\r\n", "\n") != m.Text {
				t.Errorf("text %q, %v", body, err)
			}
		})
	}
}

func TestWhatAMailServerRefusesIsToldWithoutTheAddress(t *testing.T) {
	s, _ := sendtest.Mail(t, "starttls")
	for to, forGood := range map[string]bool{"nobody@example.ly": true, "later@example.ly": false} {
		err := s.Send(t.Context(), "1", email(to))
		if err == nil || errors.Is(err, message.ErrRefused) != forGood || strings.Contains(err.Error(), to) {
			t.Errorf("%s: %v", to, err)
		}
	}
	m := email("amal@example.ly")
	m.Subject = "x\r\nBcc: all@example.ly"
	if err := s.Send(t.Context(), "1", m); !errors.Is(err, message.ErrRefused) {
		t.Errorf("a subject of two lines: %v", err)
	}
	s.Password = "guessed"
	if err := s.Check(t.Context()); err == nil {
		t.Error("signed in with a wrong password")
	}
	s.Password, s.Config = "secret", nil
	if err := s.Check(t.Context()); err == nil {
		t.Error("trusts a certificate of nobody")
	}
}

func TestAMailServerThatSaysNothingIsGivenUp(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	s := &message.SMTP{Host: l.Addr().String(), TLS: "none", From: mail.Address{Address: "a@b.c"}, Now: time.Now}
	begun := time.Now()
	if err := s.Send(ctx, "1", email("amal@example.ly")); err == nil || time.Since(begun) > 5*time.Second {
		t.Errorf("%v after %s", err, time.Since(begun))
	}
}
