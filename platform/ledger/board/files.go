package board

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"

	"bayyina/platform/identity/access"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

// mountFiles adds what can be taken away: proofs, entries, attachments, the policy.
func (p *Pages) mountFiles(site *web.Site) {
	serve := func(path string, h func(http.ResponseWriter, *http.Request) error) {
		site.Serve(http.MethodGet, path, access.Public, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := h(w, r); err != nil {
				site.Fail(w, r, p.problem(err))
			}
		}))
	}
	serve("/policy.txt", p.policyFile)
	serve("/entries/{sequence}/entry.txt", func(w http.ResponseWriter, r *http.Request) error {
		return p.ofEntry(w, r, func(_ *Snapshot, e *read.Entry) ([]byte, error) { return e.Raw, nil })
	})
	serve("/entries/{sequence}/statement.txt", func(w http.ResponseWriter, r *http.Request) error {
		return p.ofEntry(w, r, func(_ *Snapshot, e *read.Entry) ([]byte, error) { return e.Statement.Raw, nil })
	})
	serve("/entries/{sequence}/proof.txt", func(w http.ResponseWriter, r *http.Request) error {
		return p.ofEntry(w, r, func(s *Snapshot, e *read.Entry) ([]byte, error) { return s.Proof(r.Context(), e, false) })
	})
	serve("/entries/{sequence}/receipt.txt", func(w http.ResponseWriter, r *http.Request) error {
		return p.ofEntry(w, r, func(s *Snapshot, e *read.Entry) ([]byte, error) { return s.Proof(r.Context(), e, true) })
	})
	serve("/entries/{sequence}/attachments/{sha256}", func(w http.ResponseWriter, r *http.Request) error {
		return p.ofEntry(w, r, func(s *Snapshot, e *read.Entry) ([]byte, error) {
			return s.Attachment(r.Context(), e, r.PathValue("sha256"))
		})
	})
}

// ofEntry answers with bytes that belong to an entry.
func (p *Pages) ofEntry(w http.ResponseWriter, r *http.Request, get func(*Snapshot, *read.Entry) ([]byte, error)) error {
	s, err := p.Now()
	if err != nil {
		return err
	}
	n, err := sequence(r, "sequence")
	if err != nil {
		return err
	}
	e, err := s.Entry(r.Context(), n)
	if err != nil {
		return err
	}
	data, err := get(s, e)
	if err != nil {
		return err
	}
	Download(w, r, data)
	return nil
}

func (p *Pages) policyFile(w http.ResponseWriter, r *http.Request) error {
	policy := p.board.Policy()
	if policy == nil {
		return web.NotFound()
	}
	Download(w, r, []byte(policy.String()))
	return nil
}

// Download answers with bytes that are kept and not shown: browsers must never take
// what somebody else wrote for a page of this site.
func Download(w http.ResponseWriter, r *http.Request, data []byte) {
	tag := `"` + fingerprint(data)[:32] + `"`
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", "public, max-age=60")
	h.Set("Access-Control-Allow-Origin", "*")
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Disposition", "attachment")
	h.Set("Content-Length", strconv.Itoa(len(data)))
	_, _ = w.Write(data) // a reader who is gone is nobody's fault
}

// fingerprint is the hex SHA-256.
func fingerprint(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
