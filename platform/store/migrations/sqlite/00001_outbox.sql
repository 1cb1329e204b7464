-- +goose Up

-- Signed statements on their way into the log, in the order in which the
-- publisher takes them. sequence stays NULL while a statement waits; refused
-- says why one can never enter (its window passed). The row stays for ever, so
-- that no statement can enter twice. batch is the id of the first row of those
-- that share one time.
CREATE TABLE outbox (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    batch        INTEGER,
    statement_id TEXT    NOT NULL UNIQUE,
    sequence     INTEGER,
    refused      TEXT
);
CREATE INDEX outbox_waiting ON outbox (COALESCE(batch, id), id) WHERE sequence IS NULL AND refused IS NULL;
CREATE UNIQUE INDEX outbox_sequence ON outbox (sequence);

-- The statements themselves, until a witnessed checkpoint covers their entries.
CREATE TABLE outbox_statement (
    outbox_id INTEGER PRIMARY KEY REFERENCES outbox (id),
    statement BLOB NOT NULL
);

-- Attachments that a statement names, in that order. content is NULL where the
-- bytes lie in the ledger's staging folder under their hash.
CREATE TABLE outbox_attachment (
    outbox_id INTEGER NOT NULL REFERENCES outbox (id),
    position  INTEGER NOT NULL,
    hash      TEXT    NOT NULL,
    size      INTEGER NOT NULL,
    content   BLOB,
    PRIMARY KEY (outbox_id, position)
);
CREATE INDEX outbox_attachment_hash ON outbox_attachment (hash);

-- The log that this database belongs to. One row at most, which never changes.
CREATE TABLE log (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    origin TEXT NOT NULL
);

-- What this database knows of its log: the entries that it has seen sequenced,
-- the last checkpoint that the witnesses' quorum signed, and the witnesses in
-- force, as JSON. One row at most.
CREATE TABLE publication (
    id             INTEGER PRIMARY KEY CHECK (id = 1),
    size           INTEGER NOT NULL,
    published_size INTEGER NOT NULL,
    published_root BLOB    NOT NULL,
    history        TEXT    NOT NULL
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
DROP TABLE log;
DROP TABLE outbox_attachment;
DROP TABLE outbox_statement;
DROP TABLE outbox;
