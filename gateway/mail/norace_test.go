//go:build !race

package mail_test

const slowdown = 1
