package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"securetext/gateway/virus"
)

// scan has the virus scanner look at all of a submission, if there is one.
func (in *Intake) scan(ctx context.Context, sub Submission) (verdict, err error) {
	if in.Virus == nil {
		return nil, nil
	}
	parts := []io.Reader{strings.NewReader(sub.Text), strings.NewReader(sub.HTML)}
	for _, a := range sub.Attachments {
		parts = append(parts, bytes.NewReader(a.Data))
	}
	for _, part := range parts {
		if verdict, err = in.scanPart(ctx, part); verdict != nil || err != nil {
			return verdict, err
		}
	}
	return nil, nil
}

func (in *Intake) scanPart(ctx context.Context, part io.Reader) (verdict, err error) {
	found, err := in.Virus.Scan(ctx, part)
	switch {
	case errors.Is(err, virus.ErrTooLarge):
		return err, nil
	case err != nil:
		return nil, fmt.Errorf("scan for viruses: %w", err)
	case found.Infected:
		return fmt.Errorf("%w: %s", errVirus, found.Name), nil
	}
	return nil, nil
}
