package vote

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"bayyina/core/trustee"
	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
	"bayyina/platform/web"
)

// ceremonyPages show to everybody who has done what in the ceremonies, and let the commission
// begin them.
type ceremonyPages struct {
	*Ceremonies
	pages    *Pages
	outlines Outlines
}

// Mount adds the pages to a site, beside those on elections. Ceremonies of what the outlines hold,
// where there are any, can be begun.
func (c *Ceremonies) Mount(p *Pages, outlines Outlines, site *web.Site) {
	pages := &ceremonyPages{c, p, outlines}
	site.Page(http.MethodGet, "/ceremonies", access.Public, pages.list)
	site.Page(http.MethodGet, "/elections/{uuid}/ceremony", access.Public, pages.ceremony)
	site.Page(http.MethodPost, "/elections/{uuid}/ceremony", access.Public, pages.upload, web.Limit(maxCredentialList+maxMessage))
	site.Page(http.MethodGet, "/ceremonies/begin", access.ElectionPropose, pages.beginForm, web.Anywhere)
	site.Page(http.MethodPost, "/ceremonies/begin", access.ElectionPropose, pages.beginNow, web.Anywhere, web.Limit(MaxTemplate+maxMessage))
	site.Nav(web.NavItem{Label: "ceremony.nav", Path: "/ceremonies", Right: access.ElectionPropose})
}

// problemOf tells what is wrong with what a visitor sent; unknown ceremonies are not there.
func problemOf(err error) error {
	status, _ := reasonOf(err)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrUnknownCeremony):
		return web.NotFound()
	case status == http.StatusServiceUnavailable:
		return &web.Problem{Status: status, Says: saysOf(err), Err: err}
	}
	return &web.Problem{Status: http.StatusUnprocessableEntity, Says: saysOf(err), Err: err}
}

// Name is what the election of a ceremony is called.
func (c *Ceremony) Name(l *locale.Locale) string {
	if c.template.Title == (read.Bilingual{}) {
		return c.template.Name
	}
	return l.Pick(c.template.Title)
}

func (p *ceremonyPages) list(v *web.Visit) (web.Answer, error) {
	type row struct {
		UUID, Title string
		Complete    bool
		Awaited     int
		Round       int
	}
	uuids, err := p.List(v.Context(), 100)
	if err != nil {
		return web.Answer{}, err
	}
	var data struct {
		Ceremonies []row
		May        bool
	}
	data.May = v.Person.MayAnywhere(access.ElectionPropose)
	for _, uuid := range uuids {
		c, err := p.Ceremony(v.Context(), uuid)
		if err != nil {
			return web.Answer{}, err
		}
		data.Ceremonies = append(data.Ceremonies, row{uuid, c.Name(v.Locale), c.Complete(), len(c.Awaited()), c.Round})
	}
	return p.pages.show(v, "ceremonies", "ceremony.title", data)
}

// partyState is what a party has done and does next.
type partyState struct {
	Party
	Next  Step
	Turn  bool
	Done  []*Said
	Tells string // whom it complains about
	Why   string
}

// ceremonyShown is what the page on a ceremony shows.
type ceremonyShown struct {
	*Ceremony
	Title   string
	Origin  string // of the site
	Form    *web.Form
	States  []partyState
	Waiting bool
	Follow  bool
	Key     string // of the election, once it is known
	Record  string // hex SHA-256 of the trustees' record
	May     bool   // the visitor begins ceremonies of this election
	Counts  []groupCount
}

// groupCount is how many of those who must decrypt have done so.
type groupCount struct {
	Group, Have, Need, Members int // Group is 0 for a single trustee
	Name                       read.Bilingual
}

// counts tell who must decrypt.
func (c *Ceremony) counts() []groupCount {
	var list []groupCount
	for _, p := range c.Trustees() {
		if p.Kind == Single {
			list = append(list, groupCount{Need: 1, Members: 1, Name: p.Name})
		} else if len(list) == 0 || list[len(list)-1].Group != p.Group {
			list = append(list, groupCount{Group: p.Group, Need: c.ThresholdOf(p.Group), Members: len(c.Members(p.Group))})
		}
		if c.Has(StepDecryption, p.Place) != nil {
			list[len(list)-1].Have++
		}
	}
	return list
}

func (p *ceremonyPages) ceremony(v *web.Visit) (web.Answer, error) {
	c, err := p.Ceremony(v.Context(), v.PathValue("uuid"))
	if err != nil {
		return web.Answer{}, problemOf(err)
	}
	return p.showCeremony(v, c, nil)
}

func (p *ceremonyPages) showCeremony(v *web.Visit, c *Ceremony, f *web.Form) (web.Answer, error) {
	shown := ceremonyShown{
		Ceremony: c, Title: c.Name(v.Locale), Origin: v.Origin(), Form: f, Waiting: !c.Complete(),
		Follow: v.URL.Query().Get("follow") != "", May: v.Person.May(access.ElectionPropose, access.Scope{Election: c.Election}),
	}
	if c.Complete() {
		shown.Counts = c.counts()
	}
	complaints := c.Complaints()
	for _, party := range c.Parties {
		state := partyState{Party: party}
		state.Next, state.Turn = c.Next(party)
		for i := range c.Said {
			if c.Said[i].Place == party.Place {
				state.Done = append(state.Done, &c.Said[i])
			}
		}
		if said, complains := complaints[party.Place]; complains {
			against, err := c.Party(said.Against)
			if err != nil {
				return web.Answer{}, err
			}
			state.Tells, state.Why = v.Locale.Pick(against.Name), said.Reason
		}
		shown.States = append(shown.States, state)
	}
	if c.Agreement != "" {
		record, err := c.Record()
		if err != nil {
			return web.Answer{}, err
		}
		keys, err := trustee.Parse(c.CryptoGroup(), record)
		if err != nil {
			return web.Answer{}, err
		}
		shown.Key, shown.Record = keys.Key.String(), AttachmentOf(record).SHA256
	}
	title, err := v.Locale.Text("ceremony.title-of", map[string]any{"Title": shown.Title})
	if err != nil {
		return web.Answer{}, err
	}
	return v.ShowForm(p.pages.views, "ceremony", title, f, shown)
}

// upload takes a party's parcel that came on a USB stick. It is read as it arrives: whoever is no
// party makes the server keep nothing.
func (p *ceremonyPages) upload(v *web.Visit) (web.Answer, error) {
	c, err := p.Ceremony(v.Context(), v.PathValue("uuid"))
	if err != nil {
		return web.Answer{}, problemOf(err)
	}
	malformed := &web.Problem{Status: http.StatusBadRequest, Says: read.Message{ID: "web.status-400"}}
	parts, err := v.MultipartReader()
	if err != nil {
		return web.Answer{}, malformed
	}
	part, err := parts.NextPart()
	if err != nil || part.FormName() != "parcel" {
		return web.Answer{}, malformed
	}
	f := web.NewForm(nil)
	_, err = p.Take(v.Context(), c.Election, part)
	if err := f.Refuse("parcel", problemOf(err)); err != nil {
		return web.Answer{}, err
	}
	if !f.OK() {
		return p.showCeremony(v, c, f)
	}
	return v.SeeOther("/elections/"+c.Election+"/ceremony", read.Message{ID: "ceremony.taken"}), nil
}

// When tells when a party did a step; zero if it has not.
func (s partyState) When(step Step) time.Time {
	i := slices.IndexFunc(s.Done, func(d *Said) bool { return d.Step == step })
	if i < 0 {
		return time.Time{}
	}
	return s.Done[i].Time
}
