package count

import (
	"os"
	"path/filepath"
	"testing"
)

// countAll counts votes from a fuzzed file by every rule: any result or error will do, and with
// dice there is no tie.
func countAll(t *testing.T, v *Votes) {
	if len(v.Choices) > 8 || len(v.Ballots) > 40 || v.Seats > 8 {
		return
	}
	for _, name := range Names() {
		r, err := Count(v, Rule{Name: name}, &Lots{Seed: []byte("dice")})
		if err == nil && r.Tie != nil {
			t.Fatalf("%s: a tie with dice: %+v", name, r.Tie)
		}
	}
}

func FuzzParseBLT(f *testing.F) {
	f.Add([]byte("3 2\n-3\n[tie 3 2 1]\n4 1 2 0\n(x) 2 1=3 0\n0\n\"a\"\n\"b\"\n\"c c\"\n\"title\"\n"))
	f.Add([]byte("2 1 # one\n[nick a b] /* two\n*/ 3 a b 0 0 \"A\" \"B\" \"T\" rest"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if v, err := ParseBLT(data); err == nil {
			countAll(t, v)
		}
	})
}

func FuzzParseCSV(f *testing.F) {
	f.Add([]byte("choice,votes,woman\nAmal,3,yes\nBasim,2,\n"))
	f.Add([]byte("ranks,a,b,c\n3,1,2,\n4,1,1,2\n"))
	f.Add([]byte("grades,a,b\n3,1,2\n4,2,2\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if v, err := ParseCSV(data); err == nil {
			countAll(t, v)
		}
	})
}

func FuzzParseJSON(f *testing.F) {
	f.Add([]byte(`{"title":"t","seats":2,"choices":[{"name":"a","members":[{"name":"x","woman":true}]},{"name":"b"}],"tally":[3,2]}`))
	f.Add([]byte(`{"choices":[{"name":"a"},{"name":"b"}],"ballots":[{"count":2,"ranks":[[0],[1]]}],"withdrawn":[1]}`))
	f.Add([]byte(`{"choices":[{"name":"a"},{"name":"b"}],"graded":[{"count":2,"grades":[0,1]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if v, err := ParseJSON(data); err == nil {
			countAll(t, v)
		}
	})
}

func FuzzParseBelenios(f *testing.F) {
	f.Add([]byte(`{"questions":[{"answers":["a","b"],"blank":true,"min":1,"max":1,"question":"q"}]}`), []byte(`{"result":[[1,2,3]]}`))
	f.Add([]byte(`{"questions":[{"type":"NonHomomorphic","value":{"answers":["a","b"],"question":"q"},"extra":{"method":"Schulze","blank":true}}]}`), []byte(`{"result":[[[1,2],[0,0]]]}`))
	f.Add([]byte(`{"questions":[{"type":"Lists","value":{"answers":[["A","x"],["B","y"]],"question":"q"}}]}`), []byte(`{"result":[[[3,3],[1,1]]]}`))
	f.Fuzz(func(t *testing.T, election, result []byte) {
		if v, _, err := ParseBelenios(election, result, 0); err == nil {
			countAll(t, v)
		}
	})
}

// Files of the repository's own, in each form, with who is elected.
func TestFilesOfEachFormAreRead(t *testing.T) {
	for name, want := range map[string]string{
		"mayor.csv": "Amal", "council.json": "Unity/Salma", "prize.blt": "Basma", "film.csv": "Sand",
	} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		v, err := Parse(name, data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		rule := map[string]Rule{
			"mayor.csv": {Name: "plurality"}, "council.json": {Name: "libya-2012-lists"}, "prize.blt": {Name: "stv-prf"},
			"film.csv": {Name: "majority-judgment"},
		}[name]
		if r := counted(t, v, rule, nil); r.Tie != nil || winners(r)[0] != want {
			t.Errorf("%s: %v, expected is %s", name, winners(r), want)
		}
	}
}
