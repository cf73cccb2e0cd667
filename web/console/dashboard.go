package console

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/sms/reason"
	"securetext/store"
)

// dashboardDays is how many days the dashboard shows.
const dashboardDays = 30

// dashboardPage is what dashboard.html shows. Its numbers are counted as the log
// grows, some seconds after what happened.
type dashboardPage struct {
	Days    []deliveryDay
	Total   deliveryDay
	Reasons []failure30 // of all days, the most frequent first
	Bars    barChart
	Waits   dotChart
}

// deliveryDay is what became of the messages that were to go out on one day.
type deliveryDay struct {
	Day                               time.Time
	Accepted, Delivered, Read, Failed int64
	Median, Most                      time.Duration // until half, and nine in ten, of those read were; zero: none was
	steps                             map[store.ReadStep]int64
}

// failure30 is a reason for which texts did not go out, in words.
type failure30 struct {
	Code, Why string
	N         int64
}

// showDashboard serves GET /dashboard.
func (s *Console) showDashboard(c echo.Context, v visit) error {
	zone := zoneOf(v.Org)
	y, m, d := s.now().In(zone).Date()
	first := time.Date(y, m, d-dashboardDays+1, 0, 0, 0, 0, zone)
	found, err := s.store.Tallies(c.Request().Context(), store.TallyFilter{
		Org: v.Org.ID, Since: first, Until: first.AddDate(0, 0, dashboardDays),
		Measures: []store.Measure{store.TallyAccepted, store.TallyDelivered, store.TallyRead, store.TallyFailed, store.TallyReadAfter},
	})
	if err != nil {
		return fmt.Errorf("read tallies: %w", err)
	}
	return s.render(c, http.StatusOK, "dashboard.html", v, dashboardOf(found, first))
}

func dashboardOf(found []store.Tally, first time.Time) dashboardPage {
	p := dashboardPage{Total: deliveryDay{steps: map[store.ReadStep]int64{}}}
	for n := range dashboardDays {
		p.Days = append(p.Days, deliveryDay{Day: first.AddDate(0, 0, n), steps: map[store.ReadStep]int64{}})
	}
	reasons := map[string]int64{}
	for _, t := range found {
		// The day that has its noon: zones change, and their midnights with them.
		i := len(p.Days) - 1
		for i > 0 && p.Days[i].Day.After(t.Span.Add(12*time.Hour)) {
			i--
		}
		p.Days[i].add(t)
		p.Total.add(t)
		if t.Measure == store.TallyFailed {
			reasons[t.Subject] += t.N
		}
	}
	for i := range p.Days {
		p.Days[i].sum()
	}
	p.Total.sum()
	for code, n := range reasons {
		p.Reasons = append(p.Reasons, failure30{code, reason.Of(code).Explain().Why, n})
	}
	slices.SortFunc(p.Reasons, func(a, b failure30) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Code, b.Code)) })
	p.Bars, p.Waits = barsOf(p.Days), dotsOf(p.Days)
	return p
}

func (d *deliveryDay) add(t store.Tally) {
	switch t.Measure {
	case store.TallyAccepted:
		d.Accepted += t.N
	case store.TallyDelivered:
		d.Delivered += t.N
	case store.TallyRead:
		d.Read += t.N
	case store.TallyFailed:
		d.Failed += t.N
	case store.TallyReadAfter:
		d.steps[store.StepFrom(t.Subject)] += t.N
	}
}

func (d *deliveryDay) sum() {
	d.Median, d.Most = store.Quantile(d.steps, 0.5), store.Quantile(d.steps, 0.9)
}

// roughly is a span of time in words; a dash: there is none.
func roughly(d time.Duration) string {
	switch {
	case d == 0:
		return "–"
	case d < time.Minute:
		return "under 1 min"
	case d < 90*time.Minute:
		return fmt.Sprintf("%.0f min", d.Minutes())
	case d < 48*time.Hour:
		return fmt.Sprintf("%.1f h", d.Hours())
	}
	return fmt.Sprintf("%.1f days", d.Hours()/24)
}
