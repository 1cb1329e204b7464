package account

import (
	"context"
	"slices"
	"strings"

	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
)

// Find returns at most so many people, by name, whom by may see and whose name, or whose body's,
// contains the words; and always the chosen one, if there is one. It comes with the names of
// the bodies that by may see, by code. That they were read is noted.
func (a *Accounts) Find(ctx context.Context, by *access.Person, words string, chosen int64, most int) ([]access.Person, map[string]read.Bilingual, error) {
	theirs, err := a.within(ctx, by, access.PeopleRead)
	if err != nil {
		return nil, nil, err
	}
	names := make(map[string]read.Bilingual, len(theirs))
	for _, o := range theirs {
		names[o.Code] = o.Name
	}
	wanted := strings.Fields(strings.ToLower(words))
	found := func(p access.Person) bool {
		body, seen := names[p.Organisation]
		if !seen || p.ID == chosen {
			return seen
		}
		text := strings.ToLower(p.Name + " " + body.AR + " " + body.EN)
		for _, w := range wanted {
			if !strings.Contains(text, w) {
				return false
			}
		}
		return true
	}
	var people []access.Person
	err = a.cfg.DB.View(ctx, func(tx *store.Tx) error {
		people = nil
		return each(ctx, tx, func(row scanner) error {
			var p access.Person
			var handle []byte
			if err := row.Scan(&p.ID, &p.Organisation, &handle, &p.Name); err != nil {
				return err
			}
			var err error
			if p.Name, err = a.open(ctx, personField("name", handle), p.Name); err == nil && found(p) {
				people = append(people, p)
			}
			return err
		}, `SELECT id, organisation, handle, name FROM account_person WHERE ended IS NULL ORDER BY id`)
	})
	if err != nil {
		return nil, nil, err
	}
	slices.SortStableFunc(people, func(a, b access.Person) int { return strings.Compare(a.Name, b.Name) })
	n := 0
	people = slices.DeleteFunc(people, func(p access.Person) bool {
		n++
		return n > most && p.ID != chosen
	})
	noted := make(map[string]bool)
	for _, p := range people {
		if noted[p.Organisation] {
			continue
		}
		noted[p.Organisation] = true
		if err := a.NoteReading(ctx, by, "organisation:"+p.Organisation, p.Organisation, access.PeopleRead, "account.why-choose"); err != nil {
			return nil, nil, err
		}
	}
	return people, names, nil
}
