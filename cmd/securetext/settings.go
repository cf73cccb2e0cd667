package main

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"securetext/gateway/option"
	"securetext/gateway/outbound"
	"securetext/sms"
	"securetext/sms/clock"
	"securetext/sms/phone"
	"securetext/store"
)

// How the command line says that there is nothing, and that it is as ever.
const (
	none  = "none"
	usual = "default"
)

func setConfirm(p *store.Policy, s string) error {
	p.Confirm = store.Confirm(s)
	if !slices.Contains([]store.Confirm{store.ConfirmNone, store.ConfirmFailure, store.ConfirmAlways}, p.Confirm) {
		return fmt.Errorf("%q is not none, failure or always", s)
	}
	return nil
}

func setDaily(p *store.Policy, s string) (err error) {
	p.Daily, err = strconv.Atoi(s)
	if err != nil || p.Daily < 0 {
		return fmt.Errorf("%q is not a number of 0 or more", s)
	}
	return nil
}

func setCountries(p *store.Policy, s string) error {
	p.Countries = nil
	for country := range strings.SplitSeq(strings.ToUpper(s), ",") {
		if country == "ANY" {
			continue
		}
		if !phone.KnownRegion(country) {
			return fmt.Errorf("%q is not a country code of two letters, like US", country)
		}
		p.Countries = append(p.Countries, country)
	}
	return nil
}

func setRemind(p *store.Policy, s string) error {
	p.Remind = nil
	if s == none {
		return nil
	}
	remind, err := option.ParseRemind(s)
	if err != nil {
		return fmt.Errorf("%q %w", s, err)
	}
	p.Remind = remind.Spans()
	return nil
}

func setQuiet(p *store.Policy, s string) error {
	p.Quiet = store.Quiet{}
	if s == none {
		return nil
	}
	hours, err := clock.ParseWindow(s)
	if err != nil {
		return err
	}
	p.Quiet = store.Quiet(hours)
	return nil
}

func setTimeZone(p *store.Policy, s string) error {
	if _, err := clock.ParseZone(s); err != nil {
		return err
	}
	p.TimeZone = s
	return nil
}

// setHook takes a URL on the internet; on a private network too, if that is
// allowed. Where it really leads is looked at whenever it is posted to (S30). No
// error repeats it, as there may be a secret in it.
func setHook(p *store.Policy, s string, private bool) error {
	p.Hook = ""
	if s == none {
		return nil
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Fragment != "":
		return errors.New("it is a URL like https://clinic.example/overdue, without a password or a fragment")
	case !private && !public(u.Hostname()):
		return errors.New("it must lead to a server on the internet")
	}
	p.Hook = s
	return nil
}

// public reports whether a host may be on the internet, by its name or address.
func public(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return outbound.IsPublic(addr)
	}
	return strings.Contains(host, ".") // which localhost lacks
}

func setTexts(p *store.Policy, s string) error {
	p.Roads = ""
	if s == usual {
		return nil
	}
	roads, err := sms.ParseRoads(s, providerNames)
	if err != nil {
		return err
	}
	p.Roads = sms.FormatRoads(roads)
	return nil
}
