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

var theSmallElection = sync.OnceValue(newSmallElection)

// verifyArchives are the archives of the scripts: the honest one, and lies.
var verifyArchives = sync.OnceValue(func() map[string][]byte {
	e := theSmallElection()
	honest := e.archive(1795000000, e.ballots, honestResult)
	changed := bytes.Clone(honest)
	changed[bytes.LastIndex(changed, []byte(`"result"`))+2] ^= 1
	twice := append(append([][]byte{}, e.ballots...), e.ballots[1])
	tampered := bytes.Replace(e.ballots[2], []byte(`"hash":"`), []byte(`"hash":"A`), 1)
	return map[string][]byte{
		"honest.bel":    honest,
		"result.bel":    e.archive(1795000000, e.ballots, `{"result":[[0,2,3]]}`),
		"duplicate.bel": e.archive(1795000000, twice, honestResult),
		"signature.bel": e.archive(1795000000, [][]byte{e.ballots[0], e.ballots[1], tampered}, honestResult),
		"changed.bel":   changed,
		"cut.bel":       honest[:len(honest)/2],
	}
})

// TestVerify runs testdata/verify on archives and logs of a small election: archives and
// voter's promises lie in the scripts' folder, the logs where $LOGS says.
func TestVerify(t *testing.T) {
	logs := t.TempDir()
	if err := theSmallElection().writeLogs(logs); err != nil {
		t.Fatal(err)
	}
	verifyScripts(t, "testdata/verify", map[string]string{"LOGS": logs})
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
