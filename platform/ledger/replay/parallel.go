package replay

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// readAhead is how many bundles are being read beside the one that is judged.
const readAhead = 3

// parallel calls do for 0 to n−1 on all cores.
func parallel(n int, do func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wg.Wait()
}

// prefetch loads first, first+1, … end−1, several at a time, and gives them in
// order. next may be called once for each; stop ends what is under way.
func prefetch[T any](ctx context.Context, ahead int, first, end int64, load func(context.Context, int64) (T, error)) (next func() (T, error), stop func()) {
	type result struct {
		value T
		err   error
	}
	ctx, cancel := context.WithCancel(ctx)
	queue := make(chan chan result, ahead)
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := first; i < end; i++ {
			done := make(chan result, 1)
			select {
			case queue <- done:
			case <-ctx.Done():
				return
			}
			wg.Go(func() {
				value, err := load(ctx, i)
				done <- result{value, err}
			})
		}
	})
	next = func() (value T, err error) {
		select {
		case done := <-queue:
			r := <-done
			return r.value, r.err
		case <-ctx.Done():
			return value, ctx.Err()
		}
	}
	return next, func() { cancel(); wg.Wait() }
}
