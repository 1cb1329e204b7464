package message_test

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"bayyina/platform/message"
)

const kannelConf = `
group = core
admin-port = %d
admin-password = bar
smsbox-port = %d
box-allow-ip = "127.0.0.1"
log-level = 4

group = smsc
smsc = fake
smsc-id = fake
port = %d
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = %d
sendsms-interface = 127.0.0.1
log-level = 4

group = sendsms-user
username = vote
password = secret
concatenation = true
max-messages = 10

group = sms-service
keyword = default
text = "none"
`

// startKannel starts Kannel with a centre that the test plays: what it would send to
// phones comes as lines.
func startKannel(t *testing.T, receipts string) (*message.Kannel, <-chan string) {
	t.Helper()
	for _, box := range []string{"bearerbox", "smsbox"} {
		if _, err := exec.LookPath(box); err != nil {
			t.Skip("SKIPPED, NOT CHECKED: there is no Kannel (scripts/setup.sh installs it)")
		}
	}
	ports := make([]any, 4)
	for i := range ports {
		_, port, err := net.SplitHostPort(freeAddress(t))
		if err != nil {
			t.Fatal(err)
		}
		var n int
		if _, err := fmt.Sscan(port, &n); err != nil {
			t.Fatal(err)
		}
		ports[i] = n
	}
	conf := filepath.Join(t.TempDir(), "kannel.conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, kannelConf, ports...), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, exec.Command("bearerbox", "-v", "3", conf))
	centre := dialUntil(t, fmt.Sprintf("127.0.0.1:%d", ports[2]))
	start(t, exec.Command("smsbox", "-v", "3", conf))
	dialUntil(t, fmt.Sprintf("127.0.0.1:%d", ports[3])).Close()
	lines := make(chan string, 100)
	go func() {
		for s := bufio.NewScanner(centre); s.Scan(); {
			lines <- s.Text()
		}
	}()
	return &message.Kannel{
		URL: fmt.Sprintf("http://127.0.0.1:%d/cgi-bin/sendsms", ports[3]), User: "vote", Password: "secret", From: "HNEC",
		Receipts: receipts, Client: http.DefaultClient,
	}, lines
}

func dialUntil(t *testing.T, address string) net.Conn {
	t.Helper()
	for range 200 {
		if c, err := net.Dial("tcp", address); err == nil {
			t.Cleanup(func() { _ = c.Close() })
			return c
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("nobody listens on %s", address)
	return nil
}

func line(t *testing.T, lines <-chan string) string {
	t.Helper()
	select {
	case text := <-lines:
		return text
	case <-time.After(20 * time.Second):
		t.Fatal("nothing comes to the phone")
		return ""
	}
}

// arabic reads what the fake centre writes of a text in UCS-2.
func arabic(t *testing.T, escaped string) string {
	t.Helper()
	raw, err := url.QueryUnescape(escaped)
	if err != nil {
		t.Fatal(err)
	}
	var units []uint16
	for i := 0; i+1 < len(raw); i += 2 {
		units = append(units, uint16(raw[i])<<8|uint16(raw[i+1]))
	}
	return string(utf16.Decode(units))
}

func sms(text string) message.Message {
	return message.Message{Channel: message.SMS, To: "+218912345678", Text: text, Until: time.Now().Add(time.Minute)}
}

func TestKannelBringsTextsToPhonesAndTellsThatTheyArrived(t *testing.T) {
	told := make(chan string, 10)
	site := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { told <- r.URL.String() }))
	defer site.Close()
	k, lines := startKannel(t, site.URL+"/receipt/")
	if err := k.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := k.Send(t.Context(), "0123", sms("Your code: 123456")); err != nil {
		t.Fatal(err)
	}
	if got := line(t, lines); got != "HNEC +218912345678 text Your code: 123456" {
		t.Errorf("the phone gets %q", got)
	}
	select {
	case got := <-told:
		if got != "/receipt/0123?status=1" {
			t.Errorf("receipt %q", got)
		}
	case <-time.After(20 * time.Second):
		t.Error("no receipt")
	}

	text := "رمز التحقق للتصويت: ١٢٣٤٥٦"
	if err := k.Send(t.Context(), "1", sms(text)); err != nil {
		t.Fatal(err)
	}
	got := line(t, lines)
	_, data, ok := strings.Cut(got, " ucs-2 ")
	if !ok || arabic(t, data) != text {
		t.Errorf("the phone gets %q, which is %q", got, arabic(t, data))
	}

	long := strings.Repeat("نص طويل ", 20)
	if err := k.Send(t.Context(), "2", sms(long)); err != nil {
		t.Fatal(err)
	}
	var whole strings.Builder
	for range message.Parts(long) {
		fields := strings.Fields(line(t, lines))
		if len(fields) != 6 || fields[2] != "udh" || fields[4] != "data" {
			t.Fatalf("a part is %q", fields)
		}
		whole.WriteString(arabic(t, fields[5]))
	}
	if whole.String() != long {
		t.Errorf("the parts are together %q", whole.String())
	}
	select {
	case more := <-lines:
		t.Errorf("one more part: %q", more)
	case <-time.After(200 * time.Millisecond):
	}
}

func TestWhatKannelRefusesIsTold(t *testing.T) {
	k, _ := startKannel(t, "")
	k.Password = "guessed"
	if err := k.Check(t.Context()); err == nil {
		t.Error("a wrong password is right")
	}
	err := k.Send(t.Context(), "1", sms("a"))
	if !errors.Is(err, message.ErrRefused) || strings.Contains(err.Error(), "guessed") {
		t.Errorf("a wrong password: %v", err)
	}
	k.URL = "http://127.0.0.1:1/cgi-bin/sendsms"
	err = k.Send(t.Context(), "1", sms("a"))
	if err == nil || errors.Is(err, message.ErrRefused) || strings.Contains(err.Error(), "912345678") || strings.Contains(err.Error(), "guessed") {
		t.Errorf("nobody there: %v", err)
	}
}
