package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"golang.org/x/term"
)

// onTerminal runs read with the terminal itself, so that standard input and output
// stay free for files. When e.ctx is cancelled the terminal is left as it was found.
func (e *env) onTerminal(read func(tty *os.File) ([]byte, error)) ([]byte, error) {
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("there is no terminal to ask on: %w", err)
	}
	defer tty.Close()
	before, err := term.GetState(int(tty.Fd()))
	if err != nil {
		return nil, fmt.Errorf("terminal: %w", err)
	}
	type result struct {
		line []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		line, err := read(tty)
		done <- result{line, err}
	}()
	select {
	case r := <-done:
		return r.line, r.err
	case <-e.ctx.Done():
		fmt.Fprintln(tty)
		return nil, errors.Join(errors.New("interrupted"), term.Restore(int(tty.Fd()), before))
	}
}

// readSecret asks for one line on the terminal, without echo. The caller clears it.
func (e *env) readSecret(prompt string) ([]byte, error) {
	return e.onTerminal(func(tty *os.File) ([]byte, error) {
		fmt.Fprintf(tty, "%s ", visible(prompt))
		defer fmt.Fprintln(tty)
		return term.ReadPassword(int(tty.Fd()))
	})
}

// confirm shows a text on the terminal, made visible by the caller, and asks
// whether to go on: yes or نعم, typed out.
func (e *env) confirm(text, question string) (bool, error) {
	answer, err := e.onTerminal(func(tty *os.File) ([]byte, error) {
		fmt.Fprintf(tty, "%s\n%s ", text, visible(question))
		return readLine(tty)
	})
	return string(answer) == "yes" || string(answer) == "نعم", err
}

// readLine reads one line byte by byte, so that nothing after it is swallowed.
func readLine(r io.Reader) ([]byte, error) {
	var line []byte
	for b := make([]byte, 1); ; {
		if _, err := r.Read(b); err != nil {
			return nil, err
		}
		if b[0] == '\n' {
			return bytes.TrimSpace(line), nil
		}
		if line = append(line, b[0]); len(line) > 1024 {
			return nil, errors.New("the answer is too long")
		}
	}
}

// visible writes a text so that what is read on the terminal is what it holds:
// control characters, and the marks that reorder or hide letters, become \u escapes.
func visible(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) {
			fmt.Fprintf(&b, `\u%04x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
