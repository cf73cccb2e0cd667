package gateway

import (
	"fmt"
	"log/slog"

	"securetext/gateway/dmarc"
	"securetext/store"
)

// The words of this package's log. They name senders and messages by their ids;
// errors are shown in full where nothing of a message can be in them.

func logAccepted(log *slog.Logger, sub Submission, s store.Stored) {
	log.Info("messages accepted", "via", sub.Via, "org", sub.Sender.Org, "sender", sub.Sender.ID,
		"messages", s.Messages, "replayed", s.Replayed)
}

// logRefused is for what is the sender's to mend.
func logRefused(log *slog.Logger, via Via, sender store.SenderID, code int, reason error) {
	log.Info("request refused", "via", via, "sender", sender, "code", code, "reason", reason)
}

// logFault is for what is ours to mend.
func logFault(log *slog.Logger, via Via, sender store.SenderID, code int, err error) {
	log.Error("request failed", "via", via, "sender", sender, "code", code, "error", err)
}

// logPanic tells where, and of what type; the value may quote what was read.
func logPanic(log *slog.Logger, via Via, value any, stack []byte) {
	log.Error("request panicked", "via", via, "type", fmt.Sprintf("%T", value), "stack", string(stack))
}

func logSignIn(log *slog.Logger, sender store.SenderID, tries int) {
	log.Info("sender signed in", "via", ViaSMTP, "sender", sender, "failures", tries)
}

func logSignInFailed(log *slog.Logger, addr string, tries int) {
	log.Warn("sign-in failed", "via", ViaSMTP, "addr", addr, "failures", tries)
}

func logNotRecorded(log *slog.Logger, err error) {
	log.Warn("wrong password not recorded", "via", ViaSMTP, "error", err)
}

// logProved tells domains and fixed words.
func logProved(log *slog.Logger, r dmarc.Result) {
	log.Info("author checked", "via", ViaRelay, "result", r)
}

func logTurnedAway(log *slog.Logger, addr string) {
	log.Warn("connection turned away", "via", ViaSMTP, "addr", addr)
}

// logNoClient is for a balancer that is listed but not set up.
func logNoClient(log *slog.Logger, balancer string) {
	log.Warn("connection ended without a PROXY header of version 2", "via", ViaSMTP, "balancer", balancer)
}

// libraryLog takes what go-smtp has to say, without the values: they may quote
// what was read.
type libraryLog struct{ log *slog.Logger }

func (l libraryLog) Printf(format string, v ...any) {
	types := make([]string, len(v))
	for i := range v {
		types[i] = fmt.Sprintf("%T", v[i])
	}
	l.log.Info("connection failed", "via", ViaSMTP, "event", format, "types", types)
}

func (l libraryLog) Println(...any) { l.Printf("unformatted") }
