package sandbox

import (
	"context"
	"slices"

	"securetext/sms"
)

// Find implements [sms.Finder]. It knows the last texts that this process sent.
func (s *Sandbox) Find(ctx context.Context, q sms.Query) ([]sms.Found, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	var found []sms.Found
	for _, k := range slices.Backward(s.kept) {
		if k.To() != q.To || k.at.Before(q.Since) || len(q.Texts) > 0 && !slices.Contains(q.Texts, k.ID()) {
			continue
		}
		status := k.status(now)
		found = append(found, sms.Found{
			Text: k.ID(), ProviderID: status.ProviderID, Body: k.Body(), At: k.at,
			State: status.State, Code: status.Code,
		})
	}
	return found, nil
}

// Report implements [sms.Reporter], from the id alone.
func (s *Sandbox) Report(ctx context.Context, providerID string) (sms.Status, error) {
	if err := ctx.Err(); err != nil {
		return sms.Status{}, err
	}
	x, ok := parseID(providerID)
	if !ok {
		return sms.Status{}, nil
	}
	return x.status(s.now()), nil
}
