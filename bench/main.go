// Command bench measures Bayyina on this machine and prints the figures as the
// Markdown tables of docs/PERFORMANCE.md.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"

	"k8s.io/klog/v2"
)

// table is a part of what is measured.
type table struct {
	title  string
	header []string
	rows   func(ctx context.Context, dir string, full bool, row func(cells ...any)) error
}

var tables = []table{log, vote, proofs, shuffles, nation, ranking, served, casting}

func main() {
	full := flag.Bool("full", false, "measure the largest sizes too (needs 10 GB of disk)")
	only := flag.String("only", "", "measure only the table with this `title`")
	flag.Parse()
	if err := run(context.Background(), os.Stdout, *full, *only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, full bool, only string) error {
	// The tile library's own messages; what fails comes back as an error.
	klog.SetSlogLogger(slog.New(slog.DiscardHandler))
	fmt.Fprintf(out, "Measured on %s/%s, %d processors, %s.\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	for _, t := range tables {
		if only != "" && only != t.title {
			continue
		}
		if err := t.print(ctx, out, full); err != nil {
			return fmt.Errorf("%s: %w", t.title, err)
		}
	}
	return nil
}

func (t table) print(ctx context.Context, out io.Writer, full bool) error {
	dir, err := os.MkdirTemp("", "bayyina-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	fmt.Fprintf(out, "\n## %s\n\n", t.title)
	line := func(cells ...any) {
		for _, c := range cells {
			fmt.Fprintf(out, "| %v ", c)
		}
		fmt.Fprintln(out, "|")
	}
	rule := make([]any, len(t.header))
	names := make([]any, len(t.header))
	for i, h := range t.header {
		names[i], rule[i] = h, "---"
	}
	line(names...)
	line(rule...)
	return t.rows(ctx, dir, full, line)
}
