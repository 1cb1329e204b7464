package read_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bayyina/platform/ledger/read"
)

// long is a file that takes more than one answer.
var long = strings.Repeat("a log is only as good as its readers. ", 20_000)

// serve opens the log of a server that waits for nobody.
func serve(t *testing.T, handler http.HandlerFunc) read.Source {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	src := openSource(t, server.URL)
	read.Hurry(src, time.Millisecond, 300*time.Millisecond)
	return src
}

// whole answers with the file, or the part of it that was asked for.
func whole(w http.ResponseWriter, r *http.Request) {
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(long))
}

func TestBusyServerIsAskedAgain(t *testing.T) {
	for _, status := range []int{http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusTooManyRequests, http.StatusRequestTimeout} {
		var asked atomic.Int64
		src := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if asked.Add(1) <= 3 {
				w.WriteHeader(status)
				return
			}
			whole(w, r)
		})
		if got, err := part(src, "file", 0, -1); err != nil || got != long || asked.Load() != 4 {
			t.Errorf("status %d: %d bytes after %d requests, %v", status, len(got), asked.Load(), err)
		}
	}
}

func TestServerThatStaysBusyIsGivenUp(t *testing.T) {
	var asked atomic.Int64
	src := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	_, err := part(src, "file", 0, -1)
	if err == nil || errors.Is(err, read.ErrMissing) || errors.Is(err, read.ErrDamaged) || !strings.Contains(err.Error(), "after 6 attempts: the server answers 503") || asked.Load() != 6 {
		t.Errorf("after %d requests: %v", asked.Load(), err)
	}
}

func TestAnswersThatBreakOffAreContinued(t *testing.T) {
	var asked atomic.Int64
	src := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if n := asked.Add(1); n%2 == 1 { // one in two brings something, the other nothing
			http.ServeContent(&breaking{w, 50_000}, r, "", time.Time{}, strings.NewReader(long))
			return
		}
		panic(http.ErrAbortHandler)
	})
	for _, at := range []int64{0, 7} {
		asked.Store(0)
		got, err := part(src, "file", at, -1)
		if err != nil || got != long[at:] || asked.Load() < 2*int64(len(long)/50_000) {
			t.Errorf("from %d: %d bytes after %d requests, %v", at, len(got), asked.Load(), err)
		}
	}
}

// breaking breaks off after some bytes.
type breaking struct {
	http.ResponseWriter
	left int
}

func (b *breaking) Write(p []byte) (int, error) {
	if len(p) <= b.left {
		b.left -= len(p)
		return b.ResponseWriter.Write(p)
	}
	if _, err := b.ResponseWriter.Write(p[:b.left]); err != nil {
		return 0, err
	}
	b.ResponseWriter.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

func TestSilentServerIsNotWaitedForLong(t *testing.T) {
	for name, before := range map[string]string{"before the answer": "", "amid the answer": "some bytes"} {
		src := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if before != "" && r.Header.Get("Range") == "" {
				fmt.Fprint(w, before)
				w.(http.Flusher).Flush()
			}
			<-r.Context().Done()
		})
		read.Hurry(src, time.Millisecond, 20*time.Millisecond)
		got, err := part(src, "file", 0, -1)
		if err == nil || !strings.Contains(err.Error(), "after 6 attempts: the server was silent for 20ms") || got != before {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestServerWithoutRangesGivesPartsToo(t *testing.T) {
	src := serve(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, long) })
	for _, r := range [][2]int{{0, 10}, {500, 10}, {500, len(long)}, {len(long), 1}} {
		want := long[r[0]:min(r[0]+r[1], len(long))]
		if got, err := part(src, "file", int64(r[0]), int64(r[1])); err != nil || got != want {
			t.Errorf("%v: %d bytes, %v", r, len(got), err)
		}
	}
}

func TestCompressedAnswersAreRead(t *testing.T) {
	src := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			t.Errorf("asked for the encoding %q", r.Header.Get("Accept-Encoding"))
		}
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(gzipped(long))
	})
	if got, err := part(src, "file", 0, -1); err != nil || got != long {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestAnswersThatAreNotTheFileAreErrorsOfTheSource(t *testing.T) {
	tests := map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"forbidden": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, "403"},
		"empty":     {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, "204"},
		"another part": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Range", "bytes 0-9/100")
			w.WriteHeader(http.StatusPartialContent)
			fmt.Fprint(w, "0123456789")
		}, `asked for bytes=5-14, it sends "bytes 0-9/100"`},
		"another encoding": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "br")
			fmt.Fprint(w, "compressed")
		}, `encoding "br"`},
		"a ring of redirections": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }, "redirects"},
	}
	for name, test := range tests {
		_, err := part(serve(t, test.handler), "file", 5, 10)
		if err == nil || errors.Is(err, read.ErrMissing) || errors.Is(err, read.ErrDamaged) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRetryAfterIsHeeded(t *testing.T) {
	var asked atomic.Int64
	src := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		whole(w, r)
	})
	begin := time.Now()
	if got, err := part(src, "file", 0, 5); err != nil || got != long[:5] || time.Since(begin) < time.Second {
		t.Errorf("%q after %v, %v", got, time.Since(begin), err)
	}
}

func TestGoneIsMissing(t *testing.T) {
	src := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) })
	if _, err := part(src, "file", 0, -1); !errors.Is(err, read.ErrMissing) {
		t.Error(err)
	}
}

func TestReaderMayTakeItsTime(t *testing.T) {
	var asked atomic.Int64
	src := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		whole(w, r)
	})
	read.Hurry(src, time.Millisecond, 50*time.Millisecond)
	f, err := src.Open(ctx, "file", 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	time.Sleep(150 * time.Millisecond)
	if _, err := io.CopyN(io.Discard, f, 1000); err != nil {
		t.Fatal(err)
	}
	time.Sleep(150 * time.Millisecond)
	rest, err := io.ReadAll(f)
	if err != nil || string(rest) != long[1000:] || asked.Load() != 1 {
		t.Errorf("%d bytes after %d requests, %v", len(rest), asked.Load(), err)
	}
}
