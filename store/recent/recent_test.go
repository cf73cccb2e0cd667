package recent_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"securetext/store"
	"securetext/store/recent"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func TestOrgsAreLookedUpAgainAfterAWhile(t *testing.T) {
	d := &directory{}
	var orgs recent.Orgs
	for _, after := range []time.Duration{0, time.Second, recent.For - 1, recent.For, recent.For + time.Second} {
		org, err := orgs.Find(t.Context(), d, "org_1", noon.Add(after))
		if err != nil || org.Name != "Riverside Clinic" {
			t.Fatalf("after %v: got %q, %v", after, org.Name, err)
		}
	}
	if d.asked != 2 {
		t.Errorf("the directory was asked %d times, want 2", d.asked)
	}
	orgs.Forget()
	if _, err := orgs.Find(t.Context(), d, "org_1", noon); err != nil || d.asked != 3 {
		t.Errorf("after Forget the directory was asked %d times, want 3 (%v)", d.asked, err)
	}
	if _, err := orgs.Find(t.Context(), d, "org_2", noon); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("unknown org: got error %v, want ErrNotFound", err)
	}
}

// directory has one org, and counts how often it is asked.
type directory struct{ asked int }

func (d *directory) Org(_ context.Context, id store.OrgID) (store.Org, error) {
	d.asked++
	if id != "org_1" {
		return store.Org{}, store.ErrNotFound
	}
	return store.Org{ID: id, Name: "Riverside Clinic"}, nil
}
