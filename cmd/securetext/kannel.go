package main

import (
	"errors"
	"fmt"

	"securetext/sms/kannel"
)

// smsService has Kannel hand over what patients text. The get-url is ours and
// the key; a blank line would end the group.
const smsService = `group = sms-service
keyword = default
catch-all = true
get-url = "%s?key=%s&from=%%p&to=%%P&charset=%%C&text=%%b"
accept-x-kannel-headers = true
max-messages = 1
omit-empty = true
`

type kannelCmd struct{}

// Run prints the group of kannel.conf that has our secret's key in it.
func (kannelCmd) Run(p *program) error {
	cfg, err := p.settings()
	if err != nil {
		return err
	}
	if cfg.KannelURL == "" {
		return errors.New("KANNEL_URL is not set: no texts go by Kannel here")
	}
	_, err = fmt.Fprintf(p.out, smsService, cfg.PublicURL+inboundPath("kannel"), kannel.InboundKey(string(cfg.KannelSecret)))
	return err
}
