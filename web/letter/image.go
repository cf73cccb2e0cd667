package letter

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"securetext/store"
	"securetext/store/seal"
)

// Images within a message are part of its page, so they are bounded: one that is
// larger is offered as a file instead.
const (
	maxImage  = 2 << 20 // bytes
	maxImages = 8 << 20 // bytes together
)

// rasterTypes are what [http.DetectContentType] calls the images we show.
var rasterTypes = []string{"image/png", "image/jpeg", "image/gif", "image/webp"}

// inlined are the attachments that the message's HTML shows within itself.
func inlined(sealed store.Sealed, content store.Content) []store.ContentAttachment {
	var out []store.ContentAttachment
	var total int64
	for _, a := range content.Attachments {
		i := slices.IndexFunc(sealed.Attachments, func(info store.AttachmentInfo) bool { return info.Part == a.Part })
		if i < 0 || a.ContentID == "" || !slices.Contains(rasterTypes, a.Type) || !strings.Contains(content.HTML, "cid:"+a.ContentID) {
			continue
		}
		size := sealed.Attachments[i].Size
		if size > maxImage || total+size > maxImages {
			continue
		}
		total += size
		out = append(out, a)
	}
	return out
}

// Images opens the pictures that the message's HTML shows within itself, as data:
// URIs by content id. find loads one of its attachments.
func Images(sealed store.Sealed, content store.Content, key seal.Key, find func(part int) (store.SealedAttachment, error)) (map[string]string, error) {
	images := map[string]string{}
	for _, a := range inlined(sealed, content) {
		att, err := find(a.Part)
		if err != nil {
			return nil, fmt.Errorf("find image: %w", err)
		}
		var b bytes.Buffer
		if err := key.OpenChunks(&b, att.Chunks, att.Size, att.Place(a.Part)); err != nil {
			return nil, fmt.Errorf("open image: %w", err)
		}
		if found := http.DetectContentType(b.Bytes()); slices.Contains(rasterTypes, found) {
			images[a.ContentID] = "data:" + found + ";base64," + base64.StdEncoding.EncodeToString(b.Bytes())
		}
	}
	return images, nil
}
