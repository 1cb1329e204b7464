package main

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
)

// casting measures casting over HTTP, beside checking the same ballots' proofs on the same
// processors: the benchmark of module/vote, in a process of its own.
var casting = table{
	title:  "Casting",
	header: []string{"what", "ballots", "measured"},
	rows:   castRows,
}

// measured is a figure of a benchmark with its unit.
var measured = regexp.MustCompile(`(-?[0-9.]+) (\S+)`)

func castRows(ctx context.Context, _ string, full bool, row func(cells ...any)) error {
	ballots := 2000
	if full {
		ballots = 20000
	}
	const name = "BenchmarkCasting"
	cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^"+name+"$", "-benchtime", strconv.Itoa(ballots)+"x", "./module/vote")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	figures := make(map[string]string)
	for _, m := range measured.FindAllStringSubmatch(regexp.MustCompile(name+`.*`).FindString(string(out)), -1) {
		figures[m[2]] = m[1]
	}
	said := func(unit string) string {
		return figures[unit+"/s"] + " ballots/s, " + figures[unit+"-ms"] + " ms of a processor each"
	}
	row("read and check the same ballots, and nothing else", ballots, said("bound"))
	row("cast, by calls within this process", ballots, said("inside"))
	row("cast over HTTP, 256 connections, who votes on the same processors", ballots,
		said("ballots")+"; "+figures["of-bound"]+" × the first row, "+figures["of-bound-processor"]+" × by processor time")
	row("memory more after than before", ballots, figures["MB-more"]+" MB")
	return nil
}
