package console

import (
	"math"
	"strconv"
	"time"
)

// Charts are drawn here, in a box of these units; the page shows them at whatever
// size there is. What tells the kinds of marks apart is their shape before their
// colour.
const (
	chartWidth, chartHeight = 720, 220
	chartLeft, chartBottom  = 56, 190 // of the space for marks
	chartTop                = 12
)

// barChart is what was accepted, delivered and read by day: three bars, one in the
// other, each narrower.
type barChart struct {
	Bars  []bar
	Lines []tick // across
	Days  []tick // below
}

type bar struct {
	Class      string
	X, Y, W, H float64
	Count      int64
}

type tick struct {
	X, Y  float64
	Label string
}

// dotChart is how long half and nine in ten of the messages waited to be read.
type dotChart struct {
	Dots  []dot
	Lines []tick
	Days  []tick
}

type dot struct {
	Class string
	X, Y  float64
}

// column is where a day stands.
func column(n int) (x, width float64) {
	width = float64(chartWidth-chartLeft) / dashboardDays
	return chartLeft + width*float64(n), width
}

// daysOf are labels for every fifth day, the last one included.
func daysOf(days []deliveryDay) (list []tick) {
	for n, d := range days {
		if (len(days)-1-n)%5 == 0 {
			x, width := column(n)
			list = append(list, tick{round(min(x+width/2, chartWidth-22)), chartHeight - 8, d.Day.Format("Jan 2")})
		}
	}
	return list
}

func barsOf(days []deliveryDay) barChart {
	var most int64 = 1
	for _, d := range days {
		most = max(most, d.Accepted, d.Delivered, d.Read)
	}
	top := niceAbove(most)
	chart := barChart{Days: daysOf(days)}
	for _, share := range []float64{0, 0.5, 1} {
		n := share * float64(top)
		if n == math.Trunc(n) {
			chart.Lines = append(chart.Lines, tick{chartLeft, heightOf(n, float64(top)), strconv.Itoa(int(n))})
		}
	}
	for n, d := range days {
		x, width := column(n)
		for _, b := range []struct {
			class string
			count int64
			wide  float64
		}{{"accepted", d.Accepted, 0.86}, {"delivered", d.Delivered, 0.56}, {"read", d.Read, 0.26}} {
			if b.count == 0 {
				continue
			}
			y := heightOf(float64(b.count), float64(top))
			chart.Bars = append(chart.Bars, bar{
				Class: b.class, X: round(x + width*(1-b.wide)/2), Y: y, W: round(width * b.wide), H: round(chartBottom - y), Count: b.count,
			})
		}
	}
	return chart
}

// heightOf is where a number stands, of a scale that begins at zero.
func heightOf(n, top float64) float64 {
	return round(chartBottom - (chartBottom-chartTop)*n/top)
}

// niceAbove is a round number that is not below n.
func niceAbove(n int64) int64 {
	for step := int64(1); ; step *= 10 {
		for _, nice := range []int64{1, 2, 4, 6, 10} {
			if nice*step >= n {
				return nice * step
			}
		}
	}
}

// waitLines are the times that stand at the side of the second chart: each is many
// times the one before, as waiting times are.
var waitLines = []struct {
	at    time.Duration
	label string
}{{time.Minute, "1 min"}, {10 * time.Minute, "10 min"}, {time.Hour, "1 h"}, {6 * time.Hour, "6 h"}, {24 * time.Hour, "1 day"}, {7 * 24 * time.Hour, "7 days"}}

func waitHeight(d time.Duration) float64 {
	low, high := math.Log(float64(30*time.Second)), math.Log(float64(14*24*time.Hour))
	share := (math.Log(float64(max(d, 30*time.Second))) - low) / (high - low)
	return round(chartBottom - (chartBottom-chartTop)*min(1, share))
}

func dotsOf(days []deliveryDay) dotChart {
	chart := dotChart{Days: daysOf(days)}
	for _, l := range waitLines {
		chart.Lines = append(chart.Lines, tick{chartLeft, waitHeight(l.at), l.label})
	}
	for n, d := range days {
		if d.Median == 0 {
			continue
		}
		x, width := column(n)
		chart.Dots = append(chart.Dots,
			dot{"most", round(x + width/2), waitHeight(d.Most)}, dot{"median", round(x + width/2), waitHeight(d.Median)})
	}
	return chart
}

func round(x float64) float64 { return math.Round(x*10) / 10 }
