package courier_test

import (
	"fmt"
	"testing"
	"time"

	"securetext/sms/courier"
	"securetext/sms/twilio"
)

// BenchmarkCourier sends texts through the whole of the courier: SQLite at one
// end, Twilio's fake over HTTP at the other. Compare with BenchmarkSend of
// sms/twilio, which is the bare line.
func BenchmarkCourier(b *testing.B) {
	const texts = 1000
	numbers := make([]int, texts)
	for i := range numbers {
		numbers[i] = i + 1
	}
	for _, concurrency := range []int{1, 16} {
		b.Run(fmt.Sprintf("at once %d", concurrency), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				r := newRig(b, func(c *twilio.Config) { c.CallbackURL, c.Timeout = "", time.Minute })
				r.accept(b, numbers...)
				b.StartTimer()
				stop := r.run(b, func(c *courier.Config) { c.Concurrency = concurrency })
				for {
					left, err := r.Backlog(b.Context(), r.now().Add(time.Hour))
					if err != nil {
						b.Fatal(err)
					}
					if left.Due == 0 {
						break
					}
					time.Sleep(10 * time.Millisecond)
				}
				b.StopTimer()
				stop()
				if n := len(r.fake.Texts()); n != texts {
					b.Fatalf("%d texts of %d", n, texts)
				}
				b.StartTimer()
			}
			b.ReportMetric(float64(texts*b.N)/b.Elapsed().Seconds(), "texts/s")
		})
	}
}
