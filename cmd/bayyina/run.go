package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"bayyina/internal/demo"
)

// env is what a command may use of the world. Kong hands it to each command's
// Run method.
type env struct {
	ctx    context.Context // cancelled on SIGINT and SIGTERM
	stdin  io.Reader
	stdout io.Writer // the answer
	stderr io.Writer // progress and remarks
	now    func() time.Time
	rand   io.Reader

	environ []string // in which settings may be overridden

	workFactor int        // of scrypt, for passphrases
	level      slog.Level // least level of what a process tells its operator

	lang string // "ar" or "en"
	json bool   // answer with one JSON object
}

// tr returns the text in the language of the answer.
func (e *env) tr(en, ar string) string {
	if e.lang == "ar" {
		return ar
	}
	return en
}

// answer writes a command's answer to standard output: with --json the value as
// one indented JSON object, otherwise whatever text writes.
func (e *env) answer(value any, text func(w io.Writer) error) error {
	if !e.json {
		return text(e.stdout)
	}
	enc := json.NewEncoder(e.stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(value)
}

// decodeStrictly reads a text that is one JSON value with no members but v's.
func decodeStrictly(text []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more follows behind the JSON value")
	}
	return nil
}

const (
	description = "Bayyina (بيّنة, “clear evidence”): elections whose every step anybody can check.\n\n" +
		"Exit codes: 0 done, and every claim that was checked is true · 1 a claim is false · " +
		"2 could not be done or checked · 64 the command was not understood."
	helpWidth = 100 // columns at most: longer lines are hard to read
)

// run parses the arguments, runs the command that they name and returns its
// exit code.
func run(args []string, e *env) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	e.ctx = ctx
	// Until the arguments are understood:
	e.json = slices.Contains(args, "--json")
	e.lang = systemLang(os.Getenv)
	if at := slices.Index(args, "--lang") + 1; at > 0 && at < len(args) {
		e.lang = args[at]
	}

	var c cli
	parser := newParser(&c, e)
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if err != nil {
		return e.fail(usageError(parseMessage(err)))
	}
	e.lang, e.json = c.Lang, c.JSON
	return e.fail(command.Run(e))
}

func newParser(c *cli, e *env) *kong.Kong {
	return kong.Must(c,
		kong.Name("bayyina"),
		kong.Description(description),
		kong.Vars{"lang": systemLang(os.Getenv), "demo_voters": strconv.Itoa(demoVoters), "demo_listen": demo.Listen, "organisations": organisationKinds()},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, FlagsLast: true, WrapUpperBound: helpWidth}),
		kong.Writers(e.stdout, e.stderr),
	)
}

// parseMessage tells a parse error and where help on it is found.
func parseMessage(err error) string {
	help := "bayyina --help"
	if parse, ok := errors.AsType[*kong.ParseError](err); ok && parse.Context.Selected() != nil {
		help = parse.Context.Selected().FullPath() + " --help"
	}
	return fmt.Sprintf("%v (see %s)", err, help)
}

// systemLang is the language of the messages by POSIX's rule: LC_ALL, else
// LC_MESSAGES, else LANG. It is "ar" or "en".
func systemLang(getenv func(string) string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := getenv(name); value != "" {
			language, _, _ := strings.Cut(value, "_")
			if language, _, _ = strings.Cut(language, "."); language == "ar" {
				return "ar"
			}
			return "en"
		}
	}
	return "en"
}
