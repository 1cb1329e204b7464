package main

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"bayyina/platform/locale"
)

// Exit codes. An error that carries no code of its own means exitNotDone.
const (
	exitTrue    = 0  // done, and every claim that was checked is true
	exitFalse   = 1  // a claim is false
	exitNotDone = 2  // the work could not be done, or the check not be made
	exitUsage   = 64 // the command line was not understood (EX_USAGE of sysexits.h)
)

// errClaimFalse ends a command whose answer has already told which claims are
// false: nothing more is printed.
var errClaimFalse = errors.New("a claim is false")

// errUndecided ends a command whose answer has already told why nothing is decided.
var errUndecided = errors.New("nothing is decided")

// exitError is an error with the exit code that it means.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// usageError means that the command line asks for something that makes no sense.
func usageError(message string) error {
	return &exitError{exitUsage, errors.New(message)}
}

// failure is the answer of a command that failed, with --json.
type failure struct {
	Error  string  `json:"error"`
	Code   int     `json:"code"`
	Reason *reason `json:"reason,omitempty"`
}

// fail tells err to the user and returns its exit code; nil is exitTrue.
func (e *env) fail(err error) int {
	if err == nil {
		return exitTrue
	}
	if errors.Is(err, errClaimFalse) {
		return exitFalse
	}
	if errors.Is(err, errUndecided) {
		return exitNotDone
	}
	code := exitNotDone
	if coded, ok := errors.AsType[*exitError](err); ok {
		code = coded.code
	}
	if e.json {
		// What cannot be written to standard output cannot be told there either.
		_ = e.answer(failure{err.Error(), code, explain(err)}, nil)
		return code
	}
	fmt.Fprintln(e.stderr, "bayyina: "+e.inWords(err, code))
	return code
}

// inWords tells an error and, where that is known, what to do about it.
func (e *env) inWords(err error, code int) string {
	text, why := err.Error(), explain(err)
	switch {
	case e.lang != "ar" && why != nil:
		return text + "\n  " + why.EN
	case e.lang != "ar" || strings.ContainsFunc(text, arabic): // told in Arabic already
		return text
	case why == nil && code == exitUsage:
		why = &misunderstood
	case why == nil:
		why = &undone
	}
	return why.AR + "\n  التفصيل: " + locale.LRI + text + locale.PDI
}

func arabic(r rune) bool { return unicode.Is(unicode.Arabic, r) }
