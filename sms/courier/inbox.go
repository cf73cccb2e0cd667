package courier

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"securetext/sms"
	"securetext/store"
	"securetext/store/seal"
)

// Inbox takes in what patients text back. It is the handler of a provider's
// inbound webhook. STOP is in force when it returns, for every org that texts
// from the number it was sent to and has texted the patient; START lifts that,
// and no other refusal. Nothing of what else a patient writes is kept.
type Inbox struct {
	Store interface {
		store.Finder
		Orgs(ctx context.Context) ([]store.Org, error)
		Messages(ctx context.Context, f store.MessageFilter) ([]store.MessageInfo, error)
		Refuse(ctx context.Context, org store.OrgID, r store.Recipient, why store.Refusal, by store.Actor, at time.Time) error
		Allow(ctx context.Context, org store.OrgID, id store.RecipientID, a store.Allowance, by store.Actor, at time.Time) error
	}
	Index    seal.Index
	Roads    Roads
	Provider string
	Listener sms.Listener
	Log      *slog.Logger
	Now      func() time.Time
}

// ServeHTTP implements [http.Handler]. A post that is not the provider's is 403,
// one that could not be stored 503: the provider posts it again, and a repeat
// changes nothing.
func (h *Inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	in, err := h.Listener.Inbound(r)
	if err != nil {
		h.Log.Warn("inbound text refused", "provider", h.Provider, "err", err)
		http.Error(w, "forbidden", http.StatusForbidden)
		return
	}
	words, err := h.take(r.Context(), in)
	if err != nil {
		h.Log.Error("inbound text not recorded", "provider", h.Provider, "keyword", in.Keyword, "err", err)
		http.Error(w, "try again later", http.StatusServiceUnavailable)
		return
	}
	h.Listener.Reply(w, words)
}

// take does what a keyword asks for, and returns what to answer.
func (h *Inbox) take(ctx context.Context, in sms.Inbound) (words string, err error) {
	if in.Keyword == "" {
		h.Log.Info("inbound text without a keyword", "provider", h.Provider)
		return "", nil
	}
	orgs, err := h.orgs(ctx, in)
	if err != nil {
		return "", err
	}
	var known []store.Org
	for _, o := range orgs {
		switch err := h.act(ctx, o, in); {
		case errors.Is(err, store.ErrNotFound): // the org has nothing to do with the number
		case err != nil:
			return "", err
		default:
			known = append(known, o)
		}
	}
	h.Log.Info("inbound text taken", "provider", h.Provider, "keyword", in.Keyword, "orgs", len(known))
	return h.answer(known, in.Keyword), nil
}

// act does what a keyword asks of one org. It is [store.ErrNotFound] when the org
// never wrote to the number, or there is nothing to lift.
func (h *Inbox) act(ctx context.Context, o store.Org, in sms.Inbound) error {
	known, err := store.FindRecipient(ctx, h.Store, h.Index, store.Whom{Org: o.ID, Number: in.From.E164()}) // whoever shares the number
	if err != nil {
		return err
	}
	id := known.ID
	by := store.Actor{Kind: store.ByCarrier, ID: h.Provider}
	switch in.Keyword {
	case sms.Stop:
		return h.Store.Refuse(ctx, o.ID, store.Recipient{ID: id}, store.OptedOut, by, h.Now())
	case sms.Start:
		return h.Store.Allow(ctx, o.ID, id, store.Allowance{Only: store.OptedOut, How: string(sms.Start)}, by, h.Now())
	}
	list, err := h.Store.Messages(ctx, store.MessageFilter{Org: o.ID, Recipient: id, Limit: 1})
	if err == nil && len(list) == 0 {
		return store.ErrNotFound
	}
	return err
}

// orgs are those that text from the number; where the provider calls it by a name
// that no road has, all that text through the provider.
func (h *Inbox) orgs(ctx context.Context, in sms.Inbound) ([]store.Org, error) {
	all, err := h.Store.Orgs(ctx)
	if err != nil {
		return nil, err
	}
	var exact, others []store.Org
	for _, o := range all {
		through, from := false, false
		for _, r := range h.Roads.Of(o.Policy.Roads) {
			if r.Sender.Name() != h.Provider {
				continue
			}
			through = true
			from = from || slices.ContainsFunc(in.To, func(to string) bool { return r.Line == h.Provider+":"+to })
		}
		if through {
			others = append(others, o)
		}
		if from {
			exact = append(exact, o)
		}
	}
	if len(exact) > 0 {
		return exact, nil
	}
	return others, nil
}

// kinds are what is answered to each keyword.
var kinds = map[sms.Keyword]sms.Kind{sms.Stop: sms.Stopped, sms.Start: sms.Started, sms.Help: sms.Helped}

// answer is in the name of the org that a patient can only mean; where there are
// several, there is none.
func (h *Inbox) answer(known []store.Org, k sms.Keyword) string {
	if len(known) != 1 {
		return ""
	}
	voice, err := voiceOf(known[0])
	if err != nil {
		return ""
	}
	return voice.Reply(kinds[k])
}
