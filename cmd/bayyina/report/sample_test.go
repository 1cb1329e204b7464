package report

import (
	"fmt"
	"time"

	"bayyina/core/count"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// elections makes the claims of an invented election, all true.
func election(uuid string, title read.Bilingual, scale int64) []read.Claim {
	claim := func(id string, how args, data any) read.Claim {
		return read.Claim{
			ID: "vote." + id, Subject: uuid, Title: title, Verdict: read.True,
			Says: read.Message{ID: "vote." + id + ".says"}, How: read.Message{ID: "vote." + id + ".how", Args: how},
			Belief: read.Message{ID: "vote." + id + ".belief"}, Data: data,
		}
	}
	setup := evidence.SetupData{Voters: 1500 * scale, Weight: 1500 * scale, Questions: 4}
	for i, people := range []int64{412, 259, 213, 176, 167, 118, 112, 43} {
		names := [][2]string{
			{"طرابلس", "Tripoli"},
			{"بنغازي", "Benghazi"},
			{"مصراتة", "Misrata"},
			{"الجفارة", "Jafara"},
			{"المرقب", "Murqub"},
			{"الجبل الغربي", "Jabal al Gharbi"},
			{"الزاوية", "Zawiya"},
			{"غات", "Ghat"},
		}
		setup.Districts = append(setup.Districts, evidence.District{Name: read.Bilingual{AR: names[i][0], EN: names[i][1]}, Voters: people * scale})
	}
	ballots := evidence.BallotData{Voters: 1500 * scale, Ballots: 1412 * scale, Revotes: 28 * scale, Counted: 1384 * scale, Weight: 1384 * scale}
	result := evidence.ResultData{Counted: 1384 * scale, Weight: 1384 * scale, Questions: []evidence.QuestionResult{{
		Question: "من يمثل دائرتكم في المجلس البلدي؟", Min: 1, Max: 1,
		Answers: []evidence.AnswerResult{
			{Blank: true, Votes: 57 * scale},
			{Answer: "قائمة الميناء", Votes: 429 * scale},
			{Answer: "قائمة النخيل", Votes: 612 * scale},
			{Answer: "قائمة المدينة القديمة", Votes: 248 * scale},
			{Answer: "مستقلون", Votes: 38 * scale},
		},
	}, {
		Question: "أي قائمة تختار للمجلس الإقليمي؟ · Which list for the regional council?",
		Answers: []evidence.AnswerResult{
			{Answer: "قائمة السهل · Plain List", Votes: 812 * scale},
			{Answer: "أمل سالم · Amal Salem", List: "قائمة السهل · Plain List", Votes: 700 * scale},
			{Answer: "بدر علي · Badr Ali", List: "قائمة السهل · Plain List", Votes: 311 * scale},
			{Answer: "قائمة الجبل · Mountain List", Votes: 572 * scale},
			{Answer: "هدى عمر · Huda Omar", List: "قائمة الجبل · Mountain List", Votes: 572 * scale},
		},
	}, {
		Question: "رتّب مواقع السوق · Rank the places for the market", Opened: 1384 * scale, Rule: "schulze",
		Places: []evidence.Place{{Place: 1, Answer: "الميدان · The square", Best: 590 * scale}, {Place: 2, Answer: "الساحل · The shore", Best: 601 * scale}, {Place: 2, Answer: "البوابة · The gate", Best: 193 * scale}},
	}, {Question: "قيّم الخدمات · Grade the services", Opened: 1384 * scale}}}
	seats := evidence.SeatsData{Questions: []evidence.QuestionSeats{
		{Question: "من يمثل دائرتكم في المجلس البلدي؟", Rule: "libya-2021-president", RunOff: []string{"قائمة النخيل", "قائمة الميناء"}},
		{
			Question: "أي قائمة تختار للمجلس الإقليمي؟ · Which list for the regional council?", Rule: "dhondt",
			Lists: []string{"قائمة الجبل · Mountain List", "قائمة السهل · Plain List"},
			Seats: []count.Won{
				{Choice: 1, Name: "قائمة السهل · Plain List", Member: "أمل سالم · Amal Salem"},
				{Choice: 0, Name: "قائمة الجبل · Mountain List", Member: "هدى عمر · Huda Omar"},
				{Choice: 1, Name: "قائمة السهل · Plain List", Member: "بدر علي · Badr Ali"},
			},
		},
		{Question: "رتّب مواقع السوق · Rank the places for the market", Rule: "schulze", Seats: []count.Won{{Name: "الميدان · The square"}}},
	}}
	return []read.Claim{
		claim("setup", args{"Count": 1500 * scale, "Trustees": 3, "Questions": 4}, setup),
		claim("opened", args{"Opens": noon.Add(-8 * time.Hour), "Closes": noon, "Signers": "officer/1, officer/2, root/1"}, nil),
		claim("ballots", args{"Count": 1412 * scale, "Proofs": 9884 * scale}, nil),
		claim("once", args{"Count": 1384 * scale, "Ballots": 1412 * scale, "Revotes": 28 * scale}, ballots),
		claim("batches", args{"Count": 48, "Seconds": 600}, nil),
		claim("closed", args{"Count": 1412 * scale, "Closes": noon}, nil),
		claim("tally", args{"Count": 1384 * scale, "Weight": 1384 * scale}, nil),
		claim("decryption", args{"Count": 2, "Trustees": "trustee/1, trustee/3", "Proofs": 10}, nil),
		claim("result", args{"Count": 4}, result),
		claim("seats", args{"Count": 3}, seats),
		claim("certified", args{"Signers": "officer/1, officer/2, root/1"}, nil),
		claim("archive", args{"Size": 6712320, "SHA256": "fc97d663195c62244d65bf95804f9686733f05a5e572384083f60a3d17372ab8"}, nil),
	}
}

// own makes the claims on the log itself; without a policy five of them are not shown.
func own(policy bool) []read.Claim {
	var list []read.Claim
	claim := func(id string, needsPolicy bool, how args) {
		c := read.Claim{
			ID: "log." + id, Verdict: read.True, Says: read.Message{ID: "log." + id + ".says"},
			How: read.Message{ID: "log." + id + ".how", Args: how}, Belief: read.Message{ID: "log." + id + ".belief"},
		}
		if needsPolicy && !policy {
			c.Verdict, c.How = read.NotShown, read.Message{ID: "log." + id + ".missing"}
		}
		list = append(list, c)
	}
	claim("consistent", false, args{"Count": 3917, "Checkpoints": 52})
	claim("origin", true, args{"Origin": "log.hnec.example/2026"})
	claim("genesis", false, args{"Count": 14, "Signers": "hnec.example/root"})
	claim("real", true, nil)
	claim("witnessed", true, args{"Count": 52, "Witnesses": "lawyers.example/w1, press.example/w2, university.example/w3"})
	claim("times", true, args{"Count": 3917, "Seconds": 60})
	claim("fresh", true, args{"Time": noon.Add(10 * time.Hour)})
	claim("signatures", false, args{"Count": 3917, "Signatures": 7851})
	claim("decisions", false, args{"Count": 21})
	claim("attachments", false, args{"Count": 1421, "Bytes": 18234112})
	claim("kinds", false, args{"Count": 3917})
	return list
}

// council is a report on the log of one honest election.
func council() *Report {
	return &Report{
		Rehearsal: true,
		Checked: Checked{
			Location: "nakheel.tar", Name: read.Bilingual{AR: "انتخاب المجلس البلدي", EN: "Municipal council election"},
			Origin: "log.hnec.example/2026", Size: 3917, Root: "kq1Zx0c7m2yY8wXk8n8bqk1Zx0c7m2yY8wXk8n8bqkQ=", AsOf: noon.Add(10 * time.Hour), Policy: "hnec-2026.policy",
		},
		Claims:  append(own(true), election("33333333333333", read.Bilingual{AR: "انتخاب مجلس النخيل البلدي", EN: "Nakheel municipal council"}, 1)...),
		Program: "bayyina v1.0.0", Command: "bayyina verify nakheel.tar --policy hnec-2026.policy",
		Made: noon.Add(11 * time.Hour), Took: 4200 * time.Millisecond,
	}
}

// lies is the same election, told otherwise, without a policy.
func lies() *Report {
	r := council()
	r.Rehearsal, r.Checked.Policy, r.Command = false, "", "bayyina verify nakheel.tar"
	r.Claims = append(own(false), election("33333333333333", read.Bilingual{AR: "انتخاب مجلس النخيل البلدي", EN: "Nakheel municipal council"}, 1)...)
	for i := range r.Claims {
		c := &r.Claims[i]
		switch c.ID {
		case "vote.ballots":
			c.Verdict, c.How = read.False, read.Message{ID: "vote.faults", Args: args{"Count": 5}}
			for n := range int64(5) {
				c.Faults = append(c.Faults, read.Fault{
					Code: "ballot-proof", Sequence: 1210 + n*17, Time: noon.Add(time.Duration(n-40) * 10 * time.Minute), Kind: "vote.ballot/1", SignedBy: []string{"log.hnec.example/receipt"},
					Says: read.Message{ID: "fault.ballot-proof", Args: args{
						"Tracker": fmt.Sprintf("n6mW29bV/sc9QyzSOEF+xrKYxyJrxsb5Ce/2nUGrCm%d", n), "Credential": "05f32047fed042a094b8c35684490d3eeb55c7afd02569001d512431e1624f86", "Question": 1, "Choice": 3,
					}},
					Detail: "individual proof of question 1, choice 3: wrong proof",
				})
			}
		case "vote.result":
			c.Verdict, c.How = read.False, read.Message{ID: "vote.faults", Args: args{"Count": 1}}
			c.Faults = []read.Fault{{
				Code: "result-differs", Sequence: 3915, Time: noon.Add(3 * time.Hour), Kind: "vote.result/1", SignedBy: []string{"log.hnec.example/receipt"},
				Says: read.Message{ID: "fault.result-differs", Args: args{"Result": "[[57,429,612,248,38]]"}},
			}}
		case "vote.certified", "vote.archive":
			c.Verdict, c.How = read.NotShown, read.Message{ID: c.ID + ".missing"}
		}
	}
	return r
}

// country is a report on the log of many elections.
func country() *Report {
	r := council()
	r.Rehearsal = false
	r.Claims = own(true)
	for i := range int64(12) {
		r.Claims = append(r.Claims, election(fmt.Sprintf("constituency%02d", i), read.Bilingual{AR: fmt.Sprintf("الدائرة %d", i+1), EN: fmt.Sprintf("Constituency %d", i+1)}, i+1)...)
	}
	return r
}
