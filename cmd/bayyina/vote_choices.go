package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"bayyina/core/ballot"
	"bayyina/platform/locale"
)

// ask shows a text, made visible by the caller, and a question on the terminal, and
// returns the line that is typed.
func (e *env) ask(text, question string) (string, error) {
	typed, err := e.onTerminal(func(tty *os.File) ([]byte, error) {
		fmt.Fprintf(tty, "%s%s ", text, question)
		return readLine(tty)
	})
	return string(typed), err
}

// askChoices asks each question until the answer is one that counts, and then
// whether all are right.
func askChoices(e *env, el *ballot.Election) (ballot.Plaintext, error) {
	choice := make(ballot.Plaintext, len(el.Questions()))
	var summary strings.Builder
	for i, q := range el.Questions() {
		chosen, err := askQuestion(e, i+1, q)
		if err != nil {
			return nil, err
		}
		choice[i] = chosen
		fmt.Fprintf(&summary, "%s\n%s", visible(q.Text), describe(e, q, chosen))
	}
	yes, err := e.confirm(summary.String(), e.tr("Is this your vote? Type yes:", "أهذا هو اختيارك؟ اكتب نعم:"))
	if err == nil && !yes {
		err = errors.New(e.tr("nothing was encrypted: the answer was not yes", "لم يُشفَّر شيء: لم يكن الجواب نعم"))
	}
	return choice, err
}

// describe lists the answers chosen to a question, one on each line.
func describe(e *env, q ballot.Question, chosen []int) string {
	var b strings.Builder
	for j, c := range chosen {
		switch {
		case c == 0:
		case q.Blank && j == 0:
			b.WriteString("  " + e.tr("blank vote", "ورقة بيضاء") + "\n")
		case q.Blank:
			b.WriteString("  " + visible(q.Answers[j-1]) + "\n")
		default:
			b.WriteString("  " + visible(q.Answers[j]) + "\n")
		}
	}
	if b.Len() == 0 {
		b.WriteString("  " + e.tr("no answer chosen", "لم يُختر أي جواب") + "\n")
	}
	return b.String()
}

// askQuestion asks one question. An answer that would not count is told and asked
// again.
func askQuestion(e *env, number int, q ballot.Question) ([]int, error) {
	var text strings.Builder
	fmt.Fprintf(&text, "\n"+e.tr("Question %d: %s", "السؤال %d: %s")+"\n", number, visible(q.Text))
	if q.Blank {
		fmt.Fprintf(&text, "  0. %s\n", e.tr("blank vote", "ورقة بيضاء"))
	}
	for j, a := range q.Answers {
		fmt.Fprintf(&text, "  %d. %s\n", j+1, visible(a))
	}
	prompt := fmt.Sprintf(e.tr("Numbers of your answers, with spaces between (at least %d, at most %d):",
		"أرقام أجوبتك وبينها مسافات (%d على الأقل، %d على الأكثر):"), q.Min, q.Max)
	for {
		typed, err := e.ask(text.String(), prompt)
		if err != nil {
			return nil, err
		}
		chosen, wrong := parseNumbers(e, q, typed)
		if wrong == "" {
			return chosen, nil
		}
		text.Reset()
		text.WriteString(wrong + "\n")
	}
}

// parseNumbers reads the numbers of the answers chosen, in Arabic digits or European
// ones. What keeps them from counting is told in words.
func parseNumbers(e *env, q ballot.Question, typed string) (chosen []int, wrong string) {
	chosen = make([]int, q.Choices())
	first := q.Choices() - len(q.Answers) // where answer 1 stands
	count, blank := 0, false
	for _, field := range strings.FieldsFunc(locale.ASCIIDigits(typed), func(r rune) bool { return r == ' ' || r == ',' || r == '،' || r == '\t' }) {
		n, err := strconv.Atoi(field)
		at := n + first - 1
		switch {
		case err != nil || at < 0 || at >= len(chosen):
			return nil, fmt.Sprintf(e.tr("%s is not the number of an answer.", "%s ليس رقم جواب من الأجوبة."), visible(field))
		case chosen[at] == 1:
			return nil, fmt.Sprintf(e.tr("%d stands there twice.", "كُتب الرقم %d مرتين."), n)
		case n == 0:
			blank = true
		default:
			count++
		}
		chosen[at] = 1
	}
	switch {
	case blank && count > 0:
		return nil, e.tr("A blank vote stands alone.", "الورقة البيضاء لا تجتمع مع أي جواب.")
	case !blank && (count < q.Min || count > q.Max):
		return nil, fmt.Sprintf(e.tr("The number of answers chosen is %d; from %d to %d are needed.", "عدد الأجوبة المختارة %d، والمطلوب من %d إلى %d."), count, q.Min, q.Max)
	}
	return chosen, ""
}

// askCastOrCheck shows the commitment and asks what happens to the ballot. It tells
// whether to check it.
func askCastOrCheck(e *env, commitment string) (check bool, err error) {
	text := fmt.Sprintf("\n"+e.tr("The ballot is encrypted. Its commitment: %s\nNote it if you want to check this machine.",
		"شُفِّرت الورقة، وبصمتها: %s\nدوّنها إن أردت أن تفحص هذا الجهاز.")+"\n", commitment)
	for {
		typed, err := e.ask(text, e.tr("Cast this ballot, or check the machine with it? Type cast or check:",
			"أتُدلي بهذه الورقة أم تفحص بها الجهاز؟ اكتب إدلاء أو فحص:"))
		switch {
		case err != nil:
			return false, err
		case typed == "cast" || typed == "إدلاء":
			return false, nil
		case typed == "check" || typed == "فحص":
			return true, nil
		}
		text = ""
	}
}
