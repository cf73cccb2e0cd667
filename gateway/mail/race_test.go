//go:build race

package mail_test

// slowdown is about what the race detector costs: the time allowed grows by it,
// and the largest mails shrink.
const slowdown = 8
