package main

import (
	"net/http"

	"bayyina/platform/ledger"
)

// mount adds what the server shows, one line per module.
func (r *running) mount(mux *http.ServeMux) error {
	files, err := ledger.Public(r.server.Config.Dir)
	if err != nil {
		return err
	}
	mux.Handle("GET /log/", http.StripPrefix("/log/", files))
	return nil
}
