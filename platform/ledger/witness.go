package ledger

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
)

const (
	maxWitnesses = 100
	// witnessTimeout bounds one witness's answer.
	witnessTimeout = 10 * time.Second
	// lateTimeout is how long the other witnesses are waited for once there is
	// a quorum, so that more than the necessary cosignatures are kept.
	lateTimeout = 500 * time.Millisecond
	// maxAnswer bounds the bytes of an answer.
	maxAnswer = 64 << 10
)

// ErrBehindWitness reports a witness that has seen a longer log under this
// origin: this one was restored from an old copy, or somebody writes another.
var ErrBehindWitness = errors.New("a witness has seen a longer log")

// ErrForked reports a witness that has seen another log under this origin.
var ErrForked = errors.New("a witness has seen another history of this log")

// Answer is what one witness said to a checkpoint.
type Answer struct {
	Witness  string    // its key's name
	URL      string    // where it was asked
	Loopback bool      // it runs on this machine, so its word proves nothing
	Time     time.Time // of its cosignature; zero where it gave none
	Err      error     // why it gave none

	line string // the cosignature's line
}

// verifier is the witness's key.
func (w Witness) verifier() (note.Verifier, error) {
	v, err := torchwood.NewCosignatureVerifier(w.Key)
	if err != nil {
		return nil, fmt.Errorf("witness key %q: %w", w.Key, err)
	}
	return v, nil
}

// loopback tells whether the witness's address is this machine.
func (w Witness) loopback() bool {
	u, err := url.Parse(w.URL)
	if err != nil {
		return false
	}
	if u.Hostname() == "localhost" {
		return true
	}
	ip := net.ParseIP(u.Hostname())
	return ip != nil && ip.IsLoopback()
}

// prover returns the consistency proof from an older size to that of the
// checkpoint.
type prover func(ctx context.Context, older uint64) ([][]byte, error)

// request is a checkpoint on its way to the witnesses.
type request struct {
	client     *http.Client
	checkpoint []byte // signed by the log
	size       uint64
	prove      prover
}

// ask requests a cosignature (c2sp.org/tlog-witness, add-checkpoint). known is
// the size that the witness is believed to have seen, and is learned.
func (r request) ask(ctx context.Context, w Witness, known *uint64) Answer {
	a := Answer{URL: w.URL, Loopback: w.loopback()}
	v, err := w.verifier()
	if err != nil {
		a.Err = err
		return a
	}
	a.Witness = v.Name()
	ctx, cancel := context.WithTimeout(ctx, witnessTimeout)
	defer cancel()
	if w.URL == "" {
		a.Err = errors.New("it has no address")
		return a
	}
	old := min(*known, r.size)
	for range 3 { // the size may be learned once, and may grow once meanwhile
		var seen uint64
		a.line, seen, a.Err = r.once(ctx, w, v, old)
		if conflict := (*conflictError)(nil); errors.As(a.Err, &conflict) {
			*known = seen
			if seen > r.size {
				a.Err = fmt.Errorf("%w: it knows %d entries, this log has %d", ErrBehindWitness, seen, r.size)
				return a
			}
			old = seen
			continue
		}
		break
	}
	if a.Err == nil {
		*known = r.size
		a.Time, a.Err = cosignatureTime(a.line, v)
	}
	return a
}

// conflictError is a witness's answer that it has seen another size.
type conflictError struct{ seen uint64 }

func (e *conflictError) Error() string {
	return fmt.Sprintf("it has seen a checkpoint of size %d", e.seen)
}

// once makes one request, and returns the cosignature's line.
func (r request) once(ctx context.Context, w Witness, v note.Verifier, old uint64) (line string, seen uint64, err error) {
	body, err := r.body(ctx, old)
	if err != nil {
		return "", 0, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(w.URL, "/")+"/add-checkpoint", bytes.NewReader(body))
	if err != nil {
		return "", 0, err
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return "", 0, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return "", 0, fmt.Errorf("read its answer: %w", err)
	}
	text := strings.TrimSpace(string(answer))
	switch resp.StatusCode {
	case http.StatusOK:
		line, err = r.cosignature(answer, v)
		return line, 0, err
	case http.StatusConflict:
		if seen, err = parseDecimal(text); err != nil {
			return "", 0, fmt.Errorf("its conflict names no size: %w", err)
		}
		if seen == old {
			// The specification's draft answers so to other roots of one size.
			return "", 0, fmt.Errorf("%w of size %d", ErrForked, old)
		}
		return "", seen, &conflictError{seen}
	case http.StatusUnprocessableEntity:
		return "", 0, fmt.Errorf("%w: the %d entries that it knows are no beginning of this log (%q)", ErrForked, old, text)
	}
	return "", 0, fmt.Errorf("it answered %s: %q", resp.Status, text)
}

// body is the request: the old size, the proof from it, the checkpoint.
func (r request) body(ctx context.Context, old uint64) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "old %d\n", old)
	if old > 0 && old < r.size {
		proof, err := r.prove(ctx, old)
		if err != nil {
			return nil, fmt.Errorf("prove consistency from %d to %d: %w", old, r.size, err)
		}
		for _, h := range proof {
			b.WriteString(base64.StdEncoding.EncodeToString(h) + "\n")
		}
	}
	b.WriteByte('\n')
	b.Write(r.checkpoint)
	return b.Bytes(), nil
}

// cosignature finds the witness's own line in its answer and verifies it.
func (r request) cosignature(answer []byte, v note.Verifier) (string, error) {
	n, err := note.Open(append(bytes.Clone(r.checkpoint), answer...), note.VerifierList(v))
	if err != nil {
		return "", fmt.Errorf("it signed something else, or not with its key: %w", err)
	}
	return fmt.Sprintf("— %s %s\n", n.Sigs[0].Name, n.Sigs[0].Base64), nil
}

// cosignatureTime reads the time in a cosignature's line.
func cosignatureTime(line string, v note.Verifier) (time.Time, error) {
	_, sig, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(line, "— "), "\n"), " ")
	seconds, err := torchwood.CosignatureTimestamp(note.Signature{Name: v.Name(), Hash: v.KeyHash(), Base64: sig})
	if err != nil {
		return time.Time{}, fmt.Errorf("time of its cosignature: %w", err)
	}
	return time.Unix(seconds, 0).UTC(), nil
}

// NoQuorumError reports a checkpoint that too few witnesses cosigned, with each
// one's answer.
type NoQuorumError struct {
	Size    uint64
	Quorum  int
	Answers []Answer
}

func (e *NoQuorumError) Error() string {
	signed := 0
	var b strings.Builder
	for _, a := range e.Answers {
		if a.Err == nil {
			signed++
			continue
		}
		fmt.Fprintf(&b, "; %s: %v", a.Witness, a.Err)
	}
	return "checkpoint of size " + strconv.FormatUint(e.Size, 10) + ": " +
		strconv.Itoa(signed) + " of the " + strconv.Itoa(e.Quorum) + " necessary witnesses cosigned it" + b.String()
}

// Unwrap gives errors.Is the witnesses' reasons.
func (e *NoQuorumError) Unwrap() []error {
	var errs []error
	for _, a := range e.Answers {
		if a.Err != nil {
			errs = append(errs, a.Err)
		}
	}
	return errs
}

// gather asks all witnesses at once, and returns their answers in the
// witnesses' order. It waits for all of them, but not long once there is a
// quorum.
func (r request) gather(ctx context.Context, in reign, known map[string]uint64) ([]Answer, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type numbered struct {
		i     int
		a     Answer
		known uint64
	}
	results := make(chan numbered, len(in.Witnesses))
	answers := make([]Answer, len(in.Witnesses))
	for i, w := range in.Witnesses {
		seen := known[w.Key]
		name, _, _ := strings.Cut(w.Key, "+")
		answers[i] = Answer{Witness: name, URL: w.URL, Loopback: w.loopback(), Err: errors.New("no answer yet when there was a quorum")}
		go func() {
			a := r.ask(ctx, w, &seen)
			results <- numbered{i, a, seen}
		}()
	}
	signed, late := 0, make(<-chan time.Time)
collect:
	for range in.Witnesses {
		select {
		case n := <-results:
			answers[n.i], known[in.Witnesses[n.i].Key] = n.a, n.known
			if n.a.Err == nil {
				signed++
			}
			if signed == in.Quorum && n.a.Err == nil {
				late = time.After(lateTimeout)
			}
		case <-late:
			break collect
		}
	}
	if signed < in.Quorum {
		return answers, &NoQuorumError{Size: r.size, Quorum: in.Quorum, Answers: answers}
	}
	return answers, nil
}
