package courier

import (
	"context"
	"errors"
	"time"

	"securetext/sms"
	"securetext/sms/phone"
	"securetext/store"
	"securetext/store/seal"
	"securetext/store/token"
)

// job is a claimed row on its way to the phone.
type job struct {
	store.Due
	org   store.Org
	to    phone.Number
	word  sms.Word
	road  Road
	probe bool      // it is the one text that tries a road after a pause
	again time.Time // when to come back, if it cannot be sent now
	until time.Time // by when it must be in hand: later, the claim may be lost
	// id, link and code are of the text that is begun. Until then id is empty,
	// and the row's earlier texts are looked up first.
	id   store.TextID
	link token.Token     // zero where the text carries none
	code sms.OneTimeCode // likewise
}

// feed claims what is due and hands it to the workers, until ctx ends.
func (c *Courier) feed(ctx, working context.Context, jobs chan<- job) {
	for ctx.Err() == nil {
		batch, more := c.claim(ctx, working, c.Batch)
		c.hand(ctx, working, batch, jobs)
		if !more {
			c.rest(ctx, c.Poll)
		}
	}
}

// hand gives the batch to the workers. When ctx ends first, it puts the others
// back.
func (c *Courier) hand(ctx, working context.Context, batch []job, jobs chan<- job) {
	for _, j := range batch {
		select {
		case jobs <- j:
		case <-ctx.Done():
			j.again = c.Now()
			c.unsent(working, j, "stopped")
			c.giveBack(working, j)
		}
	}
}

// rest waits for a nudge, or so long.
func (c *Courier) rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.nudged:
	case <-ctx.Done():
	}
}

// claim returns texts that are due and may be sent, each with its token or code
// minted and the hash of it stored. more tells that there may be others. What is claimed
// when ctx ends is still made ready, so that it can be put back.
func (c *Courier) claim(ctx, working context.Context, limit int) (batch []job, more bool) {
	var due []store.Due
	var at time.Time
	err := c.insist(ctx, "claim texts", func(ctx context.Context) (err error) {
		at = c.Now()
		due, err = c.Store.Due(ctx, limit, c.Lease, at)
		return err
	})
	if err != nil {
		return nil, false
	}
	for _, d := range due {
		if j, ok := c.prepare(working, d); ok {
			j.until = at.Add(c.Lease - mostAsks*askBound)
			batch = append(batch, j)
		}
	}
	return c.begin(working, c.plan(working, batch)), len(due) == limit
}

// prepare opens what a row has sealed, and finds its org.
func (c *Courier) prepare(ctx context.Context, d store.Due) (job, bool) {
	j := job{Due: d}
	var err error
	if j.org, err = c.orgs.Find(ctx, c.Directory, d.Org, c.Now()); err == nil {
		err = c.open(ctx, &j)
	}
	switch {
	case err == nil:
		return j, true
	case isOurs(err):
		c.logUnreadable(d, err)
		c.retry(ctx, j, "number_unreadable", false, c.backoff(d.Failures, 0))
	default:
		c.logAbandoned(d, err) // the store is away: the claim will run out
	}
	return job{}, false
}

// open opens the number and the word of a job.
func (c *Courier) open(ctx context.Context, j *job) error {
	at := j.Place()
	key, err := c.Keys.DataKey(ctx, j.NumberKey, at)
	if err != nil {
		return err
	}
	number, err := key.Open(j.Number, at)
	if err != nil {
		return err
	}
	if j.to, err = phone.Parse(string(number), ""); err != nil || len(j.Word) == 0 {
		return err
	}
	at.Part = seal.PartWord
	word, err := key.Open(j.Word, at)
	if err != nil {
		return err
	}
	j.word, err = sms.ParseWord(string(word))
	return err
}

// isOurs tells errors of the keys and the number from those of the store.
func isOurs(err error) bool {
	return errors.Is(err, seal.ErrTampered) || errors.Is(err, seal.ErrUnknownRoot) ||
		errors.Is(err, phone.ErrNotNumber) || errors.Is(err, sms.ErrWord) || errors.Is(err, store.ErrNotFound)
}

// begin stores the links and codes of all texts that have no doubts to look up first, in
// one call, before any is sent. If one of the rows is lost the others are begun
// one by one; when the store fails, their claims run out.
func (c *Courier) begin(ctx context.Context, batch []job) []job {
	var attempts []store.Attempt
	for i := range batch {
		if !c.doubtful(batch[i]) {
			attempts = append(attempts, c.mint(&batch[i]))
		}
	}
	if len(attempts) == 0 {
		return batch
	}
	err := c.addLinks(ctx, attempts)
	if err == nil {
		return batch
	}
	var begun []job
	for _, j := range batch {
		if c.doubtful(j) || errors.Is(err, store.ErrConflict) && c.addLinks(ctx, []store.Attempt{c.attempt(j)}) == nil {
			begun = append(begun, j)
		} else {
			c.giveBack(ctx, j)
		}
	}
	return begun
}

// giveBack lets another text try a road, if it was this one's to try and it did
// not: it was put back, given up or lost before.
func (c *Courier) giveBack(ctx context.Context, j job) {
	if j.probe {
		c.lines.giveBack(ctx, j.road.Line)
	}
}

func (c *Courier) addLinks(ctx context.Context, attempts []store.Attempt) error {
	return c.insist(ctx, "add links", func(ctx context.Context) error {
		return c.Store.AddLinks(ctx, attempts, c.Now())
	})
}

// mint gives a job its text, and its token or its code.
func (c *Courier) mint(j *job) store.Attempt {
	j.id = store.NewTextID(c.Now())
	switch {
	case j.Kind == store.CodeText:
		j.code = sms.NewCode()
	case j.Kind.Links():
		j.link = token.New()
	}
	return c.attempt(*j)
}

func (c *Courier) attempt(j job) store.Attempt {
	a := store.Attempt{Claim: j.Claim, Text: j.id, Road: j.road.Line}
	switch {
	case j.Kind == store.CodeText:
		a.Code = store.CodeOf(c.Index, j.Recipient, j.code.Secret())
	case j.Kind.Links():
		a.Link = j.link.Hash()
	}
	return a
}

// text is what goes to the phone.
func (c *Courier) text(j job) (sms.Text, error) {
	voice, err := voiceOf(j.org)
	if err != nil {
		return sms.Text{}, err
	}
	voice.Lang, voice.Word = j.Lang, j.word
	switch j.Kind {
	case store.EnrolledText:
		return sms.EnrolledText(string(j.id), j.to, voice), nil
	case store.CodeText:
		return sms.CodeText(string(j.id), j.to, voice, j.code), nil
	case store.ReminderText, store.OverdueText:
		return sms.LinkText(string(j.id), j.to, voice, sms.Reminder, c.url.Link(j.link)), nil
	}
	return sms.LinkText(string(j.id), j.to, voice, sms.NewMessage, c.url.Link(j.link)), nil
}

// voiceOf is how an org speaks to all its patients. A sentence of its own that no
// longer parses is left out: ours stands in.
func voiceOf(o store.Org) (sms.Voice, error) {
	name, err := sms.ParseOrgName(o.SMSName)
	if err != nil {
		return sms.Voice{}, err
	}
	v := sms.Voice{Org: name, Phone: o.Phone, Lang: o.Lang}
	for _, t := range o.Policy.Templates {
		if parsed, err := sms.ParseTemplate(sms.Kind(t.Kind), t.Lang, t.Text); err == nil {
			v.Templates = append(v.Templates, parsed)
		}
	}
	return v, nil
}
