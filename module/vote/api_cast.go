package vote

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"net/netip"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"bayyina/core/ballot"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/board"
	"bayyina/platform/ledger/read"
	"bayyina/platform/message"
)

type definitionIn struct {
	ElectionIn
	Known string `header:"If-None-Match"`
}

type definitionOut struct {
	Status int
	Type   string `header:"Content-Type"`
	Tag    string `header:"ETag"`
	Keep   string `header:"Cache-Control"`
	Body   []byte
}

type credentialsIn struct {
	ElectionIn
	Prefix string `path:"prefix" minLength:"1" maxLength:"64" pattern:"^[0-9a-f]+$" doc:"Ask with few digits, so that many others come with the one you look for"`
}

type credentialsOut struct {
	Body struct {
		Credentials []string `json:"credentials" doc:"Each as it stands in the public list: 64 hexadecimal digits, and the weight after a comma where weights are written"`
	}
}

type votingOut struct {
	Body struct {
		Title       read.Bilingual `json:"title"`
		Definition  string         `json:"definition" doc:"Hexadecimal SHA-256 of the definition"`
		Opens       time.Time      `json:"opens,omitzero" doc:"Absent until the commission has decided it"`
		Closes      time.Time      `json:"closes,omitzero"`
		Until       time.Time      `json:"accepting_until,omitzero" doc:"Ballots are taken so long: their last batch must enter the log before the close"`
		Credentials int            `json:"credentials" doc:"How many there are"`
		Code        string         `json:"code" enum:"none,sms,email" doc:"Where a one-time code is sent before a ballot is taken"`
		Now         time.Time      `json:"now"`
	}
}

type castIn struct {
	ElectionIn
	RawBody []byte `contentType:"application/json" doc:"The signed ballot, byte for byte as it is to enter the log"`

	client string
}

// Resolve is for huma: it takes note of where the request comes from.
func (in *castIn) Resolve(ctx huma.Context) []error {
	in.client = networkOf(ctx.RemoteAddr())
	return nil
}

// networkOf is what counts as one place on the internet: an IPv4 address, or the /64 that
// a single customer has in IPv6.
func networkOf(remote string) string {
	peer, err := netip.ParseAddrPort(remote)
	if err != nil {
		return ""
	}
	a := peer.Addr().Unmap().WithZone("")
	if a.Is4() {
		return a.String()
	}
	p, err := a.Prefix(64)
	if err != nil {
		return ""
	}
	return p.String()
}

// castOut is an [Accepted] as booths read it, with status 200, or a [Pending] with 202.
type castOut struct {
	Status int
	Body   struct {
		Tracker  string    `json:"tracker,omitempty" doc:"Base64 without padding of the ballot's SHA-256"`
		Deadline time.Time `json:"deadline,omitzero" doc:"The ballot is in the log by then, or a later one of its credential"`
		Promise  string    `json:"promise,omitempty" doc:"Signed note (docs/PROTOCOL.md section 10)"`
		Cast     string    `json:"cast,omitempty" doc:"Token under which the ballot waits for a one-time code; there is no promise yet"`
		Expires  time.Time `json:"expires,omitzero" doc:"When it no longer does"`
	}
}

func newCastOut(a *Accepted, p *Pending) *castOut {
	out := &castOut{Status: http.StatusOK}
	if p != nil {
		out.Status, out.Body.Cast, out.Body.Expires = http.StatusAccepted, p.Token, p.Expires
		return out
	}
	out.Body.Tracker, out.Body.Deadline, out.Body.Promise = a.Tracker, a.Deadline, string(a.Promise)
	return out
}

type askIn struct {
	Token string `path:"token" minLength:"43" maxLength:"43" pattern:"^[0-9A-Za-z_-]+$"`
	Body  struct {
		Voter string `json:"voter" minLength:"1" maxLength:"128" doc:"What names the voter on the letter" example:"1024-778"`
	}
}

type askOut struct {
	Body struct {
		Sent  string `json:"sent" enum:"sms,email"`
		To    string `json:"to" doc:"What may be shown of the address" example:"•••42"`
		Again int    `json:"again_after" doc:"Seconds after which another code may be asked for"`
	}
}

type confirmIn struct {
	Token string `path:"token" minLength:"43" maxLength:"43" pattern:"^[0-9A-Za-z_-]+$"`
	Body  struct {
		Code string `json:"code" minLength:"6" maxLength:"6" pattern:"^[0-9]+$" example:"123456"`
	}
}

type openingIn struct {
	ElectionIn
	RawBody []byte `contentType:"application/json" doc:"The opened ballot"`
}

type openingOut struct {
	Body struct {
		Commitment string `json:"commitment" doc:"Base64url without padding"`
	}
}

type openedIn struct {
	ElectionIn
	Commitment string `path:"commitment" minLength:"43" maxLength:"43" pattern:"^[0-9A-Za-z_-]+$"`
}

type openedOut struct {
	Type string `header:"Content-Type"`
	Body []byte
}

// maxOpeningBytes bounds an opened ballot on its way to another device.
const maxOpeningBytes = 2 * evidence.MaxBallot

// MountAPI adds what booths need to the interface for programs.
func (c *Casting) MountAPI(a *board.API) {
	const one = "/elections/8QrCAeS5xbQKAY"
	get := func(path, summary, example string) board.Operation {
		return board.Operation{
			Method: http.MethodGet, Path: "/elections/{uuid}" + path, Summary: summary, Example: one + example,
			Refusals: []int{http.StatusBadRequest, http.StatusNotFound, http.StatusConflict},
		}
	}
	post := func(path, summary string, limit int64) board.Operation {
		return board.Operation{
			Method: http.MethodPost, Path: "/elections/{uuid}" + path, Summary: summary, Example: one + path, Limit: limit, Exact: true,
			Refusals: []int{
				http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity, http.StatusTooManyRequests,
			},
		}
	}
	board.Serve(a, get("/definition", "The election's definition, byte for byte", "/definition"), c.definition)
	board.Serve(a, get("/credentials/{prefix}", "Public credentials by how they begin", "/credentials/0"), c.credentials)
	board.Serve(a, get("/voting", "When and how votes are taken", "/voting"), c.voting)
	board.Serve(a, post("/casts", "Cast a signed ballot", evidence.MaxBallot), c.cast)
	code := board.Operation{
		Method: http.MethodPost, Path: "/casts/{token}/code", Summary: "Ask for the one-time code of a ballot that waits", Limit: 1 << 10,
		Example: "/casts/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/code", Status: http.StatusAccepted,
		Refusals: []int{http.StatusForbidden, http.StatusConflict, http.StatusGone, http.StatusUnprocessableEntity, http.StatusTooManyRequests},
	}
	board.Serve(a, code, c.askCode)
	code.Path, code.Summary, code.Status = "/casts/{token}", "Cast the ballot that waits, with its code", http.StatusOK
	code.Example = "/casts/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	board.Serve(a, code, c.confirm)
	opening := post("/openings", "Hand an opened ballot on to the device that checks it", maxOpeningBytes)
	opening.Status = http.StatusCreated
	board.Serve(a, opening, c.keepOpening)
	board.Serve(a, get("/openings/{commitment}", "An opened ballot, for an hour", "/openings/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), c.opened)
}

func (c *Casting) definition(ctx context.Context, in *definitionIn) (*definitionOut, error) {
	text, err := c.cfg.Registrar.Definition(ctx, in.UUID)
	if err != nil {
		return nil, refused(err)
	}
	out := &definitionOut{
		Status: http.StatusOK, Type: "application/json", Tag: `"` + AttachmentOf(text).SHA256 + `"`, Keep: "public, max-age=3600", Body: text,
	}
	if in.Known == out.Tag {
		out.Status, out.Body = http.StatusNotModified, nil
	}
	return out, nil
}

func (c *Casting) credentials(ctx context.Context, in *credentialsIn) (*credentialsOut, error) {
	list, err := c.Credentials(ctx, in.UUID, in.Prefix)
	if err != nil {
		return nil, refused(err)
	}
	out := new(credentialsOut)
	out.Body.Credentials = list
	return out, nil
}

func (c *Casting) voting(ctx context.Context, in *ElectionIn) (*votingOut, error) {
	v, err := c.Voting(ctx, in.UUID)
	if err != nil {
		return nil, refused(err)
	}
	out := new(votingOut)
	b := &out.Body
	b.Title, b.Definition, b.Opens, b.Closes, b.Until = v.Title, v.Definition, v.Opens, v.Closes, v.Until
	b.Credentials, b.Code, b.Now = v.Credentials, cmp.Or(string(v.Code), "none"), v.Now
	return out, nil
}

func (c *Casting) cast(ctx context.Context, in *castIn) (*castOut, error) {
	a, p, err := c.Cast(ctx, in.UUID, in.RawBody, in.client)
	if err != nil {
		return nil, refused(err)
	}
	return newCastOut(a, p), nil
}

func (c *Casting) askCode(ctx context.Context, in *askIn) (*askOut, error) {
	asked, err := c.AskCode(ctx, in.Token, in.Body.Voter)
	if err != nil {
		return nil, refused(err)
	}
	out := new(askOut)
	out.Body.Sent, out.Body.To, out.Body.Again = string(asked.Channel), asked.To, int(asked.Again/time.Second)
	return out, nil
}

func (c *Casting) confirm(ctx context.Context, in *confirmIn) (*castOut, error) {
	a, left, err := c.Confirm(ctx, in.Token, in.Body.Code)
	if errors.Is(err, ErrWrongCode) {
		refusal := board.Refuse(http.StatusForbidden, "wrong-code", err.Error())
		refusal.Left = &left
		return nil, refusal
	}
	if err != nil {
		return nil, refused(err)
	}
	return newCastOut(a, nil), nil
}

func (c *Casting) keepOpening(ctx context.Context, in *openingIn) (*openingOut, error) {
	commitment, err := c.KeepOpening(ctx, in.UUID, in.RawBody)
	if err != nil {
		return nil, refused(err)
	}
	hash, err := base64.RawStdEncoding.DecodeString(commitment)
	if err != nil {
		return nil, err
	}
	out := new(openingOut)
	out.Body.Commitment = base64.RawURLEncoding.EncodeToString(hash)
	return out, nil
}

func (c *Casting) opened(_ context.Context, in *openedIn) (*openedOut, error) {
	hash, err := base64.RawURLEncoding.DecodeString(in.Commitment)
	text := []byte(nil)
	if err == nil {
		text = c.Opening(in.UUID, base64.RawStdEncoding.EncodeToString(hash))
	}
	if text == nil {
		return nil, board.Refuse(http.StatusNotFound, "unknown-opening", "no opened ballot with this commitment is kept: they are for an hour")
	}
	return &openedOut{Type: "application/json", Body: text}, nil
}

// refusals are the errors that booths meet, the more precise ones first.
var refusals = []struct {
	err    error
	status int
	reason string
}{
	{ErrUnknownElection, http.StatusNotFound, "unknown-election"},
	{ErrNotOpen, http.StatusConflict, "not-open"},
	{ErrClosed, http.StatusConflict, "closed"},
	{ErrAlreadyCast, http.StatusConflict, "already-cast"},
	{ErrTooSoon, http.StatusTooManyRequests, "too-soon"},
	{ErrAskAgain, http.StatusTooManyRequests, "asked-just-now"},
	{ErrCastExpired, http.StatusGone, "expired"},
	{ErrCodeExpired, http.StatusForbidden, "code-expired"},
	{ErrNoTries, http.StatusForbidden, "no-attempts"},
	{ErrOtherCredential, http.StatusConflict, "other-credential"},
	{ErrOtherVoter, http.StatusConflict, "other-voter"},
	{ErrVoters, http.StatusUnprocessableEntity, "not-a-voter"},
	{message.ErrNoSender, http.StatusServiceUnavailable, "no-sender"},
	{ErrShortPrefix, http.StatusBadRequest, "short-prefix"},
	{ballot.ErrOpening, http.StatusUnprocessableEntity, "not-an-opening"},
	{ballot.ErrSignature, http.StatusUnprocessableEntity, "wrong-signature"},
	{ballot.ErrNotCanonical, http.StatusUnprocessableEntity, "not-a-ballot"},
	{ballot.ErrWrongElection, http.StatusUnprocessableEntity, "other-election"},
	{ballot.ErrUnknownCredential, http.StatusUnprocessableEntity, "unknown-credential"},
	{ballot.ErrShape, http.StatusUnprocessableEntity, "wrong-shape"},
	{ballot.ErrProof, http.StatusUnprocessableEntity, "wrong-proof"},
	{ballot.ErrUnsupported, http.StatusUnprocessableEntity, "unsupported"},
}

// refused puts an error into the interface's words; one that it does not know is the
// server's own.
func refused(err error) error {
	if w, ok := errors.AsType[*WaitError](err); ok {
		return board.Refuse(http.StatusTooManyRequests, "too-many", err.Error()).After(w.Wait)
	}
	for _, r := range refusals {
		if !errors.Is(err, r.err) {
			continue
		}
		refusal := board.Refuse(r.status, r.reason, err.Error())
		switch r.err {
		case ErrTooSoon:
			refusal.After(time.Second)
		case ErrAskAgain:
			refusal.After(askAgain)
		}
		return refusal
	}
	return err
}
