package sqlstore_test

import (
	"securetext/store"
	"securetext/store/sqlstore"
)

var _ store.Store = (*sqlstore.DB)(nil)
