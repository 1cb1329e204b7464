package trustee

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bayyina/core/group"
)

// made is a threshold set-up made by us, with all its files.
type made struct {
	keys                        []*Key
	certs, polynomials, outputs [][]byte
	inputs, shares              [][]byte
	block                       []byte
	ceremony                    *Ceremony
}

// hold goes through the six steps for t of n.
func hold(tb testing.TB, threshold, n int) *made {
	tb.Helper()
	must := func(err error) {
		if err != nil {
			tb.Helper()
			tb.Fatal(err)
		}
	}
	m := new(made)
	for i := range n {
		seed, err := NewSeed(rand.Reader)
		must(err)
		k, err := OpenSeed(group.Ed25519, append(seed, '\n'))
		must(err)
		cert, err := k.Certificate(n, threshold, i+1, rand.Reader)
		must(err)
		m.keys, m.certs = append(m.keys, k), append(m.certs, cert)
	}
	var err error
	m.ceremony, err = OpenCeremony(m.certs)
	must(err)
	for _, k := range m.keys {
		p, err := m.ceremony.Polynomial(k, rand.Reader)
		must(err)
		m.polynomials = append(m.polynomials, p)
	}
	m.inputs, err = m.ceremony.Inputs(m.polynomials)
	must(err)
	for i, k := range m.keys {
		output, err := m.ceremony.Share(k, m.inputs[i], rand.Reader)
		must(err)
		m.outputs = append(m.outputs, output)
	}
	m.block, m.shares, err = m.ceremony.Finish(m.polynomials, m.outputs)
	must(err)
	return m
}

func encrypt(tb testing.TB, key *group.Element, numbers ...uint64) []group.Ciphertext {
	tb.Helper()
	table := group.NewTable(key)
	var list []group.Ciphertext
	for _, n := range numbers {
		r, err := group.Ed25519.RandomScalar(rand.Reader)
		if err != nil {
			tb.Fatal(err)
		}
		list = append(list, group.Encrypt(table, r, group.Ed25519.NewScalar(n)))
	}
	return list
}

// TestAnyThresholdOfMembersDecrypts sets up blocks of 3 and 5 beside a single
// trustee and decrypts with each choice of members.
func TestAnyThresholdOfMembersDecrypts(t *testing.T) {
	for _, size := range []struct{ t, n int }{{2, 3}, {1, 3}, {3, 5}} {
		t.Run(fmt.Sprintf("%d of %d", size.t, size.n), func(t *testing.T) {
			m := hold(t, size.t, size.n)
			single, err := NewPrivateKey(group.Ed25519, rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			public, err := single.PublicKey("محكمة", rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			record, err := Record(group.Ed25519, Threshold(m.block), Single(public))
			if err != nil {
				t.Fatal(err)
			}
			trustees, err := Parse(group.Ed25519, record)
			if err != nil {
				t.Fatal(err)
			}
			if len(trustees.Owners) != size.n+1 || trustees.Owners[size.n].Name != "محكمة" {
				t.Fatalf("owners are %v", trustees.Owners)
			}
			e := twoQuestions(t, "two questions")
			tally := [][]group.Ciphertext{encrypt(t, trustees.Key, 3, 0), encrypt(t, trustees.Key, 70)}
			var all []*Decryption
			for owner := 1; owner <= size.n+1; owner++ {
				k := single
				if owner <= size.n {
					if k, err = m.keys[owner-1].OpenShare(m.shares[owner-1]); err != nil {
						t.Fatal(err)
					}
				}
				text, err := k.Decrypt(e, tally, rand.Reader)
				if err != nil {
					t.Fatal(err)
				}
				d, err := trustees.Verify(owner, text, e, tally)
				if err != nil {
					t.Fatal(err)
				}
				if d.Owner() != owner || d.Proofs() != 3 {
					t.Errorf("decryption of %d with %d proofs", d.Owner(), d.Proofs())
				}
				all = append(all, d)
			}
			for chosen := range 1 << (size.n + 1) {
				var some []*Decryption
				members := 0
				for i, d := range all {
					if chosen>>i&1 == 1 {
						some = append([]*Decryption{d}, some...)
						if i < size.n {
							members++
						}
					}
				}
				plain, err := trustees.Combine(some, tally)
				if members < size.t || chosen>>size.n == 0 {
					if !errors.Is(err, ErrTooFew) {
						t.Errorf("%b: error is %v", chosen, err)
					}
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				for q, want := range [][]uint64{{3, 0}, {70}} {
					for a, n := range want {
						if !plain[q][a].Equal(group.Ed25519.BaseMult(group.Ed25519.NewScalar(n))) {
							t.Errorf("%b: question %d, answer %d is not %d", chosen, q, a, n)
						}
					}
				}
			}
		})
	}
}

func TestMissingDecryptionsAreNamed(t *testing.T) {
	m := hold(t, 2, 3)
	single, _ := NewPrivateKey(group.Ed25519, rand.Reader)
	public, err := single.PublicKey("", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	record, err := Record(group.Ed25519, Single(public), Threshold(m.block))
	if err != nil {
		t.Fatal(err)
	}
	trustees, err := Parse(group.Ed25519, record)
	if err != nil {
		t.Fatal(err)
	}
	_, err = trustees.Combine(nil, nil)
	want := "that of trustee 1 is missing; 2 more needed of trustees 2 to 4"
	if err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("error is %v, want %s", err, want)
	}
}

// TestEachCheckOfTheCeremonyIsNeeded changes one file of a set-up per case. The
// name of a case is the check that alone refuses it.
func TestEachCheckOfTheCeremonyIsNeeded(t *testing.T) {
	m, other := hold(t, 2, 3), hold(t, 2, 3)
	alien := func(file []byte) [][]byte { return [][]byte{m.polynomials[0], file, m.polynomials[2]} }
	cert := func(k *Key, n, threshold, index int) []byte {
		c := certificate{n, threshold, index, k.Verification, k.Encryption}
		s, err := k.signMessage(string(c.text()), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return signedText(s)
	}
	open := func(certs ...[]byte) error { _, err := OpenCeremony(certs); return err }
	inputs := func(polynomials [][]byte) error { _, err := m.ceremony.Inputs(polynomials); return err }
	share := func(input []byte) error { _, err := m.ceremony.openInput(m.keys[0], input); return err }
	input := func(polynomials [][]byte) []byte {
		list, err := m.ceremony.Inputs(polynomials)
		if err != nil {
			t.Fatal(err)
		}
		return list[0]
	}
	// A second polynomial file by the same member: each part is good by itself.
	second, err := m.ceremony.Polynomial(m.keys[1], rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	mixed := readPoly(t, m.polynomials[1])
	mixed.secrets = readPoly(t, second).secrets
	ownSecond, err := m.ceremony.Polynomial(m.keys[0], rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	foreign := readPoly(t, ownSecond)
	foreign.polynomial = readPoly(t, m.polynomials[0]).polynomial
	crossed := readPoly(t, m.polynomials[1])
	crossed.signature = readPoly(t, second).signature
	recommitted := readPoly(t, m.polynomials[1])
	recommitted.coefexps = readPoly(t, other.polynomials[1]).coefexps
	shifted := readPoly(t, m.polynomials[1])
	shifted.secrets = []string{shifted.secrets[1], shifted.secrets[0], shifted.secrets[2]}
	short := readPoly(t, m.polynomials[1])
	short.secrets = short.secrets[:2]
	asOther := readPoly(t, m.polynomials[1])
	asOther.secrets = readPoly(t, m.polynomials[2]).secrets
	_, noKeys, err2 := m.ceremony.Finish(m.polynomials, [][]byte{m.outputs[0], other.outputs[1], m.outputs[2]})
	if noKeys != nil || err2 == nil {
		t.Error("answer of another set-up made a block")
	}
	for _, c := range []struct {
		check  string
		err    error
		owner  int
		reason string
	}{
		{"certificate's threshold", open(cert(m.keys[0], 3, 3, 1), cert(m.keys[1], 3, 3, 2), cert(m.keys[2], 3, 3, 3)), 1, "threshold 3 of 3 members"},
		{"certificate's block", open(m.certs[0], cert(m.keys[1], 3, 1, 2), m.certs[2]), 2, "certificate is for 1 of 3 members, the block has 2 of 3"},
		{"certificate's size", open(m.certs[0], cert(m.keys[1], 4, 2, 2), m.certs[2]), 2, "certificate is for 2 of 4 members"},
		{"certificate's place", open(m.certs[0], m.certs[2], m.certs[1]), 2, "certificate is for member 3, stands at place 2"},
		{"certificate's signature", open(m.certs[0], bytes.Replace(m.certs[1], []byte(m.keys[1].Encryption.String()), []byte(m.keys[0].Encryption.String()), 1), m.certs[2]), 2, ErrSignature.Error()},
		{"one key, one member", open(m.certs[0], cert(m.keys[0], 3, 2, 2), m.certs[2]), 2, "has the key of member 1"},
		{"old certificate", open([]byte(`{"message":"{\"verification\":`), m.certs[1], m.certs[2]), 0, "certificate 1"},
		{"coefficients' signature", inputs(alien(polyText(recommitted))), 2, "coefficients: " + ErrSignature.Error()},
		{"certificates' signature", inputs(alien(polyText(crossed))), 2, "certificates and coefficients: " + ErrSignature.Error()},
		{"number of secrets", inputs(alien(polyText(short))), 2, "2 secrets for 3 members"},
		{"number of files", inputs(m.polynomials[:2]), 0, "2 polynomial files for 3 members"},
		{"secret fits the coefficients", share(input(alien(polyText(mixed)))), 2, "secret does not fit"},
		{"secret's recipient", share(input(alien(polyText(shifted)))), 2, "not for this key"},
		{"secret's sender", share(input(alien(polyText(asOther)))), 2, "opened message: " + ErrSignature.Error()},
		{"own coefficients", share(input([][]byte{polyText(foreign), m.polynomials[1], m.polynomials[2]})), 0, "not of the polynomial that it drew"},
		{"own polynomial", share(m.inputs[1]), 0, "own polynomial"},
		{"member", func() error { _, err := m.ceremony.Share(other.keys[0], m.inputs[0], rand.Reader); return err }(), 0, "this key is of none of the members"},
		{"verification key", err2, 2, "verification key is not what the coefficients give"},
	} {
		t.Run(c.check, func(t *testing.T) {
			if c.err == nil || !strings.Contains(c.err.Error(), c.reason) {
				t.Fatalf("error is %v, want %q", c.err, c.reason)
			}
			var owner *OwnerError
			if errors.As(c.err, &owner) != (c.owner > 0) || (owner != nil && owner.Owner != c.owner) {
				t.Errorf("error is %v, must name trustee %d", c.err, c.owner)
			}
		})
	}
}

func TestMessageIsOnlyForItsRecipientFromItsSender(t *testing.T) {
	m := hold(t, 1, 2)
	sender, recipient := m.keys[0], m.keys[1]
	text, err := sender.send([]byte("سر"), recipient.Encryption, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := recipient.receive(text, sender.Verification); err != nil || string(got) != "سر" {
		t.Errorf("received %q, %v", got, err)
	}
	if _, err := recipient.receive(text, recipient.Verification); !errors.Is(err, ErrSignature) {
		t.Errorf("from somebody else: %v", err)
	}
	if _, err := sender.receive(text, sender.Verification); err == nil {
		t.Error("opened by somebody else")
	}
	// Sealed anew to a third party, the message still names its first recipient.
	inner, err := recipient.unseal(text)
	if err != nil {
		t.Fatal(err)
	}
	passed, err := seal(inner, sender.Encryption, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sender.receive(passed, sender.Verification); err == nil || !strings.Contains(err.Error(), "addressed to somebody else") {
		t.Errorf("passed on: %v", err)
	}
}

func TestSeedsOtherThanBase58AreRefused(t *testing.T) {
	for _, seed := range []string{"", "1111111111111111111110", "111111111111111111111", "11111111111111111111111", "111111111111111111111l"} {
		if _, err := OpenSeed(group.Ed25519, []byte(seed)); err == nil {
			t.Errorf("seed %q was taken", seed)
		}
	}
}

func TestLagrangeFindsTheValueAtZero(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var polynomial []group.Scalar
		for range rapid.IntRange(1, 6).Draw(t, "threshold") {
			polynomial = append(polynomial, group.Ed25519.NewScalar(rapid.Uint64().Draw(t, "coefficient")))
		}
		places := rapid.SliceOfNDistinct(rapid.IntRange(1, 40), len(polynomial), len(polynomial), rapid.ID).Draw(t, "places")
		var sum group.Scalar
		for i, l := range lagrange(group.Ed25519, places) {
			sum = sum.Add(l.Mul(evaluate(polynomial, places[i])))
		}
		if !sum.Equal(polynomial[0]) {
			t.Fatal("another value")
		}
	})
}

// TestEachMessageOfACeremonyIsCheckedByItself: what is right is taken, what is another member's,
// or changed, is not.
func TestEachMessageOfACeremonyIsCheckedByItself(t *testing.T) {
	m, other := hold(t, 2, 3), hold(t, 2, 3)
	for i := range m.keys {
		if err := CheckCertificate(group.Ed25519, m.certs[i], 3, 2, i+1); err != nil {
			t.Error(err)
		}
		if err := m.ceremony.CheckPolynomial(i+1, m.polynomials[i]); err != nil {
			t.Error(err)
		}
		if err := m.ceremony.CheckOutput(m.polynomials, i+1, m.outputs[i]); err != nil {
			t.Error(err)
		}
		next := (i+1)%3 + 1
		for what, err := range map[string]error{
			"a certificate for another place":           CheckCertificate(group.Ed25519, m.certs[i], 3, 2, next),
			"a certificate for another threshold":       CheckCertificate(group.Ed25519, m.certs[i], 3, 1, i+1),
			"a certificate for another block":           CheckCertificate(group.Ed25519, m.certs[i], 4, 2, i+1),
			"a changed certificate":                     CheckCertificate(group.Ed25519, bytes.Replace(m.certs[i], []byte("response\":\""), []byte("response\":\"1"), 1), 3, 2, i+1),
			"no certificate":                            CheckCertificate(group.Ed25519, nil, 3, 2, i+1),
			"another member's polynomial":               m.ceremony.CheckPolynomial(next, m.polynomials[i]),
			"a polynomial of another block":             m.ceremony.CheckPolynomial(i+1, other.polynomials[i]),
			"a polynomial of nobody":                    m.ceremony.CheckPolynomial(4, m.polynomials[i]),
			"another member's answer":                   m.ceremony.CheckOutput(m.polynomials, next, m.outputs[i]),
			"an answer of another block":                m.ceremony.CheckOutput(m.polynomials, i+1, other.outputs[i]),
			"an answer of nobody":                       m.ceremony.CheckOutput(m.polynomials, 0, m.outputs[i]),
			"an answer to polynomials of another block": m.ceremony.CheckOutput(other.polynomials, i+1, m.outputs[i]),
		} {
			if err == nil {
				t.Errorf("member %d: %s is taken", i+1, what)
			}
		}
	}
}
