package web

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
)

// Measured is the outermost middleware of a site: it answers errors, so that the
// status is known, and counts how long requests take in the histogram name, whose
// labels are method, route template and status alone. A nil registerer measures
// for nobody; one that has the histogram already is an error.
func Measured(to prometheus.Registerer, name, help string) (echo.MiddlewareFunc, error) {
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: name, Help: help,
		Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20},
	}, []string{"method", "route", "status"})
	if to != nil {
		if err := to.Register(seconds); err != nil {
			return nil, fmt.Errorf("register metrics: %w", err)
		}
	}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
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
			seconds.WithLabelValues(method, route, strconv.Itoa(c.Response().Status)).Observe(time.Since(start).Seconds())
			return nil
		}
	}, nil
}
