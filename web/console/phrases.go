package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"securetext/store"
)

// The limits of a phrase, in bytes.
const (
	maxPhraseSubject = 300
	maxPhrase        = 20_000
)

// phraseRow is a phrase, opened.
type phraseRow struct {
	ID      store.PhraseID
	Changed time.Time
	store.Wording
}

// phrasePage is what phrase.html shows.
type phrasePage struct {
	ID      store.PhraseID // empty: it is a new one
	Said    store.Wording
	Problem string
}

// phrases are the org's ready texts.
func (s *Console) phrases(ctx context.Context, v visit) ([]phraseRow, error) {
	list, err := s.store.Phrases(ctx, v.Org.ID)
	if err != nil {
		return nil, fmt.Errorf("list phrases: %w", err)
	}
	rows := make([]phraseRow, len(list))
	for i, p := range list {
		said, err := p.Open(ctx, s.keys)
		if err != nil {
			return nil, fmt.Errorf("open phrase %s: %w", p.ID, err)
		}
		rows[i] = phraseRow{p.ID, p.Changed, said}
	}
	return rows, nil
}

// phrase finds one of them.
func (s *Console) phrase(ctx context.Context, v visit, id store.PhraseID) (phraseRow, error) {
	list, err := s.phrases(ctx, v)
	if err != nil {
		return phraseRow{}, err
	}
	for _, p := range list {
		if p.ID == id {
			return p, nil
		}
	}
	return phraseRow{}, store.ErrNotFound
}

// listPhrases serves GET /phrases.
func (s *Console) listPhrases(c echo.Context, v visit) error {
	list, err := s.phrases(c.Request().Context(), v)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "phrases.html", v, list)
}

// showNewPhrase serves GET /phrases/new.
func (s *Console) showNewPhrase(c echo.Context, v visit) error {
	return s.render(c, http.StatusOK, "phrase.html", v, phrasePage{})
}

// showPhrase serves GET /phrases/:id.
func (s *Console) showPhrase(c echo.Context, v visit) error {
	p, err := s.phrase(c.Request().Context(), v, store.PhraseID(c.Param("id")))
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, "phrase.html", v, phrasePage{ID: p.ID, Said: p.Wording})
}

// addPhrase serves POST /phrases/new.
func (s *Console) addPhrase(c echo.Context, v visit) error {
	return s.keepPhrase(c, v, "", s.store.AddPhrase)
}

// changePhrase serves POST /phrases/:id.
func (s *Console) changePhrase(c echo.Context, v visit) error {
	return s.keepPhrase(c, v, store.PhraseID(c.Param("id")), s.store.ChangePhrase)
}

// keepPhrase stores what was typed, or says what is wrong with it.
func (s *Console) keepPhrase(c echo.Context, v visit, id store.PhraseID, keep func(context.Context, store.Phrase, store.Actor, time.Time) error) error {
	ctx := c.Request().Context()
	f, err := readForm(c)
	if err != nil {
		return err
	}
	p := phrasePage{ID: id, Said: store.Wording{Name: f.line("name"), Subject: f.line("subject"), Text: f.get("text")}}
	if p.Problem = wrongWording(p.Said); p.Problem != "" {
		return s.render(c, http.StatusUnprocessableEntity, "phrase.html", v, p)
	}
	phrase, err := store.SealPhrase(ctx, s.keys, v.Org.ID, cmp.Or(id, store.NewPhraseID(s.now())), p.Said)
	if err != nil {
		return err
	}
	err = keep(ctx, phrase, s.actor(c, v), s.now())
	if errors.Is(err, store.ErrCrowded) {
		p.Problem = "crowded"
		return s.render(c, http.StatusConflict, "phrase.html", v, p)
	}
	if err != nil {
		return fmt.Errorf("keep phrase: %w", err)
	}
	return toPage(c, "/phrases", "phrase")
}

// wrongWording is what phrase.html says of it; empty: nothing is wrong.
func wrongWording(w store.Wording) string {
	switch {
	case w.Name == "" || len(w.Name) > maxName:
		return "name"
	case len(w.Subject) > maxPhraseSubject:
		return "subject"
	case strings.TrimSpace(w.Text) == "" || len(w.Text) > maxPhrase:
		return "text"
	}
	return ""
}

// removePhrase serves POST /phrases/:id/remove.
func (s *Console) removePhrase(c echo.Context, v visit) error {
	err := s.store.RemovePhrase(c.Request().Context(), v.Org.ID, store.PhraseID(c.Param("id")), s.actor(c, v), s.now())
	if err != nil {
		return fmt.Errorf("remove phrase: %w", err)
	}
	return toPage(c, "/phrases", "unphrased")
}
