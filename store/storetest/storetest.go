// Package storetest is the contract of package store as a suite of cases.
//
// [Run] holds a backend to every promise that the store's interfaces make; a
// backend's own tests are then few. A [Clinic] is an org with a sender and a
// keyring, and brings what a test or a benchmark needs to play the other roles:
// messages that are really sealed, texts that go out, recipients that sign in.
// [Bench] measures the hot paths.
//
// A case that keeps a security decision has its number in its name. The cases
// own the clock: nothing here waits, or looks at the time of day.
package storetest

import (
	"slices"
	"testing"

	"securetext/store"
)

// A check is one case: its name is a sentence, its body the contract.
type check struct {
	name string
	run  func(*testing.T, *Clinic)
}

// Run checks one backend. open returns an empty store and closes it when the
// test ends; each case gets its own.
func Run(t *testing.T, open func(*testing.T) store.Store) {
	t.Helper()
	checks := slices.Concat(
		acceptChecks, idempotencyChecks, repeatChecks, attachmentChecks,
		dueChecks, textingChecks, doubtChecks, retryChecks, releaseChecks, receiptChecks, reportChecks,
		watchChecks, reminderChecks, takeChecks, crowdChecks, crowdPatientsChecks, lineChecks, paceChecks,
		linkChecks, deviceChecks, codeChecks, tryCodeChecks, codeTextChecks,
		passcodeChecks, passcodeKeptChecks, passcodeTriesChecks,
		enrolChecks, unlockChecks, triesChecks, resetChecks, resetRaceChecks, disownChecks, heldChecks, readChecks, ackChecks, replyChecks, draftChecks, threadChecks, conversationChecks, inboxChecks, resendChecks, extendChecks, sentChecks, phraseChecks, askAgainChecks,
		passkeyChecks, challengeChecks,
		wipeChecks, expireChecks, holdChecks, retentionChecks, revokeChecks, keyChecks, numberChecks,
		orgChecks, policyChecks, settingsChecks, suspendChecks, smarthostChecks, refusalChecks, cancelChecks, suppressedChecks, familyChecks, familyTextChecks,
		noticeChecks, mailerChecks, credentialChecks, eventChecks, messageChecks, proofChecks, checkpointChecks,
		staffChecks, staffSignInChecks, staffPasskeyChecks, ceremonyChecks, providerChecks, vouchedChecks, deskChecks, alertChecks, askChecks, foreignChecks,
	)
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) { c.run(t, NewClinic(t, open(t))) })
	}
}
