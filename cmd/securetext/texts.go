package main

import (
	"context"
	"net/http"

	"securetext/sms"
	"securetext/sms/courier"
	"securetext/store/keeper"
)

// buildCourier makes what sends texts and hears of them.
func (s *service) buildCourier(mux *http.ServeMux) (err error) {
	if s.roads == nil {
		return nil
	}
	s.courier, err = courier.New(courier.Config{
		Store: s.store, Directory: s.store, Keys: s.keys, Index: s.index, Roads: s.roads, PublicURL: s.cfg.PublicURL,
		Log: s.log, Metrics: s.metrics, Now: s.now,
	})
	if err != nil {
		return err
	}
	s.keeper, err = keeper.New(keeper.Config{Store: s.store, Log: s.log, Metrics: s.metrics, Now: s.now})
	if err != nil {
		return err
	}
	for name, l := range s.roads.listeners() {
		mux.Handle(statusPath(name), &courier.Receipts{Store: s.store, Listener: l, Log: s.log, Now: s.now})
		mux.Handle(inboundPath(name), &courier.Inbox{
			Store: s.store, Index: s.index, Roads: s.roads, Provider: name, Listener: l, Log: s.log, Now: s.now,
		})
		s.public = mux
	}
	return nil
}

// buildRoads opens the roads where this process sends texts.
func (s *service) buildRoads() (err error) {
	s.receipts = &courier.Receipts{Store: s.store, Log: s.log, Now: s.now}
	call := func(status sms.Status) {
		_ = s.receipts.Record(context.Background(), status) // which logs what is wrong; the checker will ask
	}
	if s.roads, err = openRoads(s.cfg, s.out, s.log, s.now, call); err == nil {
		s.outbox = s.roads.console.Handler()
	}
	return err
}

// textRoles are the parts that go with the courier.
func (s *service) textRoles() map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"courier": s.courier.Run,
		"sweeper": (&courier.Sweeper{Store: s.store, Log: s.log, Now: s.now}).Run,
		"wiper":   (&courier.Wiper{Store: s.store, Log: s.log, Now: s.now}).Run,
		"minder":  (&courier.Minder{Store: s.store, Directory: s.store, Log: s.log, Now: s.now, Nudge: s.nudge}).Run,
		"keeper":  s.keeper.Run,
		"checker": (&courier.Checker{Store: s.store, Roads: s.roads, Receipts: s.receipts, Log: s.log, Now: s.now}).Run,
	}
}
