package evidence

import (
	"context"
	"crypto/rand"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"bayyina/core/ballot"
	"bayyina/core/credential"
	"bayyina/core/group"
	"bayyina/core/trustee"
	"bayyina/platform/ledger/read"
)

// BenchmarkBallots judges an election of 10,000 ballots of one yes-or-no question, and
// tells the time and the memory for each ballot, and the size of the kept state.
func BenchmarkBallots(b *testing.B) {
	const ballots = 10_000
	c := manyBallots(ballots)
	var state []byte
	var heap uint64
	for b.Loop() {
		j := NewJudge()
		const set = 4 // entries until it is open: the list of credentials is not the ballots' memory
		if err := j.Entries(context.Background(), c, c.entries[:set]); err != nil {
			b.Fatal(err)
		}
		before := heapInUse()
		for from := set; from < len(c.entries); from += 256 {
			if err := j.Entries(context.Background(), c, c.entries[from:min(from+256, len(c.entries))]); err != nil {
				b.Fatal(err)
			}
		}
		heap = heapInUse() - before
		claims := j.Claims()
		if claims[3].Verdict != read.True || claims[3].How.Args["Count"] != int64(ballots) {
			b.Fatalf("%+v", claims)
		}
		var err error
		if state, err = j.State(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/ballots, "µs/ballot")
	b.ReportMetric(float64(heap)/ballots, "heap-B/ballot")
	b.ReportMetric(float64(len(state))/ballots, "state-B/ballot")
	b.ReportMetric(0, "ns/op")
}

func heapInUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// manyBallots is an open election with many ballots, one of each voter.
func manyBallots(n int) *chapter {
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	var voters []credential.Voter
	for i := range n {
		voters = append(voters, credential.Voter{ID: fmt.Sprint(i), Weight: 1})
	}
	secrets, list, err := credential.Issue(rand.Reader, group.Ed25519, uuid, voters, false)
	must(err)
	key, err := trustee.NewPrivateKey(group.Ed25519, rand.Reader)
	must(err)
	public, err := key.PublicKey("", rand.Reader)
	must(err)
	record, err := trustee.Record(group.Ed25519, trustee.Single(public))
	must(err)
	election, err := ballot.NewElection(ballot.Record{
		Name: "Many", UUID: uuid, PublicKey: key.Public(),
		Questions: []ballot.Question{ballot.Homomorphic{Text: "Yes?", Answers: []string{"yes", "no"}, Min: 0, Max: 1}},
	})
	must(err)
	c := &chapter{country: &country{secrets: secrets, list: list, election: election}, files: make(map[string][]byte), now: start}
	attachedList, attachedRecord := c.attach(list.Bytes()), c.attach(record)
	c.say(KindCredentials, Credentials{Election: uuid, Credentials: attachedList, Count: int64(n), Weight: int64(n)}, "authority")
	c.say(KindTrustees, Trustees{Election: uuid, Trustees: attachedRecord, Names: names[:1]}, names[0])
	c.say(KindSetup, Setup{Election: uuid, Definition: c.attach(election.Bytes()), Trustees: attachedRecord, Credentials: attachedList}, "officer/1")
	c.say(KindOpen, Open{Election: uuid, Opens: start.Add(time.Hour), Closes: start.Add(2 * time.Hour), Batch: 600}, "officer/1")
	c.now = start.Add(70 * time.Minute)
	texts := make([][]byte, n)
	var group sync.WaitGroup
	for worker := range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for i := worker; i < n; i += runtime.GOMAXPROCS(0) {
				texts[i] = c.country.cast(i, ballot.Plaintext{{i % 2, 0}})
			}
		})
	}
	group.Wait()
	for _, text := range texts {
		c.say(KindBallot, Ballot{Election: uuid, Ballot: c.attach(text)}, "receipt")
	}
	return c
}
