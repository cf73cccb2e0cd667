package courier

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"securetext/sms"
	"securetext/store"
)

// Receipts takes in what carriers say of texts. It is the handler of the
// provider's callback. Duplicates and late ones change nothing (S31).
type Receipts struct {
	Store interface {
		Receipt(ctx context.Context, r store.Receipt, now time.Time) error
	}
	// Listener reads a callback and checks its signature.
	Listener sms.Listener
	Log      *slog.Logger
	Now      func() time.Time

	begin sync.Once
	turns chan struct{} // one for each that is being recorded
	halts atomic.Int32  // texts in a row that were refused because of our account
}

// mostHalts in a row stop the road: a carrier may well take one text for spam, and
// the next one not.
const mostHalts = 3

// mostReceipts is how many are recorded at once. A provider calls back for
// hundreds of texts together: they must not take all of the store's connections
// from the courier, and from patients.
const mostReceipts = 8

// Another text goes out after one that the carrier lost: at some time between
// these, since a phone that is off is seldom on a minute later. After one that the
// carrier refused because of our account it is later, so that this can be mended.
const (
	soonestResend = 10 * time.Minute
	latestResend  = 60 * time.Minute
)

// ServeHTTP implements [http.Handler]. A callback that is not the provider's is
// 403, one that could not be stored 503. A text nobody knows is 200 all the
// same, so that the provider does not call again: Kannel does after any other.
func (h *Receipts) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, err := h.Listener.Callback(r)
	if err != nil {
		h.Log.Warn("callback refused", "err", err)
		http.Error(w, "forbidden", http.StatusForbidden)
		return
	}
	if err := h.Record(r.Context(), status); err != nil {
		http.Error(w, "try again later", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// textStates are the store's words for what providers say.
var textStates = map[sms.State]store.TextState{
	sms.Sent: store.TextSent, sms.Undelivered: store.TextUndelivered,
	sms.Failed: store.TextFailed, sms.Delivered: store.TextDelivered,
}

// Record records what became of a text, however it was heard of. What could not
// be stored is logged, and its error is the store's.
func (h *Receipts) Record(ctx context.Context, s sms.Status) error {
	state, ok := textStates[s.State]
	if !ok {
		return nil
	}
	r := store.Receipt{Text: store.TextID(s.Text), ProviderID: s.ProviderID, State: state, Reason: s.Code, Refusal: refusal(s.Means)}
	if state == store.TextSent {
		r.Check = h.Now().Add(reported) // whoever sent it may not live to say so
	}
	if s.Transient {
		r.Retry = h.Now().Add(soonestResend + rand.N(latestResend-soonestResend))
	}
	switch {
	case errors.Is(s.Means, sms.ErrHalt):
		r.Retry = h.Now().Add(latestResend + rand.N(latestResend))
		if h.halts.Add(1) >= mostHalts {
			r.Pause = h.Now().Add(longestHalt)
		}
	case state == store.TextDelivered:
		h.halts.Store(0)
	}
	switch err := h.store(ctx, r); {
	case errors.Is(err, store.ErrNotFound):
		h.Log.Warn("callback for a text nobody sent", "text", s.Text, "provider_id", s.ProviderID)
		return nil
	case err != nil:
		h.Log.Error("receipt not recorded", "text", s.Text, "provider_id", s.ProviderID, "err", err)
		return err
	}
	h.log(s)
	return nil
}

// store stores a receipt when it is its turn.
func (h *Receipts) store(ctx context.Context, r store.Receipt) error {
	h.begin.Do(func() { h.turns = make(chan struct{}, mostReceipts) })
	select {
	case h.turns <- struct{}{}:
		defer func() { <-h.turns }()
	case <-ctx.Done():
		return ctx.Err()
	}
	return h.Store.Receipt(ctx, r, h.Now())
}

func (h *Receipts) log(s sms.Status) {
	if errors.Is(s.Means, sms.ErrHalt) {
		h.Log.Error("carrier refuses texts of this account", "text", s.Text, "code", s.Code)
		return
	}
	h.Log.Info("receipt recorded", "text", s.Text, "state", s.State, "code", s.Code)
}
