package vote

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"bayyina/core/ballot"
	"bayyina/core/canon"
	"bayyina/module/vote/evidence"
)

// CheckLink says which ballot a voter chose to check, as the booth wrote it before it knew
// of that choice.
type CheckLink struct {
	Election   string // uuid
	Commitment string // base64 without padding
	Credential string // public
}

// ErrCheckLink reports what is no link for checking a ballot.
var ErrCheckLink = errors.New("this is not a link for checking a ballot")

var checkLinkForm = regexp.MustCompile(`^(?:https?://[^#]*#)?([1-9A-HJ-NP-Za-km-z]{14,64})/([0-9A-Za-z_-]{43})/([0-9a-f]{64})$`)

// ParseCheckLink reads a link, or what stands in it behind the #.
func ParseCheckLink(text string) (CheckLink, error) {
	m := checkLinkForm.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return CheckLink{}, ErrCheckLink
	}
	hash, err := base64.RawURLEncoding.DecodeString(m[2])
	if err != nil {
		return CheckLink{}, fmt.Errorf("%w: %w", ErrCheckLink, err)
	}
	return CheckLink{m[1], base64.RawStdEncoding.EncodeToString(hash), m[3]}, nil
}

// ErrNoOpening: the server keeps no opened ballot with this commitment.
var ErrNoOpening = errors.New("no opened ballot with this commitment is kept (they are for an hour)")

// ForChecking is what a checker asks a server: what everybody may have.
type ForChecking interface {
	// Definition returns an election's record.
	Definition(ctx context.Context, uuid string) ([]byte, error)
	// Opened returns the opened ballot with a commitment; the error may be ErrNoOpening.
	Opened(ctx context.Context, uuid, commitment string) ([]byte, error)
	// Credentials lists the public credentials that begin with a prefix.
	Credentials(ctx context.Context, uuid, prefix string) ([]string, error)
}

// CheckedBallot is an opened ballot with what was found out about it.
type CheckedBallot struct {
	Election   *ballot.Election
	Commitment string
	Credential string
	Plaintext  ballot.Plaintext // what it holds, where it is right
	Fault      error            // why it is not what the booth committed to; nil if it is
}

// CheckOpened checks the ballot that a link names, or that is in a file which the voter carried
// here. With both, the file must hold what the link names; with a file alone the voter
// compares the commitment with what the booth had shown.
func CheckOpened(ctx context.Context, from ForChecking, link *CheckLink, file []byte) (*CheckedBallot, error) {
	if link == nil {
		var err error
		if link, err = linkOf(file); err != nil {
			return nil, err
		}
	}
	definition, err := from.Definition(ctx, link.Election)
	if err != nil {
		return nil, err
	}
	e, err := ballot.ParseElection(definition)
	if err != nil {
		return nil, err
	}
	if e.UUID() != link.Election {
		return nil, fmt.Errorf("the definition is of election %s, not %s", e.UUID(), link.Election)
	}
	if file == nil {
		if file, err = from.Opened(ctx, link.Election, link.Commitment); err != nil {
			return nil, err
		}
	}
	c := &CheckedBallot{Election: e, Commitment: link.Commitment, Credential: link.Credential}
	public, err := e.Group().ParseElement([]byte(link.Credential))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCheckLink, err)
	}
	opening, err := ballot.ParseOpening(e.Group(), file)
	if err == nil {
		err = e.CheckOpening(link.Commitment, public, opening)
	}
	if err == nil {
		err = listed(ctx, from, link)
	}
	switch {
	case errors.Is(err, errNotChecked):
		return nil, err
	case err != nil:
		c.Fault = err
	default:
		c.Plaintext = opening.Plaintext
	}
	return c, nil
}

// linkOf is the link to the ballot in a file.
func linkOf(file []byte) (*CheckLink, error) {
	var opening struct{ Ballot string }
	var opened struct {
		UUID       string `json:"election_uuid"`
		Credential string `json:"credential"`
	}
	err := json.Unmarshal(file, &opening)
	if err == nil {
		err = json.Unmarshal([]byte(opening.Ballot), &opened)
	}
	if err == nil && !ballot.ValidUUID(opened.UUID) {
		err = errors.New("it names no election")
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ballot.ErrOpening, err)
	}
	return &CheckLink{opened.UUID, canon.B64([]byte(opening.Ballot)), opened.Credential}, nil
}

// errNotChecked is wrapped where the server did not answer.
var errNotChecked = errors.New("not checked")

// mostDigits is with how many digits of a credential the server is asked at most: a list has
// fewer than 16^6 · 5,000 voters.
const mostDigits = 6

// listed says whether the ballot's credential is one of the election's. Asked with few digits
// where the list is short, and with more where the server wants them.
func listed(ctx context.Context, from ForChecking, link *CheckLink) error {
	for digits := 1; digits <= mostDigits; digits++ {
		list, err := from.Credentials(ctx, link.Election, link.Credential[:digits])
		if errors.Is(err, ErrShortPrefix) {
			continue
		}
		if err != nil {
			return fmt.Errorf("%w: %w", errNotChecked, err)
		}
		if !slices.ContainsFunc(list, func(c string) bool { return strings.Split(c, ",")[0] == link.Credential }) {
			return ballot.ErrUnknownCredential
		}
		return nil
	}
	return fmt.Errorf("%w: the list of credentials is too long", errNotChecked)
}

// Definition returns an election's record.
func (c *Casting) Definition(ctx context.Context, uuid string) ([]byte, error) {
	return c.cfg.Registrar.Definition(ctx, uuid)
}

// Opened returns an opened ballot that was kept.
func (c *Casting) Opened(_ context.Context, uuid, commitment string) ([]byte, error) {
	if text := c.Opening(uuid, commitment); text != nil {
		return text, nil
	}
	return nil, ErrNoOpening
}

// Remote asks a server by its public interface.
type Remote struct {
	server string // origin
	client *http.Client
}

// NewRemote asks the server with an origin such as https://vote.hnec.example.
func NewRemote(server string) *Remote {
	return &Remote{strings.TrimSuffix(server, "/"), &http.Client{Timeout: time.Minute}}
}

func (r *Remote) get(ctx context.Context, path string, limit int64) ([]byte, int, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, r.server+"/api/v1/elections/"+path, nil)
	if err != nil {
		return nil, 0, err
	}
	answer, err := r.client.Do(q)
	if err != nil {
		return nil, 0, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, limit+1))
	switch {
	case err != nil:
		return nil, 0, err
	case int64(len(body)) > limit:
		return nil, 0, fmt.Errorf("%s: more than %d bytes", q.URL, limit)
	case answer.StatusCode != http.StatusOK:
		return nil, answer.StatusCode, fmt.Errorf("%s: %s", q.URL, answer.Status)
	}
	return body, answer.StatusCode, nil
}

// Definition returns an election's record.
func (r *Remote) Definition(ctx context.Context, uuid string) ([]byte, error) {
	text, status, err := r.get(ctx, uuid+"/definition", evidence.MaxDefinition)
	if status == http.StatusNotFound {
		return nil, fmt.Errorf("%w: %s", ErrUnknownElection, uuid)
	}
	return text, err
}

// Opened returns an opened ballot that the server keeps.
func (r *Remote) Opened(ctx context.Context, uuid, commitment string) ([]byte, error) {
	name := strings.NewReplacer("+", "-", "/", "_").Replace(commitment)
	text, status, err := r.get(ctx, uuid+"/openings/"+name, maxOpeningBytes)
	if status == http.StatusNotFound {
		return nil, ErrNoOpening
	}
	return text, err
}

// Credentials lists the public credentials that begin with a prefix.
func (r *Remote) Credentials(ctx context.Context, uuid, prefix string) ([]string, error) {
	const limit = MaxFound * 100 // bytes of the answer: 64 digits and a weight for each
	text, status, err := r.get(ctx, uuid+"/credentials/"+prefix, limit)
	if status == http.StatusBadRequest {
		return nil, ErrShortPrefix
	}
	if err != nil {
		return nil, err
	}
	var found struct{ Credentials []string }
	return found.Credentials, json.Unmarshal(text, &found)
}
