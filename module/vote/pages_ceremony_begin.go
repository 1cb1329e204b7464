package vote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"bayyina/core/ballot"
	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

// Outlines are the elections that are written down on this server.
type Outlines interface {
	// Made returns the elections that were made of an outline as it stands; nil where there are none.
	Made(ctx context.Context, outline string) ([]Election, error)
	// Photo returns the picture of a candidate by its hex SHA-256.
	Photo(ctx context.Context, hash string) ([]byte, error)
	// Preparing tells of the outlines of which nothing has begun, to whoever may write them.
	Preparing(v *web.Visit) ([]Standing, error)
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
	Again       *Ceremony  // the round before
	Outline     string     // of which the elections were made
	Elections   []Election // of the outline, all of which begin
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
	f := web.NewForm(map[string][]string{"outline": {v.URL.Query().Get("outline")}})
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

// ofOutline are the elections that were made of the outline that a form names; nil where it names none.
func (p *ceremonyPages) ofOutline(v *web.Visit, f *web.Form) ([]Election, error) {
	outline := f.Value("outline")
	if outline == "" || p.outlines == nil {
		return nil, nil
	}
	list, err := p.outlines.Made(v.Context(), outline)
	if err == nil && len(list) == 0 {
		err = web.NotFound()
	}
	return list, err
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
	data := beginning{Form: f, Again: again, Outline: f.Value("outline")}
	var err error
	if data.Elections, err = p.ofOutline(v, f); err != nil {
		return web.Answer{}, err
	}
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
	elections, err := p.ofOutline(v, f)
	if err != nil {
		return web.Answer{}, err
	}
	if elections == nil {
		return p.beginOne(v, f, roster)
	}
	var rosters []Roster
	for _, e := range elections {
		if !v.Person.May(access.ElectionPropose, access.Scope{Election: e.Election}) {
			return web.Answer{}, web.Forbidden()
		}
		r := roster
		if r.Draft, err = json.Marshal(e.Draft); err != nil {
			return web.Answer{}, err
		}
		if len(e.Districts) > 0 {
			r.Part = e.Part()
		}
		rosters = append(rosters, r)
	}
	if f.OK() {
		_, err = p.BeginAll(v.Context(), rosters)
	}
	if err := f.Refuse("", problemOf(err)); err != nil {
		return web.Answer{}, err
	}
	if !f.OK() {
		return p.showBegin(v, f, nil)
	}
	path := "/drafts/" + f.Value("outline")
	if len(elections) == 1 {
		path = "/elections/" + elections[0].Election + "/ceremony"
	}
	return v.SeeOther(path, read.Message{ID: "ceremony.begun"}), nil
}

// beginOne begins the ceremony of the draft that is filled in.
func (p *ceremonyPages) beginOne(v *web.Visit, f *web.Form, roster Roster) (web.Answer, error) {
	roster.Draft = []byte(f.Text("draft", MaxTemplate))
	if len(roster.Draft) == 0 {
		f.Wrong("draft", read.Message{ID: "web.wrong-empty"})
	}
	if !f.OK() {
		return p.showBegin(v, f, nil)
	}
	t, err := roster.Template()
	switch {
	case err != nil:
		f.Wrong("draft", read.Message{ID: "ceremony.wrong-draft", Args: map[string]any{"Detail": err.Error()}})
	case !ballot.ValidUUID(t.UUID):
		f.Wrong("draft", read.Message{ID: "ceremony.wrong-uuid"})
	case !v.Person.May(access.ElectionPropose, access.Scope{Election: t.UUID}):
		return web.Answer{}, web.Forbidden()
	default:
		before, err := p.Ceremony(v.Context(), t.UUID)
		if err != nil && !errors.Is(err, ErrUnknownCeremony) {
			return web.Answer{}, err
		}
		if err == nil {
			roster.Part = before.Part
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
