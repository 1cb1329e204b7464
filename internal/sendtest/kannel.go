package sendtest

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

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

// Kannel starts Kannel with a centre that the test plays: what it would send to
// phones comes as lines.
func Kannel(t *testing.T, receipts string) (*message.Kannel, <-chan string) {
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
