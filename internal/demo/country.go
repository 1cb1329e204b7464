package demo

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"bayyina/platform/ledger/read"
)

// district is one of the 22 districts of a country shaped like Libya, with
// the population of the census of 2006: it decides how many of the invented
// voters live there.
type district struct {
	name   read.Bilingual
	people int
}

var districts = []district{
	{read.Bilingual{AR: "طرابلس", EN: "Tripoli"}, 1065405},
	{read.Bilingual{AR: "بنغازي", EN: "Benghazi"}, 670797},
	{read.Bilingual{AR: "مصراتة", EN: "Misrata"}, 550938},
	{read.Bilingual{AR: "الجفارة", EN: "Jafara"}, 453198},
	{read.Bilingual{AR: "المرقب", EN: "Murqub"}, 432202},
	{read.Bilingual{AR: "الجبل الغربي", EN: "Jabal al Gharbi"}, 304159},
	{read.Bilingual{AR: "الزاوية", EN: "Zawiya"}, 290993},
	{read.Bilingual{AR: "النقاط الخمس", EN: "Nuqat al Khams"}, 287662},
	{read.Bilingual{AR: "الجبل الأخضر", EN: "Jabal al Akhdar"}, 203156},
	{read.Bilingual{AR: "المرج", EN: "Marj"}, 185848},
	{read.Bilingual{AR: "الواحات", EN: "Wahat"}, 177047},
	{read.Bilingual{AR: "درنة", EN: "Derna"}, 163351},
	{read.Bilingual{AR: "البطنان", EN: "Butnan"}, 159536},
	{read.Bilingual{AR: "سرت", EN: "Sirte"}, 141378},
	{read.Bilingual{AR: "سبها", EN: "Sabha"}, 134162},
	{read.Bilingual{AR: "نالوت", EN: "Nalut"}, 93224},
	{read.Bilingual{AR: "مرزق", EN: "Murzuq"}, 78621},
	{read.Bilingual{AR: "وادي الشاطئ", EN: "Wadi al Shatii"}, 78532},
	{read.Bilingual{AR: "وادي الحياة", EN: "Wadi al Hayaa"}, 76858},
	{read.Bilingual{AR: "الجفرة", EN: "Jufra"}, 52342},
	{read.Bilingual{AR: "الكفرة", EN: "Kufra"}, 50104},
	{read.Bilingual{AR: "غات", EN: "Ghat"}, 23518},
}

// votersPerDistrict shares n voters among the districts by population
// (largest remainder, at least one each where n allows); the shares add up to n.
func votersPerDistrict(n int) []int {
	total := 0
	for _, d := range districts {
		total += d.people
	}
	shares := make([]int, len(districts))
	rest := make([]int, len(districts))
	order := make([]int, len(districts))
	given := 0
	for i, d := range districts {
		shares[i] = n * d.people / total
		rest[i] = n * d.people % total
		order[i] = i
		given += shares[i]
	}
	slices.SortStableFunc(order, func(a, b int) int { return rest[b] - rest[a] })
	for _, i := range order[:n-given] {
		shares[i]++
	}
	for i := range shares {
		if shares[i] == 0 && shares[0] > 1 {
			shares[i]++
			shares[0]--
		}
	}
	return shares
}

// voter is an invented person on the roll.
type voter struct {
	number   int // on the roll, from 1
	name     string
	district int // index into districts
}

var (
	women    = []string{"فاطمة", "عائشة", "مريم", "خديجة", "سالمة", "نجاة", "هدى", "أسماء", "زينب", "حليمة", "آمنة", "سعاد", "مبروكة", "ربيعة", "إيمان", "نورا"}
	men      = []string{"محمد", "أحمد", "علي", "عبد السلام", "سالم", "مفتاح", "عمر", "إبراهيم", "خالد", "مصطفى", "يوسف", "عبد الله", "الصادق", "رمضان", "طارق", "ميلاد"}
	families = []string{"الورفلي", "الترهوني", "المصراتي", "الزوي", "العبيدي", "الفيتوري", "البرعصي", "المقرحي", "الككلي", "الغرياني", "الفاخري", "المجبري", "السنوسي", "التاجوري", "الشريف", "بن عمران", "الحاسي"}
)

// roll invents n voters with names of four parts, spread over the districts.
func roll(n int, random *rand.Rand) []voter {
	pick := func(from []string) string { return from[random.IntN(len(from))] }
	voters := make([]voter, 0, n)
	for d, share := range votersPerDistrict(n) {
		for range share {
			first := men
			if random.IntN(2) == 0 {
				first = women
			}
			voters = append(voters, voter{
				number:   len(voters) + 1,
				name:     fmt.Sprintf("%s %s %s %s", pick(first), pick(men), pick(men), pick(families)),
				district: d,
			})
		}
	}
	return voters
}
