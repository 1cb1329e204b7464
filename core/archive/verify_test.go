package archive

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bayyina/core/ballot"
	"bayyina/core/election"
	"bayyina/core/tally"
	"bayyina/internal/peerdata"
)

func verify(bel []byte, o Options) (*Report, error) {
	return Verify(bytes.NewReader(bel), int64(len(bel)), o)
}

// expectation is what belenios-tool and a plain count of the votes say.
type expectation struct {
	UUID         string
	Ballots      int
	Result       []json.RawMessage
	Credentials  string `json:"credentials_fingerprint"`
	Checksums    struct{ Election, EncryptedTally, Final string }
	votes        []struct{ Voter, Ballot string }
	privateCreds map[string]string
}

// oldPrivateCreds reads the lines of private credentials that Belenios 2.0 wrote.
func oldPrivateCreds(content []byte) map[string]string {
	creds := make(map[string]string)
	for line := range strings.Lines(string(content)) {
		id, credential, _ := strings.Cut(strings.TrimSpace(line), " ")
		creds[id] = credential
	}
	return creds
}

func expected(tb testing.TB, name string) (e expectation) {
	tb.Helper()
	dir := peerdata.Dir(tb, "belenios", name)
	for file, into := range map[string]any{"expected.json": &e, "votes.json": &e.votes, "private_creds.json": &e.privateCreds} {
		content, err := os.ReadFile(filepath.Join(dir, file))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if creds, old := into.(*map[string]string); err == nil && old && content[0] != '{' {
			*creds = oldPrivateCreds(content)
		} else if err == nil {
			err = json.Unmarshal(content, into)
		}
		if err != nil {
			tb.Fatal(file, err)
		}
	}
	return e
}

func (e expectation) result(tb testing.TB) []byte {
	tb.Helper()
	if e.Result == nil {
		return tally.Result(nil).Bytes()
	}
	text, err := json.Marshal(struct {
		Result []json.RawMessage `json:"result"`
	}{e.Result})
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

func TestArchivesOfPeersVerify(t *testing.T) {
	for _, c := range []struct {
		name  string
		phase election.Phase
	}{
		{"01-one-trustee", election.Finished},
		{"02-three-trustees", election.Finished},
		{"03-threshold-2-of-3", election.Finished},
		{"04-blank", election.Finished},
		{"05-thirty-candidates", election.Finished},
		{"06-two-questions", election.Finished},
		{"07-ranked-two-shuffles", election.Finished},
		{"08-lists-weights", election.Finished},
		{"09-big-weights", election.Finished},
		{"10-revotes", election.Finished},
		{"11-arabic", election.Finished},
		{"12-everything", election.Finished},
		{"13-field-rfc3526", election.Finished},
		{"14-field-belenios", election.Finished},
		{"15-not-closed", election.Open},
		{"16-setup-only", election.Open},
		{"17-big-500x20", election.Finished},
		{"20-debian-2.0-homomorphic", election.Finished},
		{"21-debian-2.0-ranked-threshold", election.Finished},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := expected(t, c.name)
			var trackers []string
			report, err := verify(peer(t, c.name), Options{Accepted: func(v ballot.Verified) {
				trackers = append(trackers, v.Ballot().Tracker())
			}})
			if err != nil {
				t.Fatal(err)
			}
			if old := c.name == "21-debian-2.0-ranked-threshold"; report.OldTrustees != old {
				t.Errorf("old threshold set-up: %v", report.OldTrustees)
			}
			if report.Phase != c.phase || report.UUID != want.UUID || report.Ballots != want.Ballots {
				t.Errorf("report is %+v", report)
			}
			if got := report.Result.Bytes(); !bytes.Equal(got, want.result(t)) {
				t.Errorf("result is %s, want %s", got, want.result(t))
			}
			if report.Fingerprints.Credentials != want.Credentials {
				t.Errorf("fingerprint of credentials is %s", report.Fingerprints.Credentials)
			}
			voters := make(map[string]bool)
			for i, v := range want.votes {
				voters[v.Voter] = true
				if trackers[i] != v.Ballot {
					t.Errorf("ballot %d has tracker %s, want %s", i+1, trackers[i], v.Ballot)
				}
			}
			if report.Counted != len(voters) || report.Revotes() != len(want.votes)-len(voters) {
				t.Errorf("%d counted, %d revotes of %d votes by %d voters", report.Counted, report.Revotes(), len(want.votes), len(voters))
			}
			if final := want.Checksums.Final; final != "" && string(report.Last) != final {
				t.Errorf("last event is %s, want %s", report.Last, final)
			}
		})
	}
}

func TestArchivesOfOtherKindsAreUnsupported(t *testing.T) {
	for _, name := range []string{
		"30-dev4-two-questions", "31-dev4-ranked", "32-dev4-threshold-lists",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := verify(peer(t, name), Options{}); !errors.Is(err, election.ErrUnsupported) {
				t.Errorf("error is %v, want one of an unsupported kind", err)
			}
		})
	}
}
