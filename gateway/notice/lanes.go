package notice

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"securetext/store"
)

// lanes keeps the webhooks of each org in a lane of their own, where one goes
// after the other: an org whose server is slow or dead holds up none but itself.
type lanes struct {
	running sync.WaitGroup
	posts   chan struct{} // a place for each webhook that is posted right now

	mu      sync.Mutex
	waiting map[store.OrgID][]job // an org is in it while its lane is worked off
}

const (
	// longestLane is how many webhooks of an org wait here: the others do in the
	// store, and are claimed again after about laneRest.
	longestLane = 20
	laneRest    = 30 * time.Second
	// mostPosts is how many webhooks are posted at once.
	mostPosts = 64
)

func newLanes() *lanes {
	return &lanes{posts: make(chan struct{}, mostPosts), waiting: map[store.OrgID][]job{}}
}

// enter puts a webhook at the end of its org's lane, if there is room. first tells
// the caller to work the lane off.
func (l *lanes) enter(j job) (first, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	lane, worked := l.waiting[j.Org.ID]
	if len(lane) >= longestLane {
		return false, false
	}
	l.waiting[j.Org.ID] = append(lane, j)
	return !worked, true
}

// next takes the first webhook out of a lane. An empty lane ends.
func (l *lanes) next(org store.OrgID) (job, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	lane := l.waiting[org]
	if len(lane) == 0 {
		delete(l.waiting, org)
		return job{}, false
	}
	l.waiting[org] = lane[1:]
	return lane[0], true
}

// queueHook sees to a webhook, soon.
func (m *Mailer) queueHook(ctx, working context.Context, j job) {
	switch first, ok := m.lanes.enter(j); {
	case !ok:
		m.putBack(working, j, "lane_full", m.Now().Add(laneRest+rand.N(laneRest)))
	case first:
		m.lanes.running.Go(func() { m.workLane(ctx, working, j.Org.ID) })
	}
}

// workLane works a lane off. Once the org's server does not answer, or asks for
// time, it is not asked about the others in the lane, which are put off as well:
// each by itself, so that one that the server cannot stomach is not always first.
// When ctx ends before, they are put back.
func (m *Mailer) workLane(ctx, working context.Context, org store.OrgID) {
	var silent error
	for {
		j, ok := m.lanes.next(org)
		switch {
		case !ok:
			return
		case ctx.Err() != nil:
			m.putBack(working, j, "stopped", m.Now())
		case silent != nil:
			m.retryHook(working, j, silent)
		default:
			m.lanes.posts <- struct{}{}
			err := m.tell(working, j)
			<-m.lanes.posts
			if _, ok := errors.AsType[*silence](err); ok {
				silent = err
			}
		}
	}
}
