package group

import (
	"fmt"
	"io"
	"sync"
)

// PlaceError says which of several elements is wrong. Place counts from 0.
type PlaceError struct {
	Place int
	Err   error
}

func (e *PlaceError) Error() string { return fmt.Sprintf("element %d: %v", e.Place, e.Err) }

func (e *PlaceError) Unwrap() error { return e.Err }

// ParseElements parses many texts like ParseElement, by so many workers. Of Ed25519 it
// tests together that all are in the subgroup, with coins from random; without random it
// tests each by itself. The error is a *PlaceError of the first that is wrong, or one of
// reading random.
func (g *Group) ParseElements(random io.Reader, workers int, texts [][]byte) ([]*Element, error) {
	parse, together := g.ParseElement, random != nil && g.p == nil
	if together {
		parse = parsePoint
	}
	elements := make([]*Element, len(texts))
	faults := make([]error, workers)
	size := (len(texts) + workers - 1) / workers
	var running sync.WaitGroup
	for w := range workers {
		running.Go(func() {
			for i := w * size; i < min((w+1)*size, len(texts)); i++ {
				var err error
				if elements[i], err = parse(texts[i]); err != nil {
					faults[w] = &PlaceError{i, err}
					return
				}
			}
		})
	}
	running.Wait()
	for _, err := range faults {
		if err != nil {
			return nil, err
		}
	}
	if !together {
		return elements, nil
	}
	if good, err := InSubgroup(random, workers, elements); good || err != nil {
		return elements, err
	}
	for i, text := range texts {
		if _, err := g.ParseElement(text); err != nil {
			return nil, &PlaceError{i, err}
		}
	}
	return elements, nil
}
