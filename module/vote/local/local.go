// Package local serves pages to one person on that person's own machine: the programs of
// trustees and of the credential authority. What is secret stays in this process and in sealed
// files of the owner; the election's server, with which [Client] talks, is given signed
// messages and nothing else.
//
// A [Shell] listens on the loopback interface only, on a port that the system chooses. Whoever
// opens the address with the token, which is printed where the program was started, gets a
// cookie; nobody else gets a page. Requests for any other host name are refused, so that no
// page of the web can talk to it under a name that it makes point here (DNS rebinding).
package local

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

// Config says what a shell is called.
type Config struct {
	Name      read.Bilingual // of the program, in the masthead
	Rehearsal bool
	Random    io.Reader
	Log       *slog.Logger
}

// Shell is a site that only its owner sees. Pages are added to Site before Serve is called, all
// of them with the right access.Public: the shell itself keeps others out.
type Shell struct {
	Site     *web.Site
	listener net.Listener
	token    string // in the first address
	pass     string // in the cookie
}

// doorPath is where the first address leads; the token follows.
const doorPath = "/enter/"

// Listen opens a port of this machine and returns the shell that will answer there.
func Listen(cfg Config) (*Shell, error) {
	token, err := secret(cfg.Random)
	if err != nil {
		return nil, err
	}
	pass, err := secret(cfg.Random)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen on this machine: %w", err)
	}
	s := &Shell{listener: listener, token: token, pass: pass}
	s.Site, err = web.New(web.Config{Name: cfg.Name, Rehearsal: cfg.Rehearsal, Origin: s.origin(), Log: cfg.Log})
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	s.Site.Serve(http.MethodGet, doorPath+"{token}", access.Public, http.HandlerFunc(s.enter))
	return s, nil
}

// secret is 128 random bits as text.
func secret(random io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("read randomness: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}

func (s *Shell) host() string   { return s.listener.Addr().String() }
func (s *Shell) origin() string { return "http://" + s.host() }

// URL is the address that lets its holder in.
func (s *Shell) URL() string { return s.origin() + doorPath + s.token }

// Serve answers until the context ends.
func (s *Shell) Serve(ctx context.Context) error {
	server := &http.Server{Handler: s.Handler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(s.listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve the pages of this machine: %w", err)
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(end); err != nil {
		return errors.Join(err, server.Close())
	}
	return nil
}

// receiptsPath is where a message's far end on this machine tells what became of it; its id follows.
const receiptsPath = "/messages/"

// Receipts is the address for receipts, for senders on this machine.
func (s *Shell) Receipts() string { return s.origin() + receiptsPath }

// receive lets senders on this machine tell what became of messages. They have no cookie; whoever
// knows the id of a message has it from this program, and can do no more than that.
func (s *Shell) receive(h http.Handler) {
	s.Site.Serve(http.MethodGet, receiptsPath+"{id}", access.Public, h)
}

// Handler answers those who may come in.
func (s *Shell) Handler() http.Handler {
	inside := s.Site.Handler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Host != s.host():
			http.Error(w, "this address is of no page", http.StatusMisdirectedRequest)
		case !s.known(r) && !public(r):
			s.Site.Fail(w, r, &web.Problem{Status: http.StatusForbidden, Says: read.Message{ID: "local.no-token"}})
		default:
			inside.ServeHTTP(w, r)
		}
	})
}

// public says whether a path shows nothing of the owner's: how pages look, the door, and receipts.
func public(r *http.Request) bool {
	return slices.ContainsFunc([]string{"/static/", doorPath, receiptsPath}, func(prefix string) bool { return strings.HasPrefix(r.URL.Path, prefix) })
}

// cookie is named by the port, for cookies do not know ports and the owner may run two programs.
func (s *Shell) cookie() string {
	_, port, _ := net.SplitHostPort(s.host()) // the system's own address
	return "bayyina-" + port
}

func (s *Shell) known(r *http.Request) bool {
	c, err := r.Cookie(s.cookie())
	return err == nil && subtle.ConstantTimeCompare([]byte(c.Value), []byte(s.pass)) == 1
}

// enter gives whoever has the token the cookie.
func (s *Shell) enter(w http.ResponseWriter, r *http.Request) {
	if subtle.ConstantTimeCompare([]byte(r.PathValue("token")), []byte(s.token)) != 1 {
		s.Site.Fail(w, r, &web.Problem{Status: http.StatusForbidden, Says: read.Message{ID: "local.no-token"}})
		return
	}
	http.SetCookie(w, &http.Cookie{Name: s.cookie(), Value: s.pass, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
