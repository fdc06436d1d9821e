// Command ferretdb is a FerretDB server with the SQLite backend, and the probe of its health check.
//
// It keeps the outer contract of FerretDB's own 1.24 image as far as that backend goes: the same
// environment variables, the same port, the same folder, "ferretdb ping" as health check. A build of
// FerretDB's own command from its Go module stops at once, because the module lacks the files that its
// release build generates; this one puts the server together from the same parts. Telemetry is off in
// it.
//
// Without FERRETDB_SETUP_USERNAME there is no authentication: keep it on an internal network.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

const stopGrace = 500 * time.Millisecond

const usage = "usage: ferretdb        serve until SIGTERM\n" +
	"       ferretdb ping   exit 0 when the server answers\n"

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "ferretdb:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	address := setting("FERRETDB_LISTEN_ADDR", "127.0.0.1:27017")
	if _, _, err := net.SplitHostPort(address); err != nil {
		return fmt.Errorf("FERRETDB_LISTEN_ADDR is %q; it must be host:port, such as :27017", address)
	}
	switch {
	case len(args) == 0:
		return serve(address)
	case len(args) == 1 && args[0] == "ping":
		return ping(address)
	case len(args) == 1 && (args[0] == "-h" || args[0] == "--help"):
		fmt.Print(usage)
		return nil
	default:
		return fmt.Errorf("%q isn't understood\n%s", strings.Join(args, " "), usage)
	}
}

func serve(address string) error {
	if handler := setting("FERRETDB_HANDLER", "sqlite"); handler != "sqlite" {
		return fmt.Errorf("FERRETDB_HANDLER is %q; this build has only sqlite: unset it", handler)
	}
	var level slog.Level
	if text := setting("FERRETDB_LOG_LEVEL", "warn"); level.UnmarshalText([]byte(text)) != nil {
		return fmt.Errorf("FERRETDB_LOG_LEVEL is %q; it must be debug, info, warn or error", text)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	first, err := firstUser()
	if err != nil {
		return err
	}
	logger := slog.New(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{Level: level}))
	server, err := newServer(address, setting("FERRETDB_SQLITE_URL", "file:/state/"), first, logger)
	if err != nil {
		return err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		server.run(ctx)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	// The listener waits three seconds for clients that only keep a connection open. What was
	// acknowledged is on the disk by then, so there is nothing to wait for but commands in flight.
	select {
	case <-done:
	case <-time.After(stopGrace):
	}
	return nil
}

func setting(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}
