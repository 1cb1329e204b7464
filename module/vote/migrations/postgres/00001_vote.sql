-- +goose Up

-- The records that set-ups name, in pieces, by hex SHA-256: a list of millions of
-- credentials is too large for one value.
CREATE TABLE vote_record (
    hash    TEXT NOT NULL,
    piece   BIGINT NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (hash, piece)
);

-- Elections that this server holds, with the hashes of the records that the
-- commission's set-up names. Times are Unix seconds. last_statement is of the newest batch of
-- ballots; due is the earliest time of the next one, NULL until the newest is in
-- the log, or before the first. final is 1 once the last batch was made up: no
-- ballot is taken any more.
CREATE TABLE vote_election (
    uuid           TEXT NOT NULL PRIMARY KEY,
    definition     TEXT NOT NULL,
    trustees       TEXT NOT NULL,
    credentials    TEXT NOT NULL,
    opens          BIGINT,
    closes         BIGINT,
    batch_seconds  BIGINT,
    batches        BIGINT NOT NULL DEFAULT 0,
    last_statement TEXT,
    due            BIGINT,
    final          BIGINT NOT NULL DEFAULT 0,
    closed         BIGINT NOT NULL DEFAULT 0,
    tally          BYTEA,
    result         BYTEA
);

-- Ballots that were accepted, by tracker (hex SHA-256): neither the order nor the
-- time of their arrival is kept. batch is NULL while a ballot waits, and 0 where
-- the log did not take it before the close; a ballot that its voter replaced while it
-- waited never enters, and only its tracker stays. The key does not begin with the
-- election, by which SQLite would search in vain.
CREATE TABLE vote_ballot (
    election   TEXT NOT NULL REFERENCES vote_election (uuid),
    tracker    TEXT NOT NULL,
    credential TEXT NOT NULL,
    ballot     BYTEA,
    batch      BIGINT,
    statement  TEXT,
    PRIMARY KEY (tracker, election)
);
CREATE UNIQUE INDEX vote_ballot_waiting ON vote_ballot (election, credential) WHERE batch IS NULL AND ballot IS NOT NULL;
CREATE INDEX vote_ballot_credential ON vote_ballot (election, credential, batch);
CREATE INDEX vote_ballot_batch ON vote_ballot (election, batch, statement);

CREATE TABLE vote_decryption (
    election   TEXT NOT NULL REFERENCES vote_election (uuid),
    trustee    BIGINT NOT NULL,
    decryption BYTEA NOT NULL,
    PRIMARY KEY (election, trustee)
);

-- +goose Down
DROP TABLE vote_decryption;
DROP TABLE vote_ballot;
DROP TABLE vote_election;
DROP TABLE vote_record;
