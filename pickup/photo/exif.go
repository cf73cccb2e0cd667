package photo

import (
	"bytes"
	"encoding/binary"
	"image"
)

// orientation is how a camera was held, as Exif has it: 1 to 8. Any other is 1.
type orientation int

const asIs orientation = 1

// turned reports whether height and width change places.
func (o orientation) turned() bool { return 5 <= o && o <= 8 }

// place is where a pixel of a picture of w by h is to be seen.
func (o orientation) place(x, y, w, h int) image.Point {
	switch o {
	case 2:
		return image.Pt(w-1-x, y)
	case 3:
		return image.Pt(w-1-x, h-1-y)
	case 4:
		return image.Pt(x, h-1-y)
	case 5:
		return image.Pt(y, x)
	case 6:
		return image.Pt(h-1-y, x)
	case 7:
		return image.Pt(h-1-y, w-1-x)
	case 8:
		return image.Pt(y, w-1-x)
	}
	return image.Pt(x, y)
}

const (
	tagOrientation = 0x0112
	typeShort      = 3
)

// orientationOf reads the orientation from the Exif of a picture: a TIFF file
// whose first directory has it.
func orientationOf(exif []byte) orientation {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(exif, []byte("II*\x00")):
		order = binary.LittleEndian
	case bytes.HasPrefix(exif, []byte("MM\x00*")):
		order = binary.BigEndian
	default:
		return asIs
	}
	if len(exif) < 8 {
		return 1
	}
	directory := from(exif, uint64(order.Uint32(exif[4:])))
	if len(directory) < 2 {
		return 1
	}
	n := int(order.Uint16(directory))
	for entries := directory[2:]; n > 0 && len(entries) >= 12; n, entries = n-1, entries[12:] {
		if order.Uint16(entries) == tagOrientation && order.Uint16(entries[2:]) == typeShort {
			return orientation(order.Uint16(entries[8:]))
		}
	}
	return asIs
}

// from is what follows the first n bytes.
func from(b []byte, n uint64) []byte {
	if n > uint64(len(b)) {
		return nil
	}
	return b[n:]
}

// exifOfJPEG finds the Exif among the segments before the pixels.
func exifOfJPEG(b []byte) []byte {
	for b = from(b, 2); len(b) >= 4 && b[0] == 0xff; {
		marker, length := b[1], uint64(binary.BigEndian.Uint16(b[2:]))
		if marker == 0xff { // filling
			b = b[1:]
			continue
		}
		if marker == 0xda || length < 2 || length+2 > uint64(len(b)) {
			return nil
		}
		if exif, ok := bytes.CutPrefix(b[4:length+2], []byte("Exif\x00\x00")); ok && marker == 0xe1 {
			return exif
		}
		b = b[length+2:]
	}
	return nil
}

// exifOfPNG finds the chunk eXIf.
func exifOfPNG(b []byte) []byte {
	for b = from(b, 8); len(b) >= 12; {
		length := uint64(binary.BigEndian.Uint32(b))
		if length+12 > uint64(len(b)) {
			return nil
		}
		if string(b[4:8]) == "eXIf" {
			return b[8 : 8+length]
		}
		b = b[length+12:]
	}
	return nil
}

// exifOfWebP finds the chunk EXIF, which may begin as it does in a JPEG.
func exifOfWebP(b []byte) []byte {
	for b = from(b, 12); len(b) >= 8; {
		length := uint64(binary.LittleEndian.Uint32(b[4:]))
		if length+8 > uint64(len(b)) {
			return nil
		}
		if string(b[:4]) == "EXIF" {
			return bytes.TrimPrefix(b[8:8+length], []byte("Exif\x00\x00"))
		}
		b = from(b, 8+length+length%2)
	}
	return nil
}
