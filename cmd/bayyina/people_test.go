package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bayyina/internal/sendtest"
	"bayyina/module/vote"
	"bayyina/platform/ledger"
	"bayyina/platform/store"
	"bayyina/platform/web/webtest"
)

// ahead is how far the clock of a rehearsal may go before or behind the witnesses' clocks, so
// that the times in the log are right (read.Tolerance).
const ahead = 45 * time.Second

// clock is the time of a rehearsal. It begins behind that of the witnesses, and is put forward
// when nothing is left to do but wait.
type clock struct{ off atomic.Int64 }

func newClock() *clock {
	c := new(clock)
	c.off.Store(-int64(ahead))
	return c
}

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.off.Load())) }

// until waits until a time, or puts the clock forward to it.
func (c *clock) until(at time.Time) {
	if forward := min(at.Sub(c.now()), ahead-time.Duration(c.off.Load())); forward > 0 {
		c.off.Add(int64(forward))
	}
	time.Sleep(at.Sub(c.now()))
}

// people are those who hold an election: each at a browser of the own.
type people struct {
	t      *testing.T
	r      *running
	e      *env
	clock  *clock
	dir    string // of files that are carried about
	origin string // of the server's pages
	uuid   string
	mails  <-chan sendtest.Taken
	first  *webtest.Browser
}

// The demonstration's people, by their numbers.
const (
	anOfficer     = 1
	anotherOne    = 2
	theManager    = 4
	theObserver   = 18
	peopleOfVotes = 6 // voters
)

func (p *people) file(name string) string { return filepath.Join(p.dir, name) }

func (p *people) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// bayyina runs a command of this program, at the time of the rehearsal.
func (p *people) bayyina(args ...string) string {
	p.t.Helper()
	out, code := p.try(args...)
	if code != 0 {
		p.t.Fatalf("bayyina %s: %d\n%s", strings.Join(args, " "), code, out)
	}
	return out
}

func (p *people) try(args ...string) (string, int) {
	p.t.Helper()
	e := *p.e
	var out bytes.Buffer
	e.stdout, e.stderr = &out, &out
	code := run(args, &e)
	return out.String(), code
}

// signed has keys of the demonstration sign a text one after the other.
func (p *people) signed(in string, keys ...string) string {
	p.t.Helper()
	for _, key := range keys {
		out := in + "." + key
		args := []string{"key", "sign", p.key(key), "--in", in, "--out", out, "--yes", "--passphrase-file", p.passphraseFile()}
		if strings.HasPrefix(key, "officer") {
			args = append(args, "--log", filepath.Join(p.r.Config.Dir, publicDir))
		}
		p.bayyina(args...)
		in = out
	}
	return in
}

func (p *people) passphraseFile() string { return filepath.Join(p.r.Config.Dir, "passphrase") }

func (p *people) passphrase() string {
	p.t.Helper()
	text, err := os.ReadFile(p.passphraseFile())
	p.must(err)
	return strings.TrimSpace(string(text))
}

// sits is a person of the commission, signed in at a browser of the own.
func (p *people) sits(person int, width int64) *webtest.Browser {
	p.t.Helper()
	b := p.first.Another(p.t)
	b.Width(p.t, width)
	b.Page(p.t, p.origin+"/ar/demo")
	b.Follow(p.t, fmt.Sprintf(`form:has([name=person][value="%d"]) button`, person))
	return b
}

// look keeps a picture of the page that is shown. Whether everybody can use it, the long form asks axe here,
// too; otherwise the tests of each page do.
func (p *people) look(b *webtest.Browser, name string) {
	p.t.Helper()
	b.Fits(p.t)
	if os.Getenv("BAYYINA_SOAK") != "" {
		b.Axe(p.t)
	}
	b.Screenshot(p.t, "people-"+name)
}

// await opens a page until it shows something.
func (p *people) await(b *webtest.Browser, address, selector string) {
	p.t.Helper()
	for begun := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		b.Page(p.t, address)
		if webtest.Ask[bool](p.t, b, "document.querySelector(`"+selector+"`) != null") {
			return
		}
		if time.Since(begun) > 2*time.Minute {
			p.t.Fatalf("%s never shows %s:\n%s", address, selector, b.Text(p.t, "main"))
		}
	}
}

// set sets fields of a form that is shown, as a person does by hand.
func set(t *testing.T, b *webtest.Browser, values map[string]string) {
	t.Helper()
	text, err := json.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	if missing := webtest.Ask[string](t, b, `Object.entries(`+string(text)+`).filter(([s, v]) => {
		const e = document.querySelector(s); if (e) e.value = v; return !e || e.value != v }).map(([s]) => s).join(" ")`); missing != "" {
		t.Fatalf("the form has no %s", missing)
	}
}

// published waits until the server has come so far with the election, and the log shows it.
func (p *people) published(far func(s vote.Status) bool) {
	p.t.Helper()
	for begun := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		s, err := p.r.registrar.Status(p.t.Context(), p.uuid)
		p.must(err)
		if far(s) {
			var waiting int64
			p.must(p.r.DB.View(p.t.Context(), func(tx *store.Tx) (err error) {
				waiting, _, err = ledger.Queue(p.t.Context(), tx)
				return err
			}))
			if size, published := p.r.Log.Size(); waiting == 0 && size == published {
				return
			}
		}
		if time.Since(begun) > 3*time.Minute {
			p.t.Fatalf("the election stays at %+v", s)
		}
	}
}

// code is the newest one-time code that a voter gets.
func (p *people) code(voter int) string {
	p.t.Helper()
	ctx, stop := context.WithTimeout(p.t.Context(), time.Minute)
	defer stop()
	for {
		select {
		case m := <-p.mails:
			letter, err := mail.ReadMessage(strings.NewReader(m.Text))
			p.must(err)
			text, err := io.ReadAll(quotedprintable.NewReader(letter.Body))
			p.must(err)
			if code := sixDigits.FindString(string(text)); code != "" && slices.Contains(m.To, address(voter)) {
				return code
			}
		case <-ctx.Done():
			p.t.Fatal("no code comes")
		}
	}
}
