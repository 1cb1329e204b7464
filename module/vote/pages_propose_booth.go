package vote

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"bayyina/module/vote/booth"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity/access"
	"bayyina/platform/identity/decide"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

// ProposingBooth is the page on which the commission proposes that voters are given the booth of
// this server.
type ProposingBooth struct {
	pages     *Pages
	decisions *decide.Decisions
	own       *booth.Booth
}

// NewProposingBooth returns the page, and lets such decisions be made: on this server's booth, and
// on others that were made with a command.
func NewProposingBooth(p *Pages, d *decide.Decisions, own *booth.Booth) *ProposingBooth {
	b := &ProposingBooth{p, d, own}
	d.Register(evidence.KindBooth, decide.Effect{
		Name: decide.Message("kind.vote-booth"), Right: access.ElectionPropose, Describe: b.describe,
	})
	return b
}

// Mount adds the page to a site, and tells the elections' pages which booth voters are given.
func (b *ProposingBooth) Mount(site *web.Site) {
	b.pages.served = b.own
	site.Page(http.MethodGet, "/elections/booth/propose", access.ElectionPropose, b.show)
	site.Page(http.MethodPost, "/elections/booth/propose", access.ElectionPropose, b.propose)
}

// errSameBooth refuses to decide again what is in force.
var errSameBooth = errors.New("the log names this booth already")

// describe tells what changes for voters. It refuses a manifest that is none, and the one
// that is in force.
func (b *ProposingBooth) describe(_ context.Context, _ *read.KeyHistory, s read.Statement, contents decide.Contents) ([]decide.Row, error) {
	var body evidence.Booth
	if err := read.DecodeBody(s.Body, &body); err != nil {
		return nil, err
	}
	list, err := contents()
	if err != nil {
		return nil, err
	}
	files, err := manifestIn(body, list)
	if err != nil {
		return nil, undecidable("booth", err)
	}
	_, j, err := b.pages.judged()
	if err != nil {
		return nil, err
	}
	decided, _ := j.Booth()
	if decided.Manifest == body.Booth {
		return nil, undecidable("booth-same", errSameBooth)
	}
	rows := append(b.whose(body.Booth), boothRows(decided.Files, files)...)
	return append(rows, decide.Row{What: decide.Message("vote-booth"), Before: decide.Text(decided.Manifest.SHA256), After: decide.Text(body.Booth.SHA256)}), nil
}

// whose tells which booth it is that voters would be given, and whom it asks.
func (b *ProposingBooth) whose(manifest read.Attachment) []decide.Row {
	if AttachmentOf(b.own.Manifest()) != manifest {
		return []decide.Row{row("booth-whose", nil, decide.Message("booth-foreign"))}
	}
	s := b.own.Settings()
	return []decide.Row{
		row("booth-whose", nil, decide.Message("booth-own")),
		row("booth-server", nil, decide.Text(s.Server)),
		row("booth-log", nil, decide.Text(s.Log)),
		row("booth-receipt", nil, decide.Text(s.Receipt)),
	}
}

// boothRows tell what becomes of each file; those that stay as they are in one row.
func boothRows(was, now []evidence.BoothFile) (rows []decide.Row) {
	var same []read.Message
	for _, f := range compareBooths(was, now) {
		if f.Same() {
			same = append(same, decide.Text(f.Path))
			continue
		}
		changed := decide.Row{What: f.Part(), After: f.Change(), List: []read.Message{decide.Text(f.Path)}}
		if f.Was != nil {
			changed.Before = decide.Message("booth-size", "Size", f.Was.Size)
		}
		rows = append(rows, changed)
	}
	if same != nil {
		rows = append(rows, decide.Row{What: decide.Message("booth-unchanged"), After: number(int64(len(same))), List: same})
	}
	return rows
}

// boothProposal is the page, before anything is proposed.
type boothProposal struct {
	Crumbs  []web.Crumb
	Rows    []decide.Row
	Files   []boothFile
	Same    bool   // the log names this booth already
	Waiting string // where a proposal of it waits for signatures; empty where none does
}

func (b *ProposingBooth) draft() decide.Draft {
	manifest := b.own.Manifest()
	return decide.Draft{Kind: evidence.KindBooth, Body: evidence.Booth{Booth: AttachmentOf(manifest)}, Attachments: [][]byte{manifest}}
}

func (b *ProposingBooth) show(v *web.Visit) (web.Answer, error) {
	_, j, err := b.pages.judged()
	if err != nil {
		return web.Answer{}, err
	}
	w := words{Locale: v.Locale}
	data := boothProposal{Crumbs: []web.Crumb{
		{Label: w.text("elections.title"), Path: "/elections"},
		{Label: w.text("elections.booth-title"), Path: "/elections/booth"},
		{Label: w.text("elections.propose-booth")},
	}}
	if w.err != nil {
		return web.Answer{}, w.err
	}
	own, err := evidence.ParseBoothManifest(b.own.Manifest())
	if err != nil {
		return web.Answer{}, err
	}
	decided, _ := j.Booth()
	data.Files = compareBooths(decided.Files, own)
	if data.Same = b.pages.serves(decided.Manifest); !data.Same {
		if data.Rows, err = b.decisions.Preview(v.Context(), v.Person, b.draft()); err != nil {
			return web.Answer{}, err
		}
		open, _, err := b.decisions.Proposals(v.Context(), v.Person)
		if err != nil {
			return web.Answer{}, err
		}
		if at := slices.IndexFunc(open, func(p *decide.Proposal) bool { return proposesBooth(p, b.own) }); at >= 0 {
			data.Waiting = "/decisions/" + open[at].Statement.ID
		}
	}
	return b.pages.show(v, "propose_booth", "elections.propose-booth", data)
}

// proposesBooth says whether a proposal is to give voters a booth.
func proposesBooth(p *decide.Proposal, own *booth.Booth) bool {
	var body evidence.Booth
	return p.Statement.Kind == evidence.KindBooth && read.DecodeBody(p.Statement.Body, &body) == nil && body.Booth == AttachmentOf(own.Manifest())
}

func (b *ProposingBooth) propose(v *web.Visit) (web.Answer, error) {
	id, err := b.decisions.Propose(v.Context(), v.Person, b.draft())
	if err != nil {
		return web.Answer{}, decide.Problem(err)
	}
	return v.SeeOther("/decisions/"+id, decide.Message("notice.proposed")), nil
}
