package manage

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bayyina/module/vote"
)

// country is an outline with every kind of question.
const country = `format = "bayyina.election/1"
title = {ar = "مجلس النواب", en = "House"}
opens = 2026-12-01T08:00:00+02:00
closes = 2026-12-01T20:00:00+02:00
merge_below = 50

[[district]]
name = {ar = "طرابلس", en = "Tripoli"}
voters = 5000
[[district]]
name = {ar = "غات", en = "Ghat"}
voters = 30
near = ["Murzuq"]
[[district]]
name = {ar = "مرزق", en = "Murzuq"}
voters = 200

[[question]]
kind = "choose"
title = {ar = "الرئيس", en = "President"}
least = 1
most = 1
blank = true
rule = "libya-2021-president"
[[question.answer]]
name = {ar = "سالمة", en = "Salma"}
woman = true
[[question.answer]]
name = {ar = "عمر", en = "Omar"}

[[question]]
kind = "list"
title = {ar = "القوائم", en = "Lists"}
rule = "hare"
seats = 3
threshold = "3/100"
[[question.list]]
name = {ar = "الوطن", en = "Homeland"}
[[question.list.candidate]]
name = {ar = "ليلى", en = "Layla"}
woman = true
[[question.list.candidate]]
name = {ar = "علي", en = "Ali"}
[[question.list]]
name = {ar = "الأمل", en = "Hope"}
[[question.list.candidate]]
name = {ar = "سامي", en = "Sami"}

[[question]]
kind = "rank"
title = {ar = "العاصمة", en = "Capital"}
rule = "schulze"
[[question.answer]]
name = {ar = "سبها", en = "Sebha"}
[[question.answer]]
name = {ar = "بنغازي", en = "Benghazi"}

[[question]]
kind = "grade"
title = {ar = "الطرق", en = "Roads"}
rule = "majority-judgment"
grades = [{ar = "جيد", en = "Good"}, {ar = "سيئ", en = "Bad"}]
[[question.answer]]
name = {ar = "الساحل", en = "Coast"}
`

func parsed(t testing.TB, text string) *Outline {
	t.Helper()
	o, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestAnOutlineBecomesTheDraftsOfItsElections(t *testing.T) {
	o := parsed(t, country)
	for _, a := range o.Check() {
		if a.Wrong {
			t.Errorf("question %d: %v", a.Question, a.Says)
		}
	}
	list, err := o.Elections(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || len(list[1].Districts) != 2 || len(list[1].Merges) != 1 {
		t.Fatalf("%d elections: %+v", len(list), list)
	}
	draft := list[0].Draft
	if draft.Title.EN != "House · Tripoli" || len(draft.Questions) != 4 || len(draft.Rules) != 4 {
		t.Errorf("%+v", draft)
	}
	if got := draft.Rules[0].Rule.Marks; got == nil || !reflect.DeepEqual(got.Women, []int{0}) {
		t.Errorf("women %+v", got)
	}
	if got := draft.Rules[1].Rule.Marks; got == nil || !reflect.DeepEqual(got.Members, [][]int{{0}, nil}) {
		t.Errorf("women of lists %+v", got)
	}
	text, err := json.Marshal(vote.Planned{Elections: list})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := vote.ParsePlanned(text); err != nil {
		t.Error(err)
	}
	o.Districts = nil
	if list, err = o.Elections(rand.Reader); err != nil || len(list) != 1 || list[0].Draft.Title.EN != "House" {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestAWrongLineIsNamedWithTheNearestKey(t *testing.T) {
	for name, test := range map[string]struct {
		from, to string
		want     WrongLine
	}{
		"a misspelt key":   {"merge_below", "merge_bellow", WrongLine{Line: 5, Key: "merge_bellow", Nearest: "merge_below"}},
		"a stranger":       {"least = 1", "xylophone = 1", WrongLine{Line: 21, Key: "xylophone"}},
		"a wrong type":     {"voters = 30\n", "voters = \"thirty\"\n", WrongLine{Line: 12}},
		"no TOML":          {"blank = true", "blank = = true", WrongLine{Line: 23}},
		"another format":   {"bayyina.election/1", "bayyina.election/2", WrongLine{Line: 1}},
		"a key of a table": {"woman = true\n[[question.answer]]", "women_ = true\n[[question.answer]]", WrongLine{Line: 27, Key: "women_", Nearest: "women"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(strings.Replace(country, test.from, test.to, 1)))
			got, ok := errors.AsType[*WrongLine](err)
			if !ok || got.Line != test.want.Line || got.Key != test.want.Key || got.Nearest != test.want.Nearest {
				t.Errorf("%+v, want %+v", err, test.want)
			}
		})
	}
}

func TestWhatIsWrongWithAnOutlineIsSaid(t *testing.T) {
	many := strings.Repeat("[[question.answer]]\nname = {ar = \"س\", en = \"x\"}\n", 40)
	for id, change := range map[string][]string{
		"missing-en":      {`en = "Omar"`, `en = ""`},
		"missing-ar":      {`ar = "عمر"`, `ar = " "`},
		"script-en":       {`en = "Omar"`, `en = "عُمر"`},
		"characters":      {`en = "Omar"`, "en = \"Omar \u202e\""},
		"equal":           {`en = "Omar"`, `en = "  salma "`},
		"dates":           {"2026-12-01T20", "2026-12-01T02"},
		"no-dates":        {"opens = 2026-12-01T08:00:00+02:00", ""},
		"bounds":          {"most = 1", "most = 3"},
		"small":           {"voters = 200", "voters = 20"},
		"voters":          {"voters = 30\n", ""},
		"near":            {`"Murzuq"]`, `"Morzug"]`},
		"rule":            {`rule = "hare"`, `rule = "schulze"`},
		"rule-asks":       {`"3/100"`, `"3 %"`},
		"no-rule":         {`rule = "hare"`, ``},
		"no-seats":        {`seats = 3`, ``},
		"short-list":      {`seats = 3`, `seats = 9`},
		"seats":           {`rule = "schulze"`, "rule = \"schulze\"\nseats = 3"},
		"kind":            {`kind = "rank"`, `kind = "order"`},
		"grades":          {`, {ar = "سيئ", en = "Bad"}`, ``},
		"not-of-kind":     {`rule = "majority-judgment"`, "rule = \"majority-judgment\"\nmost = 2"},
		"few-voters":      {"merge_below = 50", "merge_below = 1", "voters = 30", "voters = 3"},
		"told-apart":      {"[[question.answer]]\nname = {ar = \"بنغازي\", en = \"Benghazi\"}\n", strings.Repeat("[[question.answer]]\nname = {ar = \"ب\", en = \"b\"}\n", 20)},
		"too-many-ranked": {"[[question.answer]]\nname = {ar = \"بنغازي\", en = \"Benghazi\"}\n", many},
		"photo":           {`en = "Omar"}`, "en = \"Omar\"}\nphoto = \"../x\""},
	} {
		t.Run(id, func(t *testing.T) {
			text := country
			for i := 0; i < len(change); i += 2 {
				text = strings.Replace(text, change[i], change[i+1], 1)
			}
			if text == country {
				t.Fatal("nothing was changed")
			}
			var said []string
			for _, a := range parsed(t, text).Check() {
				said = append(said, strings.TrimPrefix(a.Says.ID, "manage.check-"))
			}
			if !strings.Contains(" "+strings.Join(said, " ")+" ", " "+id+" ") {
				t.Errorf("%v, and not %s", said, id)
			}
		})
	}
}

func texts() *rapid.Generator[Text] {
	return rapid.Custom(func(t *rapid.T) Text { return Text{AR: rapid.String().Draw(t, "ar"), EN: rapid.String().Draw(t, "en")} })
}

func answers() *rapid.Generator[Answer] {
	return rapid.Custom(func(t *rapid.T) Answer {
		return Answer{Name: texts().Draw(t, "name"), Woman: rapid.Bool().Draw(t, "woman"), Reserved: rapid.Bool().Draw(t, "reserved"), Photo: rapid.StringN(0, 3, 9).Draw(t, "photo")}
	})
}

func asked() *rapid.Generator[Question] {
	return rapid.Custom(func(t *rapid.T) Question {
		n := rapid.IntRange(0, 9)
		return Question{
			Kind: rapid.SampledFrom(Kinds).Draw(t, "kind"), Title: texts().Draw(t, "title"), Least: n.Draw(t, "least"), Most: n.Draw(t, "most"),
			Blank: rapid.Bool().Draw(t, "blank"), Rule: rapid.String().Draw(t, "rule"), Seats: n.Draw(t, "seats"), Women: n.Draw(t, "women"),
			Threshold: rapid.String().Draw(t, "threshold"), Reserved: n.Draw(t, "reserved"), Grades: rapid.SliceOfN(texts(), 0, 3).Draw(t, "grades"),
			Answers: rapid.SliceOfN(answers(), 0, 4).Draw(t, "answers"),
			Lists: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) List {
				return List{Name: texts().Draw(t, "name"), Candidates: rapid.SliceOfN(answers(), 0, 3).Draw(t, "candidates")}
			}), 0, 3).Draw(t, "lists"),
		}
	})
}

// The page and the file are equal: whatever is filled in, comes back from the file.
func TestEveryOutlineIsReadBackAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := &Outline{
			Format: Format, Title: texts().Draw(t, "title"), Description: texts().Draw(t, "description"),
			MergeBelow: rapid.Int64Range(0, 1<<40).Draw(t, "merge"),
			Districts: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) District {
				return District{Name: texts().Draw(t, "name"), Voters: rapid.Int64().Draw(t, "voters"), Near: rapid.SliceOfN(rapid.String(), 0, 2).Draw(t, "near")}
			}), 0, 3).Draw(t, "districts"),
			Questions: rapid.SliceOfN(asked(), 0, 4).Draw(t, "questions"),
		}
		if rapid.Bool().Draw(t, "dated") {
			o.Opens = time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "opens"), 0).UTC()
		}
		o.tidy()
		text, err := o.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		back, err := Parse(text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if !reflect.DeepEqual(o, back) {
			t.Fatalf("%+v\n%+v\n%s", o, back, text)
		}
		o.Check() // whatever it says, it says it
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(country))
	f.Add([]byte("\ufeffformat = 'bayyina.election/1'\nopens = 0000-01-01\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := Parse(data)
		if err != nil {
			return
		}
		o.Check()
		text, err := o.Bytes()
		if err != nil {
			return // a file near the limit grows when it is written again
		}
		back, err := Parse(text)
		if err != nil || !reflect.DeepEqual(o, back) {
			t.Fatalf("%v\n%q", err, text)
		}
		if again, err := back.Bytes(); err != nil || !bytes.Equal(again, text) {
			t.Errorf("%v: written otherwise\n%s\n%s", err, text, again)
		}
	})
}
