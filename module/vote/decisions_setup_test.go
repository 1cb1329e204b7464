package vote_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"bayyina/core/ballot"
	"bayyina/core/count"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/identity/decide"
	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
	"bayyina/platform/store"
	"bayyina/platform/web"
)

// Whoever signs a set-up reads what is asked, of how many, and who decrypts; not hashes only.
func TestSignersOfASetUpReadWhatIsAskedOfWhom(t *testing.T) {
	w := newWorld(t, store.SQLite)
	w.prepared()
	c := w.commission()
	s := showTo(w, c)
	setup := must(vote.SetupStatement(read.Bilingual{AR: "انتخاب", EN: "Election"}, w.definition, w.record, w.list.Bytes(), 0))
	files := attachments(w.definition, w.record, w.list.Bytes())
	id := must(c.Propose(ctx, c.manager, decide.Draft{Kind: evidence.KindSetup, Body: setup, Attachments: files}))
	_, page := s.as(c.officers[0]).send("/en/decisions/"+id, nil, nil)
	says := []string{"انتخاب", "A voter chooses", "Voters", "Trustees who must decrypt", setup.Definition.SHA256}
	for _, q := range must(ballot.ParseElection(w.definition)).Questions() {
		says = append(append(says, q.Title()), q.Labels()...)
	}
	for _, part := range says {
		if !strings.Contains(strings.ToLower(page), strings.ToLower(part)) {
			t.Errorf("the page does not say %q", part)
		}
	}
	// Records that do not belong together are not proposed.
	other := setup
	other.Credentials, other.Definition = setup.Definition, setup.Credentials
	_, err := c.Propose(ctx, c.manager, decide.Draft{Kind: evidence.KindSetup, Body: other, Attachments: files})
	if told, ok := errors.AsType[*web.Problem](err); !ok || told.Status != http.StatusUnprocessableEntity || told.Says.ID != "decide.problem.vote-records" {
		t.Errorf("records that do not belong together: %v", err)
	}
}

func TestEveryKindOfQuestionAndRuleIsToldInBothLanguages(t *testing.T) {
	rows := vote.QuestionRows(1, ballot.Homomorphic{Text: "من؟ · Who?", Answers: []string{"أمل · Amal"}, Blank: true, Min: 0, Max: 1})
	rows = append(rows, vote.QuestionRows(2, ballot.NonHomomorphic{Text: "Order", Answers: []string{"Basma", "Karim"}})...)
	rows = append(rows, vote.QuestionRows(3, ballot.Lists{Text: "Lists", Lists: []ballot.List{{Name: "Palm", Candidates: []string{"Dina"}}, {Name: "Sea", Candidates: []string{"Omar"}}}})...)
	for _, name := range count.Names() {
		rows = append(rows, vote.RuleRow(evidence.QuestionRule{Question: 3, Rule: count.Rule{
			Name: name, Seats: 7, Threshold: "3/100", Women: 2, Reserved: 1, Alternate: true, Crosses: 4, Grades: []string{"Good"},
		}}))
	}
	for _, lang := range []string{locale.Arabic, locale.English} {
		l := must(locale.New(lang))
		var text strings.Builder
		for _, r := range rows {
			text.WriteString(must(l.Message(r.What)) + ": " + must(l.Message(r.After)) + "\n")
			for _, one := range r.List {
				text.WriteString("- " + must(l.Message(one)) + "\n")
			}
		}
		for _, part := range []string{"من؟ · Who?", "أمل · Amal", "Order", "Basma", "Karim", "Palm", "Dina", "Sea", "Omar", "3/100", "Good", must(l.Text("decide.vote-blank", nil))} {
			if !strings.Contains(text.String(), part) {
				t.Errorf("%s: %q is not told:\n%s", lang, part, text.String())
			}
		}
	}
}
