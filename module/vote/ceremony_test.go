package vote_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"bayyina/core/credential"
	"bayyina/core/group"
	"bayyina/core/trustee"
	"bayyina/module/vote"
	"bayyina/module/vote/evidence"
	"bayyina/module/vote/local"
	"bayyina/platform/identity"
	"bayyina/platform/identity/access"
	"bayyina/platform/ledger"
	"bayyina/platform/ledger/board"
	"bayyina/platform/ledger/read"
	"bayyina/platform/store"
	"bayyina/platform/web"
	"bayyina/platform/web/chart"
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
	draft      string         // uuid
	manager    *access.Person // who visits the pages
	secrets    []credential.Private
	papers     []string // folders of the programs
}

// slow skips, in short runs, what takes long and has nothing beside it: the race detector, whose
// runs are short, makes scrypt and counting ten times slower.
func slow(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("SKIPPED in short runs: it takes long")
	}
}

// traffic is all that reached the server.
type traffic struct {
	next http.Handler
	mu   sync.Mutex
	all  bytes.Buffer
}

// has tells whether some bytes reached the server.
func (t *traffic) has(secret []byte) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return bytes.Contains(t.all.Bytes(), secret)
}

func (t *traffic) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body bytes.Buffer
	if _, err := body.ReadFrom(r.Body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	t.mu.Lock()
	fmt.Fprintf(&t.all, "%s %s %v\n", r.Method, r.URL, r.Header)
	t.all.Write(body.Bytes())
	t.mu.Unlock()
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

// groups are threshold groups of so many members each, after one another.
func groups(w *world, draft string, thresholds []int, sizes ...int) vote.Roster {
	r := roster(w, draft, false)
	r.Thresholds = thresholds
	place := 0
	for i, size := range sizes {
		for range size {
			r.Parties[place].Group = i + 1
			place++
		}
	}
	return r
}

// newHall builds a hall in which no ceremony has begun.
func newHall(t *testing.T, w *world) *hall {
	t.Helper()
	h := &hall{world: w, draft: must(vote.NewUUID(rand.Reader))}
	h.drain()
	h.ceremonies = vote.NewCeremonies(h.reg, h.keys)
	site := must(web.New(web.Config{
		Name: read.Bilingual{AR: "بيّنة", EN: "Bayyina"}, Rehearsal: true, Origin: "https://vote.test", Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Visitor: func(*http.Request) (*access.Person, error) { return h.manager, nil },
	}))
	pages := must(board.NewPages(h.board(t), "https://vote.test/log"))
	h.ceremonies.Mount(must(vote.NewPages(pages, chart.LibyaTiles(), t.TempDir())), nil, site)
	h.ceremonies.MountAPI(must(pages.NewAPI(site)), site)
	site.Serve(http.MethodGet, "/log/{path...}", access.Public, http.StripPrefix("/log", must(ledger.Public(h.cfg.Dir))))
	h.traffic = &traffic{next: site.Handler()}
	h.server = httptest.NewServer(h.traffic)
	t.Cleanup(h.server.Close)
	for _, key := range h.Trustees {
		h.programs = append(h.programs, h.program(t, key))
	}
	return h
}

// board is one that has not looked at the log.
func (h *hall) board(t *testing.T) *board.Board {
	t.Helper()
	source := must(read.OpenSource(ctx, filepath.Join(h.cfg.Dir, "log")))
	t.Cleanup(func() { source.Close() })
	return must(board.New(board.Config{
		Source: source, Policy: must(read.ParsePolicy(h.Policy())), Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler),
		Judges: func() []read.Judge { return []read.Judge{evidence.NewJudge()} },
	}))
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
	cfg := h.keyed(t, key)
	h.papers = append(h.papers, cfg.Dir)
	return must(local.NewTrustee(cfg))
}

// keyed are the settings of the program of whoever has a key.
func (h *hall) keyed(t *testing.T, key *identity.Key) local.ProgramConfig {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "log.key")
	check(t, identity.WriteKeyFiles(file, key, must(identity.Seal(key, must(identity.Passphrase([]byte(passphrase), 10))))))
	return local.ProgramConfig{
		Dir: filepath.Join(dir, "papers"), Key: file, Client: must(local.NewClient(h.server.URL)), WorkFactor: 10, Random: rand.Reader, Now: h.clock,
	}
}

// begin begins a round.
func (h *hall) begin(t *testing.T, single bool) {
	t.Helper()
	must(h.ceremonies.Begin(ctx, roster(h.world, h.text(), single)))
}

// text is that of the draft.
func (h *hall) text() string {
	return fmt.Sprintf(`{"uuid":"%s","name":"انتخاب","description":"","questions":[{"question":"من؟","answers":["أ","ب","ج"],"min":1,"max":2,"blank":true}]}`, h.draft)
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
	var list *credential.List
	var err error
	h.secrets, list, err = credential.Issue(rand.Reader, group.Ed25519, h.draft, roll, false)
	check(t, err)
	signed := must(h.Say(evidence.KindCredentials, vote.CredentialsStatement(h.draft, list, nil), h.Authority))
	check(t, must(local.NewClient(h.server.URL)).Send(ctx, h.draft, must(vote.Parcel(signed, list.Bytes()))))
	h.drain()
	return list
}

func TestTrusteesMakeTheirKeysOnTheirOwnMachines(t *testing.T) {
	slow(t)
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

// refuses fails unless the server refuses a parcel for a reason.
func (h *hall) refuses(t *testing.T, what, reason string, parcel []byte) {
	t.Helper()
	err := must(local.NewClient(h.server.URL)).Send(ctx, h.draft, parcel)
	refused := new(local.RefusedError)
	if !errors.As(err, &refused) || refused.Reason != reason {
		t.Errorf("%s: %v, not refused as %s", what, err, reason)
	}
}

func TestMessagesThatAreNotThePartysInThisCeremonyAreRefused(t *testing.T) {
	h := newHall(t, newWorld(t, store.SQLite))
	h.begin(t, false)
	c := must(h.ceremonies.Ceremony(ctx, h.draft))
	h.does(t, 0, vote.StepCertificate)
	parcel := must(h.ask(t, 0).Parcel(vote.StepCertificate))
	check(t, must(local.NewClient(h.server.URL)).Send(ctx, h.draft, parcel)) // the same again changes nothing

	certificate := must(h.ceremonies.Ceremony(ctx, h.draft)).Has(vote.StepCertificate, 1).Content
	made := func(c vote.Ceremony, step vote.Step, place int, message []byte, key *identity.Key) []byte {
		return must(vote.MessageParcel(&c, step, place, message, key))
	}
	round, election, log := *c, *c, *c
	round.Round, election.Election, log.Log = 2, must(vote.NewUUID(rand.Reader)), "log.other.example/2026"
	for _, lie := range []struct {
		what, reason string
		parcel       []byte
	}{
		{"nothing", "no-message", nil},
		{"no tar file", "no-message", []byte(strings.Repeat("x", 2000))},
		{"another trustee's key", "not-signed", made(*c, vote.StepCertificate, 2, certificate, h.Trustees[2])},
		{"a key with no part in it", "not-signed", made(*c, vote.StepCertificate, 2, certificate, h.Registry)},
		{"the authority as a trustee", "not-signed", made(*c, vote.StepCertificate, 2, certificate, h.Authority)},
		{"another trustee's certificate", "wrong", made(*c, vote.StepCertificate, 2, certificate, h.Trustees[1])},
		{"another certificate of the same trustee", "said-otherwise", made(*c, vote.StepCertificate, 1, []byte("{}"), h.Trustees[0])},
		{"a party that is not there", "wrong", made(*c, vote.StepCertificate, 9, certificate, h.Trustees[1])},
		{"a message of another round", "no-message", made(round, vote.StepCertificate, 2, certificate, h.Trustees[1])},
		{"a message of another election", "no-message", made(election, vote.StepCertificate, 2, certificate, h.Trustees[1])},
		{"a message for another log", "no-message", made(log, vote.StepCertificate, 2, certificate, h.Trustees[1])},
		{"a polynomial before its time", "too-early", made(*c, vote.StepPolynomial, 2, []byte("{}"), h.Trustees[1])},
		{"an oversized message", "no-message", made(*c, vote.StepCertificate, 2, make([]byte, 2<<20), h.Trustees[1])},
		{"a changed message", "no-message", bytes.Replace(parcel, []byte("verification"), []byte("verificatioN"), 1)},
		{"a commitment of somebody else", "not-signed", must(vote.Parcel(must(h.Say(evidence.KindCommitment, evidence.Commitment{Election: h.draft, Trustee: 2}, h.Trustees[2]))))},
		{"an opening of the election", "no-message", must(vote.Parcel(must(h.Say(evidence.KindOpen, evidence.Open{Election: h.draft}, h.Trustees[1]))))},
		{"credentials by a trustee", "not-signed", must(vote.Parcel(must(h.Say(evidence.KindCredentials, vote.CredentialsStatement(h.draft, h.list, nil), h.Trustees[1])), h.list.Bytes()))},
		{"other credentials than those signed", "no-message", must(vote.Parcel(must(h.Say(evidence.KindCredentials, vote.CredentialsStatement(h.draft, h.list, nil), h.Authority)), h.list.Bytes()[1:]))},
	} {
		h.refuses(t, lie.what, lie.reason, lie.parcel)
	}
	if n := len(must(h.ceremonies.Ceremony(ctx, h.draft)).Said); n != 1 {
		t.Errorf("%d messages, not 1", n)
	}
}

// Whoever reads the description of the interface finds the ceremonies there, and its examples hold.
func TestTheInterfaceOfCeremoniesIsDescribed(t *testing.T) {
	h := newHall(t, newWorld(t, store.SQLite))
	h.begin(t, false)
	h.does(t, 0, vote.StepCertificate)
	get := func(path string) string {
		answer := httptest.NewRecorder()
		h.traffic.next.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
		if answer.Code != http.StatusOK {
			t.Errorf("%s: %d", path, answer.Code)
		}
		return answer.Body.String()
	}
	var description struct {
		Paths map[string]struct {
			Get  *struct{ Description string }
			Post *struct {
				RequestBody struct{ Content map[string]any }
			}
		}
	}
	check(t, json.Unmarshal([]byte(get("/api/openapi.json")), &description))
	described := 0
	for path, op := range description.Paths {
		if !strings.HasPrefix(path, "/api/v1/ceremonies") {
			continue
		}
		if described++; op.Get == nil {
			if op.Post == nil || op.Post.RequestBody.Content["application/x-tar"] == nil {
				t.Errorf("%s takes no parcel", path)
			}
			continue
		}
		_, example, _ := strings.Cut(op.Get.Description, "`GET ")
		if text := get(strings.ReplaceAll(strings.TrimSuffix(example, "`"), "8QrCAeS5xbQKAY", h.draft)); !strings.Contains(text, h.draft) {
			t.Errorf("%s: %s", path, text)
		}
	}
	if described != 5 {
		t.Errorf("%d paths are described", described)
	}
}

// The server is never sent a secret: neither the trustees' keys nor the passphrase.
func TestNoSecretEverReachesTheServer(t *testing.T) {
	slow(t)
	h := newHall(t, newWorld(t, store.SQLite))
	h.begin(t, true)
	h.hold(t)
	if !h.traffic.has([]byte("coefexps")) {
		t.Fatal("nothing of the ceremony was seen in the traffic")
	}
	secrets := [][]byte{[]byte(passphrase)}
	for i := range h.programs {
		d := h.ask(t, i)
		label := vote.LabelSeed
		if d.Me.Kind == vote.Single {
			label = vote.LabelSingle
		}
		open := identity.AskPassphrase(func() ([]byte, error) { return []byte(passphrase), nil })
		sealed := must(d.Sealed())
		secrets = append(secrets, sealed[len(sealed)/2:len(sealed)/2+64], bytes.Trim(must(identity.OpenSecret(label, sealed, open)), "\"\n"))
	}
	for i, secret := range secrets {
		if len(secret) < 16 || h.traffic.has(secret) {
			t.Errorf("secret %d of %d bytes is in the traffic", i, len(secret))
		}
	}
}

func TestAWrongValueNamesItsSenderAndTheCeremonyBeginsAgain(t *testing.T) {
	slow(t)
	h := newHall(t, newWorld(t, store.SQLite))
	h.begin(t, false)
	for _, step := range []vote.Step{vote.StepCertificate, vote.StepCommitment} {
		for i := range h.programs {
			h.does(t, i, step)
		}
	}
	h.drain()
	h.does(t, 0, vote.StepPolynomial)
	h.does(t, 1, vote.StepPolynomial)
	// The third one exchanges the values that are sealed to the other two: nothing that the
	// server can see is wrong.
	d := h.ask(t, 2)
	check(t, d.Do(vote.StepPolynomial, []byte(passphrase)))
	parcel := must(d.Parcel(vote.StepPolynomial))
	var file struct {
		Polynomial json.RawMessage   `json:"polynomial"`
		Secrets    []json.RawMessage `json:"secrets"`
		Coefexps   json.RawMessage   `json:"coefexps"`
		Signature  json.RawMessage   `json:"signature"`
	}
	at := bytes.Index(parcel, []byte(`{"polynomial"`))
	check(t, json.NewDecoder(bytes.NewReader(parcel[at:])).Decode(&file))
	file.Secrets[0], file.Secrets[1] = file.Secrets[1], file.Secrets[0]
	swapped := must(json.Marshal(file))
	check(t, must(local.NewClient(h.server.URL)).Send(ctx, h.draft, must(vote.MessageParcel(d.Ceremony, vote.StepPolynomial, 3, swapped, h.Trustees[2]))))

	victim := h.ask(t, 0)
	err := victim.Do(vote.StepShare, []byte(passphrase))
	wrong := new(trustee.OwnerError)
	if !errors.As(err, &wrong) || wrong.Owner != 3 {
		t.Fatalf("a swapped value: %v", err)
	}
	check(t, victim.Complain(3, err.Error(), []byte(passphrase)))
	must(victim.Send(ctx))
	if said := must(h.ceremonies.Ceremony(ctx, h.draft)).Complaints(); said[1].Against != 3 {
		t.Errorf("complaints %v", said)
	}
	// The one whose name it was sees that somebody else spoke, and everybody begins again.
	if _, err := h.programs[2].Ask(ctx, h.draft); !errors.Is(err, local.ErrImpersonate) {
		t.Errorf("a message that the program did not write: %v", err)
	}
	h.begin(t, false)
	h.hold(t)
	h.issue(t)
	if c := must(h.ceremonies.Ceremony(ctx, h.draft)); !c.Complete() || c.Round != 2 {
		t.Errorf("round %d, left to do %v", c.Round, c.Awaited())
	}
}
