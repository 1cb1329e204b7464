package main

import (
	"strings"
	"testing"
)

func TestEveryCommandHasHelpWithAnExample(t *testing.T) {
	for _, command := range newParser(new(cli), theWorld()).Model.Leaves(false) {
		if command.Help == "" {
			t.Errorf("%s: no help", command.FullPath())
		}
		if !strings.Contains(command.Detail, "\n    "+command.FullPath()) {
			t.Errorf("%s: no example in its Help method", command.FullPath())
		}
	}
}

func TestLanguageIsTheSystems(t *testing.T) {
	for _, c := range []struct{ all, messages, lang, want string }{
		{"", "", "", "en"},
		{"", "", "ar_LY.UTF-8", "ar"},
		{"", "", "ar", "ar"},
		{"C", "", "ar_LY.UTF-8", "en"},
		{"", "ar_LY", "en_US", "ar"},
		{"", "", "fr_FR", "en"},
		{"", "", "arn_CL", "en"}, // Mapudungun
	} {
		env := map[string]string{"LC_ALL": c.all, "LC_MESSAGES": c.messages, "LANG": c.lang}
		if got := systemLang(func(name string) string { return env[name] }); got != c.want {
			t.Errorf("%v: %s, want %s", env, got, c.want)
		}
	}
}

func TestTextIsShownAsWhatItHolds(t *testing.T) {
	for text, want := range map[string]string{
		"plain\nالانتخابات\n": "plain\nالانتخابات\n",
		"a\x1b[2Jb":           `a\u001b[2Jb`,
		"\u202e\u2066\u200b":  `\u202e\u2066\u200b`,
		"two\u2028lines":      `two\u2028lines`,
		"c1 \u009b":           `c1 \u009b`,
	} {
		if got := visible(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}
