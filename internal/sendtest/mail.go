package sendtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
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

// Taken is a message that the mail server has taken.
type Taken struct {
	From, Text string
	To         []string
	TLS        bool
	User       string
}

// Mail starts a mail server, which asks for TLS as a mode of [message.SMTP] says, and returns a sender
// to it, and what it takes.
func Mail(t *testing.T, mode string) (*message.SMTP, <-chan Taken) {
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
	mails := make(chan Taken, 100)
	go func() {
		for {
			line, err := out.ReadBytes('\n')
			if err != nil {
				return
			}
			var m Taken
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
