package demo

import (
	"context"
	"time"

	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store/seal"
)

// complaintWindow is how long one may complain after the result: days in a country, and here as long as a demonstration can wait.
const complaintWindow = 2 * time.Second

// grounds on which one may complain, and who rules.
var (
	grounds = []read.Bilingual{
		{AR: "مخالفة القانون في الاقتراع", EN: "A breach of the law in voting"},
		{AR: "خطأ في الفرز أو في النتيجة", EN: "A mistake in the count or the result"},
		{AR: "ترشح من لا يحق له الترشح", EN: "A candidate who may not stand"},
	}
	panel = read.Bilingual{AR: "لجنة الشكاوى في المفوضية", EN: "The commission's complaints panel"}
)

// allowComplaints has the commission decide, before voting opens, on what grounds one may complain.
func (h *holding) allowComplaints(ctx context.Context) error {
	body := evidence.ComplaintRules{Election: h.uuid, Window: int64(complaintWindow / time.Second), Grounds: grounds, Body: panel}
	return h.enter(ctx, evidence.KindComplaintRules, body, nil, h.people.commission()...)
}

// complain lodges two complaints once voting is over: of the last candidate for the chair, and of the queue at a station.
func (h *holding) complain(ctx context.Context) error {
	keys, err := seal.Open(ctx, seal.Config{DB: h.db, Dir: h.path("seal"), Random: h.cfg.Random, Now: h.cfg.Now, Make: true})
	if err != nil {
		return err
	}
	defer keys.Close() // what was sealed is on the disk
	complaints := vote.NewComplaints(h.registrar, keys)
	for _, l := range []vote.Lodging{
		{
			Ground: 3, About: evidence.Subject{Question: 3, Answer: 4}, Name: "عبد الله السنوسي",
			Text: "المرشح الرابع لرئاسة هيئة الدستور قاضٍ عامل، والقانون يمنع القضاة العاملين من الترشح. أطلب استبعاده.",
		},
		{
			Ground: 1, Name: "خديجة المقرحي", Contact: "khadija@example.ly",
			Text: "تعطّل الاتصال في حيّنا ساعة من صباح يوم الاقتراع. أطلب إعادة الانتخاب.",
		},
	} {
		l.Election = h.uuid
		if l.Receipt, err = complaints.NewReceipt(); err != nil {
			return err
		}
		if _, err := complaints.Lodge(ctx, l); err != nil {
			return err
		}
	}
	if _, err := h.log.Drain(ctx); err != nil {
		return err
	}
	return h.tell("complained", "Count", 2)
}

// rule has the commission rule on them once there is a result: one excludes a candidate, so that the seats are counted
// again. The result is certified when nobody may complain any more.
func (h *holding) rule(ctx context.Context) error {
	over := h.cfg.Now().Add(complaintWindow + time.Second) // the result is in the log already
	for _, r := range []evidence.Ruling{
		{
			Complaints: []int64{2}, Outcome: evidence.Dismissed,
			Reason: read.Bilingual{
				AR: "ظل الاقتراع مفتوحًا بعد عودة الاتصال، وأدلى ناخبو الحي بأصواتهم بنسبة لا تقل عن غيرهم، فلم يتأثر أحد بالانقطاع.",
				EN: "Voting stayed open after the network came back, and as many voted in that quarter as elsewhere: the cut changed nothing for anybody.",
			},
		},
		{
			Complaints: []int64{1}, Outcome: evidence.Excluded, Excluded: []evidence.Subject{{Question: 3, Answer: 4}}, Version: 2,
			Reason: read.Bilingual{
				AR: "ثبت من قرار التعيين أن المرشح كان قاضيًا عاملًا عند إقفال باب الترشح، والقانون يمنع ذلك.",
				EN: "The decree of appointment shows that the candidate was a serving judge when nominations closed, which the law forbids.",
			},
		},
	} {
		r.Election = h.uuid
		if err := h.enter(ctx, evidence.KindRuling, r, nil, h.people.commission()...); err != nil {
			return err
		}
	}
	if err := h.tell("ruled"); err != nil {
		return err
	}
	if err := h.seats(ctx); err != nil {
		return err
	}
	return wait(ctx, over.Sub(h.cfg.Now()))
}
