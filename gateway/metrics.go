package gateway

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics count what is taken in. Their labels are inlets, reply codes and
// reasons: nothing of a sender or a message.
type Metrics struct {
	messages *prometheus.CounterVec
	replays  *prometheus.CounterVec
	refusals *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	conns    prometheus.Gauge
}

// NewMetrics makes the metrics and registers them; with nil they count unseen.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	f := promauto.With(reg)
	return &Metrics{
		messages: f.NewCounterVec(prometheus.CounterOpts{
			Name: "securetext_gateway_messages_total", Help: "Messages stored, by inlet.",
		}, []string{"via"}),
		replays: f.NewCounterVec(prometheus.CounterOpts{
			Name: "securetext_gateway_replays_total", Help: "Requests that had been stored before, by inlet.",
		}, []string{"via"}),
		refusals: f.NewCounterVec(prometheus.CounterOpts{
			Name: "securetext_gateway_refusals_total", Help: "Requests refused, by inlet, reply code and reason.",
		}, []string{"via", "code", "reason"}),
		seconds: f.NewHistogramVec(prometheus.HistogramOpts{
			Name: "securetext_gateway_accept_seconds", Help: "Time to seal and store a submission, by inlet.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14),
		}, []string{"via"}),
		conns: f.NewGauge(prometheus.GaugeOpts{
			Name: "securetext_smtp_connections", Help: "Open SMTP connections.",
		}),
	}
}

func (m *Metrics) accepted(via Via, n int, replayed bool, took time.Duration) {
	if replayed {
		m.replays.WithLabelValues(string(via)).Inc()
	} else {
		m.messages.WithLabelValues(string(via)).Add(float64(n))
	}
	m.seconds.WithLabelValues(string(via)).Observe(took.Seconds())
}

func (m *Metrics) refused(via Via, code int, reason string) {
	m.refusals.WithLabelValues(string(via), strconv.Itoa(code), reason).Inc()
}
