package storetest

import (
	"context"
	"errors"
	"slices"

	"securetext/store"
)

// foreignStaff try what concerns people, and who vouches for them.
var foreignStaff = trials{
	"AddStaff": func(ctx context.Context, b border) error {
		s := b.newStaff("Nobody")
		s.Org += "x"
		return b.AddStaff(ctx, s, newInvite(Noon), Ana, Noon)
	},
	"Personnel": func(ctx context.Context, b border) error {
		list, err := b.Personnel(ctx, b.neighbour.Org.ID)
		list = slices.DeleteFunc(list, func(s store.Staff) bool { return s.ID == b.theirs.ID })
		return none(err, len(list))
	},
	"StaffMember": personnel(func(ctx context.Context, b border, org store.OrgID, id store.StaffID) error {
		_, err := b.StaffMember(ctx, org, id)
		return err
	}),
	"InviteStaff": personnel(func(ctx context.Context, b border, org store.OrgID, id store.StaffID) error {
		return b.InviteStaff(ctx, org, id, newInvite(Noon), Ana, Noon)
	}),
	"SetProofs": personnel(func(ctx context.Context, b border, org store.OrgID, id store.StaffID) error {
		_, err := b.SetProofs(ctx, org, id, store.Proofs{Password: "theirs", Epoch: b.staff.Epoch}, Ana, Noon)
		return err
	}),
	"SetRoles": personnel(func(ctx context.Context, b border, org store.OrgID, id store.StaffID) error {
		return b.SetRoles(ctx, org, id, store.AllRoles, Ana, Noon)
	}),
	"SuspendStaff": personnel(func(ctx context.Context, b border, org store.OrgID, id store.StaffID) error {
		return b.SuspendStaff(ctx, org, id, true, Ana, Noon)
	}),
	"RevokeStaff": personnel(func(ctx context.Context, b border, org store.OrgID, id store.StaffID) error {
		return b.RevokeStaff(ctx, org, id, Ana, Noon)
	}),
	"TryStaff": personnel(func(ctx context.Context, b border, org store.OrgID, id store.StaffID) error {
		return b.TryStaff(ctx, org, id, false, Noon)
	}),
	"StaffSignedIn": func(ctx context.Context, b border) error {
		_, err := b.StaffSignedIn(ctx, store.StaffSignIn{Org: b.neighbour.Org.ID, ID: b.staff.ID, Epoch: b.staff.Epoch, Verified: "phc"}, Ana, Noon)
		if errors.Is(err, store.ErrConflict) {
			return store.ErrNotFound // refused is as good
		}
		return err
	},
	"StaffSignInFailed": personnel(func(ctx context.Context, b border, org store.OrgID, id store.StaffID) error {
		return b.StaffSignInFailed(ctx, org, id, Ana, Noon)
	}),
	"StaffPasskeys": personnel(func(ctx context.Context, b border, org store.OrgID, id store.StaffID) error {
		list, err := b.StaffPasskeys(ctx, org, id)
		return none(err, len(list))
	}),
	"AddStaffPasskey": func(ctx context.Context, b border) error {
		p := b.staffPasskey(b.staff, 9, 0)
		p.Org = b.neighbour.Org.ID
		return b.AddStaffPasskey(ctx, p, b.staff.Epoch, Ana, Noon)
	},
	"RemoveStaffPasskey": personnel(func(ctx context.Context, b border, org store.OrgID, id store.StaffID) error {
		_, err := b.RemoveStaffPasskey(ctx, org, id, b.key.ID, b.staff.Epoch, Ana, Noon)
		return err
	}),
	"StaffSignedInByPasskey": personnel(func(ctx context.Context, b border, org store.OrgID, id store.StaffID) error {
		_, err := b.StaffSignedInByPasskey(ctx, store.StaffPasskeyUse{Org: org, ID: id, Epoch: b.staff.Epoch, Passkey: b.key.ID}, Ana, Noon)
		return err
	}),
	"SetProvider": func(ctx context.Context, b border) error {
		p := b.provider
		p.Org += "x"
		return b.SetProvider(ctx, p, false, Ana, Noon)
	},
	"Provider": func(ctx context.Context, b border) error {
		_, err := b.Provider(ctx, b.neighbour.Org.ID)
		return err
	},
	"RemoveProvider": func(ctx context.Context, b border) error {
		return b.RemoveProvider(ctx, b.neighbour.Org.ID, Ana, Noon)
	},
	"SignInVouched": func(ctx context.Context, b border) error {
		i := b.introduction(b.staff.Email)
		i.Org = b.neighbour.Org.ID
		_, err := b.SignInVouched(ctx, i, Ana, Noon)
		if errors.Is(err, store.ErrGone) {
			return store.ErrNotFound // refused is as good
		}
		return err
	},
}

// personnel tries what concerns a person, who is the clinic's, as the neighbour.
func personnel(try func(context.Context, border, store.OrgID, store.StaffID) error) func(context.Context, border) error {
	return func(ctx context.Context, b border) error { return try(ctx, b, b.neighbour.Org.ID, b.staff.ID) }
}
