package pickup

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"securetext/pickup/device"
	"securetext/store"
)

// deviceOf is what the store knows the browser by; zero: it has no cookie.
func deviceOf(r *http.Request) store.DeviceHash {
	id, ok := device.FromRequest(r)
	if !ok {
		return store.DeviceHash{}
	}
	return store.HashDevice(id[:])
}

// keepDevice is deviceOf for a browser that is to be known again: one that has
// no cookie gets one, and one that has keeps it for longer. Only what a person
// sends by a form does so (S03).
func keepDevice(c echo.Context) store.DeviceHash {
	id, ok := device.FromRequest(c.Request())
	if !ok {
		id = device.New()
	}
	device.SetCookie(c.Response(), id)
	return store.HashDevice(id[:])
}
