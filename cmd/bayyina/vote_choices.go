package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
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
		fmt.Fprintf(&summary, "%s\n%s", visible(q.Title()), describe(e, q, chosen))
	}
	yes, err := e.confirm(summary.String(), e.tr("Is this your vote? Type yes:", "أهذا هو اختيارك؟ اكتب نعم:"))
	if err == nil && !yes {
		err = errors.New(e.tr("nothing was encrypted: the answer was not yes", "لم يُشفَّر شيء: لم يكن الجواب نعم"))
	}
	return choice, err
}

// label is the text that number i of a vote is about.
func label(e *env, q ballot.Question, i int) string {
	if h, ok := q.(ballot.Homomorphic); ok && h.Blank && i == 0 {
		return e.tr("blank vote", "ورقة بيضاء")
	}
	return visible(q.Labels()[i])
}

// describe lists the answers chosen to a question, one on each line, or the number
// given to each.
func describe(e *env, q ballot.Question, chosen []int) string {
	var b strings.Builder
	for i, c := range chosen {
		switch {
		case q.Shuffled():
			fmt.Fprintf(&b, "  %s: %d\n", label(e, q, i), c)
		case c != 0:
			b.WriteString("  " + label(e, q, i) + "\n")
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
	fmt.Fprintf(&text, "\n"+e.tr("Question %d: %s", "السؤال %d: %s")+"\n", number, visible(q.Title()))
	ask := askHomomorphic
	switch q.(type) {
	case ballot.NonHomomorphic:
		ask = askRanked
	case ballot.Lists:
		ask = askLists
	}
	prompt, parse := ask(e, &text, q)
	for {
		typed, err := e.ask(text.String(), prompt)
		if err != nil {
			return nil, err
		}
		chosen, wrong := parse(numbersTyped(typed))
		if wrong == "" {
			return chosen, nil
		}
		text.Reset()
		text.WriteString(wrong + "\n")
	}
}

// numbersTyped cuts what was typed into numbers, in Arabic digits or European ones.
func numbersTyped(typed string) []string {
	return strings.FieldsFunc(locale.ASCIIDigits(typed), func(r rune) bool { return strings.ContainsRune(" ,،\t", r) })
}

// parser turns the numbers typed into a vote. What keeps them from counting is told in
// words.
type parser func(typed []string) (votes []int, wrong string)

// askHomomorphic shows the answers with their numbers.
func askHomomorphic(e *env, text *strings.Builder, question ballot.Question) (string, parser) {
	q := question.(ballot.Homomorphic)
	first := q.Ciphertexts() - len(q.Answers) // where answer 1 stands
	for i := range q.Labels() {
		fmt.Fprintf(text, "  %d. %s\n", i+1-first, label(e, q, i))
	}
	prompt := fmt.Sprintf(e.tr("Numbers of your answers, with spaces between (at least %d, at most %d):",
		"أرقام أجوبتك وبينها مسافات (%d على الأقل، %d على الأكثر):"), q.Min, q.Max)
	return prompt, func(typed []string) ([]int, string) { return parseNumbers(e, q, typed) }
}

func parseNumbers(e *env, q ballot.Homomorphic, typed []string) (chosen []int, wrong string) {
	first := q.Ciphertexts() - len(q.Answers)
	chosen, wrong = parseChosen(e, typed, q.Ciphertexts(), first)
	if wrong != "" {
		return nil, wrong
	}
	count, blank := 0, q.Blank && chosen[0] == 1
	for _, c := range chosen[first:] {
		count += c
	}
	switch {
	case blank && count > 0:
		return nil, e.tr("A blank vote stands alone.", "الورقة البيضاء لا تجتمع مع أي جواب.")
	case !blank && (count < q.Min || count > q.Max):
		return nil, fmt.Sprintf(e.tr("The number of answers chosen is %d; from %d to %d are needed.", "عدد الأجوبة المختارة %d، والمطلوب من %d إلى %d."), count, q.Min, q.Max)
	}
	return chosen, ""
}

// parseChosen reads which of n numbers are 1, if number 1 stands at position first.
func parseChosen(e *env, typed []string, n, first int) (chosen []int, wrong string) {
	chosen = make([]int, n)
	for _, field := range typed {
		number, err := strconv.Atoi(field)
		at := number + first - 1
		switch {
		case err != nil || at < 0 || at >= n:
			return nil, fmt.Sprintf(e.tr("%s is not the number of an answer.", "%s ليس رقم جواب من الأجوبة."), visible(field))
		case chosen[at] == 1:
			return nil, fmt.Sprintf(e.tr("%d stands there twice.", "كُتب الرقم %d مرتين."), number)
		}
		chosen[at] = 1
	}
	return chosen, ""
}

// askRanked shows the answers; the voter gives a number to each.
func askRanked(e *env, text *strings.Builder, q ballot.Question) (string, parser) {
	for i := range q.Labels() {
		fmt.Fprintf(text, "  %d. %s\n", i+1, label(e, q, i))
	}
	prompt := e.tr("A number from 0 to 255 for each, in this order and with spaces between (a rank, score or grade, as the rules of the election say):",
		"رقم من 0 إلى 255 لكل جواب، بهذا الترتيب وبينها مسافات (رتبة أو درجة أو تقدير، بحسب قواعد الانتخاب):")
	return prompt, func(typed []string) ([]int, string) { return parseRanks(e, q, typed) }
}

func parseRanks(e *env, q ballot.Question, typed []string) (votes []int, wrong string) {
	if want := len(q.Labels()); len(typed) != want {
		return nil, fmt.Sprintf(e.tr("%d numbers; %d are needed, one for each.", "كُتبت أرقام عددها %d، والمطلوب %d، رقم لكل جواب."), len(typed), want)
	}
	for _, field := range typed {
		n, err := strconv.ParseUint(field, 10, 8)
		if err != nil {
			return nil, fmt.Sprintf(e.tr("%s is not a number from 0 to 255.", "%s ليس رقمًا من 0 إلى 255."), visible(field))
		}
		votes = append(votes, int(n))
	}
	return votes, ""
}

// askLists shows the candidates of each list with their numbers. Whoever chooses
// candidates chooses their list.
func askLists(e *env, text *strings.Builder, question ballot.Question) (string, parser) {
	q := question.(ballot.Lists)
	number := 0
	for _, list := range q.Lists {
		fmt.Fprintf(text, "  %s\n", visible(list.Name))
		for _, candidate := range list.Candidates {
			number++
			fmt.Fprintf(text, "    %d. %s\n", number, visible(candidate))
		}
	}
	prompt := e.tr("Numbers of one or more candidates of one list, with spaces between:", "أرقام مرشح أو أكثر من قائمة واحدة، وبينها مسافات:")
	return prompt, func(typed []string) ([]int, string) { return parseCandidates(e, q, typed) }
}

func parseCandidates(e *env, q ballot.Lists, typed []string) (votes []int, wrong string) {
	chosen, wrong := parseChosen(e, typed, q.Ciphertexts()-len(q.Lists), 0)
	if wrong != "" {
		return nil, wrong
	}
	lists := 0
	for _, list := range q.Lists {
		n := len(list.Candidates)
		of := 0
		if slices.Contains(chosen[:n], 1) {
			of = 1
		}
		lists += of
		votes = append(append(votes, of), chosen[:n]...)
		chosen = chosen[n:]
	}
	if lists != 1 {
		return nil, fmt.Sprintf(e.tr("Candidates of %d lists; they must be of one.", "المختارون من %d قوائم، ويجب أن يكونوا من قائمة واحدة."), lists)
	}
	return votes, ""
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
