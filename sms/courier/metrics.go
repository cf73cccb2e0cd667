package courier

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"securetext/store"
)

// What became of a text, as the counter's label.
const (
	sentText     = "sent"
	deferredText = "deferred"
	failedText   = "failed"
	foundText    = "found"
	skippedText  = "skipped"
)

type metrics struct {
	texts *prometheus.CounterVec
	took  prometheus.Histogram
}

func (m *metrics) count(outcome string) { m.texts.WithLabelValues(outcome).Inc() }

func newMetrics(c Config, l *lines) (*metrics, error) {
	m := &metrics{
		texts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "securetext_texts_total", Help: "Texts by what became of them: sent, deferred, failed, found sent after a doubt, or skipped as one reminder too many.",
		}, []string{"outcome"}),
		took: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "securetext_text_send_seconds", Help: "How long the provider took to answer.",
			Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20},
		}),
	}
	if c.Metrics == nil {
		return m, nil
	}
	return m, errors.Join(c.Metrics.Register(m.texts), c.Metrics.Register(m.took),
		c.Metrics.Register(l.stops), c.Metrics.Register(backlog{c.Store, c.Now}))
}

// backlog asks the store how much waits, whenever metrics are read. When the
// store does not answer, there is none to show.
type backlog struct {
	store interface {
		Backlog(ctx context.Context, now time.Time) (store.Backlog, error)
	}
	now func() time.Time
}

var (
	backlogDue    = prometheus.NewDesc("securetext_outbox_due", "Texts that are due and not sent.", nil, nil)
	backlogOldest = prometheus.NewDesc("securetext_outbox_oldest_seconds", "How long the oldest of them is due.", nil, nil)
)

// Describe implements [prometheus.Collector].
func (b backlog) Describe(out chan<- *prometheus.Desc) {
	out <- backlogDue
	out <- backlogOldest
}

// Collect implements [prometheus.Collector].
func (b backlog) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	now := b.now()
	waits, err := b.store.Backlog(ctx, now)
	if err != nil {
		return
	}
	var age time.Duration
	if waits.Due > 0 {
		age = now.Sub(waits.Oldest)
	}
	out <- prometheus.MustNewConstMetric(backlogDue, prometheus.GaugeValue, float64(waits.Due))
	out <- prometheus.MustNewConstMetric(backlogOldest, prometheus.GaugeValue, age.Seconds())
}
