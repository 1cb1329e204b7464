package board

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
	"bayyina/platform/locale"
	"bayyina/platform/web"
)

// API is the interface for programs, described by OpenAPI 3.1 at /api/openapi.json. What
// pages show is answered from the log as it was recomputed here (Get); what only this
// server can do, such as taking a ballot, it does at once (Serve).
type API struct {
	huma.API
	board *Board
	site  *web.Site
	mux   *http.ServeMux
	asked map[string]bool   // paths whose preflight is answered
	words [2]*locale.Locale // Arabic, English
}

// NewAPI adds the interface to a site, with what is to be known of the log. Modules add
// their operations with Get.
func (p *Pages) NewAPI(site *web.Site) (*API, error) {
	mux := http.NewServeMux()
	cfg := huma.DefaultConfig("Bayyina", "1")
	cfg.Info.Description = "What the public board shows, for programs, and what a voting booth needs. What is told of the log was recomputed by this server; " +
		"nothing need be believed: the log's files are enough to compute it again. Times are UTC. Lists are read on by the member `next`. " +
		"An error has the member `reason`, a stable word."
	cfg.OpenAPIPath, cfg.DocsPath, cfg.SchemasPath, cfg.CreateHooks = "/api/openapi", "", "", nil
	cfg.Transformers = append(cfg.Transformers, reasoned)
	a := &API{API: humago.New(mux, cfg), board: p.board, site: site, mux: mux, asked: make(map[string]bool)}
	for i, lang := range []string{locale.Arabic, locale.English} {
		l, err := locale.New(lang)
		if err != nil {
			return nil, err
		}
		a.words[i] = l
	}
	site.Serve(http.MethodGet, "/api/openapi.json", access.Public, a.open(mux))
	site.Serve(http.MethodGet, "/api/v1/{path...}", access.Public, a.open(mux))
	a.log()
	p.api = true
	site.Page(http.MethodGet, "/api", access.Public, func(v *web.Visit) (web.Answer, error) {
		return p.show(v, "api", "board.api-title", a.operations())
	}, web.Cached)
	return a, nil
}

// operation is what the page for developers tells of one.
type operation struct{ Method, Path, Summary string }

func (a *API) operations() []operation {
	var list []operation
	for path, item := range a.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post} {
			if op != nil {
				list = append(list, operation{op.Method, path, op.Summary})
			}
		}
	}
	slices.SortFunc(list, func(a, b operation) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Method, b.Method))
	})
	return list
}

// open lets programs of any site read, and keep what has not changed.
func (a *API) open(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tag := `"` + a.board.Version() + `"`
		share(w.Header())
		if r.Header.Get("If-None-Match") == tag {
			w.Header().Set("ETag", tag)
			w.WriteHeader(http.StatusNotModified)
			return
		}
		next.ServeHTTP(&tagged{ResponseWriter: w, tag: tag}, r)
	})
}

// tagged tells the version of what is answered, unless it is a problem.
type tagged struct {
	http.ResponseWriter
	tag string
}

func (w *tagged) WriteHeader(status int) {
	if status == http.StatusOK {
		w.Header().Set("ETag", w.tag)
		w.Header().Set("Cache-Control", "public, max-age=5")
	}
	w.ResponseWriter.WriteHeader(status)
}

// Get adds an operation: the path below /api/v1, what it answers with, and a request that
// shows it.
func Get[I, O any](a *API, path, summary, example string, h func(context.Context, *Snapshot, *I) (O, error)) {
	type answer struct{ Body O }
	huma.Register(a.API, huma.Operation{
		OperationID: operationID(path), Method: http.MethodGet, Path: "/api/v1" + path, Summary: summary,
		Description: "Example: `GET /api/v1" + example + "`", Errors: []int{http.StatusNotFound, http.StatusServiceUnavailable},
	}, func(ctx context.Context, in *I) (*answer, error) {
		s := a.board.Now()
		if s == nil {
			return nil, huma.Error503ServiceUnavailable("this server has not finished recomputing the log")
		}
		body, err := h(ctx, s, in)
		switch {
		case errors.Is(err, ErrBeyond):
			return nil, huma.Error404NotFound("there is no such thing")
		case errors.Is(err, read.ErrMissing), errors.Is(err, read.ErrDamaged):
			return nil, huma.Error503ServiceUnavailable("files of the published log are missing or damaged")
		case err != nil:
			return nil, err
		}
		return &answer{body}, nil
	})
}

// operationID names an operation by its path.
func operationID(path string) string {
	var id []byte
	for _, c := range []byte(path[1:]) {
		switch {
		case c == '/' || c == '-':
			id = append(id, '-')
		case 'a' <= c && c <= 'z':
			id = append(id, c)
		}
	}
	return string(id)
}

// Sentence is a message in both languages.
type Sentence struct {
	ID string `json:"id" doc:"Stable name of the message"`
	AR string `json:"ar"`
	EN string `json:"en"`
}

// Claim is a claim with its verdict.
type Claim struct {
	ID      string         `json:"id" example:"vote.ballots"`
	Subject string         `json:"subject,omitempty" doc:"An election's uuid; absent for the log itself"`
	Title   read.Bilingual `json:"title,omitzero"`
	Verdict string         `json:"verdict" enum:"true,false,not shown"`
	Says    Sentence       `json:"says" doc:"What is claimed"`
	How     *Sentence      `json:"how,omitempty" doc:"How it is known, or what is missing"`
	Belief  *Sentence      `json:"belief,omitempty" doc:"What a true verdict leaves to belief"`
	Faults  []Fault        `json:"faults,omitempty" doc:"Every reason for a false verdict, at most 20"`
}

// Fault is one thing that is wrong.
type Fault struct {
	Code     string    `json:"code"`
	Says     Sentence  `json:"says"`
	Sequence int64     `json:"sequence" doc:"The entry, -1 where no entry is concerned"`
	Time     time.Time `json:"time,omitzero"`
	SignedBy []string  `json:"signed_by,omitempty"`
}

// Claims puts claims into words.
func (a *API) Claims(claims []read.Claim) ([]Claim, error) {
	list := make([]Claim, 0, len(claims))
	var failed error
	say := func(m read.Message) Sentence {
		s := Sentence{ID: m.ID}
		var errs [2]error
		s.AR, errs[0] = a.words[0].Message(m)
		s.EN, errs[1] = a.words[1].Message(m)
		failed = errors.Join(failed, errs[0], errs[1])
		return s
	}
	some := func(m read.Message) *Sentence {
		if m.ID == "" {
			return nil
		}
		s := say(m)
		return &s
	}
	for _, c := range claims {
		told := Claim{
			ID: c.ID, Subject: c.Subject, Title: c.Title, Verdict: c.Verdict.String(),
			Says: say(c.Says), How: some(c.How), Belief: some(c.Belief),
		}
		for _, f := range c.Faults {
			told.Faults = append(told.Faults, Fault{f.Code, say(f.Says), f.Sequence, f.Time, f.SignedBy})
		}
		list = append(list, told)
	}
	return list, failed
}

// logState is the log as a whole.
type logState struct {
	Origin     string         `json:"origin" example:"log.hnec.example/2026"`
	Name       read.Bilingual `json:"name"`
	Rehearsal  bool           `json:"rehearsal"`
	Size       int64          `json:"size" doc:"Entries that this server recomputed"`
	Behind     int64          `json:"behind" doc:"Published entries that it has not recomputed yet"`
	Root       string         `json:"root" doc:"Base64 of the tree's root hash at this size"`
	AsOf       time.Time      `json:"as_of,omitzero" doc:"Witnessed time of the checkpoint"`
	Checkpoint string         `json:"checkpoint" doc:"c2sp.org/tlog-checkpoint, with its cosignatures"`
	Witnesses  []witness      `json:"witnesses"`
	Trouble    bool           `json:"trouble" doc:"Something keeps this server from going on: what it shows is the last that stood"`
}

type witness struct {
	Name   string    `json:"name"`
	Signed time.Time `json:"signed,omitzero" doc:"Its last cosignature that is known"`
	Newest bool      `json:"newest" doc:"It cosigned the newest checkpoint"`
}

// entry is an entry of the log.
type entry struct {
	Sequence  int64             `json:"sequence"`
	Time      time.Time         `json:"time"`
	After     int64             `json:"after"`
	Kind      string            `json:"kind" example:"vote.open/1"`
	ID        string            `json:"id" doc:"Of the statement"`
	Body      any               `json:"body" doc:"Of the statement; its form is the kind's (docs/PROTOCOL.md)"`
	Signed    []signature       `json:"signatures"`
	Attached  []read.Attachment `json:"attachments"`
	Statement string            `json:"statement" doc:"The statement's signed note, byte for byte"`
}

type signature struct {
	Key     string `json:"key"`
	Role    string `json:"role,omitempty"`
	Verdict string `json:"verdict" enum:"true,false,not shown" doc:"Whether it verifies, by a key valid at this entry"`
}

func (s *Snapshot) told(e *read.Entry) entry {
	t := entry{
		Sequence: e.Sequence, Time: e.Time, After: e.After, Kind: e.Statement.Kind, ID: e.Statement.ID,
		Signed: []signature{}, Attached: []read.Attachment{}, Statement: string(e.Statement.Raw),
	}
	t.Attached = append(t.Attached, e.Statement.Attachments...)
	if json.Valid(e.Statement.Body) {
		t.Body = json.RawMessage(e.Statement.Body)
	}
	for _, line := range s.Signatures(e) {
		t.Signed = append(t.Signed, signature{line.Name, line.Role, line.Verdict.String()})
	}
	return t
}

// Limit is how much of a list is asked for.
type Limit struct {
	Limit int `query:"limit" minimum:"1" maximum:"100" default:"50"`
}

type entriesIn struct {
	Limit
	Before int64  `query:"before" minimum:"0" default:"9007199254740991" doc:"Entries below this sequence"`
	Kind   string `query:"kind" maxLength:"64" doc:"Of one kind only" example:"vote.open/1"`
}

type entriesOut struct {
	Entries []entry `json:"entries" doc:"The newest first"`
	Next    *int64  `json:"next,omitempty" doc:"The value of before for those that follow; absent at the end"`
}

type entryIn struct {
	Sequence int64 `path:"sequence" minimum:"0"`
}

type proofOut struct {
	Proof   string `json:"proof" doc:"Inclusion proof, c2sp.org/tlog-proof"`
	Receipt string `json:"receipt" doc:"The same with the entry in it: bayyina verify --receipt checks it offline"`
}

type claimsIn struct {
	Subject string `query:"subject" maxLength:"64" doc:"An election's uuid; without it the log itself"`
}

type claimsOut struct {
	Size   int64   `json:"size" doc:"Entries that were recomputed"`
	Claims []Claim `json:"claims"`
}

// log adds what is to be known of the log.
func (a *API) log() {
	Get(a, "/log", "The log: size, root, checkpoint, witnesses", "/log", func(_ context.Context, s *Snapshot, _ *struct{}) (logState, error) {
		root := s.Report.Root
		out := logState{
			Origin: s.Report.Origin, Name: s.Report.Name, Rehearsal: s.Report.Rehearsal, Size: s.Size(), Behind: a.board.Behind(),
			Root: base64.StdEncoding.EncodeToString(root[:]), AsOf: s.Report.AsOf, Checkpoint: string(s.Checkpoint.Raw),
			Witnesses: []witness{}, Trouble: a.board.Standing().Trouble != nil,
		}
		for _, w := range s.Seen {
			out.Witnesses = append(out.Witnesses, witness{w.Name, w.Time, w.Newest})
		}
		return out, nil
	})
	Get(a, "/log/entries", "Entries, the newest first", "/log/entries?kind=log.genesis/1&limit=1", func(ctx context.Context, s *Snapshot, in *entriesIn) (entriesOut, error) {
		list, more, err := s.Latest(ctx, in.Kind, in.Before, in.Limit.Limit)
		out := entriesOut{Entries: []entry{}}
		for _, e := range list {
			out.Entries = append(out.Entries, s.told(e))
		}
		if more && len(list) > 0 {
			out.Next = &list[len(list)-1].Sequence
		}
		return out, err
	})
	Get(a, "/log/entries/{sequence}", "One entry", "/log/entries/0", func(ctx context.Context, s *Snapshot, in *entryIn) (entry, error) {
		e, err := s.Entry(ctx, in.Sequence)
		if err != nil {
			return entry{}, err
		}
		return s.told(e), nil
	})
	Get(a, "/log/entries/{sequence}/proof", "The proof that an entry is in the log", "/log/entries/0/proof", func(ctx context.Context, s *Snapshot, in *entryIn) (out proofOut, err error) {
		e, err := s.Entry(ctx, in.Sequence)
		if err != nil {
			return out, err
		}
		proof, err := s.Proof(ctx, e, false)
		if err != nil {
			return out, err
		}
		receipt, err := s.Proof(ctx, e, true)
		return proofOut{string(proof), string(receipt)}, err
	})
	Get(a, "/claims", "What was recomputed, each with its verdict", "/claims", func(_ context.Context, s *Snapshot, in *claimsIn) (claimsOut, error) {
		claims := s.Claims(in.Subject)
		if len(claims) == 0 {
			return claimsOut{}, fmt.Errorf("claims on %q: %w", in.Subject, ErrBeyond)
		}
		list, err := a.Claims(claims)
		return claimsOut{s.Size(), list}, err
	})
}
