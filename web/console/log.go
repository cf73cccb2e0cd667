package console

import (
	"log/slog"

	"github.com/labstack/echo/v4"
)

// What this package logs: ids and route templates, never a URL, which may hold a
// token, and never an address, which the events hold.

func (s *Console) logFailed(c echo.Context, status int, err error) {
	attrs := []slog.Attr{
		slog.String("method", c.Request().Method), slog.String("route", c.Path()),
		slog.Int("status", status), slog.Any("error", err),
	}
	if v, ok := visitOf(c); ok {
		attrs = append(attrs, slog.String("staff", string(v.ID)))
	}
	s.log.LogAttrs(c.Request().Context(), slog.LevelError, "console request failed", attrs...)
}

func (s *Console) logPanic(c echo.Context, stack []byte) {
	s.log.LogAttrs(c.Request().Context(), slog.LevelError, "console request panicked",
		slog.String("route", c.Path()), slog.String("stack", string(stack)))
}

// logUntidy tells that sessions were revoked in the store, which holds, but could
// not be deleted where they are kept.
func (s *Console) logUntidy(c echo.Context, err error) {
	s.log.LogAttrs(c.Request().Context(), slog.LevelWarn, "revoked sessions could not be tidied up", slog.Any("error", err))
}
