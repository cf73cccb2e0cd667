package console

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
)

// metrics are what an operator watches. Their labels are route templates and
// status codes alone.
type metrics struct {
	seconds *prometheus.HistogramVec
}

func newMetrics(to prometheus.Registerer) (metrics, error) {
	m := metrics{seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "securetext_console_request_seconds",
		Help:    "Time taken to answer a request of the staff's, by route template and status.",
		Buckets: []float64{.005, .025, .1, .25, .5, 1, 2.5, 5, 20},
	}, []string{"method", "route", "status"})}
	if to == nil {
		return m, nil
	}
	if err := to.Register(m.seconds); err != nil {
		return metrics{}, fmt.Errorf("register metrics: %w", err)
	}
	return m, nil
}

// measure is the outermost middleware: it answers errors, so that the status is known.
func (s *Console) measure(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		err := next(c)
		if err != nil {
			c.Error(err)
		}
		method, route := c.Request().Method, c.Path()
		if errors.Is(err, echo.ErrNotFound) || errors.Is(err, echo.ErrMethodNotAllowed) {
			method, route = "other", "other" // neither may be of the visitor's making
		}
		s.metrics.seconds.WithLabelValues(method, route, strconv.Itoa(c.Response().Status)).Observe(time.Since(start).Seconds())
		return nil
	}
}
