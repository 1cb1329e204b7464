package explain_test

import (
	"strings"
	"testing"

	"bayyina/core/count"
	"bayyina/module/vote/explain"
	"bayyina/platform/locale"
)

func TestEveryStepIsToldInBothLanguages(t *testing.T) {
	votes, err := count.ParseBLT([]byte("3 1\n4 1 2 0\n3 2 0\n2 3 2 0\n0\n\"سالم\"\n\"هدى\"\n\"عمر\"\n\"x\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := count.Count(votes, count.Rule{Name: "irv"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{locale.Arabic, locale.English} {
		l, err := locale.New(lang)
		if err != nil {
			t.Fatal(err)
		}
		c := explain.New(l, r)
		told := c.Told()
		if c.Err() != nil || len(told) != len(r.Steps) || len(told) < 2 {
			t.Fatalf("%s: %d of %d steps, %v", lang, len(told), len(r.Steps), c.Err())
		}
		if all := strings.Join(told, "\n"); !strings.Contains(all, "عمر") || !strings.Contains(all, "هدى") {
			t.Errorf("%s: who left and who won is not told:\n%s", lang, all)
		}
	}
}
