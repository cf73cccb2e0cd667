package gateway

import (
	"errors"
	"fmt"
	"time"

	"github.com/emersion/go-smtp"

	"securetext/gateway/limit"
	"securetext/gateway/virus"
	"securetext/store"
)

// The verdicts: why a message that could be read is not taken.
var (
	errSuspended  = errors.New("the sender is suspended")
	errCountry    = errors.New("texts may not go to that country")
	errPremium    = errors.New("a premium number")
	errOptedOut   = errors.New("the recipient opted out")
	errBlocked    = errors.New("the recipient is blocked")
	errLandline   = errors.New("the number is a landline")
	errDead       = errors.New("the number is dead")
	errNotMine    = errors.New("the number is somebody else's")
	errNobody     = errors.New("nobody of that name is at the number")
	errNoPasscode = errors.New("the message has no passcode")
	errNoThread   = errors.New("there is no such message to continue")
	errVirus      = errors.New("a virus was found")
	errQuota      = errors.New("the org's daily quota is used up")
	errTooFast    = errors.New("the sender sends too fast")
	errPumping    = errors.New("too many messages to one block of numbers")
	errCrowded    = errors.New("too many bodies in memory")
)

// verdicts is what is said of each, in mail and by the API: one sentence that
// tells the sender what to do. The name is the problem's type, and the reason
// under which metrics count it.
var verdicts = []struct {
	err      error
	name     string
	code     int
	enhanced smtp.EnhancedCode
	status   int
	text     string
}{
	{errSuspended, "suspended", 550, smtp.EnhancedCode{5, 7, 1}, 403, "You may not send at the moment: please ask your administrator"},
	{errCountry, "country", 550, smtp.EnhancedCode{5, 7, 1}, 422, "Your organisation sends no texts to that country: please call, or ask your administrator"},
	{errPremium, "premium", 550, smtp.EnhancedCode{5, 7, 1}, 422, "No texts are sent to premium-rate numbers: please ask the patient for another number"},
	{errOptedOut, "opted-out", 550, smtp.EnhancedCode{5, 7, 1}, 409, "The patient asked for no more texts: please call instead"},
	{errBlocked, "blocked", 550, smtp.EnhancedCode{5, 7, 1}, 422, "Your administrator has stopped texts to this number: please call, or ask them"},
	{errLandline, "landline", 550, smtp.EnhancedCode{5, 1, 1}, 422, "This number is a landline and takes no texts: please ask the patient for a mobile number"},
	{errDead, "dead", 550, smtp.EnhancedCode{5, 1, 1}, 422, "Nobody has this number any more: please check it with the patient"},
	{errNotMine, "not-mine", 550, smtp.EnhancedCode{5, 1, 1}, 422, "The person who has this number says that they are not your patient: please check the number with your patient"},
	{errNobody, "no-such-person", 550, smtp.EnhancedCode{5, 1, 1}, 422, "The person who has this number says that nobody of that name is there: please check number and name with your patient"},
	{errNoPasscode, "no-passcode", 550, smtp.EnhancedCode{5, 7, 1}, 422, "Your organisation asks every new patient for a passcode: please agree on one with the patient, and say it in the header X-SecureText-Passcode or as the option passcode"},
	{errNoThread, "no-thread", 554, smtp.EnhancedCode{5, 5, 4}, 422, "There is no message of yours to this patient, that can still be read, of the id in thread: please check it, or leave thread out"},
	{errVirus, "virus", 554, smtp.EnhancedCode{5, 7, 1}, 422, "A virus was found in the message: please have your computer looked at"},
	{virus.ErrTooLarge, "unscannable", 552, smtp.EnhancedCode{5, 3, 4}, 422, "The message is too large to look for viruses in it: please send less at a time"},
	{virus.ErrUnavailable, "scanner", 451, smtp.EnhancedCode{4, 7, 1}, 503, "The message cannot be looked at for viruses at the moment: please try again later"},
	{errQuota, "quota", 450, smtp.EnhancedCode{4, 7, 1}, 429, "Your organisation has sent all it may within a day: please try again tomorrow, or ask your administrator"},
	{errTooFast, "too-fast", 450, smtp.EnhancedCode{4, 7, 1}, 429, "You are sending too many messages at once: please try again later"},
	{errPumping, "pumping", 450, smtp.EnhancedCode{4, 7, 1}, 429, "Too many messages to numbers that are alike: please try again later"},
	{limit.ErrNever, "too-many", 550, smtp.EnhancedCode{5, 5, 3}, 422, "Too many recipients at once: please send to fewer at a time"},
	{limit.ErrUnavailable, "limits", 451, smtp.EnhancedCode{4, 3, 0}, 503, "The message cannot be counted at the moment: please try again later"},
	{errCrowded, "crowded", 452, smtp.EnhancedCode{4, 3, 1}, 503, "Too busy to take the message: please try again later"},
}

// refusalOf are the verdicts on recipients who get no texts.
var refusalOf = map[store.Refusal]error{
	store.OptedOut: errOptedOut,
	store.Blocked:  errBlocked,
	store.Landline: errLandline,
	store.Dead:     errDead,
	store.NotMine:  errNotMine,
}

// refusalOfPerson are those on people who share a number that gets texts.
var refusalOfPerson = map[store.Refusal]error{
	store.OptedOut: errOptedOut,
	store.Blocked:  errBlocked,
	store.Landline: errLandline,
	store.Dead:     errDead,
	store.NotMine:  errNobody,
}

// later is a verdict with the time after which it may be another.
type later struct {
	verdict error
	wait    time.Duration
}

func (l later) Error() string { return l.verdict.Error() }
func (l later) Unwrap() error { return l.verdict }

// declined is what was found of each recipient, in their order; nil is nothing
// against it. As an error it stands for the first that is not nil.
type declined []error

func (d declined) Error() string {
	i := d.first()
	return fmt.Sprintf("recipient %d of %d: %v", i+1, len(d), d[i])
}

func (d declined) Unwrap() error { return d[d.first()] }

// first is the place of the first recipient who is declined; -1: there is none.
func (d declined) first() int {
	for i, err := range d {
		if err != nil {
			return i
		}
	}
	return -1
}

// err is d, or nil if nobody is declined.
func (d declined) err() error {
	if d.first() < 0 {
		return nil
	}
	return d
}
