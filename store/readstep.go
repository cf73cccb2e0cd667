package store

import (
	"math"
	"strconv"
	"time"
)

// stepGrows is how much longer each [ReadStep] is than the one before: what is read
// off the steps is right within a fourteenth.
const stepGrows = 1.15

// ReadStep is how long a message waited to be read, in steps that grow: few enough
// that those of a million messages are a hundred numbers.
type ReadStep int

// StepOf is the step of a time.
func StepOf(d time.Duration) ReadStep {
	return ReadStep(math.Floor(math.Log(max(1, d.Seconds())) / math.Log(stepGrows)))
}

// Subject is the step as a tally's subject.
func (s ReadStep) Subject() string { return strconv.Itoa(int(s)) }

// StepFrom reads what [ReadStep.Subject] wrote.
func StepFrom(subject string) ReadStep {
	n, _ := strconv.Atoi(subject)
	return ReadStep(n)
}

// Middle is a time in the middle of the step.
func (s ReadStep) Middle() time.Duration {
	return time.Duration(math.Pow(stepGrows, float64(s)+0.5) * float64(time.Second))
}

// Quantile is the time within which a share of all messages was read; zero when none was.
func Quantile(steps map[ReadStep]int64, share float64) time.Duration {
	var total, passed int64
	var last ReadStep
	for s, n := range steps {
		total += n
		last = max(last, s)
	}
	if total == 0 {
		return 0
	}
	for s := ReadStep(0); s < last; s++ {
		if passed += steps[s]; float64(passed) >= share*float64(total) {
			return s.Middle()
		}
	}
	return last.Middle()
}
