package vote_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"bayyina/core/ballot"
	"bayyina/core/canon"
	"bayyina/core/proof"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
)

// asked is what the interface answered.
type asked struct {
	status int
	header http.Header
	body   []byte
}

// json reads the answer.
func (a asked) json(tb testing.TB, into any) {
	tb.Helper()
	if err := json.Unmarshal(a.body, into); err != nil {
		tb.Fatalf("%v: %s", err, a.body)
	}
}

// reason is the word with which it was refused.
func (a asked) reason() string {
	var p struct{ Reason string }
	if json.Unmarshal(a.body, &p) != nil {
		return string(a.body)
	}
	return p.Reason
}

// ask sends a request to the interface, as a page of another site does.
func (s *shown) ask(method, path string, body []byte) asked {
	s.tb.Helper()
	r := httptest.NewRequest(method, "https://vote.test/api/v1"+path, bytes.NewReader(body))
	r.Header.Set("Origin", "https://booth.example")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	s.site.ServeHTTP(w, r)
	if w.Header().Get("Access-Control-Allow-Origin") != "*" || w.Header().Get("Set-Cookie") != "" {
		s.tb.Errorf("%s %s: headers %v", method, path, w.Header())
	}
	return asked{w.Code, w.Header(), w.Body.Bytes()}
}

// post casts over the interface.
func (s *shown) post(text []byte) asked {
	s.tb.Helper()
	return s.ask(http.MethodPost, "/elections/"+s.uuid+"/casts", text)
}

// opened has an opened ballot kept, and returns its commitment.
func (s *shown) opened() string {
	s.tb.Helper()
	draft := must(s.election.Encrypt(rand.Reader, s.secrets[0].Public(s.group, s.uuid), ballot.Plaintext{{1, 0, 0, 0}}))
	text := must(draft.Open()).Bytes()
	a := s.ask(http.MethodPost, "/elections/"+s.uuid+"/openings", text)
	if a.status != http.StatusCreated {
		s.tb.Fatalf("opening: %d %s", a.status, a.body)
	}
	var out struct{ Commitment string }
	a.json(s.tb, &out)
	if hash := must(base64.RawURLEncoding.DecodeString(out.Commitment)); base64.RawStdEncoding.EncodeToString(hash) != draft.Commitment() {
		s.tb.Errorf("commitment %s, want %s", out.Commitment, draft.Commitment())
	}
	for range 20 { // whatever is sent meanwhile, into buffers that are used again
		s.ask(http.MethodPost, "/elections/"+s.uuid+"/openings", bytes.Repeat([]byte{'x'}, len(text)))
	}
	if got := s.ask(http.MethodGet, "/elections/"+s.uuid+"/openings/"+out.Commitment, nil); !bytes.Equal(got.body, text) {
		s.tb.Errorf("the opened ballot comes back as %s", got.body)
	}
	return out.Commitment
}

func TestABoothGetsEverythingItNeedsAndAPromise(t *testing.T) {
	w := newWorld(t, store.SQLite)
	s := show(w)
	one := "/elections/" + w.uuid
	if a := s.ask(http.MethodGet, one+"/definition", nil); a.status != http.StatusNotFound || a.reason() != "unknown-election" {
		t.Errorf("before the set-up: %d %s", a.status, a.body)
	}
	w.setUp()
	var voting struct {
		Title       read.Bilingual
		Definition  string
		Opens       time.Time
		Until       time.Time `json:"accepting_until"`
		Credentials int
		Code        string
	}
	s.ask(http.MethodGet, one+"/voting", nil).json(t, &voting)
	if voting.Title != (read.Bilingual{AR: "انتخاب", EN: "Election"}) || !voting.Opens.IsZero() {
		t.Errorf("before the opening: %+v", voting)
	}
	if a := s.post(w.ballot(0, 0)); a.status != http.StatusConflict || a.reason() != "not-open" {
		t.Errorf("before the opening: %d %s", a.status, a.body)
	}
	w.enter(evidence.KindOpen, evidence.Open{Election: w.uuid, Opens: opens, Closes: closes, Batch: 600}, nil, w.Decision()...)
	w.at(opens)

	a := s.ask(http.MethodGet, one+"/definition", nil)
	tag := `"` + voting.Definition + `"`
	if !bytes.Equal(a.body, w.definition) || a.header.Get("ETag") != tag {
		t.Errorf("definition %s, ETag %s", a.body, a.header.Get("ETag"))
	}
	known := httptest.NewRequest(http.MethodGet, "https://vote.test/api/v1"+one+"/definition", nil)
	known.Header.Set("If-None-Match", tag)
	rec := httptest.NewRecorder()
	if s.site.ServeHTTP(rec, known); rec.Code != http.StatusNotModified || rec.Body.Len() > 0 {
		t.Errorf("again: status %d", rec.Code)
	}
	s.ask(http.MethodGet, one+"/voting", nil).json(t, &voting)
	if !voting.Opens.Equal(opens) || !voting.Until.Before(closes) || voting.Credentials != voters || voting.Code != "none" {
		t.Errorf("voting: %+v", voting)
	}

	text := w.ballot(3, 1)
	a = s.post(text)
	var out struct {
		Tracker, Promise string
		Deadline         time.Time
	}
	a.json(t, &out)
	promise := must(read.ParsePromise([]byte(out.Promise)))
	if a.status != http.StatusOK || promise.Tracker != vote.AttachmentOf(text).SHA256 || !promise.Deadline.Equal(out.Deadline) {
		t.Errorf("cast: %d %s", a.status, a.body)
	}
	if n := w.tick(batch); n != 1 {
		t.Errorf("%d ballots entered", n)
	}
	if a := s.post(text); a.status != http.StatusConflict || a.reason() != "already-cast" {
		t.Errorf("cast again after it entered: %d %s", a.status, a.body)
	}
	s.opened()
	w.pass(time.Hour + time.Second)
	if a := s.ask(http.MethodGet, one+"/openings/"+s.opened(), nil); a.status != http.StatusOK {
		t.Errorf("opened just now: %d", a.status)
	}
}

func TestCredentialsAreFoundByHowTheyBegin(t *testing.T) {
	w := newWorld(t, store.SQLite)
	s := show(w)
	w.open()
	var all []string
	for i := range w.list.Len() {
		all = append(all, w.list.At(i).Public.String())
	}
	for _, digits := range []int{1, 2, 4, 5, 64} {
		for _, text := range all {
			var want []string
			for _, other := range all {
				if strings.HasPrefix(other, text[:digits]) {
					want = append(want, other)
				}
			}
			var got struct{ Credentials []string }
			s.ask(http.MethodGet, "/elections/"+w.uuid+"/credentials/"+text[:digits], nil).json(t, &got)
			slices.Sort(got.Credentials)
			slices.Sort(want)
			if !slices.Equal(got.Credentials, want) {
				t.Errorf("prefix %s: %v, want %v", text[:digits], got.Credentials, want)
			}
		}
	}
	for prefix, status := range map[string]int{strings.Repeat("0", 64): 200, strings.Repeat("0", 65): 422, "x": 422, "A": 422} {
		if a := s.ask(http.MethodGet, "/elections/"+w.uuid+"/credentials/"+prefix, nil); a.status != status {
			t.Errorf("prefix %q: status %d, want %d", prefix, a.status, status)
		}
	}
}

func TestBallotsThatAttackAreRefusedWithAReason(t *testing.T) {
	w := newWorld(t, store.SQLite)
	s := show(w)
	w.open()
	good := w.ballot(0, 0)
	other := newNation(w.group)
	choice, _, _ := bytes.Cut(good[bytes.Index(good, []byte(`{"alpha"`)):], []byte("},"))
	choices := func(n int) []byte {
		return bytes.Replace(good, []byte(`"choices":[`), append([]byte(`"choices":[`), bytes.Repeat(append(choice, "},"...), n)...), 1)
	}
	for _, test := range []struct {
		name, reason string
		status       int
		text         []byte
	}{
		{"of another election", "other-election", 422, other.ballot(0, 0)},
		{"of another election under this one's name", "other-election", 422, bytes.ReplaceAll(other.ballot(0, 0), []byte(other.uuid), []byte(w.uuid))},
		{"by a stranger", "unknown-credential", 422, w.stranger()},
		{"copied under another credential", "wrong-signature", 422, w.copied(good, 0, 1)},
		{"copied and signed anew", "wrong-proof", 422, w.resigned(w.copied(good, 0, 1), 1)},
		{"with a hundred choices", "wrong-shape", 422, w.resigned(choices(100), 0)},
		{"with five thousand choices", "not-a-ballot", 422, w.resigned(choices(5000), 0)},
		{"with ten thousand choices", "request-entity-too-large", 413, choices(10_000)},
		{"oversized", "request-entity-too-large", 413, bytes.Repeat([]byte(" "), evidence.MaxBallot+1)},
		{"none", "not-a-ballot", 422, []byte("{}")},
		{"that is no text", "not-a-ballot", 422, []byte{0xff, 0, 1}},
		{"empty", "bad-request", 400, nil},
	} {
		a := s.post(test.text)
		if a.status != test.status || a.reason() != test.reason {
			t.Errorf("%s: %d %s", test.name, a.status, a.body)
		}
	}
	if s := must(w.reg.Status(ctx, w.uuid)); s.Waiting != 0 {
		t.Errorf("%d ballots wait", s.Waiting)
	}
	if a := s.post(good); a.status != http.StatusOK {
		t.Errorf("the honest one: %d %s", a.status, a.body)
	}
}

func TestAPageOfAnotherSiteMayAskBeforeItSends(t *testing.T) {
	w := newWorld(t, store.SQLite)
	s := show(w)
	a := s.ask(http.MethodOptions, "/elections/"+w.uuid+"/casts", nil)
	if a.status != http.StatusNoContent || a.header.Get("Access-Control-Allow-Headers") != "Content-Type" || a.header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("%d %v", a.status, a.header)
	}
}

// copied is a ballot of one voter under the name of another.
func (n *nation) copied(text []byte, from, to int) []byte {
	name := func(voter int) []byte { return n.secrets[voter].Public(n.group, n.uuid).AppendText(nil) }
	return bytes.Replace(text, name(from), name(to), 1)
}

// resigned is a text with the signature of a voter, whatever it is.
func (n *nation) resigned(text []byte, by int) []byte {
	unsigned, _, _ := bytes.Cut(text, []byte(`,"signature"`))
	hash := canon.B64(append(bytes.Clone(unsigned), '}'))
	p := must(proof.ProveKnowledge(rand.Reader, proof.BallotSignature, []byte(hash), n.secrets[by].Key(n.group, n.uuid)))
	var w canon.Writer
	w.Raw(unsigned).Key("signature").Begin('{').Key("hash").String(hash).Key("proof")
	p.Write(&w)
	return append(w.End('}').Bytes(), '}')
}
