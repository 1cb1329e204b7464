package manage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"bayyina/module/vote"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	"bayyina/platform/web"
)

// Draft makes the drafts of a version of an outline, or returns those that were made of it before.
func (s *Outlines) Draft(ctx context.Context, id string, number int) (list []vote.Election, err error) {
	err = s.cfg.DB.Tx(ctx, func(tx *store.Tx) error {
		var made []byte
		err := tx.QueryRow(ctx, `SELECT planned FROM manage_draft WHERE outline = ?1 AND version = ?2`, id, number).Scan(&made)
		if err == nil {
			list, err = vote.ParsePlanned(made)
			return err
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		v, err := readVersion(ctx, tx, id, number)
		if err != nil {
			return err
		}
		if list, err = v.Outline.Elections(s.cfg.Random); err != nil {
			return err
		}
		if made, err = json.Marshal(vote.Planned{Elections: list}); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO manage_draft (outline, version, planned, made) VALUES (?1, ?2, ?3, ?4)`, id, number, made, s.cfg.Now().Unix())
		return err
	})
	return list, err
}

// begun says whether an election that was made of an outline has begun.
func begun(ctx context.Context, tx *store.Tx, id string) (bool, error) {
	rows, err := tx.Query(ctx, `SELECT planned FROM manage_draft WHERE outline = ?1 ORDER BY version DESC`, id)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	var uuids []string
	for rows.Next() {
		var made []byte
		if err := rows.Scan(&made); err != nil {
			return false, err
		}
		list, err := vote.ParsePlanned(made)
		if err != nil {
			return false, err
		}
		for _, e := range list {
			uuids = append(uuids, e.Election)
		}
	}
	if err := rows.Err(); err != nil {
		return false, err
	}
	for _, uuid := range uuids {
		if begun, err := vote.Begun(ctx, tx, uuid); begun || err != nil {
			return begun, err
		}
	}
	return false, nil
}

// Begun says whether an election that was made of an outline has begun: the outline stays as it is.
func (s *Outlines) Begun(ctx context.Context, id string) (yes bool, err error) {
	err = s.cfg.DB.View(ctx, func(tx *store.Tx) error {
		yes, err = begun(ctx, tx, id)
		return err
	})
	return yes, err
}

// Made returns the elections that were made of an outline as it stands; nil where there are none.
func (s *Outlines) Made(ctx context.Context, id string) ([]vote.Election, error) {
	o, err := s.Outline(ctx, id, 0)
	if errors.Is(err, ErrUnknown) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	number, list, err := s.Drafted(ctx, id)
	if err != nil || number != o.Number {
		return nil, err
	}
	return list, nil
}

// Drafted returns the drafts that were made last of an outline, and of which version; none where none were.
func (s *Outlines) Drafted(ctx context.Context, id string) (number int, list []vote.Election, err error) {
	err = s.cfg.DB.View(ctx, func(tx *store.Tx) error {
		var made []byte
		err := tx.QueryRow(ctx, `SELECT version, planned FROM manage_draft WHERE outline = ?1 ORDER BY version DESC LIMIT 1`, id).Scan(&number, &made)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err == nil {
			list, err = vote.ParsePlanned(made)
		}
		return err
	})
	return number, list, err
}

// Preparing tells of the outlines of which nothing has begun, and what to do next about each.
func (s *Outlines) Preparing(v *web.Visit) ([]vote.Standing, error) {
	all, err := s.List(v.Context())
	if err != nil {
		return nil, err
	}
	w := newWords(v)
	var list []vote.Standing
	for _, o := range all {
		begun, err := s.Begun(v.Context(), o.ID)
		if err != nil {
			return nil, err
		}
		if begun {
			continue
		}
		st := vote.Standing{Title: o.name(w), Stage: vote.StageDraft, Path: "/drafts/" + o.ID}
		task := vote.Task{Says: read.Message{ID: "standing.task-finish"}, Path: st.Path}
		if made, err := s.Made(v.Context(), o.ID); err != nil {
			return nil, err
		} else if made != nil {
			task = vote.Task{Says: read.Message{ID: "standing.task-begin"}, Path: beginning(o.ID)}
		}
		st.Tasks = []vote.Task{task}
		list = append(list, st)
	}
	return list, *w.err
}

// beginning is the path of the page on which the ceremonies of what was made of an outline begin.
func beginning(outline string) string { return "/ceremonies/begin?outline=" + outline }
