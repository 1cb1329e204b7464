package main

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"bayyina/platform/job"
	"bayyina/platform/ledger"
	"bayyina/platform/message"
	"bayyina/platform/store"
)

// metrics are what the server tells of itself, for Prometheus.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	took     prometheus.Histogram
}

func newMetrics(r *running) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "bayyina_http_requests_total", Help: "Requests answered, by method and status.",
		}, []string{"method", "status"}),
		took: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "bayyina_http_request_seconds", Help: "Time that answers took.", Buckets: prometheus.ExponentialBuckets(0.001, 2, 14),
		}),
	}
	m.registry.MustRegister(m.requests, m.took, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), &logMetrics{r})
	return m
}

func (m *metrics) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}

// request counts an answer.
func (m *metrics) request(method string, status int, took time.Duration) {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions:
	default:
		method = "other" // visitors must not make series
	}
	m.requests.WithLabelValues(method, strconv.Itoa(status)).Inc()
	m.took.Observe(took.Seconds())
}

// logMetrics tells of the log and its database when it is asked.
type logMetrics struct{ *running }

func gauge(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("bayyina_"+name, help, labels, nil)
}

var (
	logEntries    = gauge("log_entries", "Entries in the log.")
	logPublished  = gauge("log_published_entries", "Entries that the newest published checkpoint covers.")
	checkpointAge = gauge("checkpoint_age_seconds", "Time since the newest checkpoint was published.")
	boardBehind   = gauge("board_behind_entries", "Published entries that the board has not recomputed.")
	witnessSigned = gauge("witness_cosigned", "1 where the witness cosigned the newest checkpoint, else 0.", "witness")
	outboxQueued  = gauge("outbox_queued", "Statements that wait for their entry into the log.")
	jobsInPhase   = gauge("jobs", "Long work, by how it stands.", "phase")
	messages      = gauge("messages", "Messages of the last day to phones and mailboxes, by how they stand.", "state")
	outboxRefused = gauge("outbox_refused", "Statements that can never enter the log.")
)

func (l *logMetrics) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{logEntries, logPublished, checkpointAge, boardBehind, witnessSigned, outboxQueued, outboxRefused, jobsInPhase, messages} {
		out <- d
	}
}

func (l *logMetrics) Collect(out chan<- prometheus.Metric) {
	tell := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	size, published := l.Log.Size()
	tell(logEntries, float64(size))
	tell(logPublished, float64(published))
	tell(boardBehind, float64(l.board.Behind()))
	if p, at := l.Log.Newest(); p != nil {
		tell(checkpointAge, l.now().Sub(at).Seconds())
		for _, a := range p.Answers {
			signed := 0.0
			if a.Err == nil {
				signed = 1
			}
			tell(witnessSigned, signed, a.Witness)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), readyTimeout)
	defer cancel()
	var queued, refused int64
	var jobs map[job.Phase]int64
	err := l.DB.View(ctx, func(tx *store.Tx) (err error) {
		if queued, refused, err = ledger.Queue(ctx, tx); err == nil {
			jobs, err = job.Count(ctx, tx)
		}
		return err
	})
	var sent map[message.State]int64
	if err == nil {
		sent, err = l.outbox.Count(ctx)
	}
	if err != nil {
		l.log.Warn("metrics", "error", err)
		return
	}
	for _, state := range message.States {
		tell(messages, float64(sent[state]), string(state))
	}
	tell(outboxQueued, float64(queued))
	tell(outboxRefused, float64(refused))
	for _, phase := range []job.Phase{job.Waiting, job.Running, job.Finished, job.Failed, job.Cancelled} {
		tell(jobsInPhase, float64(jobs[phase]), string(phase))
	}
}
