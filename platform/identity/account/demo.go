package account

import (
	"context"
	"errors"
	"fmt"

	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	"bayyina/platform/web"
)

// demoOrganisations and demoPeople are the bodies and the people of the demonstration.
// The first three are the officers of its log's genesis.
var (
	demoOrganisations = []Organisation{
		{"commission", Commission, read.Bilingual{AR: "المفوضية الوطنية العليا للانتخابات", EN: "High National Elections Commission"}},
		{"civil-registry", CivilRegistry, read.Bilingual{AR: "مصلحة الأحوال المدنية", EN: "Civil Status Authority"}},
		{"information", Information, read.Bilingual{AR: "الهيئة العامة للمعلومات", EN: "General Information Authority"}},
		{"interior", Interior, read.Bilingual{AR: "وزارة الداخلية", EN: "Ministry of Interior"}},
		{"committee", Committee, read.Bilingual{AR: "اللجنة الوزارية لدعم الانتخابات", EN: "Ministerial committee for the election"}},
		{"bar", TrusteeBody, read.Bilingual{AR: "نقابة المحامين", EN: "Bar association"}},
		{"observers", ObserverBody, read.Bilingual{AR: "شبكة مراقبة الانتخابات", EN: "Election observers' network"}},
		{"platform", Platform, read.Bilingual{AR: "منصة تواصل", EN: "A social platform"}},
	}
	demoPeople = []struct {
		name, organisation string
		role               access.Role
	}{
		{"سالم المقريف", "commission", access.Officer},
		{"هدى الزوي", "commission", access.Officer},
		{"يوسف التاجوري", "commission", access.Officer},
		{"ليلى الورفلي", "commission", access.ElectionManager},
		{"عمر الفيتوري", "commission", access.Coordinator},
		{"نجاة المصراتي", "commission", access.Liaison},
		{"كريم البرعصي", "commission", access.SurveyOwner},
		{"آمنة العبيدي", "commission", access.Trainer},
		{"طارق الككلي", "commission", access.HelpDesk},
		{"إيمان الترهوني", "commission", access.Operator},
		{"فاطمة الشريف", "civil-registry", access.CivilRegistry},
		{"عائشة القماطي", "civil-registry", access.Coordinator},
		{"محمود الغرياني", "information", access.Information},
		{"خالد الدرسي", "interior", access.SecurityPlanner},
		{"سعاد بن عثمان", "committee", access.Committee},
		{"مصطفى الأطرش", "bar", access.Trustee},
		{"نورا الساعدي", "bar", access.Authority},
		{"مريم الفرجاني", "observers", access.Observer},
		{"عبد السلام الحاسي", "observers", access.Auditor},
		{"ربيعة النايض", "platform", access.Platform},
		{"نجلاء الكيب", "observers", access.Journalist},
		{"الصادق بن عمران", "commission", access.Adjudicator},
	}
)

// errNoDemo reports an installation that is no demonstration.
var errNoDemo = errors.New("only a demonstration has people without credentials")

// FoundDemo makes the people of the demonstration with their roles, unless they are there.
// Their roles come from no decision, as those of an installation.
func (a *Accounts) FoundDemo(ctx context.Context) error {
	if !a.cfg.Demo {
		return errNoDemo
	}
	if all, err := a.Organisations(ctx); err != nil || len(all) > 0 {
		return err
	}
	for _, o := range demoOrganisations {
		if err := a.AddOrganisation(ctx, o); err != nil {
			return err
		}
	}
	for i, p := range demoPeople {
		n := Newcomer{Name: p.name, Address: fmt.Sprintf("demo-%d@%s.example", i+1, p.organisation), Organisation: p.organisation}
		id, _, err := a.Invite(ctx, nil, n)
		if err != nil {
			return err
		}
		g := access.Grant{Role: p.role}
		if p.role == access.Coordinator {
			g.Scope.Organisation = p.organisation
		}
		if err := a.cfg.DB.Tx(ctx, func(tx *store.Tx) error { return a.give(ctx, tx, id, g, nil) }); err != nil {
			return fmt.Errorf("demonstration: %w", err)
		}
	}
	return nil
}

// demoView lists who can be in the demonstration, and what each may do.
type demoView struct {
	Members []demoMember
	Person  *access.Person
}

type demoMember struct {
	Member
	In     read.Bilingual // their body
	Role   access.Role    // the first one
	Rights []access.Right
}

func (a *Accounts) mountDemo(site *web.Site) {
	site.Page("GET", "/demo", access.Public, a.demoPage)
	site.Page("POST", "/demo", access.Public, a.demoSignIn)
	site.Nav(web.NavItem{Label: "account.nav-demo", Path: "/demo", Right: access.Public})
}

func (a *Accounts) demoPage(v *web.Visit) (web.Answer, error) {
	members, err := a.Members(v.Context(), "", 0, len(demoPeople))
	if err != nil {
		return web.Answer{}, err
	}
	names, err := a.organisationNames(v.Context())
	if err != nil {
		return web.Answer{}, err
	}
	d := demoView{Person: v.Person}
	for _, m := range members {
		one := demoMember{Member: m, In: names[m.Organisation]}
		if len(m.Grants) > 0 {
			one.Role = m.Grants[0].Role
			one.Rights = access.Rights(one.Role)
		}
		d.Members = append(d.Members, one)
	}
	return a.show(v, "demo", d)
}

// demoSignIn signs one of the demonstration's people in, on their mere word.
func (a *Accounts) demoSignIn(v *web.Visit) (web.Answer, error) {
	ctx := v.Context()
	var id int64
	var p *access.Person
	err := a.cfg.DB.Tx(ctx, func(tx *store.Tx) (err error) {
		p, err = a.Who(ctx, tx, number(v.PostFormValue("person")))
		if err != nil {
			return err
		}
		id, err = begin(ctx, tx, p.ID, ByDemo, v.UserAgent(), a.cfg.Now())
		return err
	})
	if err != nil {
		return web.Answer{}, told(err)
	}
	return a.entered(v, id, workOf(p))
}

// workOf is the page on which somebody of the demonstration finds what they may do.
func workOf(p *access.Person) string {
	for _, work := range []struct {
		right access.Right
		path  string
	}{
		{access.VotersManage, "/my-elections"}, // an election's manager
		{access.DecisionRead, "/decisions"},
		{access.SystemOperate, "/jobs"},
		{access.PeopleManage, "/people"},
		{access.ReadsRead, "/reads"},
		{access.WebhookKeep, "/webhooks"},
	} {
		if p.MayAnywhere(work.right) {
			return work.path
		}
	}
	return "/" // the board
}
