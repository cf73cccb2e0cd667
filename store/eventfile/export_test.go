package eventfile

import "securetext/store"

// Kinds are those that mean something to FHIR, and one that does not.
func Kinds() []store.Kind {
	list := []store.Kind{store.Sent}
	for k := range meanings {
		list = append(list, k)
	}
	return list
}
