package notice

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// What became of a notice, as the counter's label.
const (
	sentNotice     = "sent"
	deferredNotice = "deferred"
	droppedNotice  = "dropped"
)

type metrics struct {
	notices *prometheus.CounterVec
	took    *prometheus.HistogramVec
}

func (m *metrics) count(j job, outcome string) {
	m.notices.WithLabelValues(string(j.via()), outcome).Inc()
}

func (m *metrics) observe(j job, took time.Duration) {
	m.took.WithLabelValues(string(j.via())).Observe(took.Seconds())
}

// newMetrics registers the metrics; nil: they are kept for nobody.
func newMetrics(r prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		notices: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "securetext_notices_total", Help: "Mails and webhooks to senders by what became of them: sent, deferred or dropped.",
		}, []string{"via", "outcome"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "securetext_notice_send_seconds", Help: "How long the smarthost took for a mail to a sender, or an org's server for a webhook.",
			Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
		}, []string{"via"}),
	}
	if r == nil {
		return m, nil
	}
	return m, errors.Join(r.Register(m.notices), r.Register(m.took))
}
