package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// served measures the server: bayyina serve in a process of its own, with the
// demonstration's country, asked by this process over loopback. Both share the machine.
var served = table{
	title:  "Server",
	header: []string{"what", "requests", "measured"},
	rows:   serveRows,
}

const connections = 64

func serveRows(ctx context.Context, dir string, full bool, row func(cells ...any)) error {
	voters, lasting := 200, 5*time.Second
	if full {
		voters, lasting = 2000, time.Minute
	}
	s, err := startServer(ctx, dir, voters)
	if err != nil {
		return err
	}
	defer s.stop()
	pages, err := s.pages(ctx)
	if err != nil {
		return err
	}
	files := []string{"/log/checkpoint", "/log/tile/0/000.p/1", "/log/checkpoints/001"}
	before := s.memory()
	for _, kind := range []struct {
		name      string
		addresses []string
	}{
		{fmt.Sprintf("public pages in three languages, cached (%d addresses)", len(pages)), pages},
		{"entries of the log, a page each, cached (50 addresses)", s.entries()},
		{"public files of the log", files},
	} {
		s.load(ctx, kind.addresses, 0, time.Second) // to fill the cache
		fast := s.load(ctx, kind.addresses, 0, lasting)
		if fast.failed > 0 {
			return fmt.Errorf("%s: %d of %d requests failed, the first: %w", kind.name, fast.failed, fast.done, fast.failure)
		}
		row(kind.name+fmt.Sprintf(", %d connections", connections), fast.done, fmt.Sprintf("%.0f requests/s, p50 %v, p99 %v", fast.rate(), fast.at(0.5), fast.at(0.99)))
		half := s.load(ctx, kind.addresses, fast.rate()/2, lasting)
		row("… at half that load, from when each was due", half.done, fmt.Sprintf("p50 %v, p99 %v", half.at(0.5), half.at(0.99)))
	}
	row("memory of the server before, and after all that", "", fmt.Sprintf("%d MB, %d MB", before>>20, s.memory()>>20))
	return nil
}

// server is a server that runs.
type server struct {
	url    string
	cmd    *exec.Cmd
	client *http.Client
}

var addressOf = regexp.MustCompile(`msg=serving .*address=(\S+)`)

// startServer builds the program, holds the demonstration's election and serves it.
func startServer(ctx context.Context, dir string, voters int) (*server, error) {
	for _, program := range []string{"./cmd/bayyina", "filippo.io/torchwood/cmd/litewitness"} {
		build := exec.CommandContext(ctx, "go", "build", "-o", dir+string(filepath.Separator), program)
		if out, err := build.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build %s: %w\n%s", program, err, out)
		}
	}
	bayyina, data := filepath.Join(dir, "bayyina"), filepath.Join(dir, "demo")
	hold := exec.CommandContext(ctx, bayyina, "demo", "--voters", strconv.Itoa(voters), "--no-lies", "--no-serve", "--out", data)
	if out, err := hold.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("hold the election: %w\n%s", err, out)
	}
	s := &server{
		cmd:    exec.CommandContext(ctx, bayyina, "serve", "--demo", "--data", data, "--listen", "127.0.0.1:0"),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections}},
	}
	s.cmd.Env = append(os.Environ(), "BAYYINA_LISTEN_METRICS=127.0.0.1:0")
	stderr, err := s.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	var told strings.Builder
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		told.WriteString(lines.Text() + "\n")
		if found := addressOf.FindStringSubmatch(lines.Text()); found != nil {
			s.url = "http://" + found[1]
			go func() { _, _ = io.Copy(io.Discard, stderr) }()
			return s, s.await(ctx)
		}
	}
	return nil, fmt.Errorf("the server ended: %w\n%s", s.cmd.Wait(), told.String())
}

// await waits until the server is of use.
func (s *server) await(ctx context.Context) error {
	for range 600 {
		if err := s.ask(ctx, "/readyz"); err == nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return errors.New("the server is not ready after a minute")
}

func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	_ = s.cmd.Wait()
}

// memory is the server's resident set in bytes.
func (s *server) memory() int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text))
	n, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return 0
	}
	return n * int64(os.Getpagesize())
}

// ask sends one request and reads its answer. Pages come compressed, as browsers take
// them, and stay so: reading them is the browsers' work, and not the server's.
func (s *server) ask(ctx context.Context, path string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+path, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept-Encoding", "gzip")
	resp, err := s.client.Do(req)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", path, resp.Status)
	}
	return nil
}

var election = regexp.MustCompile(`"/en(/elections/[^/"]+)"`)

// pages are the addresses of public pages that a visitor comes to first.
func (s *server) pages(ctx context.Context) (addresses []string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/en/elections", nil)
	if err != nil {
		return nil, err
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	list, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	paths := []string{"/", "/elections", "/log", "/check"}
	if found := election.FindSubmatch(list); found != nil {
		paths = append(paths, string(found[1]))
	}
	for _, lang := range []string{"ar", "en", "ar-u-nu-arab"} {
		for _, path := range paths {
			addresses = append(addresses, "/"+lang+path)
		}
	}
	return addresses, nil
}

// entries are the addresses of the log's first entries.
func (s *server) entries() (addresses []string) {
	for n := range 50 {
		addresses = append(addresses, fmt.Sprintf("/ar/log/entries/%d", n))
	}
	return addresses
}

// loaded is what came of some load.
type loaded struct {
	took    []time.Duration // in order
	lasted  time.Duration
	done    int64
	failed  int64
	failure error
}

func (l *loaded) rate() float64 { return float64(l.done) / l.lasted.Seconds() }

// at is the time within which a share of the answers came.
func (l *loaded) at(share float64) time.Duration {
	if len(l.took) == 0 {
		return 0
	}
	return l.took[min(int(share*float64(len(l.took))), len(l.took)-1)].Round(10 * time.Microsecond)
}

// load asks for the addresses in turn over all connections: rate times a second, or as
// fast as the server answers where it is 0. Waiting for a connection counts.
func (s *server) load(ctx context.Context, addresses []string, rate float64, lasting time.Duration) *loaded {
	var mu sync.Mutex
	var next atomic.Int64
	var all loaded
	begun := time.Now()
	end := begun.Add(lasting)
	var g sync.WaitGroup
	for range connections {
		g.Go(func() {
			var took []time.Duration
			var failure error
			failed := int64(0)
			for {
				n := next.Add(1) - 1
				due := time.Now()
				if rate > 0 {
					due = begun.Add(time.Duration(float64(n) / rate * float64(time.Second)))
				}
				if !due.Before(end) {
					break
				}
				time.Sleep(time.Until(due))
				if err := s.ask(ctx, addresses[n%int64(len(addresses))]); err != nil {
					failed++
					failure = err
				}
				took = append(took, time.Since(due))
			}
			mu.Lock()
			defer mu.Unlock()
			all.took = append(all.took, took...)
			all.done += int64(len(took))
			all.failed += failed
			if failure != nil {
				all.failure = failure
			}
		})
	}
	g.Wait()
	all.lasted = time.Since(begun)
	slices.Sort(all.took)
	return &all
}
