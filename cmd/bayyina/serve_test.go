package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"bayyina/cmd/bayyina/config"
	"bayyina/internal/witnesstest"
	"bayyina/platform/identity"
	"bayyina/platform/store"
)

// installation is a server's data folder, made by the commands, with a witness.
type installation struct {
	dir  string // the working folder of all commands
	data string // the server's data folder below it
}

// install makes an installation of which nothing runs yet but the witness.
func install(t *testing.T) *installation {
	t.Helper()
	return installOn(t, "")
}

// installOn is install on a PostgreSQL database, or with the folder's own where it is "".
func installOn(t *testing.T, database string) *installation {
	t.Helper()
	in := &installation{dir: t.TempDir(), data: "server"}
	if err := os.MkdirAll(in.path("server", keysDir), 0o700); err != nil {
		t.Fatal(err)
	}
	in.settings(t, database)
	in.write(t, "passphrase", "correct horse battery staple\n")
	for name, path := range map[string]string{
		"log.example/1": "server/keys/checkpoint.key", "entry.example": "server/keys/entry.key",
		"receipt.example": "server/keys/receipt.key", "root.example": "root.key",
	} {
		in.bayyina(t, "key", "new", name, "--out", path, "--passphrase-file", "passphrase")
	}
	public, err := os.ReadFile(in.path("server/keys/checkpoint.key.pub"))
	if err != nil {
		t.Fatal(err)
	}
	key, verifier, err := identity.ParsePublic(public)
	if err != nil {
		t.Fatal(err)
	}
	w := witnesstest.Start(t, witnesstest.New(t, "w1.example", verifier.Name(), key))
	in.write(t, "witnesses", w.VerifierKey+" "+w.URL+"\n")
	in.bayyina(t, "log", "init", "--draft", "--data", "server", "--name-ar", "سجل", "--name-en", "Log", "--key", "root=root.key.pub",
		"--witnesses", "witnesses", "--quorum", "1", "--out", "genesis", "--rehearsal")
	in.bayyina(t, "key", "sign", "root.key", "--in", "genesis", "--out", "genesis.signed", "--yes", "--passphrase-file", "passphrase")
	in.bayyina(t, "log", "init", "--data", "server", "--genesis", "genesis.signed", "--policy", "policy.txt", "--passphrase-file", "passphrase")
	return in
}

func (in *installation) path(parts ...string) string {
	return filepath.Join(append([]string{in.dir}, parts...)...)
}

func (in *installation) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(in.path(name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// settings writes the settings of the data folder: its database, and tables of TOML.
func (in *installation) settings(t *testing.T, database string, tables ...string) {
	t.Helper()
	in.write(t, filepath.Join(in.data, config.Name), strings.Join(append(tables, fmt.Sprintf("[database]\nurl = %q\n", database)), ""))
}

// command is this very program with arguments, in the working folder.
func (in *installation) command(args ...string) *exec.Cmd {
	cmd := exec.Command("bayyina", args...)
	cmd.Dir = in.dir
	cmd.Env = append(os.Environ(), "LANG=en_US.UTF-8", "LC_ALL=", "LC_MESSAGES=", "BAYYINA_LISTEN_METRICS=127.0.0.1:0")
	return cmd
}

// bayyina runs a command that must succeed, and returns what it told.
func (in *installation) bayyina(t *testing.T, args ...string) string {
	t.Helper()
	out, err := in.command(args...).CombinedOutput()
	if err != nil {
		t.Fatalf("bayyina %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// word queues a statement of a word, signed by the root key, and returns its id.
func (in *installation) word(t *testing.T, id int) string {
	t.Helper()
	name := fmt.Sprintf("word-%d", id)
	in.write(t, name, fmt.Sprintf("bayyina.statement/1\nlog.example/1\ntest.word/1\n%032x\n2020-01-01T00:00:00Z 2099-12-31T00:00:00Z\n{\"word\":\"one\"}\n", id))
	in.bayyina(t, "key", "sign", "root.key", "--in", name, "--out", name+".signed", "--yes", "--passphrase-file", "passphrase")
	return name + ".signed"
}

// process is a server that runs by itself.
type process struct {
	url string
	cmd *exec.Cmd
	log *journal
}

// journal keeps what a process tells, and waits for lines of it.
type journal struct {
	mu    sync.Mutex
	text  bytes.Buffer
	lines chan string
}

func (j *journal) follow(r io.Reader) {
	for s := bufio.NewScanner(r); s.Scan(); {
		j.mu.Lock()
		j.text.WriteString(s.Text() + "\n")
		j.mu.Unlock()
		select {
		case j.lines <- s.Text():
		default:
		}
	}
	close(j.lines)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

var servingLine = regexp.MustCompile(`msg=serving .*address=(\S+)`)

// serve starts the server, and waits until it listens.
func (in *installation) serve(t *testing.T, args ...string) *process {
	t.Helper()
	s := in.start(t, args...)
	if s.url == "" {
		t.Fatalf("the server ended:\n%s", s.log)
	}
	return s
}

// serveAgain starts the server after it was killed: as often as it takes, as PostgreSQL needs a
// moment to notice that whoever held the lock is gone.
func (in *installation) serveAgain(t *testing.T) *process {
	t.Helper()
	for {
		s := in.start(t)
		if s.url == "" && strings.Contains(s.log.String(), store.ErrLocked.Error()) {
			continue
		}
		if s.url == "" {
			t.Fatalf("the server ended:\n%s", s.log)
		}
		return s
	}
}

// start starts the server, and waits until it listens or has ended; then it has no address.
func (in *installation) start(t *testing.T, args ...string) *process {
	t.Helper()
	cmd := in.command(append([]string{"serve", "--data", in.data, "--listen", "127.0.0.1:0", "--passphrase-file", "passphrase"}, args...)...)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	s := &process{cmd: cmd, log: &journal{lines: make(chan string, 1000)}}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it has ended already, most times
		_ = cmd.Wait()
	})
	go s.log.follow(stderr)
	for line := range s.log.lines {
		if found := servingLine.FindStringSubmatch(line); found != nil {
			s.url = "http://" + found[1]
			return s
		}
	}
	return s
}

// get asks for a path.
func (s *process) get(t *testing.T, path string) (*http.Response, string) {
	t.Helper()
	resp, err := http.Get(s.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// await waits until the server says that it is ready.
func (s *process) await(t *testing.T) {
	t.Helper()
	for start := time.Now(); time.Since(start) < 5*time.Minute; time.Sleep(50 * time.Millisecond) {
		if resp, _ := s.get(t, "/readyz"); resp.StatusCode == http.StatusOK {
			return
		}
	}
	t.Fatalf("the server is not ready:\n%s", s.log)
}

// stop asks the server to stop, and waits until it has.
func (s *process) stop(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("the server ended with %v:\n%s", err, s.log)
	}
}

func TestServedLogIsVerifiedByItsAddressAlone(t *testing.T) {
	in := install(t)
	s := in.serve(t)
	s.await(t)
	in.bayyina(t, "log", "append", "--data", "server", "--queue", in.word(t, 1))
	for _, address := range []string{s.url, s.url + "/", s.url + "/log"} {
		out := in.bayyina(t, "verify", address, "--policy", "policy.txt", "--json")
		if !strings.Contains(out, `"size": 2`) {
			t.Errorf("%s: %s", address, out)
		}
	}
	if resp, body := s.get(t, "/healthz"); resp.StatusCode != http.StatusOK || body != "alive\n" {
		t.Errorf("health: %s %q", resp.Status, body)
	}
	s.stop(t)
}

func TestWhatIsQueuedEntersBeforeTheServerStops(t *testing.T) {
	in := install(t)
	in.write(t, "server/bayyina.toml", "[publish]\nevery = '1h'\n")
	s := in.serve(t)
	s.await(t)
	signed := in.word(t, 1)
	cmd := in.command("log", "append", "--data", "server", "--queue", "--timeout", "100ms", signed)
	if out, err := cmd.CombinedOutput(); err == nil {
		t.Fatalf("it was published at once: %s", out)
	}
	s.stop(t)
	if out := in.bayyina(t, "verify", "server", "--policy", "policy.txt", "--json"); !strings.Contains(out, `"size": 2`) {
		t.Errorf("%s", out)
	}
}

func TestWrongSettingsAreToldBeforeAnythingIsOpened(t *testing.T) {
	in := install(t)
	in.write(t, "server/bayyina.toml", "[listen]\nsiet = ':80'\n")
	for lang, want := range map[string]string{
		"en": "Correct the settings",
		"ar": "صحّح الإعدادات",
	} {
		out, err := in.command("serve", "--data", "server", "--lang", lang).CombinedOutput()
		if err == nil || !strings.Contains(string(out), `unknown key "listen.siet": the nearest known one is "listen.site"`) || !strings.Contains(string(out), want) {
			t.Errorf("%s: %v\n%s", lang, err, out)
		}
	}
}
