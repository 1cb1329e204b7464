package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

// pageSize is how many rows a list shows at once.
const pageSize = 50

// organisationNames are the names of all bodies by code.
func (a *Accounts) organisationNames(ctx context.Context) (map[string]read.Bilingual, error) {
	all, err := a.Organisations(ctx)
	if err != nil {
		return nil, err
	}
	names := make(map[string]read.Bilingual, len(all))
	for _, o := range all {
		names[o.Code] = o.Name
	}
	return names, nil
}

// within are the bodies in which somebody has a right.
func (a *Accounts) within(ctx context.Context, p *access.Person, right access.Right) (some []Organisation, err error) {
	all, err := a.Organisations(ctx)
	if err != nil {
		return nil, err
	}
	for _, o := range all {
		if p.May(right, access.Scope{Organisation: o.Code}) {
			some = append(some, o)
		}
	}
	return some, nil
}

// chosen is the body whose rows a list shows: the one that the address names, if the
// visitor has the right there; without a name all of them ("") for whoever has the right
// in all, otherwise the first of theirs.
func chosen(v *web.Visit, right access.Right, theirs []Organisation) (string, error) {
	asked := v.FormValue("organisation")
	switch {
	case asked == "" && v.Person.May(right, access.Scope{}):
		return "", nil
	case asked == "" && len(theirs) > 0:
		return theirs[0].Code, nil
	case slices.ContainsFunc(theirs, func(o Organisation) bool { return o.Code == asked }):
		return asked, nil
	}
	return "", web.Forbidden()
}

// bodies are those of which a list shows rows.
type bodies struct {
	Organisations []Organisation // that the visitor may choose from
	All           bool           // or all of them
	Chosen        string
	Names         map[string]read.Bilingual
}

// bodiesFor are the bodies in which the visitor has the right, and the one that is chosen.
func (a *Accounts) bodiesFor(v *web.Visit, right access.Right) (b bodies, err error) {
	b.All = v.Person.May(right, access.Scope{})
	if b.Organisations, err = a.within(v.Context(), v.Person, right); err != nil {
		return b, err
	}
	if b.Chosen, err = chosen(v, right, b.Organisations); err != nil {
		return b, err
	}
	b.Names, err = a.organisationNames(v.Context())
	return b, err
}

// peopleView is the list of people.
type peopleView struct {
	bodies
	Members []Member
	Manage  bool // the visitor may invite somebody somewhere
	Pager   web.Pager
}

func (a *Accounts) peoplePage(v *web.Visit) (web.Answer, error) {
	ctx := v.Context()
	d := peopleView{Manage: v.Person.MayAnywhere(access.PeopleManage)}
	var err error
	if d.bodies, err = a.bodiesFor(v, access.PeopleRead); err != nil {
		return web.Answer{}, err
	}
	if d.Members, err = a.Members(ctx, d.Chosen, number(v.FormValue("after")), pageSize+1); err != nil {
		return web.Answer{}, err
	}
	if len(d.Members) > pageSize {
		d.Members = d.Members[:pageSize]
		d.Pager.After = fmt.Sprintf("/people?organisation=%s&after=%d", d.Chosen, d.Members[pageSize-1].ID)
	}
	noted := make(map[string]bool)
	for _, m := range d.Members {
		if noted[m.Organisation] {
			continue
		}
		noted[m.Organisation] = true
		if err := a.NoteReading(ctx, v.Person, "organisation:"+m.Organisation, m.Organisation, access.PeopleRead, "account.why-list"); err != nil {
			return web.Answer{}, err
		}
	}
	return a.show(v, "people", d)
}

// number is a number of an address, 0 where it is none.
func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// personView is one person.
type personView struct {
	Member       Member
	Organisation read.Bilingual
	Manage       bool // the visitor may invite them again, and end their account
	MayErase     bool // the visitor may propose that they be erased
	Link         string
}

// member is the person whom the address names, if the visitor has the right in their body.
// Whoever has it in some bodies only learns nothing of numbers in others: not even
// whether there is such a person.
func (a *Accounts) member(v *web.Visit, right access.Right) (personView, error) {
	m, err := a.Member(v.Context(), number(v.PathValue("id")))
	switch {
	case errors.Is(err, ErrUnknown) && v.Person.May(right, access.Scope{}):
		return personView{}, web.NotFound()
	case errors.Is(err, ErrUnknown):
		return personView{}, web.Forbidden()
	case err != nil:
		return personView{}, err
	case !v.Person.May(right, access.Scope{Organisation: m.Organisation}):
		return personView{}, web.Forbidden()
	}
	names, err := a.organisationNames(v.Context())
	if err != nil {
		return personView{}, err
	}
	manage := m.Ended.IsZero() && m.ID != v.Person.ID && v.Person.May(access.PeopleManage, access.Scope{Organisation: m.Organisation})
	why := "account.why-person"
	if right == access.PeopleManage {
		why = "account.why-manage"
	}
	err = a.NoteReading(v.Context(), v.Person, "person:"+strconv.FormatInt(m.ID, 10), m.Organisation, right, why)
	return personView{Member: m, Organisation: names[m.Organisation], Manage: manage}, err
}

func (a *Accounts) personPage(v *web.Visit) (web.Answer, error) {
	d, err := a.member(v, access.PeopleRead)
	if err != nil {
		return web.Answer{}, err
	}
	d.MayErase = !d.Member.Ended.IsZero() && !d.Member.Erased && v.Person.May(access.PeopleErase, access.Scope{})
	return a.show(v, "person", d)
}

// newcomerForm is the form of inviting somebody.
type newcomerForm struct {
	Form          *web.Form
	Organisations []web.Choice
}

func (a *Accounts) newcomerPage(v *web.Visit) (web.Answer, error) {
	return a.newcomerForm(v, nil)
}

func (a *Accounts) newcomerForm(v *web.Visit, form *web.Form) (web.Answer, error) {
	theirs, err := a.within(v.Context(), v.Person, access.PeopleManage)
	if err != nil {
		return web.Answer{}, err
	}
	d := newcomerForm{Form: form}
	for _, o := range theirs {
		d.Organisations = append(d.Organisations, web.Choice{Value: o.Code, Label: v.Locale.Pick(o.Name)})
	}
	return a.showForm(v, "newcomer", form, d)
}

func (a *Accounts) invitePerson(v *web.Visit) (web.Answer, error) {
	who, err := a.here(v)
	if err != nil {
		return web.Answer{}, err
	}
	form, err := v.Form()
	if err != nil {
		return web.Answer{}, err
	}
	n := Newcomer{Name: form.Required("name", maxName), Address: form.Required("address", maxAddress), Organisation: form.Value("organisation")}
	if !v.Person.May(access.PeopleManage, access.Scope{Organisation: n.Organisation}) {
		return web.Answer{}, web.Forbidden()
	}
	if form.OK() {
		id, secret, err := a.Invite(v.Context(), who, n)
		if err == nil {
			return a.showInvitation(v, id, secret)
		}
		if err := form.Refuse("address", told(err)); err != nil {
			return web.Answer{}, err
		}
	}
	return a.newcomerForm(v, form)
}

// showInvitation shows an invitation's link, which is shown once.
func (a *Accounts) showInvitation(v *web.Visit, person int64, secret string) (web.Answer, error) {
	m, err := a.Member(v.Context(), person)
	if err != nil {
		return web.Answer{}, err
	}
	return a.show(v, "sent", personView{Member: m, Link: a.InvitationLink(v.Lang, secret)})
}

// InvitationLink is the address with which an invitation is taken up, in the language of
// that tag. The secret follows the #, which browsers send to no server.
func (a *Accounts) InvitationLink(tag, secret string) string {
	return a.cfg.Origin + "/" + tag + "/invitation#" + secret
}

func (a *Accounts) inviteAgain(v *web.Visit) (web.Answer, error) {
	who, err := a.here(v)
	if err != nil {
		return web.Answer{}, err
	}
	d, err := a.member(v, access.PeopleManage)
	if err != nil {
		return web.Answer{}, err
	}
	secret, err := a.InviteAgain(v.Context(), who, d.Member.ID)
	if err != nil {
		return web.Answer{}, told(err)
	}
	return a.showInvitation(v, d.Member.ID, secret)
}

func (a *Accounts) endPage(v *web.Visit) (web.Answer, error) {
	d, err := a.member(v, access.PeopleManage)
	if err != nil {
		return web.Answer{}, err
	}
	return a.show(v, "end", d)
}

func (a *Accounts) endPerson(v *web.Visit) (web.Answer, error) {
	who, err := a.here(v)
	if err != nil {
		return web.Answer{}, err
	}
	d, err := a.member(v, access.PeopleManage)
	if err != nil {
		return web.Answer{}, err
	}
	if err := a.End(v.Context(), who, d.Member.ID); err != nil {
		return web.Answer{}, told(err)
	}
	return v.SeeOther("/people", read.Message{ID: "account.ended"}), nil
}

// organisationsView is the list of bodies, with the form of adding one.
type organisationsView struct {
	Organisations []Organisation
	Manage        bool
	Kinds         []web.Choice
	Form          *web.Form
}

func (a *Accounts) organisationsPage(v *web.Visit) (web.Answer, error) {
	return a.organisationsForm(v, nil)
}

func (a *Accounts) organisationsForm(v *web.Visit, form *web.Form) (web.Answer, error) {
	all, err := a.Organisations(v.Context())
	if err != nil {
		return web.Answer{}, err
	}
	d := organisationsView{Organisations: all, Manage: v.Person.May(access.PeopleManage, access.Scope{}), Form: form}
	for _, k := range Kinds {
		name, err := v.Locale.Text(k.Message(), nil)
		if err != nil {
			return web.Answer{}, err
		}
		d.Kinds = append(d.Kinds, web.Choice{Value: string(k), Label: name})
	}
	return a.showForm(v, "organisations", form, d)
}

func (a *Accounts) addOrganisation(v *web.Visit) (web.Answer, error) {
	form, err := v.Form()
	if err != nil {
		return web.Answer{}, err
	}
	var kinds []string
	for _, k := range Kinds {
		kinds = append(kinds, string(k))
	}
	o := Organisation{
		Name: read.Bilingual{AR: form.Required("name_ar", maxName), EN: form.Required("name_en", maxName)},
		Code: form.Required("code", maxCode), Kind: Kind(form.OneOf("kind", kinds...)),
	}
	if form.OK() {
		err := a.AddOrganisation(v.Context(), o)
		if err == nil {
			return v.SeeOther("/organisations", read.Message{ID: "account.organisation-added"}), nil
		}
		if err := form.Refuse("code", told(err)); err != nil {
			return web.Answer{}, err
		}
	}
	return a.organisationsForm(v, form)
}

// readsView is the register of who read personal data.
type readsView struct {
	bodies
	Readings []Reading
	Pager    web.Pager
}

func (a *Accounts) readsPage(v *web.Visit) (web.Answer, error) {
	var d readsView
	var err error
	if d.bodies, err = a.bodiesFor(v, access.ReadsRead); err != nil {
		return web.Answer{}, err
	}
	if d.Readings, err = a.Readings(v.Context(), d.Chosen, number(v.FormValue("before")), pageSize+1); err != nil {
		return web.Answer{}, err
	}
	if len(d.Readings) > pageSize {
		d.Readings = d.Readings[:pageSize]
		d.Pager.After = fmt.Sprintf("/reads?organisation=%s&before=%d", d.Chosen, d.Readings[pageSize-1].ID)
	}
	return a.show(v, "reads", d)
}
