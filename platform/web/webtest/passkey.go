package webtest

import (
	"testing"

	"github.com/chromedp/cdproto/webauthn"
)

// Authenticator is a virtual device that makes and uses passkeys without asking anybody:
// as one built into a phone, whose owner always unlocks it.
type Authenticator struct {
	b  *Browser
	id webauthn.AuthenticatorID
}

// Authenticator gives the window a device for passkeys. It holds none yet.
func (b *Browser) Authenticator(t *testing.T) *Authenticator {
	t.Helper()
	call(t, b, webauthn.Enable, webauthn.EnableParams{})
	made := call(t, b, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
		Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		},
	})
	return &Authenticator{b, made.AuthenticatorID}
}

// Passkeys counts the passkeys on the device, of all sites.
func (a *Authenticator) Passkeys(t *testing.T) int {
	t.Helper()
	return len(call(t, a.b, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: a.id}).Credentials)
}

// Lose takes the device away, with all passkeys on it.
func (a *Authenticator) Lose(t *testing.T) {
	t.Helper()
	call(t, a.b, webauthn.RemoveVirtualAuthenticator, webauthn.RemoveVirtualAuthenticatorParams{AuthenticatorID: a.id})
}

// Lock makes the device refuse: its owner does not unlock it.
func (a *Authenticator) Lock(t *testing.T) {
	t.Helper()
	call(t, a.b, webauthn.SetUserVerified, webauthn.SetUserVerifiedParams{AuthenticatorID: a.id})
}
