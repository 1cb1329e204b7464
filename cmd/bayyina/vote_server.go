package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/sync/errgroup"

	"bayyina/core/ballot"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity"
	"bayyina/platform/ledger"
	"bayyina/platform/store"
)

// registrar opens the module's side of a server that is open.
func (s *server) registrar(e *env) (*vote.Registrar, error) {
	return vote.NewRegistrar(e.ctx, vote.Config{
		DB: s.DB, Dir: s.Config.Dir, Origin: s.Config.Checkpoint.Name(), Receipt: s.Receipt, Now: e.now, Random: e.rand,
	})
}

// stepFlags are those of the server's steps. Commands that enter something into the
// log for an election embed them.
type stepFlags struct {
	Queue bool `help:"Leave it to the process that is writing this log (bayyina vote run, bayyina log run) to enter it."`
	serverFlags
}

// step lets do queue something, and publishes it unless another process does.
func (f *stepFlags) step(e *env, do func(r *vote.Registrar) error) (err error) {
	open := f.open
	if f.Queue {
		open = f.prepare
	}
	s, err := open(e)
	if errors.Is(err, store.ErrLocked) {
		return fmt.Errorf("%w (is another process writing this log? then use --queue)", err)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	r, err := s.registrar(e)
	if err != nil {
		return err
	}
	if f.Queue {
		return do(r)
	}
	if _, err := s.Log.Confirm(e.ctx); err != nil {
		return fmt.Errorf("nothing is entered: the witnesses do not confirm the log as it stands: %w", err)
	}
	if _, err := s.Log.Drain(e.ctx); err != nil {
		return err
	}
	if err := do(r); err != nil {
		return err
	}
	_, err = s.Log.Drain(e.ctx)
	return err
}

type voteEnterCmd struct {
	Statement []string `arg:"" help:"A signed statement about an election; several are entered in this order, those of a folder by their files' names."`
	Attach    []string `sep:"none" placeholder:"FILE" help:"An attachment that a statement names, or a folder with such; may be repeated."`
	stepFlags
}

func (*voteEnterCmd) Help() string {
	return "For the server: enters what the authority, the trustees and the commission have signed, and keeps what it needs to accept and count " +
		"ballots. Signatures are judged by the keys and rules now in force in the log; what is wrong is refused here.\n\n" +
		"Example:\n\n    bayyina vote enter setup.signed --attach election.json --attach trustees.json --attach public.json --data server"
}

// voteEntered is the answer of vote enter.
type voteEntered struct {
	Entered []appendedEntry `json:"entered"`
}

func (c *voteEnterCmd) Run(e *env) error {
	admitted, err := newAdmission(e, c.Data)
	if err != nil {
		return err
	}
	contents, err := c.contents()
	if err != nil {
		return err
	}
	var answer voteEntered
	var signed [][]byte
	used := make(map[string]bool)
	statements, err := allFilesAt(c.Statement)
	if err != nil {
		return err
	}
	for _, path := range statements {
		text, err := identity.Read(path, ledger.MaxNote)
		if err != nil {
			return err
		}
		s, named, err := ledger.ParseStatement(text)
		if err == nil {
			err = admitted.judge(text)
		}
		for _, a := range named {
			if _, ok := contents[a.SHA256]; !ok && err == nil {
				err = fmt.Errorf("it names the attachment %s of %d bytes, which no --attach gives", a.SHA256, a.Size)
			}
			used[a.SHA256] = true
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		signed = append(signed, text)
		answer.Entered = append(answer.Entered, appendedEntry{Kind: s.Kind, ID: s.ID})
	}
	for hash := range contents {
		if !used[hash] {
			return fmt.Errorf("no statement names the attachment with SHA-256 %s", hash)
		}
	}
	err = c.step(e, func(r *vote.Registrar) error {
		for _, text := range signed {
			if err := enterOne(e.ctx, r, text, contents); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return e.answer(answer, func(w io.Writer) error {
		for _, entry := range answer.Entered {
			if _, err := fmt.Fprintf(w, e.tr("entered: %s %s\n", "أُدخلت: %s %s\n"), entry.Kind, entry.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

// contents reads the attachments, by their hash.
func (c *voteEnterCmd) contents() (map[string][]byte, error) {
	contents := make(map[string][]byte)
	paths, err := allFilesAt(c.Attach)
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		data, err := identity.Read(path, evidence.MaxCredentials)
		if err != nil {
			return nil, err
		}
		contents[vote.AttachmentOf(data).SHA256] = data
	}
	return contents, nil
}

// enterOne enters a statement with the attachments that it names.
func enterOne(ctx context.Context, r *vote.Registrar, text []byte, contents map[string][]byte) error {
	_, named, err := ledger.ParseStatement(text)
	if err != nil {
		return err
	}
	var own [][]byte
	for _, a := range named {
		own = append(own, contents[a.SHA256])
	}
	return r.Enter(ctx, text, own...)
}

type voteSubmitCmd struct {
	Ballot  string `arg:"" help:"The signed ballot."`
	Promise string `placeholder:"FILE" help:"Write the server's signed promise to FILE, which may not exist."`
	serverFlags
}

func (*voteSubmitCmd) Help() string {
	return "Hands a ballot to the server, which verifies it, promises at once that it enters the log by a deadline (or a later ballot of the same " +
		"credential instead), and signs the promise: a server that breaks it is convicted by it (bayyina verify --promise). " +
		"The ballot enters with the next batch, in random order.\n\n" +
		"Example:\n\n    bayyina vote submit ballot.json --promise promise.txt --data server"
}

// voteSubmit is the answer of vote submit.
type voteSubmit struct {
	Election string    `json:"election"`
	Tracker  string    `json:"tracker"`
	Deadline time.Time `json:"deadline"`
	Promise  string    `json:"promise"` // signed note
	Out      string    `json:"out,omitempty"`
}

func (c *voteSubmitCmd) Run(e *env) (err error) {
	text, err := identity.Read(c.Ballot, evidence.MaxBallot)
	if err != nil {
		return err
	}
	uuid, err := ballot.UUIDOf(text)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Ballot, err)
	}
	s, err := c.prepare(e)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	r, err := s.registrar(e)
	if err != nil {
		return err
	}
	accepted, err := r.Cast(e.ctx, uuid, text)
	if errors.Is(err, ballot.ErrNotCanonical) {
		return fmt.Errorf("%s: %w", c.Ballot, err)
	}
	if err != nil {
		return err
	}
	if c.Promise != "" {
		if err := identity.Create(c.Promise, accepted.Promise, 0o644); err != nil {
			return err
		}
	}
	answer := voteSubmit{uuid, accepted.Tracker, accepted.Deadline, string(accepted.Promise), c.Promise}
	return e.answer(answer, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, e.tr("Accepted. Tracker: %s\nIt is in the log by %s, or a later ballot of yours instead.\n",
			"قُبلت ورقتك. رقم التتبع: %s\nتكون في سجل الأدلة قبل %s، أو تكون فيه ورقة لاحقة لك بدلًا منها.\n"),
			answer.Tracker, answer.Deadline.Format(time.RFC3339))
		if err == nil && c.Promise == "" {
			_, err = fmt.Fprintf(w, "\n%s", answer.Promise)
		}
		return err
	})
}

type voteStatusCmd struct {
	Election string `arg:"" help:"The election's name."`
	serverFlags
}

func (*voteStatusCmd) Help() string {
	return "Needs the server's database only, neither its keys nor its log.\n\n" +
		"Example:\n\n    bayyina vote status 8QrCAeS5xbQKAY --data server"
}

func (c *voteStatusCmd) Run(e *env) (err error) {
	db, err := c.openDatabase(e)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	r, err := vote.NewRegistrar(e.ctx, vote.Config{DB: db, Now: e.now})
	if err != nil {
		return err
	}
	answer, err := r.Status(e.ctx, c.Election)
	if err != nil {
		return err
	}
	return e.answer(answer, func(w io.Writer) error { return tellStatus(e, w, answer) })
}

func tellStatus(e *env, w io.Writer, s vote.Status) error {
	phase := e.tr("set up", "أُعدّ ولم يُفتتح")
	switch now := e.now(); {
	case s.Counted:
		phase = e.tr("counted", "أُعلنت نتيجته")
	case s.Tallied:
		phase = e.tr("tallied", "فُرز")
	case s.Closed:
		phase = e.tr("closed", "أُغلق")
	case s.Opens.IsZero():
	case now.Before(s.Opens):
		phase = fmt.Sprintf(e.tr("opens at %s", "يُفتتح في %s"), s.Opens.Format(time.RFC3339))
	case now.Before(s.Closes):
		phase = fmt.Sprintf(e.tr("open until %s", "مفتوح حتى %s"), s.Closes.Format(time.RFC3339))
	default:
		phase = e.tr("time is over", "انتهى وقت الاقتراع")
	}
	_, err := fmt.Fprintf(w, e.tr("Election %s: %s. Ballots entered: %d, waiting: %d, batches: %d.\n",
		"الانتخاب %s: %s. الأوراق المُدخلة: %d، والمنتظرة: %d، والدفعات: %d.\n"), s.UUID, phase, s.Ballots, s.Waiting, s.Batches)
	return err
}

type voteRunCmd struct {
	Election []string      `arg:"" help:"The elections' names."`
	Every    time.Duration `default:"5s" placeholder:"DURATION" help:"Publish a checkpoint so often, when anything entered (${default})."`
	serverFlags
}

func (*voteRunCmd) Help() string {
	return "For the server while elections are open: publishes the log as bayyina log run does, and enters the accepted ballots batch by batch. " +
		"Ends when all of them have closed, or on an interrupt; started again it goes on where it was.\n\n" +
		"Example:\n\n    bayyina vote run 8QrCAeS5xbQKAY --data server --passphrase-file passphrase"
}

// voteRun is the answer of vote run.
type voteRun struct {
	Elections []vote.Status `json:"elections"`
}

func (c *voteRunCmd) Run(e *env) (err error) {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	r, err := s.registrar(e)
	if err != nil {
		return err
	}
	last := time.Time{}
	for _, uuid := range c.Election {
		status, err := r.Status(e.ctx, uuid)
		if err == nil && status.Closes.IsZero() {
			err = vote.ErrNotOpen
		}
		if err != nil {
			return err
		}
		if status.Closes.After(last) {
			last = status.Closes
		}
	}
	err = c.batches(e, s, r, last)
	if e.ctx.Err() != nil {
		return nil // stopped, as asked
	}
	if err != nil {
		return err
	}
	if _, err := s.Log.Drain(e.ctx); err != nil {
		return err
	}
	var answer voteRun
	for _, uuid := range c.Election {
		status, err := r.Status(e.ctx, uuid)
		if err != nil {
			return err
		}
		answer.Elections = append(answer.Elections, status)
	}
	return e.answer(answer, func(w io.Writer) error {
		for _, s := range answer.Elections {
			if err := tellStatus(e, w, s); err != nil {
				return err
			}
		}
		return nil
	})
}

// batches publishes the log and enters batches until the last election has closed.
func (c *voteRunCmd) batches(e *env, s *server, r *vote.Registrar, last time.Time) error {
	ctx, stop := context.WithCancel(e.ctx)
	defer stop()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.Log.Run(ctx, c.Every) })
	g.Go(func() error { return r.Run(ctx, s.Config.Log, s.Log.Wake) })
	g.Go(func() error {
		for e.now().Before(last.Add(time.Second)) {
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case <-time.After(time.Second):
			}
		}
		stop()
		return nil
	})
	if err := g.Wait(); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
