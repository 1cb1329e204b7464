-- +goose Up

-- Long work, and how far it has come. Times are Unix milliseconds. phase is waiting,
-- running, finished, failed or cancelled. state is what the newest chunk left for the
-- next one. epoch grows with each chunk that is begun: whoever comes back late finds
-- another one, and changes nothing. leased is until when the one who runs a chunk is
-- believed to be at work.
CREATE TABLE job (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    kind     TEXT NOT NULL,
    subject  TEXT NOT NULL,
    phase    TEXT NOT NULL,
    state    BLOB,
    done     INTEGER NOT NULL DEFAULT 0,
    total    INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    reason   TEXT NOT NULL DEFAULT '',
    due      INTEGER NOT NULL,
    leased   INTEGER NOT NULL DEFAULT 0,
    epoch    INTEGER NOT NULL DEFAULT 0,
    created  INTEGER NOT NULL,
    changed  INTEGER NOT NULL
);
CREATE UNIQUE INDEX job_once ON job (kind, subject) WHERE phase = 'waiting' OR phase = 'running';
CREATE INDEX job_due ON job (phase, due);

-- +goose Down
DROP TABLE job;
