package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"securetext/store"
)

const (
	// keyRound is how often a process says which phone key it uses, and opens the keys
	// of orgs that are new to it.
	keyRound = 30 * time.Second
	// keyTrouble is how often it tries while some org's key does not open.
	keyTrouble = 5 * time.Second
	// keyIdle is how long nobody must have used a phone key before it is taken out of
	// use.
	keyIdle = 4 * keyRound
)

// keepKeys opens the newest key of every org as soon as it can, so that a root key
// that is away later is not missed, and says which phone key this process uses. It
// ends, with all of the process, when that was taken out of use.
func (s *service) keepKeys(ctx context.Context) error {
	for {
		wait := keyRound
		err := s.keyring(ctx)
		s.keysLooked.Store(true)
		if errors.Is(err, store.ErrForeignKey) {
			return err
		}
		if err != nil && ctx.Err() == nil {
			s.log.Error("keys not ready: what needs them is put off", "err", err)
			wait = keyTrouble
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

func (s *service) keyring(ctx context.Context) error {
	if err := s.usePhoneKey(ctx, s.now()); err != nil {
		return err
	}
	orgs, err := s.store.Orgs(ctx)
	if err != nil {
		return fmt.Errorf("list orgs: %w", err)
	}
	for _, o := range orgs {
		if err := s.keys.Warm(ctx, string(o.ID)); err != nil {
			return fmt.Errorf("key of %s: %w", o.ID, err)
		}
	}
	return nil
}

// keyState is what /readyz says of the keys. A process that could open none yet takes
// nothing in; one that lacks some goes on for all others.
func (s *service) keyState() (words string, status int) {
	switch cold, err := s.keys.Trouble(); {
	case !s.keysLooked.Load():
		return "being opened", http.StatusServiceUnavailable
	case err == nil:
		return "ok", http.StatusOK
	case cold:
		return "unavailable", http.StatusServiceUnavailable
	default:
		return "unavailable for some orgs", http.StatusOK
	}
}
