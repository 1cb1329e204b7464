package proof

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"bayyina/core/canon"
	"bayyina/core/group"
)

func TestNonZeroIsProvedAndEachChangeRefused(t *testing.T) {
	key := group.NewTable(group.Ed25519.BaseMult(random(t)))
	for _, m := range []group.Scalar{one, group.Ed25519.NewScalar(1 << 40), one.Neg()} {
		w := Witness{random(t), m}
		c := group.Encrypt(key, w.Randomness, w.Plaintext)
		p, err := ProveNonZero(rand.Reader, []byte("m"), key, c, w)
		if err != nil {
			t.Fatal(err)
		}
		if !VerifyNonZero([]byte("m"), key, c, p) {
			t.Fatal("good proof refused")
		}
		for name, change := range map[string]func(p *NonZeroProof, c *group.Ciphertext, m *[]byte){
			"commitment":      func(p *NonZeroProof, _ *group.Ciphertext, _ *[]byte) { p.Commitment = p.Commitment.Neg() },
			"challenge":       func(p *NonZeroProof, _ *group.Ciphertext, _ *[]byte) { p.Challenge = p.Challenge.Add(one) },
			"first response":  func(p *NonZeroProof, _ *group.Ciphertext, _ *[]byte) { p.Response[0] = p.Response[0].Add(one) },
			"second response": func(p *NonZeroProof, _ *group.Ciphertext, _ *[]byte) { p.Response[1] = p.Response[1].Neg() },
			"alpha": func(_ *NonZeroProof, c *group.Ciphertext, _ *[]byte) {
				c.Alpha = c.Alpha.Add(group.Ed25519.Generator())
			},
			"beta":    func(_ *NonZeroProof, c *group.Ciphertext, _ *[]byte) { c.Beta = c.Beta.Add(group.Ed25519.Generator()) },
			"message": func(_ *NonZeroProof, _ *group.Ciphertext, m *[]byte) { *m = []byte("n") },
		} {
			q, d, message := p, c, []byte("m")
			change(&q, &d, &message)
			if VerifyNonZero(message, key, d, q) {
				t.Errorf("changed %s accepted", name)
			}
		}
	}
}

// The equations hold for a commitment that is the identity; only the test for it
// refuses a proof about zero.
func TestNonZeroOfZeroIsNeitherProvedNorAccepted(t *testing.T) {
	key := group.NewTable(group.Ed25519.BaseMult(random(t)))
	w := Witness{Randomness: random(t)}
	c := group.Encrypt(key, w.Randomness, w.Plaintext)
	if _, err := ProveNonZero(rand.Reader, nil, key, c, w); !errors.Is(err, ErrFalse) {
		t.Errorf("error is %v", err)
	}
	s, w1, w2 := random(t), random(t), random(t)
	p := NonZeroProof{Commitment: group.Ed25519.Identity()}
	p.Challenge = Challenge(group.Ed25519, NonZero, nil, p.Commitment, c.Alpha.Mult(w1).Add(group.Ed25519.BaseMult(w2)), c.Beta.Mult(w1).Add(key.Mult(w2)))
	p.Response = [2]group.Scalar{w1.Sub(s.Mul(p.Challenge)), w2.Add(s.Mul(w.Randomness).Mul(p.Challenge))}
	if VerifyNonZero(nil, key, c, p) {
		t.Error("accepted of zero")
	}
	if _, err := ProveNonZero(iotest.ErrReader(errors.New("none")), nil, key, c, Witness{w.Randomness, one}); err == nil || errors.Is(err, ErrFalse) {
		t.Errorf("without randomness: error is %v", err)
	}
}

func TestNonZeroIsReadAsWritten(t *testing.T) {
	p := NonZeroProof{group.Ed25519.Generator(), random(t), [2]group.Scalar{random(t), random(t)}}
	var w canon.Writer
	p.Write(&w)
	text := string(w.Bytes())
	r := canon.NewReader([]byte(text), 1000)
	q := ReadNonZero(r, group.Ed25519)
	var again canon.Writer
	if r.End() != nil {
		t.Fatal(r.Err())
	}
	if q.Write(&again); string(again.Bytes()) != text {
		t.Errorf("%s read and written is %s", text, again.Bytes())
	}
	for _, bad := range []string{strings.Replace(text, `","`, `", "`, 1), text[:len(text)-2] + `,"1"]}`, text + " "} {
		r := canon.NewReader([]byte(bad), 1000)
		if ReadNonZero(r, group.Ed25519); r.End() == nil {
			t.Errorf("%s accepted", bad)
		}
	}
}
