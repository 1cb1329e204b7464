package archive

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bayyina/core/ballot"
	"bayyina/core/credential"
	"bayyina/core/election"
	"bayyina/core/group"
	"bayyina/core/mix"
	"bayyina/core/tally"
	"bayyina/core/trustee"
	"bayyina/internal/peerdata"
)

// blame is what the error of a broken archive must say.
type blame struct {
	stage            election.Stage
	height           int64
	culprit          string
	question, answer int
	sentinel         error  // may be nil
	reason           string // part of the text
}

var blames = map[string]blame{
	// ballots
	"individual-proof-response":    {election.StageBallot, 2, "ballot +jn6UXATWdjRfoqWDlIfq+PnBE1ushPPvqzPdJuZOj4", 1, 1, ballot.ErrProof, "individual proof"},
	"overall-proof-challenge":      {election.StageBallot, 1, "ballot ifP+xzc8dJZxuGm7GgDqF5VNcyvt9FRkLfiFQdPcWio", 1, 0, ballot.ErrProof, "overall proof"},
	"blank-proof-swapped":          {election.StageBallot, 1, "ballot GocUXLcM4PFR1iqPShdE0bwq5n8uAADaj91NK8j4C04", 1, 0, ballot.ErrProof, "blank proof"},
	"signature-response":           {election.StageBallot, 1, "ballot MWkrat/3GLqKpDnSaPGcmz0u1Curx+wv8AR6f6nnrfo", 0, 0, ballot.ErrSignature, "not by credential 8a14b5c8"},
	"signature-missing":            {election.StageBallot, 1, "ballot rGpE0WO/knPm/QvyXvBj1CfFMVgGfJimVS0un4opryQ", 0, 0, ballot.ErrSignature, "there is none"},
	"ciphertext-changed":           {election.StageBallot, 1, "ballot oBTK+jdOzh1deZJqXL7nAcEdaPJw0Wq4lKe9EFFZJtA", 1, 1, ballot.ErrProof, "individual proof"},
	"ciphertext-changed-no-resign": {election.StageBallot, 1, "ballot 4EOXYc7a7IBhQePXYUbmMCrpqam5Vt8Qj7TMctffMtU", 0, 0, ballot.ErrSignature, "of another text"},
	"duplicate-ballot":             {election.StageBallot, 6, "ballot Vm8K7vrmMAtYveoXoyznh3WXEed5ECXnb4vi1nJtgE4", 0, 0, tally.ErrDuplicate, ""},
	"unknown-credential":           {election.StageBallot, 1, "ballot n6mW29bV/sc9QyzSOEF+xrKYxyJrxsb5Ce/2nUGrCmI", 0, 0, ballot.ErrUnknownCredential, "05f32047fed042a094b8c35684490d3eeb55c7afd02569001d512431e1624f86"},
	"other-voters-credential":      {election.StageBallot, 1, "ballot NDSVU8/uQuS3Z4tLM3ZP+4xuuOlxyI7u5yrRWg5d4GQ", 1, 1, ballot.ErrProof, "individual proof"},
	"replayed-from-other-election": {election.StageBallot, 6, "ballot q9Y+3dse6l9VtN4u1yZ0PcrGg8H1Q4LMrRplv5gNz8M", 0, 0, ballot.ErrWrongElection, `uuid is "sUuGZZdarYhhTD"`},
	"replayed-and-relabelled":      {election.StageBallot, 6, "ballot IQaV1YCK9Je1qcojQ40sP0zNopOPd4jQ6kk/Q1uekzI", 1, 1, ballot.ErrProof, "individual proof"},
	"wrong-election-hash":          {election.StageBallot, 1, "ballot PSUFeeSP9UQY1viUnzci4BVwLYI2xt+0FIh+WjOir/A", 0, 0, ballot.ErrWrongElection, `fingerprint is "2SmKENGw`},
	"non-canonical-ballot":         {election.StageBallot, 1, "ballot IXOIwVxFOyNBav4uQ9zH8jzktr8CwXQqfIxHq1xbKMk", 0, 0, ballot.ErrNotCanonical, "byte 175"},
	"scalar-not-reduced":           {election.StageBallot, 1, "ballot WalbQu3TQq6RX8nV+TopwGW9LOqghYAyejwLdQR6Xn8", 0, 0, group.ErrScalar, "77 digits"},
	"scalar-leading-zero":          {election.StageBallot, 1, "ballot HUxN3nvrPGsLrpo2nd8aqn8OJTUfRAIOCOzFo8hcPMM", 0, 0, group.ErrScalar, "77 digits"},
	"uppercase-hex":                {election.StageBallot, 1, "ballot P8vbbOOnQ3V/rmnD0s7+wqNCZE4gkqULjbnUfsWbzj8", 0, 0, group.ErrElement, "upper-case"},
	"torsion-in-alpha":             {election.StageBallot, 1, "ballot d6o0ZXHvSd96s+Z8zsm9kGG2sIGB9HUKdDaveAczQRE", 0, 0, group.ErrElement, "not in the subgroup"},
	"torsion-valid-equations":      {election.StageBallot, 1, "ballot 29hNNmsAWROfr8QgngowYk51Xsuw/rqMja4s0ka6PpE", 0, 0, group.ErrElement, "not in the subgroup"},
	"small-order-alpha":            {election.StageBallot, 1, "ballot kA1leMfnAYkXCtd+R/hk071q8iRDgGnUA+ltjD1PBHQ", 0, 0, group.ErrElement, "not in the subgroup"},
	"not-on-curve":                 {election.StageBallot, 1, "ballot GO/p50jnMXZCqS1a5WY1lNZQuDLoMG8cc70NAmd10+I", 0, 0, group.ErrElement, "not on the curve"},
	"too-many-choices":             {election.StageBallot, 1, "ballot CwLDB/1QKLvJ0o2KMJsVvd0+TFdr3o3Vkrtgw5EGSwo", 0, 0, ballot.ErrShape, "5 choices, not 4"},
	"lists-nonzero-proof":          {election.StageBallot, 1, "ballot 02R/a22E4gHVxzmovGP1NPCUa3xBcHGRmNj75JeAUDU", 1, 0, ballot.ErrProof, "non-zero proof"},
	"lists-list-proof":             {election.StageBallot, 1, "ballot r+KUKZhwlzwLBjbO89WacnAlxrpbOoFFb5my9CGBX+w", 1, 1, ballot.ErrProof, "list proof"},
	"ranked-proof":                 {election.StageBallot, 1, "ballot qfvwVEooYxIVGahaxRhnJk/gj1ECz3gZkYCkWuG0dUk", 1, 0, ballot.ErrProof, "encryption proof"},
	// form of the archive
	"broken-parent":            {election.StageForm, 3, "", 0, 0, nil, `parent is "00000000`},
	"wrong-height":             {election.StageForm, 3, "", 0, 0, nil, "height is 4, must be 3"},
	"data-does-not-match-name": {election.StageForm, 1, "", 0, 0, nil, "record 566f0aeefae6300b58bdea17a32ce787759711e7791025e76f8be2d6726d804e.data.json has the content of hash 2b1ab70d"},
	"truncated-mid-record":     {election.StageForm, 9, "", 0, 0, nil, "cut off in the padding of record 672508273ed9944"},
	"truncated-at-record":      {election.StageForm, 9, "", 0, 0, nil, "ends with 1 data records that no event follows"},
	"extra-record":             {election.StageForm, 9, "", 0, 0, nil, "extra data record 44136fa355b3678a"},
	"end-of-tar-blocks":        {election.StageForm, 10, "", 0, 0, nil, "end-of-archive blocks"},
	"tar-header-mode":          {election.StageForm, 0, "", 0, 0, nil, "ffaadee58cd3781f704d98a9970d9bcb9d385ec51a1863c729afafa6bbf58c7f.data.json\" is not in the reproducible form"},
	"other-timestamp":          {election.StageForm, 0, "", 0, 0, nil, "carries time 1795478126, the archive's header 1795478125"},
	"archive-version-2":        {election.StageForm, 0, "", 0, 0, nil, "version is 2, must be 1"},
	// order of events
	"ballot-after-end":        {election.StageOrder, 6, "ballot GcQY40T3lFDLgIYaXuLVqij+P6uNhuLcH0pFW/8yg28", 0, 0, election.ErrOrder, "the election is closed"},
	"ballots-not-consecutive": {election.StageOrder, 3, "end of shuffles", 0, 0, election.ErrOrder, "has no shuffles"},
	"two-results":             {election.StageOrder, 10, "result", 0, 0, election.ErrOrder, "the election is finished"},
	// set-up
	"election-key-replaced":        {election.StageElection, 0, "", 0, 0, nil, "public key is 81a029d7e4af3e1cfa2eef95c74fdd399c9ac8d3cefa9c87ad339747f8624fef, the trustees' keys give 6a1c399b"},
	"trustee-pok":                  {election.StageTrustees, 0, "trustee 1", 0, 0, nil, "proof of knowledge of the private key"},
	"threshold-cert-signature":     {election.StageTrustees, 0, "trustee 2", 0, 0, trustee.ErrSignature, "certificate: "},
	"threshold-coefexps-signature": {election.StageTrustees, 0, "trustee 1", 0, 0, trustee.ErrSignature, "coefficients: "},
	"threshold-verification-key":   {election.StageTrustees, 0, "trustee 1", 0, 0, nil, "verification key is not what the coefficients give"},
	"duplicate-credential":         {election.StageCredentials, 0, "", 0, 0, credential.ErrDuplicate, "99825f5f98d668e1c1107976dc06ac706ec7318b9d1b9257ae8dc96639d1570c"},
	// tally
	"dropped-ballot":    {election.StageTally, 6, "", 1, 1, election.ErrTally, "ciphertext"},
	"reordered-ballots": {election.StageTally, 13, "", 1, 1, election.ErrTally, "ciphertext"},
	"tally-changed":     {election.StageTally, 7, "", 1, 1, election.ErrTally, "ciphertext"},
	"num-tallied-wrong": {election.StageTally, 7, "", 0, 0, election.ErrTally, "num_tallied is not what the ballots add up to: 6, must be 5"},
	"weight-changed":    {election.StageTally, 7, "", 1, 1, election.ErrTally, "ciphertext"},
	"tally-unsorted":    {election.StageTally, 10, "", 1, 1, election.ErrTally, "ciphertext"},
	// shuffles
	"shuffle-output-swapped":      {election.StageShuffle, 12, "trustee 2", 1, 0, mix.ErrProof, "equation t1"},
	"shuffle-ciphertext-replaced": {election.StageShuffle, 12, "trustee 2", 1, 0, mix.ErrProof, "equation t1"},
	"shuffle-proof-response":      {election.StageShuffle, 11, "trustee 1", 1, 0, mix.ErrProof, "equation t4,1"},
	"shuffle-order-exchanged":     {election.StageShuffle, 11, "trustee 2", 1, 0, mix.ErrProof, "equation t1"},
	"shuffle-dropped":             {election.StageShuffle, 11, "trustee 2", 1, 0, mix.ErrProof, "equation t1"},
	// decryption and result
	"decryption-factor":                  {election.StageDecryption, 11, "trustee 1", 1, 1, nil, "proof of decryption"},
	"decryption-proof":                   {election.StageDecryption, 12, "trustee 2", 1, 2, nil, "proof of decryption"},
	"decryption-wrong-owner":             {election.StageDecryption, 11, "trustee 2", 1, 1, nil, "proof of decryption"},
	"wrong-partial-decryption-no-result": {election.StageDecryption, 11, "trustee 1", 1, 1, nil, "proof of decryption"},
	"decryption-missing":                 {election.StageResult, 13, "", 0, 0, trustee.ErrTooFew, "that of trustee 3 is missing"},
	"threshold-too-few":                  {election.StageResult, 11, "", 0, 0, trustee.ErrTooFew, "1 more needed of trustees 1 to 3"},
	"threshold-one-invalid":              {election.StageResult, 12, "trustee 3", 1, 1, trustee.ErrTooFew, "trustee 3: question 1, answer 1: proof of decryption is wrong"},
	"result-changed":                     {election.StageResult, 9, "", 1, 1, tally.ErrResult, "2 votes published, 1 decrypted"},
	"result-ranking-changed":             {election.StageResult, 16, "", 1, 1, tally.ErrResult, "[4 2 3 1] published, [2 4 3 1] decrypted"},
	"wrong-result-then-right":            {election.StageResult, 9, "", 1, 1, tally.ErrResult, "2 votes published, 1 decrypted"},
	"result-too-short":                   {election.StageResult, 9, "", 0, 0, tally.ErrShape, "question 1: 4 choices, not 5"},
	"result-minus-q":                     {election.StageResult, 9, "", 0, 0, nil, "byte 12"},
}

func TestBrokenArchivesGetTheVerdictTheyMust(t *testing.T) {
	content, err := os.ReadFile(filepath.Join(peerdata.Dir(t, "belenios", "invalid"), "verdicts.json"))
	if err != nil {
		t.Fatal(err)
	}
	var verdicts []struct{ Case, From, Must string }
	if err := json.Unmarshal(content, &verdicts); err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, v := range verdicts {
		t.Run(v.Case, func(t *testing.T) {
			report, err := verify(peer(t, "invalid", v.Case), Options{})
			want, known := blames[v.Case]
			switch {
			case v.Must == "accept":
				if err != nil || report.Phase != election.Finished {
					t.Errorf("refused in phase %s: %v", report.Phase, err)
				}
			case !known:
				t.Errorf("nobody said what is wrong here; the error is %v", err)
			default:
				checked++
				want.compare(t, err)
			}
		})
	}
	if checked != len(blames) {
		t.Errorf("%d cases checked, %d known", checked, len(blames))
	}
}

func (b blame) compare(t *testing.T, err error) {
	t.Helper()
	var f *election.Fault
	if !errors.As(err, &f) {
		t.Fatalf("error is %v, not a fault", err)
	}
	if errors.Is(err, election.ErrUnsupported) {
		t.Errorf("no refusal: %v", err)
	}
	if f.Stage != b.stage || f.Height != b.height || f.Culprit != b.culprit || f.Question != b.question || f.Answer != b.answer {
		t.Errorf("blames %s, event %d, %q, question %d, answer %d; must blame %+v", f.Stage, f.Height, f.Culprit, f.Question, f.Answer, b)
	}
	if b.sentinel != nil && !errors.Is(err, b.sentinel) {
		t.Errorf("error is %v, must be %v", err, b.sentinel)
	}
	if !strings.Contains(err.Error(), b.reason) || !strings.Contains(err.Error(), b.culprit) {
		t.Errorf("error is %v, must say %s", err, b.reason)
	}
}
