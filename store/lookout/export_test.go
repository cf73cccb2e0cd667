package lookout

import "context"

// Tell mails what is due.
func (l *Lookout) Tell(ctx context.Context) { l.tell(ctx) }
