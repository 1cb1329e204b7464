// Package proof has the zero-knowledge proofs of a Belenios election, without
// interaction: knowledge of a secret key (which is also every signature), equality of
// discrete logarithms (decryption), and "one of these ciphertexts holds zero" (ballots).
//
// A proof that some statement holds is always a list of pairs (challenge, response),
// with response = w − secret·challenge, from which the verifier computes the
// commitments again and compares the hash (Belenios 3.3, doc/specification, sections on
// Schnorr, Chaum–Pedersen and disjunctive proofs).
package proof

import "bayyina/core/group"

// Purpose separates the uses of the hash, so that a proof made for one of them says
// nothing in another.
type Purpose string

// The purposes of crypto version 1.
const (
	BallotSignature  Purpose = "sig"     // message: hash of the unsigned ballot
	Message          Purpose = "sigmsg"  // message: the text that a trustee or server signs
	KeyOfTrustee     Purpose = "pok"     // message: group name | public key
	Decryption       Purpose = "decrypt" // message: election fingerprint | public key
	Choice           Purpose = "prove"   // message: context of the answer | alpha,beta
	BlankOrZero      Purpose = "bproof0" // message: context of the answer with its choices
	NotBlankOrBounds Purpose = "bproof1" // message: as above
	Integers         Purpose = "raweg"   // message: fingerprint | credential | key,alpha,beta
	ListOrNone       Purpose = "lproof"  // message: context of the answer with its choices
	NonZero          Purpose = "nonzero" // message: as above
)

// Challenge is the one place that turns a purpose, a message and commitments in a group
// into a challenge. In crypto version 1 it is the group's hash with the prefix
// "purpose|message|". Version 2 of the protocol has another map here, and nowhere else.
func Challenge(g *group.Group, purpose Purpose, message []byte, commitments ...*group.Element) group.Scalar {
	var room [512]byte // enough for most
	prefix := append(room[:0], purpose...)
	prefix = append(prefix, '|')
	prefix = append(prefix, message...)
	prefix = append(prefix, '|')
	return g.Hash(prefix, commitments...)
}
