-- +goose Up

-- Rounds of ceremonies in which the keys and credentials of elections are made. roster is the JSON
-- of its parties, agreement the text of the statement that all trustees sign, once it is known.
CREATE TABLE vote_ceremony (
    election  TEXT NOT NULL,
    round     INTEGER NOT NULL,
    roster    BLOB NOT NULL,
    agreement TEXT,
    begun     INTEGER NOT NULL,
    PRIMARY KEY (election, round)
);

-- What the parties said, each step once: the signed note, the message as a record, and of
-- statements for the log their id. said_at is in Unix seconds.
CREATE TABLE vote_ceremony_message (
    election  TEXT NOT NULL,
    round     INTEGER NOT NULL,
    step      TEXT NOT NULL,
    place     INTEGER NOT NULL,
    note      BLOB NOT NULL,
    content   TEXT NOT NULL,
    statement TEXT,
    said_at   INTEGER NOT NULL,
    PRIMARY KEY (election, round, step, place),
    FOREIGN KEY (election, round) REFERENCES vote_ceremony (election, round)
);

-- +goose Down
DROP TABLE vote_ceremony_message;
DROP TABLE vote_ceremony;
