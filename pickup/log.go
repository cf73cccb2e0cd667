package pickup

import (
	"log/slog"

	"github.com/labstack/echo/v4"
)

// What this package logs: ids and route templates, never a URL, which holds a
// token, and never an address, which the events hold.

func (s *Site) logEnrolled(c echo.Context, v visit)     { s.logVisit(c, "recipient enrolled", v) }
func (s *Site) logUnlocked(c echo.Context, v visit)     { s.logVisit(c, "link unlocked", v) }
func (s *Site) logUnlockFailed(c echo.Context, v visit) { s.logVisit(c, "wrong password given", v) }
func (s *Site) logCodeAsked(c echo.Context, v visit)    { s.logVisit(c, "code asked for", v) }
func (s *Site) logCodeFailed(c echo.Context, v visit)   { s.logVisit(c, "wrong code given", v) }
func (s *Site) logProved(c echo.Context, v visit)       { s.logVisit(c, "device proved", v) }
func (s *Site) logVouched(c echo.Context, v visit)      { s.logVisit(c, "passcode given", v) }
func (s *Site) logReset(c echo.Context, v visit)        { s.logVisit(c, "password reset", v) }
func (s *Site) logDisowned(c echo.Context, v visit)     { s.logVisit(c, "message disowned", v) }
func (s *Site) logRead(c echo.Context, v visit)         { s.logVisit(c, "message read", v) }

func (s *Site) logPasscodeFailed(c echo.Context, v visit)  { s.logVisit(c, "wrong passcode given", v) }
func (s *Site) logPasskeyAdded(c echo.Context, v visit)    { s.logVisit(c, "passkey added", v) }
func (s *Site) logPasskeyRemoved(c echo.Context, v visit)  { s.logVisit(c, "passkey removed", v) }
func (s *Site) logPasskeyDeclined(c echo.Context, v visit) { s.logVisit(c, "passkey declined", v) }

func (s *Site) logSessionEnded(c echo.Context, v visit)  { s.logVisit(c, "session ended", v) }
func (s *Site) logSessionsEnded(c echo.Context, v visit) { s.logVisit(c, "all sessions ended", v) }

func (s *Site) logAskedAgain(c echo.Context, v visit)     { s.logVisit(c, "expired message asked for", v) }
func (s *Site) logAcknowledged(c echo.Context, v visit)   { s.logVisit(c, "message acknowledged", v) }
func (s *Site) logReplied(c echo.Context, v visit)        { s.logVisit(c, "message replied to", v) }
func (s *Site) logAttachmentRead(c echo.Context, v visit) { s.logVisit(c, "attachment read", v) }

func (s *Site) logVisit(c echo.Context, msg string, v visit) {
	s.log.LogAttrs(c.Request().Context(), slog.LevelInfo, msg,
		slog.String("message", string(v.message())), slog.String("recipient", string(v.Link.Recipient)))
}

func (s *Site) logPasskeyRefused(c echo.Context, v visit, err error) {
	s.log.LogAttrs(c.Request().Context(), slog.LevelInfo, "passkey refused",
		slog.String("message", string(v.message())), slog.String("recipient", string(v.Link.Recipient)), slog.Any("error", err))
}

func (s *Site) logFailed(c echo.Context, status int, err error) {
	attrs := []slog.Attr{
		slog.String("method", c.Request().Method), slog.String("route", c.Path()),
		slog.Int("status", status), slog.Any("error", err),
	}
	if v, ok := visitOf(c); ok {
		attrs = append(attrs, slog.String("message", string(v.message())))
	}
	s.log.LogAttrs(c.Request().Context(), slog.LevelError, "request failed", attrs...)
}

func (s *Site) logNoPasskeys(err error) { s.log.Info("patients have no passkeys", "reason", err) }

func (s *Site) logPanic(c echo.Context, stack []byte) {
	s.log.LogAttrs(c.Request().Context(), slog.LevelError, "request panicked",
		slog.String("route", c.Path()), slog.String("stack", string(stack)))
}
