// Package setting reads and writes what an org decides about itself, as people
// write it: by flags of the command line and in the forms of the console.
//
// [All] has a row a setting, by the name that versions and events have for it.
// What several settings can be read from at once (the sentences of texts) is made
// by [Template]. Errors say what is wrong with a value, and never repeat one that
// may hold a secret.
package setting

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"securetext/configs"
	"securetext/gateway/option"
	"securetext/sms"
	"securetext/sms/clock"
	"securetext/sms/phone"
	"securetext/store"
)

// How it is written that there is nothing, that it is as ever, and whether.
const (
	None     = "none"
	Usual    = "default"
	Anywhere = "any"
	Yes, No  = "yes", "no"
	Required = "required"
	Optional = "optional"
)

// A Setting is one thing that an org decides.
type Setting struct {
	Name string
	// Operators: only the operator may change it, since it binds others than the
	// org's patients, or costs the operator money.
	Operators bool
	// Get is the value as Set reads it, but for a secret in it.
	Get func(store.Org) string
	// Set is nil for what only the command line can look up.
	Set func(*store.Org, string) error
}

// All are the settings that are one value each, in the order in which they are
// told. A test holds it to [store.Org].
func All() []Setting { return slices.Clone(all) }

// Named is the setting of that name.
func Named(name string) (Setting, bool) {
	i := slices.IndexFunc(all, func(s Setting) bool { return s.Name == name })
	if i < 0 {
		return Setting{}, false
	}
	return all[i], true
}

// Kept is an org as it was then, but for what only the operator may change: that is
// as it is now.
func Kept(then, now store.Org) store.Org {
	then.Region = now.Region
	p, q := &then.Policy, now.Policy
	p.Daily, p.Roads, p.Hook, p.Test, p.Keep = q.Daily, q.Roads, q.Hook, q.Test, q.Keep
	return then
}

var all = []Setting{
	{Name: "name", Get: func(o store.Org) string { return o.Name }, Set: setName},
	{Name: "sms_name", Get: func(o store.Org) string { return o.SMSName }, Set: setSMSName},
	{Name: "phone", Get: func(o store.Org) string { return o.Phone }, Set: setPhone},
	{Name: "region", Operators: true, Get: func(o store.Org) string { return o.Region }, Set: setRegion},
	{Name: "lang", Get: func(o store.Org) string { return o.Lang }, Set: setLang},
	{Name: "time_zone", Get: func(o store.Org) string { return cmp.Or(o.Policy.TimeZone, "UTC") }, Set: setTimeZone},
	{Name: "life", Get: func(o store.Org) string { return configs.FormatDuration(o.Life) }, Set: setLife},
	{Name: "remind", Get: remind, Set: setRemind},
	{Name: "reply", Get: func(o store.Org) string { return yes(o.Policy.Reply) }, Set: yesOrNo(func(p *store.Policy, is bool) { p.Reply = is })},
	{Name: "ack", Get: func(o store.Org) string { return cmp.Or(string(o.Policy.Ack), No) }, Set: setAck},
	{Name: "confirm", Get: func(o store.Org) string { return string(cmp.Or(o.Policy.Confirm, store.ConfirmNone)) }, Set: setConfirm},
	{Name: "quiet", Get: quiet, Set: setQuiet},
	{Name: "countries", Get: countries, Set: setCountries},
	{Name: "step_up", Get: func(o store.Org) string { return string(cmp.Or(o.Policy.StepUp, store.StepUpNever)) }, Set: setStepUp},
	{Name: "code_first", Get: func(o store.Org) string { return yes(o.Policy.CodeFirst) }, Set: yesOrNo(func(p *store.Policy, is bool) { p.CodeFirst = is })},
	{Name: "passcode", Get: passcode, Set: setPasscode},
	{Name: "passcode_hint", Get: func(o store.Org) string { return cmp.Or(o.Policy.Hint, None) }, Set: setHint},
	{Name: "daily", Operators: true, Get: func(o store.Org) string { return strconv.Itoa(o.Policy.Daily) }, Set: setDaily},
	{Name: "keep", Operators: true, Get: func(o store.Org) string { return configs.FormatDuration(o.Policy.Kept()) }, Set: setKeep},
	{Name: "texts", Operators: true, Get: func(o store.Org) string { return cmp.Or(o.Policy.Roads, Usual) }},
	{Name: "hook", Operators: true, Get: hook},
	{Name: "test", Operators: true, Get: func(o store.Org) string { return yes(o.Policy.Test) }, Set: yesOrNo(func(p *store.Policy, is bool) { p.Test = is })},
}

// maxName is how many bytes a name may have, and a phone number as it is written.
const maxName, maxPhone = 100, 40

func setName(o *store.Org, s string) error {
	if o.Name = strings.TrimSpace(s); o.Name == "" || len(o.Name) > maxName || !oneLine(o.Name) {
		return errors.New("must have 1 to 100 characters in one line")
	}
	return nil
}

func setSMSName(o *store.Org, s string) error {
	name, err := sms.ParseOrgName(s)
	o.SMSName = name.String()
	return err
}

func setPhone(o *store.Org, s string) error {
	if o.Phone = strings.TrimSpace(s); o.Phone == "" || len(o.Phone) > maxPhone || !oneLine(o.Phone) || !strings.ContainsAny(o.Phone, "0123456789") {
		return errors.New("must be a number to call, of 1 to 40 characters in one line")
	}
	return nil
}

func oneLine(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !strconv.IsPrint(r) })
}

func setRegion(o *store.Org, s string) error {
	if o.Region = strings.ToUpper(s); !phone.KnownRegion(o.Region) {
		return fmt.Errorf("%q is not a country code of two letters, like US", s)
	}
	return nil
}

func setLang(o *store.Org, s string) error {
	if o.Lang = s; !sms.Speaks(s) {
		return fmt.Errorf("%q is not one of %s", s, strings.Join(sms.Languages(), ", "))
	}
	return nil
}

func setTimeZone(o *store.Org, s string) error {
	o.Policy.TimeZone = s
	_, err := clock.ParseZone(s)
	return err
}

func setLife(o *store.Org, s string) (err error) {
	o.Life, err = configs.ParseLife(s)
	return err
}

func remind(o store.Org) string {
	if len(o.Policy.Remind) == 0 {
		return None
	}
	times := make([]string, len(o.Policy.Remind))
	for i, after := range o.Policy.Remind {
		times[i] = configs.FormatDuration(after)
	}
	return strings.Join(times, ",")
}

func setRemind(o *store.Org, s string) error {
	o.Policy.Remind = nil
	if s == None {
		return nil
	}
	times, err := option.ParseRemind(s)
	if err != nil {
		return fmt.Errorf("%q %w", s, err)
	}
	o.Policy.Remind = times.Spans()
	return nil
}

func setAck(o *store.Org, s string) error {
	o.Policy.Ack = store.Ack(s)
	switch s {
	case No:
		o.Policy.Ack = ""
	case string(store.AckYes), string(store.AckChoices):
	default:
		return fmt.Errorf("%q is not no, yes or choices", s)
	}
	return nil
}

func setConfirm(o *store.Org, s string) error {
	o.Policy.Confirm = store.Confirm(s)
	if !slices.Contains([]store.Confirm{store.ConfirmNone, store.ConfirmFailure, store.ConfirmAlways}, o.Policy.Confirm) {
		return fmt.Errorf("%q is not none, failure or always", s)
	}
	return nil
}

func quiet(o store.Org) string {
	if o.Policy.Quiet.From == o.Policy.Quiet.To {
		return None
	}
	return clock.Window(o.Policy.Quiet).String()
}

func setQuiet(o *store.Org, s string) error {
	o.Policy.Quiet = store.Quiet{}
	if s == None {
		return nil
	}
	hours, err := clock.ParseWindow(s)
	if err != nil {
		return err
	}
	o.Policy.Quiet = store.Quiet(hours)
	return nil
}

func countries(o store.Org) string {
	return cmp.Or(strings.Join(o.Policy.Countries, ","), Anywhere)
}

func setCountries(o *store.Org, s string) error {
	o.Policy.Countries = nil
	for country := range strings.SplitSeq(strings.ToUpper(s), ",") {
		if country = strings.TrimSpace(country); country == strings.ToUpper(Anywhere) {
			continue
		}
		if !phone.KnownRegion(country) {
			return fmt.Errorf("%q is not a country code of two letters, like US", country)
		}
		o.Policy.Countries = append(o.Policy.Countries, country)
	}
	return nil
}

func setStepUp(o *store.Org, s string) error {
	o.Policy.StepUp = store.StepUp(s)
	if !slices.Contains([]store.StepUp{store.StepUpNewDevice, store.StepUpAlways, store.StepUpNever}, o.Policy.StepUp) {
		return fmt.Errorf("%q is not new_device, always or never", s)
	}
	return nil
}

func passcode(o store.Org) string {
	if o.Policy.Passcode {
		return Required
	}
	return Optional
}

func setPasscode(o *store.Org, s string) error {
	o.Policy.Passcode = s == Required
	if s != Required && s != Optional {
		return fmt.Errorf("%q is not required or optional", s)
	}
	return nil
}

func setHint(o *store.Org, s string) error {
	o.Policy.Hint = ""
	if s == None {
		return nil
	}
	if !option.IsHint(s) {
		return errors.New("must have 1 to 80 characters in one line")
	}
	o.Policy.Hint = s
	return nil
}

func setDaily(o *store.Org, s string) (err error) {
	o.Policy.Daily, err = strconv.Atoi(s)
	if err != nil || o.Policy.Daily < 0 {
		return fmt.Errorf("%q is not a number of 0 or more", s)
	}
	return nil
}

// keptDay is what times of keeping are counted in.
const keptDay = 24 * time.Hour

// setKeep reads how long records are kept, in days or in years with their leap days.
func setKeep(o *store.Org, s string) error {
	unit := len(s) - len("d")
	n, err := strconv.Atoi(s[:max(0, unit)])
	switch {
	case err != nil || !strings.HasSuffix(s, "d") && !strings.HasSuffix(s, "y"):
		return fmt.Errorf("%q is neither years (7y) nor days (2600d)", s)
	case s[unit:] == "y" && n <= 100:
		n = n*365 + (n+3)/4
	case s[unit:] == "y" || n > 100*366:
		return errors.New("it is 100 years at most")
	}
	keep := time.Duration(n) * keptDay
	if keep < store.MinKeep {
		return fmt.Errorf("records are kept for six years at least (%d days)", store.MinKeep/keptDay)
	}
	if o.Policy.Keep = keep; keep == store.MinKeep {
		o.Policy.Keep = 0
	}
	return nil
}

// hook is where an org's webhook goes. Its path may hold a secret.
func hook(o store.Org) string {
	u, err := url.Parse(o.Policy.Hook)
	if o.Policy.Hook == "" || err != nil {
		return None
	}
	return u.Scheme + "://" + u.Host + "/…"
}

func yes(is bool) string {
	if is {
		return Yes
	}
	return No
}

func yesOrNo(set func(*store.Policy, bool)) func(*store.Org, string) error {
	return func(o *store.Org, s string) error {
		if s != Yes && s != No {
			return fmt.Errorf("%q is not yes or no", s)
		}
		set(&o.Policy, s == Yes)
		return nil
	}
}
