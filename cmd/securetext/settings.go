package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"securetext/gateway/notice"
	"securetext/gateway/option"
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

// Whether a message needs a passcode.
const (
	optional = "optional"
	required = "required"
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
	if err := notice.CheckHook(s, private); err != nil {
		return err
	}
	p.Hook = s
	return nil
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

func setStepUp(p *store.Policy, s string) error {
	p.StepUp = store.StepUp(s)
	if !slices.Contains([]store.StepUp{store.StepUpNewDevice, store.StepUpAlways, store.StepUpNever}, p.StepUp) {
		return fmt.Errorf("%q is not new_device, always or never", s)
	}
	return nil
}

func setReply(p *store.Policy, s string) error {
	if s != "yes" && s != "no" {
		return fmt.Errorf("%q is not yes or no", s)
	}
	p.Reply = s == "yes"
	return nil
}

func setPasscode(p *store.Policy, s string) error {
	p.Passcode = s == required
	if s != required && s != optional {
		return fmt.Errorf("%q is not required or optional", s)
	}
	return nil
}

func setHint(p *store.Policy, s string) error {
	p.Hint = ""
	if s == none {
		return nil
	}
	if !option.IsHint(s) {
		return errors.New("must have 1 to 80 characters in one line")
	}
	p.Hint = s
	return nil
}

// keptDay is what times of keeping are counted in.
const keptDay = 24 * time.Hour

// setKeep reads how long records are kept, in days or in years with their leap days.
func setKeep(p *store.Policy, s string) error {
	n, err := strconv.Atoi(strings.TrimRight(s, "dy"))
	switch {
	case err == nil && strings.HasSuffix(s, "y"):
		n = n*365 + (n+3)/4
	case err != nil || !strings.HasSuffix(s, "d"):
		return fmt.Errorf("%q is neither years (7y) nor days (2600d)", s)
	}
	if n > 100*366 {
		return errors.New("it is 100 years at most")
	}
	if p.Keep = time.Duration(n) * keptDay; p.Keep < store.MinKeep {
		return fmt.Errorf("records are kept for six years at least (%d days)", store.MinKeep/keptDay)
	}
	return nil
}
