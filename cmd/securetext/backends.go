package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"securetext/configs"
	"securetext/pickup/session"
	"securetext/pickup/session/memory"
	"securetext/pickup/session/redis"
	"securetext/sms"
	"securetext/sms/console"
	"securetext/sms/twilio"
	"securetext/store"
	"securetext/store/postgres"
	"securetext/store/sqlite"
)

// openStore opens Postgres if it is configured, else the SQLite file.
func openStore(ctx context.Context, cfg *configs.Config) (store.Store, error) {
	if cfg.DatabaseURL != "" {
		return postgres.Open(ctx, string(cfg.DatabaseURL))
	}
	return sqlite.Open(ctx, cfg.SQLiteFile())
}

// sessions is a session store that can be let go of.
type sessions interface {
	session.Store
	Ping(ctx context.Context) error
	Close() error
}

// openSessions opens Redis if it is configured, else the memory of this
// process. Redis need not be up yet.
func openSessions(cfg *configs.Config) (sessions, error) {
	if cfg.RedisURL != "" {
		return redis.Open(string(cfg.RedisURL), session.PatientLimits)
	}
	return inMemory{memory.New(session.PatientLimits)}, nil
}

// inMemory is always there, and nothing of it remains to be closed.
type inMemory struct{ *memory.Store }

func (inMemory) Ping(context.Context) error { return nil }
func (inMemory) Close() error               { return nil }

// carrier is who takes the texts, and what comes with it.
type carrier struct {
	sms.Sender
	callback func(*http.Request) (sms.Status, error) // reads a provider's callback; nil: it has none
	console  *console.Console                        // nil: texts really go out
}

// callbackPath is where the provider calls back.
const callbackPath = "/sms/twilio/status"

func openCarrier(cfg *configs.Config, out io.Writer, now func() time.Time) (carrier, error) {
	if cfg.Texts == configs.Console {
		c := console.New(out, now)
		return carrier{Sender: c, console: c}, nil
	}
	t, err := twilio.New(twilio.Config{
		AccountSID: cfg.TwilioAccountSID, AuthToken: string(cfg.TwilioAuthToken),
		From: cfg.TwilioFrom, MessagingServiceSID: cfg.TwilioMessagingServiceSID,
		BaseURL: cfg.TwilioBaseURL, CallbackURL: cfg.PublicURL + callbackPath,
		Validity:         cfg.TwilioValidity,
		ContentRetention: cfg.TwilioContentRetention, AddressRetention: cfg.TwilioAddressRetention,
	})
	if err != nil {
		return carrier{}, fmt.Errorf("twilio: %w", err)
	}
	return carrier{Sender: t, callback: t.Callback}, nil
}
