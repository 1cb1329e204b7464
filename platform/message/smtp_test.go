package message_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bayyina/platform/message"
)

// mailServer is aiosmtpd, a real mail server, that tells what it takes. It refuses who
// is called nobody for good, and who is called later for now.
const mailServer = `
import asyncio, json, ssl, sys
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
class Taken:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"): return "550 no such user " + address
        if address.startswith("later"): return "451 come again"
        envelope.rcpt_tos.append(address)
        return "250 OK"
    async def handle_DATA(self, server, session, envelope):
        print(json.dumps({"from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": session.ssl is not None,
            "user": session.auth_data, "text": envelope.content.decode()}), flush=True)
        return "250 taken"
def authenticate(server, session, envelope, mechanism, data):
    right = data.login == b"vote" and data.password == b"secret"
    return AuthResult(success=right, handled=False, auth_data="vote" if right else None)
port, cert, key, mode = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(cert, key)
more = dict(tls_context=context, require_starttls=True) if mode == "starttls" else {}
controller = Controller(Taken(), hostname="127.0.0.1", port=port, authenticator=authenticate, auth_required=mode != "none",
    ssl_context=context if mode == "tls" else None, auth_require_tls=mode == "starttls", **more)
controller.start()
print("ready", flush=True)
sys.stdin.read()
`

type taken struct {
	From, Text string
	To         []string
	TLS        bool
	User       string
}

// startMail starts the server and returns a sender to it, and what it takes.
func startMail(t *testing.T, mode string) (*message.SMTP, <-chan taken) {
	t.Helper()
	python := "/usr/bin/python3" // for which Debian's packages are
	if exec.Command(python, "-c", "import aiosmtpd").Run() != nil {
		t.Skip("SKIPPED, NOT CHECKED: there is no mail server aiosmtpd (scripts/setup.sh installs it)")
	}
	dir := t.TempDir()
	roots := certify(t, dir)
	_, port, err := net.SplitHostPort(freeAddress(t))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-c", mailServer, port, filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), mode)
	out := start(t, cmd)
	if line, err := out.ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("mail server: %q, %v", line, err)
	}
	mails := make(chan taken, 100)
	go func() {
		for {
			line, err := out.ReadBytes('\n')
			if err != nil {
				return
			}
			var m taken
			if json.Unmarshal(line, &m) == nil {
				mails <- m
			}
		}
	}()
	return &message.SMTP{
		Host: "localhost:" + port, TLS: mode, User: "vote", Password: "secret",
		From: mail.Address{Name: "المفوضية", Address: "vote@hnec.example"}, Now: time.Now, Config: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
	}, mails
}

// start runs a command until the test ends, and returns what it writes.
func start(t *testing.T, cmd *exec.Cmd) *bufio.Reader {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed
	})
	return bufio.NewReader(out)
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// certify writes a certificate of localhost and its key, and returns who trusts it.
func certify(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: der}, "key.pem": {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return pool
}

func email(to string) message.Message {
	return message.Message{
		Channel: message.Email, To: to, Subject: "رمز التحقق للتصويت", Text: "رمزك: 123456\n.\nلا تُعطه أحدا.\n", Until: time.Now().Add(time.Minute),
	}
}

func TestAMailServerTakesEmailInArabic(t *testing.T) {
	for _, mode := range []string{"starttls", "tls", "none"} {
		t.Run(mode, func(t *testing.T) {
			s, mails := startMail(t, mode)
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
	s, _ := startMail(t, "starttls")
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
