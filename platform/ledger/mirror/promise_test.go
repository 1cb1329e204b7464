package mirror

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"bayyina/internal/forge"
	"bayyina/platform/ledger/read"

	"golang.org/x/mod/sumdb/note"
)

const (
	election   = "Bayyina2Test11"
	credential = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
)

// promise makes a promise by a key.
func (r *rig) promise(by note.Signer, tracker string, issued, deadline time.Time) *read.Promise {
	r.tb.Helper()
	const layout = "2006-01-02T15:04:05Z"
	text := fmt.Sprintf("bayyina.promise/1\n%s\n%s\n%s\n%s\n%s\n%s\n", r.actors.Origin, election, credential, tracker, issued.Format(layout), deadline.Format(layout))
	raw, err := forge.Sign([]byte(text), by)
	if err != nil {
		r.tb.Fatal(err)
	}
	p, err := read.ParsePromise(raw)
	if err != nil {
		r.tb.Fatal(err)
	}
	return p
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// cast enters a ballot and publishes it.
func (r *rig) cast(ballot string, at time.Time) {
	r.tb.Helper()
	statement, err := r.actors.Say("vote.ballot/1", struct {
		Election string          `json:"election"`
		Ballot   read.Attachment `json:"ballot"`
	}{election, r.history.Attach([]byte(ballot))}, r.actors.Receipt)
	if err != nil {
		r.tb.Fatal(err)
	}
	r.history.Append(statement, at)
	r.history.Publish(at.Add(2 * time.Second))
}

func TestPromisesAreWatched(t *testing.T) {
	r := newRig(t)
	end := r.history.Newest().Time
	issued, deadline := end.Add(time.Minute), end.Add(11*time.Minute)
	ballot := func(n int) string {
		return fmt.Sprintf(`{"election_uuid":%q,"credential":%q,"answers":[%d]}`, election, credential, n)
	}
	other := strings.Replace(ballot(2), "0123", "3210", 1)
	for name, c := range map[string]struct {
		cast    string
		at      time.Duration // after the promise
		tracker string
		seen    time.Duration // the last checkpoint, after the promise
		kept    bool
		broken  bool
	}{
		"kept by the ballot":          {ballot(1), 10 * time.Minute, hash(ballot(1)), 20 * time.Minute, true, false},
		"kept by a ballot before":     {ballot(1), -10 * time.Second, hash(ballot(1)), 20 * time.Minute, true, false},
		"kept by the voter's next":    {ballot(2), 10 * time.Minute, hash(ballot(1)), 20 * time.Minute, true, false},
		"still open":                  {other, 9 * time.Minute, hash(ballot(1)), 10*time.Minute + 50*time.Second, false, false},
		"broken":                      {other, 9 * time.Minute, hash(ballot(1)), 12 * time.Minute, false, true},
		"broken by the voter's last":  {ballot(2), 0, hash(ballot(1)), 12 * time.Minute, false, true},
		"broken by a minute too late": {ballot(1), 11 * time.Minute, hash(ballot(1)), 20 * time.Minute, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.cfg.Promises = []*read.Promise{r.promise(r.actors.Receipt, c.tracker, issued, deadline)}
			r.write(r.history)
			if report := r.mustSync(); report.Promises[0].Kept {
				t.Fatal("kept before the ballot entered")
			}
			r.cast(c.cast, issued.Add(c.at))
			r.cast(strings.Replace(other, "[2]", "[3]", 1), issued.Add(c.seen))
			r.write(r.history)
			report, err := r.sync()
			switch {
			case c.broken:
				a := new(Alarm)
				if err != nil {
					a, _ = err.(*Alarm)
				}
				if a == nil || a.Kind != Broken {
					t.Fatalf("the round ended with %+v, %v", report, err)
				}
				if evidence(t, a, "promise-1.txt") != string(r.cfg.Promises[0].Raw) || r.checkpoint(a, "checkpoint").Size != 302 {
					t.Error("the evidence is not promise and checkpoint")
				}
			case err != nil:
				t.Fatal(err)
			case report.Promises[0].Kept != c.kept || c.kept && report.Promises[0].Entry != 300:
				t.Errorf("promise: %+v", report.Promises[0])
			}
		})
	}
}

func TestAnEarlierBallotKeepsNoLaterPromise(t *testing.T) {
	r := newRig(t)
	issued := r.history.Newest().Time.Add(time.Minute)
	ballot := fmt.Sprintf(`{"election_uuid":%q,"credential":%q,"answers":[]}`, election, credential)
	r.cfg.Promises = []*read.Promise{
		r.promise(r.actors.Receipt, hash("the later ballot"), issued.Add(time.Second), issued.Add(time.Minute)),
		r.promise(r.actors.Receipt, hash(ballot), issued, issued.Add(time.Minute)),
	}
	r.cast(ballot, issued.Add(30*time.Second))
	r.cast(strings.Replace(ballot, "0123", "3210", 1), issued.Add(10*time.Minute))
	r.write(r.history)
	report, err := r.sync()
	a := new(Alarm)
	if err != nil {
		a, _ = err.(*Alarm)
	}
	if a == nil || a.Kind != Broken || evidence(t, a, "promise-1.txt") != string(r.cfg.Promises[0].Raw) {
		t.Fatalf("the round ended with %+v, %v", report, err)
	}
}

func TestPromiseByNobodyIsRefused(t *testing.T) {
	r := newRig(t)
	r.cfg.Promises = []*read.Promise{r.promise(r.actors.Entry, hash("x"), start, start)}
	r.write(r.history)
	if _, err := r.sync(); err == nil || isAlarm(err) || !strings.Contains(err.Error(), "no receipt key of the log signed it") {
		t.Errorf("accepted: %v", err)
	}
}
