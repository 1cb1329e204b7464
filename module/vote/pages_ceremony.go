package vote

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"bayyina/core/ballot"
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
	pages *Pages
}

// Mount adds the pages to a site, beside those on elections.
func (c *Ceremonies) Mount(p *Pages, site *web.Site) {
	pages := &ceremonyPages{c, p}
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

// maxGroups is how many groups the form offers.
const maxGroups = 3

// candidateKey is a key of the log that can be a party's.
type candidateKey struct {
	Name  string
	Field string // names of its fields end so
}

// beginning is what the form that begins a ceremony shows.
type beginning struct {
	Form        *web.Form
	Again       *Ceremony // the round before
	Trustees    []candidateKey
	Authorities []web.Choice
	Parts       []web.Choice
	Groups      []int
}

// candidates are the valid keys of the log in a role.
func (p *ceremonyPages) candidates(role string) ([]candidateKey, error) {
	keys, err := p.keys()
	if err != nil {
		return nil, problemOf(err)
	}
	var list []candidateKey
	for _, m := range keys.Members() {
		if m.Role == role && m.Until == 0 {
			list = append(list, candidateKey{m.Key.Name(), fmt.Sprintf("-%08x", m.Key.ID())})
		}
	}
	return list, nil
}

func (p *ceremonyPages) beginForm(v *web.Visit) (web.Answer, error) {
	f := web.NewForm(map[string][]string{})
	var again *Ceremony
	if uuid := v.URL.Query().Get("election"); uuid != "" {
		var err error
		if again, err = p.Ceremony(v.Context(), uuid); err != nil {
			return web.Answer{}, problemOf(err)
		}
		keys, err := p.keys()
		if err != nil {
			return web.Answer{}, problemOf(err)
		}
		f = fillAgain(again, keys)
	}
	return p.showBegin(v, f, again)
}

// fillAgain fills the form in with the round before.
func fillAgain(c *Ceremony, keys *read.KeyHistory) *web.Form {
	values := map[string][]string{"draft": {string(c.Draft)}}
	for _, party := range c.Parties {
		m := keys.Member(party.Key)
		if m == nil {
			continue
		}
		field := fmt.Sprintf("-%08x", m.Key.ID())
		values["ar"+field], values["en"+field] = []string{party.Name.AR}, []string{party.Name.EN}
		switch party.Kind {
		case Authority:
			values["authority"] = []string{party.Key}
			values["authority-ar"], values["authority-en"] = []string{party.Name.AR}, []string{party.Name.EN}
		case Single:
			values["part"+field] = []string{"single"}
		case Member:
			values["part"+field] = []string{fmt.Sprintf("group-%d", party.Group)}
		}
	}
	for i, t := range c.Thresholds {
		values[fmt.Sprintf("threshold-%d", i+1)] = []string{fmt.Sprint(t)}
	}
	return web.NewForm(values)
}

func (p *ceremonyPages) showBegin(v *web.Visit, f *web.Form, again *Ceremony) (web.Answer, error) {
	data := beginning{Form: f, Again: again}
	var err error
	if data.Trustees, err = p.candidates(read.RoleTrustee); err != nil {
		return web.Answer{}, err
	}
	authorities, err := p.candidates(read.RoleAuthority)
	if err != nil {
		return web.Answer{}, err
	}
	for _, a := range authorities {
		data.Authorities = append(data.Authorities, web.Choice{Value: a.Name, Label: a.Name})
	}
	part := func(value, id string, args map[string]any) {
		if err == nil {
			var label string
			label, err = v.Locale.Text(id, args)
			data.Parts = append(data.Parts, web.Choice{Value: value, Label: label})
		}
	}
	part("", "ceremony.part-none", nil)
	part("single", "ceremony.part-single", nil)
	for i := 1; i <= maxGroups; i++ {
		data.Groups = append(data.Groups, i)
		part(fmt.Sprintf("group-%d", i), "ceremony.part-group", map[string]any{"Group": i})
	}
	if err != nil {
		return web.Answer{}, err
	}
	title, err := v.Locale.Text("ceremony.begin", nil)
	if err != nil {
		return web.Answer{}, err
	}
	return v.ShowForm(p.pages.views, "ceremony_begin", title, f, data)
}

func (p *ceremonyPages) beginNow(v *web.Visit) (web.Answer, error) {
	f, err := v.Form()
	if err != nil {
		return web.Answer{}, err
	}
	roster, err := p.roster(f)
	if err != nil {
		return web.Answer{}, err
	}
	if f.OK() {
		t, err := roster.Template()
		switch {
		case err != nil:
			f.Wrong("draft", read.Message{ID: "ceremony.wrong-draft", Args: map[string]any{"Detail": err.Error()}})
		case !ballot.ValidUUID(t.UUID):
			f.Wrong("draft", read.Message{ID: "ceremony.wrong-uuid"})
		case !v.Person.May(access.ElectionPropose, access.Scope{Election: t.UUID}):
			return web.Answer{}, web.Forbidden()
		}
	}
	if !f.OK() {
		return p.showBegin(v, f, nil)
	}
	begun, err := p.Begin(v.Context(), roster)
	if err != nil {
		if err := f.Refuse("", problemOf(err)); err != nil {
			return web.Answer{}, err
		}
		return p.showBegin(v, f, nil)
	}
	return v.SeeOther("/elections/"+begun.Election+"/ceremony", read.Message{ID: "ceremony.begun"}), nil
}

// roster reads who takes part. What is wrong stands in the form.
func (p *ceremonyPages) roster(f *web.Form) (r Roster, err error) {
	r.Draft = []byte(f.Text("draft", MaxTemplate))
	if len(r.Draft) == 0 {
		f.Wrong("draft", read.Message{ID: "web.wrong-empty"})
	}
	keys, err := p.candidates(read.RoleTrustee)
	if err != nil {
		return r, err
	}
	parts := make(map[string][]Party)
	for _, key := range keys {
		part := f.Value("part" + key.Field)
		if part == "" {
			continue
		}
		parts[part] = append(parts[part], Party{Kind: Member, Key: key.Name, Name: read.Bilingual{
			AR: f.Required("ar"+key.Field, 100), EN: f.Required("en"+key.Field, 100),
		}})
	}
	for i := range parts["single"] {
		parts["single"][i].Kind = Single
	}
	r.Parties = parts["single"]
	for i := 1; i <= maxGroups; i++ {
		members := parts[fmt.Sprintf("group-%d", i)]
		if len(members) == 0 {
			continue
		}
		r.Thresholds = append(r.Thresholds, int(f.Number(fmt.Sprintf("threshold-%d", i), 1, int64(max(1, len(members)-1)))))
		for j := range members {
			members[j].Group = len(r.Thresholds)
		}
		r.Parties = append(r.Parties, members...)
	}
	if len(r.Parties) == 0 {
		f.Wrong("", read.Message{ID: "ceremony.wrong-nobody"})
	}
	for i := range r.Parties {
		r.Parties[i].Place = i + 1
	}
	r.Parties = append(r.Parties, Party{
		Kind: Authority, Key: f.Required("authority", 200),
		Name: read.Bilingual{AR: f.Required("authority-ar", 100), EN: f.Required("authority-en", 100)},
	})
	return r, nil
}

// When tells when a party did a step; zero if it has not.
func (s partyState) When(step Step) time.Time {
	i := slices.IndexFunc(s.Done, func(d *Said) bool { return d.Step == step })
	if i < 0 {
		return time.Time{}
	}
	return s.Done[i].Time
}
