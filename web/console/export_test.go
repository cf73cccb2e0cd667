package console

import "securetext/store"

// Route is a row of the list of routes, for the test that walks it.
type Route struct {
	Method, Path string
	Roles        []store.Role
	Fresh, Open  bool
}

// Routes is the list.
func (s *Console) Routes() (list []Route) {
	for _, r := range s.routes() {
		list = append(list, Route{r.method, r.path, r.roles, r.fresh, r.open != nil})
	}
	return list
}

// Kinds are the events that have words.
func Kinds() map[store.Kind]string { return kinds }

// LabelOf is what pages call a setting.
func LabelOf(name string) (string, bool) {
	f, ok := fieldNamed(name)
	return f.Label, ok
}

// FreshFor is how long nobody is asked for a password again.
const FreshFor = freshFor
