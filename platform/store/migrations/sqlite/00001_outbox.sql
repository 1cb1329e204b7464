-- +goose Up

-- Signed statements on their way into the log, in the order in which the
-- publisher takes them. sequence stays NULL while a statement waits; the bytes
-- go when a witnessed checkpoint covers the entry, the row stays so that no
-- statement can enter twice.
CREATE TABLE outbox (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    statement_id TEXT    NOT NULL UNIQUE,
    statement    BLOB,
    sequence     INTEGER UNIQUE,
    CHECK (statement IS NOT NULL OR sequence IS NOT NULL)
);
CREATE INDEX outbox_waiting ON outbox (id) WHERE sequence IS NULL;
CREATE INDEX outbox_uncovered ON outbox (sequence) WHERE statement IS NOT NULL;

-- Attachments that a statement names. content is NULL where the bytes lie in
-- the ledger's staging folder under their hash.
CREATE TABLE outbox_attachment (
    outbox_id INTEGER NOT NULL REFERENCES outbox (id),
    position  INTEGER NOT NULL,
    hash      BLOB    NOT NULL,
    size      INTEGER NOT NULL,
    content   BLOB,
    PRIMARY KEY (outbox_id, position)
);

-- What this database knows of its log: the entries it has seen sequenced, and
-- the last checkpoint that the witnesses' quorum signed. One row at most.
CREATE TABLE publication (
    id             INTEGER PRIMARY KEY CHECK (id = 1),
    origin         TEXT    NOT NULL,
    size           INTEGER NOT NULL,
    root           BLOB    NOT NULL,
    published_size INTEGER NOT NULL,
    published_root BLOB    NOT NULL
);

-- Who publishes. Each holder raises the epoch; a holder that finds a higher
-- one has lost the lock and stops.
CREATE TABLE publisher_lock (
    name   TEXT    PRIMARY KEY,
    epoch  INTEGER NOT NULL,
    holder TEXT    NOT NULL,
    since  TEXT    NOT NULL
);

-- +goose Down
DROP TABLE publisher_lock;
DROP TABLE publication;
DROP TABLE outbox_attachment;
DROP TABLE outbox;
