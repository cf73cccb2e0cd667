package notice

import (
	"errors"

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
	took    prometheus.Histogram
}

func (m *metrics) count(outcome string) { m.notices.WithLabelValues(outcome).Inc() }

// newMetrics registers the metrics; nil: they are kept for nobody.
func newMetrics(r prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		notices: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "securetext_notices_total", Help: "Mails to senders by what became of them: sent, deferred or dropped.",
		}, []string{"outcome"}),
		took: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "securetext_notice_send_seconds", Help: "How long the smarthost took for a mail to a sender.",
			Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
		}),
	}
	if r == nil {
		return m, nil
	}
	return m, errors.Join(r.Register(m.notices), r.Register(m.took))
}
