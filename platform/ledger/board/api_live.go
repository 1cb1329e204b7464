package board

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"bayyina/platform/identity/access"
	"bayyina/platform/web"
)

// Refusal is an error with a reason that programs know: problem details (RFC 9457) with
// the member "reason", a stable word.
type Refusal struct {
	huma.ErrorModel
	Reason string `json:"reason"`
	Left   *int64 `json:"attempts_left,omitempty"` // where something may be tried so often

	wait time.Duration
}

// Refuse answers with a status, the reason's word, and a sentence for developers.
func Refuse(status int, reason, detail string) *Refusal {
	return &Refusal{ErrorModel: huma.ErrorModel{Status: status, Title: http.StatusText(status), Detail: detail}, Reason: reason}
}

// After says how long to wait before asking again, in whole seconds.
func (r *Refusal) After(d time.Duration) *Refusal {
	r.wait = d
	return r
}

// GetHeaders is for huma.
func (r *Refusal) GetHeaders() http.Header {
	if r.wait <= 0 {
		return nil
	}
	return http.Header{"Retry-After": {strconv.Itoa(int((r.wait + time.Second - 1) / time.Second))}}
}

// reasoned gives what the interface itself refuses a reason, too.
func reasoned(_ huma.Context, _ string, v any) (any, error) {
	e, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	return &Refusal{ErrorModel: *e, Reason: strings.ReplaceAll(strings.ToLower(http.StatusText(e.Status)), " ", "-")}, nil
}

// Operation is what is served live.
type Operation struct {
	Method, Path string // the path below /api/v1
	Summary      string
	Example      string // path of a request that shows it, below /api/v1; with its body after a space where it has one
	Limit        int64  // most bytes of the request's body
	Exact        bool   // the body is taken byte for byte, as RawBody
	Status       int    // of success; 200 if it is zero
	Refusals     []int  // statuses of refusals
}

// Serve adds an operation that this server answers by itself, not from the log: nothing
// keeps the answer, unless h says so. Programs of any site may ask; there are no cookies.
func Serve[I, O any](a *API, op Operation, h func(context.Context, *I) (*O, error)) {
	path := "/api/v1" + op.Path
	huma.Register(a.API, huma.Operation{
		OperationID: strings.ToLower(op.Method) + "-" + operationID(op.Path), Method: op.Method, Path: path, Summary: op.Summary,
		Description: "Example: `" + op.Method + " /api/v1" + op.Example + "`", Errors: op.Refusals, MaxBodyBytes: op.Limit, DefaultStatus: op.Status,
		SkipValidateBody: op.Exact,
	}, func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, in)
		if _, told := errors.AsType[*Refusal](err); err != nil && !told {
			a.board.cfg.Log.Error("a request failed", "method", op.Method, "route", path, "error", err)
			err = Refuse(http.StatusInternalServerError, "server-error", "this server failed; nothing was taken that was not answered")
		}
		return out, err
	})
	live := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		share(w.Header())
		w.Header().Set("Cache-Control", "no-store")
		a.mux.ServeHTTP(w, r)
	})
	a.site.Serve(op.Method, path, access.Public, live, web.Foreign, web.Limit(op.Limit+1))
	if op.Method == http.MethodGet || a.asked[path] {
		return
	}
	a.asked[path] = true
	a.site.Serve(http.MethodOptions, path, access.Public, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		share(w.Header())
		w.Header().Set("Access-Control-Allow-Methods", op.Method)
		w.Header().Set("Access-Control-Allow-Headers", "Content-Type")
		w.Header().Set("Access-Control-Max-Age", "86400")
		w.WriteHeader(http.StatusNoContent)
	}))
}

// Describe adds an operation to the description that the site serves by other means, because a body
// is read or written as it comes: the media types of what it takes, "" for nothing, and gives.
func (a *API) Describe(op Operation, takes, gives string) {
	described := &huma.Operation{
		OperationID: strings.ToLower(op.Method) + "-" + operationID(op.Path), Method: op.Method, Path: "/api/v1" + op.Path, Summary: op.Summary,
		Description: "Example: `" + op.Method + " /api/v1" + op.Example + "`",
		Responses:   map[string]*huma.Response{"200": {Description: http.StatusText(http.StatusOK), Content: map[string]*huma.MediaType{gives: {}}}},
	}
	for _, status := range op.Refusals {
		described.Responses[strconv.Itoa(status)] = &huma.Response{
			Description: http.StatusText(status), Content: map[string]*huma.MediaType{"application/problem+json": {}},
		}
	}
	for _, part := range strings.Split(op.Path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			described.Parameters = append(described.Parameters, &huma.Param{
				Name: strings.TrimSuffix(name, "}"), In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString},
			})
		}
	}
	if takes != "" {
		described.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			takes: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
		}}
	}
	a.OpenAPI().AddOperation(described)
}

// share lets programs of any site read an answer.
func share(h http.Header) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "ETag, Retry-After")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
}
