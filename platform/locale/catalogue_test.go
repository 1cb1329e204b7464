package locale

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
	"text/template/parse"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/pelletier/go-toml/v2"
)

// catalogue reads all messages of a language.
func catalogue(t *testing.T, lang string) map[string]*i18n.Message {
	t.Helper()
	all := make(map[string]*i18n.Message)
	files, err := fs.Glob(catalogues, path.Join("catalogue", lang, "*.toml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no catalogue of %s: %v", lang, err)
	}
	for _, name := range files {
		data, err := fs.ReadFile(catalogues, name)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := i18n.ParseMessageFileBytes(data, lang+".toml", map[string]i18n.UnmarshalFunc{"toml": toml.Unmarshal})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, m := range parsed.Messages {
			all[m.ID] = m
		}
	}
	return all
}

// forms are a message's texts by plural form.
func forms(m *i18n.Message) map[string]string {
	all := map[string]string{"zero": m.Zero, "one": m.One, "two": m.Two, "few": m.Few, "many": m.Many, "other": m.Other}
	maps.DeleteFunc(all, func(_, text string) bool { return text == "" })
	return all
}

// placeholders are the arguments that a message's forms name together.
func placeholders(t *testing.T, m *i18n.Message) map[string]bool {
	t.Helper()
	names := make(map[string]bool)
	for form, text := range forms(m) {
		trees, err := parse.Parse("m", text, "", "", map[string]any{"eq": true, "ne": true, "and": true, "or": true, "not": true})
		if err != nil {
			t.Errorf("%s, form %s: %v", m.ID, form, err)
			continue
		}
		if tree := trees["m"]; tree != nil {
			walk(tree.Root, names)
		}
	}
	return names
}

func walk(n parse.Node, names map[string]bool) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, child := range n.Nodes {
				walk(child, names)
			}
		}
	case *parse.ActionNode:
		walk(n.Pipe, names)
	case *parse.PipeNode:
		for _, c := range n.Cmds {
			walk(c, names)
		}
	case *parse.CommandNode:
		for _, a := range n.Args {
			walk(a, names)
		}
	case *parse.FieldNode:
		names[n.Ident[0]] = true
	case *parse.IfNode:
		walk(n.Pipe, names)
		walk(n.List, names)
		walk(n.ElseList, names)
	}
}

func TestEveryMessageStandsInBothLanguages(t *testing.T) {
	ar, en := catalogue(t, Arabic), catalogue(t, English)
	for _, id := range slices.Sorted(maps.Keys(ar)) {
		if en[id] == nil {
			t.Errorf("%s is in Arabic only", id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(en)) {
		if ar[id] == nil {
			t.Errorf("%s is in English only", id)
		}
	}
}

func TestEveryCountedMessageHasAllPluralForms(t *testing.T) {
	ar, en := catalogue(t, Arabic), catalogue(t, English)
	for id, m := range en {
		if ar[id] == nil {
			continue // told by the test above
		}
		english, arabic := slices.Sorted(maps.Keys(forms(m))), slices.Sorted(maps.Keys(forms(ar[id])))
		switch {
		case len(english) == 0 || len(arabic) == 0:
			t.Errorf("%s is empty", id)
		case slices.Equal(english, []string{"other"}) && slices.Equal(arabic, []string{"other"}):
		case slices.Equal(english, []string{"one", "other"}) && len(arabic) == 6:
		default:
			t.Errorf("%s has the forms %v in English, which needs one and other, and %v in Arabic, which needs all six", id, english, arabic)
		}
	}
}

func TestBothLanguagesNameTheSameArguments(t *testing.T) {
	ar, en := catalogue(t, Arabic), catalogue(t, English)
	for id, m := range en {
		if ar[id] == nil {
			continue
		}
		english, arabic := placeholders(t, m), placeholders(t, ar[id])
		if !maps.Equal(english, arabic) {
			t.Errorf("%s names %v in English and %v in Arabic", id,
				slices.Sorted(maps.Keys(english)), slices.Sorted(maps.Keys(arabic)))
		}
	}
}

func TestArabicMessagesAreArabicAndEnglishOnesAreNot(t *testing.T) {
	for id, m := range catalogue(t, English) {
		for form, text := range forms(m) {
			if hasLetters(text, true) {
				t.Errorf("%s, form %s, in the English catalogue has Arabic letters: %s", id, form, text)
			}
		}
	}
	for id, m := range catalogue(t, Arabic) {
		for form, text := range forms(m) {
			if !hasLetters(text, true) && strings.Trim(text, " {}.") != "" && !strings.HasPrefix(text, "{{") {
				t.Errorf("%s, form %s, in the Arabic catalogue has no Arabic letters: %s", id, form, text)
			}
		}
	}
}
