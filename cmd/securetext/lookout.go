package main

import (
	"securetext/store/lookout"
)

// buildLookout makes what goes through the proved log: it goes with the courier.
// Without a mail server alerts are in the console alone.
func (s *service) buildLookout() error {
	if s.courier == nil {
		return nil
	}
	c := lookout.Config{Store: s.store, Log: s.log, Metrics: s.metrics, Now: s.now}
	if s.cfg.MailServer != "" {
		by, err := s.smarthost()
		if err != nil {
			return err
		}
		c.Mail = &lookout.Mail{From: s.cfg.MailFrom, Hostname: s.cfg.SMTPHostname, Console: s.cfg.ConsoleURL, Send: by.Send}
	}
	var err error
	s.lookout, err = lookout.New(c)
	return err
}
