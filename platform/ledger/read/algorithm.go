package read

// Algorithm names what the key signs with: "Ed25519" for key files, server keys
// and witnesses, "ES256" or "EdDSA" for passkeys (their names in WebAuthn).
func (k Key) Algorithm() string {
	switch {
	case !k.IsPasskey():
		return "Ed25519"
	case k.alg == PasskeyES256:
		return "ES256"
	}
	return "EdDSA"
}
