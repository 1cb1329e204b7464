package access

import (
	"slices"

	"bayyina/platform/ledger/read"
)

// The rights. Whoever is not in the table has the first only.
const (
	Public   Right = "public"    // everybody has it
	SignedIn Right = "signed-in" // whoever is signed in has it

	DecisionRead    Right = "decision.read"
	DecisionSign    Right = "decision.sign"
	LogPropose      Right = "log.propose"
	AccessPropose   Right = "access.propose"
	ElectionPropose Right = "election.propose"
	VotersManage    Right = "voters.manage"
	VotersRead      Right = "voters.read"
	ComplaintsRead  Right = "complaints.read"
	ComplaintsRule  Right = "complaints.rule"

	PeopleRead   Right = "people.read"
	PeopleManage Right = "people.manage"
	PeopleErase  Right = "people.erase"
	ReadsRead    Right = "reads.read"

	WebhookKeep   Right = "webhook.keep"
	SystemOperate Right = "system.operate"
)

// The roles of the mission.
const (
	Officer         Role = "officer"
	ElectionManager Role = "election-manager"
	Coordinator     Role = "coordinator"
	CivilRegistry   Role = "civil-registry"
	Information     Role = "information-authority"
	SecurityPlanner Role = "security-planner"
	Committee       Role = "committee"
	Trustee         Role = "trustee"
	Authority       Role = "credential-authority"
	Adjudicator     Role = "adjudicator"
	Observer        Role = "observer"
	Auditor         Role = "auditor"
	Platform        Role = "platform-officer"
	Liaison         Role = "platform-liaison"
	SurveyOwner     Role = "survey-owner"
	Trainer         Role = "trainer"
	HelpDesk        Role = "help-desk"
	Operator        Role = "operator"
	Journalist      Role = "journalist"
)

// rights are all rights, each with what it allows.
var rights = []struct {
	right  Right
	allows read.Bilingual
}{
	{Public, read.Bilingual{AR: "قراءة كل ما هو منشور للعموم", EN: "read whatever is public"}},
	{SignedIn, read.Bilingual{AR: "إدارة المرء حسابه ومفاتيح مروره وجلساته", EN: "look after one's own account, passkeys and sessions"}},
	{DecisionRead, read.Bilingual{AR: "رؤية القرارات المقترحة مع الحقول المختومة فيها", EN: "see proposed decisions with their sealed fields"}},
	{DecisionSign, read.Bilingual{AR: "توقيع قرار اقترحه غيره، أو رفضه مع ذكر السبب", EN: "sign a decision that another proposed, or refuse it with a reason"}},
	{LogPropose, read.Bilingual{AR: "اقتراح تغيير مفاتيح السجل أو شهوده أو قواعده، أو إقفاله", EN: "propose a change of the log's keys, witnesses or rules, or its closing"}},
	{AccessPropose, read.Bilingual{AR: "اقتراح منح شخص دورًا أو سحبه منه", EN: "propose that a person be given a role, or lose it"}},
	{ElectionPropose, read.Bilingual{AR: "اقتراح إعداد انتخاب أو فتحه أو المصادقة على نتيجته", EN: "propose an election's set-up, opening or certification"}},
	{VotersManage, read.Bilingual{AR: "تحميل قائمة ناخبي انتخاب، لرموز المرة الواحدة", EN: "load an election's voters' list, for one-time codes"}},
	{VotersRead, read.Bilingual{AR: "الاطلاع على سجل من أدلى بصوته", EN: "see the record of who has voted"}},
	{ComplaintsRead, read.Bilingual{AR: "قراءة الشكاوى ومن قدّمها", EN: "read complaints, and who lodged them"}},
	{ComplaintsRule, read.Bilingual{AR: "اقتراح حكم في شكوى", EN: "propose a ruling on complaints"}},
	{PeopleRead, read.Bilingual{AR: "رؤية أشخاص الجهات وأدوارهم", EN: "see the people of organisations and their roles"}},
	{PeopleManage, read.Bilingual{AR: "دعوة أشخاص إلى جهة وإنهاء حساباتهم؛ وإضافة الجهات لمن نطاقه البلد كله", EN: "invite people into an organisation and end their accounts; with the country as scope, add organisations"}},
	{PeopleErase, read.Bilingual{AR: "اقتراح محو ما يُعرف عن شخص انتهى حسابه، من النسخ الاحتياطية أيضا", EN: "propose that what is known of a person whose account has ended be erased, backups included"}},
	{ReadsRead, read.Bilingual{AR: "رؤية سجل الاطلاع على البيانات الشخصية", EN: "see the register of who read personal data"}},
	{WebhookKeep, read.Bilingual{AR: "تسجيل خوادم تُبلَّغ بجديد السجل", EN: "register servers that are told what is new in the log"}},
	{SystemOperate, read.Bilingual{AR: "متابعة أعمال الخادم وبدؤها وإيقافها", EN: "watch the server's jobs, start and cancel them"}},
}

// roles is the table: every role, with its rights beside those of everybody.
var roles = []struct {
	role   Role
	name   read.Bilingual
	rights []Right
}{
	{Officer, read.Bilingual{AR: "مسؤول المفوضية", EN: "officer of the commission"}, []Right{
		DecisionRead, DecisionSign, LogPropose, AccessPropose, ElectionPropose, VotersRead, ComplaintsRead, PeopleRead, PeopleManage, PeopleErase,
	}},
	{ElectionManager, read.Bilingual{AR: "مدير انتخاب", EN: "election manager"}, []Right{DecisionRead, ElectionPropose, VotersManage, VotersRead}},
	{Coordinator, read.Bilingual{AR: "منسق جهة", EN: "coordinator of an organisation"}, []Right{PeopleRead, PeopleManage, ReadsRead}},
	{CivilRegistry, read.Bilingual{AR: "موظف السجل المدني", EN: "civil registry officer"}, nil},
	{Information, read.Bilingual{AR: "موظف هيئة المعلومات", EN: "information authority officer"}, nil},
	{SecurityPlanner, read.Bilingual{AR: "مخطط أمني بوزارة الداخلية", EN: "security planner of the interior ministry"}, nil},
	{Committee, read.Bilingual{AR: "عضو اللجنة الوزارية", EN: "member of the ministerial committee"}, nil},
	{Trustee, read.Bilingual{AR: "أمين مفتاح", EN: "trustee"}, nil},
	{Authority, read.Bilingual{AR: "جهة إصدار رموز الاقتراع", EN: "credential authority"}, nil},
	{Adjudicator, read.Bilingual{AR: "عضو لجنة الشكاوى", EN: "member of the complaints panel"}, []Right{DecisionRead, ComplaintsRead, ComplaintsRule}},
	{Observer, read.Bilingual{AR: "مراقب", EN: "observer"}, []Right{WebhookKeep}},
	{Auditor, read.Bilingual{AR: "مدقق", EN: "auditor"}, []Right{DecisionRead, VotersRead, PeopleRead, ReadsRead, WebhookKeep}},
	{Platform, read.Bilingual{AR: "مسؤول منصة", EN: "officer of a platform"}, []Right{WebhookKeep}},
	{Liaison, read.Bilingual{AR: "منسق المفوضية مع المنصات", EN: "the commission's liaison with platforms"}, nil},
	{SurveyOwner, read.Bilingual{AR: "صاحب استبيان", EN: "survey owner"}, nil},
	{Trainer, read.Bilingual{AR: "مدرب", EN: "trainer"}, nil},
	{HelpDesk, read.Bilingual{AR: "موظف الدعم", EN: "help desk"}, nil},
	{Operator, read.Bilingual{AR: "مشغل الخادم", EN: "operator of the server"}, []Right{SystemOperate}},
	{Journalist, read.Bilingual{AR: "صحفي", EN: "journalist"}, []Right{WebhookKeep}},
}

// Roles are all roles, in the table's order.
func Roles() []Role {
	var all []Role
	for _, r := range roles {
		all = append(all, r.role)
	}
	return all
}

// Rights are the rights of a role, without those that everybody has.
func Rights(r Role) []Right {
	for _, row := range roles {
		if row.role == r {
			return slices.Clone(row.rights)
		}
	}
	return nil
}

func (r Role) has(want Right) bool {
	for _, row := range roles {
		if row.role == r {
			return slices.Contains(row.rights, want)
		}
	}
	return false
}

// Known says whether r stands in the table.
func (r Role) Known() bool { return r.Name() != read.Bilingual{} }

// Name is the role in words; empty for an unknown role.
func (r Role) Name() read.Bilingual {
	for _, row := range roles {
		if row.role == r {
			return row.name
		}
	}
	return read.Bilingual{}
}

// Known says whether r is one of the rights above.
func (r Right) Known() bool { return r.Allows() != read.Bilingual{} }

// Allows is what the right allows, in words; empty for an unknown right.
func (r Right) Allows() read.Bilingual {
	for _, row := range rights {
		if row.right == r {
			return row.allows
		}
	}
	return read.Bilingual{}
}
