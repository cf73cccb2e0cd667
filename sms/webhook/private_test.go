package webhook

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"

	"securetext/sms"
)

// A name that leads to this machine, or to the clinic's own network, is found
// out when it is dialled.
func TestANameThatLeadsToAPrivateAddress(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for private, want := range map[bool]string{false: "webhook_private_address", true: "webhook_unreached"} {
		w, err := New(Config{URL: "https://gateway.example", Secret: "0123456789abcdef0123456789abcdef", Timeout: 200 * time.Millisecond, Private: private})
		if err != nil {
			t.Fatal(err)
		}
		dial := w.transport.DialContext
		w.transport.Proxy = nil
		w.transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dial(ctx, network, l.Addr().String()) // as if the name were resolved
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://gateway.example", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.exchange(req, ""); sms.Code(err) != want {
			t.Errorf("private %v: got error %v, want %s", private, err, want)
		}
	}
}
