-- +goose Up

-- Rounds of ceremonies in which the keys and credentials of elections are made. roster is the JSON
-- of its parties, agreement the text of the statement that all trustees sign, once it is known.
CREATE TABLE vote_ceremony (
    election  TEXT NOT NULL,
    round     BIGINT NOT NULL,
    roster    BYTEA NOT NULL,
    agreement TEXT,
    begun     BIGINT NOT NULL,
    PRIMARY KEY (election, round)
);

-- What the parties said, each step once: the signed note, the message as a record, and of
-- statements for the log their id. said_at is in Unix seconds.
CREATE TABLE vote_ceremony_message (
    election  TEXT NOT NULL,
    round     BIGINT NOT NULL,
    step      TEXT NOT NULL,
    place     BIGINT NOT NULL,
    note      BYTEA NOT NULL,
    content   TEXT NOT NULL,
    statement TEXT,
    said_at   BIGINT NOT NULL,
    PRIMARY KEY (election, round, step, place),
    FOREIGN KEY (election, round) REFERENCES vote_ceremony (election, round)
);

-- +goose Down
DROP TABLE vote_ceremony_message;
DROP TABLE vote_ceremony;
