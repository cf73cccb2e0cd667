package main

import (
	"fmt"

	"securetext/gateway/notice"
	"securetext/sms"
	"securetext/store"
	"securetext/store/setting"
)

// What of an org's settings only the command line knows how to look up; all others
// are in package setting.

// setHook takes a URL on the internet; on a private network too, if that is
// allowed. Where it really leads is looked at whenever it is posted to (S30). No
// error repeats it, as there may be a secret in it.
func setHook(p *store.Policy, s string, private bool) error {
	p.Hook = ""
	if s == setting.None {
		return nil
	}
	if err := notice.CheckHook(s, private); err != nil {
		return fmt.Errorf("--hook: %w", err)
	}
	p.Hook = s
	return nil
}

func setTexts(p *store.Policy, s string) error {
	p.Roads = ""
	if s == setting.Usual {
		return nil
	}
	roads, err := sms.ParseRoads(s, providerNames)
	if err != nil {
		return fmt.Errorf("--texts: %w", err)
	}
	p.Roads = sms.FormatRoads(roads)
	return nil
}
