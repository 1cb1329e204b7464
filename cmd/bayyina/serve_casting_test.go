package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"bayyina/core/ballot"
	"bayyina/core/credential"
	"bayyina/core/group"
	"bayyina/core/trustee"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
)

// phones take what the server sends through Kannel's interface.
type phones struct {
	*httptest.Server
	mu  sync.Mutex
	got map[string]string // the last text of each number
}

func newPhones(t *testing.T) *phones {
	t.Helper()
	p := &phones{got: make(map[string]string)}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.got[r.FormValue("to")] = r.FormValue("text")
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(p.Close)
	return p
}

var sixDigits = regexp.MustCompile(`[0-9]{6}`)

func (p *phones) code(number string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return sixDigits.FindString(p.got[number])
}

// polls are an open election of an installation, and its voters.
type polls struct {
	uuid     string
	election *ballot.Election
	secrets  []credential.Private
	phones   *phones
	url      atomic.Pointer[string] // of the server, as long as it lives

	mu       sync.Mutex
	promised []string // trackers
}

func numberOf(voter int) string { return fmt.Sprintf("+2189100%05d", voter) }

// elect sets an election with codes up and opens it, through the database, while the
// server is down.
func (in *installation) elect(t *testing.T, voters int) *polls {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	e := &polls{phones: newPhones(t)}
	in.write(t, "server/kannel", "secret\n")
	in.write(t, "server/bayyina.toml", "[publish]\nevery = '200ms'\n[kannel]\nurl = '"+e.phones.URL+"/cgi-bin/sendsms'\nuser = 'vote'\npassword_file = '"+
		in.path("server", "kannel")+"'\nfrom = 'HNEC'\n")
	root, err := identity.OpenKeyFile(in.path("root.key"), identity.AskPassphrase(func() ([]byte, error) {
		return []byte("correct horse battery staple"), nil
	}))
	check(err)
	db, err := store.Open(t.Context(), "sqlite:"+in.path("server", databaseName))
	check(err)
	defer db.Close()
	registrar, err := vote.NewRegistrar(t.Context(), vote.Config{
		DB: db, Dir: in.path("server"), Origin: "log.example/1", Receipt: root, Now: time.Now, Random: rand.Reader,
	})
	check(err)
	enter := func(kind string, body any, contents ...[]byte) {
		t.Helper()
		now := time.Now()
		text, err := vote.Say(rand.Reader, "log.example/1", kind, vote.Window{From: now.Add(-time.Hour), Until: now.Add(24 * time.Hour)}, body)
		check(err)
		signed, err := note.Sign(&note.Note{Text: string(text)}, root)
		check(err)
		check(registrar.Enter(t.Context(), signed, contents...))
	}

	e.uuid, err = vote.NewUUID(rand.Reader)
	check(err)
	var roll []credential.Voter
	var letters strings.Builder
	letters.WriteString("voter,phone\n")
	for i := range voters {
		roll = append(roll, credential.Voter{ID: strconv.Itoa(i), Weight: 1})
		fmt.Fprintf(&letters, "v-%d,%s\n", i, numberOf(i))
	}
	var list *credential.List
	e.secrets, list, err = credential.Issue(rand.Reader, group.Ed25519, e.uuid, roll, false)
	check(err)
	key, err := trustee.NewPrivateKey(group.Ed25519, rand.Reader)
	check(err)
	public, err := key.PublicKey("", rand.Reader)
	check(err)
	trustees, err := trustee.Record(group.Ed25519, trustee.Single(public))
	check(err)
	draft, err := vote.ParseTemplate([]byte(`{"name":"?","description":"","questions":[{"question":"?","answers":["a","b"],"min":0,"max":1}]}`))
	check(err)
	draft.UUID = e.uuid
	definition, err := draft.Definition(trustees)
	check(err)
	e.election, err = ballot.ParseElection(definition)
	check(err)
	setup, err := vote.SetupStatement(read.Bilingual{AR: "انتخاب", EN: "Election"}, definition, trustees, list.Bytes(), 0)
	check(err)
	enter(evidence.KindSetup, setup, definition, trustees, list.Bytes())
	in.write(t, "voters.csv", letters.String())
	in.bayyina(t, "vote", "voters", e.uuid, "voters.csv", "--data", "server")
	now := time.Now().UTC().Truncate(time.Second)
	enter(evidence.KindOpen, evidence.Open{Election: e.uuid, Opens: now.Add(-time.Second), Closes: now.Add(10 * time.Hour), Batch: 1})
	return e
}

// ask posts until the server, whichever lives, has answered.
func (e *polls) ask(path string, body []byte) (status int, answer map[string]any) {
	client := http.Client{Timeout: 20 * time.Second}
	for {
		if url := e.url.Load(); url != nil {
			resp, err := client.Post(*url+"/api/v1"+path, "application/json", bytes.NewReader(body))
			if err == nil {
				answer = nil
				err = json.NewDecoder(resp.Body).Decode(&answer)
				_ = resp.Body.Close()
				if err == nil && resp.StatusCode < http.StatusInternalServerError {
					return resp.StatusCode, answer
				}
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// vote casts for a voter until there is a promise, as a booth does that loses its
// connection at any moment.
func (e *polls) vote(t *testing.T, voter int) {
	secret := e.secrets[voter]
	draft, err := e.election.Encrypt(rand.Reader, secret.Public(group.Ed25519, e.uuid), ballot.Plaintext{{1, 0}})
	if err != nil {
		t.Error(err)
		return
	}
	signed, err := draft.Sign(rand.Reader, secret.Key(group.Ed25519, e.uuid))
	if err != nil {
		t.Error(err)
		return
	}
	status, answer := e.ask("/elections/"+e.uuid+"/casts", signed.Bytes())
	token, _ := answer["cast"].(string)
	if status != http.StatusAccepted || token == "" {
		t.Errorf("voter %d casts: %d %v", voter, status, answer)
		return
	}
	named := fmt.Appendf(nil, `{"voter":"v-%d"}`, voter)
	// Who was cut off does not know whether they were heard, and asks again.
	if status, answer = e.ask("/casts/"+token+"/code", named); status != http.StatusAccepted && answer["reason"] != "asked-just-now" {
		t.Errorf("voter %d asks: %d %v", voter, status, answer)
		return
	}
	for begun := time.Now(); e.phones.code(numberOf(voter)) == ""; time.Sleep(20 * time.Millisecond) {
		if time.Since(begun) > 5*time.Minute {
			t.Errorf("voter %d gets no code", voter)
			return
		}
	}
	status, answer = e.ask("/casts/"+token, fmt.Appendf(nil, `{"code":"%s"}`, e.phones.code(numberOf(voter))))
	text, _ := answer["promise"].(string)
	promise, err := read.ParsePromise([]byte(text))
	if status != http.StatusOK || err != nil || promise.Tracker != vote.AttachmentOf(signed.Bytes()).SHA256 {
		t.Errorf("voter %d confirms: %d %v, %v", voter, status, answer, err)
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.promised = append(e.promised, promise.Tracker)
}

func TestEveryPromisedBallotEntersOnceHoweverOftenTheServerIsKilled(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("SKIPPED in short runs: the server is another process")
	}
	kills, voters := 5, 60
	if os.Getenv("BAYYINA_SOAK") == "1" {
		kills, voters = 200, 2000
	}
	in := install(t)
	e := in.elect(t, voters)
	var next atomic.Int64
	var people sync.WaitGroup
	for range 12 {
		people.Go(func() {
			for i := next.Add(1) - 1; i < int64(voters); i = next.Add(1) - 1 {
				e.vote(t, int(i))
			}
		})
	}
	for range kills {
		s := in.serveAgain(t)
		e.url.Store(&s.url)
		time.Sleep(time.Duration(mathrand.IntN(1500)) * time.Millisecond)
		if err := s.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = s.cmd.Wait() // killed
	}
	last := in.serveAgain(t)
	e.url.Store(&last.url)
	people.Wait()
	last.await(t)
	time.Sleep(3 * time.Second) // the last batch
	last.stop(t)

	var log struct {
		Entries []struct {
			Kind        string
			Attachments []read.Attachment
		}
	}
	if err := json.Unmarshal([]byte(in.bayyina(t, "log", "show", "server", "--json")), &log); err != nil {
		t.Fatal(err)
	}
	entered := make(map[string]int)
	for _, entry := range log.Entries {
		if entry.Kind == evidence.KindBallot {
			entered[entry.Attachments[0].SHA256]++
		}
	}
	for _, tracker := range e.promised {
		if entered[tracker] != 1 {
			t.Errorf("ballot %s was promised, and entered %d times", tracker, entered[tracker])
		}
	}
	if len(e.promised) != voters || len(entered) != voters {
		t.Errorf("%d promises and %d ballots of %d voters", len(e.promised), len(entered), voters)
	}
	t.Logf("killed %d times; %d ballots were promised", kills, len(e.promised))
}
