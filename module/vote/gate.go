package vote

import (
	"context"
	"sync"
)

// gate lets as many in at once as there are places, and when they wait, one of each
// client in turn: whoever sends a thousand ballots waits for themselves, and everybody
// else as if they had sent one. Nobody is refused for where they come from, since many
// may share an address.
type gate struct {
	mu      sync.Mutex
	free    int
	waiting map[string][]chan struct{} // by client, first come first
	turns   []string                   // the clients that wait, in turn
}

func newGate(places int) *gate {
	return &gate{free: places, waiting: make(map[string][]chan struct{})}
}

// enter waits for a place; leave gives it back.
func (g *gate) enter(ctx context.Context, client string) error {
	g.mu.Lock()
	if g.free > 0 {
		g.free--
		g.mu.Unlock()
		return nil
	}
	in := make(chan struct{}, 1)
	if g.waiting[client] == nil {
		g.turns = append(g.turns, client)
	}
	g.waiting[client] = append(g.waiting[client], in)
	g.mu.Unlock()
	select {
	case <-in:
		return nil
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-in: // at the same moment
		g.hand()
	default:
		g.forget(client, in)
	}
	return context.Cause(ctx)
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.hand()
}

// hand gives a place to the next client.
func (g *gate) hand() {
	if len(g.turns) == 0 {
		g.free++
		return
	}
	client := g.turns[0]
	g.turns = g.turns[1:]
	list := g.waiting[client]
	list[0] <- struct{}{}
	if g.waiting[client] = list[1:]; len(list) == 1 {
		delete(g.waiting, client)
		return
	}
	g.turns = append(g.turns, client)
}

// forget takes back a wish to enter.
func (g *gate) forget(client string, in chan struct{}) {
	list := g.waiting[client]
	for i, c := range list {
		if c == in {
			g.waiting[client] = append(list[:i:i], list[i+1:]...)
			break
		}
	}
	if len(g.waiting[client]) > 0 {
		return
	}
	delete(g.waiting, client)
	for i, c := range g.turns {
		if c == client {
			g.turns = append(g.turns[:i:i], g.turns[i+1:]...)
			return
		}
	}
}
