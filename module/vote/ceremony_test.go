package vote_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"bayyina/core/credential"
	"bayyina/core/group"
	"bayyina/core/trustee"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/module/vote/local"
	"bayyina/platform/identity"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

// passphrase is everybody's.
const passphrase = "correct horse battery"

// hall is a world with a ceremony on its server, and the programs of its trustees.
type hall struct {
	*world
	ceremonies *vote.Ceremonies
	server     *httptest.Server
	traffic    *traffic
	programs   []*local.Trustee
	draft      string // uuid
}

// traffic is all that reached the server.
type traffic struct {
	next http.Handler
	all  bytes.Buffer
}

func (t *traffic) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body bytes.Buffer
	if _, err := body.ReadFrom(r.Body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	fmt.Fprintf(&t.all, "%s %s %v\n", r.Method, r.URL, r.Header)
	t.all.Write(body.Bytes())
	r.Body = http.NoBody
	if body.Len() > 0 {
		r.Body = struct {
			*bytes.Reader
			noClose
		}{bytes.NewReader(body.Bytes()), noClose{}}
	}
	t.next.ServeHTTP(w, r)
}

type noClose struct{}

func (noClose) Close() error { return nil }

// roster is one single trustee, and two of whom one decrypts; or three of whom two do.
func roster(w *world, draft string, single bool) vote.Roster {
	r := vote.Roster{Draft: json.RawMessage(draft)}
	for i, key := range w.Trustees {
		p := vote.Party{Kind: vote.Member, Group: 1, Place: i + 1, Key: key.Name(), Name: read.Bilingual{AR: fmt.Sprintf("أمين %d", i+1), EN: fmt.Sprintf("Trustee %d", i+1)}}
		if single && i == 0 {
			p.Kind, p.Group = vote.Single, 0
		}
		r.Parties = append(r.Parties, p)
	}
	r.Thresholds = []int{2}
	if single {
		r.Thresholds = []int{1}
	}
	r.Parties = append(r.Parties, vote.Party{Kind: vote.Authority, Key: w.Authority.Name(), Name: read.Bilingual{AR: "جهة الرموز", EN: "Authority"}})
	return r
}

// newHall builds a hall in which no ceremony has begun.
func newHall(t *testing.T, w *world) *hall {
	t.Helper()
	h := &hall{world: w, draft: must(vote.NewUUID(rand.Reader))}
	h.drain()
	h.ceremonies = vote.NewCeremonies(h.reg, h.keys)
	site := must(web.New(web.Config{Name: read.Bilingual{AR: "بيّنة", EN: "Bayyina"}, Origin: "https://vote.test", Log: slog.New(slog.NewTextHandler(t.Output(), nil))}))
	h.ceremonies.MountAPI(site)
	h.traffic = &traffic{next: site.Handler()}
	h.server = httptest.NewServer(h.traffic)
	t.Cleanup(h.server.Close)
	for _, key := range h.Trustees {
		h.programs = append(h.programs, h.program(t, key))
	}
	return h
}

// keys are those of the log.
func (h *hall) keys() (*read.KeyHistory, error) {
	src, err := read.OpenSource(ctx, filepath.Join(h.cfg.Dir, "log"))
	if err != nil {
		return nil, err
	}
	defer src.Close()
	keys := read.NewKeyHistory(origin)
	return keys, keys.Follow(ctx, src)
}

func (h *hall) program(t *testing.T, key *identity.Key) *local.Trustee {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "log.key")
	check(t, identity.WriteKeyFiles(file, key, must(identity.Seal(key, must(identity.Passphrase([]byte(passphrase), 10))))))
	return must(local.NewTrustee(local.TrusteeConfig{
		Dir: filepath.Join(dir, "papers"), Key: file, Client: must(local.NewClient(h.server.URL)), WorkFactor: 10, Random: rand.Reader, Now: h.clock,
	}))
}

// begin begins a round.
func (h *hall) begin(t *testing.T, single bool) {
	t.Helper()
	draft := fmt.Sprintf(`{"uuid":"%s","name":"انتخاب","description":"","questions":[{"question":"من؟","answers":["أ","ب"],"min":1,"max":1}]}`, h.draft)
	must(h.ceremonies.Begin(ctx, roster(h.world, draft, single)))
}

// ask is what a trustee's program knows now.
func (h *hall) ask(t *testing.T, i int) *local.Desk {
	t.Helper()
	return must(h.programs[i].Ask(ctx, h.draft))
}

// does has a trustee do a step and send it.
func (h *hall) does(t *testing.T, i int, step vote.Step) {
	t.Helper()
	d := h.ask(t, i)
	switch step {
	case vote.StepCommitment:
		check(t, d.Compare())
	case vote.StepAgreement:
		check(t, d.Restore(must(d.Sealed()), []byte(passphrase)))
	}
	check(t, d.Do(step, []byte(passphrase)))
	must(d.Send(ctx))
}

// hold goes through the whole ceremony of the trustees.
func (h *hall) hold(t *testing.T) {
	t.Helper()
	for range 10 {
		for i := range h.programs {
			if step, turn := h.ask(t, i).Next(h.ask(t, i).Me); turn {
				h.does(t, i, step)
			}
		}
		h.drain()
	}
}

// issue has the authority make its list.
func (h *hall) issue(t *testing.T) *credential.List {
	t.Helper()
	var roll []credential.Voter
	for i := range voters {
		roll = append(roll, credential.Voter{ID: fmt.Sprint(i), Weight: 1})
	}
	_, list, err := credential.Issue(rand.Reader, group.Ed25519, h.draft, roll, false)
	check(t, err)
	signed := must(h.Say(evidence.KindCredentials, vote.CredentialsStatement(h.draft, list, nil), h.Authority))
	check(t, must(local.NewClient(h.server.URL)).Send(ctx, h.draft, must(vote.Parcel(signed, list.Bytes()))))
	h.drain()
	return list
}

func TestTrusteesMakeTheirKeysOnTheirOwnMachines(t *testing.T) {
	for _, single := range []bool{false, true} {
		each(t, func(t *testing.T, w *world) {
			h := newHall(t, w)
			h.begin(t, single)
			h.hold(t)
			list := h.issue(t)
			c := must(h.ceremonies.Ceremony(ctx, h.draft))
			if !c.Complete() {
				t.Fatalf("left to do: %+v", c.Awaited())
			}
			// The commission sets the election up with what came out, and all claims are true.
			record := must(c.Record())
			draft := must(c.Template())
			definition := must(draft.Definition(record))
			setup := must(vote.SetupStatement(read.Bilingual{AR: "انتخاب", EN: "Election"}, definition, record, list.Bytes(), 0))
			h.enter(evidence.KindSetup, setup, attachments(definition, record, list.Bytes()), h.Two()...)
			report, _, _ := h.replay()
			for _, claim := range report.Claims {
				if claim.Verdict == read.False {
					t.Errorf("%s: %+v", claim.ID, claim.Faults)
				}
				if claim.ID == "vote.setup" && claim.Verdict != read.True {
					t.Errorf("set-up: %s", claim.Verdict)
				}
			}
			if n := len(must(trustee.Parse(group.Ed25519, record)).Owners); n != members {
				t.Errorf("%d trustees", n)
			}
		})
	}
}
