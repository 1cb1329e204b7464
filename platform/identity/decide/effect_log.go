package decide

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
)

// logEffects are what decisions about the log itself do: the log acts on them, nobody else
// has to.
func logEffects() map[string]Effect {
	effects := make(map[string]Effect)
	for kind, rows := range map[string]func(before, after *read.KeyHistory) []Row{
		read.KindKeys: keyRows, read.KindWitnesses: witnessRows, read.KindRules: ruleRows, read.KindClose: closeRows,
	} {
		effects[kind] = Effect{
			Name: kindName(kind), Right: access.LogPropose,
			Describe: func(_ context.Context, now *read.KeyHistory, s read.Statement, _ Contents) ([]Row, error) {
				after, bad := now.After(s, unsigned...)
				if len(bad) > 0 {
					return nil, &Inadmissible{bad}
				}
				return rows(now, after), nil
			},
		}
	}
	return effects
}

// kindName is a kind in words.
func kindName(kind string) read.Message {
	name, _, _ := strings.Cut(kind, "/")
	return read.Message{ID: "decide.kind." + strings.ReplaceAll(name, ".", "-")}
}

// Text is a message that is only a text which somebody chose: a name, a key.
func Text(text string) read.Message {
	if text == "" {
		return read.Message{}
	}
	return read.Message{ID: "decide.text", Args: map[string]any{"Text": text}}
}

// Message is a message of the pages of decisions, decide.ID; its arguments come in pairs.
func Message(id string, pairs ...any) read.Message {
	m := read.Message{ID: "decide." + id}
	for i := 0; i+1 < len(pairs); i += 2 {
		if m.Args == nil {
			m.Args = make(map[string]any)
		}
		m.Args[pairs[i].(string)] = pairs[i+1]
	}
	return m
}

// inForceBy counts the keys in force by role.
func inForceBy(h *read.KeyHistory) map[string]int64 {
	count := make(map[string]int64)
	for _, m := range h.Members() {
		if m.Until == 0 {
			count[m.Role]++
		}
	}
	return count
}

// keyRows tell which keys enter and leave, and how many there are of each role then.
func keyRows(before, after *read.KeyHistory) []Row {
	var rows []Row
	for _, m := range after.Members() {
		was := before.Member(m.Key.Name())
		role := Message("key-valid", "Role", read.RoleName(m.Role))
		if m.Software {
			role = Message("key-software", "Role", read.RoleName(m.Role))
		}
		switch {
		case was == nil:
			rows = append(rows, Row{What: Text(m.Key.Name()), Before: Message("key-none"), After: role})
		case was.Until == 0 && m.Until != 0:
			rows = append(rows, Row{What: Text(m.Key.Name()), Before: role, After: Message("key-removed")})
		}
	}
	old, now := inForceBy(before), inForceBy(after)
	for _, role := range slices.Sorted(maps.Keys(now)) {
		if old[role] != now[role] {
			rows = append(rows, Row{
				What:   Message("keys-of-role", "Role", read.RoleName(role)),
				Before: Message("count", "Count", old[role]), After: Message("count", "Count", now[role]),
			})
		}
	}
	for _, role := range slices.Sorted(maps.Keys(old)) {
		if now[role] == 0 {
			rows = append(rows, Row{
				What:   Message("keys-of-role", "Role", read.RoleName(role)),
				Before: Message("count", "Count", old[role]), After: Message("count-last"),
			})
		}
	}
	return rows
}

// witnessRows tell which witnesses come and go, and the quorum.
func witnessRows(before, after *read.KeyHistory) []Row {
	old, k := before.WitnessesAt(newest)
	now, n := after.WitnessesAt(newest)
	var rows []Row
	in := func(list []read.Witness, w read.Witness) bool {
		return slices.ContainsFunc(list, func(o read.Witness) bool { return o.Key == w.Key && o.URL == w.URL })
	}
	for _, w := range old {
		if !in(now, w) {
			rows = append(rows, Row{What: witnessText(w), Before: Message("witness-there"), After: Message("witness-leaves")})
		}
	}
	for _, w := range now {
		if !in(old, w) {
			rows = append(rows, Row{What: witnessText(w), Before: Message("witness-none"), After: Message("witness-there")})
		}
	}
	return append(rows, Row{
		What:   Message("quorum"),
		Before: Message("of", "Count", int64(k), "Of", int64(len(old))), After: Message("of", "Count", int64(n), "Of", int64(len(now))),
	})
}

func witnessText(w read.Witness) read.Message {
	name, _, _ := strings.Cut(w.Key, "+")
	if w.URL != "" {
		name += " · " + w.URL
	}
	return Text(name)
}

// ruleRows tell whose signatures are needed, for each kind for which that changes.
func ruleRows(before, after *read.KeyHistory) []Row {
	kinds := make(map[string]bool)
	for _, h := range []*read.KeyHistory{before, after} {
		for _, r := range h.Rules() {
			kinds[r.Kind] = true
		}
	}
	var rows []Row
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		old, now := before.Need(kind), after.Need(kind)
		if !slices.Equal(old, now) {
			rows = append(rows, Row{What: Text(kind), Before: needText(old), After: needText(now)})
		}
	}
	if rows == nil {
		rows = append(rows, Row{What: Message("rules"), Before: Message("unchanged"), After: Message("unchanged")})
	}
	return rows
}

// needText writes whose signatures are needed: "2 × officer + 1 × root".
func needText(need []read.Need) read.Message {
	if len(need) == 0 {
		return Message("anybody")
	}
	var ar, en []string
	for _, n := range need {
		name := read.RoleName(n.Role)
		ar = append(ar, fmt.Sprintf("%d × %s", n.Count, name.AR))
		en = append(en, fmt.Sprintf("%d × %s", n.Count, name.EN))
	}
	return read.Message{ID: "decide.need", Args: map[string]any{"Need": read.Bilingual{AR: strings.Join(ar, " + "), EN: strings.Join(en, " + ")}}}
}

// closeRows tell that the log ends.
func closeRows(before, after *read.KeyHistory) []Row {
	successor, _ := after.Closed()
	return []Row{{What: Text(before.Origin()), Before: Message("log-open"), After: Message("log-closed", "Successor", successor)}}
}
