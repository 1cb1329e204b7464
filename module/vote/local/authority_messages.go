package local

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"bayyina/module/vote"
	"bayyina/module/vote/letter"
	"bayyina/platform/message"
)

const (
	// sendAtOnce is how many messages are on their way side by side.
	sendAtOnce = 8
	// giveUp is after how many failures in a row nothing more is tried.
	giveUp = 20
)

// Reasons why nothing is sent.
var (
	ErrSameChannel = errors.New("the server sends its one-time codes by this channel: whoever reads them would read the credentials, too")
	ErrNoAddress   = errors.New("the voters' file has no address of this voter for this channel")
)

// address is where a voter is reached, "" where the file does not say.
func (a *Addressee) address(c message.Channel) string {
	if c == message.SMS {
		return a.Phone
	}
	return a.Email
}

// Channels are those by which this program can send.
func (p *program) Channels() (list []message.Channel) {
	for _, c := range []message.Channel{message.Email, message.SMS} {
		if p.cfg.Senders[c] != nil {
			list = append(list, c)
		}
	}
	return list
}

// maySend says what messages tell, or why none may be sent by a channel: it must be another one than
// that of the server's one-time codes, or one stolen mailbox or telephone would be enough to vote.
func (d *Desk) maySend(ctx context.Context, c message.Channel) (e letter.Election, err error) {
	if err := d.handedOut(); err != nil {
		return e, err
	}
	if d.program.cfg.Senders[c] == nil {
		return e, message.ErrNoSender
	}
	if e, err = d.Wording(); err != nil {
		return e, err
	}
	codes := e.Code
	if client := d.program.cfg.Client; client != nil && codes != c {
		if _, codes, err = client.Voting(ctx, d.Election); err != nil {
			return e, fmt.Errorf("ask the server by which channel it sends its codes: %w", err)
		}
	}
	if codes == c {
		return e, ErrSameChannel
	}
	return e, nil
}

// SendAll sends its message to each voter who has an address for the channel, and who has neither
// been sent one by it nor been handed a letter. It goes on where it was stopped, for what a server
// took is on the disk before the next one is tried; a message during which the machine died may
// arrive twice, with the same credential. What a server refuses for good is not sent to it again.
func (d *Desk) SendAll(ctx context.Context, c message.Channel, passphrase []byte, tell func(done, total int64)) error {
	e, err := d.maySend(ctx, c)
	if err != nil {
		return err
	}
	people, holders, err := d.recipients(passphrase)
	if err != nil {
		return err
	}
	record, err := d.LetterRecord()
	if err != nil {
		return err
	}
	var todo []int
	for i := range people {
		if people[i].address(c) == "" || record.Has(i+1, Fact{Sent, c}) || record.Has(i+1, Fact{Refused, c}) || record.Has(i+1, Fact{Handed, ""}) {
			continue
		}
		todo = append(todo, i)
	}
	// Where nobody would take anything, no voter's message is tried.
	if err := d.program.cfg.Senders[c].Check(ctx); err != nil {
		return err
	}
	var mu sync.Mutex
	var done int64
	failures := 0
	ended := func(failure error) error {
		mu.Lock()
		defer mu.Unlock()
		done++
		tell(done, int64(len(todo)))
		if failures++; failure == nil {
			failures = 0
		}
		if failures >= giveUp {
			return failure
		}
		return nil
	}
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(sendAtOnce)
	for _, i := range todo {
		if within.Err() != nil {
			break
		}
		group.Go(func() error {
			failure, err := d.send(within, record, e, c, people[i].address(c), letterOf(i+1, people[i], holders[i].Private))
			if err != nil {
				return err
			}
			return ended(failure)
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// SendOne sends a voter's message, or sends it again: the same credential, to the address in the
// voters' file.
func (d *Desk) SendOne(ctx context.Context, voter string, c message.Channel, passphrase []byte) error {
	e, err := d.maySend(ctx, c)
	if err != nil {
		return err
	}
	i, a, holder, err := d.find(voter, passphrase)
	if err != nil {
		return err
	}
	if a.address(c) == "" {
		return ErrNoAddress
	}
	record, err := d.LetterRecord()
	if err != nil {
		return err
	}
	failure, err := d.send(ctx, record, e, c, a.address(c), letterOf(i+1, a, holder.Private))
	return errors.Join(failure, err)
}

// send sends one message and keeps how that went. A failure is that of who should have taken it.
func (d *Desk) send(ctx context.Context, record *Record, e letter.Election, c message.Channel, to string, v letter.Letter) (failure, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m, err := letter.Message(e, v, c, to)
	if err != nil {
		return nil, err
	}
	var random [16]byte
	if _, err := io.ReadFull(d.program.cfg.Random, random[:]); err != nil {
		return nil, err
	}
	event := Event{Fact: Fact{Sent, c}, Letter: v.Number, ID: hex.EncodeToString(random[:])}
	record.expect(event)
	failure = d.program.cfg.Senders[c].Send(ctx, event.ID, m)
	switch {
	case failure == nil:
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(failure, message.ErrRefused):
		event.What = Refused
	default:
		event.What = Later
	}
	event.Time = d.program.cfg.Now()
	return failure, record.Add(event)
}

// Receipt keeps what became of a message, as a sender's far end tells. It is vote.ErrUnknownCeremony
// for one that no election of this program sent.
func (a *Authority) Receipt(_ context.Context, id string, delivered bool) error {
	for _, open := range []func() error{func() error { return nil }, a.openRecords} {
		if err := open(); err != nil {
			return err
		}
		a.mu.Lock()
		records := slices.Collect(maps.Values(a.records))
		a.mu.Unlock()
		for _, r := range records {
			if known, err := r.receipt(id, delivered, a.cfg.Now()); known {
				return err
			}
		}
	}
	return vote.ErrUnknownCeremony
}

// openRecords opens those of all elections of this machine, which nobody has looked at since the
// program was started.
func (a *Authority) openRecords() error {
	list, err := a.elections()
	if err != nil {
		return err
	}
	for _, uuid := range list {
		d, err := a.desk(uuid)
		if err == nil {
			_, err = d.LetterRecord()
		}
		if err != nil {
			return err
		}
	}
	return nil
}
