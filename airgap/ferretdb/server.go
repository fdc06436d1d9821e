package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/FerretDB/FerretDB/build/version"
	"github.com/FerretDB/FerretDB/internal/clientconn"
	"github.com/FerretDB/FerretDB/internal/clientconn/connmetrics"
	"github.com/FerretDB/FerretDB/internal/handler/registry"
	"github.com/FerretDB/FerretDB/internal/util/password"
	"github.com/FerretDB/FerretDB/internal/util/state"
)

const (
	// What the server's own command takes.
	insertBatch      = 100
	cleanupPercent   = 10
	setupTimeout     = 30 * time.Second
	onlyUserDatabase = "admin"
)

// user is who may log in; nobody has to when there is no name.
type user struct {
	name, password string
}

// firstUser reads the user that the server makes when its data is new, under the variables of
// FerretDB's own command.
//
// Errors never repeat the password.
func firstUser() (user, error) {
	first := user{name: os.Getenv("FERRETDB_SETUP_USERNAME"), password: os.Getenv("FERRETDB_SETUP_PASSWORD")}
	wanted := os.Getenv("FERRETDB_TEST_ENABLE_NEW_AUTH") == "true"
	database := setting("FERRETDB_SETUP_DATABASE", onlyUserDatabase)
	switch {
	case (first.name == "") != (first.password == ""):
		return user{}, fmt.Errorf("FERRETDB_SETUP_USERNAME and FERRETDB_SETUP_PASSWORD go together: set both or neither")
	case wanted != (first.name != ""):
		return user{}, fmt.Errorf("FERRETDB_SETUP_USERNAME needs FERRETDB_TEST_ENABLE_NEW_AUTH=true, and that a user: set both or neither")
	case database != onlyUserDatabase:
		return user{}, fmt.Errorf("FERRETDB_SETUP_DATABASE is %q; this build keeps its user in %q", database, onlyUserDatabase)
	}
	return first, nil
}

// server is a FerretDB that listens.
type server struct {
	listener     *clientconn.Listener
	closeBackend func()
}

// newServer opens the data and begins to listen.
func newServer(address, sqliteURL string, first user, logger *slog.Logger) (*server, error) {
	version.Get().Package = "embedded"
	provider, err := state.NewProvider("")
	if err != nil {
		return nil, err
	}
	if err := provider.Update(func(s *state.State) {
		s.DisableTelemetry()
		s.TelemetryLocked = true
	}); err != nil {
		return nil, err
	}
	metrics := connmetrics.NewListenerMetrics()
	options := &registry.NewHandlerOpts{
		Logger:        logger,
		ConnMetrics:   metrics.ConnMetrics,
		StateProvider: provider,
		TCPHost:       address,
		SQLiteURL:     sqliteURL,
		TestOpts: registry.TestOpts{
			CappedCleanupPercentage: cleanupPercent,
			BatchSize:               insertBatch,
		},
	}
	if first.name != "" {
		options.EnableNewAuth = true
		options.SetupDatabase = onlyUserDatabase
		options.SetupUsername = first.name
		options.SetupPassword = password.WrapPassword(first.password)
		options.SetupTimeout = setupTimeout
	}
	handler, closeBackend, err := registry.NewHandler("sqlite", options)
	if err != nil {
		if closeBackend != nil {
			closeBackend()
		}
		return nil, err
	}
	listener, err := clientconn.Listen(&clientconn.NewListenerOpts{
		TCP:     address,
		Mode:    clientconn.NormalMode,
		Metrics: metrics,
		Handler: handler,
		Logger:  logger,
	})
	if err != nil {
		closeBackend()
		return nil, err
	}
	return &server{listener: listener, closeBackend: closeBackend}, nil
}

// run serves until the context ends.
func (s *server) run(ctx context.Context) {
	defer s.closeBackend()
	s.listener.Run(ctx)
}
