package vote

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"bayyina/module/vote/evidence"
	"bayyina/platform/identity/access"
	"bayyina/platform/identity/decide"
	"bayyina/platform/ledger/board"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	"bayyina/platform/web"
)

// Stage is how far an election has come, from what was written down to the certified result.
type Stage string

// The stages, in their order.
const (
	StageDraft     Stage = "draft"    // it is written down
	StageCeremony  Stage = "ceremony" // its keys and credentials are being made
	StageMade      Stage = "made"     // they are there
	StageProposed  Stage = "proposed" // its set-up waits for signatures
	StageSetUp     Stage = "setup"
	StageOpen      Stage = "open" // its opening is decided
	StageClosed    Stage = "closed"
	StageResult    Stage = "result" // which is provisional
	StageCertified Stage = "certified"
)

// Stages are all of them, in their order.
var Stages = []Stage{StageDraft, StageCeremony, StageMade, StageProposed, StageSetUp, StageOpen, StageClosed, StageResult, StageCertified}

// Standing is how far an election has come, and what a visitor has to do about it.
type Standing struct {
	UUID  string // "" before it has a name
	Title string
	Stage Stage
	Path  string // of the page that tells most of it; "" where there is none
	Tasks []Task
}

// Task is something that a visitor has to do.
type Task struct {
	Says read.Message
	Path string // where it is done
}

// Begun says whether an election has come further than its draft on this server: its questions do
// not change any more.
func Begun(ctx context.Context, tx *store.Tx, uuid string) (bool, error) {
	var one int
	err := tx.QueryRow(ctx, `SELECT 1 FROM vote_ceremony WHERE election = ?1 UNION SELECT 1 FROM vote_election WHERE uuid = ?1`, uuid).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("election %s: has it begun: %w", uuid, err)
	}
	return true, nil
}

// sight is what standings are told from: one look at the board and at the decisions.
type sight struct {
	*web.Visit
	snapshot *board.Snapshot
	open     []*decide.Proposal // that the visitor may see
}

func (p *Proposing) look(v *web.Visit) (*sight, error) {
	s, _, err := p.pages.judged()
	if err != nil {
		return nil, err
	}
	open, _, err := p.decisions.Proposals(v.Context(), v.Person)
	return &sight{v, s, open}, err
}

// Standings tells how far elections have come.
func (p *Proposing) Standings(v *web.Visit, uuids []string) (list []Standing, err error) {
	s, err := p.look(v)
	if err != nil {
		return nil, err
	}
	return p.standings(s, uuids)
}

func (p *Proposing) standings(s *sight, uuids []string) (list []Standing, err error) {
	for _, uuid := range uuids {
		one, err := p.standing(s, uuid)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, nil
}

// all tells of the elections that are in the log or have a ceremony, those that began last first.
func (p *Proposing) all(s *sight) ([]Standing, error) {
	var uuids []string
	err := p.registrar.cfg.DB.View(s.Context(), func(tx *store.Tx) (err error) {
		uuids, err = listCeremonies(s.Context(), tx, evidence.MaxElections)
		return err
	})
	if err != nil {
		return nil, err
	}
	told := judgeOf(s.snapshot).Elections()
	for i := range told {
		if uuid := told[len(told)-1-i].UUID; uuidForm.MatchString(uuid) && !slices.Contains(uuids, uuid) {
			uuids = append(uuids, uuid)
		}
	}
	return p.standings(s, uuids)
}

func (p *Proposing) standing(s *sight, uuid string) (Standing, error) {
	st := Standing{UUID: uuid, Title: uuid, Stage: StageDraft}
	f, err := foundIn(s.snapshot, uuid)
	if err != nil && !errors.Is(err, board.ErrBeyond) {
		return st, err
	}
	if f.Step == "" {
		err = p.before(s, &st)
	} else {
		st.Title, st.Stage, st.Path = f.Name(s.Locale), stageOf(f.Step), "/elections/"+uuid
		err = p.after(s, &st, f)
	}
	if err != nil {
		return st, err
	}
	for _, d := range s.open {
		if d.Scope.Election == uuid && d.WaitsFor(s.Person) {
			st.Tasks = append(st.Tasks, signing(d))
		}
	}
	return st, nil
}

// signing is the task to sign a decision.
func signing(d *decide.Proposal) Task {
	return Task{read.Message{ID: "standing.task-sign"}, "/decisions/" + d.Statement.ID}
}

// stageOf is the stage of an election that is set up, of its step in the log.
func stageOf(step string) Stage {
	switch step {
	case "vote.setup":
		return StageSetUp
	case "vote.open":
		return StageOpen
	case "vote.result":
		return StageResult
	case "vote.certify":
		return StageCertified
	}
	return StageClosed
}

// before tells of an election that is not set up.
func (p *Proposing) before(s *sight, st *Standing) error {
	c, err := p.registrar.ceremony(s.Context(), st.UUID)
	if err != nil && !errors.Is(err, ErrUnknownCeremony) {
		return err
	}
	if err == nil {
		st.Title, st.Stage, st.Path = c.Name(s.Locale), StageCeremony, "/elections/"+st.UUID+"/ceremony"
		if c.Complete() {
			st.Stage = StageMade
		}
		for _, party := range c.Awaited() {
			role := access.Trustee
			if party.Kind == Authority {
				role = access.Authority
			}
			if s.holds(role, st.UUID) {
				st.Tasks = append(st.Tasks, Task{read.Message{ID: "standing.task-ceremony", Args: map[string]any{"Name": party.Name}}, st.Path})
			}
		}
	}
	for _, d := range s.open {
		if d.Statement.Kind == evidence.KindSetup && d.Scope.Election == st.UUID {
			st.Stage = StageProposed
		}
	}
	if st.Stage == StageMade && s.Person.May(access.ElectionPropose, access.Scope{Election: st.UUID}) {
		st.Tasks = append(st.Tasks, Task{read.Message{ID: "elections.next-setup"}, "/elections/propose?ceremony=" + st.UUID})
	}
	return nil
}

// after tells of an election that is set up.
func (p *Proposing) after(s *sight, st *Standing, f found) error {
	next, err := p.nextAmong(s.Visit, f, s.open)
	if err != nil {
		return err
	}
	if next != nil && next.Label != nextWaits {
		st.Tasks = append(st.Tasks, Task{read.Message{ID: next.Label}, next.Path})
	}
	if f.Standing != nil && f.Standing.Waiting > 0 && s.Person.May(access.ComplaintsRule, access.Scope{Election: st.UUID}) {
		st.Tasks = append(st.Tasks, Task{read.Message{ID: "standing.task-rule", Args: map[string]any{"Count": f.Standing.Waiting}}, "/elections/" + st.UUID + "/complaints/desk"})
	}
	if st.Stage != StageClosed || f.Step == "vote.close" || !s.holds(access.Trustee, st.UUID) {
		return nil
	}
	c, err := p.registrar.ceremony(s.Context(), st.UUID)
	if errors.Is(err, ErrUnknownCeremony) {
		return nil
	}
	if err == nil && slices.ContainsFunc(c.counts(), func(g groupCount) bool { return g.Have < g.Need }) {
		st.Tasks = append(st.Tasks, Task{read.Message{ID: "standing.task-decrypt"}, "/elections/" + st.UUID + "/ceremony"})
	}
	return err
}

// holds says whether the visitor has a role in an election.
func (s *sight) holds(role access.Role, uuid string) bool {
	return s.Person != nil && slices.ContainsFunc(s.Person.Grants, func(g access.Grant) bool {
		return g.Role == role && g.Scope.Covers(access.Scope{Election: uuid})
	})
}
