package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/netutil"
)

// What one visitor may take of the server.
const (
	headerTimeout  = 10 * time.Second // to send a request's head
	requestTimeout = time.Minute      // to send all of it
	answerTimeout  = 10 * time.Minute // to take the answer; larger files go on by ranges
	idleTimeout    = 2 * time.Minute  // between two requests
	maxHeader      = 32 << 10         // bytes
	maxConnections = 8192             // of all visitors
)

// front is an address on which the server answers.
type front struct {
	http.Server
	listener net.Listener
	tls      bool
}

// fronts are the addresses on which the server answers: its own, and the one on which
// it tells its metrics.
func (r *running) fronts(site net.Listener, handler http.Handler) ([]*front, error) {
	fronts := []*front{r.front(netutil.LimitListener(site, maxConnections), handler)}
	if t := r.settings.TLS; t.Certificate != "" {
		c := &certificate{files: [2]string{t.Certificate, t.Key}, log: r.log}
		if err := c.load(); err != nil {
			return nil, err
		}
		fronts[0].tls = true
		fronts[0].TLSConfig = &tls.Config{GetCertificate: c.get, MinVersion: tls.VersionTLS12}
	}
	if address := r.settings.Listen.Metrics; address != "" {
		l, err := net.Listen("tcp", address)
		if err != nil {
			return nil, fmt.Errorf("metrics: %w", err)
		}
		fronts = append(fronts, r.front(l, r.metrics.handler()))
	}
	return fronts, nil
}

func (r *running) front(l net.Listener, handler http.Handler) *front {
	return &front{listener: l, Server: http.Server{
		Handler: handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: requestTimeout, WriteTimeout: answerTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		// What net/http tells of visitors holds their addresses.
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug),
	}}
}

// serve answers until the server is shut down.
func (f *front) serve() error {
	var err error
	if f.tls {
		err = f.ServeTLS(f.listener, "", "")
	} else {
		err = f.Serve(f.listener)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// certificate is the server's own, read again when its file has changed.
type certificate struct {
	files [2]string // certificate and key
	log   *slog.Logger

	mu      sync.Mutex
	loaded  *tls.Certificate
	written time.Time
	asked   time.Time
}

// reloadInterval is how often the certificate's file is looked at.
const reloadInterval = 10 * time.Second

// load reads the files, if they have changed.
func (c *certificate) load() error {
	info, err := os.Stat(c.files[0])
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	if c.loaded != nil && info.ModTime().Equal(c.written) {
		return nil
	}
	loaded, err := tls.LoadX509KeyPair(c.files[0], c.files[1])
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	c.loaded, c.written = &loaded, info.ModTime()
	return nil
}

// get returns the newest certificate that could be read.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.asked) > reloadInterval {
		c.asked = time.Now()
		if err := c.load(); err != nil { // half renewed: the next look may find both files
			c.log.Error("the certificate is not renewed", "error", err)
		}
	}
	return c.loaded, nil
}

// behind takes the visitor's address from the proxies that are trusted: the last one
// in X-Forwarded-For that is none of theirs.
func behind(proxies []netip.Prefix, h http.Handler) http.Handler {
	trusted := func(ip netip.Addr) bool {
		for _, p := range proxies {
			if p.Contains(ip) {
				return true
			}
		}
		return false
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil || !trusted(peer.Addr().Unmap()) {
			h.ServeHTTP(w, r)
			return
		}
		said := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for i := len(said) - 1; i >= 0; i-- {
			ip, err := netip.ParseAddr(strings.TrimSpace(said[i]))
			if err != nil {
				break
			}
			r.RemoteAddr = netip.AddrPortFrom(ip.Unmap(), 0).String()
			if !trusted(ip.Unmap()) {
				break
			}
		}
		h.ServeHTTP(w, r)
	})
}

// watched counts requests, and tells those that failed by no fault of the visitor.
// Neither address nor path is told: both may say who it was.
func (r *running) watched(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		begun := time.Now()
		a := &answer{ResponseWriter: w}
		h.ServeHTTP(a, req)
		status := max(a.status, http.StatusOK) // nothing written is 200
		took := time.Since(begun)
		r.metrics.request(req.Method, status, took)
		level := slog.LevelDebug
		if status >= http.StatusInternalServerError {
			level = slog.LevelError
		}
		r.log.Log(req.Context(), level, "request", "method", req.Method, "route", req.Pattern, "status", status, "took", took)
	})
}

// answer remembers the status that a handler gave.
type answer struct {
	http.ResponseWriter
	status int
}

func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= http.StatusOK {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// ReadFrom lets the system copy a file to the connection by itself.
func (a *answer) ReadFrom(r io.Reader) (int64, error) { return io.Copy(a.ResponseWriter, r) }

// Unwrap gives http.ResponseController what is beneath.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
