package web

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"sync"

	"golang.org/x/sync/singleflight"
)

// maxCached is the most bytes of pages that are kept.
const maxCached = 128 << 20

// cache keeps rendered pages of one version of the site.
type cache struct {
	mu      sync.RWMutex
	version string
	pages   map[string]*cachedPage
	bytes   int
	making  singleflight.Group
}

// cachedPage is a page as it is sent.
type cachedPage struct {
	status        int
	plain, zipped []byte
	tag           string // its ETag
}

func newCache() *cache { return &cache{pages: make(map[string]*cachedPage)} }

func (c *cache) find(version, address string) *cachedPage {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if version != c.version {
		return nil
	}
	return c.pages[address]
}

// keep keeps a page, unless there are too many.
func (c *cache) keep(version, address string, p *cachedPage) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if version != c.version {
		c.version, c.bytes = version, 0
		clear(c.pages)
	}
	if size := len(p.plain) + len(p.zipped); c.bytes+size <= maxCached {
		c.pages[address] = p
		c.bytes += size
	}
}

// fromCache serves a page that is the same for everybody. Many who ask for it at once
// wait for one rendering.
func (s *Site) fromCache(w http.ResponseWriter, r *http.Request, l language, h PageFunc) {
	version := ""
	if s.cfg.Version != nil {
		version = s.cfg.Version()
	}
	address := r.URL.RequestURI()
	p := s.cache.find(version, address)
	if p == nil {
		made, err, _ := s.cache.making.Do(version+" "+address, func() (any, error) {
			p, err := s.make(r, l, h)
			if err == nil && p.status == http.StatusOK {
				s.cache.keep(version, address, p)
			}
			return p, err
		})
		if err != nil {
			s.tell(w, r, l, err)
			return
		}
		p = made.(*cachedPage) //nolint:forcetypeassert // what was made above
	}
	p.send(w, r)
}

func (s *Site) make(r *http.Request, l language, h PageFunc) (*cachedPage, error) {
	a, err := h(s.visit(r, l, nil))
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(a.body)
	return &cachedPage{status: a.status, plain: a.body, zipped: zip(a.body), tag: hex.EncodeToString(sum[:16])}, nil
}

// send sends the page, or says that the reader has it.
func (p *cachedPage) send(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=5")
	h.Set("Vary", "Accept-Encoding")
	body, tag := p.plain, `"`+p.tag+`"`
	if acceptsGzip(r) {
		body, tag = p.zipped, `"`+p.tag+`-gzip"`
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(p.status)
	_, _ = w.Write(body) // a reader who is gone is nobody's fault
}
