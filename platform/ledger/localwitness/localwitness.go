// Package localwitness starts real witnesses (litewitness, of
// filippo.io/torchwood) as processes on this machine, for tests and the demo.
// Witnesses that run beside the log prove nothing to anybody: an election needs
// witnesses on machines of other bodies.
package localwitness

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"filippo.io/torchwood"
	_ "github.com/ncruces/go-sqlite3/driver" // database/sql driver "sqlite3"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// startTimeout bounds the wait for a witness to answer.
const startTimeout = 20 * time.Second

// Config describes a witness.
type Config struct {
	Binary string             // the litewitness program
	Dir    string             // its own folder: database, log; kept over restarts
	Name   string             // its key's name, such as "w1.example"
	Key    ed25519.PrivateKey // made by the caller
	Origin string             // of the log that it witnesses
	LogKey string             // the log's checkpoint verifier key
	// Address is where it listens, host:port; a free port of this machine where empty.
	Address string
}

// VerifierKey returns the witness's verifier key (type 04), which a genesis or
// a policy names.
func (c Config) VerifierKey() (string, error) {
	s, err := torchwood.NewCosignatureSigner(c.Name, c.Key)
	if err != nil {
		return "", fmt.Errorf("witness %s: %w", c.Name, err)
	}
	return s.Verifier().String(), nil
}

// Witness is a running witness.
type Witness struct {
	URL         string // where it takes checkpoints
	VerifierKey string

	process *exec.Cmd
	agent   net.Listener
	exited  chan struct{}
}

// Start starts a witness and waits until it answers. It lives until
// [Witness.Stop] or the end of this process.
func Start(ctx context.Context, c Config) (*Witness, error) {
	w, err := start(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("start witness %s: %w", c.Name, err)
	}
	return w, nil
}

func start(ctx context.Context, c Config) (*Witness, error) {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, err
	}
	vkey, err := c.VerifierKey()
	if err != nil {
		return nil, err
	}
	db := filepath.Join(c.Dir, "witness.db")
	if err := introduce(ctx, db, c.Origin, c.LogKey); err != nil {
		return nil, err
	}
	listener, socket, fingerprint, err := serveAgent(c.Key)
	if err != nil {
		return nil, err
	}
	addr := c.Address
	if addr == "" {
		if addr, err = freeAddress(); err != nil {
			return nil, errors.Join(err, listener.Close())
		}
	}
	log, err := os.OpenFile(filepath.Join(c.Dir, "witness.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	defer log.Close() // the process has its own
	w := &Witness{URL: "http://" + addr, VerifierKey: vkey, agent: listener, exited: make(chan struct{})}
	w.process = exec.Command(c.Binary, "-name", c.Name, "-db", db, "-ssh-agent", socket, "-listen", addr, "-key", fingerprint)
	w.process.Stdout, w.process.Stderr = log, log
	if err := w.run(); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	if err := w.await(ctx); err != nil {
		return nil, errors.Join(err, w.Stop())
	}
	return w, nil
}

// introduce tells the witness's database of the log, once: what the program
// witnessctl does.
func introduce(ctx context.Context, path, origin, key string) error {
	db, err := sql.Open("sqlite3", "file:"+path)
	if err != nil {
		return err
	}
	defer db.Close()
	empty := sha256.Sum256(nil)
	for _, q := range []struct {
		text string
		args []any
	}{
		{`CREATE TABLE IF NOT EXISTS log (origin TEXT PRIMARY KEY, tree_size INTEGER NOT NULL, tree_hash TEXT NOT NULL)`, nil},
		{`CREATE TABLE IF NOT EXISTS key (origin TEXT NOT NULL, key TEXT NOT NULL, FOREIGN KEY(origin) REFERENCES log(origin))`, nil},
		{`INSERT INTO log (origin, tree_size, tree_hash) VALUES (?1, 0, ?2) ON CONFLICT DO NOTHING`, []any{origin, base64.StdEncoding.EncodeToString(empty[:])}},
		{`INSERT INTO key (origin, key) SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM key WHERE origin = ?1 AND key = ?2)`, []any{origin, key}},
	} {
		if _, err := db.ExecContext(ctx, q.text, q.args...); err != nil {
			return fmt.Errorf("introduce the log: %w", err)
		}
	}
	return nil
}

// serveAgent holds the key in an SSH agent of this process, because the witness
// takes its key from nowhere else.
func serveAgent(key ed25519.PrivateKey) (listener net.Listener, socket, fingerprint string, err error) {
	ring := agent.NewKeyring()
	if err := ring.Add(agent.AddedKey{PrivateKey: key}); err != nil {
		return nil, "", "", err
	}
	public, err := ssh.NewPublicKey(key.Public())
	if err != nil {
		return nil, "", "", err
	}
	// A socket's path may have 107 bytes, so not below the witness's folder.
	dir, err := os.MkdirTemp("", "bayyina-agent")
	if err != nil {
		return nil, "", "", err
	}
	socket = filepath.Join(dir, "s")
	if listener, err = net.Listen("unix", socket); err != nil {
		return nil, "", "", errors.Join(err, os.RemoveAll(dir))
	}
	go func() {
		defer os.RemoveAll(dir)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // closed by Stop
			}
			go func() {
				defer conn.Close()
				_ = agent.ServeAgent(ring, conn) // ends with the witness's connection
			}()
		}
	}()
	return listener, socket, ssh.FingerprintSHA256(public), nil
}

// freeAddress finds a port for the witness, which takes no open socket.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// await waits until the witness answers.
func (w *Witness) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.URL, nil)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			return resp.Body.Close()
		}
		select {
		case <-w.exited:
			return fmt.Errorf("it ended at once: %v", w.process.ProcessState)
		case <-ctx.Done():
			return fmt.Errorf("it does not answer: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Stop ends the witness. What it has seen stays in its folder.
func (w *Witness) Stop() error {
	err := w.process.Process.Kill()
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	<-w.exited
	return errors.Join(err, w.agent.Close())
}
