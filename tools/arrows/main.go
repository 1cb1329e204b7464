// Arrows checks that imports go the ways that the house plan allows (docs/ARCHITECTURE.md).
//
//	go run ./arrows -C REPOSITORY
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("arrows: ")
	dir := flag.String("C", ".", "the repository's root")
	flag.Parse()

	packages, err := list(*dir)
	if err != nil {
		log.Fatal(err)
	}
	broken := 0
	for _, p := range packages {
		for _, line := range check(p) {
			fmt.Println(line)
			broken++
		}
	}
	if broken > 0 {
		log.Fatalf("%d imports break the house plan", broken)
	}
	log.Printf("%d packages keep to the house plan", len(packages))
}

// list asks the go command for the packages of the repository.
func list(dir string) ([]pkg, error) {
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports,Deps", "./...")
	cmd.Dir = dir
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list in %s: %w", dir, err)
	}
	var packages []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		err := dec.Decode(&p)
		if err == io.EOF {
			return packages, nil
		}
		if err != nil {
			return nil, fmt.Errorf("go list's answer: %w", err)
		}
		packages = append(packages, p)
	}
}
