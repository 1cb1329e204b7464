package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"bayyina/module/vote"
	"bayyina/platform/ledger/read"
	"bayyina/platform/web"
)

type checkerCmd struct {
	Server string `required:"" placeholder:"URL" help:"The server that keeps opened ballots, such as https://vote.hnec.example."`
	Listen string `default:"127.0.0.1:8090" placeholder:"ADDR" help:"Listen on this host:port."`
}

func (*checkerCmd) Help() string {
	return "For observers and whoever wants to be trusted more than the server: a page on which voters check ballots that the booth opened. It shares no code with the " +
		"booth, and asks the server only for what everybody may have. Put it behind a web server that does TLS. Stop it with an interrupt.\n\n" +
		"Example:\n\n    bayyina checker --server https://vote.hnec.example --listen 127.0.0.1:8090"
}

func (c *checkerCmd) Run(e *env) error {
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	origin := "http://" + listener.Addr().String()
	site, err := web.New(web.Config{
		Name: read.Bilingual{AR: "فحص الأوراق المفتوحة", EN: "Checking opened ballots"}, Origin: origin,
		Log: slog.New(slog.NewTextHandler(e.stderr, &slog.HandlerOptions{Level: e.level})),
	})
	if err != nil {
		return err
	}
	checker, err := vote.NewChecker(vote.NewRemote(c.Server))
	if err != nil {
		return err
	}
	checker.Mount(site)
	server := &http.Server{Handler: site.Handler(), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: 2 * time.Minute}
	stop := context.AfterFunc(e.ctx, func() { _ = server.Close() })
	defer stop()
	if err := e.answer(map[string]string{"address": origin}, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, e.tr("The checker answers on %s/en/check-ballot\n", "الفاحص على %s/ar/check-ballot\n"), origin)
		return err
	}); err != nil {
		return err
	}
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
