package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"bayyina/core/archive"
	"bayyina/core/ballot"
	"bayyina/core/hint"
)

// nation and ranking measure whole elections as large as a country's, from their set-up
// to their result, that a stranger verifies from a folder with the archive and its hints.
var (
	nation = table{
		title:  "A nation",
		header: []string{"what", "ballots", "measured", "memory at most"},
		rows: func(_ context.Context, dir string, full bool, row func(cells ...any)) error {
			h := held{
				question: ballot.Homomorphic{Text: "?", Answers: []string{"yes", "no"}, Min: 0, Max: 1},
				vote:     func(coin byte) []int { return []int{int(coin & 1), 1 - int(coin&1)} },
				trustees: 1,
				ballots:  20_000,
			}
			if full {
				h.ballots = 1_000_000
			}
			return h.measure("a yes-or-no question, encrypted, signed, checked, added up, decrypted, with hints", dir, row)
		},
	}
	ranking = table{
		title:  "A ranking",
		header: nation.header,
		rows: func(_ context.Context, dir string, full bool, row func(cells ...any)) error {
			h := held{
				question: ballot.NonHomomorphic{Text: "?", Answers: []string{"1", "2", "3", "4", "5"}},
				vote: func(coin byte) []int {
					first := int(coin) % 5
					return append([]int{1, 2, 3, 4, 5}[first:], []int{1, 2, 3, 4, 5}[:first]...)
				},
				trustees: 2,
				ballots:  2_000,
			}
			if full {
				h.ballots = 100_000
			}
			return h.measure("a ranking of five, encrypted, signed, checked, shuffled by two, decrypted by both, with hints", dir, row)
		},
	}
)

// measure holds an election, described so, and verifies its archive in dir.
func (h held) measure(described, dir string, row func(cells ...any)) error {
	path := filepath.Join(dir, "held.bel")
	cores := runtime.GOMAXPROCS(0)
	forgetPeak()
	start := time.Now()
	if err := h.hold(path); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	row(fmt.Sprintf("made: %s, %d cores", described, cores), h.ballots,
		fmt.Sprintf("%s, %d MB", time.Since(start).Round(time.Second), info.Size()/1e6), peak())
	for _, beside := range []string{path + ".hints", ""} {
		name := "verified, without hints"
		if beside != "" {
			name = "verified, with hints"
		}
		forgetPeak()
		start := time.Now()
		if err := verifyNation(path, info.Size(), beside); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		took := time.Since(start)
		row(fmt.Sprintf("%s, %d cores", name, cores), h.ballots,
			fmt.Sprintf("%s, %.3f ms a ballot", took.Round(100*time.Millisecond), took.Seconds()*1e3/float64(h.ballots)), peak())
	}
	return nil
}

func verifyNation(path string, size int64, hints string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var options archive.Options
	if hints != "" {
		h, err := os.Open(hints)
		if err != nil {
			return err
		}
		defer h.Close()
		options.Hints = hint.NewReader(bufio.NewReaderSize(h, 1<<20))
	}
	report, err := archive.Verify(f, size, options)
	if err == nil && report.Result == nil {
		return errors.New("there is no result")
	}
	return err
}

// forgetPeak starts to measure anew how much memory the program takes at most.
func forgetPeak() {
	debug.FreeOSMemory()
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0) // Linux only, like peak
}

// peak is how much memory the program took at most since then.
func peak() string {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "not known here"
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			return strings.TrimSpace(value)
		}
	}
	return "not known here"
}
