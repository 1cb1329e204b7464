package job

import (
	"context"
	"embed"
	"errors"
	"net/http"
	"strconv"
	"time"

	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	"bayyina/platform/web"
)

//go:embed pages/*.html
var pageFiles embed.FS

// pages show the jobs to whoever operates the server.
type pages struct {
	db    *store.DB
	now   func() time.Time
	views *web.Views
}

// row is a job as the page shows it.
type row struct {
	Job
	Title    string
	Phase    string // in words
	Progress *web.Progress
	Cancel   bool
	Retry    bool
}

// Mount adds the page on which jobs are seen, cancelled and tried again.
func (w *Workers) Mount(site *web.Site) error {
	views, err := web.ParseViews(pageFiles, "pages")
	if err != nil {
		return err
	}
	p := &pages{w.cfg.DB, w.cfg.Now, views}
	site.Page(http.MethodGet, "/jobs", access.SystemOperate, p.list)
	site.Page(http.MethodPost, "/jobs/{id}/cancel", access.SystemOperate, p.change(Cancel, "job.is-cancelled"))
	site.Page(http.MethodPost, "/jobs/{id}/retry", access.SystemOperate, p.change(Retry, "job.is-retried"))
	site.Nav(web.NavItem{Label: "job.nav", Path: "/jobs", Right: access.SystemOperate})
	return nil
}

func (p *pages) list(v *web.Visit) (web.Answer, error) {
	var jobs []Job
	err := p.db.View(v.Context(), func(tx *store.Tx) (err error) {
		jobs, err = List(v.Context(), tx)
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	var rows []row
	for _, j := range jobs {
		r := row{Job: j, Cancel: !j.Over(), Retry: j.Phase == Failed || j.Phase == Cancelled}
		if r.Title, err = v.Locale.Text("job.kind."+j.Kind, nil); err != nil {
			r.Title = j.Kind // of another version of the program
		}
		if r.Phase, err = v.Locale.Text("job.phase."+string(j.Phase), nil); err != nil {
			return web.Answer{}, err
		}
		if !j.Over() {
			r.Progress = &web.Progress{Label: r.Phase, Done: j.Done, Total: j.Total}
		}
		rows = append(rows, r)
	}
	title, err := v.Locale.Text("job.title", nil)
	if err != nil {
		return web.Answer{}, err
	}
	return v.Show(p.views, "jobs", title, rows)
}

// changer is [Cancel] or [Retry].
type changer func(ctx context.Context, tx *store.Tx, now time.Time, id int64) error

// change answers a form that cancels a job or lets it be tried again.
func (p *pages) change(do changer, done string) web.PageFunc {
	return func(v *web.Visit) (web.Answer, error) {
		id, err := strconv.ParseInt(v.PathValue("id"), 10, 64)
		if err != nil {
			return web.Answer{}, web.NotFound()
		}
		err = p.db.Tx(v.Context(), func(tx *store.Tx) error { return do(v.Context(), tx, p.now(), id) })
		switch {
		case errors.Is(err, ErrUnknown):
			return web.Answer{}, web.NotFound()
		case errors.Is(err, ErrOver):
			return v.SeeOther("/jobs", read.Message{ID: "job.is-over"}), nil
		case err != nil:
			return web.Answer{}, err
		}
		return v.SeeOther("/jobs", read.Message{ID: done}), nil
	}
}
