package hint

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"testing"

	"bayyina/core/group"
)

func of(i int) (hash [32]byte) {
	binary.BigEndian.PutUint64(hash[:], uint64(i)+1)
	return hash
}

func hints(i int) []byte { return bytes.Repeat([]byte{byte(i)}, group.HintSize*(1+i%3)) }

// file has the records of the ballots, in their order.
func file(t testing.TB, ballots ...int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range ballots {
		if err := w.Write(of(i), hints(i)); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func numbers(from, to int) (list []int) {
	for i := from; i < to; i++ {
		list = append(list, i)
	}
	return list
}

func TestEachBallotFindsItsHints(t *testing.T) {
	for name, test := range map[string]struct {
		file          []int
		ballots, lack []int
	}{
		"in order":          {numbers(0, 3000), numbers(0, 3000), nil},
		"backwards":         {[]int{3, 2, 1, 0}, numbers(0, 4), nil},
		"some missing":      {append(numbers(2, 1500), numbers(1510, 2000)...), numbers(0, 2000), append(numbers(0, 2), numbers(1500, 1510)...)},
		"foreign between":   {append(append(numbers(0, 5), numbers(9000, 9900)...), numbers(5, 2000)...), numbers(0, 2000), nil},
		"all foreign first": {append(numbers(9000, 11000), numbers(0, 10)...), numbers(0, 10), numbers(0, 10)},
		"none":              {nil, numbers(0, 2000), numbers(0, 2000)},
	} {
		t.Run(name, func(t *testing.T) {
			r := NewReader(bytes.NewReader(file(t, test.file...)))
			lack := make(map[int]bool)
			for _, i := range test.lack {
				lack[i] = true
			}
			for _, i := range test.ballots {
				switch got := r.Find(of(i)); {
				case lack[i] && got != nil:
					t.Fatalf("ballot %d has hints though the file has none", i)
				case !lack[i] && !bytes.Equal(got, hints(i)):
					t.Fatalf("ballot %d has %d bytes of hints", i, len(got))
				}
			}
			if r.Err() != nil {
				t.Error(r.Err())
			}
		})
	}
}

func TestBallotsAfterManyForeignRecordsFindTheirHintsAgain(t *testing.T) {
	r := NewReader(bytes.NewReader(file(t, append(numbers(9000, 9000+ahead), numbers(0, 5000)...)...)))
	found := 0
	for i := range 5000 {
		if r.Find(of(i)) != nil {
			found++
		}
	}
	if found < 5000-2*patience {
		t.Errorf("%d of 5000 ballots found their hints", found)
	}
}

func TestADamagedFileGivesWhatIsBeforeTheDamage(t *testing.T) {
	whole := file(t, 0, 1, 2)
	for name, test := range map[string]struct {
		file []byte
		want int
	}{
		"no header":      {whole[1:], 0},
		"empty":          {nil, 0},
		"cut off":        {whole[:len(whole)-1], 2},
		"cut in a head":  {whole[:len(whole)-len(hints(2))-3], 2},
		"too many hints": {append(bytes.Clone(whole), bytes.Repeat([]byte{0xff}, 40)...), 3},
	} {
		r := NewReader(bytes.NewReader(test.file))
		got := 0
		for i := range 4 {
			if r.Find(of(i)) != nil {
				got++
			}
		}
		if got != test.want || r.Err() == nil {
			t.Errorf("%s: hints of %d ballots, not %d; error %v", name, got, test.want, r.Err())
		}
	}
}

func TestHintsThatAreNoneAreNotWritten(t *testing.T) {
	w, err := NewWriter(io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, group.HintSize + 1, group.HintSize * (Max + 1)} {
		if w.Write(of(0), make([]byte, n)) == nil {
			t.Errorf("%d bytes written", n)
		}
	}
	if (*Reader)(nil).Find(of(0)) != nil || (*Reader)(nil).Err() != nil {
		t.Error("no reader has hints")
	}
}

func FuzzReader(f *testing.F) {
	f.Add(file(f, 0, 1, 2))
	f.Add(file(f, 2, 2, 0)[:80])
	f.Add([]byte(header))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := NewReader(bytes.NewReader(data))
		for i := range 5 {
			if n := len(r.Find(of(i))); n%group.HintSize != 0 || n > len(data) {
				t.Fatal(fmt.Sprint(n, " bytes of hints"))
			}
		}
	})
}
