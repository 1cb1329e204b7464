package ledger_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"bayyina/platform/ledger"
	"bayyina/platform/store"
	"bayyina/platform/store/storetest"
)

// onBoth runs a test with a fresh rig on each database.
func onBoth(t *testing.T, test func(t *testing.T, r *rig)) {
	for _, dialect := range []store.Dialect{store.SQLite, store.Postgres} {
		t.Run(string(dialect), func(t *testing.T) { test(t, newRig(t, dialect)) })
	}
}

func TestNewLogHoldsItsGenesisAlone(t *testing.T) {
	onBoth(t, func(t *testing.T, r *rig) {
		p := r.create(t)
		if p.Size != 1 {
			t.Errorf("first checkpoint has size %d", p.Size)
		}
		for _, f := range []string{"checkpoint", "checkpoints/001"} {
			b, err := os.ReadFile(r.public(f))
			if err != nil || !bytes.Equal(b, p.Checkpoint) {
				t.Errorf("%s: %q, %v", f, b, err)
			}
		}
		if _, err := ledger.Create(ctx, r.Config, r.genesis(t)); err == nil || err.Error() != "create log: there is a log in this folder already" {
			t.Errorf("second genesis: %v", err)
		}
	})
}

func TestQueuedStatementsEnterInOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, r *rig) {
		r.create(t)
		l := r.open(t)
		var all []ledger.Item
		for _, n := range []int{1, 3, 300, 1100, 5} {
			items := r.words(t, n)
			r.queue(t, items...)
			all = append(all, items...)
			drain(t, l)
		}
		for i, item := range all {
			want := ledger.Status{Sequenced: true, Sequence: uint64(i + 1), Published: true}
			if got := r.lookup(t, item.Statement); got != want {
				t.Fatalf("statement %d: %+v, want %+v", i, got, want)
			}
		}
		if size, published := l.Size(); size != 1410 || published != 1410 {
			t.Errorf("size %d, published %d", size, published)
		}
	})
}

func TestEnqueueRefusesWhatCannotEnter(t *testing.T) {
	r := newRig(t, store.SQLite)
	ok := r.words(t, 1)[0]
	if err := r.tryEnqueue(ok); !errors.Is(err, ledger.ErrNoLog) {
		t.Errorf("before there is a log: %v", err)
	}
	r.create(t)
	r.enqueue(t, ok)
	hour := time.Hour
	file := r.bearing(t, []byte("one"), []byte("two"))
	for name, c := range map[string]struct {
		item ledger.Item
		want string
	}{
		"twice":            {ok, "queued before"},
		"too early":        {ledger.Item{Statement: r.signWindow(t, "test.word/1", []byte(`{}`), time.Now().Add(hour), time.Now().Add(2*hour))}, "it is valid only from"},
		"too late":         {ledger.Item{Statement: r.signWindow(t, "test.word/1", []byte(`{}`), time.Now().Add(-2*hour), time.Now().Add(-hour))}, "it was valid until"},
		"no note":          {ledger.Item{Statement: []byte("hello")}, "no empty line before the signatures"},
		"not canonical":    {ledger.Item{Statement: r.signWindow(t, "test.word/1", []byte(`{"a": 1}`), time.Now().Add(-hour), time.Now().Add(hour))}, "not canonical"},
		"too long":         {ledger.Item{Statement: r.sign(t, "test.word/1", map[string]string{"a": string(bytes.Repeat([]byte("x"), 65000))})}, "bytes, more than"},
		"attachment lacks": {ledger.Item{Statement: file.Statement, Contents: file.Contents[:1]}, "is missing"},
		"attachment more":  {ledger.Item{Statement: file.Statement, Contents: [][]byte{file.Contents[0], file.Contents[1], []byte("x")}}, "it names no attachment"},
		"attachment large": {r.bearing(t, make([]byte, ledger.MaxInline+1)), "must be staged"},
	} {
		if err := r.tryEnqueue(c.item); err == nil {
			t.Errorf("%s: accepted", name)
		} else {
			contains(t, err, c.want)
		}
	}
	other := newRig(t, store.SQLite)
	s := ledger.Statement{Origin: "other.example", Kind: "test.word/1", ID: newID(), From: time.Now().Add(-hour), Until: time.Now().Add(hour), Body: []byte(`{}`)}
	contains(t, r.tryEnqueue(ledger.Item{Statement: signText(t, other, s.Text())}), `it is meant for the log "other.example"`)
}

func TestItemsOfOneCallShareOneTime(t *testing.T) {
	r := newRig(t, store.SQLite)
	r.create(t)
	items := r.words(t, 2500)
	r.enqueue(t, items...)
	r.enqueue(t, r.words(t, 1)...)
	base := time.Now().UTC().Truncate(time.Second)
	calls := 0
	r.Now = func() time.Time { calls++; return base.Add(time.Duration(calls) * time.Second) }
	l := r.open(t)
	drain(t, l)
	times := map[string]int{}
	for n := 1; n <= 2501; n++ {
		entry, err := l.Entry(ctx, uint64(n))
		if err != nil {
			t.Fatal(err)
		}
		lines := bytes.SplitN(entry, []byte("\n"), 6)
		if n == 2501 {
			break
		}
		times[string(lines[3])]++
		if string(lines[4]) != "1" {
			t.Fatalf("entry %d: after %s, want 1: no checkpoint may be published inside a batch", n, lines[4])
		}
	}
	if len(times) != 1 {
		t.Errorf("one batch has %d times: %v", len(times), times)
	}
}

func TestWhatWasQueuedTogetherIsNotPartedWhereItNeedNotBe(t *testing.T) {
	r := newRig(t, store.SQLite)
	r.create(t)
	for range 9 {
		r.enqueue(t, r.words(t, 300)...)
	}
	l := r.open(t)
	n, err := l.Sequence(ctx)
	if err != nil || n == 0 || n%300 != 0 {
		t.Errorf("%d entered at once, want whole calls of 300: %v", n, err)
	}
	if _, err := l.Publish(ctx); err != nil {
		t.Error(err)
	}
	drain(t, l)
	if size, _ := l.Size(); size != 1+9*300 {
		t.Errorf("the log has %d entries", size)
	}
}

// PostgreSQL commits in another order than that of the rows' ids. Here a statement
// is committed late, and then another by who knows of it.
func TestStatementIsNotOvertakenByOneThatWasQueuedAfterIt(t *testing.T) {
	r := newRig(t, store.Postgres)
	r.create(t)
	first, second := r.words(t, 1)[0], r.words(t, 1)[0]
	queued, commit := make(chan struct{}), make(chan struct{})
	committed := make(chan error)
	go func() {
		tell := sync.OnceFunc(func() { close(queued) })
		committed <- r.DB.Tx(ctx, func(tx *store.Tx) error {
			err := ledger.Enqueue(ctx, tx, time.Now(), first)
			tell()
			<-commit
			return err
		})
	}()
	<-queued
	for range 10 {
		r.enqueue(t, r.words(t, 300)...)
	}
	l := r.open(t)
	if n, err := l.Sequence(ctx); err != nil || n == 3000 {
		t.Fatalf("%d entered at once, and none was prepared: %v", n, err)
	}
	close(commit)
	if err := <-committed; err != nil {
		t.Fatal(err)
	}
	r.enqueue(t, second)
	drain(t, l)
	if a, b := r.lookup(t, first.Statement), r.lookup(t, second.Statement); !a.Sequenced || !b.Sequenced || a.Sequence > b.Sequence {
		t.Errorf("%+v, and after it %+v", a, b)
	}
}

func TestStatementThatExpiredInTheQueueIsRefusedAndTheOthersEnter(t *testing.T) {
	onBoth(t, func(t *testing.T, r *rig) {
		r.create(t)
		short := ledger.Item{Statement: r.signWindow(t, "test.word/1", []byte(`{"n":1}`), time.Now().Add(-time.Hour), time.Now().Add(time.Minute))}
		before, after := r.words(t, 1)[0], r.words(t, 1)[0]
		for _, i := range []ledger.Item{before, short, after} {
			r.enqueue(t, i)
		}
		r.Now = func() time.Time { return time.Now().Add(time.Hour) }
		drain(t, r.open(t))
		if s := r.lookup(t, short.Statement); s.Sequenced || s.Refused == "" {
			t.Errorf("expired statement: %+v", s)
		}
		if a, b := r.lookup(t, before.Statement), r.lookup(t, after.Statement); a.Sequence != 1 || b.Sequence != 2 || !b.Published {
			t.Errorf("others: %+v %+v", a, b)
		}
	})
}

func TestNothingFollowsTheClosing(t *testing.T) {
	r := newRig(t, store.SQLite)
	r.create(t)
	closing := ledger.Item{Statement: r.sign(t, "log.close/1", map[string]any{"successor": "log.example/2027", "reason": ledger.Bilingual{AR: "انتهى", EN: "over"}})}
	late := r.words(t, 1)[0]
	r.enqueue(t, closing)
	r.enqueue(t, late)
	drain(t, r.open(t))
	if s := r.lookup(t, closing.Statement); s.Sequence != 1 || !s.Published {
		t.Errorf("closing: %+v", s)
	}
	if s := r.lookup(t, late.Statement); s.Refused != "the log is closed" {
		t.Errorf("after it: %+v", s)
	}
}

func TestOneWriterAtATime(t *testing.T) {
	onBoth(t, func(t *testing.T, r *rig) {
		r.create(t)
		r.open(t)
		if _, err := ledger.Open(ctx, r.Config); !errors.Is(err, store.ErrLocked) {
			t.Errorf("same folder: %v", err)
		}
		elsewhere := *r
		elsewhere.Dir, elsewhere.DB = t.TempDir(), storetest.Open(t, r.dsn)
		if _, err := ledger.Open(ctx, elsewhere.Config); !errors.Is(err, store.ErrLocked) {
			t.Errorf("same database: %v", err)
		}
	})
}

func TestEntriesInTheLogThatWereNotMarkedAreFoundAndNotDoubled(t *testing.T) {
	onBoth(t, func(t *testing.T, r *rig) {
		r.create(t)
		items := r.words(t, 700)
		r.queue(t, items...)
		l := r.open(t)
		drain(t, l)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		// As if the process had died between append and mark.
		statements := map[string][]byte{}
		for _, i := range items[300:] {
			s, _, err := ledger.ParseStatement(i.Statement)
			if err != nil {
				t.Fatal(err)
			}
			statements[s.ID] = i.Statement
		}
		err := r.DB.Tx(ctx, func(tx *store.Tx) error {
			for id, s := range statements {
				if _, err := tx.Exec(ctx, `UPDATE outbox SET sequence = NULL WHERE statement_id = ?1`, id); err != nil {
					return err
				}
				if _, err := tx.Exec(ctx, `INSERT INTO outbox_statement (outbox_id, statement) SELECT id, ?2 FROM outbox WHERE statement_id = ?1`, id, s); err != nil {
					return err
				}
			}
			_, err := tx.Exec(ctx, `UPDATE publication SET size = 301, published_size = 0`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		l = r.open(t)
		r.enqueue(t, r.words(t, 1)...)
		drain(t, l)
		for i, item := range items {
			if s := r.lookup(t, item.Statement); s.Sequence != uint64(i+1) || !s.Published {
				t.Fatalf("statement %d: %+v", i, s)
			}
		}
		if size, _ := l.Size(); size != 702 {
			t.Errorf("size %d, want 702", size)
		}
	})
}

func TestDamagedFilesAreNotBuiltUpon(t *testing.T) {
	r := newRig(t, store.SQLite)
	r.create(t)
	r.queue(t, r.words(t, 10)...)
	l := r.open(t)
	drain(t, l)
	l.Close()
	good := r.Dir
	for file, want := range map[string]string{
		"tile/entries/000.p/11": "does not match its hash",
		"tile/0/000.p/11":       "",
		"checkpoint":            "",
	} {
		t.Run(file, func(t *testing.T) {
			for name, damage := range map[string]func([]byte) []byte{
				"torn":    func(b []byte) []byte { return b[:len(b)/2] },
				"flipped": func(b []byte) []byte { b[len(b)/3] ^= 4; return b },
			} {
				r.Dir = copyTree(t, good)
				b, err := os.ReadFile(r.public(file))
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(r.public(file), damage(b), 0o644); err != nil {
					t.Fatal(err)
				}
				l, err := ledger.Open(ctx, r.Config)
				if err == nil {
					l.Close()
					t.Errorf("%s %s was opened", name, file)
					continue
				}
				t.Logf("%s: %v", name, err)
				if name == "flipped" {
					contains(t, err, want)
				}
			}
		})
	}
}

func signText(t *testing.T, r *rig, text string) []byte {
	t.Helper()
	sig, err := r.root.Sign([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Appendf(nil, "%s\n— %s %s\n", text, r.root.Name(), b64(r.root.KeyHash(), sig))
}
