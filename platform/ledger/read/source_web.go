package read

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	// webAttempts is how often a file is asked for before the server counts as
	// unreadable; each answer that brings bytes begins the count anew.
	webAttempts = 6
	// webWait is the wait after the first failure; it doubles with each.
	webWait = 250 * time.Millisecond
	// webStall is how long a server may be silent.
	webStall = 30 * time.Second
	// webConnections bounds the connections that are kept open.
	webConnections = 16
)

// web is a log on a web server.
type web struct {
	base   *url.URL
	client *http.Client
	wait   time.Duration // after the first failure
	stall  time.Duration
}

func newWebSource(base *url.URL) (Source, error) {
	if base.Host == "" || base.RawQuery != "" || base.Fragment != "" || base.User != nil {
		return nil, fmt.Errorf("open log: %.200q is no plain address of a folder on a web server", base)
	}
	client := &http.Client{}
	if t, ok := http.DefaultTransport.(*http.Transport); ok {
		t = t.Clone()
		t.MaxIdleConnsPerHost = webConnections
		client.Transport = t
	}
	return &web{base: base, client: client, wait: webWait, stall: webStall}, nil
}

func (s *web) String() string { return s.base.String() }

func (s *web) Close() error {
	s.client.CloseIdleConnections()
	return nil
}

func (s *web) Open(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	if err := checkPath(name); err != nil {
		return nil, err
	}
	f := &webFile{ctx: ctx, source: s, address: s.base.JoinPath(strings.Split(name, "/")...).String(), next: offset, end: -1}
	if length >= 0 {
		f.end = offset + length
	}
	if err := f.connect(); err != nil {
		return nil, err
	}
	return f, nil
}

// webFile streams one file and asks again for the rest where an answer breaks off.
type webFile struct {
	ctx     context.Context
	source  *web
	address string
	next    int64 // offset of the next byte
	end     int64 // offset after the last byte that is wanted, -1 for all
	failed  int   // attempts without a byte
	body    io.ReadCloser
	watch   *time.Timer // ends the answer that is silent for too long
}

// Read reads on, over as many answers as it takes.
func (f *webFile) Read(p []byte) (int, error) {
	for {
		if f.end >= 0 {
			if f.next >= f.end {
				return 0, io.EOF
			}
			p = p[:min(int64(len(p)), f.end-f.next)]
		}
		f.watch.Reset(f.source.stall)
		n, err := f.body.Read(p)
		f.watch.Stop() // whoever reads may take its time
		f.next += int64(n)
		if n > 0 {
			f.failed = 0
			return n, nil // an error beside bytes comes again
		}
		if err == nil || err == io.EOF {
			return n, err
		}
		if again := f.retry(err, 0); again != nil {
			return 0, again
		}
		if err := f.connect(); err != nil {
			return 0, err
		}
	}
}

// Close ends the answer.
func (f *webFile) Close() error {
	if f.body == nil {
		return nil
	}
	f.watch.Stop()
	err := f.body.Close()
	f.body = nil
	return err
}

// retry waits before the next attempt, or says why there is none.
func (f *webFile) retry(failure error, wait time.Duration) error {
	if f.failed++; f.failed >= webAttempts {
		return fmt.Errorf("read %s: after %d attempts: %w", f.address, f.failed, failure)
	}
	backoff := f.source.wait << (f.failed - 1)
	backoff += rand.N(backoff/2 + 1)
	select {
	case <-f.ctx.Done():
		return fmt.Errorf("read %s: %w", f.address, f.ctx.Err())
	case <-time.After(max(wait, backoff)):
		return nil
	}
}

// busy is an answer that may be another one later.
type busy struct {
	status string
	wait   time.Duration
}

func (b *busy) Error() string { return "the server answers " + b.status }

// connect asks for the file from next on, until there is an answer that counts.
func (f *webFile) connect() error {
	for {
		if err := f.Close(); err != nil && f.ctx.Err() != nil {
			return f.ctx.Err()
		}
		err := f.ask()
		var later *busy
		var wait time.Duration
		switch {
		case err == nil:
			return nil
		case errors.Is(err, ErrMissing), errors.Is(err, errAnswer):
			return fmt.Errorf("read %s: %w", f.address, err)
		case f.ctx.Err() != nil:
			return fmt.Errorf("read %s: %w", f.address, f.ctx.Err())
		case errors.As(err, &later):
			wait = later.wait
		}
		if err := f.retry(err, wait); err != nil {
			return err
		}
	}
}

// errAnswer reports an answer that asking again would not change.
var errAnswer = errors.New("the server does not give the file")

// ask sends one request and leaves its answer at next.
func (f *webFile) ask() error {
	ctx, cancel := context.WithCancelCause(f.ctx)
	stall := f.source.stall
	watch := time.AfterFunc(stall, func() { cancel(fmt.Errorf("the server was silent for %v", stall)) })
	body, err := f.answer(ctx)
	if err != nil {
		watch.Stop()
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		cancel(nil)
		return err
	}
	watch.Stop()
	f.watch = watch
	f.body = &watched{body, ctx, func() { cancel(nil) }}
	return nil
}

func (f *webFile) answer(ctx context.Context) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.address, nil)
	if err != nil {
		return nil, err
	}
	part := f.next > 0 || f.end >= 0
	if part {
		req.Header.Set("Range", f.asked())
	}
	resp, err := f.source.client.Do(req)
	if err != nil {
		return nil, err
	}
	skip, err := f.judge(resp, part)
	if err == nil && skip > 0 {
		_, err = io.CopyN(io.Discard, resp.Body, skip)
		if err == io.EOF {
			err = nil // the file ends before
		}
	}
	if err != nil {
		return nil, errors.Join(err, resp.Body.Close())
	}
	return resp.Body, nil
}

// asked is the range of bytes that is still wanted.
func (f *webFile) asked() string {
	if f.end < 0 {
		return fmt.Sprintf("bytes=%d-", f.next)
	}
	return fmt.Sprintf("bytes=%d-%d", f.next, max(f.next, f.end-1))
}

// judge tells what an answer's status means, and how many bytes of it come before
// those that were asked for.
func (f *webFile) judge(resp *http.Response, part bool) (skip int64, err error) {
	if encoding := resp.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return 0, fmt.Errorf("%w: it comes in the encoding %.40q", errAnswer, encoding)
	}
	switch code := resp.StatusCode; {
	case code == http.StatusPartialContent && part:
		want := fmt.Sprintf("bytes %d-", f.next)
		if got := resp.Header.Get("Content-Range"); !strings.HasPrefix(got, want) {
			return 0, fmt.Errorf("%w: asked for %s, it sends %.80q", errAnswer, f.asked(), got)
		}
		return 0, nil
	case code == http.StatusOK:
		return f.next, nil
	case code == http.StatusRequestedRangeNotSatisfiable && part:
		resp.Body.Close()
		resp.Body = http.NoBody // the file ends before
		return 0, nil
	case code == http.StatusNotFound || code == http.StatusGone:
		return 0, ErrMissing
	case code >= 500, code == http.StatusTooManyRequests, code == http.StatusRequestTimeout:
		return 0, &busy{resp.Status, retryAfter(resp)}
	}
	return 0, fmt.Errorf("%w: it answers %s", errAnswer, resp.Status)
}

// retryAfter is how long the server asks to wait, within reason.
func retryAfter(resp *http.Response) time.Duration {
	const most = time.Minute
	seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, most)
}

// watched is a body that tells why it was cut off and ends its request.
type watched struct {
	io.ReadCloser
	ctx  context.Context
	done func()
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		if cause := context.Cause(w.ctx); cause != nil {
			err = cause
		}
	}
	return n, err
}

func (w *watched) Close() error {
	err := w.ReadCloser.Close()
	w.done()
	return err
}
