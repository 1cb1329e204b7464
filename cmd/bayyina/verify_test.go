package main

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"bayyina/internal/peerdata"
)

// verifyArchives are the archives of the scripts: the honest one, and lies.
var verifyArchives = sync.OnceValue(func() map[string][]byte {
	e := newSmallElection()
	honest := e.archive(e.ballots, honestResult)
	changed := bytes.Clone(honest)
	changed[bytes.LastIndex(changed, []byte(`"result"`))+2] ^= 1
	twice := append(append([][]byte{}, e.ballots...), e.ballots[1])
	tampered := bytes.Replace(e.ballots[2], []byte(`"hash":"`), []byte(`"hash":"A`), 1)
	return map[string][]byte{
		"honest.bel":    honest,
		"result.bel":    e.archive(e.ballots, `{"result":[[0,2,3]]}`),
		"duplicate.bel": e.archive(twice, honestResult),
		"signature.bel": e.archive([][]byte{e.ballots[0], e.ballots[1], tampered}, honestResult),
		"changed.bel":   changed,
		"cut.bel":       honest[:len(honest)/2],
	}
})

// TestVerify runs testdata/verify on archives of a small election.
func TestVerify(t *testing.T) {
	verifyScripts(t, "testdata/verify", nil)
}

// TestVerifyArchivesOfBelenios runs testdata/belenios on archives that other tools made.
func TestVerifyArchivesOfBelenios(t *testing.T) {
	verifyScripts(t, "testdata/belenios", map[string]string{"BELENIOS": peerdata.Dir(t, "belenios")})
}

func verifyScripts(t *testing.T, dir string, vars map[string]string) {
	testscript.Run(t, testscript.Params{
		Dir:                dir,
		RequireUniqueNames: true,
		Setup: func(s *testscript.Env) error {
			s.Setenv("LANG", "en_US.UTF-8")
			s.Setenv("LC_ALL", "")
			s.Setenv("LC_MESSAGES", "")
			for name, value := range vars {
				s.Setenv(name, value)
			}
			for name, data := range verifyArchives() {
				if err := os.WriteFile(filepath.Join(s.WorkDir, name), data, 0o644); err != nil {
					return err
				}
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}
