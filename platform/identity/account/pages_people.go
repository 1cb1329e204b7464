package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

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
	Organisations []Organisation
	Newcomer      Newcomer
	Problem       read.Message
}

func (a *Accounts) newcomerPage(v *web.Visit) (web.Answer, error) {
	theirs, err := a.within(v.Context(), v.Person, access.PeopleManage)
	if err != nil {
		return web.Answer{}, err
	}
	return a.show(v, "newcomer", newcomerForm{Organisations: theirs})
}

func (a *Accounts) invitePerson(v *web.Visit) (web.Answer, error) {
	who, err := a.here(v)
	if err != nil {
		return web.Answer{}, err
	}
	n := Newcomer{
		Name: strings.TrimSpace(v.PostFormValue("name")), Address: v.PostFormValue("address"), Organisation: v.PostFormValue("organisation"),
	}
	if !v.Person.May(access.PeopleManage, access.Scope{Organisation: n.Organisation}) {
		return web.Answer{}, web.Forbidden()
	}
	id, secret, err := a.Invite(v.Context(), who, n)
	if err != nil {
		m, ok := problem(err)
		if !ok || errors.Is(err, ErrNotByPasskey) {
			return web.Answer{}, told(err)
		}
		theirs, err := a.within(v.Context(), v.Person, access.PeopleManage)
		if err != nil {
			return web.Answer{}, err
		}
		return a.showAgain(v, "newcomer", newcomerForm{Organisations: theirs, Newcomer: n, Problem: m})
	}
	return a.showInvitation(v, id, secret)
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
	Kinds         []Kind
	New           Organisation
	Problem       read.Message
}

func (a *Accounts) organisationsPage(v *web.Visit) (web.Answer, error) {
	all, err := a.Organisations(v.Context())
	if err != nil {
		return web.Answer{}, err
	}
	return a.show(v, "organisations", organisationsView{
		Organisations: all, Kinds: Kinds, Manage: v.Person.May(access.PeopleManage, access.Scope{}),
	})
}

func (a *Accounts) addOrganisation(v *web.Visit) (web.Answer, error) {
	o := Organisation{
		Code: strings.TrimSpace(v.PostFormValue("code")), Kind: Kind(v.PostFormValue("kind")),
		Name: read.Bilingual{AR: strings.TrimSpace(v.PostFormValue("name_ar")), EN: strings.TrimSpace(v.PostFormValue("name_en"))},
	}
	err := a.AddOrganisation(v.Context(), o)
	m, ok := problem(err)
	switch {
	case ok:
		all, err := a.Organisations(v.Context())
		if err != nil {
			return web.Answer{}, err
		}
		return a.showAgain(v, "organisations", organisationsView{Organisations: all, Kinds: Kinds, Manage: true, New: o, Problem: m})
	case err != nil:
		return web.Answer{}, err
	}
	return v.SeeOther("/organisations", read.Message{ID: "account.organisation-added"}), nil
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
