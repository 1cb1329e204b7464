package local

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"bayyina/platform/message"
)

// What happened to a letter.
type What string

// What happens to letters. A letter that came back is not handed over any more; of one whose
// credential was replaced nothing counts that happened before.
const (
	Printed     What = "printed"
	Look        What = "look" // it must be looked at: a name was cut, or cannot be printed whole
	Sent        What = "sent" // a server took the message
	Later       What = "later"
	Refused     What = "refused"
	Delivered   What = "delivered" // to the phone, as its receipt says
	Undelivered What = "undelivered"
	Handed      What = "handed"
	Returned    What = "returned"
	Replaced    What = "replaced"
)

// Fact is what happened to a letter, and for messages by which channel.
type Fact struct {
	What What
	By   message.Channel
}

// facts are all that there are, the bits of a letter in their order.
var facts = []Fact{
	{Printed, ""},
	{Sent, message.Email},
	{Sent, message.SMS},
	{Delivered, message.SMS},
	{Undelivered, message.SMS},
	{Later, message.Email},
	{Later, message.SMS},
	{Refused, message.Email},
	{Refused, message.SMS},
	{Handed, ""},
	{Returned, ""},
	{Replaced, ""},
	{Look, ""},
}

// undone are the facts that one puts an end to.
func (f Fact) undone() []Fact {
	switch f.What {
	case Sent:
		return []Fact{{Later, f.By}, {Refused, f.By}, {Delivered, f.By}, {Undelivered, f.By}}
	case Delivered:
		return []Fact{{Undelivered, f.By}}
	case Undelivered:
		return []Fact{{Delivered, f.By}}
	case Handed:
		return []Fact{{Returned, ""}}
	case Returned:
		return []Fact{{Handed, ""}}
	case Replaced:
		return facts
	}
	return nil
}

// Event is a fact with its time.
type Event struct {
	Fact
	Time   time.Time
	Letter int    // its number, from 1, in the order of the voters' file
	ID     string // of a message, by which its receipt is known
}

// maxShown is how many events are kept for showing.
const maxShown = 30

// Record is what happened to the letters of a round. It names nobody: letters have numbers. It is
// kept in a file that only grows, a line for each event, of which a line that was not written whole
// is dropped.
type Record struct {
	path string

	mu      sync.Mutex
	letters []uint16 // the facts of each
	counts  map[Fact]int
	sent    map[string]Event // messages by id
	told    map[string]What  // what their receipts say, by id
	last    []Event
}

// openRecord reads a record, empty if there is none.
func openRecord(path string) (*Record, error) {
	r := &Record{path: path, counts: make(map[Fact]int), sent: make(map[string]Event), told: make(map[string]What)}
	f, err := os.OpenFile(path, os.O_RDWR, 0o600)
	if errors.Is(err, os.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return nil, err
	}
	whole, err := r.read(f)
	if err == nil {
		err = f.Truncate(whole)
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("record of letters: %w", err)
	}
	return r, nil
}

// read returns how many bytes are whole lines.
func (r *Record) read(from io.Reader) (whole int64, err error) {
	lines := bufio.NewReader(from)
	for number := 1; ; number++ {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return whole, nil
		}
		if err != nil {
			return 0, err
		}
		e, err := parseEvent(strings.TrimSuffix(line, "\n"))
		if err != nil {
			return 0, fmt.Errorf("line %d: %w", number, err)
		}
		whole += int64(len(line))
		r.apply(e)
	}
}

// maxLetter bounds the number of a letter.
const maxLetter = 100_000_000

// parseEvent reads a line: time, letter, what, and for messages channel and id.
func parseEvent(line string) (e Event, err error) {
	fields := strings.Split(line, " ")
	if len(fields) != 3 && len(fields) != 5 {
		return e, fmt.Errorf("%d words", len(fields))
	}
	if e.Time, err = time.Parse(time.RFC3339, fields[0]); err != nil {
		return e, err
	}
	if e.Letter, err = strconv.Atoi(fields[1]); err != nil {
		return e, err
	}
	e.What = What(fields[2])
	if len(fields) == 5 {
		e.By, e.ID = message.Channel(fields[3]), fields[4]
	}
	if e.Letter < 1 || e.Letter > maxLetter || !slices.Contains(facts, e.Fact) {
		return e, fmt.Errorf("letter %d: %.40q", e.Letter, e.What)
	}
	return e, nil
}

func (e Event) line() string {
	text := fmt.Sprintf("%s %d %s", e.Time.UTC().Format(time.RFC3339), e.Letter, e.What)
	if e.By != "" {
		text += fmt.Sprintf(" %s %s", e.By, e.ID)
	}
	return text + "\n"
}

// apply takes an event in.
func (r *Record) apply(e Event) {
	if more := e.Letter - len(r.letters); more > 0 {
		r.letters = append(r.letters, make([]uint16, more)...)
	}
	for _, gone := range e.undone() {
		if e.What == Sent && r.told[e.ID] == gone.What {
			continue // its receipt was faster
		}
		r.set(e.Letter, gone, false)
	}
	r.set(e.Letter, e.Fact, true)
	switch e.What {
	case Sent:
		r.sent[e.ID] = e
	case Delivered, Undelivered:
		r.told[e.ID] = e.What
	}
	r.last = append(r.last, e)
	r.last = slices.Delete(r.last, 0, max(0, len(r.last)-maxShown))
}

// bit is that of a fact in a letter's; none for what does not happen, such as a receipt of an e-mail.
func (f Fact) bit() uint16 {
	i := slices.Index(facts, f)
	if i < 0 {
		return 0
	}
	return 1 << i
}

func (r *Record) set(number int, f Fact, holds bool) {
	bit := f.bit()
	if had := r.letters[number-1]&bit != 0; had == holds || bit == 0 {
		return
	}
	r.letters[number-1] ^= bit
	if holds {
		r.counts[f]++
	} else {
		r.counts[f]--
	}
}

// Add keeps what happened: it is on the disk before it counts.
func (r *Record) Add(events ...Event) error {
	if len(events) == 0 {
		return nil
	}
	var text bytes.Buffer
	for _, e := range events {
		text.WriteString(e.line())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	f, err := os.OpenFile(r.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	at, err := f.Seek(0, io.SeekEnd)
	if err == nil {
		if _, err = f.Write(text.Bytes()); err == nil {
			err = f.Sync()
		}
		if err != nil { // on a full disk, say: what was half written must not stand before the next line
			err = errors.Join(err, f.Truncate(at))
		}
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("record of letters: %w", err)
	}
	for _, e := range events {
		r.apply(e)
	}
	return nil
}

// Has says whether something happened to a letter.
func (r *Record) Has(number int, f Fact) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return number <= len(r.letters) && r.letters[number-1]&f.bit() != 0
}

// Of are the facts of a letter.
func (r *Record) Of(number int) (list []Fact) {
	for _, f := range facts {
		if r.Has(number, f) {
			list = append(list, f)
		}
	}
	return list
}

// Count is of how many letters something holds.
type Count struct {
	Fact
	Letters int
}

// Counts are of all that happened to any letter.
func (r *Record) Counts() (list []Count) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range facts {
		if n := r.counts[f]; n > 0 {
			list = append(list, Count{f, n})
		}
	}
	return list
}

// Last are the newest events, the newest first.
func (r *Record) Last() []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := slices.Clone(r.last)
	slices.Reverse(list)
	return list
}

// expect makes a message known before it is sent: its receipt may be faster than its sender.
func (r *Record) expect(e Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent[e.ID] = e
}

// receipt keeps what became of a message, and says whether it is one of these letters'.
func (r *Record) receipt(id string, delivered bool, now time.Time) (known bool, err error) {
	r.mu.Lock()
	e, known := r.sent[id]
	r.mu.Unlock()
	if !known {
		return false, nil
	}
	e.What, e.Time = Undelivered, now
	if delivered {
		e.What = Delivered
	}
	return true, r.Add(e)
}
