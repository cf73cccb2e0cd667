package password

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// clinic is what [Check] is given beside the password.
var clinic = []string{"+1 (211) 436-7789", "The Lakeside Family Clinic"}

// wantAll wants Check to answer want for each of them.
func wantAll(t *testing.T, want error, passwords ...Password) {
	t.Helper()
	for _, p := range passwords {
		if err := Check(p, clinic...); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", string(p), err, want)
		}
	}
}

func TestS06GoodPasswordsAreTaken(t *testing.T) {
	wantAll(t, nil,
		"quiet otter lamp", "three quiet herons", "Quiet0tt", "        otter quill        ", "🐢🐢🦀🐳🐢🦀🐳🐢", "зелёный слон", "緑色の象が歩いている",
		"my lakeside otter", "otter 211 436 7789", "93715028461", Password(strings.Repeat("otter-quill ", 10)))
}

func TestS06LengthInCharacters(t *testing.T) {
	wantAll(t, ErrTooShort, "", "otter-q", "éééèèèà", "e\u0301e\u0301e\u0301e\u0301a\u0301o\u0301i\u0301", "🐢🦀🐳🐢🦀🐳🐢")
	wantAll(t, nil, "otter-qz", "éèàéèàzé", Password(strings.Repeat("🐢🦀", 64)), Password(strings.Repeat("e\u0301x", 64)))
	wantAll(t, ErrTooLong, Password(strings.Repeat("🐢", 129)), Password(strings.Repeat("x y", 1<<20)), Password(strings.Repeat("\u0301", 2049)))
}

func TestS06PersonalPasswordsAreRefused(t *testing.T) {
	wantAll(t, ErrPersonal,
		"2114367789", "12114367789", "+1 211-436-7789", "(211) 436 7789!", "4367789!", "21143677", "0012114367789", "2114367789000",
		"２１１４３６７７８９", "٢١١٤٣٦٧٧٨٩", "!!!!4367", "lakeside", "LAKESIDE", "Lakeside1", "lake-side-2024", "lakeside clinic lakeside",
		"lakesideclinic", "The Lakeside Family Clinic", "Lákesidé!!", "clinic-2114367789", "thefamilyclinic")
}

func TestPersonalNeedsNoWords(t *testing.T) {
	for _, forbidden := range [][]string{nil, {""}, {"", " ", "!?"}, {"24/7"}} {
		if err := Check("quiet otter lamp", forbidden...); err != nil {
			t.Errorf("forbidden %q: %v", forbidden, err)
		}
	}
}

// texts are all that an error of Check may say.
var texts = []string{
	"check password: password too short",
	"check password: password too long",
	"check password: password too common",
	"check password: password made of the number or the name",
}

func FuzzCheck(f *testing.F) {
	for _, p := range []string{"", "password", "2114367789", "e\u0301\u0301\u0301\u0301\u0301x", "\xff\xfe\xfd1234567", "\u0660\u0661", "\U0001d7ff12345678", strings.Repeat("x", 3000)} {
		f.Add(p, "Lakeside")
	}
	f.Fuzz(func(t *testing.T, p, name string) {
		first := Check(Password(p), name, clinic[0])
		again := Check(Password(p), name, clinic[0])
		if (first == nil) != (again == nil) {
			t.Error("two answers for one password")
		}
		if n := len([]rune(p)); first == nil && (n < MinLength || len(p) > maxBytes) {
			t.Errorf("%d characters in %d bytes were taken", n, len(p))
		}
		if first != nil && !slices.Contains(texts, first.Error()) {
			t.Errorf("the error says more than why: %v", first)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	_ = listed()
	for name, p := range map[string]Password{
		"long":   Password(strings.Repeat("otter-quill ", 10)),
		"padded": "!!34 quiet otter lamp 12!!",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := Check(p, clinic...); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
