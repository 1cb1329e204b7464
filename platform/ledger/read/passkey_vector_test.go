package read

import (
	"crypto/ed25519"
	"encoding/hex"
	"strings"
	"testing"
)

// Authentication ceremonies of W3C WebAuthn level 3, section 16. Their challenges
// are no hashes of texts, so that the parts of an assertion are checked one by one.
var vectors = []struct {
	name, public, auth, client, signature string
	alg                                   byte
	party                                 string // what is said of the authenticator data
}{
	{
		name: "ES256 credential with no attestation", alg: PasskeyES256,
		public:    "04afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9220",
		auth:      "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b51900000000",
		client:    "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a224f63446e55685158756c5455506f334a5558543049393770767a7a59425039745a63685879617630314167222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73657d",
		signature: "3046022100f50a4e2e4409249c4a853ba361282f09841df4dd4547a13a87780218deffcd380221008480ac0f0b93538174f575bf11a1dd5d78c6e486013f937295ea13653e331e87",
		party:     "not verified",
	},
	{
		name: "ES256 credential with self attestation", alg: PasskeyES256,
		public:    "04eb151c8176b225cc651559fecf07af450fd85802046656b34c18f6cf193843c5927b8aa427a2be1b8834d233a2d34f61f13bfd44119c325d5896e183fee484f2",
		auth:      "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b50900000000",
		client:    "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a225248696843784e534e493352594d45314f7731476d3132786e726b634a5f6666707637546e2d4a71386773222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a206754623533727a36456853576f6d58477a696d433151227d",
		signature: "304402203310b9431903c401f1be2bdc8d23a4007682dbbddcf846994947b7f465daf84002204e94dd00047b316061b3b99772b7efd95994a83ef584b3b6b825ea3550251b66",
		party:     "not verified",
	},
	{
		name: `ES256 credential with "crossOrigin": true`, alg: PasskeyES256,
		public:    "0422200a473f90b11078851550d03b4e44a2279f8c4eca27b3153dedfe03e4e97dcbd0be95e746ad6f5a8191be11756e4c0420e72f65b466d39bc56b8b123a9c6e",
		auth:      "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b50500000000",
		client:    "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a226832716c463771445f65356c5f505f62796b7945377135645650674547685f49584a6b655737736e4d5463222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a747275652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a2039327063545644304162792d713464746d6a36656667227d",
		signature: "3046022100eb12fcf23b12764c0f122e22371fab92e283879fd798f38ee1841c951b6e40e7022100c76237ff9db77b3c56f30837cda6a09acfa2e915544e609c0733b1184036d1cf",
		party:     "",
	},
	{
		name: "Ed25519 credential", alg: PasskeyEdDSA,
		public:    ed25519Public("971f38c0f73aaf0c5a614eb5e26430ae1ea0ed13e4f425d96e9662349340b0b3"),
		auth:      "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b50100000000",
		client:    "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a2269566c583442786a4f6d6d44534b4c596f7870557439736e364d48454f7943413135726947514a6e763949222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73657d",
		signature: "f5c59c7e46c34f6f8cc197101ddf9934fa2595f68eb1913a637e8419eb9ba4cfdfc48f85393bc0d40b011f0d6fecb097d6607525713223a0dc0d453993dae00b",
		party:     "not verified",
	},
}

// ed25519Public is the public key of the private key that the vector gives.
func ed25519Public(private string) string {
	return hex.EncodeToString(ed25519.NewKeyFromSeed(unhex(private))[32:])
}

func unhex(text string) []byte {
	b, err := hex.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return b
}

func TestWebAuthnVectorsVerify(t *testing.T) {
	at := Passkeys{RPID: "example.org", Origins: []string{"https://example.org"}}
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			text, err := PasskeyText("vector", v.alg, unhex(v.public))
			if err != nil {
				t.Fatal(err)
			}
			k, err := ParseKey(text)
			if err != nil {
				t.Fatal(err)
			}
			auth, client, signature := unhex(v.auth), unhex(v.client), unhex(v.signature)
			if err := k.verifySigned(auth, client, signature); err != nil {
				t.Error(err)
			}
			if err := k.verifySigned(auth[1:], client, signature); err == nil {
				t.Error("another authenticatorData verified, too")
			}
			if err := k.verifySigned(auth, client[1:], signature); err == nil {
				t.Error("another clientDataJSON verified, too")
			}
			checkVerdict(t, checkAuthenticatorData(auth, at), v.party)
			checkVerdict(t, checkClientData(client, []byte("a text\n"), at), "the challenge is not the hash of this statement")
		})
	}
}

// checkVerdict fails unless err tells the words, or is nil where there are none.
func checkVerdict(t *testing.T, err error, words string) {
	t.Helper()
	if words == "" {
		if err != nil {
			t.Error(err)
		}
		return
	}
	if err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("error is %v, should tell %q", err, words)
	}
}
