// Writes the Python SDK of a Pulumi package, with the generator of Pulumi's own language host.
//
// It reads the package's schema from standard input and writes to the folder that it is given.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

const (
	// What the files say they were made by: the code that makes them is that host's.
	tool       = "pulumi-language-python"
	folderMode = 0o755
	fileMode   = 0o644
)

func main() {
	if len(os.Args) != 2 {
		fail(fmt.Errorf("usage: %s FOLDER <SCHEMA", os.Args[0]))
	}
	if err := generate(os.Stdin, os.Args[1]); err != nil {
		fail(err)
	}
}

func generate(from io.Reader, folder string) error {
	var spec schema.PackageSpec
	if err := json.NewDecoder(from).Decode(&spec); err != nil {
		return fmt.Errorf("the schema is no JSON: %w", err)
	}
	// It has nowhere to load from: a schema that refers to another package's types is refused.
	loader := schema.NewCachedLoader(nil)
	pkg, diagnostics, err := schema.BindSpec(spec, loader, schema.ValidationOptions{})
	if err != nil {
		return err
	}
	if diagnostics.HasErrors() {
		return diagnostics
	}
	files, err := python.GeneratePackage(tool, pkg, nil, loader)
	if err != nil {
		return err
	}
	for name, content := range files {
		file := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(file), folderMode); err != nil {
			return err
		}
		if err := os.WriteFile(file, content, fileMode); err != nil {
			return err
		}
	}
	return nil
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
