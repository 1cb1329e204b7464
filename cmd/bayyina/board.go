package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"bayyina/cmd/bayyina/config"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/board"
	"bayyina/platform/ledger/mirror"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
	"bayyina/platform/web/chart"
)

type boardCmd struct {
	Export boardExportCmd `cmd:"" help:"Write the public board as files that need no server."`
}

type boardExportCmd struct {
	Log    string `arg:"" help:"The log: a folder, a tar file or a URL."`
	Out    string `required:"" placeholder:"DIR" help:"A new folder."`
	Policy string `placeholder:"FILE" help:"Judge the log by this policy, which is put beside the pages. Without it, who wrote and witnessed the log is not shown."`
	Config string `placeholder:"FILE" help:"Settings of a server, of which the map of districts is used; by default districts are drawn as tiles."`
}

func (*boardExportCmd) Help() string {
	return "Copies the log into DIR/log, recomputes every claim from the copy, and writes the pages of the public board in both languages, with " +
		"archives, proofs and tables to take away. All links are relative: the folder can lie on a disk, on a stick, or behind any web server. " +
		"Single ballots have no page of their own; their trackers are listed by how they begin.\n\n" +
		"Exit code 1: the log claims something false. The board is written all the same, and says so.\n\n" +
		"Example:\n\n    bayyina board export https://log.hnec.example/2026 --policy policy.txt --out board"
}

// boardExported is the answer of board export.
type boardExported struct {
	Out     string `json:"out"`
	Files   int    `json:"files"` // beside the log's
	Entries int64  `json:"entries"`
	False   int    `json:"false"` // claims
}

func (c *boardExportCmd) Run(e *env) error {
	if err := os.Mkdir(c.Out, 0o755); err != nil {
		return err
	}
	out := boardExported{Out: c.Out}
	if err := c.export(e, &out); err != nil {
		return err
	}
	err := e.answer(out, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, e.tr("%s: %d files beside the log's %d entries; open index.html\n", "%s: عدد الملفات %d إلى جانب السجل وقيوده %d؛ افتح index.html\n"), c.Out, out.Files, out.Entries)
		return err
	})
	if err == nil && out.False > 0 {
		err = errClaimFalse
	}
	return err
}

func (c *boardExportCmd) export(e *env, out *boardExported) error {
	var policy *read.Policy
	if c.Policy != "" {
		var err error
		if policy, err = readPolicy(c.Policy); err != nil {
			return err
		}
	}
	log := filepath.Join(c.Out, publicDir)
	if err := copyLog(e, publicFolder(e.ctx, c.Log), log, policy); err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "bayyina-board-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work) // archives, which the export has
	atlas, err := c.atlas()
	if err != nil {
		return err
	}
	x, err := openExport(e, c.Out, atlas, work, policy)
	if err != nil {
		return err
	}
	defer x.source.Close() // only read from
	if out.Files, err = x.Export(e.ctx); err != nil {
		return err
	}
	out.Entries = x.board.Now().Size()
	for _, claim := range x.board.Now().Report.Claims {
		if claim.Verdict == read.False {
			out.False++
		}
	}
	return nil
}

// boardExport is an export of the board as it is at a copy of the log.
type boardExport struct {
	*board.Exporter
	board  *board.Board
	source read.Source
}

// openExport recomputes every claim from the copy of the log in a folder that becomes the
// board, with maps of an atlas. What helps is kept in work.
func openExport(e *env, dir string, atlas *chart.Atlas, work string, policy *read.Policy) (x *boardExport, err error) {
	x = new(boardExport)
	lasting := context.WithoutCancel(e.ctx) // longer than the part of the work that opens it
	if x.source, err = read.OpenSource(lasting, filepath.Join(dir, publicDir)); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, x.source.Close())
		}
	}()
	x.board, err = board.New(board.Config{
		Source: x.source, Policy: policy, Dir: work, Log: logTo(e),
		Judges: func() []read.Judge { return judges(evidence.NewJudge()) },
	})
	if err != nil {
		return nil, err
	}
	if err := x.board.Refresh(e.ctx); err != nil {
		return nil, err
	}
	site, err := boardSite(e, x.board, atlas, publicDir, work)
	if err != nil {
		return nil, err
	}
	now := x.board.Now()
	x.Exporter = board.NewExporter(site.Handler(), dir, func(path string) bool { return ofBallot(lasting, now, path) })
	return x, nil
}

// atlas is the map of districts.
func (c *boardExportCmd) atlas() (*chart.Atlas, error) {
	settings := config.Default()
	if c.Config != "" {
		var err error
		if settings, err = config.Read(c.Config, true, nil); err != nil {
			return nil, err
		}
	}
	return atlasOf(settings.Map)
}

// copyLog makes a checked copy of a log's files.
func copyLog(e *env, from, to string, policy *read.Policy) error {
	m, err := mirror.Open(e.ctx, mirror.Config{Source: from, Dir: to, Policy: policy, Now: e.now})
	if err != nil {
		return err
	}
	_, err = m.Sync(e.ctx)
	return errors.Join(err, m.Close(), os.RemoveAll(filepath.Join(to, ".mirror")))
}

// logTo tells the operator what fails.
func logTo(e *env) *slog.Logger { return slog.New(slog.NewTextHandler(e.stderr, nil)) }

// boardSite is the public board alone. log is where readers find the log's files, and
// archives are made in work.
func boardSite(e *env, b *board.Board, atlas *chart.Atlas, log, work string) (*web.Site, error) {
	report := b.Now().Report
	site, err := web.New(web.Config{Name: report.Name, Rehearsal: report.Rehearsal, Version: b.Version, Log: logTo(e)})
	if err != nil {
		return nil, err
	}
	pages, err := board.NewPages(b, log)
	if err != nil {
		return nil, err
	}
	elections, err := vote.NewPages(pages, atlas, work)
	if err != nil {
		return nil, err
	}
	elections.Mount(site)
	pages.Mount(site)
	return site, nil
}

// entryPath is a page or file of one entry.
var entryPath = regexp.MustCompile(`^(?:/[a-z]+/log)?/entries/([0-9]+)(?:/|$)`)

// ofBallot says whether a path is of a ballot's entry: there may be millions, and the
// log's own files have them all.
func ofBallot(ctx context.Context, s *board.Snapshot, path string) bool {
	m := entryPath.FindStringSubmatch(path)
	if m == nil {
		return false
	}
	var n int64
	if _, err := fmt.Sscan(m[1], &n); err != nil {
		return false
	}
	entry, err := s.Entry(ctx, n)
	return err == nil && strings.HasPrefix(entry.Statement.Kind, "vote.ballot/")
}
