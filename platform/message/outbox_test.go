package message_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"bayyina/platform/message"
	"bayyina/platform/store"
	"bayyina/platform/store/seal"
	"bayyina/platform/store/seal/sealtest"
	"bayyina/platform/store/storetest"
)

// postman is the far end of a channel.
type postman struct {
	mu     sync.Mutex
	got    []message.Message
	answer error
}

func (p *postman) Send(_ context.Context, _ string, m message.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got = append(p.got, m)
	return p.answer
}

func (p *postman) Check(context.Context) error { return nil }

func (p *postman) becomes(answer error) (calls int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	calls, p.got, p.answer = len(p.got), nil, answer
	return calls
}

// office is an outbox whose time passes when it is told to.
type office struct {
	*message.Outbox
	db      *store.DB
	keys    *seal.Keys
	postman *postman
	now     time.Time
}

func (o *office) open(t *testing.T) {
	t.Helper()
	var err error
	o.Outbox, err = message.NewOutbox(t.Context(), message.Config{
		DB: o.db, Keys: o.keys, Senders: map[message.Channel]message.Sender{message.SMS: o.postman},
		Now: func() time.Time { return o.now }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
}

func each(t *testing.T, test func(t *testing.T, o *office)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := &office{db: db, keys: sealtest.New(t, db), postman: &postman{}, now: time.Now().Truncate(time.Second)}
		o.open(t)
		test(t, o)
	})
}

func (o *office) queue(t *testing.T, text string) {
	t.Helper()
	s, err := o.Seal(t.Context(), message.Message{Channel: message.SMS, To: "+218912345678", Text: text, Until: o.now.Add(10 * time.Minute)})
	if err == nil {
		err = o.db.Tx(t.Context(), func(tx *store.Tx) error { return o.Enqueue(t.Context(), tx, s) })
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (o *office) step(t *testing.T) int {
	t.Helper()
	n, err := o.Step(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (o *office) count(t *testing.T, state message.State) int64 {
	t.Helper()
	counts, err := o.Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return counts[state]
}

// held is all text that the table of messages holds.
func (o *office) held(t *testing.T) (text string) {
	t.Helper()
	err := o.db.View(t.Context(), func(tx *store.Tx) error {
		rows, err := tx.Query(t.Context(), `SELECT id, sealed FROM message`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id, sealed string
			if err := rows.Scan(&id, &sealed); err != nil {
				return err
			}
			text += id + " " + sealed + "\n"
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestWhatIsQueuedIsSentAndForgotten(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.queue(t, "one")
		if text := o.held(t); strings.Contains(text, "one") || strings.Contains(text, "912345678") {
			t.Errorf("the database holds %s", text)
		}
		o.open(t) // as another process
		if n := o.step(t); n != 1 || o.postman.got[0].Text != "one" || o.count(t, "sent") != 1 {
			t.Errorf("%d tried, got %+v", n, o.postman.got)
		}
		id, sealed, _ := strings.Cut(strings.TrimSpace(o.held(t)+"-"), " ")
		if strings.TrimSpace(sealed) != "-" {
			t.Errorf("afterwards it holds %q", sealed)
		}
		if err := o.Receipt(t.Context(), id, true); err != nil || o.count(t, "delivered") != 1 {
			t.Errorf("receipt: %v", err)
		}
		if n := o.step(t); n != 0 {
			t.Error("it is sent again")
		}
		o.now = o.now.Add(25 * time.Hour)
		if o.step(t); o.held(t) != "" {
			t.Error("it is remembered for more than a day")
		}
	})
}

func TestWhatFailsIsTriedAgainUntilNobodyNeedsIt(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.postman.becomes(errors.New("for now"))
		o.queue(t, "one")
		calls, begun := 0, o.now
		for o.now.Before(begun.Add(20 * time.Minute)) {
			o.step(t)
			o.now = o.now.Add(time.Second)
		}
		if calls = o.postman.becomes(message.ErrRefused); calls < 5 || calls > 12 {
			t.Errorf("tried %d times", calls)
		}
		if o.count(t, "waiting") != 0 || strings.Contains(o.held(t), "1.") {
			t.Errorf("it is kept: %s", o.held(t))
		}
		o.queue(t, "two")
		if o.step(t); o.count(t, "failed") < 1 {
			t.Error("what is refused for good is tried again")
		}
	})
}

func TestAChannelWithoutASenderIsTold(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		_, err := o.Seal(t.Context(), message.Message{Channel: message.Email, To: "a@b.c", Subject: "s", Text: "t", Until: o.now})
		if !errors.Is(err, message.ErrNoSender) {
			t.Error(err)
		}
	})
}
