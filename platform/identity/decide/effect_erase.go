package decide

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"bayyina/platform/identity/access"
	"bayyina/platform/identity/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
)

// subjectPath is where the statement of an erasure seals whom it is about.
const subjectPath = "subject"

// errSubject reports an erasure of which this server does not know whom it is about.
var errSubject = errors.New("whom this erasure is about is not known here")

// DraftErase drafts that whatever is sealed about a person is erased. The log says that
// something is erased, and seals of whom; the proposer's data key opens that to those who sign.
func (d *Decisions) DraftErase(ctx context.Context, by *access.Person, person int64, reason read.Bilingual) (Draft, error) {
	reason, err := checkReason(reason)
	if err != nil {
		return Draft{}, err
	}
	if _, err := d.departed(ctx, person); err != nil {
		return Draft{}, err
	}
	draft := Draft{Kind: evidence.KindErase}
	if draft.ID, err = d.NewID(); err != nil {
		return Draft{}, err
	}
	sealed, opening, err := d.Seal(draft.Kind, draft.ID, subjectPath, by.ID, fmt.Sprintf("person:%d", person))
	if err != nil {
		return Draft{}, err
	}
	draft.Body, draft.Openings = evidence.Erase{Subject: sealed, Reason: reason}, []Opening{opening}
	return draft, nil
}

// departed is somebody who can be erased, else [ErrDeparted].
func (d *Decisions) departed(ctx context.Context, person int64) (who *access.Person, err error) {
	err = d.cfg.DB.View(ctx, func(tx *store.Tx) error {
		who, err = d.cfg.People.Departed(ctx, tx, person)
		return err
	})
	if err == nil && who == nil {
		err = ErrDeparted
	}
	if err != nil {
		return nil, fmt.Errorf("person %d: %w", person, err)
	}
	return who, nil
}

// subject is whom the statement of an erasure is about.
func (d *Decisions) subject(ctx context.Context, tx *store.Tx, statement string) (int64, error) {
	all, err := d.opened(ctx, tx, statement)
	if err != nil {
		return 0, err
	}
	for _, o := range all {
		digits, ok := strings.CutPrefix(o.Value, "person:")
		if o.Path == subjectPath && ok {
			return strconv.ParseInt(digits, 10, 64)
		}
	}
	return 0, errSubject
}

// registerErase adds the decision to erase.
func (d *Decisions) registerErase() {
	d.Register(evidence.KindErase, Effect{
		Name: kindName(evidence.KindErase), Right: access.PeopleErase,
		Describe: func(ctx context.Context, _ *read.KeyHistory, s read.Statement, _ Contents) ([]Row, error) {
			var body evidence.Erase
			if err := read.DecodeBody(s.Body, &body); err != nil {
				return nil, err
			}
			row := Row{What: Message("erase-somebody"), Before: Message("erase-kept"), After: Message("erase-gone")}
			var number int64
			err := d.cfg.DB.View(ctx, func(tx *store.Tx) (err error) {
				number, err = d.subject(ctx, tx, s.ID)
				return err
			})
			if errors.Is(err, errSubject) {
				return []Row{row}, nil // not proposed yet
			}
			if err != nil {
				return nil, err
			}
			who, err := d.departed(ctx, number)
			if err != nil {
				return nil, err
			}
			row.What = Message("erase-person", "Person", number, "Name", who.Name)
			return []Row{row}, nil
		},
		Enter: func(ctx context.Context, tx *store.Tx, signed []byte, contents [][]byte) error {
			s, err := read.ParseStatement(signed)
			if err != nil {
				return err
			}
			number, err := d.subject(ctx, tx, s.ID)
			if err != nil {
				return err
			}
			if err := d.cfg.People.ApplyErase(ctx, tx, number); err != nil {
				return err
			}
			return d.enqueue(ctx, tx, signed, contents)
		},
		Entered: d.cfg.People.DestroyErased,
	})
}
