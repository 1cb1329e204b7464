package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"bayyina/internal/peerdata"
)

// TestCommandsOnPeersElections runs testdata/peer: elections that belenios-tool
// began, in the folder $PEER, with the keys and credentials that it made.
func TestCommandsOnPeersElections(t *testing.T) {
	peer := peerdata.Dir(t, "belenios")
	testscript.Run(t, testscript.Params{
		Dir:                "testdata/peer",
		RequireUniqueNames: true,
		Setup: func(s *testscript.Env) error {
			s.Setenv("PEER", peer)
			s.Setenv("LANG", "en_US.UTF-8")
			s.Setenv("LC_ALL", "")
			s.Setenv("LC_MESSAGES", "")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}
