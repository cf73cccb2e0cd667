package store

import (
	"context"
	"time"
)

// Rule is what an alert is raised by.
type Rule string

// The rules.
const (
	UnusualVolume Rule = "volume"    // a sender sends far more than on its other days
	ManyRefusals  Rule = "refusals"  // wrong passwords, codes and keys, about one or from one place
	NewPlace      Rule = "new_place" // a person of the staff signed in from where they never did
	BulkReading   Rule = "reading"   // one reader goes through many messages
	ManyWipes     Rule = "wipes"     // one person destroys many messages
	Emergency     Rule = "emergency" // two admins opened a message; always told
)

// AlertRules is from what on an org is alerted, and who is told by mail. A zero
// number never alerts.
type AlertRules struct {
	Mail     string // an address; empty: nobody
	Volume   int    // messages of one sender in a day, at least
	Factor   int    // and so many times its usual day
	Refusals int    // about one person or sender in an hour; from one place twice as many
	Places   bool   // sign-ins from new places
	Reading  int    // looks at messages by one reader in an hour
	Wipes    int    // by one person in a day
}

// DefaultAlertRules are those of an org that set none.
var DefaultAlertRules = AlertRules{Volume: 200, Factor: 5, Refusals: 20, Places: true, Reading: 60, Wipes: 20}

const (
	// VolumeDays is how many days before are a sender's history.
	VolumeDays = 28
	// MostAlerts is how many alerts an org gets in a day: what is more is only
	// counted, so that no flood hides the first.
	MostAlerts = 50
	// AlertLate is how old an event may be that still alerts: a log that is gone
	// through for the first time is no news.
	AlertLate = 24 * time.Hour
)

// Alert is something out of the ordinary. The same of one subject is raised once a day.
type Alert struct {
	ID      AlertID
	Org     OrgID
	Rule    Rule
	Subject string // an id, or a block of addresses
	Count   int64
	At      time.Time
	Seen    time.Time // when a person took note; zero: nobody did
	SeenBy  StaffID
}

// AlertFilter selects alerts, the newest first.
type AlertFilter struct {
	Org    OrgID
	Open   bool    // nobody took note yet
	ID     AlertID // this one
	Before AlertID // for paging
	Limit  int     // 0: 100
}

// Measure is what is counted.
type Measure string

// The measures. Those of messages stand under the day on which the message was to go
// out, by the org's clocks, [TallySent] and [TallyWiped] under that on which it
// happened; the last two under the hour, in UTC, and are forgotten two days later.
const (
	TallyAccepted  Measure = "accepted"
	TallyDelivered Measure = "delivered"
	TallyRead      Measure = "read"
	TallyFailed    Measure = "failed"     // the subject is the reason
	TallyReadAfter Measure = "read_after" // the subject is the [ReadStep]
	TallySent      Measure = "sent"       // the subject is the sender
	TallyWiped     Measure = "wiped"      // the subject is who did it
	TallyRefused   Measure = "refused"    // the subject is whom it was about, or from where
	TallyShown     Measure = "shown"      // the subject is who looked, and from where
)

// TallyKey is what a number is of: within one span, which begins at that time.
type TallyKey struct {
	Org     OrgID
	Measure Measure
	Subject string
	Span    time.Time
}

// Tally is how often something happened.
type Tally struct {
	TallyKey
	N int64
}

// TallyFilter selects tallies of spans that begin from Since on and before Until.
type TallyFilter struct {
	Org      OrgID
	Measures []Measure
	Subject  string // empty: all
	Since    time.Time
	Until    time.Time
}

// Place is where a person signed in: a block of addresses.
type Place struct {
	Org   OrgID
	Staff StaffID
	Block string
}

// Origin is where a message came from, and which events of it were the first of
// their kind, by their seq.
type Origin struct {
	Sender  SenderID
	Created time.Time
	SendAt  time.Time // zero: at once
	Test    bool
	First   map[Kind]int64
}

// Observation is what came of a stretch of the log.
type Observation struct {
	From, To int64 // places of the proved log: To was not looked at
	Tallies  []Tally
	Places   []Place
	Alerts   []Alert
}

// Lookouts is how the log is gone through as it grows, by one process at a time.
type Lookouts interface {
	// LookedAt is the first place of the proved log that was not looked at.
	LookedAt(ctx context.Context) (int64, error)
	// Origins are those of the messages that are there.
	Origins(ctx context.Context, ids []MessageID) (map[MessageID]Origin, error)
	// TallyOf reads single numbers; what was never counted is missing.
	TallyOf(ctx context.Context, keys []TallyKey) (map[TallyKey]int64, error)
	// Tallies are in the order of their spans.
	Tallies(ctx context.Context, f TallyFilter) ([]Tally, error)
	// Places are where people signed in before.
	Places(ctx context.Context, people []StaffID) (map[StaffID][]string, error)
	// Observe adds what was counted and raises alerts, each with its event and, where
	// the org's rules name an address, a mail that is due; and tells how many were new.
	// An alert that was raised that day, or is one more than [MostAlerts], is left out.
	// ErrConflict when another looked at that stretch: then nothing is changed.
	Observe(ctx context.Context, o Observation, now time.Time) (raised int, err error)
	// DueAlerts claims up to limit alerts whose mails are due, with whom to tell, for
	// the length of the lease.
	DueAlerts(ctx context.Context, limit int, lease time.Duration, now time.Time) ([]DueAlert, error)
	// AlertTold ends the mail of an alert: it was sent, or is given up.
	AlertTold(ctx context.Context, id AlertID) error
}

// DueAlert is an alert whose mail is due.
type DueAlert struct {
	Alert
	To string
}

// Alerts is for who looks after them.
type Alerts interface {
	// Alerts selects alerts.
	Alerts(ctx context.Context, f AlertFilter) ([]Alert, error)
	// SeeAlert records that a person took note. ErrConflict when one did before.
	SeeAlert(ctx context.Context, org OrgID, id AlertID, by Actor, at time.Time) error
	// AlertRules are those of an org.
	AlertRules(ctx context.Context, org OrgID) (AlertRules, error)
	SetAlertRules(ctx context.Context, org OrgID, r AlertRules, by Actor, at time.Time) error
}
