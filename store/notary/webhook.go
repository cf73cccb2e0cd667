package notary

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"securetext/gateway/outbound"
	"securetext/store/merkle"
)

// Webhook is where checkpoints are posted to, and how.
type Webhook struct {
	URL     string
	Secret  outbound.Secret
	Private bool        // it may lead to a private address
	TLS     *tls.Config // for tests and private authorities; nil: the system's
	Now     func() time.Time
}

// hookCheckpoint is the body. docs/howto/prove-the-log.md is for who reads it.
type hookCheckpoint struct {
	Type       string `json:"type"`
	ID         string `json:"id"`
	Origin     string `json:"origin"`
	Size       int64  `json:"size"`
	Checkpoint string `json:"checkpoint"`
}

// ToWebhook posts each checkpoint, signed as all webhooks are. It follows no redirect
// and goes through no proxy.
func ToWebhook(w Webhook) Target {
	client := outbound.Transport(&net.Dialer{}, w.Private, w.TLS)
	return Target{Kind: "webhook", Name: "webhook", Push: func(ctx context.Context, c merkle.Checkpoint, signed string) error {
		id := fmt.Sprintf("checkpoint_%d", c.Size)
		body, err := json.Marshal(hookCheckpoint{"log.checkpoint", id, c.Origin, c.Size, signed})
		if err != nil {
			return err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
		if err != nil {
			return errors.New("the webhook's URL cannot be read")
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("User-Agent", "securetext")
		req.Header.Set(outbound.SignatureHeader, w.Secret.Sign(w.Now(), string(body)))
		req.Header.Set(outbound.DeliveryHeader, id)
		return send(client, req)
	}}
}

// send is an error unless the answer is one of the 200s. It never repeats the URL.
func send(t *http.Transport, req *http.Request) error {
	resp, err := t.RoundTrip(req)
	if errors.Is(err, outbound.ErrPrivate) {
		return outbound.ErrPrivate
	} else if err != nil {
		return errors.New("the server did not answer")
	}
	defer resp.Body.Close()
	io.CopyN(io.Discard, resp.Body, 4<<10)
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("the server answered %d", resp.StatusCode)
	}
	return nil
}
