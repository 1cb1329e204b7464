package job

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
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
	*Workers
	views *web.Views
}

// overview is what the page shows.
type overview struct {
	Offers []offer
	Jobs   []row
	Active bool // some job has not ended: what is shown grows old
}

// offer is work that an operator may start.
type offer struct{ Kind, Title string }

// row is a job as the page shows it.
type row struct {
	Job
	Title    string
	Phase    string // in words
	Progress *web.Progress
	Cancel   bool
	Retry    bool
	Size     string // of the file that it left; "" where there is none
}

// Mount adds the page on which jobs are seen, cancelled and tried again.
func (w *Workers) Mount(site *web.Site) error {
	views, err := web.ParseViews(pageFiles, "pages")
	if err != nil {
		return err
	}
	p := &pages{w, views}
	site.Page(http.MethodGet, "/jobs", access.SystemOperate, p.list)
	site.Page(http.MethodPost, "/jobs/start", access.SystemOperate, p.start)
	site.Serve(http.MethodGet, "/jobs/{id}/file", access.SystemOperate, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := p.file(w, r); err != nil {
			site.Fail(w, r, err)
		}
	}))
	site.Page(http.MethodPost, "/jobs/{id}/cancel", access.SystemOperate, p.change(Cancel, "job.is-cancelled"))
	site.Page(http.MethodPost, "/jobs/{id}/retry", access.SystemOperate, p.change(Retry, "job.is-retried"))
	site.Nav(web.NavItem{Label: "job.nav", Path: "/jobs", Right: access.SystemOperate})
	return nil
}

func (p *pages) list(v *web.Visit) (web.Answer, error) {
	var jobs []Job
	err := p.cfg.DB.View(v.Context(), func(tx *store.Tx) (err error) {
		jobs, err = List(v.Context(), tx)
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	var all overview
	for _, kind := range slices.Sorted(maps.Keys(p.cfg.Kinds)) {
		if p.cfg.Kinds[kind].Offered != "" {
			all.Offers = append(all.Offers, offer{kind, titleOf(v, kind)})
		}
	}
	type work struct{ kind, subject string }
	later := make(map[work]bool)
	for _, j := range jobs {
		r := row{Job: j, Title: titleOf(v, j.Kind), Cancel: !j.Over(), Retry: j.Phase == Failed || j.Phase == Cancelled}
		if j.Phase == Finished && !later[work{j.Kind, j.Subject}] {
			later[work{j.Kind, j.Subject}] = true
			if info, err := os.Stat(p.fileOf(j)); err == nil {
				if r.Size, err = v.Locale.Size(info.Size()); err != nil {
					return web.Answer{}, err
				}
			}
		}
		if r.Phase, err = v.Locale.Text("job.phase."+string(j.Phase), nil); err != nil {
			return web.Answer{}, err
		}
		if !j.Over() {
			all.Active = true
			r.Progress = &web.Progress{Label: r.Phase, Done: j.Done, Total: j.Total}
		}
		all.Jobs = append(all.Jobs, r)
	}
	title, err := v.Locale.Text("job.title", nil)
	if err != nil {
		return web.Answer{}, err
	}
	return v.Show(p.views, "jobs", title, all)
}

// titleOf is what a kind of work is called.
func titleOf(v *web.Visit, kind string) string {
	title, err := v.Locale.Text("job.kind."+kind, nil)
	if err != nil {
		return kind // of another version of the program
	}
	return title
}

// fileOf is the path of what a job leaves; "" where it leaves nothing.
func (p *pages) fileOf(j Job) string {
	if k := p.cfg.Kinds[j.Kind]; k.File != nil {
		return k.File(j.Subject)
	}
	return ""
}

// start answers the form that starts work which is offered.
func (p *pages) start(v *web.Visit) (web.Answer, error) {
	kind := v.PostFormValue("kind")
	subject := p.cfg.Kinds[kind].Offered
	if subject == "" {
		return web.Answer{}, web.NotFound()
	}
	err := p.cfg.DB.Tx(v.Context(), func(tx *store.Tx) error {
		_, err := Enqueue(v.Context(), tx, p.cfg.Now(), kind, subject)
		return err
	})
	if err != nil {
		return web.Answer{}, err
	}
	return v.SeeOther("/jobs", read.Message{ID: "job.is-started"}), nil
}

// file answers with what a finished job left.
func (p *pages) file(w http.ResponseWriter, r *http.Request) error {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return web.NotFound()
	}
	var j Job
	err = p.cfg.DB.View(r.Context(), func(tx *store.Tx) (err error) {
		j, err = Get(r.Context(), tx, id)
		return err
	})
	if errors.Is(err, ErrUnknown) || err == nil && j.Phase != Finished {
		return web.NotFound()
	}
	if err != nil {
		return err
	}
	f, err := os.Open(p.fileOf(j))
	if errors.Is(err, fs.ErrNotExist) {
		return web.NotFound()
	}
	if err != nil {
		return err
	}
	defer f.Close() // only read from
	info, err := f.Stat()
	if err != nil {
		return err
	}
	name := filepath.Base(f.Name())
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	http.ServeContent(w, r, name, info.ModTime(), f)
	return nil
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
		err = p.cfg.DB.Tx(v.Context(), func(tx *store.Tx) error { return do(v.Context(), tx, p.cfg.Now(), id) })
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
