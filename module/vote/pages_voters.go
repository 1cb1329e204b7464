package vote

import (
	"bytes"
	"encoding/csv"
	"errors"
	"net/http"
	"strconv"

	"bayyina/platform/identity/access"
	"bayyina/platform/identity/account"
	"bayyina/platform/ledger/read"
	"bayyina/platform/message"
	"bayyina/platform/web"
)

// maxVotersFile bounds a voters' list that is sent to a page; a longer one is for the
// command on the server.
const maxVotersFile = 64 << 20

// recordPage is how many rows of the record are opened at a time.
const recordPage = 1000

// VotersPages are the pages on an election's voters, for those entitled: their list, and
// the record of who has voted. Each look at the record goes into the register of reads.
type VotersPages struct {
	pages    *Pages
	casting  *Casting
	accounts *account.Accounts
}

// NewVotersPages returns the pages.
func NewVotersPages(p *Pages, c *Casting, a *account.Accounts) *VotersPages {
	return &VotersPages{p, c, a}
}

// Mount adds the pages to a site, and to the elections' pages where one votes.
func (p *VotersPages) Mount(site *web.Site) {
	p.pages.voting = true
	within := web.In(func(r *http.Request) access.Scope { return access.Scope{Election: r.PathValue("uuid")} })
	site.Page(http.MethodGet, "/elections/{uuid}/voters", access.VotersRead, func(v *web.Visit) (web.Answer, error) { return p.show(v, nil) }, within)
	site.Page(http.MethodPost, "/elections/{uuid}/voters", access.VotersManage, p.load, within, web.Limit(maxVotersFile+1<<20))
	site.Page(http.MethodGet, "/elections/{uuid}/voters/record", access.VotersRead, p.record, within)
}

// votersPage is what the page shows.
type votersPage struct {
	UUID          string
	Title         read.Bilingual
	Crumbs        []web.Crumb
	Channel       message.Channel
	Voters, Voted int64
	MayLoad       bool // and voting has not begun
	Messages      []messages
	Form          *web.Form
}

// messages is how many messages of the last day stand in some way.
type messages struct {
	State message.State
	Count int64
}

func (p *VotersPages) show(v *web.Visit, form *web.Form) (web.Answer, error) {
	ctx, uuid := v.Context(), v.PathValue("uuid")
	voting, err := p.casting.Voting(ctx, uuid)
	if errors.Is(err, ErrUnknownElection) {
		return web.Answer{}, web.NotFound()
	}
	if err != nil {
		return web.Answer{}, err
	}
	page := votersPage{UUID: uuid, Title: voting.Title, Channel: voting.Code, Form: form}
	if page.Voters, page.Voted, err = p.casting.Turnout(ctx, uuid); err != nil && !errors.Is(err, ErrNoVoters) {
		return web.Answer{}, err
	}
	if page.Channel != "" {
		counts, err := p.casting.cfg.Outbox.Count(ctx)
		if err != nil {
			return web.Answer{}, err
		}
		for _, s := range message.States {
			page.Messages = append(page.Messages, messages{s, counts[s]})
		}
	}
	begun := !voting.Opens.IsZero() && !voting.Now.Before(voting.Opens)
	page.MayLoad = !begun && v.Person.May(access.VotersManage, access.Scope{Election: uuid})
	title, err := v.Locale.Text("cast.voters", nil)
	if err != nil {
		return web.Answer{}, err
	}
	elections, err := v.Locale.Text("elections.title", nil)
	if err != nil {
		return web.Answer{}, err
	}
	page.Crumbs = []web.Crumb{
		{Label: elections, Path: "/elections"}, {Label: v.Locale.Isolate(v.Locale.Pick(voting.Title)), Path: "/elections/" + uuid}, {Label: title},
	}
	return v.ShowForm(p.pages.views, "voters", title, form, page)
}

func (p *VotersPages) load(v *web.Visit) (web.Answer, error) {
	form, err := v.Form()
	if err != nil {
		return web.Answer{}, err
	}
	list, err := form.File("voters", maxVotersFile)
	if err != nil {
		return web.Answer{}, err
	}
	if !form.OK() {
		return p.show(v, form)
	}
	uuid := v.PathValue("uuid")
	n, err := p.casting.LoadVoters(v.Context(), uuid, bytes.NewReader(list))
	wrong := func(id string) (web.Answer, error) {
		form.Wrong("voters", read.Message{ID: id, Args: map[string]any{"Line": int64(lineOf(err))}})
		return p.show(v, form)
	}
	switch {
	case errors.Is(err, ErrUnknownElection):
		return web.Answer{}, web.NotFound()
	case errors.Is(err, ErrHasBegun):
		return wrong("cast.voters-begun")
	case errors.Is(err, message.ErrNoSender):
		return wrong("cast.voters-no-sender")
	case errors.Is(err, ErrVoters) && lineOf(err) > 0:
		return wrong("cast.voters-line")
	case errors.Is(err, ErrVoters):
		return wrong("cast.voters-form")
	case err != nil:
		return web.Answer{}, err
	}
	return v.SeeOther("/elections/"+uuid+"/voters", read.Message{ID: "cast.voters-loaded", Args: map[string]any{"Count": int64(n)}}), nil
}

// lineOf is the line of a list that an error is about, 0 for none.
func lineOf(err error) int {
	if at, ok := errors.AsType[*lineError](err); ok {
		return at.line
	}
	return 0
}

// record is the record of who has voted, as CSV.
func (p *VotersPages) record(v *web.Visit) (web.Answer, error) {
	ctx, uuid := v.Context(), v.PathValue("uuid")
	if _, _, err := p.casting.Turnout(ctx, uuid); errors.Is(err, ErrNoVoters) {
		return web.Answer{}, web.NotFound()
	} else if err != nil {
		return web.Answer{}, err
	}
	if err := p.accounts.NoteReading(ctx, v.Person, "election:"+uuid, "", access.VotersRead, "cast.why-record"); err != nil {
		return web.Answer{}, err
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	err := w.Write([]string{"voter", "voted"})
	for after := ""; err == nil; {
		var list []Voted
		var next string
		if list, next, err = p.casting.Voters(ctx, uuid, after, recordPage); err != nil {
			break
		}
		for _, one := range list {
			if err == nil {
				err = w.Write([]string{inert(one.Voter), strconv.FormatBool(one.Voted)})
			}
		}
		if after = next; next == "" {
			break
		}
	}
	if w.Flush(); err != nil {
		return web.Answer{}, err
	}
	return v.Download("voted-"+uuid+".csv", "text/csv; charset=utf-8", b.Bytes()), nil
}
