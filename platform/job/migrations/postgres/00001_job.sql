-- +goose Up

-- Long work, and how far it has come. Times are Unix milliseconds. phase is waiting,
-- running, finished, failed or cancelled. state is what the newest chunk left for the
-- next one. epoch grows with each chunk that is begun: whoever comes back late finds
-- another one, and changes nothing. leased is until when the one who runs a chunk is
-- believed to be at work.
CREATE TABLE job (
    id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind     TEXT NOT NULL,
    subject  TEXT NOT NULL,
    phase    TEXT NOT NULL,
    state    BYTEA,
    done     BIGINT NOT NULL DEFAULT 0,
    total    BIGINT NOT NULL DEFAULT 0,
    failures BIGINT NOT NULL DEFAULT 0,
    reason   TEXT NOT NULL DEFAULT '',
    due      BIGINT NOT NULL,
    leased   BIGINT NOT NULL DEFAULT 0,
    epoch    BIGINT NOT NULL DEFAULT 0,
    created  BIGINT NOT NULL,
    changed  BIGINT NOT NULL
);
CREATE UNIQUE INDEX job_once ON job (kind, subject) WHERE phase = 'waiting' OR phase = 'running';
CREATE INDEX job_due ON job (phase, due);

-- +goose Down
DROP TABLE job;
