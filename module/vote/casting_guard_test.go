package vote_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"bayyina/core/ballot"
	"bayyina/platform/store"
)

func TestTheTimeOfAnAnswerDoesNotTellWhoIsOnTheList(t *testing.T) {
	slow(t)
	p := poll(newWorld(t, store.SQLite))
	var took [2][]time.Duration // of known voters, and of unknown ones
	for range 3 {
		var tokens []string
		for voter := range voters {
			tokens = append(tokens, p.pend(p.ballot(voter, 0)))
		}
		for ask := range 10 {
			for i, token := range tokens {
				unknown := (ask + i) % 2
				voter := fmt.Sprintf("v-%d", i+90*unknown)
				begun := time.Now()
				if a := p.askCode(token, voter); a.status != http.StatusAccepted {
					t.Fatalf("%d %s", a.status, a.body)
				}
				took[unknown] = append(took[unknown], time.Since(begun))
			}
			p.pass(30 * time.Second)
		}
		p.deliver()
	}
	var median [2]time.Duration
	for i, all := range took {
		slices.Sort(all)
		median[i] = all[len(all)/2]
	}
	t.Logf("of %d each: known %s, unknown %s", len(took[0]), median[0], median[1])
	if least, most := min(median[0], median[1]), max(median[0], median[1]); most > least*3/2 {
		t.Errorf("a known voter is answered in %s, an unknown one in %s", median[0], median[1])
	}
}

func TestTheExamplesOfWhatIsSentAreAnsweredAsDescribed(t *testing.T) {
	p := poll(newWorld(t, store.SQLite))
	var description struct {
		Paths map[string]struct {
			Post *struct {
				Description string
				Responses   map[string]any
			}
		}
	}
	check(t, json.Unmarshal([]byte(p.get("/api/openapi.json", http.StatusOK)), &description))
	draft := must(p.election.Encrypt(rand.Reader, p.secrets[1].Public(p.group, p.uuid), ballot.Plaintext{{1, 0, 0, 0}}))
	token := p.pend(p.ballot(3, 1))
	// In the order in which a booth sends them.
	bodies := []struct {
		path string
		body func() []byte
	}{
		{"/api/v1/elections/{uuid}/openings", func() []byte { return must(draft.Open()).Bytes() }},
		{"/api/v1/elections/{uuid}/casts", func() []byte { return p.ballot(2, 1) }},
		{"/api/v1/casts/{token}/code", func() []byte { return []byte(`{"voter":"v-3"}`) }},
		{"/api/v1/casts/{token}", func() []byte {
			p.deliver()
			return fmt.Appendf(nil, `{"code":"%s"}`, p.code(3))
		}},
	}
	for _, b := range bodies {
		op := description.Paths[b.path].Post
		if op == nil {
			t.Errorf("%s is not described", b.path)
			continue
		}
		_, example, _ := strings.Cut(op.Description, "`POST /api/v1")
		example = strings.NewReplacer("8QrCAeS5xbQKAY", p.uuid, strings.Repeat("A", 43), token).Replace(strings.TrimSuffix(example, "`"))
		a := p.ask(http.MethodPost, example, b.body())
		if _, described := op.Responses[fmt.Sprint(a.status)]; !described && a.status != http.StatusAccepted || a.status >= 300 {
			t.Errorf("POST %s: %d %s, described are %v", example, a.status, a.body, op.Responses)
		}
		if !json.Valid(a.body) {
			t.Errorf("POST %s: %s", example, a.body)
		}
	}
	for path, item := range description.Paths {
		if item.Post != nil && !slices.ContainsFunc(bodies, func(b struct {
			path string
			body func() []byte
		},
		) bool {
			return b.path == path
		}) {
			t.Errorf("nobody sends what POST %s describes", path)
		}
	}
}
