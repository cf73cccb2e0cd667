package keeper

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	removed *prometheus.CounterVec
	behind  behind
}

func newMetrics(c Config) (*metrics, error) {
	m := &metrics{
		removed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "securetext_retention_removed_total", Help: "Records removed after their time: messages, texts, recipients, events; and events whose removal was announced.",
		}, []string{"what"}),
		behind: behind{Config: c, last: new(atomic.Int64)},
	}
	m.rounded(c.Now())
	if c.Metrics == nil {
		return m, nil
	}
	return m, errors.Join(c.Metrics.Register(m.removed), c.Metrics.Register(m.behind))
}

// rounded notes that a round was completed.
func (m *metrics) rounded(now time.Time) { m.behind.last.Store(now.UnixMicro()) }

// behind tells how late things are, whenever metrics are read.
type behind struct {
	Config
	last *atomic.Int64 // when the last round was completed, in microseconds
}

var (
	contentBehind = prometheus.NewDesc("securetext_retention_content_seconds", "For how long the oldest content is past its time that is still there, but for what is on hold.", nil, nil)
	roundBehind   = prometheus.NewDesc("securetext_retention_round_seconds", "How long ago this process last removed all that was past its time, or began.", nil, nil)
)

// Describe implements [prometheus.Collector].
func (b behind) Describe(out chan<- *prometheus.Desc) {
	out <- contentBehind
	out <- roundBehind
}

// Collect implements [prometheus.Collector].
func (b behind) Collect(out chan<- prometheus.Metric) {
	now := b.Now()
	out <- prometheus.MustNewConstMetric(roundBehind, prometheus.GaugeValue, now.Sub(time.UnixMicro(b.last.Load())).Seconds())
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	oldest, err := b.Store.Overdue(ctx, now)
	if err != nil {
		return
	}
	var late time.Duration
	if !oldest.IsZero() {
		late = now.Sub(oldest)
	}
	out <- prometheus.MustNewConstMetric(contentBehind, prometheus.GaugeValue, late.Seconds())
}
