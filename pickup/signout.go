package pickup

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"securetext/pickup/session"
	"securetext/store"
	"securetext/web"
)

// signOut serves POST /signout. The browser forgets its session even when the
// store cannot be reached to end it; then the page does not say that all is done.
func (s *Site) signOut(c echo.Context) error {
	id, ok := session.FromRequest(c.Request())
	session.SignOut(c.Response())
	if ok {
		if err := s.end(c, id.Key()); err != nil {
			return fmt.Errorf("sign out: %w", err)
		}
	}
	return c.Render(http.StatusOK, "signedout.html", web.Page{})
}

// end ends a session, with what was kept of its recipient. One that cannot be found
// is deleted all the same.
func (s *Site) end(c echo.Context, key session.Key) error {
	ctx := c.Request().Context()
	sess, unfound := s.sessions.Find(ctx, key, s.now())
	if err := s.sessions.Delete(ctx, key); err != nil {
		return err
	}
	if unfound == nil {
		s.forgetDrafts(c, store.OrgID(sess.Org), store.RecipientID(sess.Recipient))
	}
	return nil
}
