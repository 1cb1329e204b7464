package ledger_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"bayyina/platform/ledger"
	"bayyina/platform/store"

	"golang.org/x/mod/sumdb/note"
)

// childVar makes this test binary a server that a test kills.
const childVar = "BAYYINA_TEST_CHILD"

// soak tells whether the long forms of the tests run.
var soak = os.Getenv("BAYYINA_SOAK") == "1"

func TestMain(m *testing.M) {
	if os.Getenv(childVar) == "" {
		os.Exit(m.Run())
	}
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// job is what a child is told.
type job struct {
	Dir, DSN string
	Private  [3]string // the keys checkpoint, entry, root
	Round    int       // so that loaders of different children have different names
}

// loaders is how many goroutines queue statements in a child.
const loaders = 3

// serve writes a log under load until it is killed, and tells on out, line by
// line, what it acknowledges:
//
//	batch LOADER ID…     one transaction, one batch, has committed
//	single LOADER ID…    one transaction of single statements has committed
//	entered ID SEQUENCE  the statement was found to be in the log
//	published SIZE       a checkpoint was found to be published
func serve(in io.Reader, out io.Writer) error {
	var j job
	if err := json.NewDecoder(in).Decode(&j); err != nil {
		return err
	}
	var keys [3]note.Signer
	for i, p := range j.Private {
		var err error
		if keys[i], err = note.NewSigner(p); err != nil {
			return err
		}
	}
	db, err := store.Open(ctx, j.DSN)
	if err != nil {
		return err
	}
	r := &rig{root: keys[2], Config: ledger.Config{
		Dir: j.Dir, DB: db, Checkpoint: keys[0], Entry: keys[1],
		Now: time.Now, Client: http.DefaultClient, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	}}
	l, err := ledger.Open(ctx, r.Config)
	for errors.Is(err, store.ErrLocked) { // the database notices a killed client a little later
		time.Sleep(5 * time.Millisecond)
		l, err = ledger.Open(ctx, r.Config)
	}
	if err != nil {
		return err
	}
	failed := make(chan error)
	for n := range loaders {
		go func() { failed <- r.load(l, out, fmt.Sprintf("%d.%d", j.Round, n)) }()
	}
	go func() { failed <- l.Run(ctx, 30*time.Millisecond) }()
	go func() {
		for {
			if _, published := l.Size(); published > 0 {
				fmt.Fprintln(out, "published", published)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	return <-failed
}

// load queues statements for ever.
func (r *rig) load(l *ledger.Log, out io.Writer, name string) error {
	before := "" // a statement of the round before
	for round := 0; ; round++ {
		n := 1 + rand.IntN(8)
		if rand.IntN(20) == 0 {
			n = 1200 // a batch that needs more than one append
		}
		items, ids := make([]ledger.Item, n), make([]string, n)
		for i := range items {
			var err error
			if items[i], ids[i], err = r.random(fmt.Sprintf("%s, %d, %d", name, round, i)); err != nil {
				return err
			}
		}
		whole := n > 8 || rand.IntN(2) == 0
		err := r.DB.Tx(ctx, func(tx *store.Tx) error {
			if whole {
				return ledger.Enqueue(ctx, tx, r.Now(), items...)
			}
			for _, i := range items {
				if err := ledger.Enqueue(ctx, tx, r.Now(), i); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		fmt.Fprintln(out, map[bool]string{true: "batch", false: "single"}[whole], name, strings.Join(ids, " "))
		l.Wake()
		time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
		var s ledger.Status
		err = r.DB.View(ctx, func(tx *store.Tx) (err error) {
			if before != "" {
				s, err = ledger.Lookup(ctx, tx, before)
			}
			return err
		})
		if err != nil {
			return err
		}
		if s.Sequenced {
			fmt.Fprintln(out, "entered", before, s.Sequence)
		}
		before = ids[0]
	}
}

// random makes a statement, sometimes with an attachment.
func (r *rig) random(text string) (item ledger.Item, id string, err error) {
	body := map[string]any{"text": text}
	if rand.IntN(4) == 0 {
		content := []byte(strings.Repeat(text, 1+rand.IntN(100)))
		item.Contents = [][]byte{content}
		body["file"] = attachmentOf(content)
	}
	encoded, err := ledger.EncodeBody(body)
	if err != nil {
		return item, "", err
	}
	now := time.Now()
	s := ledger.Statement{Origin: origin, Kind: "test.load/1", ID: newID(), From: now.Add(-time.Hour), Until: now.Add(time.Hour), Body: encoded}
	item.Statement, err = note.Sign(&note.Note{Text: s.Text()}, r.root)
	return item, s.ID, err
}

// starter calls a function at the first write.
type starter struct {
	io.Writer
	start func()
}

func (s *starter) Write(p []byte) (int, error) {
	if s.start != nil {
		s.start()
		s.start = nil
	}
	return s.Writer.Write(p)
}

// child starts a server in a process of its own, and kills it after a while,
// which begins with its first acknowledgement where awake. It returns the
// complete lines that it told.
func (r *rig) child(t *testing.T, round int, life time.Duration, awake bool) []string {
	t.Helper()
	told, err := json.Marshal(job{Dir: r.Dir, DSN: r.dsn, Private: r.private, Round: round})
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childVar+"=1")
	cmd.Stdin = strings.NewReader(string(told))
	var out, log strings.Builder
	kill := func() { time.AfterFunc(life, func() { _ = cmd.Process.Kill() }) }
	cmd.Stdout, cmd.Stderr = &out, &log
	if awake {
		cmd.Stdout = &starter{&out, kill}
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if !awake {
		kill()
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != -1 {
		t.Fatalf("the server ended before it was killed: %v\n%s", err, log.String())
	}
	if log.Len() > 0 {
		t.Logf("server %d told its operator:\n%s", round, log.String())
	}
	lines := strings.SplitAfter(out.String(), "\n")
	return lines[:len(lines)-1] // what follows the last line's end was torn
}

// number reads a decimal number that a child told.
func number(t *testing.T, text string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
