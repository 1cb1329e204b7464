package demo

import (
	"math/rand/v2"

	"bayyina/core/ballot"
	"bayyina/core/count"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
)

var title = read.Bilingual{
	AR: "الانتخابات العامة: رئيس الدولة ومجلس النواب ورئاسة هيئة الدستور",
	EN: "General election: head of state, House of Representatives, chair of the constitutional assembly",
}

// questions are what voters see: Belenios has one text for all languages. They are one
// of each kind: a choice, lists of candidates, a ranking.
var questions = []ballot.Question{
	ballot.Homomorphic{
		Text:    "من تختار رئيسًا للدولة؟ · Whom do you choose as head of state?",
		Answers: []string{"مريم الفاخري · Maryam al-Fakhri", "عمر البرعصي · Omar al-Barasi", "سالمة الورفلي · Salma al-Warfalli"},
		Blank:   true, Min: 1, Max: 1,
	},
	ballot.Lists{
		Text: "أي قائمة تختار لمجلس النواب؟ · Which list do you choose for the House of Representatives?",
		Lists: []ballot.List{
			{Name: "قائمة الميناء · Harbour List", Candidates: []string{"نجاة المصراتي · Najat al-Misrati", "خالد الزوي · Khalid al-Zuwi"}},
			{Name: "قائمة النخيل · Palm List", Candidates: []string{"طارق المقرحي · Tariq al-Magrahi", "أسماء بن عمران · Asma Ben Omran"}},
			{Name: "قائمة الواحة · Oasis List", Candidates: []string{"زينب الحاسي · Zaynab al-Hasi", "يوسف الغرياني · Yusuf al-Ghariani"}},
		},
	},
	ballot.NonHomomorphic{
		Text:    "رتّب المرشحين لرئاسة هيئة الدستور، والأول 1 · Rank the candidates for chair of the constitutional assembly, 1 is the first",
		Answers: []string{"هدى العبيدي · Huda al-Obeidi", "مصطفى الفيتوري · Mustafa al-Fituri", "آمنة الشريف · Amna al-Sharif", "ميلاد الككلي · Milad al-Kikli"},
		Extra:   []byte(`{"method":"Schulze"}`),
	},
}

// houseQuestion is the number of the question with lists.
const houseQuestion = 2

// rules turn the votes for each question into seats.
var rules = []evidence.QuestionRule{
	{Question: 1, Rule: count.Rule{Name: "libya-2021-president"}},
	{Question: houseQuestion, Rule: count.Rule{
		Name: "libya-2012-lists", Seats: 4,
		Marks: &count.Marks{Members: [][]int{{0}, {1}, {0}}}, // women and men take turns
	}},
	{Question: 3, Rule: count.Rule{Name: "schulze"}},
}

// choose is how an invented voter fills in the questions. The voter's number decides on
// the list, so that none gets more seats than it has candidates, however few vote.
func choose(random *rand.Rand, voter int) ballot.Plaintext {
	head := make([]int, 4)
	head[weighted(random, 4, 54, 27, 15)] = 1

	const each = 3 // a list with its two candidates
	house := make([]int, 3*each)
	list := each * []int{0, 1, 2, 0, 1, 2, 0, 1, 0}[voter%9]
	candidates := weighted(random, 50, 20, 30)
	house[list] = 1
	if candidates != 1 {
		house[list+1] = 1
	}
	if candidates != 0 {
		house[list+2] = 1
	}

	chair := make([]int, 4)
	chances := []int{34, 31, 23, 12}
	ranked := 2 + random.IntN(3) // some rank only the first two or three
	for rank := range ranked {
		next := weighted(random, chances...)
		chair[next], chances[next] = rank+1, 0
	}
	return ballot.Plaintext{head, house, chair}
}

// weighted draws an index with chances that stand to each other as the weights do.
func weighted(random *rand.Rand, weights ...int) int {
	total := 0
	for _, w := range weights {
		total += w
	}
	n, i := random.IntN(total), 0
	for n >= weights[i] {
		n -= weights[i]
		i++
	}
	return i
}
