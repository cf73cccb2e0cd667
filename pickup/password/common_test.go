package password

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// ranking is the list in its order, the header left out.
func ranking(t *testing.T) []string {
	t.Helper()
	header, list, found := strings.Cut(blocklist, "\n\n")
	if !found || !strings.Contains(header, "Permission is hereby granted") {
		t.Fatal("the list has no header with its licence")
	}
	return strings.Split(strings.TrimSuffix(list, "\n"), "\n")
}

func TestS06CommonPasswordsAreRefused(t *testing.T) {
	wantAll(t, ErrCommon,
		"password", "12345678", "123456789", "qwertyuiop", "1qaz2wsx", "1q2w3e4r", "iloveyou", "football", "baseball",
		"sunshine", "princess", "superman", "trustno1", "jennifer", "michelle", "computer", "internet", "11111111",
		"password1", "password123", "sunshine1", "princess1", "welcome1", "michael1", "qwerty123", "abc12345", "passw0rd", "p@ssw0rd",
		"PassWord", "FootBall1", "ｆｏｏｔｂａｌｌ", "PASSWORD")
}

func TestS06PaddingDoesNotHelp(t *testing.T) {
	wantAll(t, ErrCommon,
		"baseball1", "Dragon!99", "!!monkey!!", "Qwerty2024", "  shadow", "letmein.", "1michael1", "dragon🐢🐢",
		"12345678!", "123456!!", "1q2w3e4r!", "abc123!!", "trustno1!!!!", "Password1!", "ｄｒａｇｏｎ１２")
	wantAll(t, nil, "dragon-otter", "dra99gon", "dragon!!99!", "!!!dragon!!!", "quill2024")
}

// Nothing but the ranking counts: a word of the dictionary may be a password,
// and words that each are common are not when they are put together.
func TestS06WordsAreTaken(t *testing.T) {
	wantAll(t, nil,
		"including", "government", "although", "approximately", "conference", "three quiet herons", "monkey football",
		"dragonmonkeyshadow", "my sister margaret", "hospital garden", "1987 sunshine lane")
}

func TestS06BlocklistIsLargeEnough(t *testing.T) {
	long := slices.DeleteFunc(ranking(t), func(p string) bool { return utf8.RuneCountInString(p) < MinLength })
	if len(long) < 10_000 {
		t.Errorf("%d passwords of the allowed length are listed, want 10,000", len(long))
	}
	for _, p := range long {
		if err := Check(Password(strings.ToUpper(p))); !errors.Is(err, ErrCommon) {
			t.Errorf("%q is listed and was not refused: %v", p, err)
		}
	}
}

// What look-ups rely on, and that what is kept is the head of one ranking.
func TestS06BlocklistIsInOrder(t *testing.T) {
	all := ranking(t)
	if n := len(listed()); n != len(all) {
		t.Errorf("%d look-ups for %d lines: some are blank, hold spaces or are there twice", n, len(all))
	}
	for _, p := range all {
		if strings.ToLower(norm.NFKC.String(p)) != p || utf8.RuneCountInString(p) < MinLength-maxPadding {
			t.Errorf("%q could never be found", p)
		}
	}
	for i, p := range []string{"123456", "password", "12345678", "qwerty", "123456789"} {
		if all[i] != p {
			t.Errorf("place %d is %q, want %q", i+1, all[i], p)
		}
	}
}

func BenchmarkReadBlocklist(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if len(entries(blocklist)) < 10_000 {
			b.Fatal("the list is short")
		}
	}
}
