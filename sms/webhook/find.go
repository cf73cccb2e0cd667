package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"securetext/sms"
)

// Find implements [sms.Finder], with one question for each text. Our ids never
// come twice, so neither the number nor the time is asked for.
func (w *Webhook) Find(ctx context.Context, q sms.Query) ([]sms.Found, error) {
	var found []sms.Found
	for _, text := range q.Texts {
		t, known, err := w.ask(ctx, "text", text)
		if err != nil {
			return nil, err
		}
		if known {
			s := t.status()
			found = append(found, sms.Found{Text: text, ProviderID: t.ID, At: t.At, State: s.State, Code: s.Code})
		}
	}
	slices.SortStableFunc(found, func(a, b sms.Found) int { return b.At.Compare(a.At) })
	return found, nil
}

// Report implements [sms.Reporter].
func (w *Webhook) Report(ctx context.Context, providerID string) (sms.Status, error) {
	t, known, err := w.ask(ctx, "id", providerID)
	if err != nil || !known {
		return sms.Status{}, err
	}
	return t.status(), nil
}

// told is the answer to a question about a text.
type told struct {
	news
	At time.Time `json:"at"` // when the gateway took it
}

// ask asks for the text that a key, text or id, names. An answer about another
// one is no answer.
func (w *Webhook) ask(ctx context.Context, key, value string) (t told, known bool, err error) {
	a, err := w.question(ctx, key, value)
	if err != nil {
		return told{}, false, unasked(err)
	}
	switch {
	case a.status == http.StatusNotFound && a.word() == noSuchText:
		return told{}, false, nil
	case !a.ok():
		return told{}, false, unasked(a.meaning())
	}
	if json.Unmarshal(a.body, &t) != nil || !t.wellFormed() || !t.answers(key, value) {
		return told{}, false, &sms.Error{Code: "webhook_bad_answer", Err: sms.ErrAway}
	}
	return t, true, nil
}

func (w *Webhook) question(ctx context.Context, key, value string) (answer, error) {
	u := *w.url
	query := u.Query()
	query.Set(key, value)
	u.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return answer{}, fmt.Errorf("webhook: %w", errTemporary)
	}
	return w.exchange(req, u.RawQuery)
}

// answers reports whether the gateway says its id of the text, and ours if it
// says that too, as asked.
func (t told) answers(key, value string) bool {
	if key == "id" {
		return t.ID == value
	}
	return t.ID != "" && (t.Text == "" || t.Text == value)
}

// unasked is an error of a question. What would leave a text in doubt only
// says here that the gateway is out of order.
func unasked(err error) error {
	if e, ok := errors.AsType[*sms.Error](err); ok && errors.Is(e, sms.ErrUnsure) {
		return &sms.Error{Code: e.Code, RetryAfter: e.RetryAfter, Err: sms.ErrAway}
	}
	return err
}
