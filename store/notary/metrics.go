package notary

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"securetext/store"
)

type metrics struct {
	leaves prometheus.Counter
	broken prometheus.Gauge
	pushes *prometheus.CounterVec
}

func newMetrics(c Config) (*metrics, error) {
	m := &metrics{
		leaves: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "securetext_log_leaves_total", Help: "Events that this process gave a place in the proved log.",
		}),
		broken: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "securetext_log_broken", Help: "1 while the log is not what was signed before, and nothing is signed.",
		}),
		pushes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "securetext_checkpoint_pushes_total", Help: "Checkpoints to file, webhook, mail and bucket: pushed or failed.",
		}, []string{"target", "outcome"}),
	}
	if c.Metrics == nil {
		return m, nil
	}
	return m, errors.Join(c.Metrics.Register(m.leaves), c.Metrics.Register(m.broken), c.Metrics.Register(m.pushes),
		c.Metrics.Register(behind{c.Store, c.Now}))
}

// behind asks the store how far the log is, whenever metrics are read. When the
// store does not answer, there is nothing to show.
type behind struct {
	store store.ProvedLog
	now   func() time.Time
}

var (
	logWaiting    = prometheus.NewDesc("securetext_log_waiting", "Events without a place in the proved log, at most.", nil, nil)
	logOldest     = prometheus.NewDesc("securetext_log_oldest_seconds", "How long the oldest of them waits.", nil, nil)
	checkpointAge = prometheus.NewDesc("securetext_log_unsigned_seconds", "How long ago the last checkpoint was signed, while there are events that it does not cover; else 0.", nil, nil)
)

// Describe implements [prometheus.Collector].
func (b behind) Describe(out chan<- *prometheus.Desc) {
	out <- logWaiting
	out <- logOldest
	out <- checkpointAge
}

// Collect implements [prometheus.Collector].
func (b behind) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	state, err := b.store.LogState(ctx)
	if err != nil {
		return
	}
	var oldest, unsigned time.Duration
	if !state.Oldest.IsZero() {
		oldest = max(0, b.now().Sub(state.Oldest))
	}
	if last, err := b.store.LastCheckpoint(ctx); err == nil && last.Size < state.Size {
		unsigned = max(0, b.now().Sub(last.At))
	}
	out <- prometheus.MustNewConstMetric(logWaiting, prometheus.GaugeValue, float64(state.Waiting))
	out <- prometheus.MustNewConstMetric(logOldest, prometheus.GaugeValue, oldest.Seconds())
	out <- prometheus.MustNewConstMetric(checkpointAge, prometheus.GaugeValue, unsigned.Seconds())
}
