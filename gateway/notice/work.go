package notice

import (
	"context"
	"errors"
	"net/mail"
	"slices"
	"strings"
	"time"

	"securetext/sms/phone"
	"securetext/store"
	"securetext/store/seal"
)

// job is a claimed notice.
type job struct {
	store.DueNotice
	until time.Time // by when it must be in hand: later, the claim may be lost
	tries bool      // a mail: the one that is tried first after a pause
}

// life is how long a notice is news.
func (j job) life() time.Duration {
	if j.Via == store.ViaHook {
		return hookLife
	}
	return life
}

// via is how its sender is told.
func (j job) via() store.Via { return orElse(j.Via, store.ViaMail) }

// claim returns notices that are due.
func (m *Mailer) claim(ctx context.Context, limit int) []job {
	var due []store.DueNotice
	var at time.Time
	err := m.insist(ctx, "claim notices", func(ctx context.Context) (err error) {
		at = m.Now()
		due, err = m.Store.DueNotices(ctx, limit, m.Lease, at)
		return err
	})
	if err != nil {
		return nil
	}
	batch := make([]job, len(due))
	for i, d := range due {
		batch[i] = job{DueNotice: d, until: at.Add(m.Lease - max(sendBound, m.HookTimeout))}
	}
	return batch
}

// work sends the mail of one notice, and records what came of it. When ctx ended
// before, it is put back.
func (m *Mailer) work(ctx, working context.Context, j job) {
	now := m.Now()
	wait := m.hold.left(now)
	switch {
	case m.Sender == nil:
		m.drop(working, j, "no_mail_server")
		return
	case ctx.Err() != nil:
		m.putBack(working, j, "stopped", now)
		return
	case wait > 0 || m.hold.tries() && !j.tries:
		m.putBack(working, j, "held", now.Add(max(wait, 0)))
		return
	case now.After(j.until):
		m.putBack(working, j, "too_slow", now)
		return
	}
	to, err := m.addressee(j.Sender)
	if err != nil {
		m.drop(working, j, err.Error())
		return
	}
	if _, known := wordings[fallback].steps[j.Kind]; !known {
		m.drop(working, j, "no_words")
		return
	}
	if number, ok := m.number(working, j); ok {
		m.send(working, j, to, m.compose(j.DueNotice, to, number))
	}
}

// number opens the number that a notice is about. If it cannot, it does what is
// to be done.
func (m *Mailer) number(ctx context.Context, j job) (number phone.Number, ok bool) {
	number, err := m.open(ctx, j.DueNotice)
	switch {
	case err == nil:
		return number, true
	case isOurs(err):
		m.logUnreadable(j, err)
		m.retry(ctx, j, "number_unreadable", backoff(j.Attempt))
	default:
		m.logAbandoned(j, err) // the store is away: the claim will run out
	}
	return phone.Number{}, false
}

// Why a notice has nobody to go to, as the event shows it.
var (
	errNoAddress = errors.New("no_address")
	errOwnDomain = errors.New("own_domain")
)

// addressee is the sender's address, if mail may go there.
func (m *Mailer) addressee(s store.Sender) (mail.Address, error) {
	to, err := mail.ParseAddress(s.Email)
	if err != nil || !isASCII(s.Email) {
		return mail.Address{}, errNoAddress
	}
	domain := to.Address[strings.LastIndexByte(to.Address, '@')+1:]
	own := func(d string) bool { return strings.EqualFold(strings.Trim(d, "."), domain) }
	if slices.ContainsFunc(m.OwnDomains, own) {
		return mail.Address{}, errOwnDomain
	}
	return mail.Address{Address: to.Address}, nil
}

func (m *Mailer) open(ctx context.Context, d store.DueNotice) (phone.Number, error) {
	key, err := m.Keys.DataKey(ctx, d.NumberKey, d.Place())
	if err != nil {
		return phone.Number{}, err
	}
	number, err := key.Open(d.Number, d.Place())
	if err != nil {
		return phone.Number{}, err
	}
	return phone.Parse(string(number), "")
}

// isOurs tells errors of the keys and the number from those of the store.
func isOurs(err error) bool {
	return errors.Is(err, seal.ErrTampered) || errors.Is(err, seal.ErrUnknownRoot) ||
		errors.Is(err, phone.ErrNotNumber) || errors.Is(err, store.ErrNotFound)
}

// send hands one mail over, and does what the sender's error asks for.
func (m *Mailer) send(ctx context.Context, j job, to mail.Address, text []byte) {
	started := m.Now()
	bound, cancel := context.WithTimeout(ctx, sendBound)
	err := m.Sender.Send(bound, to.Address, text)
	cancel()
	m.metrics.observe(j, m.Now().Sub(started))
	if !errors.Is(err, ErrHeld) && m.hold.release() {
		m.Log.Info("smarthost takes mails again")
	}
	switch {
	case err == nil:
		m.sent(ctx, j)
	case errors.Is(err, ErrPermanent):
		m.drop(ctx, j, Code(err))
	case errors.Is(err, ErrHeld):
		until, first := m.hold.stop(m.Now())
		if first {
			m.logHeld(Code(err))
		}
		// Others go first: it may be the fault of this mail alone.
		m.retry(ctx, j, Code(err), max(until.Sub(m.Now()), backoff(j.Attempt)))
	default:
		m.retry(ctx, j, Code(err), backoff(j.Attempt))
	}
}
