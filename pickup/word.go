package pickup

import (
	"fmt"
	"strings"

	"github.com/labstack/echo/v4"

	"securetext/sms"
	"securetext/store/seal"
)

// typedWord reads the word that the recipient wants to see in every text, which
// is none when nothing was typed. Its error is an [sms.ErrWord].
func typedWord(c echo.Context) (sms.Word, error) {
	typed := strings.TrimSpace(c.Request().PostForm.Get("word"))
	if typed == "" {
		return sms.Word{}, nil
	}
	return sms.ParseWord(typed)
}

// sealWord seals a word beside the number, where the texts are made; nil: there
// is none.
func (s *Site) sealWord(c echo.Context, v visit, word sms.Word) (seal.Ciphertext, error) {
	if word == (sms.Word{}) {
		return nil, nil
	}
	key, err := s.numberKey(c, v)
	if err != nil {
		return nil, fmt.Errorf("seal word: %w", err)
	}
	at := v.Link.Place()
	at.Part = seal.PartWord
	return key.Seal(seal.Plaintext(word.Secret()), at), nil
}
