package vote

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"bayyina/module/vote/evidence"
	"bayyina/module/vote/nist"
	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/board"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

// mountFiles adds what can be taken away: archives and tables.
func (p *Pages) mountFiles(site *web.Site) {
	serve := func(path string, h func(http.ResponseWriter, *http.Request, *board.Snapshot, *evidence.Judge, found) error) {
		site.Serve(http.MethodGet, path, access.Public, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s, j, err := p.judged()
			if err == nil {
				var f found
				if f, err = p.found(r, s); err == nil {
					err = h(w, r, s, j, f)
				}
			}
			if err != nil {
				site.Fail(w, r, err)
			}
		}))
	}
	serve("/elections/{uuid}/archive.bel", p.archive)
	serve("/elections/{uuid}/result.csv", p.resultTable)
	serve("/elections/{uuid}/result.json", nistReport("application/json", (*nist.Report).JSON))
	serve("/elections/{uuid}/result.xml", nistReport("application/xml", (*nist.Report).XML))
	serve("/elections/{uuid}/turnout.csv", p.turnoutTable)
	serve(photoPath("{uuid}", "{sha256}"), p.photo)
}

// archived says whether there is an archive to take away: once voting is closed.
func archived(t evidence.Told) bool {
	switch t.Step {
	case "", "vote.setup", "vote.open":
		return false
	}
	return t.Setup != nil
}

// archive gives an election's Belenios archive, made from the log as verify makes it.
func (p *Pages) archive(w http.ResponseWriter, r *http.Request, s *board.Snapshot, j *evidence.Judge, f found) error {
	if !archived(f.Told) {
		return web.NotFound()
	}
	path, err := p.makeArchive(r, s, j, f)
	if err != nil {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close() // only read from
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", "attachment")
	h.Set("ETag", `"`+filepath.Base(path)+`"`)
	http.ServeContent(w, r, "", time.Time{}, file)
	return nil
}

// makeArchive makes an archive, once for each state of an election, and returns its path.
func (p *Pages) makeArchive(r *http.Request, s *board.Snapshot, j *evidence.Judge, f found) (string, error) {
	p.making.Lock()
	defer p.making.Unlock()
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		return "", err
	}
	last := f.Acts[len(f.Acts)-1]
	path := filepath.Join(p.dir, fmt.Sprintf("%s-%d.bel", f.UUID, last.Sequence))
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	file, err := os.CreateTemp(p.dir, ".archive-*")
	if err != nil {
		return "", err
	}
	defer os.Remove(file.Name()) // fails once the file has its name
	older, err := filepath.Glob(filepath.Join(p.dir, f.UUID+"-*.bel"))
	if err != nil {
		return "", errors.Join(err, file.Close())
	}
	err = j.WriteArchive(f.UUID, file, func(sequence int64, a read.Attachment) ([]byte, error) {
		return s.AttachmentAt(r.Context(), sequence, a)
	})
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return "", err
	}
	for _, name := range older {
		if err := os.Remove(name); err != nil {
			return "", err
		}
	}
	return path, os.Rename(file.Name(), path)
}

// resultTable gives the result for a spreadsheet.
func (p *Pages) resultTable(w http.ResponseWriter, _ *http.Request, s *board.Snapshot, _ *evidence.Judge, f found) error {
	if f.Result == nil {
		return web.NotFound()
	}
	return writeTable(w, ResultTable(f.Result))
}

// ResultTable is a result as lines and columns, with the texts that voters saw.
func ResultTable(r *evidence.ResultData) [][]string {
	rows := [][]string{{"question", "list", "answer", "votes", "ballots_counted", "weight_counted"}}
	for _, q := range r.Questions {
		for _, a := range q.Answers {
			answer := a.Answer
			if a.Blank {
				answer = "(blank)"
			}
			rows = append(rows, []string{
				q.Question, a.List, answer, strconv.FormatInt(a.Votes, 10),
				strconv.FormatInt(r.Counted, 10), strconv.FormatInt(r.Weight, 10),
			})
		}
	}
	return rows
}

// nistReport gives the result as NIST SP 1500-100 has it.
func nistReport(kind string, write func(*nist.Report) ([]byte, error)) func(http.ResponseWriter, *http.Request, *board.Snapshot, *evidence.Judge, found) error {
	return func(w http.ResponseWriter, _ *http.Request, s *board.Snapshot, _ *evidence.Judge, f found) error {
		report, err := nist.New(nist.Source{
			Log: s.Report.Origin, Rehearsal: s.Report.Rehearsal, Told: f.Told,
			Figures: evidence.Figures{Setup: f.SetUp, Ballots: f.Votes, Result: f.Result, Seats: f.Seats},
		})
		if errors.Is(err, nist.ErrNoResult) {
			return web.NotFound()
		}
		if err != nil {
			return err
		}
		text, err := write(report)
		if err != nil {
			return err
		}
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("Content-Disposition", "attachment")
		h.Set("Cache-Control", "public, max-age=5")
		_, _ = w.Write(text) // a reader who is gone is nobody's fault
		return nil
	}
}

// turnoutTable gives the turnout over time for a spreadsheet.
func (p *Pages) turnoutTable(w http.ResponseWriter, _ *http.Request, s *board.Snapshot, j *evidence.Judge, f found) error {
	if f.Votes == nil {
		return web.NotFound()
	}
	rows := [][]string{{"time", "voters_so_far", "voters_on_roll"}}
	for _, t := range turnout(j.Batches(f.UUID), f.Votes) {
		rows = append(rows, []string{t.Time.Format(time.RFC3339), strconv.FormatInt(t.Voters, 10), strconv.FormatInt(f.Votes.Voters, 10)})
	}
	return writeTable(w, rows)
}

// writeTable answers with a table for spreadsheets.
func writeTable(w http.ResponseWriter, rows [][]string) error {
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8; header=present")
	h.Set("Content-Disposition", "attachment")
	h.Set("Cache-Control", "public, max-age=5")
	_ = WriteTable(w, rows) // a reader who is gone is nobody's fault
	return nil
}

// WriteTable writes comma-separated values (RFC 4180), with the mark by which spreadsheets know
// UTF-8, and no cell that they take for a formula.
func WriteTable(w io.Writer, rows [][]string) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	for _, row := range rows {
		for i, cell := range row {
			row[i] = inert(cell)
		}
		_ = out.Write(row)
	}
	out.Flush()
	return out.Error()
}

// inert is a cell that no spreadsheet takes for a formula, whoever wrote it.
func inert(cell string) string {
	if strings.HasPrefix(cell, " ") || strings.IndexAny(cell, "=+-@\t\r\n＝＋－＠") == 0 {
		return "'" + cell
	}
	return cell
}
