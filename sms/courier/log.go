package courier

import (
	"time"

	"securetext/store"
)

// What the courier logs: ids and short codes.

func (c *Courier) logSent(s store.SentText) {
	c.Log.Info("text sent", "text", s.Text, "provider_id", s.ProviderID)
}

func (c *Courier) logFound(s store.SentText) {
	c.Log.Info("text in doubt found", "text", s.Text, "provider_id", s.ProviderID)
}

func (c *Courier) logDeferred(j job, code string, in time.Duration) {
	c.Log.Info("text put off", "message", j.Message, "text", j.id, "code", code, "attempt", j.Attempt, "in", in.Round(time.Second).String())
}

func (c *Courier) logFailed(j job, code string) {
	c.Log.Warn("text given up", "message", j.Message, "text", j.id, "code", code, "attempt", j.Attempt)
}

func (c *Courier) logSkipped(j job, code string) {
	c.Log.Info("reminder skipped", "message", j.Message, "code", code)
}

func (c *Courier) logUnreadable(d store.Due, err error) {
	c.Log.Error("text cannot be made", "message", d.Message, "recipient", d.Recipient, "err", err)
}

func (c *Courier) logAbandoned(d store.Due, err error) {
	c.Log.Warn("text left until its claim runs out", "message", d.Message, "err", err)
}
