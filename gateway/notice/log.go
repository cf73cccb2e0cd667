package notice

import "time"

// What the mailer logs: ids and short codes, never an address or a URL.

func (m *Mailer) logSent(j job) {
	m.Log.Info("sender notified", "message", j.Message, "sender", j.Sender.ID, "step", j.Kind, "via", j.via())
}

func (m *Mailer) logDeferred(j job, code string, in time.Duration) {
	m.Log.Info("notice put off", "message", j.Message, "step", j.Kind, "via", j.via(), "code", code, "attempt", j.Attempt, "in", in.Round(time.Second).String())
}

func (m *Mailer) logDropped(j job, code string) {
	m.Log.Warn("notice given up", "message", j.Message, "sender", j.Sender.ID, "step", j.Kind, "via", j.via(), "code", code, "attempt", j.Attempt)
}

func (m *Mailer) logHeld(code string) {
	m.Log.Error("notices held back: the smarthost takes no mails from this service", "code", code)
}

func (m *Mailer) logUnreadable(j job, err error) {
	m.Log.Error("notice cannot be written", "message", j.Message, "recipient", j.Recipient, "err", err)
}

func (m *Mailer) logAbandoned(j job, err error) {
	m.Log.Warn("notice left until its claim runs out", "message", j.Message, "err", err)
}
