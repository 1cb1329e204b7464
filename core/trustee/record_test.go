package trustee

import (
	"bytes"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"bayyina/core/ballot"
	"bayyina/core/canon"
	"bayyina/core/group"
	"bayyina/core/proof"
)

func signedText(s signed) []byte {
	var w canon.Writer
	s.write(&w)
	return w.Bytes()
}

func readPoly(tb testing.TB, text []byte) polynomialFile {
	tb.Helper()
	f, err := readPolynomialFile(group.Ed25519, text)
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

func polyText(f polynomialFile) []byte {
	var w canon.Writer
	w.Begin('{').Key("polynomial").String(f.polynomial).Key("secrets").Begin('[')
	for _, s := range f.secrets {
		w.String(s)
	}
	w.End(']').Key("coefexps")
	f.coefexps.write(&w)
	w.Key("signature")
	f.signature.Write(&w)
	return w.End('}').Bytes()
}

func blockText(p pedersen) []byte {
	var w canon.Writer
	p.write(&w)
	return w.Bytes()
}

func readBlock(tb testing.TB, text []byte) pedersen {
	tb.Helper()
	r := canon.NewReader(text, maxRecord)
	p := readPedersen(r, group.Ed25519)
	if err := r.End(); err != nil {
		tb.Fatal(err)
	}
	return p
}

// TestEachCheckOfTheRecordIsNeeded changes one thing per case. The name of a case
// is the check that alone refuses it.
func TestEachCheckOfTheRecordIsNeeded(t *testing.T) {
	m, other := hold(t, 2, 3), hold(t, 2, 3)
	private, err := NewPrivateKey(group.Ed25519, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	single := func(change func(*publicKey)) []byte {
		p, err := newPublicKey(private, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		change(&p)
		var w canon.Writer
		p.write(&w)
		return Single(w.Bytes())
	}
	plain := single(func(*publicKey) {})
	block := func(change func(p, of *pedersen)) []byte {
		p, of := readBlock(t, m.block), readBlock(t, other.block)
		change(&p, &of)
		return Threshold(blockText(p))
	}
	whole := block(func(*pedersen, *pedersen) {})
	opposite, err := newPublicKey(&PrivateKey{private.secret.Neg()}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Record(group.Ed25519, plain, whole, plain); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		check   string
		entries [][]byte
		owner   int
		reason  string
	}{
		{"trustees exist", nil, 0, "without trustees"},
		{"proof of knowledge, single", [][]byte{plain, single(func(p *publicKey) { p.pok.Response = p.pok.Response.Add(group.Ed25519.NewScalar(1)) })}, 2, "proof of knowledge"},
		{"no signature on a single key", [][]byte{single(func(p *publicKey) { p.signature = &proof.Proof{} })}, 1, "unsupported"},
		{"key is not neutral", [][]byte{plain, single(func(p *publicKey) { *p = opposite })}, 0, "add up to no key"},
		{"certificate's signature", [][]byte{plain, block(func(p, _ *pedersen) { p.certs[1].signature.Response = group.Ed25519.NewScalar(1) })}, 3, "certificate: " + ErrSignature.Error()},
		{"coefficients' signature", [][]byte{plain, block(func(p, of *pedersen) { p.coefexps[1] = of.coefexps[1] })}, 3, "coefficients: " + ErrSignature.Error()},
		{"certificates' signature", [][]byte{whole, block(func(p, of *pedersen) { p.signatures[2] = of.signatures[2] })}, 6, "certificates and coefficients: " + ErrSignature.Error()},
		{"verification key", [][]byte{block(func(p, _ *pedersen) { p.keys[0], p.keys[1] = p.keys[1], p.keys[0] })}, 1, "not what the coefficients give"},
		{"proof of knowledge, member", [][]byte{block(func(p, _ *pedersen) { p.keys[1].pok.Response = group.Ed25519.NewScalar(1) })}, 2, "proof of knowledge"},
		{"verification key's signature", [][]byte{block(func(p, _ *pedersen) { p.keys[1].signature = p.keys[0].signature })}, 2, "verification key: " + ErrSignature.Error()},
		{"verification key is signed", [][]byte{block(func(p, _ *pedersen) { p.keys[1].signature = nil })}, 2, "is not signed"},
		{"threshold is the certificates'", [][]byte{block(func(p, _ *pedersen) { p.threshold = 1 })}, 1, "certificate is for 2 of 3 members, the block has 1 of 3"},
		{"one certificate too few", [][]byte{block(func(p, _ *pedersen) { p.certs = p.certs[:2] })}, 0, "2 certificates"},
		{"one coefficient too few", [][]byte{block(func(p, _ *pedersen) { p.coefexps = p.coefexps[:2] })}, 0, "2 coefficients"},
		{"one signature too few", [][]byte{block(func(p, _ *pedersen) { p.signatures = p.signatures[:2] })}, 0, "2 signatures"},
		{"one key too few", [][]byte{block(func(p, _ *pedersen) { p.keys = p.keys[:2] })}, 0, "2 keys"},
		{"number of commitments", [][]byte{block(func(p, _ *pedersen) {
			// Member 1 signs one commitment instead of two, and the rest again.
			c := m.ceremony
			own := coefficients{group.Ed25519.BaseMult(private.secret)}
			p.coefexps[0], _ = m.keys[0].signMessage(string(own.text()), rand.Reader)
			p.signatures[0], _ = m.keys[0].signature(c.certificatesMessage(own), rand.Reader)
		})}, 1, "1 coefficients, must be 2"},
		{"kind", [][]byte{entry("Other", []byte("{}"))}, 0, "not canonical"},
	} {
		t.Run(c.check, func(t *testing.T) {
			_, err := Record(group.Ed25519, c.entries...)
			if err == nil || !strings.Contains(err.Error(), c.reason) {
				t.Fatalf("error is %v, want %q", err, c.reason)
			}
			var owner *OwnerError
			if errors.As(err, &owner) != (c.owner > 0) || (owner != nil && owner.Owner != c.owner) {
				t.Errorf("error is %v, must name trustee %d", err, c.owner)
			}
		})
	}
}

// A block of Belenios 2.0 is taken from archives only, and told.
func TestThresholdBlockOfBeforeBelenios251IsTakenFromArchivesOnly(t *testing.T) {
	block := bytes.TrimSpace(peerFile(t, "21-debian-2.0-ranked-threshold", "threshold.json"))
	record := func(block []byte) []byte { return []byte("[" + string(Threshold(block)) + "]") }
	for name, parse := range map[string]func() error{
		"parsed": func() error { _, err := Parse(group.RFC3526, record(block)); return err },
		"made":   func() error { _, err := Record(group.RFC3526, Threshold(block)); return err },
	} {
		if err := parse(); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	trustees, err := ParseArchived(group.RFC3526, record(block))
	if err != nil || !trustees.Old || len(trustees.Owners) != 3 || trustees.Owners[0].Threshold != 2 || trustees.Proofs != 9 {
		t.Fatalf("%+v, %v", trustees, err)
	}
	p := readPedersen(canon.NewReader(block, maxRecord), group.RFC3526)
	one := group.RFC3526.NewScalar(1)
	for check, c := range map[string]struct {
		change func(*pedersen)
		owner  int
		reason string
	}{
		"certificate":         {func(p *pedersen) { p.certs[1].signature.Response = one }, 2, "certificate: " + ErrSignature.Error()},
		"one key, one member": {func(p *pedersen) { p.certs[1] = p.certs[0] }, 2, "has the key of member 1"},
		"coefficients":        {func(p *pedersen) { p.coefexps[2].signature.Response = one }, 3, "coefficients: " + ErrSignature.Error()},
		"key":                 {func(p *pedersen) { p.keys[0] = p.keys[1] }, 1, "not what the coefficients give"},
		"knowledge":           {func(p *pedersen) { p.keys[2].pok.Response = one }, 3, "proof of knowledge"},
		"no signature yet":    {func(p *pedersen) { p.keys[1].signature = &p.keys[1].pok }, 2, "is signed"},
		"threshold":           {func(p *pedersen) { p.threshold = 3 }, 1, "threshold 3 of 3"},
	} {
		bad := p
		bad.certs, bad.coefexps, bad.keys = slices.Clone(p.certs), slices.Clone(p.coefexps), slices.Clone(p.keys)
		c.change(&bad)
		text := bytes.Replace(blockText(bad), []byte(`,"signatures":[]`), nil, 1)
		_, err := ParseArchived(group.RFC3526, record(text))
		var owner *OwnerError
		if !errors.As(err, &owner) || owner.Owner != c.owner || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%s: error is %v", check, err)
		}
	}
}

// Nobody makes an old block out of a new one by leaving its signatures out.
func TestThresholdBlockWithoutItsSignaturesIsRefused(t *testing.T) {
	text := hold(t, 1, 2).block
	start, end := bytes.Index(text, []byte(`,"signatures":`)), bytes.Index(text, []byte(`,"verification_keys":`))
	stripped := append(bytes.Clone(text[:start]), text[end:]...)
	_, err := ParseArchived(group.Ed25519, []byte("["+string(Threshold(stripped))+"]"))
	if err == nil || errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("error is %v", err)
	}
}

func TestNameOfTrusteeIsKept(t *testing.T) {
	k, err := NewPrivateKey(group.Ed25519, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.PublicKey("\xff", rand.Reader); err == nil {
		t.Error("name that is not UTF-8 was taken")
	}
	again, err := ParsePrivateKey(group.Ed25519, append(k.Text(), '\n'))
	if err != nil || !again.secret.Equal(k.secret) {
		t.Errorf("key file read again: %v", err)
	}
}

func TestDecryptionsOfManyCiphertextsAreInTheirOrder(t *testing.T) {
	k, err := NewPrivateKey(group.Ed25519, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	e, trustees := twoQuestions(t, "many"), &Trustees{Owners: []Owner{{Key: k.Public(), member: 1}}, Key: k.Public()}
	var numbers []uint64
	for i := range uint64(40) {
		numbers = append(numbers, i)
	}
	tally := [][]group.Ciphertext{encrypt(t, trustees.Key, 7, 8), encrypt(t, trustees.Key, numbers...)}
	text, err := k.Decrypt(e, tally, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	decryption, err := trustees.Verify(1, text, e, tally)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := trustees.Combine([]*Decryption{decryption}, tally)
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range numbers {
		if want := group.Ed25519.BaseMult(group.Ed25519.NewScalar(n)); !plain[1][i].Equal(want) {
			t.Errorf("ciphertext %d holds %s, not %s", i, plain[1][i], want)
		}
	}
	if _, err := k.Decrypt(e, tally, iotest.ErrReader(iotest.ErrTimeout)); !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("without randomness the error is %v", err)
	}
}

// TestEachCheckOfADecryptionIsNeeded: as above, for partial decryptions.
func TestEachCheckOfADecryptionIsNeeded(t *testing.T) {
	k, err := NewPrivateKey(group.Ed25519, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	trustees := &Trustees{Owners: []Owner{{Key: k.Public()}, {Key: group.Ed25519.BaseMult(k.secret.Add(k.secret))}}, Key: k.Public()}
	tally := [][]group.Ciphertext{encrypt(t, trustees.Key, 1, 2), encrypt(t, trustees.Key, 0)}
	e, other := twoQuestions(t, "one"), twoQuestions(t, "other")
	text, err := k.Decrypt(e, tally, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := trustees.Verify(1, text, e, tally); err != nil {
		t.Fatal(err)
	}
	factors, proofs, err := parseDecryption(text, e, tally)
	if err != nil {
		t.Fatal(err)
	}
	swap := func(a, b []byte) []byte {
		return bytes.Replace(bytes.Replace(bytes.Replace(text, a, []byte("#"), 1), b, a, 1), []byte("#"), b, 1)
	}
	factor := swap([]byte(factors[0][0].String()), []byte(factors[0][1].String()))
	response := bytes.Replace(text, proofs[1][0].Response.AppendText(nil), proofs[0][0].Response.AppendText(nil), 1)
	shorter, err := k.Decrypt(e, [][]group.Ciphertext{tally[0][:1], tally[1]}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		check    string
		owner    int
		text     []byte
		election *ballot.Election
		reason   string
	}{
		{"owner exists", 3, text, e, "there is no trustee 3, only 1 to 2"},
		{"owner is at least 1", 0, text, e, "there is no trustee 0"},
		{"owner's key", 2, text, e, "trustee 2: question 1, answer 1: proof of decryption is wrong"},
		{"election", 1, text, other, "trustee 1: question 1, answer 1: proof of decryption is wrong"},
		{"factor", 1, factor, e, "trustee 1: question 1, answer 1: proof of decryption is wrong"},
		{"response", 1, response, e, "trustee 1: question 2, answer 1: proof of decryption is wrong"},
		{"number of factors", 1, shorter, e, "question 1: 1 factors and 1 proofs for 2 answers"},
		{"number of questions", 1, []byte(`{"decryption_factors":[],"decryption_proofs":[]}`), e, "0 questions, not 2"},
	} {
		t.Run(c.check, func(t *testing.T) {
			if _, err := trustees.Verify(c.owner, c.text, c.election, tally); err == nil || !strings.Contains(err.Error(), c.reason) {
				t.Errorf("error is %v, want %q", err, c.reason)
			}
		})
	}
}

// twoQuestions is an election whose first question is added up, and whose second is
// shuffled.
func twoQuestions(tb testing.TB, name string) *ballot.Election {
	tb.Helper()
	e, err := ballot.NewElection(ballot.Record{
		Name: name, PublicKey: group.Ed25519.Generator(), UUID: "vLeneQWFW5VYoa",
		Questions: []ballot.Question{
			ballot.Homomorphic{Answers: []string{"a", "b"}, Max: 2},
			ballot.NonHomomorphic{Answers: []string{"a", "b"}},
		},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`[]`))
	for _, b := range peerBlocks[:1] {
		record, err := Record(group.Ed25519, Threshold(peerFile(f, b.election, "threshold.json")))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(record)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		trustees, err := Parse(group.Ed25519, text)
		if err == nil && (len(trustees.Owners) == 0 || trustees.Key.IsIdentity()) {
			t.Error("accepted trustees without a key")
		}
	})
}

// FuzzMessages feeds each file of the set-up to its reader.
func FuzzMessages(f *testing.F) {
	m := hold(f, 1, 2)
	for _, file := range [][]byte{m.certs[0], m.polynomials[0], m.inputs[0], m.outputs[0], m.shares[0], []byte(`"12"`)} {
		f.Add(file)
	}
	tally := [][]group.Ciphertext{{group.Ed25519.NeutralCiphertext()}, {}}
	e := twoQuestions(f, "two questions")
	f.Fuzz(func(t *testing.T, text []byte) {
		_, _ = OpenCeremony([][]byte{text, m.certs[1]})
		_, _ = m.ceremony.Inputs([][]byte{text, m.polynomials[1]})
		_, _ = m.ceremony.openInput(m.keys[0], text)
		_, _, _ = m.ceremony.Finish(m.polynomials, [][]byte{text, m.outputs[1]})
		_, _, _ = parseDecryption(text, e, tally)
		if k, err := ParsePrivateKey(group.Ed25519, text); err == nil && !bytes.Equal(k.Text(), trimSpace(text)) {
			t.Error("private key has two spellings")
		}
	})
}
