package local

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"bayyina/core/ballot"
	"bayyina/module/vote"
	"bayyina/platform/message"
)

const (
	// clientSilence is how long a server may take to begin its answer: it may be checking the
	// credentials of millions.
	clientSilence = 5 * time.Minute
	// maxAnswer bounds an answer of the interface in bytes.
	maxAnswer = 8 << 20
)

// Client talks with the interface for the programs of trustees and authority on an election's
// server. It keeps no cookies.
type Client struct {
	base   *url.URL
	client *http.Client
}

// NewClient returns a client of the server at an origin, such as https://vote.hnec.example.
// Plain HTTP is for this machine only.
func NewClient(origin string) (*Client, error) {
	base, err := url.Parse(origin)
	if err != nil {
		return nil, fmt.Errorf("the server's address: %w", err)
	}
	switch {
	case base.Host == "" || base.RawQuery != "" || base.Fragment != "" || base.User != nil || base.Path != "" && base.Path != "/":
		return nil, fmt.Errorf("the server's address %.200q is not one such as https://vote.example", origin)
	case base.Scheme != "https" && (base.Scheme != "http" || !loopback(base.Hostname())):
		return nil, fmt.Errorf("the server's address %.200q must begin with https://", origin)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if t, ok := http.DefaultTransport.(*http.Transport); ok {
		t = t.Clone()
		t.ResponseHeaderTimeout = clientSilence
		client.Transport = t
	}
	return &Client{base: base, client: client}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Origin is the server's.
func (c *Client) Origin() string { return c.base.Scheme + "://" + c.base.Host }

// RefusedError is what the server has against a request.
type RefusedError struct {
	Status int
	Reason string `json:"reason"` // a stable name
	Detail string `json:"detail"`
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("the server refused (%d, %s): %s", e.Status, e.Reason, e.Detail)
}

func (c *Client) do(ctx context.Context, method, contentType string, body io.Reader, path ...string) (*http.Response, error) {
	address := c.base.JoinPath(append([]string{"api", "v1"}, path...)...)
	r, err := http.NewRequestWithContext(ctx, method, address.String(), body)
	if err != nil {
		return nil, err
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	answer, err := c.client.Do(r)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode == http.StatusOK {
		return answer, nil
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	refused := &RefusedError{Status: answer.StatusCode}
	if json.Unmarshal(text, refused) != nil {
		refused.Detail = answer.Status
	}
	return nil, refused
}

// Elections are those that have a ceremony on the server.
func (c *Client) Elections(ctx context.Context) ([]string, error) {
	answer, err := c.do(ctx, http.MethodGet, "", nil, "ceremonies")
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var list struct {
		Ceremonies []string `json:"ceremonies"`
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, maxAnswer)).Decode(&list); err != nil {
		return nil, fmt.Errorf("the server's list of ceremonies: %w", err)
	}
	for _, uuid := range list.Ceremonies {
		if !ballot.ValidUUID(uuid) {
			return nil, fmt.Errorf("the server names an election %.80q", uuid)
		}
	}
	return list.Ceremonies, nil
}

// Ceremony is an election's ceremony as far as it has come.
func (c *Client) Ceremony(ctx context.Context, uuid string) (*vote.Ceremony, error) {
	if !ballot.ValidUUID(uuid) {
		return nil, errors.New("this is not the name of an election")
	}
	answer, err := c.do(ctx, http.MethodGet, "", nil, "ceremonies", uuid, "file")
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	found, err := vote.ReadCeremony(answer.Body)
	if err == nil && found.Election != uuid {
		err = fmt.Errorf("the server gives the ceremony of election %.80s", found.Election)
	}
	return found, err
}

// Voting says whether the server knows the election, which it does once it is set up, and by which
// channel it sends its one-time codes, "" where it asks for none.
func (c *Client) Voting(ctx context.Context, uuid string) (known bool, codes message.Channel, err error) {
	answer, err := c.do(ctx, http.MethodGet, "", nil, "elections", uuid, "voting")
	if refused, ok := errors.AsType[*RefusedError](err); ok && refused.Status == http.StatusNotFound {
		return false, "", nil
	}
	if err != nil {
		return false, "", err
	}
	defer answer.Body.Close()
	var voting struct {
		Code string `json:"code"`
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, maxAnswer)).Decode(&voting); err != nil {
		return false, "", fmt.Errorf("the server's answer on voting: %w", err)
	}
	switch voting.Code {
	case string(message.SMS), string(message.Email):
		return true, message.Channel(voting.Code), nil
	case "none":
		return true, "", nil
	}
	return false, "", fmt.Errorf("the server sends codes by %.20q", voting.Code)
}

// Send hands a parcel of a party to the server. The same parcel again changes nothing.
func (c *Client) Send(ctx context.Context, uuid string, parcel []byte) error {
	if !ballot.ValidUUID(uuid) {
		return errors.New("this is not the name of an election")
	}
	answer, err := c.do(ctx, http.MethodPost, "application/x-tar", bytes.NewReader(parcel), "ceremonies", uuid, "messages")
	if err != nil {
		return err
	}
	return answer.Body.Close()
}
