package outbound

import (
	"crypto/tls"
	"net"
	"net/http"
)

// DeliveryHeader names a webhook, so that who gets it twice can tell.
const DeliveryHeader = "X-SecureText-Delivery"

// maxAnswerHeader is what is read of the header of an answer, in bytes.
const maxAnswerHeader = 16 << 10

// Transport makes a connection for each request: it goes through no proxy, and the
// address that the dialer reaches is the one that is checked. Only with private may
// that be one that is not public. trust replaces what the machine trusts; nil leaves
// it.
func Transport(dialer *net.Dialer, private bool, trust *tls.Config) *http.Transport {
	if !private {
		dialer.Control = PublicOnly
	}
	if trust == nil {
		trust = &tls.Config{}
	}
	trust = trust.Clone()
	trust.MinVersion = max(trust.MinVersion, tls.VersionTLS12)
	return &http.Transport{
		DialContext: dialer.DialContext, TLSClientConfig: trust,
		DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: maxAnswerHeader,
	}
}
