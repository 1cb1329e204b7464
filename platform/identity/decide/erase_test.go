package decide_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"bayyina/platform/identity/access"
	"bayyina/platform/identity/decide"
	"bayyina/platform/identity/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	"bayyina/platform/store/storetest"
	"bayyina/platform/web/webtest"
)

// departed is somebody whose role is in the log, and whose account has ended since.
func (w *world) departed(name string) int64 {
	w.t.Helper()
	id := w.person(name)
	draft, err := w.DraftGrant(ctx, evidence.Grant{Person: id, Role: string(access.Observer), Reason: reason})
	w.must(err)
	w.decided(w.propose(w.officers[0], draft))
	w.must(w.accounts.End(ctx, nil, id))
	return id
}

// decided has two officers sign what the first one proposed, and lets it enter.
func (w *world) decided(id string) {
	w.t.Helper()
	w.must(w.sign(w.officers[1], id))
	w.must(w.sign(w.officers[2], id))
	if w.settle() != 1 || state(w, id) != decide.Entered {
		w.t.Fatalf("%s is %s", id, state(w, id))
	}
}

func TestWhoeverIsErasedByDecisionIsNamedNowhereAndTheLogStaysTrue(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		person := w.departed("Salem Almagrif")
		var grant string
		_, settled, err := w.Proposals(ctx, w.who(w.officers[0]))
		w.must(err)
		grant = settled[0].Statement.ID
		if held, err := w.Opened(ctx, grant); err != nil || !areSealed(held, decide.Opened{Path: "name", Value: "Salem Almagrif"}) {
			t.Errorf("%v, %v", held, err)
		}
		draft, err := w.DraftErase(ctx, w.who(w.officers[0]), person, reason)
		w.must(err)
		id := w.propose(w.officers[0], draft)
		if text := w.decisionText(id); strings.Contains(text, "person:") || strings.Contains(text, fmt.Sprintf(`"person":%d`, person)) {
			t.Errorf("the log tells who is erased: %s", text)
		}
		w.decided(id)

		m, err := w.accounts.Member(ctx, person)
		if err != nil || !m.Erased || m.Name != "" {
			t.Errorf("%+v, %v", m, err)
		}
		if held, err := w.Opened(ctx, grant); err != nil || !areSealed(held, decide.Opened{Path: "name", Erased: true}) {
			t.Errorf("%v, %v", held, err)
		}
		claims := w.verify()
		if c := claims["access.erased"]; c.Verdict != read.True || c.How.Args["Count"] != int64(1) {
			t.Errorf("%+v", c)
		}
		_, err = w.DraftErase(ctx, w.who(w.officers[0]), person, reason)
		refusedBy(t, decide.ErrDeparted, err)
	})
}

// decisionText is the text of a decision.
func (w *world) decisionText(id string) string {
	w.t.Helper()
	p, err := w.Proposal(ctx, w.who(w.officers[0]), id)
	w.must(err)
	return string(p.Statement.Text)
}

func TestOnlyWhoMayProposesToEraseAndOnlyTheDeparted(t *testing.T) {
	w := small(t)
	_, err := w.DraftErase(ctx, w.who(w.officers[0]), w.clerk, reason)
	refusedBy(t, decide.ErrDeparted, err)
	person := w.departed("Salem")
	draft, err := w.DraftErase(ctx, w.who(w.clerk), person, reason)
	w.must(err)
	_, err = w.Propose(ctx, w.who(w.clerk), draft)
	refusedBy(t, decide.ErrForbidden, err)
}

func TestACopyOfTheDatabaseOpensNothingThatTheLogSeals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		draft, err := w.DraftGrant(ctx, evidence.Grant{Person: w.clerk, Role: string(access.Observer), Reason: reason})
		w.must(err)
		salt := draft.Openings[0].Salt
		w.decided(w.propose(w.officers[0], draft))
		w.must(w.Refuse(ctx, w.officers[1], w.propose(w.officers[0], w.rules()), reason))
		w.settle()
		dump := storetest.Dump(t, w.db)
		for _, secret := range []string{"Clerk", "Officer 1", "Auditor", "@example.ly", string(salt[:])} {
			if bytes.Contains(dump, []byte(secret)) {
				t.Errorf("a copy of the database holds %q", secret)
			}
		}
	})
}

func TestOpeningsOfAnEarlierVersionAreSealedAtTheNextStart(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		salt := bytes.Repeat([]byte("salt "), 7)[:32]
		w.must(w.db.Tx(ctx, func(tx *store.Tx) error {
			for i, name := range []string{"Clerk", "Nobody Known"} {
				if _, err := tx.Exec(ctx, `INSERT INTO decide_opening (statement, path, salt, value) VALUES (?1, 'name', ?2, ?3)`, fmt.Sprint("old", i), salt, name); err != nil {
					return err
				}
			}
			return nil
		}))
		again, err := decide.New(ctx, w.config)
		w.must(err)
		for id, name := range map[string]string{"old0": "Clerk", "old1": "Nobody Known"} {
			if held, err := again.Opened(ctx, id); err != nil || !areSealed(held, decide.Opened{Path: "name", Value: name}) {
				t.Errorf("%v, %v", held, err)
			}
		}
		dump := storetest.Dump(t, w.db)
		for _, secret := range []string{"Clerk", "Nobody Known", string(salt)} {
			if bytes.Contains(dump, []byte(secret)) {
				t.Errorf("a copy of the database holds %q", secret)
			}
		}
		w.must(w.accounts.End(ctx, nil, w.clerk))
		w.must(w.db.Tx(ctx, func(tx *store.Tx) error { return w.accounts.ApplyErase(ctx, tx, w.clerk) }))
		w.must(w.accounts.DestroyErased(ctx))
		if held, err := again.Opened(ctx, "old0"); err != nil || !areSealed(held, decide.Opened{Path: "name", Erased: true}) {
			t.Errorf("%v, %v", held, err)
		}
	})
}

func TestErasingOnThePagesIsConfirmedDecidedAndShown(t *testing.T) {
	w := small(t)
	person := w.departed("Salem Almagrif")
	h := w.serve()
	b := webtest.Open(t, h)
	b.Width(t, webtest.Desktop)
	w.signIn(t, b, w.officers[0])
	b.Look(t, "erase-person-before", fmt.Sprintf("/people/%d", person))
	form := fmt.Sprintf("/decisions/propose/erase?person=%d", person)
	b.Look(t, "erase-propose", form)

	first := w.visit(h, w.officers[0])
	unsure := url.Values{"person": {fmt.Sprint(person)}, "reason_en": {"The law"}}
	first.post("/en/decisions/propose/erase", unsure).want(http.StatusUnprocessableEntity)
	b.Page(t, "/en"+form)
	b.Click(t, "input[name=sure]")
	b.Click(t, "#reason_en")
	b.Press(t, "The law")
	b.Follow(t, "main form button")
	id := w.newest()
	b.Look(t, "erase-decision", "/decisions/"+id)
	w.must(w.SignInSoftware(ctx, w.officers[1], id))
	w.must(w.SignInSoftware(ctx, w.officers[2], id))
	w.settle()
	for lang, word := range map[string]string{"ar": "اسم مُحي", "en": "Erased name"} {
		b.Page(t, fmt.Sprintf("/%s/people/%d", lang, person))
		if text := b.Text(t, "main"); !strings.Contains(text, word) || strings.Contains(text, "Salem") {
			t.Errorf("%s: %s", lang, text)
		}
	}
	b.Look(t, "erase-person-after", fmt.Sprintf("/people/%d", person))
	b.Look(t, "erase-people", "/people")
}

// areSealed says whether these values were sealed, whatever their salts.
func areSealed(held []decide.Opened, want ...decide.Opened) bool {
	held = slices.Clone(held)
	for i := range held {
		held[i].Salt = [read.SaltSize]byte{}
	}
	return slices.Equal(held, want)
}
